"""Captures: which sensors answer, and whose news count."""

from __future__ import annotations

import pytest

from server_mqtt.contract.messages import (
    CaptureOutcome,
    Modality,
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerStop,
    Role,
)
from terminal.presenter.view import ButtonId, ScreenName
from terminal.session.commands import Ignored, Send, StartCapture, StopCapture
from terminal.session.condition import Health, Models
from terminal.session.events import CaptureEnded, CaptureMoved
from terminal.session.limits import CAPTURE_GRACE_MS
from terminal.session.sensors import choose
from terminal.session.state import Progress
from tests.terminal.session.counter import PRESET_MS, PROBE, Counter, first, ident, second

FACE, FINGER = Modality.FACE, Modality.FINGERPRINT
S = ScreenName


@pytest.mark.parametrize(
    ("order", "working", "models", "accepted", "need_all", "chosen"),
    [
        ((FACE, FINGER), {FACE, FINGER}, Models.READY, (FACE, FINGER), False, (FACE,)),
        ((FINGER, FACE), {FACE, FINGER}, Models.READY, (FACE, FINGER), False, (FINGER,)),
        ((FACE, FINGER), {FACE, FINGER}, Models.READY, (FINGER,), False, (FINGER,)),
        ((FACE, FINGER), {FINGER}, Models.READY, (FACE, FINGER), False, (FINGER,)),
        ((FACE, FINGER), {FINGER}, Models.READY, (FACE,), False, ()),
        ((FACE, FINGER), {FACE, FINGER}, Models.READY, (FINGER, FACE), True, (FACE, FINGER)),
        ((FACE, FINGER), {FACE}, Models.READY, (FACE, FINGER), True, ()),
        ((FACE,), {FACE, FINGER}, Models.READY, (FACE, FINGER), True, ()),
        ((FACE, FINGER), {FACE, FINGER}, Models.READY, (FINGER,), True, (FINGER,)),
        ((FACE, FINGER), {FACE, FINGER}, Models.FAILED, (FACE, FINGER), False, ()),
        ((FACE, FINGER), {FACE, FINGER}, Models.LOADING, (FACE, FINGER), False, ()),
        ((FACE, FINGER), set(), Models.READY, (FACE, FINGER), False, ()),
        ((FACE, FINGER), None, Models.READY, (FACE, FINGER), False, ()),
    ],
)
def test_which_sensors_answer(
    order: tuple[Modality, ...],
    working: set[Modality] | None,
    models: Models,
    accepted: tuple[Modality, ...],
    need_all: bool,
    chosen: tuple[Modality, ...],
) -> None:
    health = Health(models=models, sensors=None if working is None else frozenset(working))
    assert choose(order, health, first(1, modalities=accepted, all_modalities=need_all)) == chosen


@pytest.mark.fault(42)
@pytest.mark.parametrize("outcome", [None, *CaptureOutcome])
def test_news_of_another_capture_do_not_answer_this_one(outcome: CaptureOutcome | None) -> None:
    """A sensor that reports what nobody asked it for, or what was asked for an attempt ago."""
    counter = Counter(Role.PAYEE).start().instruct(first(1)).instruct(first(2))
    state = counter.state
    counter.feed(CaptureMoved(instruction_id=ident(101), progress=Progress(modality=FACE, step=2, steps=2)))
    counter.feed(CaptureEnded(instruction_id=ident(101), outcome=outcome, probes=(PROBE,)))
    counter.feed(CaptureEnded(instruction_id="", outcome=outcome, probes=(PROBE,)))
    assert counter.state == state
    assert counter.sent(PayeeCapture) == []
    assert [one.why for one in counter.last if isinstance(one, Ignored)] == ["nobody_waits"]


@pytest.mark.fault(42)
def test_a_capture_nobody_asked_for_agrees_to_nothing() -> None:
    counter = Counter(Role.PAYER).start().ask().instruct(second(1)).captured(1)
    assert counter.screen() is S.SECOND_INSTRUCTION
    assert counter.sent(PayerCapture) == []


def test_a_new_attempt_ends_the_capture_before_it() -> None:
    counter = Counter(Role.PAYEE).start().instruct(first(1)).instruct(first(2))
    stop, start = counter.last
    assert isinstance(stop, StopCapture)
    assert isinstance(start, StartCapture)
    assert (stop.instruction_id, start.instruction.instruction_id) == (ident(101), ident(102))


def test_a_payer_who_steps_back_ends_the_capture_and_the_payment() -> None:
    counter = Counter(Role.PAYER).start().ask().instruct(second(1)).press(ButtonId.CONSENT).press(ButtonId.STOP)
    assert counter.screen() is S.CHECKING
    assert [type(getattr(one, "body", one)).__name__ for one in counter.last] == ["StopCapture", "PayerStop"]
    counter.captured(1)
    assert counter.sent(PayerCapture) == []


BEGUN = [Progress(modality=FACE, action="blink", steps=4), Progress(modality=FACE, step=2, steps=4)]
NOT_BEGUN = [Progress(), Progress(modality=FACE, hint="too_far", steps=4), Progress(modality=FINGER, hint="keep")]


@pytest.mark.fault(47)
@pytest.mark.fault(70)
@pytest.mark.parametrize("progress", [*BEGUN, *NOT_BEGUN])
@pytest.mark.parametrize("role", Role)
def test_who_leaves_a_challenge_that_has_begun_has_failed_it(role: Role, progress: Progress) -> None:
    """Else a recording could be tried until a challenge fits it. Who only stood badly has failed nothing."""
    if role is Role.PAYER:
        counter = Counter(role).start().ask().instruct(second(1)).press(ButtonId.CONSENT)
    else:
        counter = Counter(role).start().instruct(first(1))
    counter.feed(CaptureMoved(instruction_id=ident(101), progress=progress))
    counter.press(ButtonId.STOP if role is Role.PAYER else ButtonId.REFUSE)
    said = [one.body for one in counter.last if isinstance(one, Send)]
    kind = PayerCapture if role is Role.PAYER else PayeeCapture
    if progress in BEGUN:
        capture = said.pop(0)
        assert isinstance(capture, kind)
        assert (capture.outcome, capture.probes) == (CaptureOutcome.LIVENESS_FAILED, ())
    assert [type(body) for body in said] == [PayerStop if role is Role.PAYER else PayeeRefusal]


def test_a_capture_that_does_not_end_is_given_up_shortly_after_its_time() -> None:
    """An answer that comes in that moment is sent: whether it is late is the server's to say."""
    prompt = Counter(Role.PAYEE).start().instruct(first(1)).wait(PRESET_MS + CAPTURE_GRACE_MS - 1).captured(1)
    assert len(prompt.sent(PayeeCapture)) == 1
    stuck = Counter(Role.PAYEE).start().instruct(first(1)).wait(PRESET_MS + CAPTURE_GRACE_MS)
    assert [type(one) for one in stuck.last] == [StopCapture]
    assert stuck.sent(PayeeCapture) == []
    assert stuck.captured(1).sent(PayeeCapture) == []
