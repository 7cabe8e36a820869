"""Whatever happens, in whatever order: the session keeps its promises (`Watcher` says which)."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from server_mqtt.contract.kinds import KIND_OF
from server_mqtt.contract.messages import (
    CaptureOutcome,
    FirstResult,
    Hold,
    Modality,
    PaymentState,
    Purpose,
    ReplyStatus,
    Role,
)
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import ButtonId
from terminal.session.events import (
    CaptureEnded,
    CaptureMoved,
    InstructionReceived,
    LinkChanged,
    ModelsFailed,
    ModelsLoaded,
    Replied,
    Restored,
    SensorsFound,
    StatusReceived,
    StorageChanged,
    Ticked,
)
from terminal.session.health import out_of_service
from terminal.session.state import (
    AwaitingPayee,
    AwaitingPayer,
    Capturing,
    Consenting,
    Idle,
    Progress,
    Requesting,
    Review,
    SessionState,
    Verifying,
)
from tests.terminal.session.counter import PAYEE_ACCOUNT, PROBE, first, ident, second, status
from tests.terminal.session.drawn import (
    MOMENTS_MS,
    PAYMENTS,
    asked,
    changes,
    holds,
    progresses,
    results,
)
from tests.terminal.session.people import PeopleAtATerminal


class AnySequence(PeopleAtATerminal):
    """People, the server and the terminal's own parts. The rules know nothing of what makes sense."""

    # --- the server ---

    @rule(payment=PAYMENTS, values=asked, changed=changes, result=results, hold=holds, purpose=st.sampled_from(Purpose))
    def instruct(
        self,
        payment: int,
        values: dict[str, Any],
        changed: dict[str, Any],
        result: FirstResult,
        hold: Hold | None,
        purpose: Purpose,
    ) -> None:
        self.instructions += 1
        values = {**values, **changed, "payment_id": ident(payment)}
        instruction = (
            second(self.instructions, result, hold, **values)
            if self.role is Role.PAYER
            else first(self.instructions, purpose, **values)
        )
        self.say(InstructionReceived(instruction=instruction))

    @rule(result=results, hold=holds, retry=st.booleans())
    def go_on(self, result: FirstResult, hold: Hold | None, retry: bool) -> None:
        """What would come next if all went well, so that the others have something to disturb."""
        self.watcher.now_ms += 500
        if out_of_service(self.watcher.state, self.watcher.now_ms) is not None:
            self.mend()
        step = self.watcher.state.step
        match step:
            case Idle() if self.role is Role.PAYER:
                self.ask_for_a_payment(PAYEE_ACCOUNT, taps=2)
            case Idle():
                self.instruct_next(1 + self.instructions % 4, result, hold)
            case Requesting() if retry:
                self.reply("payer_request", int(step.payment_id, 16), ReplyStatus.ACCEPTED, None)
            case Requesting() | AwaitingPayee():
                self.instruct_next(int(step.payment_id, 16), result, hold)
            case Consenting():
                self.press(ButtonId.CONSENT)
            case Capturing():
                self.capture_ends(CaptureOutcome.CAPTURED, stray=False)
            case Verifying() | AwaitingPayer():
                self.conclude(step, result, hold, retry)
            case _:
                self.watcher.now_ms += 30_000
                self.press(ButtonId.BACK if isinstance(step, Review) else ButtonId.DONE)

    def conclude(self, step: Verifying | AwaitingPayer, result: FirstResult, hold: Hold | None, retry: bool) -> None:
        payment = int(step.payment_id, 16)
        if isinstance(step, Verifying) and retry:
            self.instruct_next(payment, result, hold)
        elif isinstance(step, Verifying) and self.role is Role.PAYEE:
            self.tell_next(payment, PaymentState.AWAITING_PAYER)
        else:
            self.tell_next(payment, PaymentState.HELD if hold else PaymentState.SETTLED)

    def instruct_next(self, payment: int, result: FirstResult, hold: Hold | None) -> None:
        self.instructions += 1
        values = {"payment_id": ident(payment), "attempt": min(9, self.instructions)}
        entry = next((one for one in self.watcher.state.book if one.payment_id == ident(payment)), None)
        held = entry is not None and entry.decided
        instruction = (
            second(self.instructions, result, hold, **values)
            if self.role is Role.PAYER
            else first(self.instructions, Purpose.RELEASE if held else Purpose.PAYMENT, **values)
        )
        self.say(InstructionReceived(instruction=instruction))

    def tell_next(self, payment: int, state: PaymentState) -> None:
        self.said_states += 1
        self.say(StatusReceived(status=status(state, self.said_states, self.role, payment_id=ident(payment))))

    @rule(payment=PAYMENTS)
    def instruct_the_other_role(self, payment: int) -> None:
        make = first if self.role is Role.PAYER else second
        self.say(InstructionReceived(instruction=make(90, payment_id=ident(payment))))

    @rule(
        payment=PAYMENTS,
        state=st.sampled_from(PaymentState),
        revision=st.integers(0, 6),
        role=st.sampled_from(Role),
        reason=st.none() | st.sampled_from(Reason),
        changed=changes,
        result=st.none() | results,
        hold=holds,
    )
    def tell(
        self,
        payment: int,
        state: PaymentState,
        revision: int,
        role: Role,
        reason: Reason | None,
        changed: dict[str, Any],
        result: FirstResult | None,
        hold: Hold | None,
    ) -> None:
        values = {**changed, "payment_id": ident(payment), "first_result": result, "hold": hold}
        self.say(StatusReceived(status=status(state, revision, role, reason=reason, **values)))

    @rule(
        kind=st.sampled_from(sorted(KIND_OF.values())),
        payment=PAYMENTS,
        reply=st.sampled_from(ReplyStatus),
        reason=st.none() | st.sampled_from(Reason),
    )
    def reply(self, kind: str, payment: int, reply: ReplyStatus, reason: Reason | None) -> None:
        self.say(Replied(kind=kind, payment_id=ident(payment), status=reply, reason=reason))

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 50))
    def say_again(self, which: int) -> None:
        """The link keeps repeated messages away; the session does not rely on it."""
        self.watcher.happen(self.said[which % len(self.said)])

    # --- the terminal itself ---

    @rule(progress=progresses)
    def capture_moves(self, progress: Progress) -> None:
        step = self.watcher.state.step
        running = step.instruction.instruction_id if isinstance(step, Capturing) else ident(101)
        self.watcher.happen(CaptureMoved(instruction_id=running, progress=progress))

    @rule(outcome=st.none() | st.sampled_from(CaptureOutcome), stray=st.booleans())
    def capture_ends(self, outcome: CaptureOutcome | None, stray: bool) -> None:
        step = self.watcher.state.step
        running = step.instruction.instruction_id if isinstance(step, Capturing) and not stray else ident(101)
        probes = (PROBE,) if outcome is CaptureOutcome.CAPTURED else ()
        self.watcher.happen(CaptureEnded(instruction_id=running, outcome=outcome, probes=probes))

    @rule(milliseconds=MOMENTS_MS)
    def time_goes_by(self, milliseconds: int) -> None:
        self.watcher.now_ms += milliseconds
        self.watcher.happen(Ticked())

    @rule(kind=st.sampled_from(("link", "storage", "sensors", "models", "restart")), data=st.data())
    def trouble(self, kind: str, data: st.DataObject) -> None:
        """Something breaks, and is mended by `mend`, or by the way."""
        match kind:
            case "link":
                self.watcher.happen(LinkChanged(online=False))
            case "storage":
                unsent = data.draw(st.none() | PAYMENTS)
                self.watcher.happen(StorageChanged(works=False, unsent=None if unsent is None else ident(unsent)))
            case "sensors":
                self.watcher.happen(SensorsFound(working=data.draw(st.frozensets(st.sampled_from(Modality)))))
            case "models":
                self.watcher.happen(ModelsFailed())
            case _:
                self.restart()

    @rule()
    def mend(self) -> None:
        self.watcher.happen(StorageChanged(works=True))
        self.watcher.happen(SensorsFound(working=frozenset(Modality)))
        self.watcher.happen(ModelsLoaded())
        self.watcher.happen(LinkChanged(online=True))

    def restart(self) -> None:
        """Killed and started again: what was captured is gone, what was heard is on disk."""
        old = self.watcher.state
        self.watcher.capturing = None
        self.watcher.state = SessionState(settings=old.settings, language=old.language)
        self.watcher.happen(Restored(payments=old.book, recents=old.recents))
        self.mend()


class PayerSequence(AnySequence):
    role = Role.PAYER


class PayeeSequence(AnySequence):
    role = Role.PAYEE


FEW: Final = settings().max_examples // 2
"""Each example is forty events: half as many as elsewhere take as long as all others of the terminal together."""

LONG: Final = settings(
    max_examples=FEW,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
PROVES = [pytest.mark.fault(number) for number in (50, 54, 55, 62, 68)]


TestPayer = PayerSequence.TestCase
TestPayee = PayeeSequence.TestCase
for one in (TestPayer, TestPayee):
    one.settings = LONG
    one.pytestmark = PROVES  # type: ignore[attr-defined]  # pytest's own way to mark a class of unittest
del one
