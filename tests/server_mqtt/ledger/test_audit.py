"""The audit finds every change of what was posted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.escrow import movements
from server_mqtt.ledger import balances, entries
from server_mqtt.ledger.audit import Audit, Held, StoredEntry, audit
from server_mqtt.ledger.entries import Entry, Posting
from server_mqtt.ledger.journal import GENESIS, START, Anchor, chain, hash_of

FIRST, SECOND, THIRD = "1" * 32, "2" * 32, "3" * 32
HELD = {THIRD: Held(currency="EUR", amount_minor=70)}
POSTED: tuple[Entry, ...] = (
    entries.deposit("10001", "EUR", 1_000),
    entries.deposit("10001", "USD", 30),
    entries.settle(FIRST, "10001", "10002", "EUR", 250),
    movements.hold(SECOND, "10001", "EUR", 100),
    movements.release(SECOND, "10002", "EUR", 100),
    movements.hold(THIRD, "10001", "EUR", 70),
)


def _stored(posted: tuple[Entry, ...] = POSTED) -> list[StoredEntry]:
    stored, last = [], START
    for at_ms, entry in enumerate(posted, start=1_000):
        chained = chain(last, entry, at_ms)
        last = chained.anchor
        stored.append(
            StoredEntry(
                number=chained.number,
                kind=entry.kind.value,
                payment_id=entry.payment_id,
                at_ms=at_ms,
                postings=entry.postings,
                previous_hash=chained.previous_hash,
                entry_hash=chained.entry_hash,
            )
        )
    return stored


def _balances(posted: tuple[Entry, ...] = POSTED) -> dict[tuple[str, str], int]:
    held: dict[tuple[str, str], int] = {}
    for entry in posted:
        held.update(balances.post(held, entry))
    return held


def _rehashed(journal: list[StoredEntry]) -> list[StoredEntry]:
    """As an insider would leave it who knows how the chain is made."""
    done: list[StoredEntry] = []
    previous = GENESIS
    for stored in journal:
        digest = hash_of(stored.number, stored.at_ms, stored.kind, stored.payment_id, stored.postings, previous)
        done.append(replace(stored, previous_hash=previous, entry_hash=digest))
        previous = digest
    return done


def test_an_honest_journal_has_no_findings() -> None:
    journal = _stored()
    found = audit(journal, _balances(), HELD)
    assert found == Audit(
        findings=(),
        entries=len(POSTED),
        last=Anchor(number=len(POSTED), entry_hash=journal[-1].entry_hash),
        sums={"EUR": 0, "USD": 0},
    )
    for stored in journal:
        anchor = Anchor(number=stored.number, entry_hash=stored.entry_hash)
        assert audit(journal, _balances(), HELD, anchor).findings == ()


def test_an_empty_journal_is_honest() -> None:
    assert audit([], {}, {}) == Audit(findings=(), entries=0, last=START, sums={})


def _flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _with_posting(stored: StoredEntry, position: int, change: Callable[[Posting], Posting]) -> StoredEntry:
    postings = list(stored.postings)
    postings[position] = change(postings[position])
    return replace(stored, postings=tuple(postings))


CHANGES: dict[str, Callable[[StoredEntry, int], StoredEntry]] = {
    "number": lambda stored, bit: replace(stored, number=stored.number ^ 1 << bit % 62),
    "time": lambda stored, bit: replace(stored, at_ms=stored.at_ms ^ 1 << bit % 62),
    "kind": lambda stored, _bit: replace(stored, kind="refund" if stored.kind != "refund" else "settle"),
    "payment": lambda stored, bit: replace(stored, payment_id=f"{bit:032x}"),
    "previous hash": lambda stored, bit: replace(stored, previous_hash=_flip(stored.previous_hash, bit)),
    "hash": lambda stored, bit: replace(stored, entry_hash=_flip(stored.entry_hash, bit)),
    "amount": lambda stored, bit: _with_posting(
        stored, bit % 2, lambda posting: replace(posting, amount_minor=posting.amount_minor ^ 1 << bit % 40)
    ),
    "account": lambda stored, bit: _with_posting(
        stored, bit % 2, lambda posting: replace(posting, ledger_account=f"customer/9{bit:04}")
    ),
    "currency": lambda stored, bit: _with_posting(stored, bit % 2, lambda posting: replace(posting, currency="CHF")),
    "order": lambda stored, _bit: replace(stored, postings=stored.postings[::-1]),
    "a posting less": lambda stored, _bit: replace(stored, postings=stored.postings[:1]),
}


@pytest.mark.fault(69)
@given(st.sampled_from(sorted(CHANGES)), st.integers(0, len(POSTED) - 1), st.integers(0, 255))
def test_any_change_of_an_entry_is_found(what: str, index: int, bit: int) -> None:
    journal = _stored()
    journal[index] = CHANGES[what](journal[index], bit)
    assert audit(journal, _balances(), HELD).findings


@pytest.mark.fault(69)
@given(st.permutations(range(len(POSTED))), st.integers(0, len(POSTED) - 1))
def test_entries_removed_inserted_or_reordered_are_found(order: list[int], removed: int) -> None:
    journal = _stored()
    anchor = Anchor(number=len(POSTED), entry_hash=journal[-1].entry_hash)
    shuffled = [journal[index] for index in order]
    if shuffled != journal:
        assert audit(shuffled, _balances(), HELD).findings
    assert audit(journal[:removed] + journal[removed + 1 :], _balances(), HELD, anchor).findings
    assert audit([*journal, journal[removed]], _balances(), HELD).findings


@pytest.mark.fault(69)
@pytest.mark.parametrize("left", range(len(POSTED)))
def test_entries_cut_off_at_the_end_are_found_against_an_anchor(left: int) -> None:
    journal = _stored()
    anchor = Anchor(number=len(POSTED), entry_hash=journal[-1].entry_hash)
    cut = journal[:left]
    rebuilt = _balances(POSTED[:left])
    still_held: dict[str, Held] = {SECOND: Held(currency="EUR", amount_minor=100)} if left == 4 else {}
    assert audit(cut, rebuilt, still_held).findings == ()
    assert audit(cut, rebuilt, still_held, anchor).findings == (
        f"entry {len(POSTED)} is not the one that was noted: entries are missing or were replaced",
    )


@pytest.mark.fault(69)
def test_a_chain_made_anew_is_found_against_an_anchor() -> None:
    journal = _stored()
    anchor = Anchor(number=4, entry_hash=journal[3].entry_hash)
    posted = (*POSTED[:2], entries.settle(FIRST, "10001", "10003", "EUR", 250), *POSTED[3:])
    anew = _rehashed(_stored(posted))
    assert audit(anew, _balances(posted), HELD).findings == ()
    assert audit(anew, _balances(posted), HELD, anchor).findings


def test_a_balance_that_no_posting_explains_is_found() -> None:
    for key in _balances():
        wrong = {**_balances(), key: _balances()[key] + 1}
        assert len(audit(_stored(), wrong, HELD).findings) == 1
    assert audit(_stored(), {**_balances(), ("customer/10009", "EUR"): 5}, HELD).findings == (
        "customer/10009 holds 5 EUR, but its postings sum to 0",
    )


def test_a_balance_that_is_not_stored_is_zero() -> None:
    empty, full = (f"escrow/{SECOND}", "EUR"), ("customer/10001", "USD")
    assert audit(_stored(), {key: held for key, held in _balances().items() if key != empty}, HELD).findings == ()
    assert audit(_stored(), {key: held for key, held in _balances().items() if key != full}, HELD).findings == (
        "customer/10001 holds 0 USD, but its postings sum to 30",
    )


def test_escrow_is_exactly_what_is_held() -> None:
    for held in (
        {},
        {THIRD: Held(currency="EUR", amount_minor=69)},
        {THIRD: Held(currency="USD", amount_minor=70)},
        {**HELD, FIRST: Held(currency="EUR", amount_minor=1)},
    ):
        assert audit(_stored(), _balances(), held).findings
    assert audit(_stored(), _balances(), {**HELD, FIRST: Held(currency="EUR", amount_minor=1)}).findings == (
        f"escrow/{FIRST} holds 0 EUR, but its payment wants 1 there",
    )


def test_an_entry_that_could_not_have_been_posted_is_found_even_in_a_whole_chain() -> None:
    overdrawn = (*POSTED, movements.release(FIRST, "10002", "EUR", 1))
    found = audit(_stored(overdrawn), {**_balances(), **_overdrawn_balances()}, HELD).findings
    assert "entry 7 breaks a limit: insufficient_funds" in found
    unbalanced = _rehashed(
        [_with_posting(_stored()[0], 1, lambda posting: replace(posting, amount_minor=999)), *_stored()[1:]]
    )
    found = audit(unbalanced, _balances(), HELD).findings
    assert any("unbalanced" in finding for finding in found)
    assert "all EUR together are -1, not 0" in found
    unbalanced = _rehashed(
        [_with_posting(stored, 1, lambda posting: replace(posting, amount_minor=9)) for stored in _stored()[2:3]]
    )
    assert f"entry 3: an unbalanced settle of payment {FIRST}" in audit(unbalanced, {}, {}).findings
    unknown = _rehashed([replace(_stored()[0], kind="gift"), *_stored()[1:]])
    assert any("gift" in finding for finding in audit(unknown, _balances(), HELD).findings)


def _overdrawn_balances() -> dict[tuple[str, str], int]:
    return {(f"escrow/{FIRST}", "EUR"): -1, ("customer/10002", "EUR"): _balances()["customer/10002", "EUR"] + 1}
