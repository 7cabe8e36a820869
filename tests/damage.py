"""What a worn-out disk does to an SQLite file: pages that hold something else than was written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def damage(path: Path, table: str) -> None:
    """Writes over the first page of `table` and of each of its indexes. Nobody may have the file open."""
    with closing(sqlite3.connect(path)) as connection:
        # Else newer pages in the journal would hide the damage.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        pages = connection.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = ? AND rootpage > 0", [table])
        roots = [root for (root,) in pages]
    assert roots, table
    with path.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * size)
            file.write(b"\xa5" * size)
