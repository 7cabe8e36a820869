"""Mutants that no test finds, and the written reasons why they may live. Pure.

A mutant is named by its function and the lines that it changes: mutmut's numbers move with every change before them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec


class ReasonError(Exception):
    """The list of reasons cannot be read; the text says where."""


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """`function` is a name with that of its module; `change` the lines, "- " as they are, "+ " as they become."""

    function: str
    change: str

    def __str__(self) -> str:
        return f"{self.function}\n{self.change}"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason, and all mutants of one function that it lets live."""

    function: str
    reason: str
    changes: tuple[str, ...]

    def mutants(self) -> Iterator[Mutant]:
        """Its mutants; a change that stands twice is two of them, at two places that read alike."""
        for change in self.changes:
            yield Mutant(self.function, "\n".join(line.strip() for line in change.strip().splitlines()))


class _Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    survivor: tuple[Entry, ...] = ()


def read_reasons(content: bytes) -> tuple[Entry, ...]:
    """The entries of a survivors.toml. Raises ReasonError where a reason or the changes are missing."""
    try:
        entries = msgspec.toml.decode(content, type=_Page).survivor
    except msgspec.DecodeError as error:
        raise ReasonError(str(error)) from None
    for entry in entries:
        if not entry.reason.strip() or not entry.changes:
            raise ReasonError(f"{entry.function}: an entry has a reason and the changes that it is for")
        for mutant in entry.mutants():
            if not all(line.startswith(("-", "+")) for line in mutant.change.splitlines()):
                raise ReasonError(f'{entry.function}: every line of a change begins with "-" or "+"')
    return entries


def unexplained(survivors: Counter[Mutant], reasons: tuple[Entry, ...]) -> list[Mutant]:
    """The survivors that no entry names."""
    return sorted((survivors - _named(reasons)).elements())


def obsolete(survivors: Counter[Mutant], reasons: tuple[Entry, ...], modules: frozenset[str]) -> list[Mutant]:
    """What entries for functions of `modules` (those that were tried) name, but did not survive, or is not there."""
    stale = _named(reasons) - survivors
    return sorted(mutant for mutant in stale.elements() if module_of(mutant.function, modules) is not None)


def module_of(function: str, modules: frozenset[str]) -> str | None:
    """That of `modules` in which a function or method is, or None."""
    parents = (function.rsplit(".", depth)[0] for depth in (1, 2))
    return next((parent for parent in parents if parent in modules), None)


def _named(reasons: tuple[Entry, ...]) -> Counter[Mutant]:
    return Counter(mutant for entry in reasons for mutant in entry.mutants())
