"""What a terminal says reaches the server once, whatever breaks in between: link, broker, server, the terminal."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_bridge.r503.pty_emulator import PtyEmulator
from server_mqtt.contract.messages import (
    CaptureOutcome,
    PayeeCapture,
    PayerRequest,
    PayerStop,
    PaymentQuery,
    PaymentState,
    Reply,
    ReplyStatus,
    Role,
)
from server_mqtt.contract.reasons import Reason
from terminal.outbox.store import DATABASE
from terminal.presenter.view import ButtonId, ScreenName
from terminal.session.state import AwaitingPayee, Checking, Idle, Outcome, Requesting
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYEE, PAYER, Counter, write_config
from tests.terminal.messages import first_instruction, status
from tests.terminal.server_end import PATIENCE_S, Heard, ServerEnd, accept, silence

pytestmark = [pytest.mark.broker, pytest.mark.models]


@pytest.fixture
def config(tmp_path: Path, broker: PrivateBroker, server: ServerEnd) -> Iterator[Path]:
    """A payer's terminal with a fingerprint reader."""
    with PtyEmulator() as reader:
        yield write_config(tmp_path / "payer", broker, server, PAYER, reader=reader.path)


@pytest.fixture
def payer(config: Path) -> Iterator[Counter]:
    with Counter(config) as counter:
        counter.until_ready()
        yield counter


@pytest.mark.fault(3)
def test_a_lost_reply_is_asked_for_again(payer: Counter, server: ServerEnd) -> None:
    server.answers = silence
    payer.ask_to_pay("12.50")
    first = server.expect_heard(PayerRequest)
    again = server.expect_heard(PayerRequest)
    assert again.envelope == first.envelope
    assert isinstance(payer.state.step, Requesting)
    server.say(PAYER, accept(again))
    payer.until_step(AwaitingPayee)
    assert payer.waiting == 0


@pytest.mark.fault(50)
def test_a_double_tap_is_one_payment(payer: Counter, server: ServerEnd) -> None:
    payer.ask_to_pay("12.50")
    for _ in range(5):
        payer.press(ButtonId.PAY)
    server.expect(PayerRequest)
    payer.until_step(AwaitingPayee)
    payer.press(ButtonId.STOP)
    server.expect(PayerStop)  # everything that was touched before has had its effect
    assert len(server.all_of(PayerRequest)) == 1


def test_a_busy_server_is_asked_again_when_it_said(payer: Counter, server: ServerEnd) -> None:
    def busy_at_first(heard: Heard) -> Reply:
        if server.times(PayerRequest) < 2:
            return Reply(
                in_reply_to=heard.envelope.message_id,
                content_hash=heard.content_hash,
                status=ReplyStatus.BUSY,
                reason=Reason.BUSY,
                retry_after_ms=300,
            )
        return accept(heard)

    server.answers = busy_at_first
    payer.ask_to_pay("12.50")
    payer.until_step(AwaitingPayee)
    assert len(server.all_of(PayerRequest)) == 1
    assert server.times(PayerRequest) >= 3


def test_a_refusal_ends_it(payer: Counter, server: ServerEnd) -> None:
    server.answers = lambda heard: Reply(
        in_reply_to=heard.envelope.message_id,
        content_hash=heard.content_hash,
        status=ReplyStatus.REFUSED,
        reason=Reason.UNKNOWN_PAYEE,
    )
    payer.ask_to_pay("12.50")
    payer.until_step(Outcome)
    assert payer.waiting == 0


@pytest.mark.fault(10)
@pytest.mark.parametrize("forgets", [False, True])
def test_a_broker_that_dies_with_the_request_loses_nothing(
    payer: Counter, server: ServerEnd, broker: PrivateBroker, forgets: bool
) -> None:
    server.answers = silence
    payer.ask_to_pay("12.50")
    server.expect(PayerRequest)
    broker.kill()
    payer.until(lambda: not payer.state.health.online, "the loss of the link")
    assert payer.waiting == 1
    if forgets:
        broker.forget_everything()
    server.answers = accept
    broker.start()
    payer.until_step(AwaitingPayee)
    payer.until(lambda: payer.waiting == 0, "an empty outbox")
    assert len(server.all_of(PayerRequest)) == 1


def test_an_answer_that_nobody_wants_any_more_is_given_up(
    tmp_path: Path, broker: PrivateBroker, server: ServerEnd
) -> None:
    server.answers = silence
    path = write_config(tmp_path / "payee", broker, server, PAYEE, bundle=tmp_path / "no.bundle")
    with Counter(path) as payee:
        server.expect_online()
        server.say(PAYEE, first_instruction(preset_time_ms=1_500))
        assert server.expect(PayeeCapture).outcome is CaptureOutcome.SENSOR_FAILED
        assert payee.waiting == 1
        payee.until(lambda: payee.waiting == 0, "the end of the preset time")


def test_a_question_takes_the_place_of_the_one_before(payer: Counter, server: ServerEnd) -> None:
    server.answers = lambda heard: None if isinstance(heard.body, PaymentQuery) else accept(heard)
    payer.ask_to_pay("12.50")
    payer.until_step(AwaitingPayee)
    payer.press(ButtonId.STOP)
    payer.until_step(Checking)
    for _ in range(3):  # every new connection asks anew
        payer.engine._parts.link.drop()
        server.expect(PaymentQuery)
    payer.until(lambda: payer.waiting == 1, "one question that waits")


# --- the terminal itself dies ---


@contextmanager
def crashing(config: Path, point: str) -> Iterator[subprocess.Popen[bytes]]:
    """A terminal in a process of its own that is killed at a point of its work."""
    command = [sys.executable, "-m", "tests.terminal.crashing", str(config), point]
    with subprocess.Popen(command) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.fault(51)
def test_killed_between_disk_and_link_the_request_is_sent_by_the_next_run(config: Path, server: ServerEnd) -> None:
    with crashing(config, "before_send") as process:
        assert process.wait(2 * PATIENCE_S) == -signal.SIGKILL
    assert server.all_of(PayerRequest) == []
    with Counter(config) as payer:
        payer.until_step(Checking)
        payer.until_screen(ScreenName.CHECKING)
        request = server.expect(PayerRequest)
        assert server.expect(PaymentQuery).payment_id == request.payment_id
        kinds = [type(heard.body) for heard in server.heard if isinstance(heard.body, PayerRequest | PaymentQuery)]
        assert kinds[0] is PayerRequest  # a question that overtook it would find no payment
        payer.until(lambda: payer.waiting == 0, "an empty outbox")
        server.say(PAYER, status(request.payment_id, Role.PAYER, PaymentState.DECLINED, reason=Reason.TIMED_OUT))
        payer.until_step(Outcome)
    assert len(server.all_of(PayerRequest)) == 1


@pytest.mark.fault(51)
def test_killed_while_the_server_is_at_it_the_next_run_shows_what_is_true(config: Path, server: ServerEnd) -> None:
    server.answers = silence
    with crashing(config, "never"):
        first = server.expect_heard(PayerRequest)
    server.answers = accept
    with Counter(config) as payer:
        payer.until_step(Checking)
        again = server.expect_heard(PayerRequest)
        assert again.envelope == first.envelope
        query = server.expect(PaymentQuery)
        server.say(PAYER, status(query.payment_id, Role.PAYER, PaymentState.SETTLED))
        payer.until_step(Outcome)
        payer.until_screen(ScreenName.OUTCOME)
        payer.press(ButtonId.DONE)
        payer.until_step(Idle)
    assert len(server.all_of(PayerRequest)) == 1
    with Counter(config) as payer:
        payer.until_ready()
        assert [entry.over for entry in payer.state.book] == [True]


@pytest.mark.fault(1)
def test_killed_before_it_acknowledged_the_instruction_is_not_answered_twice(
    tmp_path: Path, broker: PrivateBroker, server: ServerEnd
) -> None:
    path = write_config(tmp_path / "payee", broker, server, PAYEE, bundle=tmp_path / "no.bundle")
    said = server.write(PAYEE, first_instruction())
    with crashing(path, "before_ack") as process:
        server.expect_online()
        server.say_again(said)
        assert process.wait(2 * PATIENCE_S) == -signal.SIGKILL
    answers = server.all_of(PayeeCapture)
    with Counter(path) as payee:
        server.expect_online()
        server.say_again(said)
        server.expect_ack(said)
        payee.until(lambda: payee.waiting == 0, "an empty outbox")
    assert len({answer.instruction_id for answer in (*answers, *server.all_of(PayeeCapture))}) == 1
    envelopes = [heard.envelope for heard in server.heard if isinstance(heard.body, PayeeCapture)]
    assert all(envelope == envelopes[0] for envelope in envelopes)


def test_no_message_stays_on_disk_once_it_was_answered(payer: Counter, config: Path, server: ServerEnd) -> None:
    server.answers = silence
    payer.ask_to_pay("12.50")
    heard = server.expect_heard(PayerRequest)
    folder = config.parent / "data"
    assert any(heard.envelope.signature in path.read_bytes() for path in folder.glob(f"{DATABASE}*"))
    server.say(PAYER, accept(heard))
    payer.until_step(AwaitingPayee)
    assert not any(heard.envelope.signature in path.read_bytes() for path in folder.glob(f"{DATABASE}*"))
