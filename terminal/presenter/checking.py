"""The screen of what the terminal does not know: never "failed", never "paid". Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from server_mqtt.contract.messages import Role
from terminal.presenter.buttons import button
from terminal.presenter.payment import amount, party_row, reference_row
from terminal.presenter.scene import Scene
from terminal.presenter.view import Button, ButtonId, ScreenName, Tone, View
from terminal.presenter.waiting import do_not_repeat, leave_button
from terminal.session.state import Checking, Why
from terminal.texts import phrases

WORDS: Final = {
    Why.RESTARTED: phrases.CHECKING_RESTARTED,
    Why.STOPPED: phrases.CHECKING_STOPPED,
    Why.REFUSED: phrases.CHECKING_REFUSED,
    Why.DIFFERS: phrases.CHECKING_DIFFERS,
}


def checking(scene: Scene, step: Checking) -> View:
    """The server was asked how these payments ended."""
    several = len(step.payment_ids) > 1
    message = [scene.texts(WORDS[step.why])]
    if several:
        message.append(scene.texts(phrases.CHECKING_SEVERAL, count=len(step.payment_ids)))
    view = unknown(scene, "" if several else step.payment_ids[0], scene.texts.sentences(*message))
    tone = Tone.WARNING if step.why is Why.DIFFERS else view.tone
    return replace(view, tone=tone, buttons=(*_stop_button(scene, step), *leave_button(scene, step.since_ms)))


def unknown(scene: Scene, payment_id: str, message: str) -> View:
    """That it is not known how a payment ended, and why; without a button."""
    texts, entry = scene.texts, scene.entry(payment_id)
    offline = "" if scene.online else texts(phrases.NO_WORD_YET)
    return View(
        screen=ScreenName.CHECKING,
        tone=Tone.WORKING,
        title=texts(phrases.CHECKING),
        amount="" if entry is None else amount(entry, texts),
        rows=() if entry is None else (party_row(entry, scene), reference_row(payment_id, texts)),
        message=message,
        detail=texts.sentences(offline, do_not_repeat(scene)),
    )


def _stop_button(scene: Scene, step: Checking) -> tuple[Button, ...]:
    """After a restart the payer may end what is still open."""
    may_stop = step.why is Why.RESTARTED and scene.role is Role.PAYER and len(step.payment_ids) == 1
    return (button(scene.texts, ButtonId.STOP),) if may_stop else ()
