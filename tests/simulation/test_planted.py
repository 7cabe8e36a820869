"""Bugs that are planted are found, each within a few seeds: the simulation can fail."""

from __future__ import annotations

import pytest

from server_mqtt.flow.invariants import FlowInvariantError
from tests.simulation.__main__ import PLANTED_SEEDS, main
from tests.simulation.planted import BUGS, Bug, planted, play_with
from tests.simulation.world import Played


def first_broken(bug: Bug, *, unguarded: bool = True) -> Played:
    """The first world in which something is not true."""
    for seed in range(PLANTED_SEEDS):
        played = play_with(bug, seed, unguarded=unguarded)
        if played.broken is not None:
            return played
    pytest.fail(f"{PLANTED_SEEDS} worlds, and nobody noticed")


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    found = first_broken(BUGS[bug])
    assert BUGS[bug].words in (found.broken or "")
    assert "BROKEN" in found.trace[-1]


def test_the_core_itself_finds_a_release_without_a_fresh_result() -> None:
    found = first_broken(BUGS["released without a fresh result"], unguarded=False)
    assert (found.broken or "").startswith(FlowInvariantError.__name__)


def test_the_command_names_the_seed_and_tells_its_world(capsys: pytest.CaptureFixture[str]) -> None:
    bug = BUGS["a hold that never expires"]
    with planted(bug):
        assert main([f"SEEDS={PLANTED_SEEDS}"]) == 1
        told = capsys.readouterr().out
        seed = told.rpartition("--seed ")[2].split()[0]
        assert bug.words in told
        assert main(["--seed", seed, "--trace"]) == 1
    again = capsys.readouterr().out
    assert told.startswith(again)


def test_the_command_shows_which_seeds_find_a_planted_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bug = BUGS["the inbox skipped"]
    monkeypatch.setattr("tests.simulation.__main__.BUGS", {"the inbox skipped": bug})
    seed = first_broken(bug).seed
    assert main(["--planted", "SEEDS=1", "--seed", str(seed)]) == 0
    assert capsys.readouterr().out == f"the inbox skipped: found by 1 of 1 seeds: {seed}\n"


def test_the_command_says_of_a_bug_that_no_seed_found_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.simulation.__main__.BUGS", {"none at all": Bug(None, "words that nobody says")})
    assert main(["--planted", "SEEDS=1"]) == 1
    assert capsys.readouterr().out == "none at all: found by 0 of 1 seeds: -\n"


def test_the_command_says_what_it_saw(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["SEEDS=3", "--seed", "5"]) == 0
    told = capsys.readouterr()
    assert "3 seeds from 5: everything held" in told.out
    assert "payments/s" in told.err
