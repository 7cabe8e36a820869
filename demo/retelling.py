"""News and events in words: who, what, in which colour. Pure."""

from __future__ import annotations

from typing import Final

from demo.narration import Ink
from demo.people import Party
from demo.talk import AnyNews, Did, Seen, Trouble
from demo.watch import PaymentEvent
from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.flow.steps import Step
from terminal.presenter.view import ScreenName, Tone

SERVER: Final = "server"

Telling = tuple[str, str, Ink]
"""Who, what, and the colour."""

STEP_WORDS: Final = {
    Step.PAYER_REQUEST: "has the payment request",
    Step.PAYEE_LOOKUP: "looks the payee up in the directory",
    Step.FIRST_INSTRUCTION: "asks the payee's terminal to capture the payee",
    Step.PAYEE_CAPTURE: "has an answer from the payee's terminal, and counts the attempt",
    Step.FIRST_VERIFICATION: "verifies the payee",
    Step.FIRST_RESULT: "has the first result",
    Step.SECOND_INSTRUCTION: "tells the payer the first result, and asks for the payer's consent and capture",
    Step.PAYER_CAPTURE: "has an answer from the payer's terminal, and counts the attempt",
    Step.SECOND_VERIFICATION: "verifies the payer",
    Step.TRANSFER_OR_ESCROW: "books the payment",
    Step.RELEASE_INSTRUCTION: "asks the payee again, with a new nonce",
    Step.RELEASE: "pays out what was held",
    Step.REFUND: "pays back what was held",
    Step.PAYER_STOP: "hears that the payer stops",
    Step.PAYEE_REFUSAL: "hears that the payee refuses",
}
AGAIN_WORDS: Final = {
    Step.FIRST_INSTRUCTION: "asks the payee's terminal for another attempt",
    Step.SECOND_INSTRUCTION: "asks the payer's terminal for another attempt",
}
_VERIFICATIONS: Final = frozenset({Step.FIRST_VERIFICATION, Step.SECOND_VERIFICATION})
_STATE_INKS: Final = {
    PaymentState.SETTLED: Ink.GOOD,
    PaymentState.RELEASED: Ink.GOOD,
    PaymentState.HELD: Ink.WAITING,
    PaymentState.REFUNDED: Ink.WAITING,
    PaymentState.DECLINED: Ink.BAD,
}
_TONE_INKS: Final = {Tone.GOOD: Ink.GOOD, Tone.WAITING: Ink.WAITING, Tone.WARNING: Ink.WAITING, Tone.BAD: Ink.BAD}
_ROLE_INKS: Final = {Role.PAYER: Ink.PAYER, Role.PAYEE: Ink.PAYEE}


def retell(news: AnyNews, party: Party) -> Telling | None:
    """What happened at a terminal; None for what nobody wants to hear of: that it rests."""
    match news:
        case Did():
            return news.who or party.name, news.what, Ink.BAD if news.who else _ROLE_INKS[party.role]
        case Seen():
            if news.screen is ScreenName.IDLE:
                return None
            return f"{party.role.value}'s terminal", _shown(news), _TONE_INKS.get(news.tone, Ink.PLAIN)
        case Trouble():
            return f"{party.role.value}'s terminal", news.why, Ink.BAD


def retell_event(event: PaymentEvent, *, again: bool = False) -> Telling:
    """What the server did with the payment; `again`: not for the first time."""
    words = AGAIN_WORDS.get(event.step, STEP_WORDS[event.step]) if again else STEP_WORDS[event.step]
    if event.reason:
        words += f": {event.reason.replace('_', ' ')}"
    elif event.step in _VERIFICATIONS:
        words += ": verified"
    if event.before is event.to:
        return SERVER, words, Ink.SERVER
    return SERVER, f"{words} -> {event.to.value}", _STATE_INKS.get(event.to, Ink.SERVER)


def _shown(seen: Seen) -> str:
    """What a person reads first: the one thing to do, else title and message."""
    if seen.prompt:
        message = f" [{seen.message}]" if seen.message else ""
        return f'{seen.title}: "{seen.prompt}"{message}'
    parts = (seen.title, seen.amount, seen.message)
    return " | ".join(part for part in parts if part)
