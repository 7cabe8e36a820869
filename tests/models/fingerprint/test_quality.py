"""What is wrong with a finger's image is named, and empty glass is no finger."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.errors import ImageError
from models.fingerprint.quality import FingerHint, FingerImageError, hint_for, measure, require_finger

_SIDE = 192
_PERIOD = 9.0


def _ridges(*, dark: int = 40, light: int = 220, duty: float = 0.5, width: int = _SIDE) -> NDArray[np.uint8]:
    """Slanted ridges on the image's leftmost `width` columns, light ground beside them."""
    y, x = np.mgrid[0:_SIDE, 0:_SIDE]
    phase = ((x + 0.4 * y) / _PERIOD) % 1.0
    image = np.where(phase < duty, dark, light).astype(np.uint8)
    image[:, width:] = light
    return image


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        (_ridges(), FingerHint.OK),
        (_ridges(width=16), FingerHint.NO_FINGER),
        (_ridges(width=96), FingerHint.CENTER_FINGER),
        (_ridges(dark=150, light=188), FingerHint.PRESS_FIRMER),
        (_ridges(duty=0.15), FingerHint.TOO_DRY),
        (_ridges(duty=0.88), FingerHint.TOO_WET),
        (np.full((_SIDE, _SIDE), 225, np.uint8), FingerHint.NO_FINGER),
        (np.full((_SIDE, _SIDE), 255, np.uint8), FingerHint.NO_FINGER),
        (np.zeros((_SIDE, _SIDE), np.uint8), FingerHint.TOO_WET),
    ],
)
def test_the_first_thing_wrong_is_named(image: NDArray[np.uint8], hint: FingerHint) -> None:
    assert hint_for(measure(image)) is hint


@pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
def test_constant_images_are_refused_with_a_hint(level: int) -> None:
    with pytest.raises(FingerImageError) as refusal:
        require_finger(measure(np.full((288, 256), level, np.uint8)))
    assert isinstance(refusal.value, ImageError)
    assert refusal.value.hint in {FingerHint.NO_FINGER, FingerHint.TOO_WET}


def test_the_noise_of_empty_glass_is_no_finger() -> None:
    rng = np.random.default_rng(1)
    glass = np.clip(215 + 5 * rng.standard_normal((_SIDE, _SIDE)), 0, 255).astype(np.uint8)
    assert hint_for(measure(_four_bits(glass))) is FingerHint.NO_FINGER


def test_four_bits_per_pixel_measure_the_same() -> None:
    image = _ridges()
    full, coarse = measure(image), measure(_four_bits(image))
    assert coarse.covered == full.covered
    assert coarse.dark == pytest.approx(full.dark, abs=0.02)


@given(arrays(np.uint8, (64, 96), elements=st.integers(0, 255), fill=st.integers(0, 255)))
def test_any_image_has_measures_and_a_hint_and_is_refused_exactly_where_no_finger_is(image: NDArray[np.uint8]) -> None:
    quality = measure(image)
    for share in (quality.covered, quality.dark, quality.flooded):
        assert 0.0 <= share <= 1.0
    assert quality.covered + quality.flooded <= 1.0 + 1e-9
    hint = hint_for(quality)
    if quality.covered < 0.15:
        with pytest.raises(FingerImageError) as refusal:
            require_finger(quality)
        assert refusal.value.hint is hint
        assert hint in (FingerHint.NO_FINGER, FingerHint.TOO_WET)
    else:
        require_finger(quality)
        assert hint is not FingerHint.NO_FINGER


def test_a_finger_whose_valleys_are_full_is_wet_though_most_of_it_has_no_ridges() -> None:
    flooded = _ridges()
    flooded[:, 20:] = 50
    assert hint_for(measure(flooded)) is FingerHint.TOO_WET
    dirt = np.full((_SIDE, _SIDE), 225, np.uint8)
    dirt[:32, :32] = 20
    assert hint_for(measure(dirt)) is FingerHint.NO_FINGER


def _four_bits(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is left of an image after a reader's upload."""
    return np.asarray(image >> 4 << 4, np.uint8)
