"""Each passive cue on pictures that differ in its own matter and in nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.liveness.cues.flicker import Flicker
from models.liveness.cues.gamut import Gamut
from models.liveness.cues.glance import Cue, Glance, View
from models.liveness.cues.highlights import Highlights
from models.liveness.cues.moire import Moire
from models.liveness.cues.noise import Noise
from models.liveness.cues.parallax import Parallax
from models.liveness.cues.watch import own_cues
from tests.models.liveness.cues.pictures import HEIGHT, WIDTH, Picture, depth, glance, mesh, noisy, skin


def figure(cue: Cue, seen: Glance) -> float:
    value = cue.run(seen)
    assert value is not None
    return value


# --- moiré ---


def grid(cycles_per_px: float, angle_deg: float, strength: float) -> NDArray[np.float64]:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    angle = math.radians(angle_deg)
    wave: NDArray[np.float64] = np.cos(2 * np.pi * cycles_per_px * (x * np.cos(angle) + y * np.sin(angle)))
    return strength * wave


def with_grid(cycles_per_px: float, angle_deg: float, strength: float, seed: int = 0) -> Picture:
    ruled = skin(seed) + grid(cycles_per_px, angle_deg, strength)[..., None]
    return noisy(np.clip(ruled, 0, 255).astype(np.uint8), seed + 1)


@given(cycles=st.floats(0.16, 0.42), angle=st.floats(20, 70), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_a_grid_under_the_noise_is_seen(cycles: float, angle: float, seed: int) -> None:
    """1.5 grey levels under noise of 2: no eye sees it."""
    without = figure(Moire(), glance(noisy(skin(seed), seed + 1)))
    assert without < 2.3
    assert figure(Moire(), glance(with_grid(cycles, angle, 1.5, seed))) > max(2.6, without + 0.4)


def test_moire_needs_the_middle_of_the_face() -> None:
    assert Moire().run(glance(skin(), points=mesh(x=40))) is None


# --- flicker ---


def banded(picture: Picture, depth_of: float, phase: float) -> Picture:
    rows = 1 + depth_of * np.sin(2 * np.pi * np.arange(picture.shape[0]) / 37 + phase)
    return np.asarray(np.clip(picture * rows[:, None, None], 0, 255), np.uint8)


def on_display(depth_of: float, phase: float, seed: int) -> Picture:
    """Bands on the face and around it, none at the sides."""
    whole = skin()
    shown = whole.copy()
    shown[:, 60:-60] = banded(whole, depth_of, phase)[:, 60:-60]
    return noisy(shown, seed)


def test_bands_that_move_on_the_face_alone_are_flicker() -> None:
    steady = figure(Flicker(), glance(noisy(skin(), 1), noisy(skin(), 2)))
    display = figure(Flicker(), glance(on_display(0.02, 0.0, 1), on_display(0.02, 2.0, 2)))
    room = figure(Flicker(), glance(noisy(banded(skin(), 0.02, 0.0), 1), noisy(banded(skin(), 0.02, 2.0), 2)))
    assert display > steady + 0.5
    assert room < display - 0.5


# --- parallax ---


def texture(seed: int) -> Picture:
    rough = np.random.default_rng(seed).integers(40, 220, (HEIGHT // 3, WIDTH // 3, 3), np.uint8)
    return np.asarray(cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


def turned(picture: Picture, yaw_deg: float, *, flat: bool) -> Picture:
    """The picture on a head, or on a sheet, turned about the upright axis through it, seen from far away."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    x, y = x - WIDTH / 2, y - HEIGHT / 2
    angle = math.radians(yaw_deg)
    source = x.copy()
    for _ in range(12):  # where the place that is now at x came from
        behind = 0.0 if flat else depth(source, y) - 40
        source = (x + np.float32(math.sin(angle)) * behind) / np.float32(math.cos(angle))
    remapped = cv2.remap(picture, (source + WIDTH / 2).astype(np.float32), y + HEIGHT / 2, cv2.INTER_LINEAR)
    return np.asarray(remapped, np.uint8)


def turning(yaw_deg: float, *, flat: bool, seed: int = 0) -> Glance:
    """Straight a second ago, turned now. The mesh sees a turned head in both."""
    straight = texture(seed)
    now = View(noisy(turned(straight, yaw_deg, flat=flat), 8), mesh(yaw_deg=yaw_deg), 2000)
    return Glance(now, now, (View(noisy(straight, 9), mesh(), 1000),))


@pytest.mark.fault(47)
@pytest.mark.parametrize("seed", range(3))
def test_a_head_is_no_plane_and_a_sheet_is_one(seed: int) -> None:
    head = figure(Parallax(), turning(10, flat=False, seed=seed))
    sheet = figure(Parallax(), turning(10, flat=True, seed=seed))
    assert sheet < 0.7
    assert head > 2 * sheet


def test_without_a_turn_there_is_no_parallax_to_see() -> None:
    assert Parallax().run(turning(2, flat=False)) is None
    assert Parallax().run(glance(skin())) is None


def test_what_cannot_be_followed_is_no_parallax() -> None:
    even = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    seen = turning(10, flat=False)
    assert Parallax().run(Glance(seen.now, seen.now, (View(even, mesh(), 1000),))) is None
    elsewhere = View(texture(5), seen.now.points, 2000)
    assert Parallax().run(Glance(elsewhere, elsewhere, seen.past)) is None


# --- gamut, highlights, noise ---


def test_fewer_colours_are_a_smaller_gamut() -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    cast = np.stack([20 * np.sin(x / 30), 12 * np.cos(y / 25), 15 * np.sin(y / 40)], axis=-1)
    alive = np.clip(skin() + cast, 0, 255).astype(np.uint8)
    grey = alive.mean(axis=2, keepdims=True)
    print_of_it = (grey + 0.5 * (alive - grey)).astype(np.uint8)
    assert figure(Gamut(), glance(alive)) > figure(Gamut(), glance(print_of_it)) + 0.8


def test_small_bright_spots_are_highlights() -> None:
    matt = skin(3)
    shining = matt.astype(np.float32)
    for x, y in ((150, 100), (170, 100), (160, 130), (140, 140), (180, 140), (160, 80)):
        spot = np.exp(-((np.arange(WIDTH) - x) ** 2)[None] / 8 - ((np.arange(HEIGHT) - y) ** 2)[:, None] / 8)
        shining += 110 * spot[..., None]
    wet = np.clip(shining, 0, 255).astype(np.uint8)
    assert figure(Highlights(), glance(wet)) > figure(Highlights(), glance(matt)) + 0.5


@pytest.mark.fault(47)
def test_noise_that_does_not_change_is_no_sensor_s() -> None:
    even = np.full((HEIGHT, WIDTH, 3), (168, 128, 108), np.uint8)
    live = figure(Noise(), glance(noisy(even, 1), noisy(even, 2)))
    still = figure(Noise(), glance(noisy(even, 1)))
    half = figure(Noise(), glance(noisy(noisy(even, 1, 3.0), 2, 1.0), noisy(noisy(even, 1, 3.0), 3, 1.0)))
    assert abs(live) < 0.25
    assert still < -1.5
    assert still < half < live - 0.5


# --- all of them ---

PICTURES: dict[str, Callable[[], Picture]] = {
    "black": lambda: np.zeros((HEIGHT, WIDTH, 3), np.uint8),
    "white": lambda: np.full((HEIGHT, WIDTH, 3), 255, np.uint8),
    "chance": lambda: np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8),
    "small": lambda: np.full((32, 32, 3), 90, np.uint8),
}


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("place", [(0, 0), (WIDTH / 2, HEIGHT / 2), (WIDTH, HEIGHT), (-500, 4000)])
def test_every_cue_answers_anything_with_a_number_or_nothing(picture: str, place: tuple[float, float]) -> None:
    seen = glance(PICTURES[picture](), points=mesh(*place))
    turned_now = View(seen.now.rgb, mesh(*place, yaw_deg=12), 1050)
    for given_glance in (seen, Glance(turned_now, seen.before, (seen.before,))):
        for cue in own_cues():
            value = cue.run(given_glance)
            assert value is None or math.isfinite(value), cue.name


def test_no_two_cues_share_a_name() -> None:
    names = [cue.name for cue in own_cues()]
    assert len(set(names)) == len(names) >= 3
