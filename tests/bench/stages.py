"""The stages of a capture as they are called: the only place of the bench that knows how."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.face.alignment import FaceAligner
from models.face.detector import FaceDetector
from models.face.embedding import FaceEmbedder
from models.face.iris import IrisModel
from models.face.mesh import MeshModel, region_of
from models.face.quality import QualityMeter
from models.face.region import Region
from models.fingerprint import quality as finger_quality
from models.fingerprint.extractor import MinutiaeExtractor, SensorFormat

Picture = NDArray[np.uint8]
Points = NDArray[np.float32]


class FaceStages:
    """Those of one face; each may be called on its own."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self._detector, self._mesh = FaceDetector(bundle, threads=threads), MeshModel(bundle, threads=threads)
        self._iris, self._embedder = IrisModel(bundle, threads=threads), FaceEmbedder(bundle, threads=threads)
        self._meter, self._aligner = QualityMeter(), FaceAligner()

    def detect(self, picture: Picture) -> object:
        """All faces."""
        return self._detector.run(picture)

    def mesh(self, picture: Picture, region: Region) -> Points | None:
        """The points in a region."""
        return self._mesh.run(picture, region)

    def upright(self, picture: Picture, region: Region) -> Picture:
        """What the mesh saw there, for the quality."""
        self._mesh.run(picture, region)
        return self._mesh.cut.copy()

    def irises(self, picture: Picture, points: Points) -> tuple[float, float]:
        """Openness of both eyes."""
        return self._iris.run(picture, points)

    def quality(self, points: Points, region: Region, upright: Picture, width: int, height: int) -> object:
        """Sharpness, light, what is covered."""
        return self._meter.run(points, region, upright, width, height)

    def align(self, picture: Picture, points: Points) -> Picture:
        """The chip; the next call overwrites it."""
        return self._aligner.run(picture, points)

    def embed(self, chip: Picture) -> Points:
        """The 128 numbers."""
        return self._embedder.run(chip)


class FingerStages:
    """Those of a finger's impression."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self._extractor = MinutiaeExtractor(bundle, threads=threads)

    def quality(self, pixels: Picture) -> object:
        """How much there is to be seen."""
        return finger_quality.measure(pixels)

    def record(self, pixels: Picture, form: SensorFormat) -> bytes:
        """Quality, minutiae and the record of them."""
        return self._extractor.run(pixels, form.dpi).record


class MeshTracker:
    """The points alone, from frame to frame: what MediaPipe's plain graph does, and nothing else."""

    def __init__(self, stages: FaceStages, start: Region) -> None:
        self._stages, self._start, self._region = stages, start, start

    def restart(self) -> None:
        """Back to the first frame."""
        self._region = self._start

    def follow(self, picture: Picture) -> Points:
        """The points in the next frame. The face is never lost, or there is an assertion."""
        points = self._stages.mesh(picture, self._region)
        assert points is not None
        self._region = region_of(points)
        return points
