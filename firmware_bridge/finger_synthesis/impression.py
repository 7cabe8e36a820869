"""One impression of a synthetic finger: how its ridges meet a sensor's glass this time. Pure; cv2 does the warping.

Source of the steps: R. Cappelli, "SFinGe: an approach to synthetic fingerprint generation", 2004, sections on
contact region, ridge thickness, distortion, noise and background. Everything that differs between two impressions
of one finger is drawn here; everything that stays is in `FingerSurface`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SURFACE_DPI: Final = 500
"""Resolution of a finger's surface."""

_ROTATION_SIGMA_DEG: Final = 5.0
_ROTATION_MAX_DEG: Final = 12.0
_SHIFT_SIGMA_PX: Final = 6.0
_SHIFT_MAX_PX: Final = 14.0
"""0.7 mm: a finger laid on a round 13.5 mm window that it covers."""

_PRESSURE_MAX: Final = 0.8
_HALF_WIDTH_PX: Final = 112.0
_HALF_HEIGHT_PX: Final = 138.0
_FLATTENING_PX: Final = 12.0
_OUTLINE_SPREAD_PX: Final = 8.0
"""What touches is an ellipse of about 11 x 14 mm, larger under pressure."""

_DISTORTION_PX: Final = 1.8
_DISTORTION_WAVE_PX: Final = 90.0
"""Skin stretches by a few pixels, smoothly over some millimetres (0.5 mm at most between far ends)."""

_BLOT_PX: Final = 2.2
_STAIN_PX: Final = 22.0
"""Sizes of the spots where a ridge breaks, and of those where skin is moister."""

_WET_FILL: Final = 1.5
_WET_PATCHES: Final = 0.5
_WET_PATCH_PX: Final = 30.0
"""How far water or sweat lifts a valley towards a ridge, how unevenly, and how wide its patches are."""

_DRY_LOSS: Final = 1.7
_DRY_SPECKLE: Final = 0.8
"""How far a dry ridge falls back from the glass, and how much more it breaks into dots."""

_GRAIN: Final = 5.0
_GLASS_GREY: Final = 222.0
_VALLEY_SHADE: Final = 14.0
_RIDGE_GREY: Final = 42.0
"""Grey levels: noise of the sensor, empty glass, how much darker valleys are, ridges."""

_EDGE_SHARPNESS: Final = 3.2
_OUTLINE_SHARPNESS: Final = 28.0
"""How fast ink fades at a ridge's and at the finger's edge: grey over one to two pixels, and over half a millimetre."""


@dataclass(frozen=True, slots=True)
class FingerSurface:
    """What stays of a finger, at 500 dpi: `ridges` [h, w] from -1 (valley) to 1 (ridge), `marks` [h, w] from 0 to 1
    where pores and creases leave the ridge white.
    """

    ridges: Floats
    marks: Floats


@dataclass(frozen=True, slots=True)
class Contact:
    """How the finger was laid down: rotation (radians), shift (pixels at 500 dpi; by half the sensor's side only a part
    of the finger is on it), `pressure` from -1 (light, thin ridges) to 1 (hard, ridges that run together), half axes of
    the area that touches (pixels at 500 dpi), `moisture` from -1 (parched) over 0 to 1 (dripping).
    """

    rotation_rad: float
    shift_x_px: float
    shift_y_px: float
    pressure: float
    half_width_px: float
    half_height_px: float
    moisture: float = 0.0


def draw_contact(rng: np.random.Generator) -> Contact:
    """A finger laid down by somebody who wants to be recognised."""
    shift_x, shift_y = np.clip(rng.normal(0.0, _SHIFT_SIGMA_PX, 2), -_SHIFT_MAX_PX, _SHIFT_MAX_PX)
    pressure = float(rng.uniform(-_PRESSURE_MAX, _PRESSURE_MAX))
    growth = _FLATTENING_PX * pressure
    return Contact(
        rotation_rad=math.radians(
            float(np.clip(rng.normal(0.0, _ROTATION_SIGMA_DEG), -_ROTATION_MAX_DEG, _ROTATION_MAX_DEG))
        ),
        shift_x_px=float(shift_x),
        shift_y_px=float(shift_y),
        pressure=pressure,
        half_width_px=_HALF_WIDTH_PX + growth + float(rng.uniform(-_OUTLINE_SPREAD_PX, _OUTLINE_SPREAD_PX)),
        half_height_px=_HALF_HEIGHT_PX + growth + float(rng.uniform(-_OUTLINE_SPREAD_PX, _OUTLINE_SPREAD_PX)),
    )


def render(
    surface: FingerSurface, contact: Contact, rng: np.random.Generator, *, width: int, height: int, dpi: int
) -> NDArray[np.uint8]:
    """The sensor's image [height, width]: dark ridges on light ground."""
    scale = SURFACE_DPI / dpi
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x - (width - 1) / 2.0) * scale, (y - (height - 1) / 2.0) * scale
    skin_x, skin_y = _skin_position(x, y, contact, rng)
    ridges, marks = (_sample(layer, skin_x, skin_y) for layer in (surface.ridges, surface.marks))
    touching = _touching(skin_x, skin_y, contact, rng)
    ink = _ink(ridges, marks, contact, rng) * touching
    return _expose(ink, touching, rng)


def _skin_position(x: Floats, y: Floats, contact: Contact, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Which point of the skin lies on each pixel, from the finger's middle."""
    cos, sin = math.cos(contact.rotation_rad), math.sin(contact.rotation_rad)
    turned_x = x * cos - y * sin + contact.shift_x_px
    turned_y = x * sin + y * cos + contact.shift_y_px
    stretch = [_DISTORTION_PX * _smooth_noise(x.shape, _DISTORTION_WAVE_PX, rng) for _ in range(2)]
    return turned_x + stretch[0], turned_y + stretch[1]


def _sample(layer: Floats, x: Floats, y: Floats) -> Floats:
    height, width = layer.shape
    columns = (x + (width - 1) / 2.0).astype(np.float32)
    rows = (y + (height - 1) / 2.0).astype(np.float32)
    sampled = cv2.remap(layer, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(sampled, np.float32)


def _touching(x: Floats, y: Floats, contact: Contact, rng: np.random.Generator) -> Floats:
    """Where the skin touches the glass, 0 to 1, with a ragged edge."""
    radius = np.hypot(x / contact.half_width_px, y / contact.half_height_px)
    ragged = radius + 0.05 * _smooth_noise(x.shape, 14.0, rng) + 0.04 * _smooth_noise(x.shape, 3.0, rng)
    return _sigmoid(_OUTLINE_SHARPNESS * (1.0 - ragged))


def _ink(ridges: Floats, marks: Floats, contact: Contact, rng: np.random.Generator) -> Floats:
    """How dark the glass is, 0 to 1: thicker ridges under pressure, broken ones on dry skin."""
    pressure = 0.38 * contact.pressure + 0.16 * _smooth_noise(ridges.shape, _STAIN_PX, rng)
    dryness = max(0.0, -contact.pressure)
    blots = (0.30 + 0.35 * dryness) * _smooth_noise(ridges.shape, _BLOT_PX, rng)
    level = ridges + pressure + blots - 1.6 * marks - _scratches(ridges.shape, rng)
    if contact.moisture != 0:
        level = level + _moisture(contact.moisture, ridges.shape, rng)
    return _sigmoid(_EDGE_SHARPNESS * level)


def _moisture(moisture: float, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """What moisture adds to the ridges' level: valleys that fill in patches, or ridges that fade into dots.

    SFinGe's step for skin dampness (there: dilation and erosion of the ridges), on a grey level.
    """
    if moisture > 0:
        patches = _WET_PATCHES * _smooth_noise(shape, _WET_PATCH_PX, rng)
        return np.asarray(moisture * _WET_FILL * np.maximum(0.0, 1.0 + patches), np.float32)
    dryness = -moisture
    speckle = _DRY_SPECKLE * _smooth_noise(shape, _BLOT_PX, rng)
    return np.asarray(dryness * (speckle - _DRY_LOSS), np.float32)


def _scratches(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Fine white lines of dry skin, gone the next time."""
    height, width = shape
    lines = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(0, 4))):
        start = rng.uniform((0.0, 0.0), (width, height))
        heading, length = rng.uniform(0.0, math.pi), rng.uniform(15.0, 60.0)
        end = start + length * np.array([math.cos(heading), math.sin(heading)])
        cv2.line(lines, _pixel(start), _pixel(end), (1.2,), 1, cv2.LINE_AA)
    return lines


def _expose(ink: Floats, touching: Floats, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Grey levels of a sensor whose empty glass is light and unevenly lit."""
    ground = _GLASS_GREY + 7.0 * _smooth_noise(ink.shape, 60.0, rng) - _VALLEY_SHADE * touching
    dark = _RIDGE_GREY + 14.0 * _smooth_noise(ink.shape, 30.0, rng)
    image = ground + (dark - ground) * ink
    image = cv2.GaussianBlur(image, (0, 0), 0.55) + _GRAIN * rng.standard_normal(ink.shape)
    return np.asarray(np.clip(image, 0.0, 255.0), np.uint8)


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return int(point[0]), int(point[1])


def _sigmoid(value: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(np.clip(-value, -30.0, 30.0))), np.float32)


def _smooth_noise(shape: tuple[int, ...], wave_px: float, rng: np.random.Generator) -> Floats:
    """Random waves of mean 0 and deviation 1, smooth over `wave_px` pixels."""
    height, width = shape
    rows, columns = (max(4, math.ceil(side / wave_px) + 3) for side in (height, width))
    coarse = rng.standard_normal((rows, columns)).astype(np.float32)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(fine, np.float32)
