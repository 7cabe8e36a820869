"""The screens on which nobody can do much: the request travels, somebody is verified, the other end decides. Pure.

They never say how a payment ended, and that no money has moved only while the payer has not been captured.
"""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.messages import CaptureOutcome, FirstInstruction, Role
from server_mqtt.contract.reasons import Verdict
from terminal.presenter.buttons import button
from terminal.presenter.payment import amount, party_row
from terminal.presenter.scene import Scene
from terminal.presenter.view import Button, ButtonId, Row, ScreenName, Tone, View
from terminal.session.state import AwaitingPayee, AwaitingPayer, Entry, Requesting, Verifying
from terminal.texts import phrases

FIRST_RESULTS: Final = {
    Verdict.VERIFIED: (
        Tone.GOOD,
        phrases.FIRST_RESULT_VERIFIED,
        phrases.FIRST_RESULT_VERIFIED_MESSAGE,
    ),
    Verdict.NOT_VERIFIED: (
        Tone.WARNING,
        phrases.FIRST_RESULT_NOT,
        phrases.FIRST_RESULT_NOT_MESSAGE,
    ),
    Verdict.COULD_NOT_BE_CHECKED: (
        Tone.WARNING,
        phrases.FIRST_RESULT_NOT_CHECKED,
        phrases.FIRST_RESULT_NOT_MESSAGE,
    ),
    Verdict.REFUSED: (
        Tone.WARNING,
        phrases.FIRST_RESULT_NOT,
        phrases.FIRST_RESULT_NOT_MESSAGE,
    ),
}
"""What the payee's own result means to the payee."""


def requesting(scene: Scene, step: Requesting) -> View:
    """The request is on its way."""
    entry = scene.entry(step.payment_id)
    return View(
        screen=ScreenName.PAYER_REQUEST,
        tone=Tone.WORKING,
        title=scene.texts(phrases.REQUESTING),
        amount=_amount(scene, entry),
        rows=_rows(scene, entry),
        message=scene.texts(phrases.NOTHING_MOVED),
        detail=_delay(scene, step.since_ms, busy=step.busy, offline=phrases.NOT_SENT_YET),
        buttons=(button(scene.texts, ButtonId.STOP),),
    )


def awaiting_payee(scene: Scene, step: AwaitingPayee) -> View:
    """The payee stands at their sensor."""
    entry = scene.entry(step.payment_id)
    detail = phrases.YOU_DECIDE_NEXT if scene.online else phrases.NO_WORD_YET
    return View(
        screen=ScreenName.FIRST_INSTRUCTION,
        tone=Tone.WORKING,
        title=scene.texts(phrases.AWAITING_PAYEE),
        amount=_amount(scene, entry),
        rows=_rows(scene, entry),
        message=scene.texts(phrases.AWAITING_PAYEE_MESSAGE),
        detail=scene.texts(detail),
        buttons=(button(scene.texts, ButtonId.STOP),),
    )


def verifying(scene: Scene, step: Verifying) -> View:
    """The server compares, or will notice that the time is over."""
    texts, entry = scene.texts, scene.entry(step.payment_id)
    first = isinstance(step.instruction, FirstInstruction)
    return View(
        screen=ScreenName.FIRST_VERIFICATION if first else ScreenName.SECOND_VERIFICATION,
        tone=Tone.WORKING,
        title=texts(_verifying_title(step)),
        amount=_amount(scene, entry),
        rows=_rows(scene, entry),
        message=_said(scene, step),
        detail=_delay(scene, step.since_ms, busy=step.busy, offline=phrases.NO_WORD_YET),
        buttons=leave_button(scene, step.since_ms),
    )


def awaiting_payer(scene: Scene, step: AwaitingPayer) -> View:
    """The payee's own result, and that it is not paid yet."""
    texts, entry = scene.texts, scene.entry(step.payment_id)
    status = entry.status if entry is not None else None
    result = status.first_result if status is not None else None
    tone, title, message = (
        (Tone.WORKING, phrases.FIRST_RESULT_UNKNOWN, phrases.FIRST_RESULT_VERIFIED_MESSAGE)
        if result is None
        else FIRST_RESULTS[result.verdict]
    )
    reason = "" if result is None else texts.reason(result.reason, Role.PAYEE)
    risky = tone is Tone.GOOD and status is not None and status.hold is not None
    held = texts(phrases.FIRST_RESULT_HELD_MESSAGE) if risky else ""
    return View(
        screen=ScreenName.FIRST_RESULT,
        tone=tone,
        title=texts(title),
        amount=_amount(scene, entry),
        rows=_rows(scene, entry),
        message=texts.sentences(reason, texts(message), held),
        detail=texts(phrases.NOT_PAID_YET),
        buttons=(button(texts, ButtonId.DONE, words=phrases.CLOSE),),
    )


def leave_button(scene: Scene, since_ms: int) -> tuple[Button, ...]:
    """The way out of a wait, once it took long."""
    leaving = button(scene.texts, ButtonId.DONE, words=phrases.CLOSE)
    return (leaving,) if scene.may_leave(since_ms) else ()


def do_not_repeat(scene: Scene) -> str:
    """What not to do while the end of a payment is unknown."""
    return scene.texts(phrases.DO_NOT_REPEAT if scene.role is Role.PAYER else phrases.NOTHING_TO_HAND_OVER)


def _verifying_title(step: Verifying) -> str:
    """Only what was captured can be checked."""
    if step.outcome is None:
        return phrases.TIME_OVER
    checked = step.outcome is CaptureOutcome.CAPTURED and step.refused is None
    return phrases.VERIFYING if checked else phrases.CAPTURE_FAILED


def _said(scene: Scene, step: Verifying) -> str:
    texts = scene.texts
    if step.refused is not None:
        reason = texts.reason(step.refused, scene.role)
        return texts.sentences(texts(phrases.ANSWER_NOT_COUNTED), reason, texts(phrases.SERVER_DECIDES))
    if step.outcome is CaptureOutcome.CAPTURED:
        return texts(phrases.VERIFYING_MESSAGE)
    broken = texts(phrases.SENSOR_FAILED) if step.outcome is CaptureOutcome.SENSOR_FAILED else ""
    return texts.sentences(broken, texts(phrases.SERVER_DECIDES))


def _delay(scene: Scene, since_ms: int, *, busy: bool, offline: str) -> str:
    """Why it takes so long, if it does."""
    if not scene.online:
        return scene.texts(offline)
    if busy:
        return scene.texts(phrases.SERVER_BUSY)
    if not scene.is_slow(since_ms):
        return ""
    return scene.texts.sentences(scene.texts(phrases.NOT_YET_DECIDED), do_not_repeat(scene))


def _amount(scene: Scene, entry: Entry | None) -> str:
    return "" if entry is None else amount(entry, scene.texts)


def _rows(scene: Scene, entry: Entry | None) -> tuple[Row, ...]:
    return () if entry is None else (party_row(entry, scene),)
