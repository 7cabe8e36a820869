"""PostgreSQL's own: what a session promises, triggers, what it refuses and in which words."""

from __future__ import annotations

import pytest
from sqlalchemy import URL, select, text
from sqlalchemy.exc import IntegrityError

from server_mqtt.contract.messages import Presence
from server_mqtt.shell import people
from server_mqtt.shell.errors import ConfigError, StoreError, StoreUnavailableError
from server_mqtt.shell.postgres import checked_url
from server_mqtt.shell.schema import APPEND_ONLY, devices
from server_mqtt.shell.store import Place, Store, migrate, open_store
from tests.private_postgres import PrivatePostgres
from tests.server_mqtt.shell.members import ANN, Members

pytestmark = pytest.mark.postgres

_NOW_MS = 1_000


@pytest.fixture
def place(postgres: PrivatePostgres, migrated: URL) -> Place:
    """Of this kind alone."""
    return postgres.copy_of(migrated)


@pytest.fixture
def members(store: Store) -> Members:
    return Members(store)


def test_a_commit_that_returned_is_durable_whatever_the_database_is_set_to(store: Store, place: Place) -> None:
    with store.write() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {place.database} SET synchronous_commit = off")  # type: ignore[union-attr]
    again = open_store(place)
    with again.write() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    again.close()


def test_every_append_only_table_has_its_triggers(store: Store) -> None:
    with store.read() as connection:
        names = connection.exec_driver_sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal").scalars()
        expected = {f"{table}_no_{action}" for table in APPEND_ONLY for action in ("UPDATE", "DELETE", "TRUNCATE")}
        assert set(names) == expected


@pytest.mark.fault(69)
def test_the_journal_is_not_emptied_either(store: Store) -> None:
    with pytest.raises(IntegrityError, match="append-only"), store.write() as connection:
        connection.exec_driver_sql("TRUNCATE postings")


def test_what_only_reads_cannot_write(store: Store, members: Members) -> None:
    with pytest.raises(StoreUnavailableError, match="read-only"), store.read() as connection:
        people.set_status(connection, ANN, people.BLOCKED)


@pytest.mark.fault(68)
def test_a_name_with_a_nul_in_it_does_not_stop_the_server(store: Store, members: Members) -> None:
    hostile = Presence(online=True, software="1.0\0; DROP TABLE payments")
    members.committer.commit([members.arrival(ANN, hostile)], _NOW_MS)
    with store.read() as connection:
        names = connection.execute(select(devices.c.software)).scalars().all()
    assert "1.0\N{REPLACEMENT CHARACTER}; DROP TABLE payments" in names


@pytest.mark.parametrize("code", ["53100", "53200", "57P02", "08006"])
def test_a_machine_that_is_short_of_something_is_away_and_not_broken(store: Store, code: str) -> None:
    raising = text(f"DO $$ BEGIN RAISE EXCEPTION 'none left' USING ERRCODE = '{code}'; END $$")
    with pytest.raises(StoreUnavailableError, match="none left"), store.write() as connection:
        connection.execute(raising)
    with store.write():
        pass


def test_the_url_hides_its_password() -> None:
    url = checked_url("postgresql+psycopg://me:secret@db.example/countersign")
    assert "secret" not in f"{url} {url!r}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("secret", "no URL"),
        ("postgresql://me:secret@db.example/countersign", "begins with"),
        ("sqlite:///secret", "begins with"),
        ("postgresql+psycopg://me:secret@db.example", "names no database"),
    ],
)
def test_a_url_that_cannot_be_is_refused_without_repeating_it(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refusal:
        checked_url(text)
    assert "secret" not in str(refusal.value)


def test_no_server_and_no_tables_say_what_to_do(postgres: PrivatePostgres) -> None:
    with pytest.raises(StoreError, match="countersign-server migrate"):
        open_store(postgres.new_database())
    with pytest.raises(StoreError, match="does not open"):
        open_store(postgres.url("there_is_no_such_database"))


@pytest.mark.fault(27)
def test_a_migration_that_fails_half_way_leaves_nothing(
    postgres: PrivatePostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = postgres.new_database()
    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.create_index", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            migrate(empty)
    migrate(empty)
    open_store(empty).close()
