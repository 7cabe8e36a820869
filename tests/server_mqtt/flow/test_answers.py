"""Answers that do not count: early, late, twice, replayed, foreign. And what terminals are never told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from server_mqtt.contract.messages import (
    CaptureOutcome,
    FirstInstruction,
    FirstResult,
    Hold,
    PayerCapture,
    PaymentState,
    PaymentStatus,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.effects import ConcludeAttempt, CountAttempt
from server_mqtt.flow.events import Compared, PayeeCaptured, PayerCaptured, TimerKind
from server_mqtt.flow.states import FINAL
from server_mqtt.verification.finding import Finding
from tests.server_mqtt.flow.cast import (
    PAYMENT,
    REJECTED,
    SEALED,
    SECOND_STALL,
    STALL,
    STRANGER,
    TILL,
    VERIFIED,
    terminal,
    with_party,
)
from tests.server_mqtt.flow.world import World, held, only

WAITING = (PaymentState.AWAITING_PAYEE, PaymentState.AWAITING_PAYER)


@pytest.mark.fault(4)
def test_the_payer_before_the_payee_is_refused_and_never_debited() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    asked = world.open
    early = PayerCapture(
        payment_id=PAYMENT,
        instruction_id=asked.instruction_id,
        nonce=asked.nonce,
        outcome=CaptureOutcome.CAPTURED,
        consent=world.consent,
        probes=(SEALED,),
    )
    for _ in range(2):
        assert world.refused(PayerCaptured(device=TILL, capture=early)) is Reason.UNKNOWN_INSTRUCTION
    assert (world.journal, world.attempts) == ([], {})
    world.show()
    assert world.refused(PayerCaptured(device=TILL, capture=early)) is Reason.UNKNOWN_INSTRUCTION


@pytest.mark.fault(4)
def test_an_early_comparison_moves_nothing() -> None:
    world = World().until(PaymentState.AWAITING_PAYER)
    before = world.it
    world.do(Compared(instruction_id=world.open.instruction_id, finding=VERIFIED))
    assert (world.it, world.journal) == (before, [])


@pytest.mark.fault(16)
@pytest.mark.parametrize("state", [*WAITING, PaymentState.HELD])
def test_an_unknown_instruction_or_nonce_changes_nothing(state: PaymentState) -> None:
    world = World().until(state)
    if state is PaymentState.HELD:
        world.let_due(TimerKind.RESEND)
    assert world.refused(world.answer(instruction_id="e" * 32)) is Reason.UNKNOWN_INSTRUCTION
    assert world.refused(world.answer(nonce=b"e" * 16)) is Reason.UNKNOWN_INSTRUCTION
    assert world.open.instruction_id not in world.attempts


@pytest.mark.fault(17)
@pytest.mark.parametrize("state", [*WAITING, PaymentState.HELD])
def test_the_servers_deadline_wins(state: PaymentState) -> None:
    world = World().until(state)
    if state is PaymentState.HELD:
        world.let_due(TimerKind.RESEND)
    late = world.answer()
    world.now_ms = world.open.deadline_ms
    assert world.refused(late) is Reason.TOO_LATE
    world.let_due(TimerKind.PRESET_TIME)
    assert world.refused(late) is Reason.TOO_LATE


@pytest.mark.fault(62)
@pytest.mark.parametrize("state", [*WAITING, PaymentState.HELD])
@pytest.mark.parametrize("finding", [VERIFIED, REJECTED])
def test_the_same_answer_again_changes_nothing_whatever_came_of_it(state: PaymentState, finding: Finding) -> None:
    world = World().until(state)
    if state is PaymentState.HELD:
        world.let_due(TimerKind.RESEND)
    answer = world.answer()
    instruction_id = world.open.instruction_id
    world.do(answer)
    assert world.refused(answer) is Reason.NONCE_USED
    world.do(Compared(instruction_id=instruction_id, finding=finding))
    assert world.refused(answer) is Reason.NONCE_USED
    world.now_ms += 7 * 24 * 3_600_000
    assert world.refused(answer) is Reason.NONCE_USED


@pytest.mark.fault(62)
def test_no_answer_of_a_payment_is_good_for_its_release() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    answers: list[PayeeCaptured | PayerCaptured] = []
    for _ in range(3):
        answers.append(world.answer())
        world.show(REJECTED)
    answers.append(world.answer())
    world.show()
    assert world.state is PaymentState.HELD
    world.let_due(TimerKind.RESEND)
    for answer in answers:
        assert world.refused(answer) is Reason.NONCE_USED
    assert world.state is PaymentState.HELD


def test_the_same_finding_again_changes_nothing() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    instruction_id = world.open.instruction_id
    world.show(REJECTED)
    before = world.it
    world.do(Compared(instruction_id=instruction_id, finding=VERIFIED))
    assert world.it == before
    assert world.attempts[instruction_id] == ConcludeAttempt(instruction_id=instruction_id, finding=REJECTED)


@pytest.mark.fault(63)
@pytest.mark.parametrize("state", WAITING)
def test_a_replayed_template_is_a_failed_attempt(state: PaymentState) -> None:
    world = World().until(state)
    for _ in range(3):
        world.show(Finding(verified=False, reason=Reason.TEMPLATE_REPLAYED))
    assert world.journal == []
    if state is PaymentState.AWAITING_PAYEE:
        assert world.it.plan is not None
    else:
        assert world.state is PaymentState.DECLINED


def test_the_first_of_several_terminals_is_heard() -> None:
    world = World(payee=with_party(World().payee, terminals=(terminal(STALL), terminal(SECOND_STALL))))
    world.until(PaymentState.AWAITING_PAYEE)
    first, second = world.answer(SECOND_STALL), world.answer(STALL)
    assert world.do(first).refusal is None
    assert world.refused(second) is Reason.NONCE_USED


def test_a_terminal_that_was_not_asked_is_the_wrong_one() -> None:
    absent = terminal(SECOND_STALL, online=False)
    world = World(payee=with_party(World().payee, terminals=(terminal(STALL), absent)))
    world.until(PaymentState.AWAITING_PAYEE)
    assert world.refused(world.answer(SECOND_STALL)) is Reason.WRONG_TERMINAL


@pytest.mark.parametrize("state", [*WAITING, PaymentState.HELD])
def test_other_peoples_terminals_have_no_part(state: PaymentState) -> None:
    world = World().until(state)
    if state is PaymentState.HELD:
        world.let_due(TimerKind.RESEND)
    assert world.refused(world.answer(STRANGER)) is Reason.NOT_YOUR_PAYMENT


# --- what terminals are told ---


def _bodies() -> Iterator[Any]:
    for state in PaymentState:
        world = World().until(state)
        yield from (send.body for send in world.sent)
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.fail(3)
    world.fail(3)
    yield from (send.body for send in world.sent)
    world = held()
    world.let_due(TimerKind.RESEND)
    world.fail(3)
    yield from (send.body for send in world.sent)


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _values(inner)
    else:
        yield value


@pytest.mark.fault(72)
def test_nothing_sent_has_a_score_or_a_risk_value() -> None:
    kinds = set()
    for body in _bodies():
        kinds.add(type(body))
        assert not any(isinstance(value, float) for value in _values(msgspec.to_builtins(body)))
    assert kinds == {FirstInstruction, SecondInstruction, PaymentStatus}


@pytest.mark.fault(72)
def test_the_words_for_results_have_no_room_for_a_score() -> None:
    assert set(FirstResult.__struct_fields__) == {"verdict", "reason", "modality"}
    assert set(Hold.__struct_fields__) == {"reason", "expires_in_ms", "risk_reason", "expires_soon"}


def test_everything_sent_is_within_the_contract() -> None:
    for body in _bodies():
        encoded = msgspec.msgpack.encode(body)
        assert msgspec.msgpack.decode(encoded, type=type(body)) == body


def test_revisions_only_rise_at_each_end() -> None:
    for state in FINAL:
        world = World().until(state)
        for device in (TILL, STALL):
            revisions = [status.revision for status in world.heard(device, PaymentStatus)]
            assert revisions == sorted(set(revisions))


def test_the_payee_hears_nothing_of_a_payment_it_was_never_asked_about() -> None:
    world = World(payee=with_party(World().payee, enrolled=()))
    world.request()
    world.let_due(TimerKind.PRESET_TIME)
    assert world.state is PaymentState.DECLINED
    assert {send.device for send in world.sent} == {TILL}


@pytest.mark.fault(73)
@pytest.mark.parametrize("state", [*WAITING, PaymentState.HELD])
def test_no_log_of_a_decision_shows_a_nonce_a_challenge_or_a_probe(state: PaymentState) -> None:
    world = World().until(state)
    if state is PaymentState.HELD:
        world.let_due(TimerKind.RESEND)
    asked, fresh = world.open, world.facts(world.answer()).fresh
    count = only(world.do(world.answer()), CountAttempt)
    for shown in (world.it, asked, asked.asked, fresh, count):
        for secret in (asked.nonce, fresh.nonce, asked.challenge[0], SEALED.ciphertext):
            assert repr(secret) not in repr(shown)
