"""Messages that do not count: a clear error to whoever sent them, counted, and nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract import codec, topics
from server_mqtt.contract.limits import MAX_MESSAGE_BYTES
from server_mqtt.contract.messages import Ack, PayeeRefusal, PayerStop, PaymentQuery, PaymentState, Reply, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction, sign, signed_bytes
from server_mqtt.shell.intake import NO_MESSAGE_ID
from server_mqtt.shell.people import revoke_device
from tests.scenarios.device import Device, Sent, new_id
from tests.scenarios.shop import Customer, Shop

pytestmark = pytest.mark.broker


@contextmanager
def _changes_nothing(shop: Shop, reason: Reason, times: int = 1) -> Iterator[None]:
    """Within: `reason` is counted so often, and neither payments nor journal change."""
    counted, traces = shop.server.counted(reason), shop.traces()
    yield
    assert shop.server.counted(reason) == counted + times
    assert shop.traces() == traces


def _refusal_of(device: Device, payload: bytes, kind: str = "payer_request") -> Reply:
    """What a device hears that publishes these bytes."""
    device.publish_raw(topics.up(device.name, kind), payload)
    return device.expect(Reply, lambda reply: reply.status is ReplyStatus.REFUSED)


def _signed_anew(device: Device, sent: Sent, body: dict[str, object]) -> bytes:
    """The message `sent` with another body, signed by its device."""
    raw = msgspec.msgpack.encode(body)
    signature = sign(device.key, signed_bytes(Direction.UP, device.name, sent.kind, sent.message_id, raw))
    envelope = codec.decode_envelope(sent.payload)
    return msgspec.msgpack.encode(msgspec.structs.replace(envelope, body=raw, signature=signature))


@pytest.fixture(scope="module")
def payer(shop: Shop) -> Customer:
    return shop.customer()


@pytest.fixture(scope="module")
def payee(shop: Shop) -> Customer:
    return shop.customer()


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    "payload",
    [b"", b"\xc1", b"\x91" * 20_000, b"\x81\xa4kind\xa2\xff\xfe", b"{}", b"\xdf\xff\xff\xff\xff"],
    ids=["empty", "no MessagePack", "nested", "no UTF-8", "JSON", "a map without end"],
)
def test_what_cannot_be_read(shop: Shop, payer: Customer, payload: bytes) -> None:
    with _changes_nothing(shop, Reason.MALFORMED):
        reply = _refusal_of(payer.device, payload)
    assert (reply.reason, reply.in_reply_to) == (Reason.MALFORMED, NO_MESSAGE_ID)
    assert reply.content_hash == hashlib.sha256(payload).digest()


@pytest.mark.fault(8)
def test_what_is_too_large_and_then_the_server_still_answers(shop: Shop, payer: Customer, payee: Customer) -> None:
    with _changes_nothing(shop, Reason.TOO_LARGE):
        assert _refusal_of(payer.device, bytes(MAX_MESSAGE_BYTES + 1)).reason is Reason.TOO_LARGE
    payer.told(payer.pay(payee), PaymentState.AWAITING_PAYEE)


def test_a_body_that_is_not_what_its_kind_says(shop: Shop, payer: Customer) -> None:
    stop = payer.device.seal_in(PayerStop(payment_id=new_id()))
    with _changes_nothing(shop, Reason.MALFORMED):
        reply = _refusal_of(payer.device, _signed_anew(payer.device, stop, {"payment_id": 7}), "payer_stop")
    assert reply.in_reply_to == stop.message_id
    assert "payment_id" in reply.detail


@pytest.mark.fault(9)
def test_what_was_changed_on_its_way(shop: Shop, payer: Customer, payee: Customer) -> None:
    sent = payer.device.seal_in(payer.request(payee, 1_000))
    envelope = codec.decode_envelope(sent.payload)
    raw = msgspec.msgpack.decode(envelope.body)
    larger = msgspec.msgpack.encode({**raw, "amount_minor": 9_000})
    with _changes_nothing(shop, Reason.BAD_SIGNATURE):
        reply = _refusal_of(payer.device, msgspec.msgpack.encode(msgspec.structs.replace(envelope, body=larger)))
    assert reply.reason is Reason.BAD_SIGNATURE


def test_what_is_not_signed_by_its_sender(shop: Shop, payer: Customer, payee: Customer) -> None:
    forger = Ed25519PrivateKey.generate()
    message_id = new_id()
    payload = codec.encode(forger, Direction.UP, payer.device.name, message_id, payer.request(payee))
    with _changes_nothing(shop, Reason.BAD_SIGNATURE):
        reply = _refusal_of(payer.device, payload)
    assert (reply.reason, reply.in_reply_to) == (Reason.BAD_SIGNATURE, message_id)
    # A forged message uses up nobody's message id.
    assert payer.device.reply_to(payer.device.send(payer.request(payee), message_id)).status is ReplyStatus.ACCEPTED


def test_what_another_terminal_made(shop: Shop, payer: Customer, payee: Customer) -> None:
    sent = payer.device.seal_in(payer.request(payee))
    with _changes_nothing(shop, Reason.BAD_SIGNATURE):
        assert _refusal_of(payee.device, sent.payload).in_reply_to == sent.message_id


def test_a_terminal_that_the_server_does_not_know(shop: Shop, payer: Customer, payee: Customer) -> None:
    stranger = shop.device("terminal-unknown")
    stranger.connect()
    with _changes_nothing(shop, Reason.UNKNOWN_DEVICE):
        assert stranger.ask(payer.request(payee)).reason is Reason.UNKNOWN_DEVICE


def test_a_terminal_that_was_revoked(shop: Shop, payee: Customer) -> None:
    payer = shop.customer()
    # An acknowledgement that comes after the revocation would be counted as well.
    payer.device.acknowledges = False
    payer.told(payer.pay(payee), PaymentState.AWAITING_PAYEE)
    with shop.server.store.write() as connection:
        revoke_device(connection, payer.device.name)
    with _changes_nothing(shop, Reason.UNKNOWN_DEVICE):
        assert payer.refused(payer.request(payee)).reason is Reason.UNKNOWN_DEVICE


def test_a_message_of_a_kind_or_a_version_to_come(shop: Shop, payer: Customer, payee: Customer) -> None:
    envelope = codec.decode_envelope(payer.device.seal_in(payer.request(payee)).payload)
    with _changes_nothing(shop, Reason.UNSUPPORTED_VERSION):
        newer = msgspec.msgpack.encode(msgspec.structs.replace(envelope, version=2))
        assert _refusal_of(payer.device, newer).reason is Reason.UNSUPPORTED_VERSION
    with _changes_nothing(shop, Reason.BAD_SIGNATURE):
        renamed = msgspec.msgpack.encode(msgspec.structs.replace(envelope, kind="payer_wish"))
        assert _refusal_of(payer.device, renamed, "payer_wish").reason is Reason.BAD_SIGNATURE


def test_unknown_fields_are_ignored(shop: Shop, payer: Customer, payee: Customer) -> None:
    request = payer.request(payee)
    sent = payer.device.seal_in(request)
    body = msgspec.msgpack.decode(codec.decode_envelope(sent.payload).body)
    payload = _signed_anew(payer.device, sent, {**body, "tip_minor": 5})
    payer.device.publish_raw(topics.up(payer.device.name, sent.kind), payload)
    payer.told(request.payment_id, PaymentState.AWAITING_PAYEE)


@pytest.mark.fault(4)
def test_the_payer_s_answer_before_there_is_a_question(shop: Shop, payer: Customer, payee: Customer) -> None:
    payment_id = payer.pay(payee)
    payee.answer(payee.first(payment_id))
    second = payer.second(payment_id)
    other = payer.pay(payee)
    early = msgspec.structs.replace(payer.capture(second), payment_id=other)
    with _changes_nothing(shop, Reason.UNKNOWN_INSTRUCTION, times=2):
        for _ in range(2):
            assert payer.refused(early).reason is Reason.UNKNOWN_INSTRUCTION
    assert shop.story(other)["state"] == "awaiting_payee"


def test_messages_about_payments_of_others(shop: Shop, payer: Customer, payee: Customer) -> None:
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    other = shop.customer()
    foreign = [
        PayerStop(payment_id=payment_id),
        PayeeRefusal(payment_id=payment_id),
        PaymentQuery(payment_id=payment_id),
        other.capture(first),
    ]
    with _changes_nothing(shop, Reason.NOT_YOUR_PAYMENT, times=len(foreign)):
        for body in foreign:
            assert other.device.ask(body).reason is Reason.NOT_YOUR_PAYMENT
    assert shop.story(payment_id)["state"] == "awaiting_payee"
    assert not [status for status in other.device.bodies(Reply) if status.status is ReplyStatus.ACCEPTED]


def test_messages_about_payments_that_never_were(shop: Shop, payer: Customer) -> None:
    nothing = [PayerStop(payment_id=new_id()), PayeeRefusal(payment_id=new_id()), PaymentQuery(payment_id=new_id())]
    with _changes_nothing(shop, Reason.UNKNOWN_PAYMENT, times=len(nothing)):
        for body in nothing:
            assert payer.device.ask(body).reason is Reason.UNKNOWN_PAYMENT


def test_messages_that_come_at_the_wrong_moment(shop: Shop, payer: Customer, payee: Customer) -> None:
    payment_id = payer.pay(payee)
    payer.device.ask(PayerStop(payment_id=payment_id))
    payer.told(payment_id, PaymentState.DECLINED)
    with _changes_nothing(shop, Reason.NOT_NOW, times=2):
        assert payer.device.ask(PayerStop(payment_id=payment_id)).reason is Reason.NOT_NOW
        assert payee.device.ask(PayeeRefusal(payment_id=payment_id)).reason is Reason.NOT_NOW


@pytest.mark.fault(16)
def test_an_instruction_of_a_payment_that_is_over(shop: Shop, payer: Customer, payee: Customer) -> None:
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    payer.device.ask(PayerStop(payment_id=payment_id))
    payer.told(payment_id, PaymentState.DECLINED)
    with _changes_nothing(shop, Reason.TOO_LATE):
        assert payee.refused(payee.capture(first)).reason is Reason.TOO_LATE


def test_an_answer_with_another_nonce(shop: Shop, payer: Customer, payee: Customer) -> None:
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    with _changes_nothing(shop, Reason.UNKNOWN_INSTRUCTION):
        other = msgspec.structs.replace(first, nonce=bytes(16))
        assert payee.refused(payee.capture(other)).reason is Reason.UNKNOWN_INSTRUCTION
    payee.answer(first)
    payer.second(payment_id)


def test_a_second_terminal_of_the_payee_that_was_not_asked(shop: Shop, payer: Customer) -> None:
    payee = shop.customer()
    second = shop.device("terminal-second")
    shop.add_terminal(second, payee)
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    second.connect()
    other = Customer(payee.account, payee.name, payee.person, second)
    with _changes_nothing(shop, Reason.WRONG_TERMINAL):
        assert other.refused(other.capture(first)).reason is Reason.WRONG_TERMINAL
    payee.answer(first)
    payer.second(payment_id)


@pytest.mark.fault(62)
def test_a_signed_answer_that_is_played_again(shop: Shop, payer: Customer, payee: Customer) -> None:
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    sent = payee.answer(first)
    second = payer.second(payment_id)
    answered = payer.answer(second)
    payer.told(payment_id, PaymentState.SETTLED)
    balances = shop.balance(payer), shop.balance(payee)
    # The very same messages: the very same replies, and nothing else.
    for customer, message in ((payee, sent), (payer, answered)):
        customer.device.send_again(message)
        assert customer.device.reply_to(message).status is ReplyStatus.ACCEPTED
    # The same answers under new message ids.
    with _changes_nothing(shop, Reason.NONCE_USED, times=2):
        assert payee.refused(payee.capture(first)).reason is Reason.NONCE_USED
        assert payer.refused(payer.capture(second)).reason is Reason.NONCE_USED
    # And in another payment.
    other = payer.pay(payee)
    payee.first(other)
    with _changes_nothing(shop, Reason.UNKNOWN_INSTRUCTION):
        moved = msgspec.structs.replace(payee.capture(first), payment_id=other)
        assert payee.refused(moved).reason is Reason.UNKNOWN_INSTRUCTION
    assert (shop.balance(payer), shop.balance(payee)) == balances


def test_an_acknowledgement_of_nothing_is_counted(shop: Shop, payer: Customer) -> None:
    payer.device.send(Ack(message_id=new_id(), content_hash=bytes(32)))
    payer.device.ask(PaymentQuery(payment_id=new_id()))
    assert shop.server.counted(payer.device.name, "acknowledgements_of_nothing") == 1
