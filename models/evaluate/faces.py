"""Faces through the pipeline as a terminal runs it, and the scores of all that is compared. Impure: the networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.comparison.face import face_score
from models.comparison.thresholds import FACE_FRAMES_CAPTURED, FACE_FRAMES_ENROLLED, score_min
from models.evaluate.collection import Collection, read_rgb
from models.evaluate.measurement import Measurement, measure_protocol
from models.evaluate.pairs import Protocol, as_paid, single
from models.face.alignment import FaceAligner
from models.face.embedding import FaceEmbedder
from models.face.pipeline import FacePipeline
from models.face.region import IMAGE_SIDE_MIN_PX, require_rgb

Template = NDArray[np.float32]

AS_PAID: Final = Protocol(enrolled=FACE_FRAMES_ENROLLED, captured=FACE_FRAMES_CAPTURED)
SIDE_MIN_PX: Final = 480
"""Smaller pictures are enlarged to what a terminal's camera delivers: the detector was made for that."""


class FaceTemplates:
    """Templates of still images, each looked at as the first frame of another person."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Raises BundleError where a network is missing."""
        self._pipeline = FacePipeline(bundle, threads=threads)
        self._aligner = FaceAligner()
        self._embedder = FaceEmbedder(bundle, threads=threads)

    def of(self, rgb: NDArray[np.uint8]) -> Template | None:
        """The embedding float32[128] of the nearest face in `rgb` uint8[H,W,3]; None where none is found.

        Raises ImageError for what is no picture, and a larger one than any camera's.
        """
        if min(rgb.shape[:2], default=0) < IMAGE_SIDE_MIN_PX:
            return None
        require_rgb(rgb)
        rgb = _enlarged(rgb)
        self._pipeline.reset()
        face = self._pipeline.observe(rgb).face
        return None if face is None else self._embedder.run(self._aligner.run(rgb, face.points))


def measure_faces(collection: Collection, bundle: Bundle, advance: Callable[[], None]) -> list[Measurement]:
    """Both protocols on one collection of people; `advance` is called after every image."""
    templates, not_acquired = face_templates(collection, bundle, advance)
    threshold = score_min("face", bundle.sha256, AS_PAID.enrolled, AS_PAID.captured)
    singly = list(single(templates, likeness))
    paid = list(as_paid(templates, AS_PAID, mean_of, mean_of, likeness))
    whole = (collection.images, not_acquired)
    return [
        *measure_protocol(f"face-{collection.name}-single", "one photo with one photo", singly, threshold, whole),
        *measure_protocol(
            f"face-{collection.name}-as-paid",
            f"mean of {AS_PAID.enrolled} enrolled with mean of {AS_PAID.captured} captured",
            paid,
            threshold,
            whole,
        ),
    ]


def face_templates(
    collection: Collection, bundle: Bundle, advance: Callable[[], None]
) -> tuple[dict[str, list[Template]], int]:
    """The templates of each person of `collection`, and of how many images none could be made."""
    maker = FaceTemplates(bundle)
    templates: dict[str, list[Template]] = {}
    not_acquired = 0
    for person, paths in collection.samples.items():
        for path in paths:
            template = maker.of(read_rgb(path))
            advance()
            if template is None:
                not_acquired += 1
            else:
                templates.setdefault(person, []).append(template)
    return templates, not_acquired


def likeness(first: Template, second: Template) -> float:
    """The score that the server gives two templates."""
    return face_score(first, second)


def mean_of(templates: Sequence[Template]) -> Template:
    """What several frames are sent, and stored, as."""
    mean: Template = np.mean(templates, axis=0, dtype=np.float64).astype(np.float32)
    return mean


def _enlarged(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    shorter = min(rgb.shape[:2])
    if shorter >= SIDE_MIN_PX:
        return rgb
    scale = SIDE_MIN_PX / shorter
    return np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
