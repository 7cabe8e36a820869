"""A terminal is revoked and replaced in mid-payment: the old one counts no more, the new one finishes, all ends."""

from __future__ import annotations

import pytest

from server_mqtt.contract.messages import FirstInstruction, PaymentState, PaymentStatus, SecondInstruction
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.events import Queried, Stopped, TerminalAppeared, TimerKind
from tests.server_mqtt.flow.cast import REJECTED, SECOND_STALL, STALL, STRANGER, TILL, terminal, with_party
from tests.server_mqtt.flow.world import World, steps, verdict

NEW_TILL = "till-0022"
PAYEES_NEW, PAYERS_NEW = TerminalAppeared(device=SECOND_STALL), TerminalAppeared(device=NEW_TILL)


def _payee_replaced(world: World) -> World:
    world.payee = with_party(world.payee, terminals=(terminal(SECOND_STALL),))
    return world


def _payer_replaced(world: World) -> World:
    world.payer = with_party(world.payer, terminals=(terminal(NEW_TILL),))
    return world


# --- the payee's ---


def test_a_payees_new_terminal_is_asked_within_what_is_left_of_the_time() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    old = world.open
    world.now_ms += 3_000
    decision = _payee_replaced(world).do(PAYEES_NEW)
    assert steps(decision) == ["terminal_replaced", "first_instruction"]
    assert (world.open.devices, world.open.deadline_ms, world.open.attempt) == ((SECOND_STALL,), old.deadline_ms, 1)
    assert world.heard(SECOND_STALL, FirstInstruction)[-1].preset_time_ms == old.preset_time_ms - 3_000
    world.show()
    assert verdict(world)[0] is Verdict.VERIFIED
    world.show()
    assert world.state is PaymentState.SETTLED
    assert world.told(SECOND_STALL).state is PaymentState.SETTLED


def test_the_old_terminal_s_answer_does_not_count_any_more() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    answer = world.answer()
    _payee_replaced(world)
    assert world.refused(answer) is Reason.NOT_YOUR_PAYMENT
    world.do(PAYEES_NEW)
    assert world.refused(answer) is Reason.NOT_YOUR_PAYMENT


@pytest.mark.fault(70)
def test_replacing_a_terminal_gives_nobody_more_attempts() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.fail(2)
    _payee_replaced(world).do(PAYEES_NEW)
    assert world.open.attempt == 3
    world.show(REJECTED)
    assert verdict(world) == (Verdict.NOT_VERIFIED, Reason.ATTEMPTS_USED_UP)


def test_a_second_terminal_that_comes_takes_nothing_from_the_first() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.payee = with_party(world.payee, terminals=(terminal(STALL), terminal(SECOND_STALL)))
    assert world.refused(PAYEES_NEW) is Reason.NOT_NOW


def test_what_the_old_terminal_answered_in_time_is_waited_for() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.do(world.answer())
    assert _payee_replaced(world).refused(PAYEES_NEW) is Reason.NOT_NOW


def test_a_payee_whose_new_terminal_never_comes_could_not_be_checked() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.payee = with_party(world.payee, terminals=())
    world.let_due(TimerKind.PRESET_TIME)
    assert verdict(world) == (Verdict.COULD_NOT_BE_CHECKED, Reason.TIMED_OUT)


def test_held_money_is_fetched_at_the_new_terminal() -> None:
    world = _payee_replaced(World().until(PaymentState.HELD))
    world.do(PAYEES_NEW)
    assert world.open.devices == (SECOND_STALL,)
    world.show()
    assert world.state is PaymentState.RELEASED


def test_a_release_that_the_old_terminal_was_asked_is_asked_at_the_new_one() -> None:
    world = World().until(PaymentState.HELD)
    world.let_due(TimerKind.RESEND)
    answer = world.answer()
    _payee_replaced(world).do(PAYEES_NEW)
    assert world.refused(answer) is Reason.NOT_YOUR_PAYMENT
    world.show()
    assert world.state is PaymentState.RELEASED


# --- the payer's ---


def test_a_payers_new_terminal_finishes_the_payment() -> None:
    world = World().until(PaymentState.AWAITING_PAYER)
    old, answer = world.open, world.answer()
    world.now_ms += 2_000
    decision = _payer_replaced(world).do(PAYERS_NEW)
    assert steps(decision) == ["terminal_replaced", "second_instruction"]
    assert (world.open.devices, world.open.deadline_ms) == ((NEW_TILL,), old.deadline_ms)
    assert world.heard(NEW_TILL, SecondInstruction)
    assert world.refused(answer) is Reason.NOT_YOUR_PAYMENT
    assert world.refused(Stopped(device=TILL)) is Reason.NOT_YOUR_PAYMENT
    world.do(world.answer(NEW_TILL))
    assert world.open.pending


def test_a_payer_replaced_before_the_first_result_is_asked_at_the_new_terminal() -> None:
    world = _payer_replaced(World().until(PaymentState.AWAITING_PAYEE))
    world.do(PAYERS_NEW)
    assert world.told(NEW_TILL).state is PaymentState.AWAITING_PAYEE
    world.show()
    assert world.open.devices == (NEW_TILL,)


def test_a_payer_may_stop_at_the_new_terminal() -> None:
    world = _payer_replaced(World().until(PaymentState.AWAITING_PAYER))
    world.do(PAYERS_NEW)
    world.do(Stopped(device=NEW_TILL))
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.PAYER_STOPPED)


def test_a_payer_whose_new_terminal_never_comes_pays_nothing() -> None:
    world = _payer_replaced(World().until(PaymentState.AWAITING_PAYER))
    world.let_due(TimerKind.PRESET_TIME)
    assert (world.state, world.journal) == (PaymentState.DECLINED, [])


def test_an_answer_of_the_old_terminal_that_is_compared_decides() -> None:
    world = World().until(PaymentState.AWAITING_PAYER)
    world.do(world.answer())
    instruction_id = world.open.instruction_id
    assert steps(_payer_replaced(world).do(PAYERS_NEW)) == ["terminal_replaced"]
    assert (world.open.instruction_id, world.open.pending) == (instruction_id, True)
    assert world.told(NEW_TILL).state is PaymentState.AWAITING_PAYER


def test_of_held_money_the_new_terminal_hears_the_end() -> None:
    world = _payer_replaced(World().until(PaymentState.HELD))
    world.do(PAYERS_NEW)
    assert world.told(NEW_TILL).state is PaymentState.HELD
    world.let_due(TimerKind.HOLD_EXPIRY)
    assert world.told(NEW_TILL).state is PaymentState.REFUNDED


@pytest.mark.parametrize("state", PaymentState)
def test_a_new_terminal_of_the_payer_may_ask_whatever_became_of_it(state: PaymentState) -> None:
    world = _payer_replaced(World().until(state))
    assert world.refused(Queried(device=NEW_TILL)) is None
    assert [told.state for told in world.heard(NEW_TILL, PaymentStatus)] == [state]
    assert world.refused(Queried(device=STRANGER)) is Reason.NOT_YOUR_PAYMENT


def test_another_terminal_of_a_payer_whose_own_is_in_use_is_told_nothing() -> None:
    world = World().until(PaymentState.AWAITING_PAYER)
    world.payer = with_party(world.payer, terminals=(terminal(TILL), terminal(NEW_TILL)))
    assert world.refused(PAYERS_NEW) is Reason.NOT_NOW
    assert world.refused(Queried(device=NEW_TILL)) is Reason.NOT_YOUR_PAYMENT
