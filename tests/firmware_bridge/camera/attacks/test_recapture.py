"""What the simulated displays and prints leave in a picture, and that they leave nothing where physics leaves none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from firmware_bridge.camera.attacks.recapture import Display, OnDisplay, Print, Recording, displayed, printed
from firmware_bridge.camera.sources import Nothing, Picture, StillImage
from tests.models.liveness.cues.pictures import skin

GREY: Picture = np.full((240, 320, 3), 128, np.uint8)
PLAIN = Display(flicker_depth=0.0, reflected=0.0, white=(1.0, 1.0, 1.0), pitch_px=0.17)


def test_a_perfect_fine_display_changes_nothing() -> None:
    assert np.abs(displayed(GREY, PLAIN, 0).astype(int) - GREY).max() <= 1


def test_a_coarse_grid_is_seen_and_a_fine_or_blurred_one_is_not() -> None:
    def unrest(display: Display) -> float:
        return float(displayed(GREY, display, 0)[20:-20, 20:-20].astype(float).std())

    coarse = unrest(replace(PLAIN, pitch_px=1.3))
    assert coarse > 2
    assert unrest(replace(PLAIN, pitch_px=0.17)) < 0.2
    assert unrest(replace(PLAIN, pitch_px=1.3, blur_px=1.5)) < 0.2


def test_light_that_pulses_writes_bands_into_the_rows_that_move() -> None:
    display = replace(PLAIN, flicker_depth=0.1)
    first, later = (displayed(GREY, display, t_ms)[:, 100, 1].astype(int) for t_ms in (0, 50))
    assert np.ptp(first) > 5
    assert np.abs(first - later).max() > 2
    across = displayed(GREY, display, 0)[60].astype(int)
    assert np.ptp(across, axis=0).max() <= 2


def test_reflected_light_lifts_black_and_leaves_white() -> None:
    black, white = (np.full((64, 64, 3), level, np.uint8) for level in (0, 255))
    display = replace(PLAIN, reflected=0.05)
    assert displayed(black, display, 0).mean() > 40
    assert displayed(white, display, 0).mean() > 253


def test_a_print_has_less_black_and_less_colour_and_is_the_same_each_time() -> None:
    colours = np.zeros((64, 64, 3), np.uint8)
    colours[:, 32:] = (250, 30, 30)
    seen = printed(colours, Print(), seed=1).astype(int)
    assert seen[:, :28].mean() > 30
    assert np.ptp(seen[10, 50]) < np.ptp(colours[10, 50].astype(int))
    assert (printed(colours, Print(), seed=1) == seen).all()
    assert (printed(colours, Print(), seed=2) != seen).any()


def test_what_delivers_nothing_delivers_nothing_from_a_display_either() -> None:
    assert OnDisplay(Nothing(), Display()).frame(0) is None
    assert Recording(Nothing()).frame(0) is None


@pytest.mark.parametrize("quality", [30, 85])
def test_a_recording_is_lossy_but_like(quality: int) -> None:
    picture = skin()
    played = Recording(StillImage(picture), quality).frame(0)
    assert played is not None
    assert 0 < np.abs(played.astype(int) - picture).mean() < 8
