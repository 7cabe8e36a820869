"""Each cue sees what it is made for on an artefact, does not on a living finger, and says nothing where it cannot
tell."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.finger_synthesis.artefacts import MATERIALS, PRINTERS, moulded, printed
from models.fingerprint.cues.bubbles import Bubbles
from models.fingerprint.cues.greys import Greys
from models.fingerprint.cues.halftone import Halftone
from models.fingerprint.cues.moisture import Moisture
from models.fingerprint.cues.touch import Cue, Touch
from models.fingerprint.cues.watch import figures_of, own_cues
from tests.models.comparison.minutiae import record_of

Image = NDArray[np.uint8]
NOBODY = record_of(())
FINGERS = (1, 2, 3)
OF_TEXTURE: tuple[Cue, ...] = (Halftone(), Moisture(), Bubbles(), Greys())
BY_MATERIAL = {material.name: material for material in MATERIALS}
BY_DPI = {printer.dpi: printer for printer in PRINTERS}


@cache
def living(seed: int) -> Image:
    return SyntheticFinger(seed).impression(1)


def figure(cue: Cue, image: Image) -> float:
    found = cue.run(Touch(image, NOBODY))
    assert found is not None
    return found


def of_living(cue: Cue) -> list[float]:
    return [figure(cue, living(seed)) for seed in FINGERS]


@pytest.mark.parametrize("dpi", BY_DPI)
def test_a_printer_s_screen_is_a_peak_that_ridges_have_not(dpi: int) -> None:
    cue = Halftone()
    prints = [figure(cue, printed(living(seed), BY_DPI[dpi], np.random.default_rng(seed))) for seed in FINGERS]
    assert min(prints) > max(of_living(cue))


def test_air_in_a_cast_is_seen() -> None:
    cue = Bubbles()
    casts = [
        figure(cue, moulded(living(seed), BY_MATERIAL["gelatine"], np.random.default_rng(seed))) for seed in FINGERS
    ]
    assert min(casts) > max(of_living(cue))


def test_an_evenly_pressed_finger_is_more_even_than_one_that_sweats() -> None:
    y, x = np.mgrid[0:192, 0:192]
    even = np.where(((x + 0.4 * y) / 9.0) % 1.0 < 0.5, 50, 210).astype(np.uint8)
    shade = (40.0 * np.sin(x / 30.0)).astype(np.int16)
    uneven = np.clip(even.astype(np.int16) + shade, 0, 255).astype(np.uint8)
    assert figure(Moisture(), even) < figure(Moisture(), uneven)


def test_two_greys_are_fewer_than_sixteen() -> None:
    y, x = np.mgrid[0:192, 0:192]
    wave = np.sin(2.0 * np.pi * (x + 0.4 * y) / 9.0)
    two, many = np.where(wave > 0, 240, 0).astype(np.uint8), (127.5 + 127.0 * wave).astype(np.uint8)
    assert figure(Greys(), two) < 0.3 < figure(Greys(), many) <= 1.0


def test_empty_glass_and_a_fingertip_s_edge_tell_nothing() -> None:
    edge = living(1).copy()
    edge[:, 40:] = 222
    for image in (np.full((192, 192), 222, np.uint8), edge):
        assert figures_of(Touch(image, NOBODY), OF_TEXTURE) == {}


@given(arrays(np.uint8, (192, 192), elements=st.integers(0, 255), fill=st.integers(0, 255)))
def test_any_image_gives_numbers_or_nothing(image: Image) -> None:
    assert all(np.isfinite(value) for value in figures_of(Touch(image, NOBODY), own_cues()).values())


@given(st.integers(0, 2**32 - 1))
def test_noise_gives_numbers_or_nothing(seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (288, 256), dtype=np.uint8)
    assert all(np.isfinite(value) for value in figures_of(Touch(image, NOBODY), own_cues()).values())


def test_four_bits_a_pixel_are_all_that_counts() -> None:
    whole = living(1)
    coarse = np.asarray((whole >> 4) * np.uint8(17), np.uint8)
    assert figures_of(Touch(whole, NOBODY), OF_TEXTURE) == figures_of(Touch(coarse, NOBODY), OF_TEXTURE)
