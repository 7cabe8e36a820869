"""From an image to a record that can be enrolled and compared; other images are refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis import SyntheticFinger
from models.comparison.fingerprint import check_enrolment, finger_score
from models.comparison.iso19794_2 import MINUTIAE_MAX, MinutiaKind
from models.comparison.thresholds import FINGER_IMPRESSIONS_ENROLLED
from models.errors import ImageError, ModelError
from models.fingerprint.extractor import MinutiaeExtractor, find_minutiae
from models.fingerprint.quality import FingerHint, FingerImageError
from tests.bundle import model_bundle
from tests.shared_data import shared_data
from tests.thresholds import FINGER_SCORE_MIN


@pytest.fixture(scope="module")
def extractor() -> MinutiaeExtractor:
    return MinutiaeExtractor(model_bundle())


@pytest.mark.models
@pytest.mark.parametrize(("width", "height", "dpi", "px_per_cm"), [(192, 192, 508, 200), (256, 288, 500, 197)])
def test_a_finger_becomes_a_record_fit_to_enrol(
    extractor: MinutiaeExtractor, width: int, height: int, dpi: int, px_per_cm: int
) -> None:
    template = extractor.run(SyntheticFinger(1).impression(0, width=width, height=height, dpi=dpi), dpi)
    record = check_enrolment(template.record)
    assert (record.width, record.height, record.resolution_px_per_cm) == (width, height, px_per_cm)
    assert len(record.minutiae) == template.minutiae
    assert 0.3 < template.quality <= 1.0
    assert template.hint is FingerHint.OK


@pytest.mark.models
def test_the_same_image_gives_the_same_record(extractor: MinutiaeExtractor) -> None:
    image = SyntheticFinger(1).impression(0)
    assert extractor.run(image, 508) == extractor.run(image.copy(), 508)


@pytest.mark.models
def test_two_sensors_see_one_finger(extractor: MinutiaeExtractor) -> None:
    finger = SyntheticFinger(2)
    small = extractor.run(finger.impression(0), 508).record
    large = extractor.run(finger.impression(1, width=256, height=288, dpi=500), 500).record
    other = extractor.run(SyntheticFinger(3).impression(1, width=256, height=288, dpi=500), 500).record
    assert finger_score([small], large) > FINGER_SCORE_MIN
    assert finger_score([small], other) < FINGER_SCORE_MIN


@pytest.mark.models
def test_enrolled_synthetic_fingers_are_told_apart_at_four_bits(extractor: MinutiaeExtractor) -> None:
    fingers = [SyntheticFinger(seed) for seed in (11, 12, 13)]
    enrolled = [[_record(extractor, finger, seed) for seed in range(FINGER_IMPRESSIONS_ENROLLED)] for finger in fingers]
    probes = [_record(extractor, finger, 50, bits=4) for finger in fingers]
    for place, references in enumerate(enrolled):
        scores = [finger_score(references, probe) for probe in probes]
        own = scores.pop(place)
        assert own > 2.0 * FINGER_SCORE_MIN
        assert max(scores) < FINGER_SCORE_MIN


@pytest.mark.models
@pytest.mark.shared_data
def test_real_fingers_are_told_apart(extractor: MinutiaeExtractor) -> None:
    folder = shared_data("fingerprints/fvc2002/DB3_B")
    probes = {finger: _real(extractor, folder, finger, 5) for finger in (101, 102, 104)}
    for finger in probes:
        references = [_real(extractor, folder, finger, impression) for impression in (1, 2, 3, 4)]
        for other, probe in probes.items():
            assert (finger_score(references, probe) >= FINGER_SCORE_MIN) is (other == finger)


@pytest.mark.models
@pytest.mark.parametrize("level", [0, 128, 255])
def test_constant_images_are_refused(extractor: MinutiaeExtractor, level: int) -> None:
    with pytest.raises(FingerImageError, match="no ridges") as refusal:
        extractor.run(np.full((192, 192), level, np.uint8), 508)
    assert refusal.value.hint is not FingerHint.OK


@pytest.mark.models
@pytest.mark.parametrize(
    ("pixels", "dpi"),
    [
        (np.zeros((192, 192), np.float32), 508),
        (np.zeros((192, 192, 1), np.uint8), 508),
        (np.zeros((192, 191), np.uint8), 508),
        (np.zeros((256, 288), np.uint8), 500),
        (np.zeros((192, 192), np.uint8), 500),
        (np.zeros((288, 256), np.uint8), 508),
        (np.zeros((0, 0), np.uint8), 508),
    ],
)
def test_other_images_are_refused(extractor: MinutiaeExtractor, pixels: NDArray[np.uint8], dpi: int) -> None:
    with pytest.raises(ImageError, match="finger image"):
        extractor.run(pixels, dpi)


def test_the_networks_answer_is_read_as_documented() -> None:
    answer = np.zeros((32, 32, 4), np.float32)
    answer[5, 9] = (0.9, np.pi / 2.0, 0.8, 0.7)
    answer[20, 3] = (0.9, -np.pi / 2.0, 0.1, 0.3)
    answer[21, 30] = (0.9, 0.0, 0.1, 0.29)
    first, second = find_minutiae(answer)
    assert (first.x, first.y, first.angle, first.kind, first.quality) == (9, 5, 64, MinutiaKind.ENDING, 70)
    assert (second.x, second.y, second.angle, second.kind) == (3, 20, 192, MinutiaKind.BIFURCATION)


def test_the_best_minutiae_are_kept_where_there_are_too_many() -> None:
    answer = np.zeros((32, 32, 4), np.float32)
    answer[..., 3] = np.linspace(0.4, 0.9, 32 * 32).reshape(32, 32)
    minutiae = find_minutiae(answer)
    assert len(minutiae) == MINUTIAE_MAX
    assert min(minutia.y for minutia in minutiae) >= 24


def test_an_answer_of_another_shape_is_refused() -> None:
    with pytest.raises(ModelError, match="instead of"):
        find_minutiae(np.zeros((32, 32, 3), np.float32))


def _record(extractor: MinutiaeExtractor, finger: SyntheticFinger, seed: int, *, bits: int = 8) -> bytes:
    shift = 8 - bits
    pixels = np.asarray(finger.impression(seed) >> shift << shift, np.uint8)
    return extractor.run(pixels, 508).record


def _real(extractor: MinutiaeExtractor, folder: Path, finger: int, impression: int) -> bytes:
    image = np.asarray(cv2.imread(str(folder / f"{finger}_{impression}.png"), cv2.IMREAD_GRAYSCALE), np.uint8)
    height, width = image.shape
    top, left = (height - 288) // 2, (width - 256) // 2
    return extractor.run(image[top : top + 288, left : left + 256], 500).record
