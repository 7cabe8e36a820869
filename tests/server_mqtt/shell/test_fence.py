"""An older copy of the database is noticed and nothing is written to it, whichever store, whoever wrote last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from server_mqtt.ledger.journal import Anchor
from server_mqtt.shell import fence as fences
from server_mqtt.shell import inbox, journal, people
from server_mqtt.shell.backup import back_up, restore
from server_mqtt.shell.errors import OperatorError, StaleStoreError, StoreError
from server_mqtt.shell.fence import Fence, Mark
from server_mqtt.shell.store import Place, Store, open_store
from tests.private_postgres import PrivatePostgres
from tests.server_mqtt.shell.members import ANN, BOB, Members

_ONE = "a" * 32
_NOW_MS = 1_000


@pytest.fixture
def fence(tmp_path: Path) -> Fence:
    return Fence(tmp_path / "state")


@pytest.fixture
def store(place: Place, fence: Fence) -> Iterator[Store]:
    with closing(open_store(place, fence)) as opened:
        yield opened


@pytest.fixture
def members(store: Store) -> Members:
    return Members(store)


@pytest.fixture
def older(
    request: pytest.FixtureRequest, store: Store, members: Members, place: Place, tmp_path: Path
) -> Iterator[Callable[[], Place]]:
    """Copies the database as it is now; what is returned puts the copy into its place, and says where that is."""
    if isinstance(place, Path):
        back_up(place, tmp_path / "copy")

        def put_back() -> Place:
            store.close()
            restore(place, tmp_path / "copy")
            return place

        yield put_back
        return
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    store.close()
    copy = postgres.copy_of(place)
    yield lambda: copy


def _deposit(store: Store, amount_minor: int = 5) -> None:
    with store.write() as connection:
        journal.deposit(connection, ANN, "EUR", amount_minor, _NOW_MS)


def _deposit_and_give_up(connection: Connection) -> None:
    journal.deposit(connection, ANN, "EUR", 5, _NOW_MS)
    _ = 1 // 0


@pytest.mark.fault(24)
def test_an_older_copy_is_read_but_not_written_until_its_loss_is_accepted(
    store: Store, fence: Fence, older: Callable[[], Place]
) -> None:
    _deposit(store)
    with closing(open_store(older(), fence)) as stale:
        for _ in range(2):
            with pytest.raises(StaleStoreError, match=r"ends at entry 2, not at 3: .*accept-loss"):
                _deposit(stale)
        with stale.read() as connection:
            assert journal.balances_of(connection, ANN) == {"EUR": 10_000}
            assert journal.last_anchor(connection).number == 2
            assert "ends at entry 2" in fence.lacks(connection)
            kept = fence.accept_loss(connection)
        assert (kept.name, kept.stat().st_size > 0) == ("seen-committed.lost-3-1", True)
        assert fence.seen().anchor.number == 2
        _deposit(stale)
        with stale.read() as connection, pytest.raises(OperatorError, match="nothing is missing"):
            fence.lacks(connection)
    assert fence.seen().anchor.number == 3


@pytest.mark.fault(24)
def test_an_older_copy_that_has_grown_on_its_own_is_noticed_too(
    store: Store, fence: Fence, older: Callable[[], Place]
) -> None:
    _deposit(store)
    place = older()
    with closing(open_store(place)) as another_worker_s:
        _deposit(another_worker_s, 7)
    with closing(open_store(place, fence)) as stale, pytest.raises(StaleStoreError, match="another entry 3"):
        _deposit(stale)


@pytest.mark.fault(24)
def test_a_step_that_moved_no_money_is_missed_as_well(
    store: Store, members: Members, fence: Fence, older: Callable[[], Place]
) -> None:
    """A terminal was told that its request is accepted."""
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    with (
        closing(open_store(older(), fence)) as stale,
        pytest.raises(StaleStoreError, match=f"no step [0-9]+ in the history of payment {_ONE}"),
    ):
        _deposit(stale)


def test_what_the_server_and_others_commit_is_seen_and_what_they_give_up_is_not(
    store: Store, members: Members, place: Place, fence: Fence
) -> None:
    assert fence.seen().anchor.number == 2
    members.committer.commit([members.arrival(ANN, members.request(_ONE))], _NOW_MS)
    accepted = fence.seen()
    assert (accepted.payment_id, accepted.event_id > 0) == (_ONE, True)
    with closing(open_store(place)) as others:
        _deposit(others)
    members.committer.commit([], _NOW_MS + 1)
    with store.read() as connection:
        assert fence.seen() == fences.newest(connection)
        assert fence.seen().anchor.number == 3
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        _deposit_and_give_up(connection)
    assert fence.seen().anchor.number == 3
    with store.write() as connection:
        people.set_status(connection, BOB, people.BLOCKED)
    assert fence.seen().anchor.number == 3


def test_a_server_without_a_file_takes_the_database_as_it_finds_it(store: Store, fence: Fence) -> None:
    assert fence.seen() == Mark()
    with store.write() as connection:
        inbox.count(connection, "started", "")
    assert fence.seen() == Mark()


# --- the file ---


def _mark(number: int) -> Mark:
    return Mark(anchor=Anchor(number=number, entry_hash=bytes([number]) * 32), event_id=number, payment_id=_ONE)


@given(st.integers(0, 1_023), st.integers(1, 255), st.integers(1, 9))
def test_of_the_file_one_half_may_be_torn(
    tmp_path_factory: pytest.TempPathFactory, at: int, mask: int, last: int
) -> None:
    fence = Fence(tmp_path_factory.mktemp("torn"))
    for number in range(1, last + 1):
        fence.note(_mark(number))
    content = bytearray(fence.path.read_bytes())
    content[at] ^= mask
    fence.path.write_bytes(content)
    assert fence.seen() in (_mark(last), _mark(max(1, last - 1)))


def test_a_file_that_says_nothing_any_more_is_no_licence(fence: Fence) -> None:
    fence.note(_mark(5))
    fence.path.write_bytes(b"\1" * 1_024)
    for reading in (fence.seen, lambda: fence.note(_mark(6))):
        with pytest.raises(StoreError, match="damaged"):
            reading()


def test_nothing_that_was_seen_is_forgotten(fence: Fence) -> None:
    fence.note(_mark(7))
    fence.note(_mark(3))
    assert fence.seen() == _mark(7)
    fence.note(Mark(anchor=_mark(8).anchor, event_id=2, payment_id="b" * 32))
    assert fence.seen() == Mark(anchor=_mark(8).anchor, event_id=7, payment_id=_ONE)
    assert Fence(fence.path.parent).seen() == fence.seen()
    assert fence.path.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_told(fence: Fence) -> None:
    fence.path.parent.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="seen-committed"):
        fence.note(_mark(1))
