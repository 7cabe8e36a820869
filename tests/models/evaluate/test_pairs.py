"""Who is compared with whom, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from hypothesis import given
from hypothesis import strategies as st

from models.evaluate.measurement import measure_protocol
from models.evaluate.page import page
from models.evaluate.pairs import Pair, Protocol, as_paid, comparisons_of, in_order, single, worst
from models.evaluate.rates import upper_bound
from models.evaluate.report import beside, figures, table, too_small_for

owners = st.lists(st.integers(1, 5), min_size=2, max_size=5).map(
    lambda counts: {f"owner{number}": [number * 10 + sample for sample in range(n)] for number, n in enumerate(counts)}
)


def likeness(first: int, second: int) -> float:
    return -abs(first - second)


@given(owners)
def test_every_two_samples_meet_once(samples: dict[str, list[int]]) -> None:
    pairs = list(single(samples, likeness))
    total = sum(map(len, samples.values()))
    assert len(pairs) == comb(total, 2)
    assert len({frozenset((pair.first, pair.second)) for pair in pairs}) == len(pairs)
    mated = [pair for pair in pairs if pair.mated]
    assert len(mated) == sum(comb(len(several), 2) for several in samples.values())
    assert all(pair.first.split("#")[0] == pair.second.split("#")[0] for pair in mated)


@given(owners, st.integers(1, 3), st.integers(1, 2), st.integers(1, 4))
def test_no_sample_is_enrolled_and_captured_in_one_draw(
    samples: dict[str, list[int]], enrolled: int, captured: int, draws: int
) -> None:
    enough = [owner for owner, several in samples.items() if len(several) >= enrolled + captured]

    def score(reference: Sequence[int], probe: Sequence[int]) -> float:
        assert (len(reference), len(probe)) == (enrolled, captured)
        assert not set(reference) & set(probe)
        return 0.0

    protocol = Protocol(enrolled=enrolled, captured=captured)
    pairs = list(as_paid(samples, protocol, tuple, tuple, score, draws=draws))
    assert len(pairs) == draws * len(enough) ** 2
    assert sum(pair.mated for pair in pairs) == draws * len(enough)


def test_the_draws_are_the_same_each_time_and_others_with_another_seed() -> None:
    samples = {"a": list(range(8)), "b": list(range(10, 18))}

    def played(seed: int) -> list[Pair]:
        return list(as_paid(samples, Protocol(enrolled=3, captured=2), sum, sum, likeness, draws=3, seed=seed))

    assert played(1) == played(1)
    assert played(1) != played(2)


@given(owners, st.integers(1, 3))
def test_in_order_the_first_are_enrolled_and_each_other_meets_everybody(
    samples: dict[str, list[int]], enrolled: int
) -> None:
    enough = {owner: several for owner, several in samples.items() if len(several) > enrolled}

    def score(references: Sequence[int], probe: int) -> float:
        assert len(references) == enrolled
        assert probe not in references
        return float(probe)

    pairs = list(in_order(samples, enrolled, score))
    probes = sum(len(several) - enrolled for several in enough.values())
    assert len(pairs) == probes * len(enough)
    assert sum(pair.mated for pair in pairs) == probes
    assert all((pair.first == pair.second.split("#")[0]) is pair.mated for pair in pairs)


def test_what_was_measured_elsewhere_stands_beside_it_where_the_counts_can_show_it() -> None:
    (known,) = measure_protocol("x", "one with one", _measured(999), 0.5, (40, 2), "a prototype, 2 %")
    line = beside(known)
    assert line is not None
    assert line.startswith("x: EER ")
    assert "FNMR 50.00 % (5 of 10) at FMR 0.1 %; beside it: a prototype, 2 %" in line
    by_id = {figure["id"]: figure for figure in figures([known])}
    assert by_id["x-fnmr-at-0.001"]["peer"] == "a prototype, 2 %"
    assert by_id["x-eer"]["peer"] is None
    assert f"<p>{line}.</p>" in page([known], "0" * 64)
    (small,) = measure_protocol("x", "one with one", _measured(99), 0.5, (40, 2), "a prototype, 2 %")
    (unknown,) = measure_protocol("x", "one with one", _measured(999), 0.5, (40, 2))
    assert beside(small) is beside(unknown) is None


def _measured(strangers: int) -> list[Pair]:
    mated = [Pair(f"a#{number}", "a#0", True, 0.9 - number / 100) for number in range(10)]
    others = [Pair(f"a#{number}", f"b#{number}", False, 0.3 - number / 10_000) for number in range(strangers)]
    return [*mated, *others, Pair("a#11", "<b>#1", False, 0.85)]


def test_a_measurement_counts_what_passes_and_what_does_not() -> None:
    (measured,) = measure_protocol("face-x-single", "one with one", _measured(999), 0.5, (40, 2))
    assert (measured.fmr.errors, measured.fmr.trials) == (1, 1_000)
    assert (measured.fnmr.errors, measured.fnmr.trials) == (0, 10)
    assert measured.worst_strangers[0].second == "<b>#1"
    assert measured.at_fmr(1e-4) is None
    strict = measured.at_fmr(1e-3)
    assert strict is not None
    assert strict.fmr <= 1e-3
    by_id = {figure["id"]: figure for figure in figures([measured])}
    assert by_id["face-x-single-fmr"]["value"] == 0.001
    assert by_id["face-x-single-fnmr-at-0.0001"]["value"] is None
    assert by_id["face-x-single-fta"] | {"what": ""} == {
        "id": "face-x-single-fta",
        "what": "",
        "value": 0.05,
        "unit": "share",
        "n": 40,
        "bound": upper_bound(2, 40),
        "peer": None,
        "passed_invariants": True,
    }
    assert "1,000" in table([measured])
    assert "cannot show a rate of 0.0001" in str(too_small_for(measured))


def test_the_page_shows_ids_as_text_and_needs_nothing_else() -> None:
    (measured,) = measure_protocol("face-x-single", "one with one", _measured(99), 0.5, (40, 2))
    html = page([measured], "ab" * 32)
    assert "&lt;b&gt;#1" in html
    assert "<b>#1" not in html
    assert html.count("<svg") == 2
    for outside in ("http://", "https://", "<script", "<img", "<link"):
        assert outside not in html.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_a_protocol_without_pairs_measures_nothing() -> None:
    assert measure_protocol("x", "y", [Pair("a#1", "a#2", True, 1.0)], 0.5, (2, 0)) == []


def test_the_worst_are_the_least_alike_of_one_and_the_most_alike_of_two() -> None:
    pairs = _measured(20)
    mated, strangers = worst(pairs, 2)
    assert [pair.score for pair in mated] == sorted(pair.score for pair in pairs if pair.mated)[:2]
    assert strangers[0].score == 0.85
    assert len(comparisons_of(pairs).non_mated) == 21
