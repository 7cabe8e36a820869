"""News and events in words: who, what, in which colour. Pure."""

from __future__ import annotations

from typing import Final

from demo.narration import Ink
from demo.people import Party
from demo.talk import AnyNews, Did, Seen, Trouble
from demo.watch import PaymentEvent
from server_mqtt.contract.messages import PaymentState, Role
from terminal.presenter.view import Tone

SERVER: Final = "server"

_STATE_INKS: Final = {
    PaymentState.SETTLED: Ink.GOOD,
    PaymentState.RELEASED: Ink.GOOD,
    PaymentState.HELD: Ink.WAITING,
    PaymentState.REFUNDED: Ink.WAITING,
    PaymentState.DECLINED: Ink.BAD,
}
_TONE_INKS: Final = {Tone.GOOD: Ink.GOOD, Tone.WAITING: Ink.WAITING, Tone.WARNING: Ink.WAITING, Tone.BAD: Ink.BAD}
_ROLE_INKS: Final = {Role.PAYER: Ink.PAYER, Role.PAYEE: Ink.PAYEE}


def retell(news: AnyNews, party: Party) -> tuple[str, str, Ink]:
    """What happened at a terminal."""
    match news:
        case Did():
            return news.who or party.name, news.what, Ink.BAD if news.who else _ROLE_INKS[party.role]
        case Seen():
            return f"{party.role.value}'s terminal", _shown(news), _TONE_INKS.get(news.tone, Ink.PLAIN)
        case Trouble():
            return f"{party.role.value}'s terminal", news.why, Ink.BAD


def retell_event(event: PaymentEvent) -> tuple[str, str, Ink]:
    """What the server did with the payment."""
    states = event.to.value if event.before is None else f"{event.before.value} -> {event.to.value}"
    if event.before is event.to:
        states = event.to.value
    reason = f" ({event.reason.replace('_', ' ')})" if event.reason else ""
    words = f"{event.event.replace('_', ' ')}: {states}{reason}"
    return SERVER, words, _STATE_INKS.get(event.to, Ink.SERVER) if event.before is not event.to else Ink.SERVER


def _shown(seen: Seen) -> str:
    """What a person reads first: the one thing to do, else title and message."""
    if seen.prompt:
        message = f" [{seen.message}]" if seen.message else ""
        return f'{seen.title}: "{seen.prompt}"{message}'
    parts = (seen.title, seen.amount, seen.message)
    return " | ".join(part for part in parts if part)
