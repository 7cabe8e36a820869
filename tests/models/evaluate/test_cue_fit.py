"""Weights fitted to captures of which one knows what should come out."""

from __future__ import annotations

import numpy as np
import pytest

from models.errors import ModelError
from models.evaluate.cue_fit import Labelled, area_under, fit, without_each_person


def labelled(seed: int, *, people: int = 8, upside_down: bool = False) -> list[Labelled]:
    """Parallax tells both apart (or the wrong way round), moiré a little, gamut not at all; flicker is seldom seen."""
    chance = np.random.default_rng(seed)
    captures = []
    for person in range(people):
        for number in range(4):
            alive = number == 0
            depth = 2.5 if alive is not upside_down else 0.6
            figures = {
                "parallax": float(chance.normal(depth, 0.3)),
                "moire": float(chance.normal(1.7 if alive else 2.0, 0.3)),
                "gamut": float(chance.normal(-2, 0.5)),
            }
            if number == 3:
                del figures["parallax"]
            captures.append(Labelled(figures, alive, "alive" if alive else f"kind {number}", f"person {person}"))
    return captures


def test_what_tells_apart_weighs_most_and_what_was_never_seen_nothing() -> None:
    fusion = fit(labelled(1, people=40))
    weights = {name: abs(cue.weight) for name, cue in fusion.cues.items()}
    assert weights["parallax"] > 2 * weights["moire"] > 0
    assert weights["gamut"] < 0.4 * weights["moire"] + 0.15
    assert weights["flicker"] == weights["noise"] == weights["highlights"] == 0
    assert fusion.cues["moire"].weight < 0
    assert fusion.score({"parallax": 2.5, "moire": 1.7}) > 0.8 > 0.3 > fusion.score({"parallax": 0.6, "moire": 2.0})


def test_a_cue_against_its_physics_gets_no_weight() -> None:
    assert fit(labelled(1, upside_down=True)).cues["parallax"].weight == 0


def test_the_same_captures_give_the_same_weights() -> None:
    assert fit(labelled(3)) == fit(labelled(3))


def test_both_kinds_are_needed() -> None:
    for alive in (True, False):
        with pytest.raises(ModelError, match="people and of attacks"):
            fit([one for one in labelled(1) if one.alive is alive])


def test_everybody_is_scored_by_weights_that_never_saw_them() -> None:
    captures = labelled(5)
    captures[0] = Labelled({"parallax": 0.0}, alive=True, kind="alive", person="person 0")
    scores = without_each_person(captures)
    alive = np.array([one.alive for one in captures])
    assert scores[0] < 0.3, "one odd capture does not make its own weights"
    told = np.array(["parallax" in one.figures for one in captures])
    assert area_under(scores[alive & told][1:], scores[~alive & told]) > 0.9


def test_the_area_under_the_curve() -> None:
    low, high = np.array([0.1, 0.2]), np.array([0.8, 0.9])
    assert area_under(high, low) == 1
    assert area_under(low, high) == 0
    assert area_under(low, low) == 0.5
    assert np.isnan(area_under(low, np.empty(0)))
