"""For how long the server wants an answer, and what the broker is told of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.limits import MAX_PRESET_TIME_MS
from server_mqtt.contract.messages import CaptureOutcome, Modality, PayeeCapture, PayeeRefusal, Role
from terminal.outbox.post import expiry_s
from terminal.outbox.wanted import LATE_ANSWER_MS, wanted_for_ms
from terminal.session.state import Capturing, Idle, SessionState, Settings, Step, Verifying
from tests.terminal.messages import PAYEE_ACCOUNT, first_instruction

INSTRUCTION = first_instruction(preset_time_ms=30_000)
ANSWER = PayeeCapture(
    payment_id=INSTRUCTION.payment_id,
    instruction_id=INSTRUCTION.instruction_id,
    nonce=INSTRUCTION.nonce,
    outcome=CaptureOutcome.SENSOR_FAILED,
)
RECEIVED_AT_MS = 1_000_000


def session(step: Step) -> SessionState:
    settings = Settings(role=Role.PAYEE, account=PAYEE_ACCOUNT, currency="EUR", order=(Modality.FACE,))
    return SessionState(settings=settings, step=step)


CAPTURING = session(Capturing(instruction=INSTRUCTION, received_at_ms=RECEIVED_AT_MS))
VERIFYING = session(Verifying(instruction=INSTRUCTION, since_ms=0, outcome=CaptureOutcome.SENSOR_FAILED))


@given(st.integers(0, 40_000))
def test_an_answer_is_wanted_for_what_is_left(after_ms: int) -> None:
    wanted = wanted_for_ms(CAPTURING, VERIFYING, ANSWER, RECEIVED_AT_MS + after_ms)
    assert wanted == max(LATE_ANSWER_MS, 30_000 - after_ms)


def test_an_answer_given_at_once_has_all_the_time() -> None:
    assert wanted_for_ms(session(Idle()), VERIFYING, ANSWER, 0) == 30_000
    assert wanted_for_ms(session(Idle()), session(Idle()), ANSWER, 0) == MAX_PRESET_TIME_MS


def test_what_is_no_answer_has_no_time() -> None:
    assert wanted_for_ms(CAPTURING, VERIFYING, PayeeRefusal(payment_id=INSTRUCTION.payment_id), 0) is None


@pytest.mark.parametrize(("left_ms", "seconds"), [(None, None), (-5, 1), (0, 1), (1, 1), (1_000, 1), (1_001, 2)])
def test_the_broker_counts_whole_seconds_and_never_fewer(left_ms: int | None, seconds: int | None) -> None:
    assert expiry_s(left_ms) == seconds
