"""The request's ladder of guards: each alone, the order, and what a declined request is."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from server_mqtt.contract.messages import FirstInstruction, Modality, PaymentState, PaymentStatus, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.effects import Record, Send
from server_mqtt.flow.events import Queried, Requested
from server_mqtt.flow.steps import Step
from tests.server_mqtt.flow.cast import AMOUNT_MINOR, PAYEE, PAYER, PAYMENT, STALL, STRANGER, TILL, request, with_party
from tests.server_mqtt.flow.world import World, effects, only, steps


def _foreign_account(world: World) -> dict[str, Any]:
    world.payer = with_party(world.payer, terminals=())
    return {}


def _no_such_payer(world: World) -> dict[str, Any]:
    world.payer = None
    return {}


def _unlisted(world: World) -> dict[str, Any]:
    world.listing = None
    return {}


def _no_such_payee(world: World) -> dict[str, Any]:
    world.payee, world.listing = None, None
    return {}


def _payee_blocked(world: World) -> dict[str, Any]:
    world.payee = None if world.payee is None else replace(world.payee, active=False)
    return {}


def _payer_blocked(world: World) -> dict[str, Any]:
    world.payer = None if world.payer is None else replace(world.payer, active=False)
    return {}


def _not_enrolled(world: World) -> dict[str, Any]:
    world.payer = None if world.payer is None else replace(world.payer, enrolled=())
    return {}


def _currency_never_held(world: World) -> dict[str, Any]:
    world.balances.clear()
    return {}


def _poor(world: World) -> dict[str, Any]:
    if world.balances:
        world.balances["customer/" + PAYER, "EUR"] = AMOUNT_MINOR - 1
    return {}


LADDER = (
    (_foreign_account, Reason.ACCOUNT_NOT_ON_THIS_TERMINAL, Step.PAYER_REQUEST),
    (lambda _: {"payee_account": PAYER}, Reason.PAYEE_IS_PAYER, Step.PAYER_REQUEST),
    (lambda _: {"currency": "XXX"}, Reason.UNKNOWN_CURRENCY, Step.PAYER_REQUEST),
    (lambda _: {"amount_minor": 0}, Reason.AMOUNT_ZERO, Step.PAYER_REQUEST),
    (lambda _: {"amount_minor": -1}, Reason.AMOUNT_NEGATIVE, Step.PAYER_REQUEST),
    (lambda _: {"amount_minor": 1_000_001}, Reason.AMOUNT_TOO_LARGE, Step.PAYER_REQUEST),
    (_unlisted, Reason.UNKNOWN_PAYEE, Step.PAYEE_LOOKUP),
    (_payee_blocked, Reason.ACCOUNT_BLOCKED, Step.PAYEE_LOOKUP),
    (_payer_blocked, Reason.ACCOUNT_BLOCKED, Step.PAYER_REQUEST),
    (_not_enrolled, Reason.PAYER_NOT_ENROLLED, Step.PAYER_REQUEST),
    (_currency_never_held, Reason.CURRENCY_NOT_HELD, Step.PAYER_REQUEST),
    (_poor, Reason.INSUFFICIENT_FUNDS, Step.PAYER_REQUEST),
)
"""In their order. AMOUNTS exclude each other: one amount cannot be two."""

AMOUNTS = {3, 4, 5}
PAIRS = [pair for pair in combinations(range(len(LADDER)), 2) if not set(pair) <= AMOUNTS]


def _asked(*guards: int) -> tuple[World, Any]:
    world = World()
    changes: dict[str, Any] = {}
    for guard in guards:
        changes |= LADDER[guard][0](world)
    return world, world.request(**changes)


@pytest.mark.fault(29)
@pytest.mark.fault(65)
@pytest.mark.parametrize("guard", range(len(LADDER)))
def test_each_guard_declines_and_says_why(guard: int) -> None:
    world, decision = _asked(guard)
    _, reason, step = LADDER[guard]
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, reason)
    record = only(decision, Record)
    assert (record.step, record.before, record.after, record.reason) == (step, None, PaymentState.DECLINED, reason)
    told = only(decision, Send)
    assert told.device == TILL
    assert isinstance(told.body, PaymentStatus)
    assert (told.body.state, told.body.reason, told.body.role) == (PaymentState.DECLINED, reason, Role.PAYER)
    assert world.timers == {}
    assert world.journal == []


@pytest.mark.parametrize(
    ("first", "second"), [pair for pair in combinations(range(len(LADDER)), 2) if not set(pair) <= set(AMOUNTS)]
)
def test_the_first_failure_wins(first: int, second: int) -> None:
    world, _ = _asked(first, second)
    assert world.it.reason is LADDER[first][1]


def test_an_account_that_does_not_exist_is_no_other_than_one_of_another_terminal() -> None:
    for missing in (_foreign_account, _no_such_payer):
        world = World()
        missing(world)
        world.request()
        assert world.it.reason is Reason.ACCOUNT_NOT_ON_THIS_TERMINAL
        assert (world.told(TILL).payer_name, world.told(TILL).payee_name) == ("", "")


@pytest.mark.parametrize("missing", [_unlisted, _no_such_payee])
def test_an_unknown_payee_is_declined_at_once_and_nothing_else_happens(missing: Any) -> None:
    world = World()
    missing(world)
    decision = world.request()
    assert steps(decision) == ["payee_lookup"]
    assert [send.device for send in world.sent] == [TILL]


def test_both_modalities_above_the_limit_must_be_enrolled() -> None:
    world = World(policy=replace(World().policy, both_modalities_from_minor=AMOUNT_MINOR))
    world.payer = with_party(world.payer, enrolled=(Modality.FACE,))
    world.request()
    assert world.it.reason is Reason.PAYER_NOT_ENROLLED


def test_all_funds_can_be_spent() -> None:
    world = World()
    world.balances["customer/" + PAYER, "EUR"] = AMOUNT_MINOR
    world.request()
    assert world.state is PaymentState.AWAITING_PAYEE


def test_the_limit_itself_can_be_paid() -> None:
    for limit, state in ((AMOUNT_MINOR, PaymentState.AWAITING_PAYEE), (AMOUNT_MINOR - 1, PaymentState.DECLINED)):
        world = World(policy=replace(World().policy, amount_limit_minor=limit))
        world.request()
        assert world.state is state


@pytest.mark.fault(1)
def test_the_same_request_again_gets_the_same_answer() -> None:
    for state in PaymentState:
        world = World().until(state)
        before = (world.it, len(world.issued), list(world.journal), dict(world.timers))
        decision = world.request()
        assert decision.refusal is None
        assert (world.it, len(world.issued), world.journal, world.timers) == before
        assert [send.device for send in effects(decision, Send)] == [TILL]
        assert (world.told(TILL).state, world.told(TILL).revision) == (state, world.it.revision)


def test_a_declined_request_stays_declined_when_its_cause_is_gone() -> None:
    world = World()
    world.balances["customer/" + PAYER, "EUR"] = 0
    world.request()
    world.balances["customer/" + PAYER, "EUR"] = 10_000
    world.request()
    assert world.told(TILL).reason is Reason.INSUFFICIENT_FUNDS


@pytest.mark.fault(2)
@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": AMOUNT_MINOR + 1},
        {"payee_account": "20004472"},
        {"payer_account": "10002289"},
        {"currency": "USD"},
        {"reference": "cake"},
    ],
)
def test_the_same_id_with_other_content_is_refused_and_the_first_stays(change: dict[str, Any]) -> None:
    for state in PaymentState:
        world = World().until(state)
        assert world.refused(Requested(device=TILL, request=request(**change))) is Reason.ID_REUSED


@pytest.mark.fault(2)
def test_the_same_id_from_another_terminal_is_refused() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    assert world.refused(Requested(device=STALL, request=request())) is Reason.ID_REUSED


def test_a_good_request_goes_to_the_payee() -> None:
    world = World()
    decision = world.request()
    assert steps(decision) == ["payer_request", "first_instruction"]
    asked = only_instruction(world)
    assert (asked.payment_id, asked.amount_minor, asked.currency) == (PAYMENT, AMOUNT_MINOR, "EUR")
    assert (asked.payer_name, asked.payee_name, asked.payee_account) == ("Ada Price", "Corner Bakery", PAYEE)
    assert (world.told(TILL).state, world.told(TILL).revision) == (PaymentState.AWAITING_PAYEE, world.it.revision)


def only_instruction(world: World) -> FirstInstruction:
    (asked,) = world.heard(STALL, FirstInstruction)
    return asked


def test_anybody_with_a_part_may_ask_how_it_stands_and_nobody_else() -> None:
    for state in PaymentState:
        world = World().until(state)
        before = world.it
        for device, role in ((TILL, Role.PAYER), (STALL, Role.PAYEE)):
            body = only(world.do(Queried(device=device)), Send).body
            assert isinstance(body, PaymentStatus)
            assert (body.role, body.state, body.revision) == (role, state, before.revision)
        assert world.refused(Queried(device=STRANGER)) is Reason.NOT_YOUR_PAYMENT
        assert world.it == before


def test_a_terminal_of_both_accounts_hears_of_both_ends() -> None:
    world = World()
    world.payee = with_party(
        world.payee, terminals=(*with_party(world.payee).terminals, *with_party(world.payer).terminals)
    )
    world.until(PaymentState.AWAITING_PAYEE)
    bodies = [send.body for send in effects(world.do(Queried(device=TILL)), Send)]
    assert [body.role for body in bodies if isinstance(body, PaymentStatus)] == [Role.PAYER, Role.PAYEE]
