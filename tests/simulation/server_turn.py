"""One transaction of the simulated server, by the rules of `shell.message_turn`, `payment_turn`, `effects`, `outbox`.

Only the tables are others: codec, intake, words, re-send schedule, expiry and the whole core are the product's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from server_mqtt.contract.codec import Envelope
from server_mqtt.contract.holds import HoldExtension
from server_mqtt.contract.messages import (
    Ack,
    Message,
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerRequest,
    PayerStop,
    PaymentQuery,
    Presence,
)
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from server_mqtt.flow.decide import decide
from server_mqtt.flow.effects import (
    CancelTimers,
    ConcludeAttempt,
    CountAttempt,
    Effect,
    Issue,
    Post,
    Send,
    SetTimer,
)
from server_mqtt.flow.events import (
    Compared,
    Event,
    Extended,
    PayeeCaptured,
    PayerCaptured,
    Queried,
    Refused,
    Requested,
    Stopped,
    TerminalAppeared,
    TimerKind,
    due,
)
from server_mqtt.flow.orders import Order
from server_mqtt.flow.reach import wants_screens
from server_mqtt.flow.states import Payment
from server_mqtt.shell import outbox
from server_mqtt.shell.about import about
from server_mqtt.shell.broker import Publication
from server_mqtt.shell.comparison import Concluded, PendingComparison
from server_mqtt.shell.inbox import Answered
from server_mqtt.shell.intake import Refusal, check_sender, read_body, read_envelope, refuse
from server_mqtt.shell.message_turn import DETAILS, PRESENCE
from server_mqtt.shell.timers import Timer
from server_mqtt.verification.finding import Finding
from tests.simulation import server_outbox
from tests.simulation.server_rows import Attempt, KnownInstruction, Outgoing
from tests.simulation.server_tools import Tools


@dataclass(slots=True)
class ServerTurn:
    """What one transaction does, and what it wants done once it is committed."""

    tools: Tools
    now_ms: int
    publications: list[Publication] = field(default_factory=list)
    comparisons: list[PendingComparison] = field(default_factory=list)
    changed: dict[str, None] = field(default_factory=dict)
    """Payments that were stored."""
    compared: list[PendingComparison] = field(default_factory=list)
    """Answers whose comparison ended in this transaction."""

    # --- messages ---

    def take(self, topic: str, payload: bytes) -> None:
        """One message."""
        envelope = read_envelope(topic, payload)
        assert not isinstance(envelope, Refusal), envelope
        revoked = self.tools.rows.devices.kept[envelope.device].revoked
        wrong = check_sender(envelope, None if revoked else self.tools.keys[envelope.device].public)
        assert (wrong is not None) is revoked
        if wrong is not None:
            self.tools.trace.note("server", "hears a revoked", envelope.device)
            return
        if not self._answered_before(envelope):
            self._answer(envelope)
        if not self.tools.rows.devices.kept[envelope.device].online and envelope.kind != PRESENCE:
            self.tools.rows.note_device(envelope.device, self.now_ms, online=True)
            self._appeared(envelope.device)

    def _answered_before(self, envelope: Envelope) -> bool:
        known = self.tools.rows.inbox.find((envelope.device, envelope.message_id))
        if known is None or not self.tools.remembers:
            return False
        assert known.content_hash == envelope.content_hash(Direction.UP), "an id was used twice"
        self.tools.trace.note("server", "repeats its answer to a", envelope.kind, envelope.device)
        self.publications.append(self.tools.voice.repeat(envelope.device, known.reply))
        return True

    def _answer(self, envelope: Envelope) -> None:
        body, rows = read_body(envelope), self.tools.rows
        assert not isinstance(body, Refusal), body
        if isinstance(body, Ack):
            waiting = rows.outbox.find(body.message_id)
            if waiting is not None and (waiting.device, waiting.content_hash) == (envelope.device, body.content_hash):
                rows.outbox.erase(body.message_id)
            return
        if isinstance(body, Presence):
            modalities = body.modalities if body.online else None
            rows.note_device(envelope.device, self.now_ms, online=body.online, modalities=modalities)
            if body.online:
                self._appeared(envelope.device)
            return
        reason = self._judge(envelope.device, body)
        self.tools.trace.note("server", "hears a", envelope.kind, envelope.device, reason or "")
        content_hash = envelope.content_hash(Direction.UP)
        reply = (
            self.tools.voice.accept(envelope.device, envelope.message_id, content_hash)
            if reason is None
            else self.tools.voice.refuse(envelope.device, refuse(envelope, reason, DETAILS.get(reason, "")))
        )
        answered = Answered(content_hash=content_hash, reply=reply.payload)
        rows.inbox.write((envelope.device, envelope.message_id), answered)
        self.publications.insert(0, reply)

    def _judge(self, device: str, body: Message) -> Reason | None:
        match body:
            case PayerRequest():
                payment = self.tools.rows.payments.find(body.payment_id)
                return self._decide(payment, body, Requested(device=device, request=body))
            case PayeeCapture():
                return self._step(body.payment_id, PayeeCaptured(device=device, capture=body))
            case PayerCapture():
                return self._step(body.payment_id, PayerCaptured(device=device, capture=body))
            case PayerStop():
                return self._step(body.payment_id, Stopped(device=device))
            case PayeeRefusal():
                return self._step(body.payment_id, Refused(device=device))
            case HoldExtension():
                return self._step(body.payment_id, Extended(device=device))
            case PaymentQuery():
                return self._step(body.payment_id, Queried(device=device))
            case _:
                return Reason.UNKNOWN_KIND

    def _appeared(self, device: str) -> None:
        self.bring_forward(device)
        for payment_id in self.tools.rows.awaited_by(self.tools.rows.devices.kept[device].account):
            self._step(payment_id, TerminalAppeared(device=device))

    def order(self, payment_id: str, order: Order) -> Reason | None:
        """Two operators order something."""
        return self._step(payment_id, order)

    # --- what the server itself brings about ---

    def take_up(self) -> None:
        """The server has started."""
        self.comparisons += self.tools.rows.pending.kept.values()

    def concluded(self, pending: PendingComparison, concluded: Concluded) -> None:
        """A comparison has ended."""
        self.compared.append(pending)
        rows, finding = self.tools.rows, concluded.finding
        if finding.verified and any(rows.templates.find(digest) is not None for digest in concluded.digests):
            finding = Finding(verified=False, reason=Reason.TEMPLATE_REPLAYED, shown=finding.shown)
        for digest in concluded.digests:
            rows.templates.write(digest, concluded.account)
        self.tools.trace.note("server", "compared:", finding.reason or "verified", concluded.payment_id)
        self._step(concluded.payment_id, Compared(instruction_id=concluded.instruction_id, finding=finding))
        rows.conclude(concluded.instruction_id, finding, self.tools.policy, self.now_ms)

    def ring(self) -> None:
        """Every timer that is due, earliest first."""
        timers = self.tools.rows.timers
        ringing = sorted(
            (one for one in timers.kept.values() if one.due_at_ms <= self.now_ms), key=lambda one: one.due_at_ms
        )
        for timer in ringing:
            timers.erase((timer.payment_id, timer.kind))
        for timer in ringing:
            self._step(timer.payment_id, due(TimerKind(timer.kind), timer.subject))

    def _step(self, payment_id: str, event: Event) -> Reason | None:
        payment = self.tools.rows.payments.find(payment_id)
        return Reason.UNKNOWN_PAYMENT if payment is None else self._decide(payment, payment, event)

    def _decide(self, payment: Payment | None, of: Payment | PayerRequest, event: Event) -> Reason | None:
        tools = self.tools
        subject = about(of if payment is None else payment)
        screens = wants_screens(payment)
        known = tools.rows.gather(tools.chance, tools.policy, subject, event, self.now_ms, screens=screens)
        decision = decide(payment, event, known, self.now_ms)
        if decision.payment is None or decision.refusal is not None:
            return decision.refusal
        if decision.payment != payment:
            before = "new" if payment is None else payment.state
            tools.trace.note(
                "server", f"{type(event).__name__}: {before} ->", decision.payment.state, subject.payment_id
            )
            tools.rows.store(payment, decision.payment, self.now_ms)
            self.changed[subject.payment_id] = None
        for effect in decision.effects:
            self._carry_out(subject.payment_id, effect)
        return None

    # --- effects ---

    def _carry_out(self, payment_id: str, effect: Effect) -> None:
        rows = self.tools.rows
        match effect:
            case Send():
                self._send(effect)
            case Post(entry=entry):
                self.tools.trace.note("server", f"posts a {entry.kind}", payment_id)
                rows.post(entry, self.now_ms)
            case Issue(instruction=instruction):
                known = KnownInstruction(
                    payment_id=payment_id,
                    role=instruction.role,
                    nonce=instruction.nonce,
                    issued_at_ms=instruction.issued_at_ms,
                )
                rows.instructions.add(instruction.instruction_id, known)
                rows.nonces.add(instruction.nonce, instruction.instruction_id)
            case CountAttempt():
                self._count(payment_id, effect)
            case ConcludeAttempt():
                rows.conclude(effect.instruction_id, effect.finding, self.tools.policy, self.now_ms)
            case SetTimer():
                timer = Timer(
                    payment_id=payment_id, kind=effect.kind, subject=effect.subject, due_at_ms=effect.due_at_ms
                )
                rows.timers.write((payment_id, effect.kind), timer)
            case CancelTimers(kind=kind):
                for one in TimerKind if kind is None else (kind,):
                    rows.timers.erase((payment_id, one))
            case _:
                pass  # a line of the history, which nothing here reads

    def _count(self, payment_id: str, attempt: CountAttempt) -> None:
        rows = self.tools.rows
        counted = Attempt(payment_id=payment_id, account=attempt.account, modalities=attempt.modalities)
        rows.counted.add(attempt.instruction_id, counted)
        rows.instructions.write(
            attempt.instruction_id, replace(rows.instructions.kept[attempt.instruction_id], used=True)
        )
        if attempt.asked is None:
            return
        pending = PendingComparison(
            payment_id=payment_id,
            instruction_id=attempt.instruction_id,
            account=attempt.account,
            context=b"",
            asked=attempt.asked,
            probes=attempt.probes,
        )
        rows.pending.add(attempt.instruction_id, pending)
        self.comparisons.append(pending)

    # --- outbox ---

    def _send(self, send: Send) -> None:
        rows = self.tools.rows
        said = self.tools.voice.say(send.device, send.body, outbox.expiry_s(send.expires_at_ms, self.now_ms))
        rows.sequences += 1
        row = Outgoing(
            sequence=rows.sequences,
            device=send.device,
            kind=said.publication.kind,
            payload=said.publication.payload,
            content_hash=said.content_hash,
            created_at_ms=self.now_ms,
            expires_at_ms=send.expires_at_ms,
            sends=1,
            next_send_at_ms=self.now_ms + outbox.pause_ms(1),
        )
        rows.outbox.add(said.message_id, row)
        self.publications.append(said.publication)

    def subscribed(self) -> None:
        """The broker's connection has come up."""
        self.tools.rows.forget_absences()
        self.bring_forward()

    def bring_forward(self, device: str | None = None) -> None:
        """Everything unacknowledged (of one device) is due."""
        server_outbox.bring_forward(self.tools.rows.outbox, self.now_ms, device)

    def send_again(self) -> None:
        """What is due is sent once more; what nobody wants any more is given up."""
        self.publications += server_outbox.take_due(self.tools.rows.outbox, self.now_ms)
