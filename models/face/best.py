"""The best frames of one person: of each rest the best one, embedded, and all of them the same face's.

Owns an embedder for its time and remembers one upright cut of a face, never frames. An embedding costs more than all
the rest of a frame: so it is made when a rest begins, and once more when it is over if a better frame came since.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.errors import CaptureError
from models.face.alignment import FaceAligner
from models.face.observation import Face
from models.face.quality import merit

SAME_FACE_DISTANCE_MAX = 0.55
"""Between single frames of one capture, minutes apart at most: a stranger is this near in 1 of 200 tries, and the
template itself is compared far more strictly."""


class Embedder(Protocol):
    """What the portraits ask of `FaceEmbedder`."""

    def run(self, chip: NDArray[np.uint8]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    merit: float
    chip: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class _Portrait:
    merit: float
    embedding: NDArray[np.float32]


class Portraits:
    """Frames of a rest are considered one by one; `keep` settles for the best so far, `drop` ends the rest."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._aligner = FaceAligner()
        self._kept: list[_Portrait] = []
        self._best: _Candidate | None = None
        """Its chip is the aligner's own: there is one at a time, and a better one takes its place."""
        self._resting = False

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def spread(self) -> float:
        """The largest distance between two that were kept; 0 of fewer than two."""
        pairs = combinations(self._kept, 2)
        return max((float(np.linalg.norm(a.embedding - b.embedding)) for a, b in pairs), default=0.0)

    @property
    def same_face(self) -> bool:
        """Whether all that were kept can be one face; what is no number cannot."""
        return self.spread <= SAME_FACE_DISTANCE_MAX and all(np.isfinite(one.embedding).all() for one in self._kept)

    def consider(self, rgb: NDArray[np.uint8], face: Face) -> None:
        """`face` in `rgb` uint8[H,W,3] is good and at rest: it is remembered if it is the best of this rest."""
        worth = merit(face)
        before = self._best or (self._kept[-1] if self._resting else None)
        if before is None or worth > before.merit:
            self._best = _Candidate(worth, self._aligner.run(rgb, face.points))

    def drop(self) -> None:
        """The rest is over, or was none: what was not kept is forgotten."""
        self._best, self._resting = None, False

    def keep(self) -> bool:
        """The best of this rest is one of the person's, instead of a worse one of the same rest.

        Whether all that are kept are one face. Raises CaptureError where no frame of this rest was considered.
        """
        best, self._best = self._best, None
        if best is None and not self._resting:
            raise CaptureError("there is no frame of this rest to keep")
        if best is not None:
            if self._resting:
                self._kept.pop()
            self._kept.append(_Portrait(best.merit, self._embedder.run(best.chip)))
        self._resting = True
        return self.same_face

    def mean(self, count: int) -> NDArray[np.float32]:
        """The mean embedding float32[128] of the best `count` of those that were kept. Raises CaptureError for none."""
        if not self._kept:
            raise CaptureError("no frame was kept: there is no template")
        best = sorted(self._kept, key=lambda one: one.merit, reverse=True)[:count]
        mean = np.mean([one.embedding for one in best], axis=0, dtype=np.float64)
        return np.asarray(mean, np.float32)
