"""A score means what the table says, on the safe side between its knots, and no table that cannot be is read."""

from __future__ import annotations

import itertools
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.comparison.calibration import (
    FILE_BYTES_MAX,
    Calibration,
    Knot,
    decode_calibration,
    encode_calibration,
)
from models.comparison.calibrations import Calibrations, released
from models.errors import CalibrationError
from tests.models.comparison.tables import GOOD, HASH, knots_of, table, tables

SCORES = st.floats(0.0, 1.0)


@given(tables(), SCORES, SCORES)
def test_a_higher_score_is_never_likelier_of_a_stranger(one: Calibration, first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert one.fmr_of(low) >= one.fmr_of(high)
    assert one.llr_of(low) <= one.llr_of(high)


@given(tables(), st.floats(1e-12, 1.0))
def test_the_score_of_a_rate_is_the_lowest_that_keeps_it(one: Calibration, fmr: float) -> None:
    if fmr < one.fmr_min:
        with pytest.raises(CalibrationError, match="is the smallest"):
            one.score_for(fmr)
        return
    score = one.score_for(fmr)
    assert one.fmr_of(score) <= fmr
    lower = [knot for knot in one.knots if knot.score < score]
    assert all(knot.fmr > fmr for knot in lower)


@given(tables(), st.floats(1e-12, 1.0), st.floats(1e-12, 1.0))
def test_a_stricter_rate_never_asks_for_less(one: Calibration, first: float, second: float) -> None:
    strict, lax = (max(rate, one.fmr_min) for rate in sorted((first, second)))
    assert one.score_for(strict) >= one.score_for(lax)


@given(tables())
def test_a_likelihood_ratio_is_of_all_strangers_and_all_people(one: Calibration) -> None:
    assert one.strangers.sum() == pytest.approx(1.0)
    assert (one.strangers > 0).all()
    assert (np.diff(one.llr) >= 0).all()
    # Whatever was pooled, the ratio is that of two distributions: over strangers it is 1 on average.
    assert float((one.strangers * np.exp(one.llr)).sum()) == pytest.approx(1.0, rel=1e-6)


@given(tables(), st.floats(0.0, 20.0))
def test_few_strangers_have_a_high_ratio(one: Calibration, llr: float) -> None:
    """Wald: of strangers no more than exp(-t) have a ratio of t and more."""
    assert float(one.strangers[one.llr >= llr].sum()) <= math.exp(-llr) * (1 + 1e-9)


@pytest.mark.fault(41)
def test_what_is_no_number_is_everybody_s() -> None:
    one = table(GOOD)
    assert one.fmr_of(math.nan) == one.fmr_of(-math.inf) == 1.0
    assert one.llr_of(math.nan) == one.llr_of(0.0) < 0


def test_the_numbers_that_are_exchanged_are_there() -> None:
    assert decode_calibration(_number(b"0.1"), "face.json") == table(GOOD)


@given(tables())
def test_every_ratio_is_a_number(one: Calibration) -> None:
    assert np.isfinite(one.llr).all()


@given(tables())
def test_what_is_written_is_read_back(one: Calibration) -> None:
    content = encode_calibration(one)
    again = decode_calibration(content, "face.json")
    assert again == one
    assert encode_calibration(again) == content


def _broken(**changes: object) -> bytes:
    fields = msgspec.to_builtins(table(GOOD))
    return msgspec.json.encode(fields | changes)


def _rows(*rows: tuple[float, float, float]) -> object:
    return msgspec.to_builtins(knots_of(list(rows)))


def _number(written: bytes) -> bytes:
    """A table in which this stands for a rate."""
    return encode_calibration(table(GOOD)).replace(b'"fmr": 0.1,', b'"fmr": ' + written + b",")


@pytest.mark.fault(41)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no calibration"),
        (b"\xff\xfe", "no calibration"),
        (b"[]", "no calibration"),
        (b" " * (FILE_BYTES_MAX + 1), "at most"),
        (_broken(format="countersign-models"), "format"),
        (_broken(version=2), "reads version 1"),
        (_broken(modality="iris"), "modality"),
        (_broken(model_hash="abc"), "model_hash"),
        (_broken(enrolled=0), "enrolled"),
        (_broken(more=1), "more"),
        (_broken(knots=[]), "knots"),
        (_broken(knots=_rows((0.1, 1.0, 1.0), (0.2, 0.5, 1.0))), "everybody reaches 0"),
        (_broken(knots=_rows((0.0, 0.9, 1.0), (0.2, 0.5, 1.0))), "everybody reaches 0"),
        (_broken(knots=_rows((0.0, 1.0, 1.0), (0.2, 0.5, 1.0), (0.2, 0.4, 1.0))), "scores rise"),
        (_broken(knots=_rows((0.0, 1.0, 1.0), (0.2, 0.5, 1.0), (0.3, 0.5, 1.0))), "rates fall"),
        (_broken(knots=_rows((0.0, 1.0, 0.5), (0.2, 0.5, 0.6))), "rates fall"),
        (_broken(knots=_rows((0.0, 1.0, 1.0), (0.2, 0.0, 0.6))), "fmr"),
        (_broken(knots=_rows((0.0, 1.0, 1.0), (1.2, 0.1, 0.6))), "score"),
        (_broken(knots=_rows((0.0, 1.0, 1.0), (-0.2, 0.1, 0.6))), "score"),
        (_broken(knots=_rows((0.0, 1.0, 1.0), (0.5, 1e-13, 0.6))), "fmr"),
        (_broken(knots=_rows((0.0, 1.0, 1.0), (0.5, 5e-324, 0.6))), "fmr"),
        (_broken(knots=_rows((0.0, 1.0, 1.0), (0.5, -0.1, 0.6))), "fmr"),
        (_broken(knots=_rows((0.0, 1.0, 1.0), (0.5, 0.1, 1.1))), "tmr"),
        (_broken(knots=_rows((0.0, 1.0, 1.0))), "knots"),
        (_broken(knots=_rows(*((step / 300, 1.0 - step / 300, 1.0) for step in range(201)))), "knots"),
        (_broken(fmr_seen_to=2.0), "fmr_seen_to"),
        (_broken(enrolled=10**400), "enrolled"),
        (_number(b"NaN"), ""),
        (_number(b"Infinity"), ""),
        (_number(b"1e999"), ""),
        (_number(b"null"), "fmr"),
        (_number(b'"0.1"'), "fmr"),
        (encode_calibration(table(GOOD))[:-100], ""),
        (b'{"knots":' + b"[" * 60_000, ""),
        (b'{"more":' + b"[" * 60_000, ""),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_name(content: bytes, words: str) -> None:
    with pytest.raises(CalibrationError, match=rf"face\.json.*{words}"):
        decode_calibration(content, "face.json")


def test_a_calibration_holds_for_its_networks_and_samples_only() -> None:
    known = Calibrations([table(GOOD, enrolled=4), table(GOOD, enrolled=6), table(GOOD, "fingerprint")])
    assert known.find("face", HASH, 6, 1).enrolled == 6
    assert known.enrollable("face", HASH) == (4, 6)
    assert known.enrollable("face", "cd" * 32) == ()
    with pytest.raises(CalibrationError, match="networks 'cdcd"):
        known.find("face", "cd" * 32, 4, 1)
    with pytest.raises(CalibrationError, match=r"5 enrolled and 1 captured face samples are not .* 4 and 1, 6 and 1"):
        known.find("face", HASH, 5, 1)
    with pytest.raises(CalibrationError, match="two calibrations"):
        Calibrations([table(GOOD), table(GOOD)])


def test_the_released_tables_say_what_they_were_measured_on() -> None:
    every = list(released())
    assert {one.modality for one in every} == {"face", "fingerprint"}
    for one in every:
        assert one.measured.owner_pairs <= one.measured.owners * (one.measured.owners - 1) // 2
        assert one.fmr_seen_to >= 3 / one.measured.owner_pairs * 0.999
        assert one.limits
        for knot in one.knots[1:]:
            assert _on_the_safe_side(knot)
        assert all(first.fmr_likeliest >= then.fmr_likeliest for first, then in itertools.pairwise(one.knots))


def _on_the_safe_side(knot: Knot) -> bool:
    return knot.fmr_likeliest <= knot.fmr
