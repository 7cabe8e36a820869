"""One terminal's data: one process at a time, nobody else's, private, and honest about a disk that fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from terminal.errors import StorageError, StorageRefusedError
from terminal.outbox.store import DATABASE, Store

DEVICE = "payer-terminal"
_HOLD = """
import sys
from pathlib import Path
from terminal.outbox.store import Store
store = Store.open(Path(sys.argv[1]), "payer-terminal")
print("open", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(StorageRefusedError, match="another process"):
            Store.open(tmp_path, DEVICE)
        other.kill()
        other.wait()
        Store.open(tmp_path, DEVICE).close()


def test_another_terminals_data_is_refused_and_left_alone(tmp_path: Path) -> None:
    store = Store.open(tmp_path, DEVICE)
    with store.transaction() as connection:
        connection.execute("INSERT INTO payees (position, account, name) VALUES (0, '4000-0002', 'Corner Bakery')")
    store.close()
    with pytest.raises(StorageRefusedError, match="belongs to the terminal payer-terminal"):
        Store.open(tmp_path, "payee-terminal")
    store = Store.open(tmp_path, DEVICE)
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM payees").fetchone() == (1,)
    store.close()


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    store = Store.open(tmp_path, DEVICE)
    with store.transaction() as connection:
        connection.execute("UPDATE about SET value = '2' WHERE key = 'format'")
    store.close()
    with pytest.raises(StorageRefusedError, match="format 2"):
        Store.open(tmp_path, DEVICE)


@pytest.mark.parametrize("content", [b"this is no database at all" * 400, b"SQLite format 3\0" + bytes(4080)])
def test_a_damaged_file_is_an_error_of_the_disk(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DATABASE).write_bytes(content)
    with pytest.raises(StorageError) as caught:
        Store.open(tmp_path, DEVICE)
    assert not isinstance(caught.value, StorageRefusedError)


def test_a_damaged_page_is_found_when_it_is_opened(tmp_path: Path) -> None:
    store = Store.open(tmp_path, DEVICE)
    with store.transaction() as connection:
        for number in range(400):
            connection.execute(
                "INSERT INTO incoming (message_id, content_hash) VALUES (?, zeroblob(32))", (str(number),)
            )
    store.shred()
    store.close()
    with (tmp_path / DATABASE).open("r+b") as file:
        file.seek(6 * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(StorageError):
        Store.open(tmp_path, DEVICE)


def test_a_folder_that_cannot_be_made_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cannot be written"):
        Store.open(tmp_path / "data", DEVICE)


def test_a_full_disk_keeps_nothing_of_a_transaction_and_all_that_was_there(tmp_path: Path) -> None:
    store = Store.open(tmp_path, DEVICE)
    store.probe()
    with store.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="full"):
        _write_much(store)
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM payees").fetchone() == (0,)
        connection.execute("PRAGMA max_page_count = 1000000")
    store.probe()
    store.close()


def _write_much(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute("INSERT INTO payees (position, account, name) VALUES (0, 'a', 'b')")
        connection.execute("INSERT INTO incoming (message_id, content_hash) VALUES ('x', zeroblob(100000))")


def test_what_was_deleted_is_in_no_file_any_more(tmp_path: Path) -> None:
    canary = b"a sealed template that was answered" * 8
    store = Store.open(tmp_path, DEVICE)
    with store.transaction() as connection:
        connection.execute("INSERT INTO incoming (message_id, content_hash) VALUES ('x', ?)", (canary,))
    assert any(canary in path.read_bytes() for path in tmp_path.iterdir())
    with store.transaction() as connection:
        connection.execute("DELETE FROM incoming")
    store.shred()
    assert not any(canary in path.read_bytes() for path in tmp_path.iterdir())
    store.close()
    assert not any(canary in path.read_bytes() for path in tmp_path.iterdir())


def test_only_its_user_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    Store.open(folder, DEVICE).close()
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
