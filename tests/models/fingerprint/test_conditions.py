"""Wet, dry, partial and turned fingers: the right hint, still oneself, never somebody else, and a reason where it is
hopeless."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis import Contact, SyntheticFinger
from models.comparison.fingerprint import finger_score
from models.comparison.thresholds import FINGER_IMPRESSIONS_ENROLLED
from models.evaluate.collection import read_grey
from models.evaluate.fingers import cut
from models.fingerprint.extractor import FORMATS, FingerTemplate, MinutiaeExtractor
from models.fingerprint.quality import FingerHint, FingerImageError, hint_for, measure
from tests.bundle import model_bundle
from tests.models.fingerprint.conditions import beside, dry, light, turned, wet
from tests.shared_data import shared_data
from tests.thresholds import FINGER_SCORE_MIN

pytestmark = pytest.mark.models

LARGE = FORMATS[1]
FINGERS = (101, 102, 104)
OWN, *OTHERS = FINGERS
SEED, STRANGER = 11, 12

TROUBLED = (
    ("fingerprints/fvc2002/DB1_B", 104),
    ("fingerprints/fvc2002/DB1_B", 105),
    ("fingerprints/fvc2004/DB1_B", 104),
)
"""Of two other sensors, good as they are."""

Image = NDArray[np.uint8]
Change = Callable[[Image], Image]


@cache
def extractor() -> MinutiaeExtractor:
    return MinutiaeExtractor(model_bundle())


def template_of(image: Image) -> FingerTemplate:
    dpi = next(form.dpi for form in FORMATS if (form.height, form.width) == image.shape)
    return extractor().run(image, dpi)


# --- real fingers ---


def real(folder: Path, finger: int, impression: int) -> Image:
    return cut(read_grey(folder / f"{finger}_{impression}.png"), LARGE)


@cache
def enrolled(folder: Path) -> Mapping[int, tuple[bytes, ...]]:
    numbers = range(1, FINGER_IMPRESSIONS_ENROLLED + 1)
    return {finger: tuple(template_of(real(folder, finger, one)).record for one in numbers) for finger in FINGERS}


@pytest.fixture
def folder() -> Path:
    return shared_data("fingerprints/fvc2002/DB3_B")


def matches(folder: Path, image: Image) -> tuple[bool, bool]:
    """Whether it is taken for its own finger, and whether for another's."""
    record = template_of(image).record
    scores = {finger: finger_score(references, record) for finger, references in enrolled(folder).items()}
    return scores[OWN] >= FINGER_SCORE_MIN, any(scores[other] >= FINGER_SCORE_MIN for other in OTHERS)


@pytest.mark.shared_data
@pytest.mark.parametrize("degrees", [-45, -20, 5, 15, 30, 60])
def test_a_turned_finger_is_still_its_own_and_nobody_else(folder: Path, degrees: int) -> None:
    assert matches(folder, turned(real(folder, OWN, 5), degrees)) == (True, False)


@pytest.mark.shared_data
def test_a_finger_from_the_other_side_of_the_counter_is_nobody(folder: Path) -> None:
    """Not recognised, which is a reason: it is asked for again. The comparison allows a quarter turn."""
    assert matches(folder, turned(real(folder, OWN, 5), 180)) == (False, False)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "change", [lambda image: wet(image, 1), lambda image: dry(image, 1, 0.08)], ids=["damp", "dryish"]
)
def test_a_damp_or_dryish_finger_is_still_its_own(folder: Path, change: Change) -> None:
    assert matches(folder, change(real(folder, OWN, 5))) == (True, False)


@pytest.mark.shared_data
@pytest.mark.parametrize("share", [0.75, 0.6])
def test_most_of_a_finger_is_still_its_own(folder: Path, share: float) -> None:
    assert matches(folder, beside(real(folder, OWN, 5), share)) == (True, False)


@pytest.mark.shared_data
@pytest.mark.fault(40)
@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda image: image, FingerHint.OK),
        (lambda image: wet(image, 8), FingerHint.TOO_WET),
        (lambda image: dry(image, 3, 0.3), FingerHint.TOO_DRY),
        (lambda image: beside(image, 0.35), FingerHint.CENTER_FINGER),
        (lambda image: beside(image, 0.1), FingerHint.NO_FINGER),
        (lambda image: light(image, 0.22), FingerHint.PRESS_FIRMER),
    ],
    ids=["good", "wet", "dry", "beside", "away", "light"],
)
def test_what_is_wrong_with_a_real_finger_is_said_and_it_is_never_another_s(
    folder: Path, change: Change, hint: FingerHint
) -> None:
    for source, finger in TROUBLED:
        image = change(real(shared_data(source), finger, 5))
        assert hint_for(measure(image)) is hint
        if hint is FingerHint.NO_FINGER:
            with pytest.raises(FingerImageError) as refused:
                template_of(image)
            assert refused.value.hint is hint
            continue
        record = template_of(image).record
        assert not any(finger_score(references, record) >= FINGER_SCORE_MIN for references in enrolled(folder).values())


# --- synthetic fingers, as the emulated reader shows them ---


@cache
def finger(seed: int) -> SyntheticFinger:
    return SyntheticFinger(seed)


def laid(seed: int, number: int, **changes: float) -> Image:
    """A touch of the finger, changed."""
    contact: Contact = finger(seed).contact(number)
    return finger(seed).impression(number, contact=replace(contact, **changes))


@cache
def synthetic_references(seed: int) -> tuple[bytes, ...]:
    return tuple(template_of(laid(seed, number)).record for number in range(FINGER_IMPRESSIONS_ENROLLED))


@pytest.mark.parametrize(
    "changes",
    [
        {"moisture": 0.4},
        {"moisture": -0.4},
        {"rotation_rad": 0.6},
        {"rotation_rad": -0.9},
        {"shift_x_px": 50.0},
        {"shift_y_px": -55.0},
    ],
    ids=["damp", "dryish", "turned", "turned far", "aside", "low"],
)
def test_a_finger_laid_down_carelessly_is_still_its_own(changes: dict[str, float]) -> None:
    record = template_of(laid(SEED, 50, **changes)).record
    assert finger_score(synthetic_references(SEED), record) >= FINGER_SCORE_MIN
    assert finger_score(synthetic_references(STRANGER), record) < FINGER_SCORE_MIN


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"moisture": 1.0}, FingerHint.TOO_WET),
        ({"moisture": -1.0}, FingerHint.TOO_DRY),
        ({"shift_x_px": 150.0}, FingerHint.CENTER_FINGER),
        ({"shift_x_px": 260.0}, FingerHint.NO_FINGER),
    ],
    ids=["wet", "dry", "beside", "away"],
)
def test_the_synthetic_finger_s_trouble_is_named(changes: dict[str, float], hint: FingerHint) -> None:
    assert [hint_for(measure(laid(seed, 50, **changes))) for seed in (SEED, STRANGER, 13)] == [hint] * 3
