"""The calibration's own command: from impressions to files, and what it says when there is nothing to measure."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from models.evaluate.calibrate import finger_calibrations, main
from models.evaluate.tail import TooFewError

FINGERS, IMPRESSIONS = 20, 7
HASH = "ab" * 32
Impression = tuple[int, int]
"""Which finger, and which time."""


def alike(one: Impression, other: Impression) -> float:
    """One finger's impressions 0.5 and more, strangers' by chance, always the same for the same two."""
    assert one != other
    chance = random.Random(f"{min(one, other)} {max(one, other)}")
    return min(0.5 + 0.1 * chance.random() if one[0] == other[0] else chance.expovariate(200.0), 1.0)


def test_fingers_become_a_table_for_each_number_of_impressions() -> None:
    fingers = {f"made-up/{finger}": [(finger, time) for time in range(IMPRESSIONS)] for finger in range(FINGERS)}
    tables = list(finger_calibrations([fingers, fingers], HASH, ("made-up",), alike, draws=6))
    assert [(one.modality, one.model_hash, one.enrolled, one.captured) for one in tables] == [
        ("fingerprint", HASH, enrolled, 1) for enrolled in (4, 5, 6)
    ]
    for one in tables:
        assert one.measured.owners == FINGERS
        assert one.measured.owner_pairs == FINGERS * (FINGERS - 1) // 2
        assert one.fmr_of(0.5) < 1e-4
        assert next(knot.tmr for knot in one.knots if knot.fmr <= 1e-4) == 1.0
    # The best of more impressions is a better score, a stranger's too.
    assert tables[2].score_for(1e-2) > tables[0].score_for(1e-2)


def test_too_few_fingers_make_no_table() -> None:
    fingers = {f"made-up/{finger}": [(finger, time) for time in range(IMPRESSIONS)] for finger in range(5)}
    with pytest.raises(TooFewError, match=r"20 people or fingers .* not 5"):
        list(finger_calibrations([fingers], HASH, ("made-up",), alike))


def test_where_there_is_nothing_to_measure_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"--data={tmp_path}", f"--out={tmp_path}"]) == 2
    assert "holds people or fingers" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
