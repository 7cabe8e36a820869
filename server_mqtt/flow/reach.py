"""Whether a payee's terminal can be reached at all, known before anybody is bothered. Pure.

Only what is known counts: a terminal that left and was not heard of since is away; one of which nothing is known is
asked, and then the preset time tells. docs/decisions/0011-payees-that-cannot-be-reached.md says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server_mqtt.contract.messages import Modality, PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.facts import Terminal
from server_mqtt.flow.instructions import where_to_ask
from server_mqtt.flow.states import Payment

UNREACHED: Final = frozenset({Reason.PAYEE_OFFLINE, Reason.PAYEE_BUSY})
"""Why a payee was not even asked, though they could be asked by something."""


def within_reach(
    terminals: Sequence[Terminal], modalities: Sequence[Modality], queue: int, now_ms: int, *, every: bool
) -> tuple[str, ...] | Reason:
    """The terminals to ask for (`every` or any of) `modalities`, or why none of them can be. First failure wins.

    A terminal that `queue` other payments wait for is busy.
    """
    here = [terminal for terminal in terminals if not terminal.away]
    if not here:
        return Reason.PAYEE_OFFLINE
    able = [terminal for terminal in here if _can_capture(terminal, modalities, every=every)]
    if not able:
        return Reason.NOT_CAPTURED
    free = [terminal for terminal in able if _free_at_ms(terminal, queue, now_ms) <= now_ms]
    return where_to_ask(free, modalities) if free else Reason.PAYEE_BUSY


def reached_at_ms(terminals: Sequence[Terminal], queue: int, now_ms: int) -> int | None:
    """When the first terminal that is not away is free, at the latest; None if all of them are away."""
    times = [_free_at_ms(terminal, queue, now_ms) for terminal in terminals if not terminal.away]
    return min(times, default=None)


def was_unreached(payment: Payment) -> bool:
    """Whether this payment's payee was not even asked, because no terminal of theirs could be reached."""
    return payment.first_result is not None and payment.first_result.reason in UNREACHED


def wants_screens(payment: Payment | None) -> bool:
    """Whether the next step of `payment` (None: of a new one) depends on which screens other payments have taken."""
    if payment is None:
        return True
    return payment.state is PaymentState.AWAITING_PAYER and was_unreached(payment)


def _can_capture(terminal: Terminal, modalities: Sequence[Modality], *, every: bool) -> bool:
    """False only if it is there and said that it cannot: what it said before it was lost from sight may be mended."""
    if not terminal.online or not terminal.modalities:
        return True
    wanted, has = set(modalities), set(terminal.modalities)
    return wanted <= has if every else bool(wanted & has)


def _free_at_ms(terminal: Terminal, queue: int, now_ms: int) -> int:
    """When fewer than `queue` other payments are left at it, if none of them is answered before its time is over."""
    ahead = sorted(until_ms for until_ms in terminal.taken_until_ms if until_ms > now_ms)
    return now_ms if len(ahead) < queue else ahead[len(ahead) - queue]
