"""The minutiae network on a sensor's image, and its answer as an ISO/IEC 19794-2 record.

Source of the network: R. Cappelli's LEADER (PyPI `pyfing`); non-maximum suppression is inside it. It was trained at
500 dpi; an image of 508 dpi is given to it as it is, as the difference is far below that between two people's
ridges. Impure: holds the runtime's buffers. Images and templates are neither kept nor logged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.comparison.fingerprint import ENROLMENT_MINUTIAE_MIN
from models.comparison.iso19794_2 import (
    ANGLE_STEPS,
    MINUTIAE_MAX,
    QUALITY_MAX,
    Minutia,
    MinutiaeRecord,
    MinutiaKind,
    encode,
)
from models.errors import ImageError, ModelError
from models.fingerprint.quality import FingerHint, FingerQuality, hint_for, measure, require_finger
from models.interpreter import Interpreter

MINUTIA_QUALITY_MIN: Final = 0.3
"""The network's own 0.6 is too strict for comparison: on the public FVC sets 0.3 gave fewer errors than 0.4 and 0.6."""

_ENDING_MIN: Final = 0.5
_MM_PER_INCH: Final = 25.4


@dataclass(frozen=True, slots=True)
class SensorFormat:
    """An image that a network of the bundle is made for."""

    width: int
    height: int
    dpi: int
    model: str


FORMATS: Final = (
    SensorFormat(192, 192, 508, "minutiae_192x192"),  # R503
    SensorFormat(256, 288, 500, "minutiae_256x288"),  # R307
)


@dataclass(frozen=True, slots=True)
class FingerTemplate:
    """What is sent: `record` is ISO/IEC 19794-2:2005. `minutiae` in it, `quality` 0 to 1 of the impression, and what
    would have made it better; with `hint` other than `ok` it may be compared, but should not be enrolled.
    """

    record: bytes
    minutiae: int
    quality: float
    hint: FingerHint


class MinutiaeExtractor:
    """Makes templates of images from the sensors in `FORMATS`; 0.2 s an image. Networks are loaded at first use."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Raises BundleError where the bundle lacks a network."""
        self._threads = threads
        self._models = {form: bundle.model(form.model) for form in FORMATS}
        self._loaded: dict[SensorFormat, Interpreter] = {}

    def run(self, pixels: NDArray[np.uint8], dpi: int) -> FingerTemplate:
        """The template of one impression: uint8 [H, W], dark ridges on light ground, from one of `FORMATS`.

        Raises ImageError for another type, shape or resolution, and FingerImageError (with a hint for the
        person) where the image shows no ridges: empty glass, constant, saturated.
        """
        form = _format_of(pixels, dpi)
        image_quality = measure(pixels)
        require_finger(image_quality)
        (answer,) = self._network(form).run(pixels.astype(np.float32, order="C")[None, :, :, None])
        minutiae = find_minutiae(answer[0])
        quality = _impression_quality(image_quality, minutiae)
        record = MinutiaeRecord(
            width=form.width,
            height=form.height,
            resolution_px_per_cm=round(form.dpi * 10.0 / _MM_PER_INCH),
            minutiae=minutiae,
            quality=round(quality * QUALITY_MAX),
        )
        hint = hint_for(image_quality)
        if hint is FingerHint.OK and len(minutiae) < ENROLMENT_MINUTIAE_MIN:
            hint = FingerHint.PRESS_FIRMER
        return FingerTemplate(encode(record), len(minutiae), quality, hint)

    def _network(self, form: SensorFormat) -> Interpreter:
        network = self._loaded.get(form)
        if network is None:
            network = self._loaded[form] = Interpreter(self._models[form], threads=self._threads)
        return network


def find_minutiae(answer: NDArray[np.float32]) -> tuple[Minutia, ...]:
    """The minutiae in the network's answer [H, W, 4] (position, direction in radians, type, quality), row by row.

    The best 255 where there are more. Raises ModelError on an answer of another shape, and one that is not finite.
    """
    if answer.ndim != 3 or answer.shape[2] != 4:
        raise ModelError(f"the minutiae network answered {list(answer.shape)} instead of [height, width, 4]")
    if not np.isfinite(answer).all():
        raise ModelError("the minutiae network answered NaN or infinite values")
    rows, columns = np.nonzero(answer[..., 3] >= MINUTIA_QUALITY_MIN)
    best = np.sort(np.argsort(-answer[rows, columns, 3], kind="stable")[:MINUTIAE_MAX])
    return tuple(
        Minutia(x, y, _angle_step(direction), _kind(ending), min(QUALITY_MAX, round(quality * QUALITY_MAX)))
        for y, x in zip(rows[best].tolist(), columns[best].tolist(), strict=True)
        for _, direction, ending, quality in (answer[y, x].tolist(),)
    )


def _angle_step(direction_rad: float) -> int:
    return round(direction_rad * ANGLE_STEPS / (2.0 * math.pi)) % ANGLE_STEPS


def _kind(ending: float) -> MinutiaKind:
    return MinutiaKind.ENDING if ending >= _ENDING_MIN else MinutiaKind.BIFURCATION


def _format_of(pixels: NDArray[np.uint8], dpi: int) -> SensorFormat:
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
        raise ImageError("a finger image is an array of uint8")
    for form in FORMATS:
        if pixels.shape == (form.height, form.width) and dpi == form.dpi:
            return form
    known = ", ".join(f"{form.width}x{form.height} at {form.dpi} dpi" for form in FORMATS)
    raise ImageError(f"a finger image of shape {list(pixels.shape)} at {dpi} dpi is not one of: {known}")


def _impression_quality(image: FingerQuality, minutiae: tuple[Minutia, ...]) -> float:
    """Covered share of the image times how sure the network is of its minutiae."""
    if not minutiae:
        return 0.0
    certainty = sum(minutia.quality for minutia in minutiae) / (len(minutiae) * QUALITY_MAX)
    return image.covered * certainty
