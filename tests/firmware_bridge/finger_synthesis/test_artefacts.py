"""Artefacts are images of the same size, the same each time, and look like what they are called."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.finger_synthesis.artefacts import (
    MATERIALS,
    PRINTERS,
    Material,
    Printer,
    moulded,
    printed,
    reactivated,
    sent_again,
)

Image = NDArray[np.uint8]
Make = Callable[[Image, np.random.Generator], Image]


def _print_of(printer: Printer) -> Make:
    return lambda image, rng: printed(image, printer, rng)


def _cast_of(material: Material) -> Make:
    return lambda image, rng: moulded(image, material, rng)


MADE: dict[str, Make] = {
    **{f"print-{one.dpi}": _print_of(one) for one in PRINTERS},
    **{one.name: _cast_of(one) for one in MATERIALS},
    "reactivated": reactivated,
    "sent_again": sent_again,
}


@cache
def finger(width: int = 192, height: int = 192, dpi: int = 508) -> Image:
    return SyntheticFinger(5).impression(1, width=width, height=height, dpi=dpi)


def made(name: str, image: Image, seed: int = 1) -> Image:
    return MADE[name](image, np.random.default_rng(seed))


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("size", [(192, 192, 508), (256, 288, 500)], ids=["R503", "R307"])
def test_an_artefact_is_an_image_of_the_reader_the_same_for_the_same_chance(
    name: str, size: tuple[int, int, int]
) -> None:
    image = finger(*size)
    first = made(name, image)
    assert (first.dtype, first.shape) == (image.dtype, image.shape)
    assert np.array_equal(first, made(name, image))
    assert not np.array_equal(first, made(name, image, seed=2))
    assert np.percentile(first, 95) - np.percentile(first, 5) > 50


@pytest.mark.parametrize("name", ["reactivated", "sent_again"])
def test_what_comes_again_lies_in_the_very_same_place(name: str) -> None:
    image = finger()
    again = made(name, image)
    assert np.corrcoef(image.ravel(), again.ravel())[0, 1] > 0.85


def test_a_print_left_behind_is_weaker_than_the_finger() -> None:
    assert float(made("reactivated", finger()).std()) < 0.75 * float(finger().std())


def test_a_mould_s_ridges_are_the_finger_s_valleys() -> None:
    image, by_name = finger(), {one.name: one for one in MATERIALS}
    inside = (slice(60, 130), slice(60, 130))
    for seed in range(3):
        # The same chance lays both down alike.
        cast, mould = (moulded(image, by_name[name], np.random.default_rng(seed)) for name in ("silicone", "mould"))
        assert np.corrcoef(cast[inside].ravel(), mould[inside].ravel())[0, 1] < -0.4
