"""Cylinder codes follow the finger when it moves, and tell directions and resolutions apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.comparison.cylinders import build_cylinders, local_similarity, wrapped
from models.comparison.iso19794_2 import Minutia, MinutiaKind
from tests.models.comparison.minutiae import finger, moved, record_of


def test_cells_and_masks_are_in_range() -> None:
    cylinders = build_cylinders(record_of(finger(1)))
    assert len(cylinders) >= 20
    assert cylinders.cells.min() >= 0.0
    assert cylinders.cells.max() <= 1.0
    assert set(np.unique(cylinders.valid)) <= {0.0, 1.0}
    assert (cylinders.valid.mean(axis=1) >= 0.75).all()


def _cell_by_definition(minutiae: tuple[Minutia, ...], centre: Minutia, x: float, y: float, layer: int) -> float:
    """The value of one cell at x, y in the image, as the paper defines it: every other minutia adds its part."""
    mass = 0.0
    for other in minutiae:
        apart = math.hypot(other.x - x, -other.y - y)
        if other is centre or math.exp(-0.5 * (apart / (28.0 / 3.0)) ** 2) < math.exp(-4.5):
            continue
        near = math.exp(-0.5 * (apart / (28.0 / 3.0)) ** 2) / (28.0 / 3.0 * math.sqrt(2.0 * math.pi))
        middle = -math.pi + (layer + 0.5) * math.pi / 3.0
        difference = (centre.angle - other.angle) * 2.0 * math.pi / 256.0
        off = (difference - middle + math.pi) % (2.0 * math.pi) - math.pi
        high, low = ((off + side * math.pi / 6.0) / (2.0 * math.pi / 9.0 * math.sqrt(2.0)) for side in (1, -1))
        mass += near * (math.erf(high) - math.erf(low)) / 2.0
    return 1.0 / (1.0 + math.exp(-400.0 * (mass - 0.01)))


@settings(deadline=None, max_examples=3)
@given(st.integers(0, 10_000), st.integers(4, 40))
def test_every_cell_is_what_the_paper_says(seed: int, count: int) -> None:
    minutiae = finger(seed, count)
    cylinders = build_cylinders(record_of(minutiae))
    corners = [(16 * (row + 0.5) / 16 - 8) * 8.75 for row in range(16)]
    inside = [(x, y) for x in corners for y in corners if math.hypot(x, y) <= 70.0]
    for point, angle, cells, valid in zip(
        cylinders.points, cylinders.angles, cylinders.cells, cylinders.valid, strict=True
    ):
        centre = next(one for one in minutiae if (one.x, -one.y) == tuple(point))
        values = cells.reshape(len(inside), 6)
        for index in range(seed % 11, len(inside), 11):
            along, across = inside[index]
            x = centre.x + along * math.cos(angle) - across * math.sin(angle)
            y = -centre.y + along * math.sin(angle) + across * math.cos(angle)
            outside = any(
                x * math.cos(step) + y * math.sin(step)
                > max(one.x * math.cos(step) - one.y * math.sin(step) for one in minutiae) + 50.0
                for step in (turn * math.pi / 32 for turn in range(64))
            )
            assert valid[index] == (not outside)
            layer = index % 6
            wanted = 0.0 if outside else _cell_by_definition(minutiae, centre, x, y, layer)
            assert values[index, layer] == pytest.approx(wanted, abs=1e-4)


def test_a_cylinder_is_most_like_itself() -> None:
    cylinders = build_cylinders(record_of(finger(2)))
    similarity = local_similarity(cylinders, cylinders)
    assert np.diag(similarity) == pytest.approx(1.0, abs=2e-3)  # float32 differences of equal squares
    assert (similarity.argmax(axis=1) == np.arange(len(cylinders))).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_similarity_is_symmetric_and_bounded(first_seed: int, second_seed: int) -> None:
    first = build_cylinders(record_of(finger(first_seed)))
    second = build_cylinders(record_of(finger(second_seed)))
    similarity = local_similarity(first, second)
    assert similarity == pytest.approx(local_similarity(second, first).T, abs=1e-5)
    assert similarity.min() >= 0.0
    assert similarity.max() <= 1.0


@settings(deadline=None, max_examples=20)
@given(st.floats(-1.0, 1.0), st.integers(-30, 30), st.integers(-30, 30))
def test_cylinders_move_with_the_finger(turn_rad: float, shift_x: int, shift_y: int) -> None:
    minutiae = finger(3)
    still = build_cylinders(record_of(minutiae))
    turned = build_cylinders(record_of(moved(minutiae, turn_rad=turn_rad, shift_px=(shift_x, shift_y))))
    best = local_similarity(still, turned).max(axis=1)
    assert np.median(best) > 0.85


def test_opposite_directions_are_not_compared() -> None:
    minutiae = finger(4)
    turned = moved(minutiae, turn_rad=math.pi, shift_px=(0, 0))
    still, over = build_cylinders(record_of(minutiae)), build_cylinders(record_of(turned))
    apart = np.abs(wrapped(still.angles[:, None] - over.angles[None, :]))
    assert (local_similarity(still, over)[apart > math.pi / 2.0 + 0.01] == 0.0).all()


def test_resolutions_are_brought_together() -> None:
    minutiae = finger(5)
    # The same finger seen at half the resolution: half the pixels between its minutiae.
    coarse = tuple(Minutia(m.x // 2, m.y // 2, m.angle, m.kind, m.quality) for m in minutiae)
    fine_set = build_cylinders(record_of(minutiae, resolution_px_per_cm=394))
    coarse_set = build_cylinders(record_of(coarse, resolution_px_per_cm=197))
    assert len(fine_set) > 0
    assert np.median(local_similarity(fine_set, coarse_set).max(axis=1)) > 0.85


def test_the_surest_minutiae_of_a_crowd_are_used() -> None:
    sure = finger(7)
    places = {(m.x, m.y) for m in sure}
    unsure = tuple(
        Minutia(x, y, 0, MinutiaKind.OTHER, 1)
        for x in range(100, 300, 14)
        for y in range(100, 300, 14)
        if (x, y) not in places
    )
    crowd = build_cylinders(record_of((*unsure, *sure)))
    assert len(unsure) + len(sure) > 200
    assert len(crowd) <= 128
    assert len(crowd) >= len(build_cylinders(record_of(sure)))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_little_around_gives_no_cylinder(count: int) -> None:
    minutiae = tuple(Minutia(100 * k, 50, 0, MinutiaKind.ENDING, 50) for k in range(count))
    nothing = build_cylinders(record_of(minutiae))
    something = build_cylinders(record_of(finger(6)))
    assert len(nothing) == 0
    assert local_similarity(nothing, something).shape == (0, len(something))
