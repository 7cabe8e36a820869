"""What a lock-out means in a payment: who is not asked, who is told what, where the money goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server_mqtt.contract.messages import CaptureOutcome, FirstInstruction, Modality, PaymentState
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.events import Compared, Stopped, TerminalAppeared, TimerKind
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.lockout import Tally
from tests.server_mqtt.flow.cast import BOTH, REJECTED, STALL, START_MS, TILL, VERIFIED, with_party
from tests.server_mqtt.flow.world import World, held, verdict

FACE, FINGER = Modality.FACE, Modality.FINGERPRINT
FACE_REJECTED = replace(REJECTED, shown=(FACE,))


def _failed(times: int, *modalities: Modality) -> tuple[Tally, ...]:
    return tuple(Tally(modality=one, failures=times, last_failed_at_ms=START_MS) for one in modalities or BOTH)


def _payee_failed(times: int, *modalities: Modality) -> World:
    return World(payee=with_party(World().payee, tallies=_failed(times, *modalities)))


def _payer_failed(times: int, *modalities: Modality) -> World:
    return World(payer=with_party(World().payer, tallies=_failed(times, *modalities)))


def _failures(world: World, modality: Modality = FACE) -> int:
    assert world.payee is not None
    return next((tally.failures for tally in world.payee.tallies if tally.modality is modality), 0)


# --- before anybody is asked ---


def test_a_locked_modality_is_not_asked_for() -> None:
    world = _payee_failed(5, FACE)
    world.request()
    assert world.heard(STALL, FirstInstruction)[-1].modalities == (FINGER,)
    payer = _payer_failed(5, FINGER).until(PaymentState.AWAITING_PAYER)
    assert payer.open.modalities == (FACE,)


@pytest.mark.parametrize("failures", [5, 50])
def test_a_payee_who_cannot_be_asked_for_anything_could_not_be_checked_and_the_money_is_held(failures: int) -> None:
    world = _payee_failed(failures)
    world.request()
    assert world.heard(STALL, FirstInstruction) == []
    assert verdict(world) == (Verdict.COULD_NOT_BE_CHECKED, Reason.LOCKED_OUT)
    world.show()
    assert world.state is PaymentState.HELD


@pytest.mark.parametrize("failures", [5, 50])
def test_a_payer_who_cannot_be_asked_for_anything_is_declined_before_anybody_is_bothered(failures: int) -> None:
    world = _payer_failed(failures)
    world.request()
    assert (world.state, world.it.reason) == (PaymentState.DECLINED, Reason.LOCKED_OUT)
    assert world.heard(STALL, FirstInstruction) == []
    assert world.told(TILL).reason is Reason.LOCKED_OUT


def test_where_both_are_needed_one_that_is_locked_is_enough() -> None:
    policy = replace(World().policy, both_modalities_from_minor=1)
    payer = replace(_payer_failed(5, FACE), policy=policy)
    payer.request()
    assert payer.it.reason is Reason.LOCKED_OUT
    payee = replace(_payee_failed(5, FACE), policy=policy)
    payee.request()
    assert verdict(payee) == (Verdict.COULD_NOT_BE_CHECKED, Reason.LOCKED_OUT)


def test_who_is_not_enrolled_is_told_so_and_not_that_they_are_locked() -> None:
    world = World(payer=with_party(World().payer, enrolled=(), tallies=_failed(5)))
    world.request()
    assert world.it.reason is Reason.PAYER_NOT_ENROLLED


def test_a_delay_that_is_over_locks_nobody() -> None:
    world = _payee_failed(5)
    world.now_ms = START_MS + 30_000
    world.request()
    assert world.open.modalities == BOTH


# --- while somebody is asked ---


def test_a_lock_that_begins_within_a_preset_time_ends_the_attempts() -> None:
    world = _payee_failed(3)
    world.request()
    world.show(REJECTED)
    assert world.open.attempt == 2
    world.show(REJECTED)
    assert _failures(world) == 5
    assert verdict(world) == (Verdict.NOT_VERIFIED, Reason.LOCKED_OUT)


def test_the_other_modality_is_asked_for_where_one_becomes_locked() -> None:
    world = _payee_failed(4)
    world.request()
    world.show(FACE_REJECTED)
    assert (world.open.attempt, world.open.modalities) == (2, (FINGER,))
    assert (_failures(world, FACE), _failures(world, FINGER)) == (5, 4)


def test_a_payer_s_lock_declines_and_moves_nothing() -> None:
    world = _payer_failed(4).until(PaymentState.AWAITING_PAYER)
    before = world.money
    world.show(REJECTED)
    assert (world.state, world.it.reason, world.money) == (PaymentState.DECLINED, Reason.LOCKED_OUT, before)


@pytest.mark.parametrize("outcome", [outcome for outcome in CaptureOutcome if outcome is not CaptureOutcome.CAPTURED])
@pytest.mark.fault(38)
def test_an_attempt_without_a_probe_counts_too(outcome: CaptureOutcome) -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.do(world.answer(outcome=outcome, probes=()))
    assert _failures(world) == 1


@pytest.mark.fault(70)
def test_an_attempt_counts_even_if_the_payment_is_stopped_while_it_is_compared() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    instruction_id = world.open.instruction_id
    world.do(world.answer())
    world.do(Stopped(device=TILL))
    assert _failures(world) == 0
    for _ in range(2):
        world.do(Compared(instruction_id=instruction_id, finding=FACE_REJECTED))
    assert _failures(world) == 1


@pytest.mark.fault(70)
def test_an_answer_that_a_lock_has_overtaken_verifies_nobody_and_counts_for_nothing() -> None:
    """Many payments at once give nobody more attempts: what was on its way when the lock began is void."""
    world = World().until(PaymentState.AWAITING_PAYEE)
    instruction_id = world.open.instruction_id
    world.do(world.answer())
    world.payee = with_party(world.payee, tallies=_failed(5))
    world.do(Compared(instruction_id=instruction_id, finding=VERIFIED))
    assert verdict(world) == (Verdict.COULD_NOT_BE_CHECKED, Reason.LOCKED_OUT)
    assert _failures(world) == 5
    concluded = world.attempts[instruction_id]
    assert concluded is not None
    assert not concluded.finding.verified


def test_a_success_ends_the_row_of_what_was_shown() -> None:
    world = _payee_failed(4)
    world.request()
    world.show(VERIFIED)
    assert (_failures(world, FACE), _failures(world, FINGER)) == (0, 4)


def test_an_unseen_success_forgives_nothing() -> None:
    world = _payee_failed(4)
    world.request()
    world.show(Finding(verified=True))
    assert _failures(world) == 4


# --- while the money is held ---


def test_a_locked_payee_is_asked_for_held_money_when_the_lock_is_over() -> None:
    world = held()
    world.let_due(TimerKind.RESEND)
    world.payee = with_party(
        world.payee, tallies=tuple(replace(tally, last_failed_at_ms=world.now_ms) for tally in _failed(10))
    )
    asked = len(world.heard(STALL, FirstInstruction))
    # Nothing is left to ask for: what is open ends, and the money stays frozen.
    world.do(TerminalAppeared(device=STALL))
    assert (world.state, world.it.open) == (PaymentState.HELD, None)
    world.let_due(TimerKind.RESEND)
    assert (world.it.open, len(world.heard(STALL, FirstInstruction))) == (None, asked)
    world.now_ms += 3_600_000
    world.let_due(TimerKind.RESEND)
    world.show()
    assert world.state is PaymentState.RELEASED


def test_a_lock_that_begins_while_released_money_is_asked_for_pauses_it() -> None:
    world = held()
    world.payee = with_party(world.payee, tallies=_failed(4))
    world.let_due(TimerKind.RESEND)
    world.show(REJECTED)
    assert (world.state, world.it.open) == (PaymentState.HELD, None)
    assert TimerKind.RESEND in world.timers
