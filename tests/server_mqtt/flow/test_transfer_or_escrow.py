"""The payer is verified: the money moves at once, is held, or stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from server_mqtt.contract.messages import (
    FirstInstruction,
    PaymentState,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.escrow import movements
from server_mqtt.flow.effects import Post, SetTimer
from server_mqtt.flow.events import TimerKind
from server_mqtt.ledger import entries
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    FUNDS_MINOR,
    PAYEE,
    PAYER,
    PAYMENT,
    SECOND_STALL,
    STALL,
    TILL,
    terminal,
    with_party,
)
from tests.server_mqtt.flow.world import World, effects, held, only, steps

LEFT_MINOR = FUNDS_MINOR - AMOUNT_MINOR


def _asked(world: World | None = None) -> World:
    return (world or World()).until(PaymentState.AWAITING_PAYER)


def _risky() -> World:
    world = World()
    world.history = replace(world.history, marked=True)
    return world


# --- transfer_or_escrow ---


def test_both_verified_and_no_risk_is_settled() -> None:
    world = _asked()
    decision = world.show()
    assert steps(decision) == ["second_verification", "transfer_or_escrow"]
    assert only(decision, Post).entry == entries.settle(PAYMENT, PAYER, PAYEE, "EUR", AMOUNT_MINOR)
    assert world.money == (LEFT_MINOR, AMOUNT_MINOR, 0)
    assert world.timers == {}
    for device in (TILL, STALL):
        assert (world.told(device).state, world.told(device).reason, world.told(device).hold) == (
            PaymentState.SETTLED,
            None,
            None,
        )


@pytest.mark.parametrize("why", ["rejected", "silent", "risky", "refs"])
def test_the_money_of_whoever_goes_on_regardless_is_held(why: str) -> None:
    world = _risky() if why == "risky" else World()
    if why == "refs":
        world.payee = with_party(world.payee, enrolled=())
    world.request()
    match why:
        case "rejected":
            world.fail(3)
        case "silent":
            world.let_due(TimerKind.PRESET_TIME)
        case "risky":
            world.show()
    decision = world.show()
    assert world.state is PaymentState.HELD
    assert only(decision, Post).entry == movements.hold(PAYMENT, PAYER, "EUR", AMOUNT_MINOR)
    assert world.money == (LEFT_MINOR, 0, AMOUNT_MINOR)
    reason = {"rejected": Reason.PAYEE_NOT_VERIFIED, "risky": Reason.PAYEE_RISKY}.get(why, Reason.PAYEE_NOT_CHECKED)
    for device in (TILL, STALL):
        told = world.told(device)
        assert (told.state, told.reason) == (PaymentState.HELD, reason)
        assert told.hold is not None
        assert (told.hold.reason, told.hold.expires_in_ms) == (reason, world.policy.hold_expiry_ms)


def test_a_hold_has_an_expiry_and_a_first_pause() -> None:
    world = held()
    assert set(world.timers) == {TimerKind.HOLD_EXPIRY, TimerKind.HOLD_NOTICE, TimerKind.RESEND}
    assert world.timers[TimerKind.HOLD_EXPIRY] == SetTimer(
        kind=TimerKind.HOLD_EXPIRY, due_at_ms=world.now_ms + world.policy.hold_expiry_ms
    )
    assert world.timers[TimerKind.RESEND].due_at_ms == world.now_ms + world.policy.resend_first_ms
    assert world.it.open is None


def test_all_the_payees_terminals_are_told_of_money_that_is_held() -> None:
    world = World()
    world.payee = with_party(world.payee, terminals=(terminal(STALL), terminal(SECOND_STALL, online=False)))
    world.until(PaymentState.HELD)
    assert world.heard(SECOND_STALL, FirstInstruction) == []
    assert world.told(SECOND_STALL).state is PaymentState.HELD


def _payee_gone(world: World) -> None:
    world.payee = None


def _unlisted(world: World) -> None:
    world.listing = None


def _payee_blocked(world: World) -> None:
    world.payee = with_party(world.payee, active=False)


def _payer_blocked(world: World) -> None:
    world.payer = with_party(world.payer, active=False)


def _money_spent(world: World) -> None:
    world.balances["customer/" + PAYER, "EUR"] = AMOUNT_MINOR - 1


@pytest.mark.fault(67)
@pytest.mark.parametrize("risky", [False, True])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_payee_gone, Reason.UNKNOWN_PAYEE),
        (_unlisted, Reason.UNKNOWN_PAYEE),
        (_payee_blocked, Reason.ACCOUNT_BLOCKED),
        (_payer_blocked, Reason.ACCOUNT_BLOCKED),
        (_money_spent, Reason.INSUFFICIENT_FUNDS),
    ],
)
def test_what_changed_since_the_request_is_seen_before_money_moves(
    change: Callable[[World], None], reason: Reason, risky: bool
) -> None:
    world = _asked(_risky() if risky else None)
    change(world)
    before = dict(world.balances)
    decision = world.show()
    assert effects(decision, Post) == []
    assert (world.state, world.it.reason, world.balances) == (PaymentState.DECLINED, reason, before)
    assert world.it.second_result is not None
    assert world.it.second_result.verdict is Verdict.VERIFIED


def test_what_the_payer_was_told_of_a_hold_is_what_happens_even_if_the_risk_has_changed() -> None:
    world = _asked()
    world.history = replace(world.history, marked=True)
    world.show()
    assert world.state is PaymentState.SETTLED


def test_the_last_of_the_payers_money_can_be_spent() -> None:
    world = _asked()
    world.balances["customer/" + PAYER, "EUR"] = AMOUNT_MINOR
    world.balances["outside/EUR", "EUR"] = -AMOUNT_MINOR
    world.show()
    assert (world.state, world.money) == (PaymentState.SETTLED, (0, AMOUNT_MINOR, 0))
