"""A whole terminal hears the server, and whoever would like to be the server, over a real broker."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract import codec, kinds, topics
from server_mqtt.contract.limits import MAX_MESSAGE_BYTES
from server_mqtt.contract.messages import (
    Ack,
    CaptureOutcome,
    PayeeCapture,
    PaymentState,
    Reply,
    ReplyStatus,
    Role,
)
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from terminal.session.state import Outcome, Verifying
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYEE, Counter, write_config
from tests.terminal.messages import first_instruction, new_id, status
from tests.terminal.server_end import ServerEnd, accept

pytestmark = pytest.mark.broker


@pytest.fixture
def config(tmp_path: Path, broker: PrivateBroker, server: ServerEnd) -> Path:
    """A payee's terminal without sensors and models: it answers every instruction at once, that it cannot."""
    return write_config(tmp_path / "payee", broker, server, PAYEE, bundle=tmp_path / "no.bundle")


@pytest.fixture
def payee(config: Path, server: ServerEnd) -> Iterator[Counter]:
    with Counter(config) as counter:
        server.expect_online()
        yield counter


def settle(server: ServerEnd) -> None:
    """Returns when the terminal has dealt with all that was said before: it takes one message after the other."""
    server.expect_ack(server.say(PAYEE, status(new_id(), Role.PAYEE, PaymentState.AWAITING_PAYEE)))


def test_an_instruction_is_answered_and_acknowledged(payee: Counter, server: ServerEnd) -> None:
    instruction = first_instruction()
    said = server.say(PAYEE, instruction)
    heard = server.expect_heard(PayeeCapture)
    assert heard.expiry_s in range(1, instruction.preset_time_ms // 1_000 + 1)
    answer = heard.body
    assert isinstance(answer, PayeeCapture)
    assert (answer.payment_id, answer.instruction_id, answer.nonce) == (
        instruction.payment_id,
        instruction.instruction_id,
        instruction.nonce,
    )
    assert (answer.outcome, answer.probes) == (CaptureOutcome.SENSOR_FAILED, ())
    server.expect_ack(said)
    assert payee.engine.dropped == {}


@pytest.mark.fault(1)
def test_the_same_instruction_again_is_acknowledged_again_and_changes_nothing(
    payee: Counter, server: ServerEnd
) -> None:
    said = server.say(PAYEE, first_instruction())
    server.expect_ack(said)
    for _ in range(3):
        server.say_again(said)
        server.expect_ack(said)
    settle(server)
    assert len(server.all_of(PayeeCapture)) == 1


@pytest.mark.fault(62)
def test_last_weeks_instruction_is_acknowledged_and_nobody_is_captured(config: Path, server: ServerEnd) -> None:
    instruction = first_instruction()
    with Counter(config) as counter:
        server.expect_online()
        said = server.say(PAYEE, instruction)
        server.expect_ack(said)
        server.expect_ack(server.say(PAYEE, status(instruction.payment_id, Role.PAYEE, PaymentState.DECLINED)))
        counter.until_step(Outcome)
    with Counter(config):
        server.expect_online()
        server.say_again(said)
        server.expect_ack(said)
        # Even under a new message id, which only the server's key could give it: this payment is over.
        server.expect_ack(server.say(PAYEE, instruction))
        settle(server)
    assert len(server.all_of(PayeeCapture)) == 1


@pytest.mark.fault(2)
def test_the_same_id_with_other_content_is_dropped(payee: Counter, server: ServerEnd) -> None:
    said = server.say(PAYEE, first_instruction())
    server.expect_ack(said)
    other = codec.encode(server.signing, Direction.DOWN, PAYEE, said.message_id, first_instruction())
    server.publish(topics.down(PAYEE, said.kind), other)
    settle(server)
    assert payee.engine.dropped == {Reason.ID_REUSED.value: 1}
    assert len(server.all_of(PayeeCapture)) == 1


@pytest.mark.fault(8)
@pytest.mark.fault(9)
def test_what_is_not_the_servers_is_counted_and_changes_nothing(payee: Counter, server: ServerEnd) -> None:
    forged = server.write(PAYEE, first_instruction(), key=Ed25519PrivateKey.generate())
    foreign = server.write("other-terminal", first_instruction(), to=PAYEE)
    damaged = bytearray(server.write(PAYEE, first_instruction()).payload)
    damaged[len(damaged) // 2] ^= 1
    topic = topics.down(PAYEE, "first_instruction")
    for payload in (forged.payload, foreign.payload, bytes(damaged), b"", b"\xff", bytes(MAX_MESSAGE_BYTES + 1)):
        server.publish(topic, payload)
    settle(server)
    dropped = payee.engine.dropped
    assert dropped.pop(Reason.TOO_LARGE.value) == 1
    assert dropped.pop(Reason.WRONG_TERMINAL.value) == 1
    assert dropped.get(Reason.BAD_SIGNATURE.value, 0) >= 1
    assert sum(dropped.values()) == 4
    assert server.all_of(PayeeCapture) == []
    assert len(server.all_of(Ack)) == 1
    server.say(PAYEE, first_instruction())
    server.expect(PayeeCapture)


@pytest.mark.fault(16)
def test_a_retained_instruction_is_never_even_delivered(config: Path, server: ServerEnd) -> None:
    said = server.write(PAYEE, first_instruction())
    server.publish(topics.down(PAYEE, said.kind), said.payload, retain=True)
    with Counter(config):
        server.expect_online()
        settle(server)
    assert server.all_of(PayeeCapture) == []
    assert [ack for ack in server.all_of(Ack) if ack.message_id == said.message_id] == []


@pytest.mark.fault(17)
def test_an_instruction_whose_time_is_over_is_not_begun(config: Path, server: ServerEnd) -> None:
    with Counter(config):
        server.expect_online()
    server.expect_online(online=False)
    said = server.say(PAYEE, first_instruction(preset_time_ms=1_000), expiry_s=1)
    time.sleep(2.5)  # the broker counts whole seconds
    with Counter(config) as counter:
        server.expect_online()
        settle(server)
        assert server.all_of(PayeeCapture) == []
        # And one that comes late all the same has no time left, by the broker's own count.
        server.say_again(said)
        server.expect_ack(said)
        answer = server.expect(PayeeCapture)
        assert answer.outcome is CaptureOutcome.SENSOR_FAILED
        step = counter.state.step
        assert isinstance(step, Verifying)
        assert step.instruction.preset_time_ms <= 1_000


def test_a_reply_to_nothing_or_to_something_else_changes_nothing(payee: Counter, server: ServerEnd) -> None:
    server.answers = lambda heard: None
    server.say(PAYEE, first_instruction())
    answer = server.expect_heard(PayeeCapture)
    wrong = Reply(in_reply_to=answer.envelope.message_id, content_hash=bytes(32), status=ReplyStatus.ACCEPTED)
    nothing = Reply(in_reply_to=new_id(), content_hash=bytes(32), status=ReplyStatus.REFUSED, reason=Reason.BUSY)
    server.say(PAYEE, wrong)
    server.say(PAYEE, nothing)
    settle(server)
    assert payee.engine.dropped == {Reason.ID_REUSED.value: 1}
    again = server.expect_heard(PayeeCapture)
    assert again.envelope == answer.envelope
    server.say(PAYEE, accept(again))
    settle(server)
    assert payee.waiting == 0


@pytest.mark.fault(72)
@pytest.mark.parametrize("kind", sorted(kinds.DOWN))
def test_no_message_to_a_terminal_has_a_place_for_a_score(kind: str) -> None:
    """Whole numbers, names and choices only: nothing measured can travel down."""
    _, components = msgspec.json.schema_components([kinds.DOWN[kind]])
    described = json.dumps(components)
    assert '"number"' not in described
    for word in ("score", "distance", "similar", "threshold", "confidence"):
        assert word not in described.lower()
