"""What the watch of a reader remembers, for how long, and what it says of a touch."""

from __future__ import annotations

import numpy as np
import pytest

from models.fingerprint.cues.fusion import Fusion, Living
from models.fingerprint.cues.watch import KEPT_MS, TOUCHES_KEPT, TouchWatch
from models.liveness.evidence import PassiveEvidence
from tests.models.comparison.minutiae import finger, moved, record_of

FUSION = Fusion({"residue": Living(0.05, 0.25)})
BLANK = np.full((192, 192), 220, np.uint8)
HERE = record_of(finger(1))
THERE = record_of(moved(finger(1), turn_rad=0.2, shift_px=(20, -11)))


def residue(evidence: PassiveEvidence) -> float | None:
    return next((one.value for one in evidence.cues if one.cue == "residue"), None)


def test_of_the_first_touch_nothing_can_be_said() -> None:
    evidence = TouchWatch(FUSION).look(BLANK, HERE, 0)
    assert (evidence.cues, evidence.score) == ((), 1.0)


@pytest.mark.fault(63)
def test_a_touch_in_the_place_of_an_earlier_one_is_odd_whoever_came_between() -> None:
    watch = TouchWatch(FUSION)
    watch.look(BLANK, HERE, 0)
    assert watch.look(BLANK, THERE, 5_000).score > 0.3
    again = watch.look(BLANK, HERE, 9_000)
    assert residue(again) == 1.0
    assert again.score < 1e-5


def test_old_touches_and_many_are_forgotten() -> None:
    watch = TouchWatch(FUSION)
    watch.look(BLANK, HERE, 0)
    assert residue(watch.look(BLANK, HERE, KEPT_MS)) == 1.0
    assert residue(watch.look(BLANK, HERE, 2 * KEPT_MS + 1)) is None
    for number in range(TOUCHES_KEPT):
        watch.look(BLANK, record_of(finger(50 + number)), 2 * KEPT_MS + 2)
    assert watch.remembered == TOUCHES_KEPT
    nobody = residue(watch.look(BLANK, HERE, 2 * KEPT_MS + 3))
    assert nobody is not None
    assert nobody < 0.3
    watch.forget(3 * KEPT_MS + 4)
    assert watch.remembered == 0


def test_a_watch_keeps_no_image() -> None:
    watch = TouchWatch(FUSION)
    seen = BLANK.copy()
    watch.look(seen, HERE, 0)
    kept = [record for _, record in watch._before]
    assert kept == [HERE]
