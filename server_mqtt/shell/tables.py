"""How every table is made, for SQLite's STRICT mode and for PostgreSQL alike. Pure."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Integer, MetaData, Table

METADATA: Final = MetaData()

INT: Final = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits in both databases; SQLite's STRICT knows only INTEGER."""


def table(name: str, *parts: Any) -> Table:
    """A table of METADATA, of Integer, Text and LargeBinary columns only."""
    return Table(name, METADATA, *parts, sqlite_strict=True)
