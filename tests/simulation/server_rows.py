"""The server's simulated tables, and the facts that are looked up in them as `server_mqtt.shell.facts` does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from server_mqtt.contract.limits import NONCE_BYTES
from server_mqtt.contract.messages import Modality, PaymentState, Role
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.events import Event, PayeeCaptured, PayerCaptured
from server_mqtt.flow.facts import Facts, Fresh, Listing, NamedInstruction, Party, Terminal
from server_mqtt.flow.states import FINAL, Payment
from server_mqtt.ledger import balances
from server_mqtt.ledger.accounts import customer_account
from server_mqtt.ledger.entries import Entry
from server_mqtt.ledger.journal import START, ChainedEntry, chain
from server_mqtt.risk.factors import EXPIRED_HOLDS_MS, PACE_HOUR_MS, RECENT_MS, RESULTS_KEPT, PayeeHistory
from server_mqtt.shell.about import About
from server_mqtt.shell.comparison import PendingComparison
from server_mqtt.shell.inbox import Answered
from server_mqtt.shell.people import SAME_MOMENT_MS
from server_mqtt.shell.timers import Timer
from server_mqtt.verification.challenge import challenges
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.lockout import Tally, tallied
from server_mqtt.verification.policy import Policy
from tests.simulation.chance import Chance
from tests.simulation.disk import Disk, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer."""

    account: str
    name: str
    opened_at_ms: int
    active: bool = True
    closed: bool = False
    listed: tuple[Modality, ...] = ()
    """By what the directory has them verified; empty if they are not in it."""
    enrolled: tuple[Modality, ...] = ()
    flagged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A terminal, as it last said of itself."""

    account: str
    online: bool = False
    modalities: tuple[Modality, ...] = ()
    seen_at_ms: int | None = None
    away: bool = False
    revoked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownInstruction:
    """An instruction that was ever issued."""

    payment_id: str
    role: Role
    nonce: bytes = field(repr=False)
    issued_at_ms: int
    used: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt that was counted, one an instruction."""

    payment_id: str
    account: str
    modalities: tuple[Modality, ...]
    concluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What a terminal has not acknowledged yet."""

    sequence: int
    device: str
    kind: str
    payload: bytes = field(repr=False)
    content_hash: bytes
    created_at_ms: int
    expires_at_ms: int | None
    sends: int
    next_send_at_ms: int


class ServerRows:
    """Everything that the server has on disk."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.accounts: Rows[str, Account] = Rows(self.disk)
        self.devices: Rows[str, Device] = Rows(self.disk)
        self.payments: Rows[str, Payment] = Rows(self.disk)
        self.updated_at_ms: Rows[str, int] = Rows(self.disk)
        self.instructions: Rows[str, KnownInstruction] = Rows(self.disk)
        self.nonces: Rows[bytes, str] = Rows(self.disk)
        self.pending: Rows[str, PendingComparison] = Rows(self.disk)
        self.counted: Rows[str, Attempt] = Rows(self.disk)
        """By the instruction: one attempt each."""
        self.tallies: Rows[str, tuple[Tally, ...]] = Rows(self.disk)
        """By account."""
        self.timers: Rows[tuple[str, str], Timer] = Rows(self.disk)
        self.outbox: Rows[str, Outgoing] = Rows(self.disk)
        self.inbox: Rows[tuple[str, str], Answered] = Rows(self.disk)
        self.templates: Rows[bytes, str] = Rows(self.disk)
        self.entries: Rows[int, ChainedEntry] = Rows(self.disk)
        self.balances: Rows[tuple[str, str], int] = Rows(self.disk)
        self.sequences = 0

    @property
    def latest_ms(self) -> int:
        """The newest moment that the tables have seen."""
        seen = [*self.updated_at_ms.kept.values(), *(entry.at_ms for entry in self.entries.kept.values())]
        return max(seen, default=0)

    def post(self, entry: Entry, now_ms: int) -> None:
        """Into the journal, and onto the balances."""
        last = START if not self.entries.kept else self.entries.kept[len(self.entries.kept)].anchor
        before = {key: self.balances.kept[key] for key in balances.touched([entry]) if key in self.balances.kept}
        for key, balance_minor in balances.post(before, entry).items():
            self.balances.write(key, balance_minor)
        chained = chain(last, entry, now_ms)
        self.entries.add(chained.number, chained)

    def store(self, before: Payment | None, payment: Payment, now_ms: int) -> None:
        """`payment` in place of `before`."""
        assert self.payments.find(payment.payment_id) == before, "a payment was changed by another"
        self.payments.write(payment.payment_id, payment)
        self.updated_at_ms.write(payment.payment_id, now_ms)

    def conclude(self, instruction_id: str, finding: Finding, policy: Policy, now_ms: int) -> None:
        """What an attempt came to, in its account's tallies, unless that is noted already."""
        self.pending.erase(instruction_id)
        attempt = self.counted.find(instruction_id)
        if attempt is None or attempt.concluded:
            return
        self.counted.write(instruction_id, replace(attempt, concluded=True))
        before = self.tallies.find(attempt.account) or ()
        self.tallies.write(attempt.account, tallied(policy, before, attempt.modalities, finding, now_ms))

    def note_device(
        self, device: str, now_ms: int, *, online: bool, modalities: tuple[Modality, ...] | None = None
    ) -> None:
        """What a terminal says of itself, or what its speaking says of it."""
        known = self.devices.kept[device]
        came = known.online and known.seen_at_ms is not None and known.seen_at_ms > now_ms - SAME_MOMENT_MS
        heard = known.modalities if modalities is None else modalities
        changed = replace(known, online=online, modalities=heard, seen_at_ms=now_ms, away=not online and not came)
        self.devices.write(device, changed)

    def forget_absences(self) -> None:
        """Nobody listened to the broker for a while."""
        for name, device in list(self.devices.kept.items()):
            if device.away:
                self.devices.write(name, replace(device, away=False))

    def awaited_by(self, account: str) -> list[str]:
        """What may be waiting for a terminal of `account`: what is held for it, and what a revoked one was asked."""
        revoked = {name for name, device in self.devices.kept.items() if device.account == account and device.revoked}
        return [
            payment.payment_id
            for payment in self.payments.kept.values()
            if (payment.payee_account == account and payment.state is PaymentState.HELD)
            or (revoked and payment.payee_account == account and payment.state is PaymentState.AWAITING_PAYEE)
            or (payment.payer_account == account and payment.state not in FINAL and payment.payer_device in revoked)
        ]

    # --- facts ---

    def gather(
        self, chance: Chance, policy: Policy, subject: About, event: Event, now_ms: int, *, screens: bool = False
    ) -> Facts:
        """The facts of this moment."""
        payee = self._open_account(subject.payee_account)
        return Facts(
            policy=policy,
            fresh=Fresh(
                instruction_id=chance.new_id(),
                nonce=chance.new_nonce(NONCE_BYTES),
                challenge=chance.dice.choice(challenges(policy.challenge_actions)),
            ),
            payer=self._party(subject.payer_account),
            payee=self._party(subject.payee_account, subject.payment_id if screens else None),
            listing=Listing(name=payee.name, modalities=payee.listed) if payee and payee.listed else None,
            payer_balance_minor=self.balances.find((customer_account(subject.payer_account), subject.currency)),
            history=None if payee is None else self._history(payee, subject, now_ms),
            payee_balance_minor=self.balances.find((customer_account(subject.payee_account), subject.currency)),
            named=self._named(subject.payment_id, event),
        )

    def _open_account(self, account: str) -> Account | None:
        known = self.accounts.find(account)
        return None if known is None or known.closed else known

    def _party(self, account: str, busy_but_for: str | None = None) -> Party | None:
        known = self._open_account(account)
        if known is None:
            return None
        terminals = tuple(
            Terminal(
                device=name,
                online=device.online,
                modalities=device.modalities,
                away=device.away,
                taken_until_ms=() if busy_but_for is None else self._taken(name, busy_but_for),
            )
            for name, device in self.devices.kept.items()
            if device.account == account and not device.revoked
        )
        return Party(
            account=account,
            name=known.name,
            active=known.active,
            enrolled=known.enrolled,
            terminals=terminals,
            tallies=self.tallies.find(account) or (),
        )

    def _taken(self, device: str, other_than: str) -> tuple[int, ...]:
        waiting = (one.open for one in self.payments.kept.values() if one.payment_id != other_than)
        return tuple(one.deadline_ms for one in waiting if one and not one.pending and device in one.devices)

    def _named(self, payment_id: str, event: Event) -> NamedInstruction | None:
        if not isinstance(event, PayeeCaptured | PayerCaptured):
            return None
        role = Role.PAYEE if isinstance(event, PayeeCaptured) else Role.PAYER
        known = self.instructions.find(event.capture.instruction_id)
        if known is None or (known.payment_id, known.role) != (payment_id, role):
            return None
        return NamedInstruction(used=known.used)

    def _history(self, payee: Account, subject: About, now_ms: int) -> PayeeHistory:
        others = [
            one
            for one in self.payments.kept.values()
            if one.payee_account == payee.account and one.payment_id != subject.payment_id
        ]
        results = sorted(
            (one.first_result for one in others if one.first_result), key=lambda one: one.at_ms, reverse=True
        )
        failed = [one for one in results if one.verdict is Verdict.NOT_VERIFIED]
        expired = [
            one
            for one in others
            if one.state is PaymentState.REFUNDED
            and one.reason is Reason.HOLD_EXPIRED
            and self.updated_at_ms.kept[one.payment_id] >= now_ms - EXPIRED_HOLDS_MS
        ]
        kept = results[:RESULTS_KEPT]
        return PayeeHistory(
            account_age_ms=max(0, now_ms - payee.opened_at_ms),
            marked=payee.flagged,
            results=len(kept),
            failures=sum(one.verdict is Verdict.NOT_VERIFIED for one in kept),
            failed_lately=sum(one.at_ms >= now_ms - RECENT_MS for one in failed),
            holds_expired_lately=len(expired),
            checks_last_hour=sum(one.at_ms >= now_ms - PACE_HOUR_MS for one in results),
            amount_minor=max(0, subject.amount_minor),
        )
