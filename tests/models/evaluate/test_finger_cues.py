"""What is written down of living fingers, and on whose it is tried."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelError
from models.evaluate.collection import Collection, Layout
from models.evaluate.finger_cues import MORE_IS_ALIVE, SPREAD_MIN, TOO_FEW, fitted, halves, report
from models.fingerprint.cues.fusion import LIVING, Fusion


def drawn(seed: int, count: int = 400) -> list[dict[str, float]]:
    """Figures of `count` touches, all cues alike: normal, mean 1, deviation 1."""
    chance = np.random.default_rng(seed)
    return [
        {name: float(value) for name, value in zip(MORE_IS_ALIVE, row, strict=True)}
        for row in chance.normal(1.0, 1.0, (count, len(MORE_IS_ALIVE)))
    ]


@given(st.integers(0, 1_000))
def test_about_one_living_touch_in_twenty_lies_beyond_each_edge(seed: int) -> None:
    figures = drawn(seed)
    for name, living in fitted(figures).cues.items():
        assert living.median == pytest.approx(1.0, abs=0.25)
        if SPREAD_MIN.get(name, 0) < 1:
            odd = np.mean([living.oddness(one[name]) < 0.05 for one in figures])
            assert odd == pytest.approx(0.05, abs=0.006)


def test_the_side_of_artefacts_is_the_one_that_is_written_down_and_not_the_data_s() -> None:
    for name, living in fitted(drawn(1)).cues.items():
        assert (living.edge < living.median) is MORE_IS_ALIVE[name]


def test_figures_that_are_all_alike_keep_a_distance_from_median_to_edge() -> None:
    same = [dict.fromkeys(MORE_IS_ALIVE, 0.0)] * TOO_FEW
    for name, living in fitted(same).cues.items():
        assert abs(living.edge - living.median) >= SPREAD_MIN.get(name, 1e-3)


def test_of_too_few_touches_nothing_is_written() -> None:
    with pytest.raises(ModelError, match="39 touches tell of"):
        fitted(drawn(1, TOO_FEW - 1))


def test_nobody_is_fitted_to_and_measured_on() -> None:
    samples = {str(finger): (Path(f"{finger}_1.png"), Path(f"{finger}_2.png")) for finger in range(101, 111)}
    used, tried = halves(Collection("fvc", Layout.FINGERS, samples))
    assert not set(used.samples) & set(tried.samples)
    assert set(used.samples) | set(tried.samples) == set(samples)
    assert len(used.samples) == len(tried.samples) == 5


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "living.json"
    path.write_text(json.dumps(report(drawn(2), ["somewhere"])), encoding="utf-8")
    assert Fusion.read(path) == fitted(drawn(2))


def test_the_shipped_file_says_how_many_touches_and_of_whom_and_nothing_of_anybody() -> None:
    content = json.loads(LIVING.read_text(encoding="utf-8"))
    assert content["living"]["touches"] >= TOO_FEW
    assert content["living"]["sources"]
    assert all(set(cue) == {"median", "edge"} for cue in content["cues"].values())
