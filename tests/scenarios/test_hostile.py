"""What somebody may try who has a terminal: play templates again, listen in, measure how near they were."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from server_mqtt.contract import topics
from server_mqtt.contract.messages import (
    FirstInstruction,
    Modality,
    PayerStop,
    PaymentQuery,
    PaymentState,
    PaymentStatus,
    Probe,
    Reply,
    ReplyStatus,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.contract.receipt import Receipt
from server_mqtt.contract.topics import TopicError
from server_mqtt.shell.pki import make_device
from tests.scenarios.people import Person
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Customer, Shop

pytestmark = pytest.mark.broker


@pytest.mark.fault(63)
def test_a_template_that_was_shown_once_verifies_nobody_again(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    finger = payee.person.finger()
    payment_id = payer.pay(payee)
    payee.device.ask(payee.capture(payee.first(payment_id), probes=[finger]))
    assert payer.second(payment_id).first_result.verdict is Verdict.VERIFIED
    # Sealed anew, to a fresh nonce, in another payment, by a terminal that kept it.
    other = payer.pay(payee)
    payee.device.ask(payee.capture(payee.first(other), probes=[finger]))
    again = payee.first(other)
    assert (again.attempt, again.previous_reason) == (2, Reason.TEMPLATE_REPLAYED)


@pytest.mark.fault(63)
def test_a_template_of_an_enrolment_verifies_nobody(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer(enrolled=[])
    finger = payee.person.finger()
    shop.enrol(payee, [finger, *(payee.person.finger() for _ in range(3))])
    payment_id = payer.pay(payee)
    payee.device.ask(payee.capture(payee.first(payment_id), probes=[finger]))
    assert payee.first(payment_id).previous_reason is Reason.TEMPLATE_REPLAYED


@pytest.mark.fault(63)
def test_a_template_that_is_shown_twice_at_once_counts_once(shop: Shop) -> None:
    payee = shop.customer()
    payers = [shop.customer() for _ in range(4)]
    finger = payee.person.finger()
    payment_ids = [payer.pay(payee) for payer in payers]
    answers = [payee.capture(payee.first(payment_id), probes=[finger]) for payment_id in payment_ids]
    for sent in [payee.device.send(answer) for answer in answers]:
        assert payee.device.reply_to(sent).status is ReplyStatus.ACCEPTED
    again = [
        payee.device.expect(FirstInstruction, lambda it: it.previous_reason is Reason.TEMPLATE_REPLAYED)
        for _ in range(3)
    ]
    (verified,) = set(payment_ids) - {instruction.payment_id for instruction in again}
    payers[payment_ids.index(verified)].second(verified)


@pytest.mark.fault(71)
@pytest.mark.parametrize("name", ["+", "#", "$SYS", "a/b", "terminal-one/up", "x" * 65_536, "", "TERMINAL-ONE"])
def test_no_certificate_is_made_for_a_name_that_means_more_than_one_device(tmp_path: Path, name: str) -> None:
    with pytest.raises(TopicError):
        make_device(tmp_path, name)


@pytest.mark.fault(71)
def test_a_terminal_neither_hears_nor_speaks_for_others_whatever_it_asks_the_broker_for(shop: Shop) -> None:
    hostile = shop.device("terminal-hostile")
    for pattern in ("#", "+/#", "$SYS/#", "countersign/v1/+/down/+", "countersign/v1/+/up/+"):
        hostile.subscribe_raw(pattern)
    hostile.subscribe_raw(topics.up_all("server"))
    hostile.connect()
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    first = payee.first(payment_id)
    stop = payer.device.seal_in(PayerStop(payment_id=payment_id))
    for topic in (
        topics.up(payer.device.name, "payer_stop"),
        topics.down(payer.device.name, "payment_status"),
        "$SYS/countersign",
        "countersign/v1/terminal-hostile/up/" + "x" * 40_000,
    ):
        hostile.publish_raw(topic, stop.payload)
    # The stolen stop counts for nothing, and every message of the others arrives.
    payee.answer(first)
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.SETTLED)
    for _ in range(10):
        assert payer.device.ask(PaymentQuery(payment_id=payment_id)).status is ReplyStatus.ACCEPTED
    foreign = [topic for topic, _ in hostile.raw_seen if not topic.startswith("countersign/v1/terminal-hostile/down/")]
    assert foreign == []


_DRAWN: Final = frozenset(
    "payment_id instruction_id nonce challenge holds_ms preset_time_ms in_reply_to content_hash payee_account "
    "signature opening payer_account_masked payer_commitment requested_at_ms issued_at_ms first_result_at_ms "
    "second_result_at_ms received_at_ms entry_number entry_hash answer_hash".split()
)
"""What differs from one payment to the next, whoever stood there."""


def _shape(body: Any) -> Any:
    """A message, and the document in a receipt, without what is drawn anew each time."""
    plain = msgspec.to_builtins(body)
    if isinstance(body, Receipt):
        plain["document"] = msgspec.json.decode(body.document)
    return _without_drawn(plain)


def _without_drawn(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_drawn(one) for name, one in value.items() if name not in _DRAWN}
    return [_without_drawn(one) for one in value] if isinstance(value, list) else value


def _all_that_is_said(shop: Shop, payer: Customer, payee: Customer, impostor: Person) -> list[Any]:
    """Everything both terminals hear of a payment with an impostor at the payee's sensor, and then at the payer's."""
    payment_id = payer.pay(payee)
    payee.fail(payment_id, impostor)
    payer.fail(payment_id, impostor, payer.second(payment_id))
    for customer in (payer, payee):
        customer.told(payment_id, PaymentState.DECLINED)
        customer.device.expect(Receipt)
    said = [heard.body for customer in (payer, payee) for heard in customer.device.heard]
    return [_shape(body) for body in said if not isinstance(body, Reply) or body.status is ReplyStatus.ACCEPTED]


@pytest.mark.fault(72)
def test_nobody_learns_how_near_a_failure_was(shop: Shop) -> None:
    said = []
    for near in (True, False):
        payer, payee = shop.customer(accepts=[Modality.FACE]), shop.customer(accepts=[Modality.FACE])
        impostor = payee.person.nearly() if near else Person(2_000_000)
        shop.rename(payer, "Payer")
        shop.rename(payee, "Payee")
        said.append(_all_that_is_said(shop, payer, payee, impostor))
    assert said[0] == said[1]
    assert len(said[0]) > 10
    assert not [value for body in said[0] for value in _leaves(body) if isinstance(value, float)]


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]


def _forms(template: bytes) -> list[bytes]:
    """What a template would look like in a file: as it is, in hexadecimal, in base64 from any of its bytes on."""
    piece = template[40:100]
    return [
        piece,
        piece.hex().encode(),
        repr(piece)[2:40].encode(),
        *(base64.b64encode(piece[skip:])[:40] for skip in range(3)),
    ]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and "keys" not in path.parts}


def _files_of_postgres(server: PrivateServer) -> dict[str, bytes]:
    """Everything that the database of this server, if it is one, has written."""
    if isinstance(server.place, Path):
        return {}
    with server.store.write() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        own = connection.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()").scalar_one()
    data = Path(str(server.place.query["host"]), "data")
    return _files(data / "base" / str(own)) | _files(data / "pg_wal")


@pytest.mark.fault(73)
def test_a_template_is_nowhere_to_be_read(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    canaries: list[Probe] = []
    payment_id = payer.pay(payee)
    for number, who in enumerate((shop.stranger, payee.person)):
        first = payee.first(payment_id)
        canaries.append(who.face(first.challenge, first.holds_ms) if number else who.finger())
        payee.device.ask(payee.capture(first, probes=[canaries[-1]]))
    second = payer.second(payment_id)
    canaries.append(payer.person.face(second.challenge, second.holds_ms))
    payer.device.ask(payer.capture(second, probes=[canaries[-1]]))
    payer.told(payment_id, PaymentState.SETTLED)
    # And one that nothing can be made of.
    other = payer.pay(payee)
    broken = msgspec.structs.replace(payee.person.face(), template=bytes(range(256)) * 2)
    canaries.append(broken)
    payee.device.ask(payee.capture(payee.first(other), probes=[broken]))
    payee.first(other)
    places = _files(shop.server.folder) | _files(shop.broker.folder) | _files_of_postgres(shop.server)
    assert any(name.endswith("-wal") or "/pg_wal/" in name for name in places)
    for customer in (payer, payee):
        wire = [sent.payload for sent in customer.device.sent] + [payload for _, payload in customer.device.raw_seen]
        places[f"wire of {customer.device.name}"] = b"".join(wire)
    for canary in canaries:
        for form in _forms(canary.template):
            assert [name for name, content in places.items() if form in content] == []


def test_the_log_names_no_account(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = payer.pay(payee)
    payee.answer(payee.first(payment_id))
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.SETTLED)
    text = (shop.server.folder / "log").read_text(encoding="utf-8")
    assert payment_id in text
    assert payer.account not in text
    assert payee.account not in text


@pytest.mark.fault(67)
def test_of_many_payments_at_once_only_as_many_go_through_as_there_is_money_for(shop: Shop) -> None:
    payer = shop.customer(funds_minor=1_000)
    payees = [shop.customer(funds_minor=0) for _ in range(8)]
    payment_ids = [payer.pay(payee, 1_000) for payee in payees]
    for payee, payment_id in zip(payees, payment_ids, strict=True):
        payee.answer(payee.first(payment_id))
    answers = [payer.capture(payer.second(payment_id)) for payment_id in payment_ids]
    for answer in answers:
        payer.device.send(answer)
    ended = [
        payer.device.expect(PaymentStatus, lambda it: it.state in (PaymentState.SETTLED, PaymentState.DECLINED))
        for _ in payment_ids
    ]
    states = sorted(status.state.value for status in ended)
    assert states == ["declined"] * 7 + ["settled"]
    assert (shop.balance(payer), sum(shop.balance(payee) for payee in payees)) == (0, 1_000)
    assert shop.server.ask("ledger", "verify")["sound"]
