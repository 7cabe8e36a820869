"""A shop in which anything may happen at any time, and what must be true of it all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from server_mqtt.contract.messages import CaptureOutcome, Modality, PaymentState
from server_mqtt.flow.decision import Decision
from server_mqtt.flow.effects import Issue, Post
from server_mqtt.flow.events import (
    Compared,
    Event,
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
from server_mqtt.flow.facts import Listing
from server_mqtt.flow.orders import RefundOrdered
from server_mqtt.flow.states import FINAL
from server_mqtt.ledger.accounts import floor_of
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.lockout import Tally
from tests.server_mqtt.flow.cast import (
    BOTH,
    FUNDS_MINOR,
    PAYER,
    SECOND_STALL,
    STALL,
    STRANGER,
    TILL,
    UNHURRIED,
    at_terminals,
    out_of_reach,
    party,
    refund_order,
    release_order,
    request,
    terminal,
)
from tests.server_mqtt.flow.draws import DEVICES, FINDINGS, OUTCOMES, PAUSES_MS, RARELY
from tests.server_mqtt.flow.truths import check_books, check_failures, check_movement, check_nothing_locked_is_asked_for
from tests.server_mqtt.flow.world import World


class Shop(RuleBasedStateMachine):
    """Everything a terminal, a clock and an operator can do to one payment."""

    world: World
    answers: list[PayeeCaptured | PayerCaptured]
    findings: list[Compared]

    @initialize(
        marked=st.booleans(),
        terminals=st.sampled_from((1, 2, 1, 2, 0)),
        start=st.sampled_from((None, PaymentState.AWAITING_PAYEE, PaymentState.AWAITING_PAYER, PaymentState.HELD)),
    )
    def open_shop(self, marked: bool, terminals: int, start: PaymentState | None) -> None:
        world = World(policy=UNHURRIED)
        stalls = (terminal(STALL), terminal(SECOND_STALL, online=False))[:terminals]
        world.payee = replace(party("20004471", "Ben Baker"), terminals=stalls)
        world.history = replace(world.history, marked=marked)
        self.world, self.answers, self.findings = world, [], []
        if start is not None and stalls:
            world.until(start)

    # --- what happens ---

    @precondition(lambda self: self.world.payment is not None)
    @rule(device=DEVICES, amount=st.sampled_from((0, 1, 1_250, FUNDS_MINOR + 1)))
    def another_request(self, device: str, amount: int) -> None:
        self._twice(Requested(device=device, request=request(amount_minor=amount)))

    @precondition(lambda self: self.world.payment is None)
    @rule(odd=RARELY, device=DEVICES, amount=st.sampled_from((0, FUNDS_MINOR, FUNDS_MINOR + 1)))
    def the_request(self, odd: bool, device: str, amount: int) -> None:
        asked = request(amount_minor=amount) if odd else request()
        self._twice(Requested(device=device if odd else TILL, request=asked))

    @precondition(lambda self: self._asked)
    @rule(outcome=OUTCOMES, device=st.none() | DEVICES, other_nonce=st.booleans())
    def an_answer(self, outcome: CaptureOutcome, device: str | None, other_nonce: bool) -> None:
        changes: dict[str, Any] = {"nonce": b"other nonce here"} if other_nonce else {}
        answer = self.world.answer(device, outcome=outcome, **changes)
        self.answers.append(answer)
        self._twice(answer)

    @precondition(lambda self: self._asked)
    @rule(finding=FINDINGS)
    def somebody_shows_themselves(self, finding: Finding) -> None:
        answer = self.world.answer()
        self.answers.append(answer)
        self._twice(answer)
        self.findings.append(Compared(instruction_id=answer.capture.instruction_id, finding=finding))
        self._twice(self.findings[-1])

    @precondition(lambda self: self._pending)
    @rule(finding=FINDINGS)
    def a_comparison_ends(self, finding: Finding) -> None:
        self.findings.append(Compared(instruction_id=self.world.open.instruction_id, finding=finding))
        self._twice(self.findings[-1])

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def an_old_answer(self, data: st.DataObject) -> None:
        self._twice(data.draw(st.sampled_from(self.answers)))

    @precondition(lambda self: self.findings)
    @rule(data=st.data())
    def an_old_finding(self, data: st.DataObject) -> None:
        self._twice(data.draw(st.sampled_from(self.findings)))

    @rule(device=DEVICES, payer=st.booleans(), really=RARELY)
    def somebody_says_no(self, device: str, payer: bool, really: bool) -> None:
        mine = TILL if payer else STALL
        who = device if really or device != mine else STRANGER
        self._twice(Stopped(device=who) if payer else Refused(device=who))

    @rule(device=DEVICES)
    def somebody_asks(self, device: str) -> None:
        before = self.world.payment
        self._do(Queried(device=device))
        assert self.world.payment == before

    @rule(device=DEVICES)
    def a_terminal_appears(self, device: str) -> None:
        self._do(TerminalAppeared(device=device))

    @rule(event=st.sampled_from((HoldExpired(), HoldNotice(), ResendDue(), PresetTimeOver(instruction_id="f" * 32))))
    def a_stray_timer(self, event: Event) -> None:
        self._do(event)

    @precondition(lambda self: self.world.timers)
    @rule()
    def the_next_timer(self) -> None:
        kind = min(self.world.timers, key=lambda one: self.world.timers[one].due_at_ms)
        timer = self.world.timers.pop(kind)
        self.world.now_ms = max(self.world.now_ms, timer.due_at_ms)
        self._do(due(kind, timer.subject))

    @rule(pause_ms=PAUSES_MS)
    def a_timer_late_and_out_of_turn(self, pause_ms: int) -> None:
        if len(self.world.timers) > 1:
            kind = max(self.world.timers, key=lambda one: self.world.timers[one].due_at_ms)
            timer = self.world.timers.pop(kind)
            self.world.now_ms += pause_ms
            self._do(due(kind, timer.subject))

    @rule(pause_ms=PAUSES_MS)
    def time_goes_by(self, pause_ms: int) -> None:
        self.world.now_ms += pause_ms

    @rule(refund=st.booleans(), number=st.integers(1, 40), amount=st.sampled_from((1, 400, 1_250, FUNDS_MINOR)))
    def two_operators_order(self, refund: bool, number: int, amount: int) -> None:
        order = (refund_order if refund else release_order)(number, amount, self.world.now_ms)
        self._twice(order)

    # --- what the operator and other payments do meanwhile ---

    @rule(
        what=st.sampled_from(
            ("payer", "payee", "references", "directory", "money", "failures", "screens", "terminals")
        ),
        gone=RARELY,
    )
    def something_else_changes(self, what: str, gone: bool) -> None:
        """Mostly for the better, so that payments get somewhere."""
        world = self.world
        assert world.payer is not None
        assert world.payee is not None
        modalities = () if gone else BOTH
        match what:
            case "payer":
                world.payer = replace(world.payer, active=not gone)
            case "payee":
                world.payee = replace(world.payee, active=not gone)
            case "references":
                world.payer = replace(world.payer, enrolled=modalities)
                world.payee = replace(world.payee, enrolled=modalities)
            case "directory":
                world.listing = None if gone else Listing(name="Corner Bakery", modalities=BOTH)
            case "failures":
                # At other counters until a moment ago; or an operator has re-enabled what was locked.
                tally = Tally(modality=Modality.FACE, failures=5, last_failed_at_ms=world.now_ms)
                failed = (tally, replace(tally, modality=Modality.FINGERPRINT)) if gone else ()
                world.payer, world.payee = replace(world.payer, tallies=failed), replace(world.payee, tallies=failed)
            case "screens":
                # Terminals leave or are taken by other payments; or they are there and free.
                world.payee = out_of_reach(world.payee, world.now_ms, gone=gone)
            case "terminals":
                # Both ends' are revoked, and another comes in their place; or they are what they were.
                world.payer = at_terminals(world.payer, STRANGER if gone else TILL)
                world.payee = at_terminals(world.payee, SECOND_STALL, *(() if gone else (STALL,)))
            case "money":
                self._spend_elsewhere(1_249 if gone else 1_250)

    def _spend_elsewhere(self, left_minor: int) -> None:
        key, outside = ("customer/" + PAYER, "EUR"), ("outside/EUR", "EUR")
        spent = max(0, self.world.balances[key] - left_minor)
        self.world.balances[key] -= spent
        self.world.balances[outside] += spent

    # --- what must be true ---

    @property
    def _asked(self) -> bool:
        payment = self.world.payment
        return payment is not None and payment.open is not None and not payment.open.pending

    @property
    def _pending(self) -> bool:
        payment = self.world.payment
        return payment is not None and payment.open is not None and payment.open.pending

    def _do(self, event: Event) -> Decision:
        before, asked = self.world.payment, None if self.world.payment is None else self.world.payment.open
        decision = self.world.do(event)
        after = decision.payment
        if decision.refusal is not None:
            assert (after, decision.effects) == (before, ())
        if before is not None and after is not None and after != before:
            assert before.state not in FINAL or isinstance(event, RefundOrdered)
            assert before.state not in FINAL or after.state is before.state
            assert after.revision > before.revision
        for effect in decision.effects:
            if isinstance(effect, Issue):
                check_nothing_locked_is_asked_for(self.world, effect.instruction)
        if any(isinstance(effect, Post) for effect in decision.effects):
            assert after is not None
            check_movement(before, after, asked, event, self.world.now_ms)
        return decision

    def _twice(self, event: Event) -> None:
        """Does `event`, then once more in the same moment: the second time changes nothing."""
        self._do(event)
        once, journal, attempts = self.world.payment, list(self.world.journal), set(self.world.attempts)
        self._do(event)
        assert (self.world.payment, self.world.journal, set(self.world.attempts)) == (once, journal, attempts)

    @invariant()
    def nobody_fails_more_often_than_nist_allows(self) -> None:
        check_failures(getattr(self, "world", World()))

    @invariant()
    def money_is_conserved(self) -> None:
        if not hasattr(self, "world"):
            return
        assert sum(self.world.balances.values()) == 0
        assert all(balance >= floor_of(name) for (name, _), balance in self.world.balances.items())

    @invariant()
    def the_books_say_what_the_payment_says(self) -> None:
        check_books(getattr(self, "world", World()))

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        """A payment that is not over has a timer, or an answer that is being compared."""
        payment = getattr(self, "world", World()).payment
        if payment is None:
            return
        if payment.state in FINAL:
            assert self.world.timers == {}
            assert payment.open is None
        elif payment.state is PaymentState.HELD:
            assert TimerKind.HOLD_EXPIRY in self.world.timers or self._pending
        else:
            assert payment.open is not None
            assert TimerKind.PRESET_TIME in self.world.timers or payment.open.pending
