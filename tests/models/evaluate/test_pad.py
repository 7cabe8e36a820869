"""Counting of presentations, what the counts allow to be said, and the page about them."""

from __future__ import annotations

import pytest

from models.evaluate.pad import COMPARISON, PadMeasurement, Presentation, pad_figures, pad_table, pad_too_small
from models.evaluate.pad_page import NOT_COVERED, NOT_COVERED_OF_FINGERS, pad_sections


def presentation(*, challenge: bool | None, cues: bool, score: float = 0.5, source: str = "a") -> Presentation:
    return Presentation("replay", source, challenge, cues, score, "done", {"parallax": 0.4})


def attack(*judged: tuple[bool, bool]) -> PadMeasurement:
    made = tuple(presentation(challenge=challenge, cues=cues) for challenge, cues in judged)
    return PadMeasurement("replay", "a replay", bona_fide=False, simulated=True, presentations=made)


def people(*cues: bool) -> PadMeasurement:
    made = tuple(presentation(challenge=None, cues=one) for one in cues)
    return PadMeasurement("recorded-person", "people", bona_fide=True, simulated=False, presentations=made)


MIXED = attack((True, True), (True, False), (False, True), (False, False))


def test_an_attack_is_an_error_only_where_challenge_and_cues_both_took_it_for_alive() -> None:
    assert (MIXED.rate.errors, MIXED.by_challenge.errors, MIXED.by_cues.errors) == (1, 2, 2)
    assert MIXED.rate.trials == MIXED.by_cues.trials == 4


def test_people_are_errors_where_they_are_turned_away() -> None:
    measured = people(True, True, False)
    assert (measured.rate.errors, measured.rate.trials) == (1, 3)
    assert not measured.asked
    assert measured.by_challenge.trials == 0


def test_figures_carry_kind_count_and_bound() -> None:
    by_id = {figure["id"]: figure for figure in pad_figures([MIXED, people(True, True)])}
    assert set(by_id) == {
        "pad-replay-apcer",
        "pad-replay-apcer-challenge",
        "pad-replay-apcer-cues",
        "pad-recorded-person-bpcer",
        "pad-recorded-person-bpcer-cues",
    }
    assert by_id["pad-replay-apcer"]["value"] == 0.25
    assert by_id["pad-recorded-person-bpcer"]["bound"] == pytest.approx(1 - 0.05**0.5, abs=1e-6)


def test_the_table_has_a_line_each_with_counts_and_bounds() -> None:
    head, first, second = pad_table([MIXED, people(True, True)]).split("\n")
    assert "at most, 95 %" in head
    assert "replay APCER" in first
    assert "1 of 4 (75.1 %)" in first
    assert "not asked" in second
    assert "0 of 2 (77.6 %)" in second


def test_a_finger_is_judged_by_comparison_and_the_figures_say_so() -> None:
    made = (presentation(challenge=True, cues=True), presentation(challenge=False, cues=True))
    cast = PadMeasurement("finger-cast", "a cast", False, True, made, COMPARISON)
    assert "comparison alone" in pad_table([cast]).split("\n")[0]
    by_id = {figure["id"]: figure for figure in pad_figures([cast])}
    assert set(by_id) == {"pad-finger-cast-apcer", "pad-finger-cast-apcer-comparison", "pad-finger-cast-apcer-cues"}
    assert by_id["pad-finger-cast-apcer"]["value"] == 0.5
    page = "\n".join(pad_sections([cast], 0.001, "Fingers", NOT_COVERED_OF_FINGERS))
    assert "<th>comparison</th>" in page
    assert NOT_COVERED_OF_FINGERS in page
    assert NOT_COVERED not in page


@pytest.mark.parametrize(("count", "shown"), [(41, False), (42, True)])
def test_what_a_count_is_too_small_to_show_is_said(count: int, shown: bool) -> None:
    words = pad_too_small(attack(*[(False, False)] * count))
    assert (words is None) == shown
    assert words is None or words.startswith("41 presentations without an error cannot show")


def test_the_page_names_every_wrong_judgement_and_what_is_not_covered() -> None:
    wrong = presentation(challenge=True, cues=True, source="<b>somebody</b>")
    measured = PadMeasurement("replay", "a replay", bona_fide=False, simulated=True, presentations=(wrong,))
    page = "\n".join(pad_sections([measured, people(True)], 0.15))
    assert NOT_COVERED in page
    assert "&lt;b&gt;somebody&lt;/b&gt;" in page
    assert "<b>somebody" not in page
    assert "parallax 0.40" in page
    assert page.count("<svg") == page.count("</svg>") == 1
