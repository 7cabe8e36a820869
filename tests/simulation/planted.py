"""Bugs to plant into the real core, or into its server, so that one sees the simulation find them.

The core's own assertions are taken out meanwhile, where they would find the bug before the simulation looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest import mock

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow import decide, release
from server_mqtt.flow.answers import take_finding
from server_mqtt.flow.decision import Handler, Next
from server_mqtt.flow.events import Compared, Event, HoldExpired, PayerCaptured, PresetTimeOver, TerminalAppeared
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.ordered_refund import ordered_refund
from server_mqtt.flow.orders import RefundOrdered
from server_mqtt.flow.refund import refund
from server_mqtt.flow.states import Payment
from server_mqtt.flow.transfer_or_escrow import transfer_or_escrow
from server_mqtt.flow.transitions import TABLE, Handled
from tests.simulation.office import TWO
from tests.simulation.world import Played, play


@dataclass(frozen=True, slots=True)
class Bug:
    """`where`: what is put into which place of the transition table; None: the server never looks into its inbox.

    `words`: what the simulation says of it, among others.
    """

    where: tuple[PaymentState, type[Event], Handler] | None
    words: str


def release_at_once(payment: Payment, _event: Event, facts: Facts, now_ms: int) -> Next:
    """Takes the terminal's coming for the payee's own."""
    return release._release(payment, facts, now_ms)


def release_to_anybody(payment: Payment, event: Compared, facts: Facts, now_ms: int) -> Next:
    """Takes a comparison for a match."""
    return take_finding(
        payment, event, facts, now_ms, lambda one, _finding, known, at: release._release(one, known, at)
    )


def refund_too_early(payment: Payment, _event: Event, facts: Facts, now_ms: int) -> Next:
    """Gives frozen money back before its time."""
    return refund(payment, facts, now_ms)


def forget(payment: Payment, _event: Event, _facts: Facts, _now_ms: int) -> Next:
    """Does not do what it should."""
    return Next(payment=payment)


def pay_unseen(payment: Payment, _event: Event, facts: Facts, now_ms: int) -> Next:
    """Takes the payer's answer for a match."""
    return transfer_or_escrow(payment, facts, now_ms)


def obey_one(payment: Payment, event: RefundOrdered, facts: Facts, now_ms: int) -> Next | Reason:
    """Does not look at who approved it."""
    return ordered_refund(payment, replace(event, by=TWO), facts, now_ms)


def forget_the_order(payment: Payment, event: RefundOrdered, facts: Facts, now_ms: int) -> Next | Reason:
    """Keeps no note of what was carried out."""
    done = ordered_refund(payment, event, facts, now_ms)
    return done if isinstance(done, Reason) else replace(done, payment=replace(done.payment, orders=()))


BUGS: Final = {
    "moved by one person": Bug((PaymentState.HELD, RefundOrdered, obey_one), "a refund by RefundOrdered"),
    "an order that is forgotten": Bug(
        (PaymentState.HELD, RefundOrdered, forget_the_order), "by an order that was carried out before"
    ),
    "released without a fresh result": Bug(
        (PaymentState.HELD, TerminalAppeared, release_at_once),
        "released without a result of the payee that is newer than the hold",
    ),
    "released to anybody": Bug(
        (PaymentState.HELD, Compared, release_to_anybody),
        "released without a result of the payee that is newer than the hold",
    ),
    "refunded too early": Bug((PaymentState.HELD, PresetTimeOver, refund_too_early), "ms early"),
    "a hold that never expires": Bug((PaymentState.HELD, HoldExpired, forget), "never ended: it is held"),
    "paid unseen": Bug((PaymentState.AWAITING_PAYER, PayerCaptured, pay_unseen), "without the payer's result"),
    "the inbox skipped": Bug(None, "got two answers"),
}


@contextmanager
def planted(bug: Bug, *, unguarded: bool = True) -> Iterator[None]:
    """The bug is in the core until the block ends; with `unguarded` the core does not check itself meanwhile."""
    table: Any = TABLE
    put = {} if bug.where is None else {bug.where[:2]: Handled(bug.where[2], tuple(PaymentState))}
    with mock.patch.dict(table, put):
        if not unguarded or bug.where is None:
            yield
            return
        with mock.patch.object(decide, "check", return_value=None):
            yield


def play_with(bug: Bug, seed: int, *, unguarded: bool = True) -> Played:
    """The world of `seed` with the bug in it, told."""
    with planted(bug, unguarded=unguarded):
        return play(seed, traced=True, remembers=bug.where is not None)


def finding(bug: Bug, seeds: Sequence[int]) -> list[int]:
    """Those of `seeds` whose worlds say, in the words that fit, that something is not true."""
    return [seed for seed in seeds if bug.words in (play_with(bug, seed).broken or "")]
