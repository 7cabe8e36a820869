"""The benchmarks of networks run and say what they are to; no number where two disagree. No time is judged."""

from __future__ import annotations

import io
import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_bridge.camera.attacks.performer import Passive
from firmware_bridge.camera.sources import StillImage
from models.comparison.iso19794_2 import Minutia, MinutiaeRecord, MinutiaKind
from tests.bench import __main__ as bench
from tests.bench import peer_process
from tests.bench.agreement import embeddings_agree, meshes_agree, minutiae_agree
from tests.bench.all_networks import SIZE, Distant
from tests.bench.bare_networks import Player, recorded
from tests.bench.capture import Clocked
from tests.bench.figure import amount
from tests.bench.peer_process import PeerError, PeerProcess
from tests.bench.peers.serve import Peer, serve
from tests.bench.pictures import pictures
from tests.bench.precision import WideGraph
from tests.bench.r4_f1 import r4, whole_frames
from tests.bench.race import Cost, Race, race, race_figures, timed
from tests.bench.scene import frames
from tests.bench.table import table
from tests.bundle import model_bundle
from tests.portrait import portrait
from tests.project_tree import ROOT


def no_news(_text: str) -> None:
    """Nobody watches."""


@pytest.mark.models
def test_a_frame_is_its_networks_and_little_else() -> None:
    model_bundle(), portrait()
    figures = {figure["id"]: figure for figure in r4(1, 4, no_news, on=(1,))}
    assert {"R4", "R4-by-cpu", "R4-ms", "R4-peer-ms", "R4-cuts"} <= figures.keys()
    assert all(figure["passed_invariants"] for figure in figures.values())
    assert {figures["R4"]["bound"], figures["R4-by-cpu"]["bound"]} <= {1.1, None}
    # Of four frames the first is looked at by the detector too; mesh and two irises look at all.
    assert figures["R4-runs"]["value"] == 3.25


@pytest.mark.models
def test_a_network_that_says_something_else_is_noticed() -> None:
    model_bundle(), portrait()
    runs = recorded(lambda: whole_frames(list(frames(2)), threads=1)())
    player, run = Player(runs), runs[0]
    assert player.agrees(run, 1e-5)
    other = replace(run, inputs=tuple(values + 1 for values in run.inputs))
    assert not player.agrees(other, 1e-5)


@given(st.lists(st.tuples(st.floats(0.1, 10.0), st.floats(0.1, 10.0)), min_size=1, max_size=9))
def test_a_ratio_is_the_median_of_the_rounds_own(rounds: list[tuple[float, float]]) -> None:
    run = Race(tuple(Cost(our, 2 * our) for our, _ in rounds), tuple(Cost(their, their) for _, their in rounds))
    found = {one["id"]: one for one in race_figures("F", "ours", run, bound=1.0, peer="theirs", sound=True)}
    assert found["F"]["value"] == pytest.approx(float(np.median([our / their for our, their in rounds])))
    assert found["F-by-cpu"]["value"] == pytest.approx(2 * (found["F"]["value"] or math.nan))
    assert found["F-spread"]["value"] == pytest.approx(found["F-by-cpu-spread"]["value"] or 0.0, abs=1e-6)
    assert found["F"]["n"] == len(rounds)
    broken = race_figures("F", "ours", run, bound=1.0, peer="theirs", sound=False)
    assert all(one["value"] is None for one in broken)


def test_rounds_that_differ_by_more_than_half_are_held_against_no_goal() -> None:
    even = Cost(1.0, 1.0)
    steady = Race((Cost(1.0, 1.0), Cost(1.1, 3.0), Cost(1.2, 9.0)), (even,) * 3)
    found = {one["id"]: one for one in race_figures("F", "ours", steady, bound=2.0, peer="theirs", sound=True)}
    assert (found["F"]["bound"], found["F"]["value"]) == (2.0, 1.1)
    assert (found["F-by-cpu"]["bound"], found["F-by-cpu"]["value"]) == (None, 3.0)


def test_both_sides_take_turns_and_the_first_turn_does_not_count() -> None:
    turns: list[str] = []

    def side(name: str) -> Cost:
        turns.append(name)
        return Cost(len(turns), len(turns))

    run = race(lambda: side("ours"), lambda: side("theirs"), 2, no_news)
    assert turns == ["ours", "theirs"] * 3
    assert [cost.wall_ms for cost in run.ours] == [3, 5]
    assert [cost.wall_ms for cost in run.theirs] == [4, 6]


def test_what_a_round_costs_is_shared_among_its_calls() -> None:
    seen: list[int] = []
    cost = timed(seen.append, [1, 2, 3], calls=1)
    assert seen == [1, 2, 3]
    assert cost.wall_ms > 0
    assert cost.cpu_ms >= 0


def test_meshes_agree_within_their_share_of_the_eyes_distance() -> None:
    mesh = np.random.default_rng(1).uniform(0, 100, (468, 3)).astype(np.float32)
    mesh[33], mesh[263] = (0, 0, 0), (100, 0, 0)
    near, far = (np.add(mesh, aside, dtype=np.float32) for aside in ((0.3, 0, 9), (0.7, 0, 0)))
    assert meshes_agree([mesh], [near])
    assert not meshes_agree([mesh], [far])
    assert meshes_agree([mesh], [far], most=0.01)
    assert not meshes_agree([mesh], [np.empty((0, 3), np.float32)])
    assert not meshes_agree([mesh, mesh], [mesh])


def test_embeddings_agree_to_half_precision() -> None:
    embedding = np.linspace(-1, 1, 128, dtype=np.float32)
    assert embeddings_agree([embedding], [(embedding + 4e-4).tolist()])
    assert not embeddings_agree([embedding], [(embedding + 6e-4).tolist()])
    assert not embeddings_agree([], [])


def record(*places: tuple[int, int, int, int]) -> MinutiaeRecord:
    minutiae = tuple(Minutia(x, y, angle, MinutiaKind.ENDING, quality) for x, y, angle, quality in places)
    return MinutiaeRecord(width=192, height=192, resolution_px_per_cm=200, minutiae=minutiae, quality=50)


def test_minutiae_agree_where_both_are_sure() -> None:
    ours = record((10, 20, 64, 90), (30, 40, 0, 35))
    theirs: list[list[Any]] = [[10, 20, math.tau / 4, "E", 0.9]]
    assert minutiae_agree(ours, theirs)
    assert not minutiae_agree(ours, [[10, 21, math.tau / 4, "E", 0.9]])
    assert not minutiae_agree(ours, [[10, 20, math.tau / 2, "E", 0.9]])
    assert not minutiae_agree(record((10, 20, 64, 90), (30, 40, 0, 75)), theirs)
    assert not minutiae_agree(ours, [*theirs, [50, 50, 0.0, "E", 0.7]])
    assert not minutiae_agree(ours, [])


def test_the_pictures_show_both_sides_and_the_stages() -> None:
    run = Race((Cost(4.0, 3.0),), (Cost(8.0, 6.0),))
    stage = amount("capture-stage-mesh", "face mesh, 1 thread", 1.3, "ms", 5, bound=None, sound=True)
    other = amount("capture-two-stage-mesh", "face mesh, 2 threads", 0.9, "ms", 5, bound=None, sound=True)
    drawn = pictures([*race_figures("F2", "ours", run, bound=0.5, peer="theirs", sound=True), stage, other])
    assert set(drawn) == {"goals.svg", "peers.svg", "stages.svg"}
    assert all(words in drawn["peers.svg"] for words in (">F2<", ">F2: peer<", ">3 ms<", ">6 ms<"))
    assert ">face mesh<" in drawn["stages.svg"]
    assert "| F1-plain | 0.5 | 1 | ours, over theirs |" in table(
        list(race_figures("F1-plain", "ours", run, bound=None, peer="theirs", sound=True))
    )
    assert "0.9" not in drawn["stages.svg"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [([], "faces\nfingers\n"), (["R4", "capture"], ""), (["F2", "F1"], "faces\n"), (["precision"], "precision\n")],
)
def test_it_names_the_environments_that_figures_need(
    asked: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main([*asked, "--peers"]) == 0
    assert capsys.readouterr().out == told
    for environment in told.split():
        assert (ROOT / "tests" / "bench" / "peers" / f"requirements-{environment}.txt").exists()


def test_only_looking_is_timed() -> None:
    clocked = Clocked(Passive(StillImage(np.zeros((48, 64, 3), np.uint8)), width=64, height=48))
    clocked.perform("blink", 0)
    for t_ms in (0, 50, 100):
        assert clocked.frame(t_ms) is not None
    clocked.release(100)
    clocked.done()
    clocked.done()
    assert len(clocked.wall_ms) == len(clocked.cpu_ms) == 3
    assert min(clocked.wall_ms) > 0


def test_a_distant_performer_asks_for_frames_and_passes_on_what_the_person_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = np.random.default_rng(2).integers(0, 256, SIZE, np.uint8)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(drawn.tobytes())))
    performer = Distant()
    performer.perform("turn_left", 250, held=True)
    performer.release(900)
    assert np.array_equal(performer.frame(950), drawn)
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert said == [["perform", "turn_left", 250, True], ["release", 900], ["frame", 950]]


def test_a_wide_graph_keeps_its_weights_as_they_are() -> None:
    graph = WideGraph("wide")
    kept = graph.tensors[graph.weights(np.full((2, 2), 1 / 3)).index]
    assert (kept.dtype, graph.operators) == ("float32", [])


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment `own`, which is this one."""
    python = tmp_path / "own" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(peer_process, "ENVIRONMENTS", tmp_path)


PICTURES = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)


@pytest.mark.usefixtures("own")
def test_a_peer_answers_round_by_round_and_tells_its_memory() -> None:
    with PeerProcess("own", "tests.bench.test_networks", PICTURES, threads=2, variant="sum") as peer:
        assert peer.about == "sum on 2"
        assert peer.found == [6, 22, 38]
        assert peer.round().wall_ms > 0
        assert peer.round().wall_ms > 0
    assert peer.peak_mb > 1


@pytest.mark.usefixtures("own")
def test_a_peer_that_ends_says_why() -> None:
    with (
        pytest.raises(PeerError, match="no such variant"),
        PeerProcess("own", "tests.bench.test_networks", PICTURES, threads=1, variant="product"),
    ):
        pass
    with pytest.raises(PeerError, match="there is no"):
        PeerProcess("elsewhere", "tests.bench.test_networks", PICTURES, threads=1)


def _ready(variant: str, threads: int) -> Peer:
    """The peer of this test: adds up a picture, and prints what nobody asked for."""
    if variant != "sum":
        raise ValueError(f"no such variant: {variant}")

    def look(picture: NDArray[np.uint8]) -> int:
        sys.stdout.write("chatter\n")
        return int(picture.sum())

    return Peer(f"{variant} on {threads}", look, int)


if __name__ == "__main__":
    serve(_ready, sys.argv[1:])
