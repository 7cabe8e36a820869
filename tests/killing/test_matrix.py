"""What `./run kill` would try: no step of the server is left out, whoever adds one. No server runs here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

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
}
"""What writes on an operator's word, in a transaction of its own, while no payment waits for it."""

PRESENCE: Final = {"people.note_presence", "people.note_online"}
"""A terminal's coming and going, of which a payment keeps nothing: what is lost of it is said again."""

PARTS_OF: Final = {
    "tallies._store": "attempts.conclude",
    "journal._write_balances": "journal.append",
    "outbox._give_up": "outbox.take_due",
    "clock_anchors._begun": "app.start_clock",
}
"""What writes and is called from nowhere else: to die before or after the one is to die before or after the other."""

WRITES: Final = frozenset({"insert", "update", "delete"})


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
    named = {f"{owner.__name__.rpartition('.')[2]}.{name}" for owner, name in PLACES.values()}
    writers = set(_writers())
    elsewhere = OPERATORS | PRESENCE | set(PARTS_OF)
    assert writers - named - elsewhere == set(), "give it a place in tests/killing/launcher.py"
    assert elsewhere <= writers
    assert named.isdisjoint(elsewhere)
    assert set(PARTS_OF.values()) <= named


def _writers() -> Iterator[str]:
    """The functions of the shell that write rows, as `module.function`."""
    for path in sorted(Path(next(iter(shell.__path__))).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and _writes(node):
                yield f"{path.stem}.{node.name}"


def _writes(function: ast.FunctionDef) -> bool:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return any(isinstance(called, ast.Name) and called.id in WRITES for called in calls)
