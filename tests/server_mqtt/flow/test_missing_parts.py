"""A payment that lacks what its state must have is a fault of ours: the handler stops, and names what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from server_mqtt.contract.messages import PaymentState, PaymentStatus
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.escrow import hold
from server_mqtt.flow import answers, first_verification, release, second_verification
from server_mqtt.flow.events import Extended, HoldExpired, HoldNotice, Queried, ResendDue, TerminalAppeared
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.first_instruction import first_instruction
from server_mqtt.flow.first_result import first_result
from server_mqtt.flow.hold_extension import hold_extension
from server_mqtt.flow.hold_notice import hold_notice
from server_mqtt.flow.invariants import FlowInvariantError
from server_mqtt.flow.refund import hold_expired
from server_mqtt.flow.second_instruction import ask_payer
from server_mqtt.flow.states import Payment, Result
from server_mqtt.flow.terminal_replaced import appeared_before_first_result, appeared_before_second_result
from tests.server_mqtt.flow.cast import SECOND_STALL, STALL, START_MS, TILL, VERIFIED, at_terminals, with_party
from tests.server_mqtt.flow.world import World, held

Handler = Callable[[Payment, Facts], object]
HELD, FIRST, SECOND = PaymentState.HELD, PaymentState.AWAITING_PAYEE, PaymentState.AWAITING_PAYER
RESULT = Result(verdict=Verdict.VERIFIED, at_ms=START_MS)


@pytest.mark.parametrize(
    ("state", "handler", "missing"),
    [
        (HELD, lambda it, facts: hold_extension(it, Extended(device=TILL), facts, START_MS), "hold"),
        (HELD, lambda it, facts: hold_notice(it, HoldNotice(), facts, START_MS), "hold"),
        (HELD, lambda it, facts: hold_expired(it, HoldExpired(), facts, START_MS), "hold"),
        (HELD, lambda it, facts: release.resend(it, ResendDue(), facts, START_MS), "hold"),
        (HELD, lambda it, facts: release.conclude(it, VERIFIED, facts, START_MS), "release instruction"),
        (HELD, lambda it, facts: release._renew(it, facts, START_MS), "release instruction"),
        (FIRST, lambda it, facts: first_verification.conclude(it, VERIFIED, facts, START_MS), "first instruction"),
        (SECOND, lambda it, facts: second_verification.conclude(it, VERIFIED, facts, START_MS), "second instruction"),
        (
            FIRST,
            lambda it, facts: appeared_before_first_result(it, TerminalAppeared(device=STALL), facts, START_MS),
            "first instruction",
        ),
        (
            SECOND,
            lambda it, facts: appeared_before_second_result(
                replace(it, payer_device="gone"), TerminalAppeared(device=TILL), facts, START_MS
            ),
            "second instruction",
        ),
        (FIRST, lambda it, facts: first_instruction(it, replace(facts, payee=None), START_MS), "payee"),
        (
            FIRST,
            lambda it, facts: first_instruction(it, replace(facts, listing=None), START_MS),
            "entry of the payee in the directory",
        ),
        (
            FIRST,
            lambda it, facts: first_result(it, RESULT, replace(facts, history=None), START_MS),
            "history of the payee",
        ),
    ],
)
def test_what_is_missing_is_named(state: PaymentState, handler: Handler, missing: str) -> None:
    world = World().until(state)
    without = replace(world.it, open=None, hold=None)
    with pytest.raises(FlowInvariantError, match=f"^there is no {missing}$"):
        handler(without, world.facts(ResendDue()))


def test_an_extended_hold_needs_its_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    world = held()
    monkeypatch.setattr(hold, "extended", lambda terms, *_: replace(terms, notice_at_ms=None))
    with pytest.raises(FlowInvariantError, match=r"^there is no notice of an extended hold$"):
        world.do(Extended(device=TILL))


def test_an_answer_needs_the_instruction_that_it_answers() -> None:
    world = World().until(FIRST)
    answer = world.answer()
    without, facts = replace(world.it, open=None), world.facts(answer)
    with pytest.raises(FlowInvariantError, match=r"^there is no open instruction$"):
        answers._count(without, answer)
    with pytest.raises(FlowInvariantError, match=r"^there is no open instruction$"):
        answers._concluded(without, "", VERIFIED, facts, START_MS, first_verification.conclude)


def test_a_payer_is_asked_with_a_first_result_only() -> None:
    it = World().until(SECOND).it
    assert it.open is not None
    with pytest.raises(FlowInvariantError, match=r"^there is no first result$"):
        ask_payer(replace(it, first_result=None), it.open)


def test_an_unexpected_answer_has_its_reason() -> None:
    world = World().until(FIRST)
    answer = world.answer()
    facts = world.facts(answer)
    assert answers.unexpected_answer(world.it, answer, facts, world.open.deadline_ms) is Reason.TOO_LATE
    with pytest.raises(FlowInvariantError, match=r"^there is no reason to refuse an unexpected answer$"):
        answers.unexpected_answer(world.it, answer, facts, world.now_ms)


# --- what may be missing ---


@pytest.mark.parametrize("state", PaymentState)
def test_a_payer_may_ask_even_if_there_is_no_payee_any_more(state: PaymentState) -> None:
    world = World().until(state)
    world.payee = None
    assert world.refused(Queried(device=TILL)) is None
    assert [told.state for told in world.heard(TILL, PaymentStatus)][-1] is state


def test_a_payer_is_replaced_even_if_there_is_no_payee_any_more() -> None:
    world = World().until(FIRST)
    world.payee = None
    world.payer = at_terminals(with_party(world.payer), "till-0022")
    assert world.refused(TerminalAppeared(device="till-0022")) is None
    assert world.it.payer_device == "till-0022"
    assert world.refused(TerminalAppeared(device=SECOND_STALL)) is Reason.NOT_YOUR_PAYMENT


def test_an_instruction_is_renewed_for_nobody_where_there_is_no_payee_any_more() -> None:
    world = held()
    world.do(TerminalAppeared(device=STALL))
    renewed = release._renew(world.it, replace(world.facts(ResendDue()), payee=None), world.now_ms)
    assert renewed.payment.open is not None
    assert renewed.payment.open.devices == ()
