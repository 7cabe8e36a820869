"""Reads the whole journal again and believes nothing: chain, balance of every entry, floors, sums, escrow. Pure.

Findings are for the operator, one line each. An audit that finds nothing proves that what is stored is what was
posted, up to entries cut off at the end: those only an anchor kept elsewhere can prove.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from server_mqtt.ledger.accounts import ESCROW, escrow_account
from server_mqtt.ledger.balances import Balances, why_not
from server_mqtt.ledger.entries import Entry, EntryKind, Posting
from server_mqtt.ledger.journal import START, Anchor, hash_of
from server_mqtt.ledger.money import LedgerInvariantError


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it was read back: plain values, none of which is believed."""

    number: int
    kind: str
    payment_id: str
    at_ms: int
    postings: tuple[Posting, ...]
    previous_hash: bytes
    entry_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a held payment must have in its escrow account."""

    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit came to. `last` is the anchor to write down, elsewhere."""

    findings: tuple[str, ...]
    entries: int
    last: Anchor
    sums: dict[str, int]
    """Minor units per currency over all postings: zeros."""


def audit(
    journal: Iterable[StoredEntry], balances: Balances, held: Mapping[str, Held], anchor: Anchor = START
) -> Audit:
    """Checks the entries in their order, the stored balances, and the escrow of all payments that are `held`.

    `anchor` is one noted at an earlier audit: the journal must still have that entry.
    """
    findings: list[str] = []
    computed: dict[tuple[str, str], int] = {}
    last, anchored = START, anchor == START
    count = 0
    for stored in journal:
        findings += _check_link(last, stored)
        findings += _check_entry(stored, computed)
        last = Anchor(number=stored.number, entry_hash=stored.entry_hash)
        anchored = anchored or last == anchor
        count += 1
    if not anchored:
        findings.append(f"entry {anchor.number} is not the one that was noted: entries are missing or were replaced")
    findings += _check_balances(computed, balances)
    sums = _sums(computed)
    findings += [f"all {currency} together are {total}, not 0" for currency, total in sums.items() if total]
    findings += _check_escrow(computed, held)
    return Audit(findings=tuple(findings), entries=count, last=last, sums=sums)


def _check_link(last: Anchor, stored: StoredEntry) -> Iterator[str]:
    if stored.number != last.number + 1:
        yield f"entry {stored.number} follows entry {last.number}"
    if stored.previous_hash != last.entry_hash:
        yield f"entry {stored.number} does not continue the chain"
    if stored.entry_hash != hash_of(
        stored.number, stored.at_ms, stored.kind, stored.payment_id, stored.postings, stored.previous_hash
    ):
        yield f"entry {stored.number} is not what was posted"


def _check_entry(stored: StoredEntry, computed: dict[tuple[str, str], int]) -> Iterator[str]:
    """Whether it is an entry that could be posted onto what came before; its postings count in any case."""
    try:
        entry = Entry(kind=EntryKind(stored.kind), payment_id=stored.payment_id, postings=stored.postings)
        reason = why_not(computed, entry)
        if reason is not None:
            yield f"entry {stored.number} breaks a limit: {reason.value}"
    except (LedgerInvariantError, ValueError) as error:
        yield f"entry {stored.number}: {error}"
    for posting in stored.postings:
        key = (posting.ledger_account, posting.currency)
        computed[key] = computed.get(key, 0) + posting.amount_minor


def _check_balances(computed: Balances, stored: Balances) -> Iterator[str]:
    for key in sorted({*computed, *stored}):
        right, found = computed.get(key, 0), stored.get(key, 0)
        if right != found:
            yield f"{key[0]} holds {found} {key[1]}, but its postings sum to {right}"


def _sums(computed: Balances) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (_, currency), balance_minor in sorted(computed.items()):
        sums[currency] = sums.get(currency, 0) + balance_minor
    return sums


def _check_escrow(computed: Balances, held: Mapping[str, Held]) -> Iterator[str]:
    expected = {(escrow_account(payment_id), terms.currency): terms.amount_minor for payment_id, terms in held.items()}
    frozen = {key: balance_minor for key, balance_minor in computed.items() if key[0].startswith(ESCROW)}
    for key in sorted({*expected, *frozen}):
        right, found = expected.get(key, 0), frozen.get(key, 0)
        if right != found:
            yield f"{key[0]} holds {found} {key[1]}, but its payment wants {right} there"
