"""What `./run kill` would try: no step of the server is left out, whoever adds one. No server runs here."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final

import pytest

from server_mqtt import shell
from tests.killing.launcher import AT_START, PLACES, POINTS
from tests.killing.matrix import KILLED, cases, refunds

TIMES: Final = 3

OPERATORS: Final = {
    "people.open_account",
    "people.set_status",
    "people.close_account",
    "people.set_flagged",
    "people.note_dispute",
    "people.list_in_directory",
    "people.remove_from_directory",
    "people.add_device",
    "people.revoke_device",
    "tallies.unlock",
    "references.replace",
    "reissue._reissue_one",
    "operators.add",
    "operators.confirm",
    "operators.revoke",
    "orders.ask",
    "orders._answer",
}
"""What writes on an operator's word, in a transaction of its own; how a command dies, the simulation tries."""

TIDYING: Final = {"pruning.prune"}
"""What takes away rows that nobody reads any more: what is lost of that is done an hour later."""

CARRIERS: Final = {"gathering.add", "bulk._add", "bulk._add_from_json", "bulk._change", "bulk._change_from_json"}
"""By what others write; the rows that are kept back are written at "rows" and at "book"."""

PRESENCE: Final = {"people.note_presence", "people.note_online"}
"""A terminal's coming and going, of which a payment keeps nothing: what is lost of it is said again."""

PARTS_OF: Final = {
    "tallies._store": "attempts.conclude",
    "clock_anchors._begun": "app.start_clock",
}
"""What writes and is called from nowhere else: to die before or after the one is to die before or after the other."""

WRITES: Final = frozenset({"insert", "update", "delete", "write_rows", "change_rows"})

HANDED_ON: Final = frozenset({"gathering.add", "bulk.write_rows", "bulk.change_rows"})


def _tried(*, postgres: bool) -> list[str]:
    alike = [*cases(TIMES, 0, postgres=postgres), *refunds(TIMES, postgres=postgres)]
    return [case.name for case in alike if case.dies_with == KILLED]


@pytest.mark.fault(30)
@pytest.mark.parametrize("postgres", [False, True])
def test_a_server_is_killed_at_every_point_that_has_a_name(postgres: bool) -> None:
    tried = _tried(postgres=postgres)
    for point in POINTS:
        times = 1 if point.partition(":")[2] in AT_START else TIMES
        for at in range(1, times + 1):
            assert any(name.startswith(f"{point} {at},") for name in tried), (point, at)


@pytest.mark.parametrize("postgres", [False, True])
def test_the_broker_is_killed_at_every_point_that_has_a_name(postgres: bool) -> None:
    tried = {case.name for case in (*cases(1, 0, postgres=postgres), *refunds(1, postgres=postgres))}
    assert {f"broker killed at {point}" for point in POINTS} <= tried


@pytest.mark.parametrize("point", POINTS)
def test_one_of_two_servers_is_killed_at_every_point_under_load(point: str) -> None:
    place = point.partition(":")[2]
    assert (f"one of two, {point}" in _tried(postgres=True)) is (place not in AT_START)


@pytest.mark.fault(30)
def test_what_the_table_of_faults_names_has_a_name() -> None:
    assert {"inbox", "debit", "outbox", "publish", "acknowledge", "release", "refund"} <= set(PLACES)


def test_every_function_that_writes_what_a_payment_needs_has_a_name() -> None:
    named = {f"{_module(owner)}.{name}" for owner, name in PLACES.values()}
    writers = set(_writers())
    elsewhere = OPERATORS | PRESENCE | TIDYING | CARRIERS | set(PARTS_OF)
    assert writers - named - elsewhere == set(), "give it a place in tests/killing/launcher.py"
    assert elsewhere <= writers
    assert named.isdisjoint(elsewhere)
    assert set(PARTS_OF.values()) <= named


def _module(owner: Any) -> str:
    """The last name of the module that `owner` is, or is a class of."""
    whole: str = owner.__name__ if inspect.ismodule(owner) else owner.__module__
    return whole.rpartition(".")[2]


def _writers() -> Iterator[str]:
    """The functions of the shell that write rows, as `module.function`."""
    for path in sorted(Path(next(iter(shell.__path__))).glob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        statements = {name for line in module.body for name in _named(line) if _writes(line, frozenset())}
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef) and _writes(node, statements):
                yield f"{path.stem}.{node.name}"


def _named(line: ast.stmt) -> Iterator[str]:
    """The name that a line of a module gives to a statement, say."""
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
        yield line.target.id


def _writes(part: ast.AST, statements: AbstractSet[str]) -> bool:
    """Whether a statement that writes is made in `part`, or used by its name, or rows are handed on to be written."""
    return any(
        (isinstance(node, ast.Name) and node.id in (WRITES | statements))
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in HANDED_ON)
        for node in ast.walk(part)
    )
