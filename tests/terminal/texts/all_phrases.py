"""Every text that a screen may look up, with where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from terminal.texts import phrases, reasons


def all_phrases() -> Iterator[tuple[str, str]]:
    """(where, English) of every phrase; the empty ones, which say nothing on purpose, are left out."""
    for name, value in vars(phrases).items():
        if name.isupper() and isinstance(value, str):
            yield f"phrases.{name}", value
    tables: list[tuple[str, Mapping[Any, str]]] = [
        ("REASONS", reasons.REASONS),
        ("RISKS", reasons.RISKS),
        ("FACE_HINTS", reasons.FACE_HINTS),
        ("FINGER_HINTS", reasons.FINGER_HINTS),
        ("ACTIONS", reasons.ACTIONS),
    ]
    tables += [(f"OWN_REASONS[{role}]", own) for role, own in reasons.OWN_REASONS.items()]
    for where, table in tables:
        yield from ((f"reasons.{where}[{key}]", text) for key, text in table.items() if text)
