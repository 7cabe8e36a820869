"""Synthetic fingers: the same seeds, the same finger; many touches of it, none like the other."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis import Pattern, SyntheticFinger

_GROUND_MIN = 180
"""Grey level above which a pixel is empty glass or a valley."""


@pytest.fixture(scope="module")
def finger() -> SyntheticFinger:
    return SyntheticFinger(7)


def test_the_same_seeds_give_the_same_pixels(finger: SyntheticFinger) -> None:
    first = finger.impression(3)
    finger.impression(4)
    assert np.array_equal(first, finger.impression(3))
    assert np.array_equal(first, SyntheticFinger(7).impression(3))


def test_other_seeds_give_other_pixels(finger: SyntheticFinger) -> None:
    assert not np.array_equal(finger.impression(3), finger.impression(4))
    assert not np.array_equal(finger.impression(3), SyntheticFinger(8).impression(3))


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32), size=st.sampled_from([(192, 192, 508), (256, 288, 500)]))
def test_every_impression_is_a_dark_finger_on_light_ground(
    finger: SyntheticFinger, seed: int, size: tuple[int, int, int]
) -> None:
    width, height, dpi = size
    image = finger.impression(seed, width=width, height=height, dpi=dpi)
    assert image.dtype == np.uint8
    assert image.shape == (height, width)
    middle = image[height // 4 : -height // 4, width // 4 : -width // 4]
    assert 0.2 < (middle < _GROUND_MIN - 60).mean() < 0.8
    assert np.percentile(middle, 95) - np.percentile(middle, 5) > 90


def test_a_drawn_contact_given_back_is_the_same_touch(finger: SyntheticFinger) -> None:
    assert np.array_equal(finger.impression(3), finger.impression(3, contact=finger.contact(3)))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1_000), low=st.floats(-1.0, 0.9), more=st.floats(0.1, 1.0))
def test_the_moister_the_darker(finger: SyntheticFinger, seed: int, low: float, more: float) -> None:
    dryer, wetter = (
        finger.impression(seed, contact=replace(finger.contact(seed), moisture=value))
        for value in (low, min(1.0, low + more))
    )
    assert float(wetter.mean()) < float(dryer.mean()) + 1.0


def test_a_finger_beside_the_sensor_leaves_glass_where_it_is_not(finger: SyntheticFinger) -> None:
    half = finger.impression(3, contact=replace(finger.contact(3), shift_x_px=120.0))
    assert np.median(half[:, -40:]) > _GROUND_MIN > np.median(half[:, :60])


@pytest.mark.parametrize("pattern", Pattern)
def test_every_class_has_ridges_at_a_fingers_distance(pattern: Pattern) -> None:
    image = SyntheticFinger(5, pattern=pattern).impression(1, width=256, height=288, dpi=500)
    assert 7.0 < _ridge_period_px(image[80:208, 64:192]) < 12.0


def test_the_corners_of_a_large_sensor_stay_empty(finger: SyntheticFinger) -> None:
    image = finger.impression(1, width=256, height=288, dpi=500)
    corners = [image[y, x] for y in (slice(0, 16), slice(-16, None)) for x in (slice(0, 16), slice(-16, None))]
    assert np.median([np.median(corner) for corner in corners]) > _GROUND_MIN


def test_resolution_scales_the_ridges(finger: SyntheticFinger) -> None:
    coarse = _ridge_period_px(finger.impression(1, width=192, height=192, dpi=500)[32:160, 32:160])
    fine = _ridge_period_px(finger.impression(1, width=384, height=384, dpi=1000)[64:320, 64:320])
    assert fine / coarse == pytest.approx(2.0, rel=0.1)


def test_a_finger_grows_fast_enough_to_wait_for() -> None:
    started = time.process_time()
    finger = SyntheticFinger(9)
    finger.impression(0)
    grown = time.process_time()
    finger.impression(1)
    assert grown - started < 4.0
    assert time.process_time() - grown < 0.4


def test_all_classes_are_born() -> None:
    assert {SyntheticFinger(seed).pattern for seed in range(60)} == set(Pattern)


def _ridge_period_px(image: NDArray[np.uint8]) -> float:
    """One over the spectrum's mean frequency, among those that ridges can have."""
    window = np.outer(np.hanning(image.shape[0]), np.hanning(image.shape[1]))
    power = np.abs(np.fft.fft2((image - image.mean()) * window)) ** 2
    frequency = np.hypot(np.fft.fftfreq(image.shape[0])[:, None], np.fft.fftfreq(image.shape[1])[None, :])
    ridge = (frequency > 1.0 / 30.0) & (frequency < 1.0 / 5.0)
    peak = np.argmax(np.where(ridge, power, 0.0))
    return float(1.0 / frequency.ravel()[peak])
