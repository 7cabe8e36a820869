"""What an entry's hash covers, and that it can mean one entry only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.ledger import entries
from server_mqtt.ledger.entries import Posting
from server_mqtt.ledger.journal import GENESIS, START, chain, hash_of

SIGNED_64 = st.integers(-(2**63), 2**63 - 1)
ENTRIES = st.tuples(
    SIGNED_64,
    SIGNED_64,
    st.text(max_size=4),
    st.text(max_size=4),
    st.lists(
        st.builds(Posting, ledger_account=st.text(max_size=3), currency=st.text(max_size=3), amount_minor=SIGNED_64),
        max_size=3,
    ).map(tuple),
    st.binary(min_size=32, max_size=32),
)


def test_the_chain_grows_from_the_beginning() -> None:
    deposit = entries.deposit("10001", "EUR", 5)
    first = chain(START, deposit, 10)
    second = chain(first.anchor, deposit, 10)
    assert (first.entry, first.at_ms) == (deposit, 10)
    assert (first.number, first.previous_hash) == (1, GENESIS)
    assert (second.number, second.previous_hash) == (2, first.entry_hash)
    assert first.entry_hash != second.entry_hash


def test_the_hash_of_an_entry_stays_what_it_is_for_ever() -> None:
    known = chain(START, entries.settle("0" * 32, "10001", "10002", "EUR", 1_250), 1_700_000_000_000)
    assert known.entry_hash.hex() == "b38f2d3be8336ec51e6e0fe3b43f9cd9e543822b8b839091b620e8ce8aabc42c"


@given(ENTRIES, ENTRIES)
def test_different_entries_have_different_hashes(
    one: tuple[int, int, str, str, tuple[Posting, ...], bytes],
    other: tuple[int, int, str, str, tuple[Posting, ...], bytes],
) -> None:
    assert (hash_of(*one) == hash_of(*other)) == (one == other)
