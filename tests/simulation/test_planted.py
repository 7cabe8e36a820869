"""Bugs that are planted are found, each within a few seeds: the simulation can fail.

The core's own assertions are taken out first, where they would find the bug before the simulation looks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow import decide, release
from server_mqtt.flow.answers import take_finding
from server_mqtt.flow.decision import Handler, Next
from server_mqtt.flow.events import Compared, Event, HoldExpired, PayerCaptured, PresetTimeOver, TerminalAppeared
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.invariants import FlowInvariantError
from server_mqtt.flow.ordered_refund import ordered_refund
from server_mqtt.flow.orders import RefundOrdered
from server_mqtt.flow.refund import refund
from server_mqtt.flow.states import Payment
from server_mqtt.flow.transfer_or_escrow import transfer_or_escrow
from server_mqtt.flow.transitions import TABLE, Handled
from tests.simulation.__main__ import main
from tests.simulation.office import TWO
from tests.simulation.world import Played, play

SEEDS: Final = 60
"""Within so many worlds every planted bug is found."""


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


PLANTED: Final[dict[str, tuple[tuple[PaymentState, type[Event], Handler], str]]] = {
    "moved by one person": ((PaymentState.HELD, RefundOrdered, obey_one), "a refund by RefundOrdered"),
    "an order that is forgotten": (
        (PaymentState.HELD, RefundOrdered, forget_the_order),
        "by an order that was carried out before",
    ),
    "released without a fresh result": (
        (PaymentState.HELD, TerminalAppeared, release_at_once),
        "released without a result of the payee that is newer than the hold",
    ),
    "released to anybody": (
        (PaymentState.HELD, Compared, release_to_anybody),
        "released without a result of the payee that is newer than the hold",
    ),
    "refunded too early": ((PaymentState.HELD, PresetTimeOver, refund_too_early), "ms early"),
    "a hold that never expires": ((PaymentState.HELD, HoldExpired, forget), "never ended: it is held"),
    "paid unseen": ((PaymentState.AWAITING_PAYER, PayerCaptured, pay_unseen), "without the payer's result"),
}
"""What is put where into the transition table, and the words it is found by."""


def plant(monkeypatch: pytest.MonkeyPatch, state: PaymentState, event: type[Event], handler: Handler) -> None:
    table: Any = TABLE
    monkeypatch.setitem(table, (state, event), Handled(handler, tuple(PaymentState)))


def first_broken(**planted: bool) -> Played:
    """The first world in which something is not true."""
    for seed in range(SEEDS):
        played = play(seed, traced=True, **planted)
        if played.broken is not None:
            return played
    pytest.fail(f"{SEEDS} worlds, and nobody noticed")


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, bug: str) -> None:
    where, words = PLANTED[bug]
    plant(monkeypatch, *where)
    monkeypatch.setattr(decide, "check", lambda *_: None)
    found = first_broken()
    assert words in (found.broken or "")
    assert "BROKEN" in found.trace[-1]


def test_a_skipped_inbox_is_found() -> None:
    assert "got two answers" in (first_broken(remembers=False).broken or "")


def test_the_core_itself_finds_a_release_without_a_fresh_result(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, PaymentState.HELD, TerminalAppeared, release_at_once)
    assert (first_broken().broken or "").startswith(FlowInvariantError.__name__)


def test_the_command_names_the_seed_and_tells_its_world(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where, words = PLANTED["a hold that never expires"]
    plant(monkeypatch, *where)
    assert main([f"SEEDS={SEEDS}"]) == 1
    told = capsys.readouterr().out
    seed = told.rpartition("--seed ")[2].split()[0]
    assert words in told
    assert main(["--seed", seed, "--trace"]) == 1
    again = capsys.readouterr().out
    assert told.startswith(again)


def test_the_command_says_what_it_saw(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["SEEDS=3", "--seed", "5"]) == 0
    told = capsys.readouterr()
    assert "3 seeds from 5: everything held" in told.out
    assert "payments/s" in told.err
