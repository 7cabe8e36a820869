"""What somebody else lays on a reader instead of a finger: a print, a cast, the print left on the glass. Pure; cv2
warps.

Each takes the image of an impression, as an attacker got hold of it, and gives the image that a reader would send.
They are models: of paper, toner, silicone and fat as somebody wrote them down. They show how a program judges these
models.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]

READER_DPI: Final = 508
_GROUND: Final = 215.0
"""Grey of empty glass."""
_GRAIN: Final = 5.0
"""Grey levels of a reader's own noise."""
_INKED_GREY: Final = 120.0
"""Darker is a ridge, for whoever makes a cast of an image."""


@dataclass(frozen=True, slots=True)
class Printer:
    """A laser printer: its dots an inch, and the lines an inch of its halftone screen (usual ones for its kind)."""

    dpi: int
    lines_per_inch: float
    angle_deg: float = 45.0


PRINTERS: Final = (Printer(300, 60.0), Printer(600, 85.0), Printer(1200, 133.0))
_FINEST_DPI: Final = 2400
"""On this raster sheets are drawn: dots of the finest printer have four pixels."""
_DOT_GAIN_INCH: Final = 0.0012
"""By how much toner spreads in paper: 30 micrometres."""
_TONER_GREY: Final = 45.0
_PAPER_GREY: Final = 210.0
_PUT_DEG: Final = 6.0
_PUT_PX: Final = 5.0
"""How askew and how far off a sheet is laid down (deviations)."""


def printed(image: Image, printer: Printer, rng: np.random.Generator) -> Image:
    """A print of `image`, uint8[H,W], on paper, on the glass: halftone dots, seen at the reader's own resolution."""
    height, width = image.shape
    scale = _FINEST_DPI / READER_DPI
    rows, columns = math.ceil(height * scale), math.ceil(width * scale)
    grey = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255.0
    inked = _dots(grey, printer, rng)
    sheet = cv2.GaussianBlur(inked, (0, 0), _DOT_GAIN_INCH * _FINEST_DPI / 2.0 + scale / 4.0)
    # Seen through pixels that are wider than the raster's: averaged over each before one is taken.
    sheet = cv2.blur(sheet, (round(scale), round(scale)))
    seen = _laid(np.asarray(sheet, np.float32), scale, height, width, rng)
    return _exposed(_PAPER_GREY + (_TONER_GREY - _PAPER_GREY) * seen, rng)


def _dots(grey: Floats, printer: Printer, rng: np.random.Generator) -> Floats:
    """Where toner is, 0 or 1: clustered dots that grow with darkness, in steps of the printer's own raster."""
    step = _FINEST_DPI // printer.dpi
    coarse = cv2.resize(grey, (grey.shape[1] // step, grey.shape[0] // step), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[0 : coarse.shape[0], 0 : coarse.shape[1]].astype(np.float32)
    angle = math.radians(printer.angle_deg)
    wave = 2.0 * math.pi * printer.lines_per_inch / printer.dpi
    phase_u, phase_v = rng.uniform(0.0, 2.0 * math.pi, 2)
    u = np.cos(wave * (x * math.cos(angle) + y * math.sin(angle)) + phase_u)
    v = np.cos(wave * (y * math.cos(angle) - x * math.sin(angle)) + phase_v)
    threshold = 0.5 + 0.25 * (u + v)
    inked = (coarse < threshold).astype(np.float32)
    return np.asarray(cv2.resize(inked, grey.shape[::-1], interpolation=cv2.INTER_NEAREST), np.float32)


def _laid(sheet: Floats, scale: float, height: int, width: int, rng: np.random.Generator) -> Floats:
    """The sheet on the glass [height, width], a little askew; paper around it."""
    degrees, shift_x, shift_y = rng.normal(0.0, (_PUT_DEG, _PUT_PX, _PUT_PX))
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    middle_x, middle_y = (width - 1) / 2.0, (height - 1) / 2.0
    to_sheet = np.array(
        [
            [scale * cos, -scale * sin, scale * (middle_x + shift_x - cos * middle_x + sin * middle_y)],
            [scale * sin, scale * cos, scale * (middle_y + shift_y - sin * middle_x - cos * middle_y)],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(
        sheet, to_sheet, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=[0.0]
    )
    return np.asarray(laid, np.float32)


@dataclass(frozen=True, slots=True)
class Material:
    """What a cast is made of: how much detail is lost (deviation of the blur in pixels), how many bubbles it holds,
    how light its ridges stay, and whether it is the mould itself, whose ridges are the finger's valleys."""

    name: str
    blur_px: float
    bubbles: float
    ridge_grey: float
    inverted: bool = False


MATERIALS: Final = (
    Material("silicone", 1.4, 10.0, 70.0),
    Material("gelatine", 1.0, 22.0, 55.0),
    Material("wood-glue", 1.8, 5.0, 85.0),
    Material("mould", 1.4, 8.0, 70.0, inverted=True),
)
_BUBBLE_PX: Final = (2.5, 6.0)
"""Radius, from the smallest to the largest."""
_CAST_STEEPNESS: Final = 6.0
_EVEN_SIGMA_PX: Final = 9.0
"""A cast lies flat: what is wider than a few ridges is evened out."""
_HALO_PX: Final = 3.0
"""The film at a cast's rim is thicker, and lifts it off the glass."""


def moulded(image: Image, material: Material, rng: np.random.Generator) -> Image:
    """A cast made after `image`, uint8[H,W], on the glass: softer ridges, evenly pressed, bubbles, a halo at the
    rim."""
    touched = _touched(image)
    ink = 1.0 - _even(image, touched)
    if material.inverted:
        ink = 1.0 - ink
    soft = cv2.GaussianBlur(ink, (0, 0), material.blur_px)
    ink = np.asarray(1.0 / (1.0 + np.exp(-_CAST_STEEPNESS * (soft - 0.5))), np.float32)
    rim = cv2.GaussianBlur(touched, (0, 0), _HALO_PX)
    ink = ink * np.clip(2.0 * rim - 1.0, 0.0, 1.0)
    laid = _laid(np.asarray(ink, np.float32), 1.0, image.shape[0], image.shape[1], rng)
    laid = laid * (1.0 - _bubbles(image.shape, material.bubbles, rng))
    return _exposed(_GROUND + (material.ridge_grey - _GROUND) * laid, rng)


def _touched(image: Image) -> Floats:
    """Where the finger was, 0 or 1: where ridges are within a few pixels."""
    dark = (image < _INKED_GREY).astype(np.float32)
    return np.asarray((cv2.blur(dark, (17, 17)) > 0.12).astype(np.float32))


def _even(image: Image, touched: Floats) -> Floats:
    """Lightness 0 to 1 with the same mean and spread everywhere inside the finger."""
    grey = image.astype(np.float32)
    share = cv2.GaussianBlur(touched, (0, 0), _EVEN_SIGMA_PX) + 1e-3
    mean = cv2.GaussianBlur(grey * touched, (0, 0), _EVEN_SIGMA_PX) / share
    square = cv2.GaussianBlur(grey * grey * touched, (0, 0), _EVEN_SIGMA_PX) / share
    spread = np.sqrt(np.maximum(square - mean * mean, 16.0))
    return np.asarray(np.clip(0.5 + 0.4 * (grey - mean) / spread, 0.0, 1.0), np.float32)


def _bubbles(shape: tuple[int, ...], count: float, rng: np.random.Generator) -> Floats:
    """Where air keeps the cast off the glass, 0 to 1."""
    height, width = shape
    air = np.zeros((height, width), np.float32)
    for _ in range(int(rng.poisson(count))):
        x, y = rng.uniform((0.0, 0.0), (width, height))
        cv2.circle(air, (int(x), int(y)), round(float(rng.uniform(*_BUBBLE_PX))), (1.0,), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(air, (0, 0), 0.6), np.float32)


_FAT_LEFT: Final = 0.55
"""Of a ridge's darkness what its fat gives once more, where it is whole."""
_FADED_PX: Final = 25.0


def reactivated(image: Image, rng: np.random.Generator) -> Image:
    """The print that a finger left, `image` uint8[H,W], breathed upon: the same, weaker, blotchy, in the very same
    place."""
    ink = (_GROUND - image.astype(np.float32)) / _GROUND
    blotches = _smooth_noise(image.shape, _FADED_PX, rng)
    left = _FAT_LEFT * np.clip(1.0 + 0.35 * blotches, 0.2, 1.4)
    return _exposed(_GROUND - _GROUND * np.maximum(ink, 0.0) * left, rng)


def sent_again(image: Image, rng: np.random.Generator) -> Image:
    """`image` uint8[H,W] fed in at the line once more, with a grey level of noise so that no byte need be the same."""
    noisy = image.astype(np.float32) + rng.normal(0.0, _GRAIN, image.shape)
    return np.asarray(np.clip(noisy, 0.0, 255.0), np.uint8)


def _exposed(grey: Floats, rng: np.random.Generator) -> Image:
    noisy = grey + _GRAIN * rng.standard_normal(grey.shape)
    return np.asarray(np.clip(noisy, 0.0, 255.0), np.uint8)


def _smooth_noise(shape: tuple[int, ...], wave_px: float, rng: np.random.Generator) -> Floats:
    height, width = shape
    rows, columns = (max(4, math.ceil(side / wave_px) + 3) for side in (height, width))
    coarse = rng.standard_normal((rows, columns)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
