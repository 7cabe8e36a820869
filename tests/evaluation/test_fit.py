"""The fitting command on figures that were kept: what it writes can be shipped, and says what it is worth."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from models.evaluate.cue_fit import ALIVE_WHEN, Labelled
from models.liveness.cues.fusion import Fusion
from tests.evaluation.fit import halves, main
from tests.evaluation.people import Person


def person(name: str) -> Person:
    return Person(name, np.zeros((2, 2, 3), np.uint8), np.zeros((468, 3), np.float32))


def test_nobody_is_fitted_to_and_measured_on() -> None:
    people = [person(str(number)) for number in range(7)]
    fitted, measured = halves(people)
    assert len(fitted) == 4
    assert {one.name for one in fitted}.isdisjoint(one.name for one in measured)
    assert len(fitted) + len(measured) == len(people)


def test_kept_figures_are_fitted_again_to_the_same_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = np.random.default_rng(0)
    kept = tmp_path / "figures.jsonl"
    rows = [
        Labelled(
            {"parallax": float(chance.normal(2.4 if kind == "alive" else 0.6, 0.3)), "gamut": float(chance.normal())},
            kind == "alive",
            kind,
            f"person {number}",
        )
        for number in range(6)
        for kind in ("alive", "photo-turned")
    ]
    kept.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows), encoding="utf-8")
    outs = [tmp_path / name for name in ("one.json", "two.json")]
    for out in outs:
        assert main([f"--figures={kept}", f"--out={out}"]) == 0
    assert outs[0].read_text() == outs[1].read_text()
    told = json.loads(outs[0].read_text())
    assert told["fitted_on"] | {"people": 6, "alive": 6, "attacks": 6} == told["fitted_on"]
    assert told["area_under_roc"]["kinds"]["photo-turned"] > 0.9
    fusion = Fusion.read(outs[0])
    assert set(fusion.cues) == set(ALIVE_WHEN)
    assert fusion.score({"parallax": 2.4}) > 0.5 > fusion.score({"parallax": 0.6})
    assert "area_under_roc" in capsys.readouterr().out
