"""The cues as one score: the oddest counts, what is missing does not, what cannot be read is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelError
from models.evaluate.finger_cues import MORE_IS_ALIVE
from models.fingerprint.cues.fusion import LEAST_SCORE, Fusion, Living
from models.fingerprint.cues.watch import own_cues

LESS, MORE = Living(0.1, 0.3), Living(2.0, 1.5)
TWO = Fusion({"less": LESS, "more": MORE})


def test_the_median_and_the_edge_mean_what_they_are_called() -> None:
    for living in (LESS, MORE):
        assert living.oddness(living.median) == pytest.approx(0.5)
        assert living.oddness(living.edge) == pytest.approx(0.05)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_the_further_towards_artefacts_the_odder(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 < LESS.oddness(high) <= LESS.oddness(low) <= 1.0
    assert 0.0 < MORE.oddness(low) <= MORE.oddness(high) <= 1.0


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_score_is_the_oddest_cue_s_times_how_many_could_tell(less: float, more: float) -> None:
    score = TWO.score({"less": less, "more": more, "unheard of": 7.0})
    assert score == pytest.approx(min(1.0, 2 * min(LESS.oddness(less), MORE.oddness(more))))
    assert TWO.score({"less": less}) == pytest.approx(LESS.oddness(less))


def test_where_nothing_could_tell_nothing_is_odd() -> None:
    assert TWO.score({}) == TWO.score({"unheard of": 1.0}) == 1.0


def test_the_shipped_figures_are_of_the_project_s_cues_and_point_the_right_way() -> None:
    shipped = Fusion.shipped()
    assert set(shipped.cues) == set(MORE_IS_ALIVE) == {cue.name for cue in own_cues()}
    for name, living in shipped.cues.items():
        assert (living.edge < living.median) is MORE_IS_ALIVE[name], name
        assert shipped.score({name: living.median}) > LEAST_SCORE


@pytest.mark.fault(63)
def test_a_touch_that_lies_where_another_lay_is_turned_away() -> None:
    """At most 0.11 was seen of a living finger laid down again."""
    shipped = Fusion.shipped()
    assert shipped.score({"residue": 0.2}) > LEAST_SCORE
    assert shipped.score({"residue": 0.5}) < LEAST_SCORE / 10


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"cues": {"a": 1}}',
        json.dumps({"cues": {"a": {"median": 0.5}}}),
        json.dumps({"cues": {"a": {"median": 0.5, "edge": 0.5}}}),
        '{"cues": {"a": {"median": NaN, "edge": 1}}}',
        '{"cues": {"a": {"median": 0, "edge": Infinity}}}',
    ],
)
def test_what_are_no_figures_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "living.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="living fingers"):
        Fusion.read(path)
    with pytest.raises(ModelError, match="cannot be read"):
        Fusion.read(tmp_path / "none.json")
