"""What must be true after every step of a world, by what the world itself knows. Raises BrokenError.

The product's own assertions stay on; this looks from outside, at rows, wires and screens, and believes neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from server_mqtt.contract.codec import decode_body, decode_envelope
from server_mqtt.contract.messages import PaymentState, Reply, ReplyStatus, Role, SecondInstruction
from server_mqtt.contract.signing import Direction
from server_mqtt.flow.orders import Order
from server_mqtt.flow.states import FINAL, Payment
from server_mqtt.ledger.accounts import ESCROW, customer_account, escrow_account, floor_of
from server_mqtt.ledger.audit import Held, audit
from server_mqtt.ledger.entries import EntryKind
from server_mqtt.ledger.journal import ChainedEntry
from server_mqtt.shell.broker import Publication
from server_mqtt.shell.comparison import PendingComparison
from server_mqtt.verification.policy import Policy
from terminal.session.state import Entry
from tests.simulation.books import escrow_of, is_by, is_return, state_by, stored_entry, wrong_with
from tests.simulation.keys import unseal
from tests.simulation.server_rows import ServerRows

MOVED: Final = frozenset({PaymentState.SETTLED, PaymentState.HELD, PaymentState.RELEASED, PaymentState.REFUNDED})
"""States in which money has moved, or had."""

_AFTER_HELD: Final = frozenset({PaymentState.HELD, PaymentState.RELEASED, PaymentState.REFUNDED})
"""What a payment may be by the time that a terminal hears that it is held."""


class BrokenError(Exception):
    """Something that must be true is not."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a payer wants."""

    payee_account: str
    amount_minor: int
    keyed: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a payer confirmed at the screen."""

    payer_account: str
    wish: Wish


class Checks:
    """The conscience of one world."""

    def __init__(self, rows: ServerRows, policy: Policy) -> None:
        self._rows, self._policy = rows, policy
        self._asked: dict[str, Asked] = {}
        self._extensions: dict[str, int] = {}
        """How often a payer asked for more time."""
        self._orders: set[str] = set()
        """Those that moved money."""
        self._consents: set[tuple[str, bool]] = set()
        """Payments that the payer agreed to, and whether to a hold."""
        self._genuine: dict[str, int] = {}
        """Instructions that were answered by a fresh capture of the right person, and when that was known."""
        self._first_shown: dict[bytes, str] = {}
        self._final: dict[str, Payment] = {}
        self._over_at_a_screen: set[str] = set()
        """Payments of which a screen said that nothing moved, and nothing will."""
        self._replies: dict[tuple[str, str, bytes], bytes] = {}
        self._entries = 0
        self._entries_of: dict[str, list[ChainedEntry]] = {}

    # --- what the world knows ---

    def wished(self, payment_id: str, payer_account: str, wish: Wish) -> None:
        """A payer confirms this, under this id, if the screen still takes it."""
        self._asked[payment_id] = Asked(payer_account, wish)

    def consented(self, instruction: SecondInstruction) -> None:
        """A payer agrees to what the screen says."""
        self._consents.add((instruction.payment_id, instruction.hold is not None))

    def wants_longer(self, payment_id: str) -> None:
        """A payer asks for more time."""
        self._extensions[payment_id] = self._extensions.get(payment_id, 0) + 1

    # --- after every commit of the server ---

    def committed(
        self,
        changed: Iterable[str],
        compared: Sequence[PendingComparison],
        now_ms: int,
        order: Order | None = None,
    ) -> None:
        """The server has committed a transaction that changed these payments; or a command has, that gave `order`."""
        for pending in compared:
            if self._is_genuine(pending):
                self._genuine[pending.instruction_id] = now_ms
        self._count_entries(now_ms, order)
        for payment_id in changed:
            self._check_payment(self._rows.payments.kept[payment_id])

    def _is_genuine(self, pending: PendingComparison) -> bool:
        """Whether the account's own person stood there, in each modality, with templates that nobody showed before."""
        genuine = bool(pending.probes)
        for sealed in pending.probes:
            probe = unseal(sealed)
            digest = hashlib.sha256(probe.template).digest()
            fresh = self._first_shown.setdefault(digest, pending.instruction_id) == pending.instruction_id
            genuine = genuine and fresh and probe.template.split(b"/")[0] == pending.account.encode()
        shown = [unseal(sealed).modality for sealed in pending.probes]
        return genuine and (not pending.asked.all_modalities or set(shown) == set(pending.asked.modalities))

    def _count_entries(self, now_ms: int, order: Order | None) -> None:
        entries = self._rows.entries.kept
        if len(entries) == self._entries:
            return
        _true(order is None or len(entries) == self._entries + 1, "an order moved money more than once")
        for number in range(self._entries + 1, len(entries) + 1):
            entry = entries[number]
            if entry.entry.payment_id:
                self._justify(entry, now_ms, order)
                self._entries_of.setdefault(entry.entry.payment_id, []).append(entry)
        self._entries = len(entries)
        self._check_money()

    def _check_money(self) -> None:
        sums: dict[tuple[str, str], int] = {}
        for chained in self._rows.entries.kept.values():
            for posting in chained.entry.postings:
                key = (posting.ledger_account, posting.currency)
                sums[key] = sums.get(key, 0) + posting.amount_minor
        _true(sums == self._rows.balances.kept, "balances are not the sums of their postings")
        _true(sum(sums.values()) == 0, f"all money together is {sum(sums.values())}, not 0")
        for (name, _), balance_minor in sums.items():
            _true(balance_minor >= floor_of(name), f"{name} went below its floor: {balance_minor}")
        held = {
            escrow_account(one.payment_id): escrow_of(self._entries_of[one.payment_id])
            for one in self._rows.payments.kept.values()
            if one.state is PaymentState.HELD
        }
        frozen = {name: minor for (name, _), minor in sums.items() if name.startswith(ESCROW) and minor}
        _true(frozen == held, f"escrow holds {frozen}, but the open holds are {held}")

    def _check_payment(self, payment: Payment) -> None:
        payment_id, state = payment.payment_id, payment.state
        final = self._final.get(payment_id)
        same = final is None or final == payment or is_return(final, payment)
        _true(same, f"payment {payment_id} changed after its end")
        if state in FINAL:
            self._final[payment_id] = payment
        entries = self._entries_of.get(payment_id, [])
        is_so = state_by(entries) is (state if state in MOVED else None)
        _true(is_so, f"payment {payment_id} is {state} with the entries {[one.entry.kind for one in entries]}")
        wrong = wrong_with(payment, entries)
        _true(wrong is None, f"payment {payment_id}: {wrong}")
        if payment.hold is not None:
            asked = self._extensions.get(payment_id, 0)
            few = payment.hold.extended <= min(asked, self._policy.hold_extensions)
            _true(few, f"payment {payment_id} was held longer {payment.hold.extended} times, asked for {asked} times")
        over = payment_id in self._over_at_a_screen and state in MOVED
        _true(not over, f"payment {payment_id} is {state}, but a screen said that nothing moved")

    # --- why money moved ---

    def _justify(self, chained: ChainedEntry, now_ms: int, order: Order | None) -> None:
        kind, payment_id = chained.entry.kind, chained.entry.payment_id
        before = [one.entry.kind for one in self._entries_of.get(payment_id, ())]
        payment = self._rows.payments.kept[payment_id]
        asked = self._asked.get(payment_id)
        _true(asked is not None, f"money moved for {payment_id}, which nobody asked for")
        if kind in (EntryKind.SETTLE, EntryKind.HOLD):
            _true(not before, f"{payment_id}: {kind} after {before}")
            held = kind is EntryKind.HOLD
            _true((payment_id, held) in self._consents, f"{payment_id}: a {kind} that the payer did not agree to")
            _true(self._proven(payment_id, Role.PAYER, 0), f"{payment_id}: a {kind} without the payer's result")
        else:
            opened = EntryKind.SETTLE if kind is EntryKind.RETURN and payment.hold is None else EntryKind.HOLD
            _true(before[:1] == [opened], f"{payment_id}: {kind} after {before}")
        if kind is EntryKind.SETTLE:
            _true(self._proven(payment_id, Role.PAYEE, 0), f"{payment_id}: settled without the payee's result")
        if order is not None:
            self._justify_order(chained, order)
        elif kind is EntryKind.RETURN:
            _true(False, f"{payment_id}: a {kind} that nobody ordered")
        elif kind is EntryKind.RELEASE:
            since_ms = self._entries_of[payment_id][0].at_ms
            fresh = self._proven(payment_id, Role.PAYEE, since_ms)
            _true(fresh, f"{payment_id}: released without a result of the payee that is newer than the hold")
        elif kind is EntryKind.REFUND:
            longer_ms = (payment.hold.extended if payment.hold else 0) * self._policy.hold_extension_ms
            expires_at_ms = self._entries_of[payment_id][0].at_ms + self._policy.hold_expiry_ms + longer_ms
            closed = self._rows.accounts.kept[payment.payee_account].closed
            is_time = closed or now_ms >= expires_at_ms
            _true(is_time, f"{payment_id}: refunded {expires_at_ms - now_ms} ms early")
        self._check_parties(chained, payment, order)

    def _justify_order(self, chained: ChainedEntry, order: Order) -> None:
        payment_id, kind = chained.entry.payment_id, chained.entry.kind
        _true(is_by(kind, order), f"{payment_id}: a {kind} by {order}")
        _true(order.order_id not in self._orders, f"{payment_id}: a {kind} by an order that was carried out before")
        self._orders.add(order.order_id)

    def _proven(self, payment_id: str, role: Role, since_ms: int) -> bool:
        known = self._rows.instructions.kept
        return any(
            (known[one].payment_id, known[one].role) == (payment_id, role) and known[one].issued_at_ms >= since_ms
            for one in self._genuine
        )

    def _check_parties(self, chained: ChainedEntry, payment: Payment, order: Order | None) -> None:
        """From whom to whom, and how much: by what the payer keyed in, what was ordered, or all that was left."""
        asked = self._asked[payment.payment_id]
        payer, payee = customer_account(asked.payer_account), customer_account(asked.wish.payee_account)
        escrow, amount_minor = escrow_account(payment.payment_id), asked.wish.amount_minor
        if order is not None:
            amount_minor = order.amount_minor
        elif chained.entry.kind in (EntryKind.RELEASE, EntryKind.REFUND):
            amount_minor = escrow_of(self._entries_of[payment.payment_id])
        giver, taker = {
            EntryKind.SETTLE: (payer, payee),
            EntryKind.HOLD: (payer, escrow),
            EntryKind.RELEASE: (escrow, payee),
            EntryKind.REFUND: (escrow, payer),
            EntryKind.RETURN: (payee, payer),
        }[chained.entry.kind]
        moved = {posting.ledger_account: posting.amount_minor for posting in chained.entry.postings}
        right = moved == {giver: -amount_minor, taker: amount_minor}
        _true(right, f"{payment.payment_id}: {chained.entry.kind} moved {moved}, not {amount_minor}")

    # --- wires and screens ---

    def said(self, publication: Publication) -> None:
        """The server says this: the same message gets the same answer."""
        if publication.kind != "reply":
            return
        reply = decode_body(Direction.DOWN, decode_envelope(publication.payload))
        assert isinstance(reply, Reply)
        if reply.status is ReplyStatus.BUSY:
            return
        key = (publication.device, reply.in_reply_to, reply.content_hash)
        same = self._replies.setdefault(key, publication.payload) == publication.payload
        _true(same, f"message {reply.in_reply_to} of {publication.device} got two answers")

    def shown(self, device: str, book: Iterable[Entry]) -> None:
        """What a terminal knows, and so shows: what it calls final must be what the server has."""
        for entry in book:
            payment = self._rows.payments.find(entry.payment_id)
            told = None if entry.status is None else entry.status.state
            if told in FINAL or told is PaymentState.HELD:
                after = _AFTER_HELD if told is PaymentState.HELD else (told,)
                is_so = payment is not None and payment.state in after
                _true(is_so, f"{device} shows {entry.payment_id} as {told}, which it is not")
            if entry.refused is not None:
                self._over_at_a_screen.add(entry.payment_id)
                moved = payment is not None and payment.state in MOVED
                _true(not moved, f"{device} says that there is no payment {entry.payment_id}, and money moved")

    # --- at the end ---

    def ended(self) -> None:
        """Faults have stopped long ago."""
        for payment in self._rows.payments.kept.values():
            _true(payment.state in FINAL, f"payment {payment.payment_id} never ended: it is {payment.state}")
            stored = msgspec.json.decode(msgspec.json.encode(payment), type=Payment)
            _true(stored == payment, f"payment {payment.payment_id} does not read back as it was written")
        _true(not self._rows.timers.kept, f"timers are left: {list(self._rows.timers.kept)}")
        _true(not self._rows.pending.kept, "comparisons are left")
        found = audit(
            [stored_entry(one) for one in self._rows.entries.kept.values()], self._rows.balances.kept, dict[str, Held]()
        )
        _true(not found.findings, "; ".join(found.findings))

    def ended_at(self, device: str, book: Iterable[Entry]) -> None:
        """A terminal has heard how everything ended that it took part in."""
        for entry in book:
            _true(entry.over, f"{device} never heard how {entry.payment_id} ended")
            payment = self._rows.payments.find(entry.payment_id)
            if payment is not None and entry.status is not None:
                told = entry.status.released_minor, entry.status.refunded_minor
                is_so = told == (payment.released_minor, payment.refunded_minor)
                _true(is_so, f"{device} was told of {told} released and refunded of {entry.payment_id}")


def _true(what: bool, otherwise: str) -> None:
    if not what:
        raise BrokenError(otherwise)
