"""Only what is certainly the server's, for this device, counts; the reason for everything else has a name."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract import codec, kinds, topics
from server_mqtt.contract.limits import MAX_MESSAGE_BYTES
from server_mqtt.contract.messages import FirstInstruction, Message, PaymentQuery, PaymentState, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from terminal.devices.arrival import Arrival
from terminal.devices.intake import Dropped, FromServer, read
from tests.terminal.messages import first_instruction, new_id, status

DEVICE, OTHER = "payee-terminal", "other-terminal"
SERVER, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
BODY = first_instruction(preset_time_ms=30_000)
QUESTION = PaymentQuery(payment_id=new_id())


def written(
    body: Message = BODY,
    *,
    key: Ed25519PrivateKey = SERVER,
    device: str = DEVICE,
    direction: Direction = Direction.DOWN,
) -> bytes:
    return codec.encode(key, direction, device, new_id(), body)


def arrival(
    payload: bytes, *, topic: str | None = None, retained: bool = False, expiry_s: int | None = None
) -> Arrival:
    topic = topic or topics.down(DEVICE, "first_instruction")
    return Arrival(topic=topic, payload=payload, packet_id=1, connection=1, retained=retained, expiry_s=expiry_s)


def heard(one: Arrival) -> FromServer | Dropped:
    return read(one, DEVICE, SERVER.public_key())


def test_the_servers_own_message_is_read() -> None:
    message = heard(arrival(written()))
    assert isinstance(message, FromServer)
    assert message.body == BODY


TAMPERED = msgspec.msgpack.encode(
    {**msgspec.msgpack.decode(written()), "body": msgspec.msgpack.encode(msgspec.structs.replace(BODY, amount_minor=1))}
)


@pytest.mark.fault(8)
@pytest.mark.fault(9)
@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (arrival(written(key=STRANGER)), Reason.BAD_SIGNATURE),
        (arrival(written(direction=Direction.UP)), Reason.BAD_SIGNATURE),
        (arrival(TAMPERED), Reason.BAD_SIGNATURE),
        (arrival(written(device=OTHER)), Reason.WRONG_TERMINAL),
        (arrival(written(), topic=topics.down(OTHER, "first_instruction")), Reason.WRONG_TERMINAL),
        (arrival(written(), topic=topics.down(DEVICE, "payment_status")), Reason.MALFORMED),
        (arrival(written(), topic=topics.up(DEVICE, "first_instruction")), Reason.MALFORMED),
        (arrival(written(), topic="$SYS/broker/uptime"), Reason.MALFORMED),
        (
            arrival(written(PaymentQuery(payment_id=new_id())), topic=topics.down(DEVICE, "payment_query")),
            Reason.UNKNOWN_KIND,
        ),
        (arrival(b""), Reason.MALFORMED),
        (arrival(b"\xff" * 40), Reason.MALFORMED),
        (arrival(b"\x91" * 20_000), Reason.MALFORMED),
        (arrival(bytes(MAX_MESSAGE_BYTES + 1)), Reason.TOO_LARGE),
    ],
)
def test_what_does_not_count_has_a_reason(one: Arrival, reason: Reason) -> None:
    message = heard(one)
    assert isinstance(message, Dropped)
    assert message.reason is reason


@pytest.mark.fault(16)
def test_a_retained_message_is_nobodys() -> None:
    assert isinstance(heard(arrival(written(), retained=True)), Dropped)


@pytest.mark.fault(9)
@given(st.data())
def test_a_flipped_bit_anywhere_is_noticed(data: st.DataObject) -> None:
    payload = bytearray(written())
    bit = data.draw(st.integers(0, 8 * len(payload) - 1))
    payload[bit // 8] ^= 1 << (bit % 8)
    message = heard(arrival(bytes(payload)))
    # Some bits change nothing that is read (the form of a length, say): then the message is what was signed.
    assert isinstance(message, Dropped) or message.body == BODY


@pytest.mark.fault(8)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(payload: bytes) -> None:
    assert isinstance(heard(arrival(payload)), Dropped)


@pytest.mark.fault(17)
@given(st.integers(0, 200))
def test_an_instruction_that_waited_has_what_is_left(expiry_s: int) -> None:
    message = heard(arrival(written(), expiry_s=expiry_s))
    assert isinstance(message, FromServer)
    assert isinstance(message.body, FirstInstruction)
    assert message.body.preset_time_ms == min(30_000, 1_000 * expiry_s)


def test_news_have_no_time() -> None:
    body = status(new_id(), Role.PAYEE, PaymentState.HELD)
    message = heard(arrival(written(body), topic=topics.down(DEVICE, kinds.KIND_OF[type(body)]), expiry_s=0))
    assert isinstance(message, FromServer)
    assert message.body == body
