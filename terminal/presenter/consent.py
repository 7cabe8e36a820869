"""The screen on which the payer agrees: who is paid, how much, who was found behind the counter, what becomes of the
money. Pure.

What it says is made of the instruction alone, as is the `Consent` that is sent (`terminal.session.flow.consent_to`).
"""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.messages import FirstResult, Hold, Modality, SecondInstruction
from server_mqtt.contract.reasons import Reason, Verdict
from terminal.presenter.buttons import button
from terminal.presenter.payment import amount, payee, payee_rows
from terminal.presenter.scene import Scene
from terminal.presenter.view import ButtonId, Countdown, ScreenName, Tone, View
from terminal.session.state import Consenting
from terminal.texts import phrases
from terminal.texts.catalogue import Texts

VERIFIED_BY: Final = {
    None: phrases.PAYEE_VERIFIED,
    Modality.FACE: phrases.PAYEE_VERIFIED_BY_FACE,
    Modality.FINGERPRINT: phrases.PAYEE_VERIFIED_BY_FINGERPRINT,
}
NOT_VERIFIED: Final = {
    Verdict.NOT_VERIFIED: phrases.PAYEE_NOT_VERIFIED,
    Verdict.COULD_NOT_BE_CHECKED: phrases.PAYEE_COULD_NOT_BE_CHECKED,
    Verdict.REFUSED: phrases.PAYEE_REFUSED,
}


def consenting(scene: Scene, step: Consenting) -> View:
    """Nothing on it is hidden behind a touch; the clock runs from the receipt."""
    texts, instruction = scene.texts, step.instruction
    return View(
        screen=ScreenName.SECOND_INSTRUCTION,
        tone=_tone(instruction),
        title=texts(phrases.SECOND_INSTRUCTION),
        amount=amount(instruction, texts),
        rows=payee_rows(instruction.payee_account, instruction.payee_name, texts),
        message=first_result(instruction, texts),
        detail=money(instruction.first_result, instruction.hold, texts),
        buttons=(button(texts, ButtonId.STOP), button(texts, ButtonId.CONSENT)),
        countdown=Countdown(
            total_ms=instruction.preset_time_ms, ends_at_ms=step.received_at_ms + instruction.preset_time_ms
        ),
    )


def first_result(instruction: SecondInstruction, texts: Texts) -> str:
    """Who is behind the counter, how and when that was seen; or that it is not known, and why."""
    result, name = instruction.first_result, payee(instruction, texts)
    if result.verdict is Verdict.VERIFIED:
        return texts(VERIFIED_BY[result.modality], payee=name)
    return texts.sentences(texts(NOT_VERIFIED[result.verdict], payee=name), texts.reason(result.reason))


def money(result: FirstResult, hold: Hold | None, texts: Texts) -> str:
    """What agreeing means for the money."""
    if hold is None:
        return texts(phrases.MOVES_AT_ONCE)
    # The other reasons of a hold repeat the first result.
    risky = hold.risk_reason or hold.reason is Reason.PAYEE_RISKY
    reason = texts.risk(hold.risk_reason) if risky else ""
    until = held_until(result, hold.expires_in_ms, texts)
    return texts.sentences(texts(phrases.WILL_BE_HELD), reason, until)


def held_until(result: FirstResult | None, left_ms: int, texts: Texts) -> str:
    """How the payee gets what is held, and when the payer has it back; who was verified has to be so again."""
    again = result is not None and result.verdict is Verdict.VERIFIED
    words = phrases.HELD_UNTIL_VERIFIED_AGAIN if again else phrases.HELD_UNTIL_VERIFIED
    return texts(words, time=texts.interval(left_ms))


def _tone(instruction: SecondInstruction) -> Tone:
    if instruction.first_result.verdict is not Verdict.VERIFIED:
        return Tone.WARNING
    return Tone.GOOD if instruction.hold is None else Tone.WAITING
