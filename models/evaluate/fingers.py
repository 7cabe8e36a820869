"""Fingers through the minutiae network at both sensors' sizes, and the scores of all that is compared. Impure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.comparison.cylinders import CylinderSet, build_cylinders
from models.comparison.fingerprint import PROBE_MINUTIAE_MIN, impression_score
from models.comparison.iso19794_2 import decode
from models.comparison.thresholds import FINGER_IMPRESSIONS_ENROLLED, score_min
from models.evaluate.collection import Collection, read_grey
from models.evaluate.measurement import Measurement, measure_protocol
from models.evaluate.pairs import Protocol, as_paid, single
from models.fingerprint.extractor import FORMATS, MinutiaeExtractor, SensorFormat
from models.fingerprint.quality import FingerImageError

AS_PAID: Final = Protocol(enrolled=FINGER_IMPRESSIONS_ENROLLED, captured=1)
BLANK: Final = 255
"""Glass without a finger, around an image smaller than the sensor's."""
_DETAIL_PX: Final = 16
"""Ridges are found by the contrast within so many pixels."""


def measure_fingers(
    collection: Collection, bundle: Bundle, advance: Callable[[], None], forms: Sequence[SensorFormat] = FORMATS
) -> list[Measurement]:
    """Both protocols on one collection of fingers, cut to each sensor's area; `advance` after every cut.

    The images are taken for what the networks were trained on, 500 dpi; the R503's 508 make no difference.
    """
    extractor = MinutiaeExtractor(bundle)
    found: list[Measurement] = []
    for form in forms:
        fingers, not_acquired = finger_templates(collection, extractor, form, advance)
        found += _measure(collection, form, fingers, not_acquired, bundle.sha256)
    return found


def finger_templates(
    collection: Collection, extractor: MinutiaeExtractor, form: SensorFormat, advance: Callable[[], None]
) -> tuple[dict[str, list[CylinderSet]], int]:
    """The impressions of each finger, cut to `form`, and of how many images none could be made."""
    fingers: dict[str, list[CylinderSet]] = {}
    not_acquired = 0
    for finger, paths in collection.samples.items():
        for path in paths:
            cylinders = _template(extractor, cut(read_grey(path), form), form)
            advance()
            if cylinders is None:
                not_acquired += 1
            else:
                fingers.setdefault(finger, []).append(cylinders)
    return fingers, not_acquired


def cut(grey: NDArray[np.uint8], form: SensorFormat) -> NDArray[np.uint8]:
    """The part of `grey` uint8[H,W] that a sensor of this size sees when the finger lies in its middle."""
    detail = cv2.blur(cv2.absdiff(grey, cv2.blur(grey, (_DETAIL_PX, _DETAIL_PX))), (_DETAIL_PX, _DETAIL_PX))
    weight = np.where(detail > float(detail.max()) / 2, 1.0, 0.0)
    rows, columns = np.nonzero(weight)
    middle_y, middle_x = (round(float(np.mean(one))) if len(one) else 0 for one in (rows, columns))
    sheet = np.full((grey.shape[0] + 2 * form.height, grey.shape[1] + 2 * form.width), BLANK, np.uint8)
    sheet[form.height : form.height + grey.shape[0], form.width : form.width + grey.shape[1]] = grey
    top, left = middle_y + form.height // 2, middle_x + form.width // 2
    return np.ascontiguousarray(sheet[top : top + form.height, left : left + form.width])


def _template(extractor: MinutiaeExtractor, pixels: NDArray[np.uint8], form: SensorFormat) -> CylinderSet | None:
    try:
        record = decode(extractor.extract(pixels, form.dpi).record)
    except FingerImageError:
        return None  # counted: a failure to acquire
    return build_cylinders(record) if len(record.minutiae) >= PROBE_MINUTIAE_MIN else None


def _measure(
    collection: Collection,
    form: SensorFormat,
    fingers: dict[str, list[CylinderSet]],
    not_acquired: int,
    model_hash: str,
) -> list[Measurement]:
    name = f"finger-{collection.name}-{form.width}x{form.height}"
    whole = (collection.images, not_acquired)
    threshold = score_min("fingerprint", model_hash, AS_PAID.enrolled, AS_PAID.captured)
    singly = list(single(fingers, impression_score))
    paid = list(as_paid(fingers, AS_PAID, list, _only, _best))
    return [
        *measure_protocol(f"{name}-single", "one impression with one impression", singly, threshold, whole),
        *measure_protocol(
            f"{name}-as-paid", f"best of {AS_PAID.enrolled} enrolled impressions", paid, threshold, whole
        ),
    ]


def _only(samples: Sequence[CylinderSet]) -> CylinderSet:
    (sample,) = samples
    return sample


def _best(references: Sequence[CylinderSet], probe: CylinderSet) -> float:
    return max(impression_score(reference, probe) for reference in references)
