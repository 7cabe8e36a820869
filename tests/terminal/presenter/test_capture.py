"""What a person at the sensor reads: what to do now, how far it is, the time that is left."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.face.observation import Hint
from models.fingerprint.quality import FingerHint
from models.liveness.challenge import Action
from server_mqtt.contract.messages import Modality, Role
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import ButtonId, ButtonKind, CaptureGuide, Countdown, Tone
from terminal.session.events import CaptureMoved, SensorsFound
from terminal.session.state import Progress
from terminal.texts.reasons import ACTIONS, FACE_HINTS, FINGER_HINTS
from tests.terminal.session.counter import ADA, BAKERY, PRESET_MS, Counter, first, ident, release, second

FACE, FINGER = Modality.FACE, Modality.FINGERPRINT


def payee(**changed: object) -> Counter:
    return Counter(Role.PAYEE).start().instruct(first(1, **changed))  # type: ignore[arg-type]  # fields of the struct


def guide(progress: Progress) -> CaptureGuide:
    counter = payee().feed(CaptureMoved(instruction_id=ident(101), progress=progress))
    assert counter.view.capture is not None
    return counter.view.capture


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (Progress(), CaptureGuide(prompt="Get ready", preview=True)),
        (
            Progress(modality=FACE, hint="no_face"),
            CaptureGuide(prompt="Look straight into the camera", hint="Come in front of the camera", preview=True),
        ),
        (
            Progress(modality=FACE, action="turn_left", hint="ok", step=0, steps=2),
            CaptureGuide(prompt="Turn your head slowly to your left", steps=2, preview=True),
        ),
        (
            Progress(modality=FACE, action="blink", hint="too_far", step=1, steps=2),
            CaptureGuide(
                prompt="Close both eyes for a second", hint="Come a little closer", steps_done=1, steps=2, preview=True
            ),
        ),
        (
            Progress(modality=FACE, step=2, steps=2),
            CaptureGuide(prompt="Look straight into the camera", steps_done=2, steps=2, preview=True),
        ),
        (
            Progress(modality=FACE, action="look_up", keep=True, steps=4),
            CaptureGuide(prompt="Stay like this until you are told", steps=4, preview=True),
        ),
        (Progress(modality=FINGER), CaptureGuide(prompt="Put your finger on the reader")),
        (Progress(modality=FINGER, hint="lift"), CaptureGuide(prompt="Lift your finger and put it down again")),
        (
            Progress(modality=FINGER, hint="keep", transfer=0.4),
            CaptureGuide(prompt="Keep your finger still", progress=0.4),
        ),
        (
            Progress(modality=FINGER, hint="too_dry"),
            CaptureGuide(prompt="Put your finger on the reader", hint="The finger is very dry: breathe on it"),
        ),
        (
            Progress(modality=FACE, action="stand_on_head", hint="?"),
            CaptureGuide(prompt="Look straight into the camera", preview=True),
        ),
        (Progress(modality=FINGER, hint="?"), CaptureGuide(prompt="Put your finger on the reader")),
    ],
)
def test_the_one_thing_to_do_next(progress: Progress, expected: CaptureGuide) -> None:
    assert guide(progress) == expected


@pytest.mark.parametrize("action", Action)
def test_every_action_has_its_prompt(action: Action) -> None:
    prompts = {name.value: words for name, words in ACTIONS.items()}
    assert guide(Progress(modality=FACE, action=action.value)).prompt == prompts[action.value]


@pytest.mark.fault(48)
@pytest.mark.parametrize("hint", [*Hint, *FingerHint])
def test_every_hint_is_said(hint: Hint | FingerHint) -> None:
    face = isinstance(hint, Hint)
    words = FACE_HINTS[hint] if isinstance(hint, Hint) else FINGER_HINTS[hint]
    assert guide(Progress(modality=FACE if face else FINGER, hint=hint.value)).hint == words


@given(transfer=st.none() | st.floats(), step=st.integers(-5, 20), steps=st.integers(-5, 20))
def test_what_is_measured_never_breaks_the_screen(transfer: float | None, step: int, steps: int) -> None:
    finger = guide(Progress(modality=FINGER, hint="keep", transfer=transfer))
    assert finger.progress is None if transfer is None else 0.0 <= (finger.progress or 0.0) <= 1.0
    assert finger.progress is None or not math.isnan(finger.progress)
    face = guide(Progress(modality=FACE, step=step, steps=steps))
    assert 0 <= face.steps_done <= face.steps


# --- before the sensor says anything ---


def test_the_picture_is_there_from_the_start_where_a_face_comes_first() -> None:
    lone = payee(modalities=(FINGER,)).view.capture
    assert lone is not None
    assert not lone.preview
    blind = Counter(Role.PAYEE).start().feed(SensorsFound(working=frozenset({FINGER}))).instruct(first(1)).view.capture
    assert blind is not None
    assert not blind.preview


# --- around it ---


def test_the_payee_sees_who_pays_and_may_refuse() -> None:
    counter = payee()
    view = counter.view
    assert view.title == "You are being paid: show that it is you"
    assert view.amount == "€12.50"
    assert [(row.label, row.value) for row in view.rows] == [("From", ADA)]
    assert [(button.id, button.text) for button in view.buttons[:1]] == [(ButtonId.REFUSE, "Refuse")]
    assert view.buttons[0].kind is ButtonKind.DANGER
    assert view.countdown == Countdown(total_ms=PRESET_MS, ends_at_ms=counter.now_ms + PRESET_MS)
    assert (view.tone, view.message, view.detail) == (Tone.NEUTRAL, "", "")


def test_a_payer_without_a_name_is_said_to_have_none() -> None:
    assert payee(payer_name="\u200b").view.rows[0].value == "Name not given"


def test_money_that_waits_is_left_for_later_not_refused() -> None:
    view = Counter(Role.PAYEE).start().instruct(release(7)).view
    assert view.title == "Money is waiting: show that it is you"
    assert view.buttons[0].text == "Not now"


def test_the_payer_sees_who_is_paid_and_may_stop() -> None:
    view = Counter(Role.PAYER).start().ask().instruct(second(1)).press(ButtonId.CONSENT).view
    assert view.title == "Show that it is you"
    assert [(row.label, row.value) for row in view.rows] == [("To", BAKERY)]
    assert view.buttons[0].id is ButtonId.STOP


@pytest.mark.parametrize(
    ("attempt", "reason", "message"),
    [
        (2, Reason.NOT_RECOGNISED, "Attempt 2 of 3. Not recognised."),
        (3, None, "Attempt 3 of 3."),
        (1, Reason.LIVENESS_FAILED, "Attempt 1 of 3. The check for a living person was not passed."),
    ],
)
def test_another_attempt_says_which_and_why(attempt: int, reason: Reason | None, message: str) -> None:
    view = payee(attempt=attempt, previous_reason=reason).view
    assert (view.tone, view.message) == (Tone.WARNING, message)


def test_where_both_are_needed_that_is_said() -> None:
    assert payee(all_modalities=True).view.detail == "Your face and your fingerprint are both needed."
