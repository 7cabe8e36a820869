"""What is left of a preset time, and of what is asked in it: early timers, last moments, locks that begin meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server_mqtt.contract.messages import Modality, PaymentState
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.decision import Decision
from server_mqtt.flow.effects import SetTimer
from server_mqtt.flow.events import PresetTimeOver, ResendDue, TerminalAppeared, TimerKind
from server_mqtt.flow.instructions import renewed, still_askable
from server_mqtt.flow.second_instruction import payer_modalities
from server_mqtt.flow.states import Result
from server_mqtt.verification.lockout import Tally
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    BOTH,
    POLICY,
    REJECTED,
    SECOND_STALL,
    STALL,
    at_terminals,
    terminal,
    with_party,
)
from tests.server_mqtt.flow.world import World, held

STATES = (PaymentState.AWAITING_PAYEE, PaymentState.AWAITING_PAYER, PaymentState.HELD)


def _asked(state: PaymentState) -> World:
    world = World().until(state)
    if state is PaymentState.HELD:
        world.do(TerminalAppeared(device=STALL))
    return world


def _locked(world: World, *modalities: Modality) -> World:
    """The payee's modalities are locked from now on, by attempts in other payments."""
    tallies = tuple(Tally(modality=one, failures=5, last_failed_at_ms=world.now_ms) for one in modalities)
    world.payee = with_party(world.payee, tallies=tallies)
    return world


@pytest.mark.parametrize("state", STATES)
def test_a_preset_time_that_is_told_too_early_is_waited_for(state: PaymentState) -> None:
    world = _asked(state)
    asked = world.open
    again = SetTimer(kind=TimerKind.PRESET_TIME, subject=asked.instruction_id, due_at_ms=asked.deadline_ms)
    world.now_ms = asked.deadline_ms - 1
    before = world.it
    assert world.do(PresetTimeOver(instruction_id=asked.instruction_id)) == Decision(payment=before, effects=(again,))
    world.let_due(TimerKind.PRESET_TIME)
    assert world.it != before


@pytest.mark.parametrize("state", STATES)
def test_what_came_in_time_counts_however_late_it_is_read_and_what_came_late_does_not(state: PaymentState) -> None:
    world = _asked(state)
    late = replace(world.answer(), received_at_ms=world.open.deadline_ms)
    in_time = replace(late, received_at_ms=world.open.deadline_ms - 1)
    assert world.refused(late) is Reason.TOO_LATE
    world.now_ms = world.open.deadline_ms + 1
    assert world.refused(in_time) is None


@pytest.mark.parametrize("failures", [0, 1])
def test_whether_a_release_whose_time_is_over_had_failed_is_remembered(failures: int) -> None:
    world = _asked(PaymentState.HELD)
    for _ in range(failures):
        world.show(REJECTED)
    world.let_due(TimerKind.PRESET_TIME)
    assert world.it.hold is not None
    assert world.it.hold.paused is bool(failures)


def test_whoever_is_asked_again_has_not_failed_yet() -> None:
    world = _asked(PaymentState.HELD)
    world.fail(3)
    assert world.it.hold is not None
    assert world.it.hold.paused is True
    world.let_due(TimerKind.RESEND)
    assert world.it.hold.paused is False


def test_whoever_cannot_be_asked_has_not_failed() -> None:
    world = held()
    world.payee = with_party(world.payee, enrolled=())
    world.let_due(TimerKind.RESEND)
    assert world.it.hold is not None
    assert (world.it.open, world.it.hold.paused) == (None, False)


@pytest.mark.parametrize("failures", [0, 1])
def test_a_lock_that_begins_before_a_release_is_renewed_pauses_it(failures: int) -> None:
    world = _asked(PaymentState.HELD)
    for _ in range(failures):
        world.show(REJECTED)
    _locked(world, *BOTH).do(TerminalAppeared(device=STALL))
    assert world.it.hold is not None
    assert world.it.open is None
    assert world.it.hold.paused is bool(failures)


def test_of_a_release_that_is_renewed_only_what_is_not_locked_is_asked() -> None:
    world = _locked(_asked(PaymentState.HELD), Modality.FACE)
    world.do(TerminalAppeared(device=STALL))
    assert world.open.modalities == (Modality.FINGERPRINT,)


def test_a_new_terminal_is_asked_only_for_what_is_not_locked() -> None:
    world = _locked(_asked(PaymentState.AWAITING_PAYEE), Modality.FACE)
    world.payee = at_terminals(with_party(world.payee), SECOND_STALL)
    world.do(TerminalAppeared(device=SECOND_STALL))
    assert world.open.modalities == (Modality.FINGERPRINT,)


def test_a_new_terminal_that_comes_at_the_end_of_the_time_is_not_asked_any_more() -> None:
    world = _asked(PaymentState.AWAITING_PAYEE)
    world.payee = at_terminals(with_party(world.payee), SECOND_STALL)
    world.now_ms = world.open.deadline_ms
    assert world.refused(TerminalAppeared(device=SECOND_STALL)) is Reason.NOT_NOW
    world.now_ms -= 1
    assert world.refused(TerminalAppeared(device=SECOND_STALL)) is None


def test_a_renewed_instruction_is_as_if_it_had_never_been_answered() -> None:
    world = _asked(PaymentState.AWAITING_PAYEE)
    facts = world.facts(ResendDue())
    fresh = facts.fresh
    assert fresh.challenge != world.open.challenge
    answered = replace(world.open, pending=True)
    assert renewed(answered, facts, world.now_ms + 1) == replace(
        world.open,
        instruction_id=fresh.instruction_id,
        nonce=fresh.nonce,
        challenge=fresh.challenge,
        issued_at_ms=world.now_ms + 1,
    )


def test_where_all_is_needed_and_some_is_locked_nothing_is_left_to_ask() -> None:
    policy = replace(POLICY, both_modalities_from_minor=1)
    world = World(policy=policy).until(PaymentState.AWAITING_PAYEE)
    assert world.open.all_modalities
    assert still_askable(world.open, world.facts(ResendDue()), world.now_ms) == BOTH
    _locked(world, Modality.FACE)
    assert still_askable(world.open, world.facts(ResendDue()), world.now_ms) == ()
    either = replace(world.open, all_modalities=False)
    assert still_askable(either, world.facts(ResendDue()), world.now_ms) == (Modality.FINGERPRINT,)


def test_where_both_are_needed_a_terminal_that_captures_one_is_not_asked() -> None:
    policy = replace(POLICY, both_modalities_from_minor=1)
    payee = with_party(World().payee, terminals=(terminal(STALL, modalities=(Modality.FACE,)),))
    world = World(policy=policy, payee=payee)
    world.request()
    assert world.it.first_result is not None
    assert world.it.first_result.reason is Reason.NOT_CAPTURED


@pytest.mark.parametrize(
    ("why", "verdict", "reason"),
    [
        (Reason.NOT_RECOGNISED, Verdict.NOT_VERIFIED, Reason.ATTEMPTS_USED_UP),
        (Reason.NOT_CAPTURED, Verdict.COULD_NOT_BE_CHECKED, Reason.NOT_CAPTURED),
    ],
)
def test_a_payer_s_only_attempt_decides(why: Reason, verdict: Verdict, reason: Reason) -> None:
    world = World(policy=replace(POLICY, attempts=1)).until(PaymentState.AWAITING_PAYER)
    world.show(replace(REJECTED, reason=why))
    assert world.it.second_result == Result(verdict=verdict, reason=reason, at_ms=world.now_ms)


def test_an_account_that_is_no_more_can_be_asked_for_nothing() -> None:
    world = World(payer=None)
    assert payer_modalities(AMOUNT_MINOR, world.facts(ResendDue()), world.now_ms) is Reason.PAYER_NOT_ENROLLED
