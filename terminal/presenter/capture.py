"""The screens of both captures: what to do now, how far it is, the time that is left. Pure.

`Progress` carries plain names. A name that has no words here says nothing; it never breaks the screen.
"""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.messages import FirstInstruction, Modality, Purpose
from terminal.presenter.buttons import button
from terminal.presenter.payment import amount, party_row
from terminal.presenter.scene import Scene
from terminal.presenter.view import Button, ButtonId, CaptureGuide, Countdown, ScreenName, Tone, View
from terminal.session.sensors import choose
from terminal.session.state import AnyInstruction, Capturing, Progress
from terminal.texts import phrases
from terminal.texts.catalogue import Texts
from terminal.texts.reasons import ACTIONS, FACE_HINTS, FINGER_HINTS

FINGER_PROMPTS: Final = {"lift": phrases.LIFT_FINGER, "keep": phrases.KEEP_FINGER}
"""What a fingerprint capture asks for; otherwise it waits for the finger."""

_ACTION_PROMPTS: Final = {action.value: words for action, words in ACTIONS.items()}
_FACE_HINTS: Final = {hint.value: words for hint, words in FACE_HINTS.items()}
_FINGER_HINTS: Final = {hint.value: words for hint, words in FINGER_HINTS.items()}


def capturing(scene: Scene, step: Capturing) -> View:
    """A person stands at the sensor."""
    texts, instruction = scene.texts, step.instruction
    first = isinstance(instruction, FirstInstruction)
    again = instruction.attempt > 1 or instruction.previous_reason is not None
    return View(
        screen=ScreenName.PAYEE_CAPTURE if first else ScreenName.PAYER_CAPTURE,
        tone=Tone.WARNING if again else Tone.NEUTRAL,
        title=_title(texts, instruction),
        amount=amount(instruction, texts),
        rows=(party_row(instruction, scene),),
        message=_attempt(texts, instruction) if again else "",
        detail=texts(phrases.BOTH_NEEDED) if len(_asked(scene, instruction)) > 1 else "",
        buttons=(_no_button(texts, instruction),),
        countdown=Countdown(
            total_ms=instruction.preset_time_ms, ends_at_ms=step.received_at_ms + instruction.preset_time_ms
        ),
        capture=_guide(scene, step),
    )


def _title(texts: Texts, instruction: AnyInstruction) -> str:
    if not isinstance(instruction, FirstInstruction):
        return texts(phrases.PAYER_CAPTURE)
    return texts(phrases.PAYEE_RELEASE if instruction.purpose is Purpose.RELEASE else phrases.PAYEE_CAPTURE)


def _attempt(texts: Texts, instruction: AnyInstruction) -> str:
    count = texts(phrases.ATTEMPT, attempt=instruction.attempt, attempts=instruction.attempts)
    return texts.sentences(count, texts.reason(instruction.previous_reason))


def _no_button(texts: Texts, instruction: AnyInstruction) -> Button:
    """The payer stops; the payee refuses, or leaves money that is held for later."""
    if not isinstance(instruction, FirstInstruction):
        return button(texts, ButtonId.STOP)
    later = instruction.purpose is Purpose.RELEASE
    return button(texts, ButtonId.REFUSE, words=phrases.NOT_NOW if later else "")


def _asked(scene: Scene, instruction: AnyInstruction) -> tuple[Modality, ...]:
    return choose(scene.state.settings.order, scene.state.health, instruction)


def _guide(scene: Scene, step: Capturing) -> CaptureGuide:
    progress = step.progress
    if progress.modality is Modality.FACE:
        return _face_guide(scene.texts, progress)
    if progress.modality is Modality.FINGERPRINT:
        return _finger_guide(scene.texts, progress)
    looks = _asked(scene, step.instruction)[:1] == (Modality.FACE,)
    return CaptureGuide(prompt=scene.texts(phrases.GET_READY), preview=looks)


def _face_guide(texts: Texts, progress: Progress) -> CaptureGuide:
    prompt = phrases.KEEP_SO if progress.keep else _ACTION_PROMPTS.get(progress.action or "", phrases.LOOK_STRAIGHT)
    steps = max(progress.steps, 0)
    return CaptureGuide(
        prompt=texts(prompt),
        hint=texts(_FACE_HINTS.get(progress.hint, "")),
        steps_done=min(max(progress.step, 0), steps),
        steps=steps,
        preview=True,
    )


def _finger_guide(texts: Texts, progress: Progress) -> CaptureGuide:
    prompt = FINGER_PROMPTS.get(progress.hint, phrases.PLACE_FINGER)
    hint = _FINGER_HINTS.get(progress.hint, "")
    return CaptureGuide(prompt=texts(prompt), hint=texts(hint), progress=_share(progress.transfer))


def _share(transfer: float | None) -> float | None:
    """0..1, whatever was measured."""
    if transfer is None:
        return None
    return min(transfer, 1.0) if transfer > 0 else 0.0
