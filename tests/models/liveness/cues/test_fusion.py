"""The cues as one score: which way each counts, what is missing, what cannot be read."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelError
from models.evaluate.cue_fit import ALIVE_WHEN
from models.liveness.cues.fusion import FARTHEST, LEAST_SCORE, CueWeight, Fusion
from models.liveness.cues.watch import own_cues

TWO = Fusion({"depth": CueWeight(2.0, 0.5, 1.0), "grid": CueWeight(1.0, 1.0, -2.0)}, bias=0.5)


@given(depth=st.floats(-1e6, 1e6), grid=st.floats(-1e6, 1e6))
def test_a_score_is_a_share_and_one_cue_alone_is_bounded(depth: float, grid: float) -> None:
    score = TWO.score({"depth": depth, "grid": grid})
    assert 0 < score < 1
    wild, still = (TWO.score({"depth": value, "grid": grid}) for value in (1e9, 2.0 + 0.5 * FARTHEST))
    assert wild == pytest.approx(still)


def test_each_cue_counts_in_its_direction_and_a_missing_one_not_at_all() -> None:
    middle = TWO.score({"depth": 2.0, "grid": 1.0})
    assert TWO.score({}) == TWO.score({"unheard of": 9.0}) == pytest.approx(middle)
    assert TWO.score({"depth": 2.1}) > middle > TWO.score({"depth": 1.9})
    assert TWO.score({"grid": 0.9}) > middle > TWO.score({"grid": 1.1})


@pytest.mark.fault(41)
@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_neither_alive_nor_flat(figure: float) -> None:
    assert TWO.score({"depth": figure, "grid": figure}) == TWO.score({})


def test_the_shipped_weights_are_of_the_project_s_cues_and_of_their_physics() -> None:
    shipped = Fusion.shipped()
    assert set(shipped.cues) == set(ALIVE_WHEN) == {cue.name for cue in own_cues()}
    assert all(cue.weight * ALIVE_WHEN[name] >= 0 for name, cue in shipped.cues.items())
    assert sum(cue.weight != 0 for cue in shipped.cues.values()) >= 3
    assert shipped.score({}) > LEAST_SCORE, "somebody of whom no cue could tell is not turned away for it"


def test_the_shipped_weights_turn_a_flat_face_away_and_not_a_real_one() -> None:
    """Figures as measured: 2.3 to 2.9 of two recorded people, 0.4 to 0.7 of turned photos."""
    shipped = Fusion.shipped()
    assert shipped.score({"parallax": 2.3}) > LEAST_SCORE > shipped.score({"parallax": 0.5})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"bias": 0}',
        '{"bias": "a", "cues": {}}',
        json.dumps({"bias": 0, "cues": {"a": {"middle": 0, "spread": 0, "weight": 1}}}),
        json.dumps({"bias": 0, "cues": {"a": {"middle": 0, "weight": 1}}}),
        '{"bias": NaN, "cues": {}}',
        '{"bias": 0, "cues": {"a": {"middle": 0, "spread": 1, "weight": Infinity}}}',
    ],
)
def test_what_are_no_weights_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="weights of the passive cues"):
        Fusion.read(path)
    with pytest.raises(ModelError, match="cannot be read"):
        Fusion.read(tmp_path / "none.json")
