"""The benchmarks run, say what they are to say, and have no number where money does not add up. No time is judged."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from xml.dom.minidom import Text, parseString

import pytest
from sqlalchemy import update

from server_mqtt.shell import journal
from server_mqtt.shell.schema import ledger_accounts
from server_mqtt.shell.store import migrate, open_store
from tests.bench import __main__ as bench
from tests.bench import ledger
from tests.bench.figure import Figure, amount, is_met, ratio
from tests.bench.pictures import pictures
from tests.bench.r1_r6 import r6
from tests.bench.r2_r3 import r3
from tests.bench.raw_sqlite import copy_of, recorded, replay

FIELDS = {"id", "what", "value", "unit", "n", "bound", "peer", "passed_invariants"}


def test_a_short_run_says_a_ratio_for_each_figure() -> None:
    figures = list(r6(1, 64, lambda _text: None))
    assert [figure["id"] for figure in figures] == ["R6-single", "R6-grouped"]
    for figure in figures:
        assert set(figure) == FIELDS
        assert figure["passed_invariants"]
        assert figure["value"] is not None
        assert figure["value"] > 0


def test_latencies_are_those_of_whole_payments() -> None:
    figures = {figure["id"]: figure for figure in r3(1, 2, lambda _text: None, couples=1)}
    for name, goal in (("idle-p50", 2.0), ("idle-p99", 3.0), ("half-p50", 2.0), ("half-p99", 3.0)):
        figure, ours, bare = (figures[f"R3-{it}"] for it in (name, f"{name}-ms", f"bare-{name[-3:]}-ms"))
        assert (figure["bound"], figure["passed_invariants"]) == (goal, True)
        assert ours["value"] is not None
        assert bare["value"] is not None
        assert figure["value"] == pytest.approx(ours["value"] / bare["value"])


def test_the_pictures_tell_what_was_reached_and_what_was_not() -> None:
    figures = [
        ratio("R1", "at least", [1.0], [2.0], bound=4.0, peer="", sound=True),
        ratio("R3-idle-p50", "at most", [1.0], [2.0], bound=4.0, peer="", sound=True),
        amount("R2-cpu-server", "a part", 3.0, "ms", 1, bound=None, sound=True),
        amount("R2-cpu-broker", "<broken>", 3.0, "ms", 1, bound=None, sound=False),
    ]
    assert [is_met(figure) for figure in figures] == [False, True, None, None]
    assert is_met(ratio("R1", "broken", [9.0], [1.0], bound=4.0, peer="", sound=False)) is False
    drawn = pictures(figures)
    assert set(drawn) == {"goals.svg", "cost.svg"}
    texts = parseString(drawn["goals.svg"]).getElementsByTagName("text")  # noqa: S318 - our own picture
    words = {text.firstChild.data for text in texts if isinstance(text.firstChild, Text)}
    assert {"R1", "0.5 (goal ≥ 4)", "R3-idle-p50", "0.5 (goal ≤ 4)"} <= words
    assert "R2 server" in drawn["cost.svg"]
    assert "broker" not in drawn["cost.svg"]


def test_what_is_replayed_is_what_was_done(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    migrate(empty)
    with closing(open_store(empty)) as store:
        ledger.fill(store)
    again = copy_of(empty, "again")
    with closing(open_store(empty)) as store, recorded(store) as statements:
        ledger.settle(store, 3, 2)
    assert replay(again, statements, ()) > 0
    with closing(open_store(again)) as replayed, closing(open_store(empty)) as ours:
        assert ledger.is_sound(replayed)
        with replayed.read() as one, ours.read() as other:
            assert journal.last_anchor(one) == journal.last_anchor(other)


def test_a_run_that_breaks_the_books_has_no_number(tmp_path: Path) -> None:
    migrate(tmp_path)
    with closing(open_store(tmp_path)) as store:
        ledger.fill(store)
        assert ledger.is_sound(store)
        with store.write() as connection:
            connection.execute(update(ledger_accounts).values(balance_minor=ledger_accounts.c.balance_minor + 1))
        assert not ledger.is_sound(store)
    assert ratio("R", "what", [1.0], [2.0], bound=1.0, peer="", sound=False)["value"] is None
    assert amount("M", "what", 3.0, "MB", 1, bound=None, sound=False)["value"] is None
    assert ratio("R", "what", [1, 3, 2], [4, 4, 4], bound=1.0, peer="", sound=True)["value"] == 0.5


def test_the_report_has_every_figure_and_a_broken_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, broken = (amount("M", "what", 3.0, "MB", 1, bound=4.0, sound=sound) for sound in (True, False))

    def only(*figures: Figure) -> None:
        monkeypatch.setattr(bench, "benches", lambda _quick: {"M": lambda _tell: iter(figures), "N": lambda _tell: []})

    only(good)
    assert bench.main([f"--out={tmp_path}"]) == 0
    assert _ids(tmp_path) == ["M-load", "M", "N-load"]
    assert json.loads((tmp_path / "report.json").read_text())[1] == good
    assert "| M | 3 MB | ≤ 4 | yes | 1 | what |" in (tmp_path / "report.md").read_text()
    only(good, broken)
    assert bench.main(["M", f"--out={tmp_path}"]) == 1
    # What was not measured anew is kept, broken as it may be.
    assert bench.main(["N", f"--out={tmp_path}"]) == 1
    assert _ids(tmp_path) == ["M-load", "M", "M", "N-load"]
    with pytest.raises(SystemExit):
        bench.main(["R99"])


def _ids(folder: Path) -> list[str]:
    return [figure["id"] for figure in json.loads((folder / "report.json").read_text())]
