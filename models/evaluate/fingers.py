"""Fingers through the minutiae network at both sensors' sizes, and the scores of all that is compared. Impure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from models.evaluate.pairs import Pair, Protocol, as_paid, in_order, single
from models.evaluate.whole_fingers import WholeImages
from models.fingerprint.extractor import FORMATS, MinutiaeExtractor, SensorFormat
from models.fingerprint.quality import FingerImageError

AS_PAID: Final = Protocol(enrolled=FINGER_IMPRESSIONS_ENROLLED, captured=1)
BLANK: Final = 255
"""Glass without a finger, around an image smaller than the sensor's."""
_DETAIL_PX: Final = 16
"""Ridges are found by the contrast within so many pixels."""


WHOLE: Final = "whole"
PROTOTYPE: Final[Mapping[tuple[str, int], str]] = {
    (WHOLE, 1): "a prototype of this pipeline on six FVC collections, EER 1.19 %, FNMR 2.44 %",
    (WHOLE, 3): "the same prototype, FNMR 0.67 %",
    (WHOLE, 4): "the same prototype, FNMR 0.42 %",
    ("192x192", 1): "the same prototype, EER 8 %",
    ("192x192", 4): "the same prototype, EER 2.1 %",
}
"""By the area seen and how many impressions were enrolled: what was reached before this code was written, on set B of
six FVC collections. Only three of the six come with the evaluation data."""
IN_ORDER: Final = (3, 4)
"""How many impressions were enrolled there."""

Fingers = Mapping[str, Sequence[CylinderSet]]


class FingerEvaluation:
    """Collections of fingers, one after the other, and then all together under one threshold."""

    def __init__(
        self, bundle: Bundle, whole: WholeImages | None = None, forms: Sequence[SensorFormat] = FORMATS
    ) -> None:
        """`whole`: to see whole images, too; `forms`: cut to these sensors."""
        self._extractor = MinutiaeExtractor(bundle)
        self._forms = forms
        self._model_hash = bundle.sha256
        self._whole = whole
        self._seen: dict[str, list[tuple[Collection, Fingers, int]]] = {}

    def measure(self, collection: Collection, advance: Callable[[], None]) -> list[Measurement]:
        """Both protocols on one collection of fingers, cut to each sensor's area; `advance` after every image.

        The images are taken for what the networks were trained on, 500 dpi; the R503's 508 make no difference.
        """
        found: list[Measurement] = []
        for form in self._forms:
            fingers, not_acquired = finger_templates(collection, self._extractor, form, advance)
            self._keep(f"{form.width}x{form.height}", collection, fingers, not_acquired)
            found += _measure(collection, form, fingers, not_acquired, self._model_hash)
        if self._whole is not None:
            fingers, not_acquired = _templates(collection, self._whole.cylinders, advance)
            self._keep(WHOLE, collection, fingers, not_acquired)
        return found

    def together(self) -> list[Measurement]:
        """All collections measured, one threshold for all; strangers are compared within each collection, as FVC does.

        Nothing where there was one collection only.
        """
        found: list[Measurement] = []
        for area, seen in self._seen.items():
            if len(seen) > 1:
                found += self._together(area, seen)
        return found

    def _keep(self, area: str, collection: Collection, fingers: Fingers, not_acquired: int) -> None:
        self._seen.setdefault(area, []).append((collection, fingers, not_acquired))

    def _together(self, area: str, seen: Sequence[tuple[Collection, Fingers, int]]) -> Iterator[Measurement]:
        whole = (sum(collection.images for collection, _, _ in seen), sum(lost for _, _, lost in seen))
        threshold = score_min("fingerprint", self._model_hash, AS_PAID.enrolled, AS_PAID.captured)
        protocols: dict[int, list[Pair]] = {1: [], **{enrolled: [] for enrolled in IN_ORDER}}
        for collection, fingers, _ in seen:
            named = {f"{collection.name}/{finger}": samples for finger, samples in fingers.items()}
            protocols[1] += single(named, impression_score)
            for enrolled in IN_ORDER:
                protocols[enrolled] += in_order(named, enrolled, _best)
        for enrolled, pairs in protocols.items():
            what = f"all collections, {enrolled} impression{'s' if enrolled > 1 else ''} enrolled, one captured"
            name = f"finger-all-{area}-{enrolled}-enrolled"
            yield from measure_protocol(name, what, pairs, threshold, whole, PROTOTYPE.get((area, enrolled)))


def finger_templates(
    collection: Collection, extractor: MinutiaeExtractor, form: SensorFormat, advance: Callable[[], None]
) -> tuple[dict[str, list[CylinderSet]], int]:
    """The impressions of each finger, cut to `form`, and of how many images none could be made."""
    return _templates(collection, lambda grey: _template(extractor, cut(grey, form), form), advance)


def _templates(
    collection: Collection, make: Callable[[NDArray[np.uint8]], CylinderSet | None], advance: Callable[[], None]
) -> tuple[dict[str, list[CylinderSet]], int]:
    fingers: dict[str, list[CylinderSet]] = {}
    not_acquired = 0
    for finger, paths in collection.samples.items():
        for path in paths:
            cylinders = make(read_grey(path))
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
        record = decode(extractor.run(pixels, form.dpi).record)
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
