"""From scores to a table: what it says holds for people it has not seen, and it says how many it has."""

from __future__ import annotations

import numpy as np
import pytest

from models.bundle import RELEASE_SHA256
from models.comparison.calibration import decode_calibration, encode_calibration
from models.comparison.calibrations import released
from models.evaluate.calibrating import RATES, Subject, Trials, calibrated, trials_of
from models.evaluate.pairs import Pair

SUBJECT = Subject(modality="face", model_hash=RELEASE_SHA256, enrolled=5, captured=3, sources=("made up",))
PEOPLE = 40
DRAWS = 60


def trials(seed: int, people: int = PEOPLE, repeats: int = 4) -> Trials:
    """People of whom some look like many others: strangers' scores depend on both of a pair, and little on the draw."""
    chance = np.random.default_rng(seed)
    common = chance.normal(0.0, 0.02, people)
    first, second = (index.ravel() for index in np.nonzero(~np.eye(people, dtype=np.bool_)))
    pair = chance.normal(0.5, 0.06, (people, people))
    alike = (pair + pair.T) / 2
    base = alike[first, second] + common[first] + common[second]
    scores = np.concatenate([base + chance.normal(0.0, 0.01, len(base)) for _ in range(repeats)])
    return Trials(
        non_mated=np.clip(scores, 0.0, 0.999),
        first=np.tile(first, repeats),
        second=np.tile(second, repeats),
        mated=np.clip(chance.normal(0.85, 0.03, people * repeats), 0.0, 1.0),
        owners=people,
    )


def test_a_table_holds_for_people_it_has_not_seen() -> None:
    """Of many tables at most a few may promise less than other people come to: 95 % each."""
    broken = 0
    for seed in range(20):
        one = calibrated(SUBJECT, [trials(seed)], draws=DRAWS)
        others = trials(10_000 + seed, people=150, repeats=1)
        broken += any((others.non_mated >= one.score_for(rate)).mean() > rate for rate in (1e-2, 1e-3))
    assert broken <= 4


def test_a_table_says_how_few_people_it_is_of() -> None:
    one = calibrated(SUBJECT, [trials(1)], draws=DRAWS)
    assert one.measured.owners == PEOPLE
    assert one.measured.owner_pairs == PEOPLE * (PEOPLE - 1) // 2
    assert one.measured.non_mated == 4 * PEOPLE * (PEOPLE - 1)
    assert one.fmr_seen_to == pytest.approx(3 / one.measured.owner_pairs)
    assert any(f"{PEOPLE} owners" in line for line in one.limits)
    assert one.fmr_min == min(RATES)
    assert decode_calibration(encode_calibration(one), "again") == one


def test_repeated_draws_of_the_same_people_are_no_new_people() -> None:
    """The bound is people's: four times as many draws of them leave it where it is; twice the people lower it."""
    few, more, many = (
        calibrated(SUBJECT, [trials(3, people, repeats)], draws=DRAWS).score_for(1e-4)
        for people, repeats in ((PEOPLE, 2), (PEOPLE, 8), (4 * PEOPLE, 2))
    )
    assert more == pytest.approx(few, abs=0.01)
    assert many < few


def test_of_two_sensors_the_worse_one_counts_at_every_rate() -> None:
    good, bad = trials(1), trials(2)
    bad = Trials(np.clip(bad.non_mated + 0.05, 0, 0.999), bad.first, bad.second, bad.mated - 0.1, bad.owners)
    both, *each = (calibrated(SUBJECT, parts, draws=DRAWS) for parts in ([good, bad], [good], [bad]))
    for knot in both.knots[1:]:
        assert knot.score == max(one.score_for(knot.fmr) for one in each)
        assert knot.tmr == pytest.approx(min((part.mated >= knot.score).mean() for part in (good, bad)), abs=1e-5)


def test_nobody_gives_no_table() -> None:
    some = trials(1)
    for part in (
        Trials(some.non_mated, some.first, some.second, np.empty(0), some.owners),
        Trials(np.empty(0), some.first[:0], some.second[:0], some.mated, some.owners),
    ):
        with pytest.raises(ValueError, match="needs people"):
            calibrated(SUBJECT, [part])
    with pytest.raises(ValueError, match="needs people"):
        calibrated(SUBJECT, [])


def test_owners_are_told_by_the_ids_of_samples() -> None:
    pairs = [
        Pair("set/ann/1", "set/ann/1", mated=True, score=0.9),
        Pair("set/ann/1", "set/bob/1", mated=False, score=0.1),
        Pair("set/bob/2", "set/ann/2", mated=False, score=0.2),
        Pair("set/ann#1", "set/cid#2", mated=False, score=0.3),
    ]
    found = trials_of(pairs)
    assert (found.owners, found.owner_pairs) == (3, 2)
    assert found.mated.tolist() == [0.9]
    assert found.non_mated.tolist() == [0.1, 0.2, 0.3]


def test_the_release_has_a_table_for_all_that_its_terminals_capture() -> None:
    assert released().enrollable("face", RELEASE_SHA256) == (5,)
    assert released().enrollable("fingerprint", RELEASE_SHA256) == (4, 5, 6)
    for captured in (3, 4, 5):
        assert released().find("face", RELEASE_SHA256, 5, captured).captured == captured
