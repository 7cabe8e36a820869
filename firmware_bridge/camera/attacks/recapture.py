"""What print and display do to a picture before a camera sees it again. Simulated; pure.

A display: its grid of coloured stripes sampled by the camera's (moiré, as far as lens and pixel let it through),
reflected room light on its blacks, its own white point, light that pulses under a rolling shutter. A print: paper's
black and ink's gamut, a screened or grainy tone. First harmonics of the periodic patterns only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.sources import FrameSource, Picture

GAMMA: Final = 2.2
"""Of pictures (sRGB, roughly): light adds up, grey levels do not."""
STRIPE_PHASES: Final = (0.0, -2 * math.pi / 3, -4 * math.pi / 3)
"""Red, green and blue stripes stand beside each other."""
ROWS_PER_S: Final = 480 * 30.0
"""A rolling shutter at 30 pictures of 480 rows per second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """One display before one camera. Lengths in camera pixels, light as a share of the display's white."""

    pitch_px: float = 0.7
    """Width of one display pixel: a monitor at arm's length; a telephone's is 0.1 to 0.2 and leaves no trace."""
    angle_deg: float = 1.5
    blur_px: float = 0.35
    """Lens and focus, as the deviation of a Gaussian."""
    reflected: float = 0.04
    white: tuple[float, float, float] = (0.94, 1.0, 1.06)
    flicker_hz: float = 244.0
    """A multiple of the camera's rate would leave bands that stand still."""
    flicker_depth: float = 0.03
    glare: float = 0.0
    """A lamp's soft reflection in the glass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """One print. `pitch_px`: of its screen, in camera pixels; `dark`: the paper's black, as a share of its white."""

    pitch_px: float = 0.9
    angle_deg: float = 45.0
    blur_px: float = 0.5
    dark: float = 0.06
    saturation: float = 0.8
    grain: float = 0.015


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """`source` as a lossy recording of it plays it; `quality` of its pictures as of JPEG, 1 to 100."""

    source: FrameSource
    quality: int = 85

    def frame(self, t_ms: int) -> Picture | None:
        """The recording's picture at `t_ms`."""
        picture = self.source.frame(t_ms)
        if picture is None:
            return None
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class OnDisplay:
    """`source` shown by `display`."""

    source: FrameSource
    display: Display

    def frame(self, t_ms: int) -> Picture | None:
        """The display's picture at `t_ms`."""
        shown = self.source.frame(t_ms)
        return None if shown is None else displayed(shown, self.display, t_ms)


def displayed(picture: Picture, display: Display, t_ms: int) -> Picture:
    """`picture` as seen on `display` at `t_ms`."""
    height, width = picture.shape[:2]
    light = _blurred(_to_light(picture), display.blur_px)
    light *= _stripes(height, width, display)
    light *= _pulses(height, display, t_ms)[:, None, None]
    light *= np.array(display.white, np.float32)
    light += display.reflected + display.glare * _lamp(height, width)[..., None]
    return _to_picture(light / (1 + display.reflected))


def printed(picture: Picture, print_of: Print, seed: int) -> Picture:
    """`picture` as a print of it looks, under even light."""
    height, width = picture.shape[:2]
    light = _to_light(picture)
    grey = light.mean(axis=2, keepdims=True)
    ink = grey + print_of.saturation * (light - grey)
    ink = print_of.dark + (1 - print_of.dark) * np.clip(ink, 0, 1)
    depth = _passes(1 / print_of.pitch_px, print_of.blur_px)
    screen = _wave(height, width, print_of.pitch_px, print_of.angle_deg, 0.0)
    screen = screen * _wave(height, width, print_of.pitch_px, print_of.angle_deg + 90, 0.0)
    grain = np.random.default_rng(seed).normal(0, print_of.grain, (height, width)).astype(np.float32)
    ink *= (1 + depth * screen + cv2.GaussianBlur(grain, (3, 3), 0) * 2)[..., None]
    return _to_picture(_blurred(ink.astype(np.float32), print_of.blur_px))


def _passes(frequency: float, blur_px: float) -> float:
    """How much of a wave of `frequency` cycles per pixel is left behind the lens and a square pixel."""
    aperture = abs(math.sin(math.pi * frequency) / (math.pi * frequency))
    return aperture * math.exp(-2 * (math.pi * blur_px * frequency) ** 2)


@lru_cache(maxsize=8)
def _stripes(height: int, width: int, display: Display) -> NDArray[np.float32]:
    """The grid's light, float32[H,W,3], around 1: stripes of colour across, dark gaps between rows."""
    left = _passes(1 / display.pitch_px, display.blur_px)
    rows = 1 + 0.5 * left * _wave(height, width, display.pitch_px, display.angle_deg + 90, 0.0)
    waves = [_wave(height, width, display.pitch_px, display.angle_deg, phase) for phase in STRIPE_PHASES]
    return np.asarray(np.stack([(1 + left * wave) * rows for wave in waves], axis=-1), np.float32)


def _wave(height: int, width: int, pitch_px: float, angle_deg: float, phase: float) -> NDArray[np.float32]:
    angle = math.radians(angle_deg)
    x = np.arange(width, dtype=np.float64) * (2 * math.pi * math.cos(angle) / pitch_px)
    y = np.arange(height, dtype=np.float64) * (2 * math.pi * math.sin(angle) / pitch_px)
    return np.asarray(np.cos(y[:, None] + x[None, :] + phase), np.float32)


def _pulses(height: int, display: Display, t_ms: int) -> NDArray[np.float32]:
    rows_s = np.arange(height) * (480 / height) / ROWS_PER_S + t_ms / 1000
    return np.asarray(1 + display.flicker_depth * np.sin(2 * math.pi * display.flicker_hz * rows_s), np.float32)


@lru_cache(maxsize=4)
def _lamp(height: int, width: int) -> NDArray[np.float32]:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    away = ((x - 0.62 * width) / (0.10 * width)) ** 2 + ((y - 0.28 * height) / (0.14 * height)) ** 2
    return np.asarray(np.exp(-away), np.float32)


_LIGHT: Final = ((np.arange(256) / 255) ** GAMMA).astype(np.float32)
_LEVELS: Final = 4096
_GREY: Final = np.rint(255 * (np.arange(_LEVELS) / (_LEVELS - 1)) ** (1 / GAMMA)).astype(np.uint8)


def _to_light(picture: Picture) -> NDArray[np.float32]:
    return np.asarray(_LIGHT[picture], np.float32)


def _to_picture(light: NDArray[np.float32]) -> Picture:
    return np.asarray(_GREY[(np.clip(light, 0, 1) * (_LEVELS - 1) + 0.5).astype(np.uint16)], np.uint8)


def _blurred(light: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma_px), np.float32)
