"""A shop in memory: does what decisions ask for, as the server's shell does, and keeps the books it is judged by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from server_mqtt.contract.messages import (
    CaptureOutcome,
    Consent,
    Message,
    PayeeCapture,
    PayerCapture,
    PaymentState,
    PaymentStatus,
    Role,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.decide import decide
from server_mqtt.flow.decision import Decision
from server_mqtt.flow.effects import (
    CancelTimers,
    ConcludeAttempt,
    CountAttempt,
    Effect,
    Issue,
    Post,
    Record,
    Send,
    SetTimer,
)
from server_mqtt.flow.events import Compared, Event, PayeeCaptured, PayerCaptured, Requested, TimerKind, due
from server_mqtt.flow.facts import Facts, Listing, NamedInstruction, Party
from server_mqtt.flow.states import Payment
from server_mqtt.flow.telling import consent_to
from server_mqtt.ledger import balances
from server_mqtt.ledger.entries import Entry
from server_mqtt.risk.factors import PayeeHistory
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.instruction import OpenInstruction
from server_mqtt.verification.lockout import tallied
from server_mqtt.verification.policy import Policy
from tests.server_mqtt.flow.cast import (
    BOTH,
    FUNDS_MINOR,
    PAYEE,
    PAYER,
    PAYMENT,
    POLICY,
    REJECTED,
    SEALED,
    SPOTLESS,
    STALL,
    START_MS,
    TILL,
    VERIFIED,
    fresh,
    party,
    request,
)

M = TypeVar("M", bound=Message)
E = TypeVar("E", bound=Effect)


@dataclass
class World:
    """Everything but the machine. Tests change what they like between events."""

    policy: Policy = POLICY
    payer: Party | None = field(default_factory=lambda: party(PAYER, "Ada Price", TILL))
    payee: Party | None = field(default_factory=lambda: party(PAYEE, "Ben Baker", STALL))
    listing: Listing | None = field(default_factory=lambda: Listing(name="Corner Bakery", modalities=BOTH))
    history: PayeeHistory = SPOTLESS
    now_ms: int = START_MS
    payment: Payment | None = None
    balances: dict[tuple[str, str], int] = field(
        default_factory=lambda: {("customer/" + PAYER, "EUR"): FUNDS_MINOR, ("outside/EUR", "EUR"): -FUNDS_MINOR}
    )
    journal: list[Entry] = field(default_factory=list)
    issued: dict[str, OpenInstruction] = field(default_factory=dict)
    attempts: dict[str, ConcludeAttempt | None] = field(default_factory=dict)
    timers: dict[TimerKind, SetTimer] = field(default_factory=dict)
    said: list[Record | Send] = field(default_factory=list)
    drawn: int = 0

    # --- events ---

    def do(self, event: Event) -> Decision:
        """Decides, and carries out."""
        decision = decide(self.payment, event, self.facts(event), self.now_ms)
        self.payment = decision.payment
        for effect in decision.effects:
            self._carry_out(effect)
        return decision

    def refused(self, event: Event) -> Reason | None:
        """The reason for which `event` is refused, which must change nothing."""
        before = self.payment
        decision = self.do(event)
        if decision.refusal is not None:
            assert decision == Decision(payment=before, refusal=decision.refusal)
        return decision.refusal

    def request(self, device: str = TILL, **changes: Any) -> Decision:
        return self.do(Requested(device=device, request=request(**changes)))

    def answer(self, device: str | None = None, **changes: Any) -> PayeeCaptured | PayerCaptured:
        """What the open instruction waits for, but for `changes`."""
        asked = self.open
        values: dict[str, Any] = {
            "payment_id": PAYMENT,
            "instruction_id": asked.instruction_id,
            "nonce": asked.nonce,
            "outcome": CaptureOutcome.CAPTURED,
            "probes": (SEALED,),
        }
        if asked.role is Role.PAYEE:
            return PayeeCaptured(device=device or asked.devices[0], capture=PayeeCapture(**values | changes))
        values["consent"] = self.consent
        return PayerCaptured(device=device or TILL, capture=PayerCapture(**values | changes))

    def show(self, finding: Finding = VERIFIED) -> Decision:
        """Somebody answers the open instruction, and this is what the comparison comes to."""
        instruction_id = self.open.instruction_id
        assert self.do(self.answer()).refusal is None
        return self.do(Compared(instruction_id=instruction_id, finding=finding))

    def fail(self, times: int) -> Decision:
        """So many attempts in a row are not recognised."""
        decisions = [self.show(REJECTED) for _ in range(times)]
        return decisions[-1]

    def let_due(self, kind: TimerKind) -> Decision:
        """Time goes by until this timer is due, and it is."""
        timer = self.timers.pop(kind)
        self.now_ms = max(self.now_ms, timer.due_at_ms)
        return self.do(due(kind, timer.subject))

    # --- states ---

    def until(self, state: PaymentState) -> World:
        """The shortest way to a payment in `state`."""
        assert self.request().refusal is None
        match state:
            case PaymentState.AWAITING_PAYEE:
                pass
            case PaymentState.AWAITING_PAYER:
                self.show()
            case PaymentState.SETTLED:
                self.show()
                self.show()
            case PaymentState.DECLINED:
                self.show()
                self.let_due(TimerKind.PRESET_TIME)
            case _:
                self._hold(state)
        assert self.state is state
        return self

    def _hold(self, state: PaymentState) -> None:
        self.let_due(TimerKind.PRESET_TIME)
        self.show()
        if state is PaymentState.RELEASED:
            self.let_due(TimerKind.RESEND)
            self.show()
        elif state is PaymentState.REFUNDED:
            self.let_due(TimerKind.HOLD_EXPIRY)

    # --- facts ---

    def facts(self, event: Event) -> Facts:
        """What the shell would look up."""
        self.drawn += 1
        return Facts(
            policy=self.policy,
            fresh=fresh(self.policy, self.drawn),
            payer=self.payer,
            payee=self.payee,
            listing=self.listing,
            payer_balance_minor=self.balances.get(("customer/" + PAYER, "EUR")),
            history=None if self.payee is None else self.history,
            payee_balance_minor=self.balances.get(("customer/" + PAYEE, "EUR")),
            named=self._named(event),
        )

    def _named(self, event: Event) -> NamedInstruction | None:
        if not isinstance(event, PayeeCaptured | PayerCaptured):
            return None
        instruction_id = event.capture.instruction_id
        role = Role.PAYEE if isinstance(event, PayeeCaptured) else Role.PAYER
        if instruction_id not in self.issued or self.issued[instruction_id].role is not role:
            return None
        return NamedInstruction(used=instruction_id in self.attempts)

    # --- what there is to see ---

    @property
    def it(self) -> Payment:
        assert self.payment is not None
        return self.payment

    @property
    def state(self) -> PaymentState:
        return self.it.state

    @property
    def open(self) -> OpenInstruction:
        assert self.it.open is not None
        return self.it.open

    @property
    def consent(self) -> Consent:
        return consent_to(self.it)

    def balance(self, ledger_account: str) -> int:
        return self.balances.get((ledger_account, "EUR"), 0)

    @property
    def money(self) -> tuple[int, int, int]:
        """What payer, payee and the payment's escrow account hold."""
        return self.balance("customer/" + PAYER), self.balance("customer/" + PAYEE), self.balance("escrow/" + PAYMENT)

    @property
    def sent(self) -> list[Send]:
        """Everything that was sent, oldest first."""
        return [said for said in self.said if isinstance(said, Send)]

    def heard(self, device: str, kind: type[M]) -> list[M]:
        """What was sent to `device`, oldest first."""
        return [send.body for send in self.sent if send.device == device and isinstance(send.body, kind)]

    def told(self, device: str) -> PaymentStatus:
        """The newest status that `device` has."""
        return self.heard(device, PaymentStatus)[-1]

    # --- effects ---

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Record() | Send():
                self.said.append(effect)
            case Post(entry=entry):
                self.balances.update(balances.post(self.balances, entry))
                self.journal.append(entry)
            case Issue(instruction=instruction):
                assert instruction.instruction_id not in self.issued
                self.issued[instruction.instruction_id] = instruction
            case CountAttempt():
                assert effect.instruction_id not in self.attempts
                self.attempts[effect.instruction_id] = None
            case ConcludeAttempt():
                if self.attempts.get(effect.instruction_id, effect) is None:
                    self._tally(effect)
                self.attempts[effect.instruction_id] = self.attempts.get(effect.instruction_id) or effect
            case SetTimer():
                self.timers[effect.kind] = effect
            case CancelTimers(kind=kind):
                self.timers = {other: timer for other, timer in self.timers.items() if kind not in (None, other)}

    def _tally(self, effect: ConcludeAttempt) -> None:
        asked = self.issued[effect.instruction_id]
        end = "payee" if asked.role is Role.PAYEE else "payer"
        party: Party | None = getattr(self, end)
        if party is None:
            return
        after = tallied(self.policy, party.tallies, asked.modalities, effect.finding, self.now_ms)
        setattr(self, end, replace(party, tallies=after))


def only(decision: Decision, kind: type[E]) -> E:
    """The one effect of this kind."""
    found = effects(decision, kind)
    assert len(found) == 1
    return found[0]


def effects(decision: Decision, kind: type[E]) -> list[E]:
    """All effects of this kind."""
    return [effect for effect in decision.effects if isinstance(effect, kind)]


def steps(decision: Decision) -> list[str]:
    """The steps that were taken."""
    return [record.step.value for record in effects(decision, Record)]


def held(world: World | None = None) -> World:
    """Money is held, because nobody answered the first instruction."""
    return (world or World()).until(PaymentState.HELD)


def verdict(world: World) -> tuple[Verdict, Reason | None]:
    """The first result."""
    result = world.it.first_result
    assert result is not None
    return result.verdict, result.reason
