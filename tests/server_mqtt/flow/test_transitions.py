"""The table is complete, and every cell of it is walked."""

from __future__ import annotations

from itertools import product

import pytest

from server_mqtt.contract.messages import CaptureOutcome, Consent, PayeeCapture, PayerCapture, PaymentState
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.effects import Post
from server_mqtt.flow.events import (
    EVENTS,
    Compared,
    Event,
    Extended,
    HoldExpired,
    HoldNotice,
    PayeeCaptured,
    PayerCaptured,
    PresetTimeOver,
    Queried,
    Refused,
    Requested,
    ResendDue,
    Stopped,
    TerminalAppeared,
    TimerKind,
    due,
)
from server_mqtt.flow.orders import RefundOrdered, ReleaseOrdered
from server_mqtt.flow.states import FINAL, PAID
from server_mqtt.flow.transitions import TABLE, Cell, Handled
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    PAYEE,
    PAYMENT,
    STALL,
    STRANGER,
    TILL,
    VERIFIED,
    refund_order,
    release_order,
    request,
)
from tests.server_mqtt.flow.world import World, effects

STATES = (None, *PaymentState)
CELLS = list(product(STATES, EVENTS))
CONSENT = Consent(
    payee_account=PAYEE,
    payee_name="Corner Bakery",
    amount_minor=AMOUNT_MINOR,
    currency="EUR",
    first_verdict=Verdict.VERIFIED,
    held=False,
)
LATER_MS = 2 * 24 * 3_600_000
"""After every deadline."""


def _world(state: PaymentState | None) -> World:
    return World() if state is None else World().until(state)


def _event(kind: type[Event], world: World, payer: str = TILL, payee: str = STALL) -> Event:
    """An event of this kind that fits the payment as well as one can in its state."""
    asked = None if world.payment is None else world.payment.open
    instruction_id = "f" * 32 if asked is None else asked.instruction_id
    nonce = b"f" * 16 if asked is None else asked.nonce
    outcome = CaptureOutcome.NOT_CAPTURED
    every: dict[type[Event], Event] = {
        Requested: Requested(device=payer, request=request()),
        PayeeCaptured: PayeeCaptured(
            device=payee,
            capture=PayeeCapture(payment_id=PAYMENT, instruction_id=instruction_id, nonce=nonce, outcome=outcome),
        ),
        PayerCaptured: PayerCaptured(
            device=payer,
            capture=PayerCapture(
                payment_id=PAYMENT, instruction_id=instruction_id, nonce=nonce, outcome=outcome, consent=CONSENT
            ),
        ),
        Compared: Compared(instruction_id=instruction_id, finding=VERIFIED),
        Stopped: Stopped(device=payer),
        Refused: Refused(device=payee),
        Extended: Extended(device=payer),
        Queried: Queried(device=payer),
        PresetTimeOver: PresetTimeOver(instruction_id=instruction_id),
        ResendDue: ResendDue(),
        HoldExpired: HoldExpired(),
        HoldNotice: HoldNotice(),
        TerminalAppeared: TerminalAppeared(device=payee),
        ReleaseOrdered: release_order(1, 1, world.now_ms),
        RefundOrdered: refund_order(2, 1, world.now_ms),
    }
    return every[kind]


def _targets(cell: Cell, state: PaymentState | None) -> set[PaymentState | None]:
    return {state, *(cell.to if isinstance(cell, Handled) else ())}


def test_every_pair_has_a_cell() -> None:
    assert set(TABLE) == set(CELLS)
    assert len(set(EVENTS)) == len(EVENTS) == len(Event.__args__)


@pytest.mark.parametrize(("state", "kind"), CELLS)
@pytest.mark.parametrize("late", [False, True])
def test_every_pair_is_handled_or_refused_with_a_named_reason(
    state: PaymentState | None, kind: type[Event], late: bool
) -> None:
    world, cell = _world(state), TABLE[state, kind]
    world.now_ms += LATER_MS if late else 0
    before = world.payment
    decision = world.do(_event(kind, world))
    if isinstance(cell, Reason):
        assert (decision.refusal, decision.effects, decision.payment) == (cell, (), before)
        return
    after = None if decision.payment is None else decision.payment.state
    assert after in _targets(cell, state)
    if decision.refusal is not None:
        assert (decision.effects, decision.payment) == ((), before)


@pytest.mark.parametrize(("state", "kind"), [cell for cell in CELLS if cell[0] is not None])
def test_no_terminal_without_a_part_changes_anything(state: PaymentState, kind: type[Event]) -> None:
    world = _world(state)
    event = _event(kind, world, payer=STRANGER, payee=STRANGER)
    if not hasattr(event, "device"):
        return
    expected = Reason.ID_REUSED if kind is Requested else Reason.NOT_YOUR_PAYMENT
    if kind is TerminalAppeared and state in FINAL:
        expected = Reason.NOT_NOW
    assert world.refused(event) is expected


@pytest.mark.parametrize(("state", "kind"), [cell for cell in CELLS if cell[0] in FINAL])
def test_nothing_leaves_a_final_state(state: PaymentState, kind: type[Event]) -> None:
    world = _world(state)
    before, journal = world.it, list(world.journal)
    world.now_ms += LATER_MS
    world.do(_event(kind, world))
    assert world.state is before.state
    if not (kind is RefundOrdered and state in PAID):
        assert (world.it, world.journal, world.timers) == (before, journal, {})


def test_money_moves_on_entering_a_state_and_at_no_other_time() -> None:
    kinds = {
        PaymentState.SETTLED: ["settle"],
        PaymentState.HELD: ["hold"],
        PaymentState.RELEASED: ["hold", "release"],
        PaymentState.REFUNDED: ["hold", "refund"],
    }
    for state in PaymentState:
        world = _world(state)
        assert [entry.kind for entry in world.journal] == kinds.get(state, [])
        assert effects(world.do(Queried(device=TILL)), Post) == []


@pytest.mark.parametrize("kind", TimerKind)
def test_every_timer_comes_back_as_an_event(kind: TimerKind) -> None:
    assert type(due(kind, "1" * 32)) in EVENTS
