"""A frame in, what it says about the face out. Owns the interpreters and the track: it remembers the last frame.

The mesh follows a face by its own box; the detector looks again when the face is lost and every few frames anyway,
to notice a second person and a track that has slipped off its face.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.face.detector import Detection, FaceDetector
from models.face.iris import IrisModel
from models.face.mesh import REGION_SCALE, MeshModel, mouth_openness, pose_of, region_of
from models.face.observation import Face, FaceObservation
from models.face.quality import QualityMeter, hint_for
from models.face.region import Region, require_rgb

DETECT_EVERY_FRAMES = 4
"""A second face is noticed within a quarter of a second; the detector is a third of a frame's cost."""
OTHER_FACE_SHARE = 0.5
"""A face less than half as wide as the nearest is somebody in the queue, not somebody at the terminal."""
DIGEST_ROWS = 16
"""So many rows, spread over the picture, are enough to tell a live sensor's noise from a repeated picture."""


class FacePipeline:
    """Detection, mesh, irises and quality of one camera's frames, in their order."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Loads the three networks once; `threads` for each. Raises BundleError where one is missing."""
        self._detector = FaceDetector(bundle, threads=threads)
        self._mesh = MeshModel(bundle, threads=threads)
        self._iris = IrisModel(bundle, threads=threads)
        self._meter = QualityMeter()
        self._region: Region | None = None
        self._track = 0
        self._faces = 0
        self._frames = 0

    def reset(self) -> None:
        """Forget the face that was followed: the next frame is another person's."""
        self._region = None
        self._faces = 0
        self._frames = 0

    def observe(self, rgb: NDArray[np.uint8]) -> FaceObservation:
        """What `rgb` uint8[H,W,3], unmirrored, shows. Raises ImageError for anything else.

        What it returns is the caller's own; apart from it nothing of a frame's size is allocated, unless the pixels do
        not lie in one piece.
        """
        require_rgb(rgb)
        rgb = np.ascontiguousarray(rgb)  # else OpenCV copies it at every cut
        height, width = rgb.shape[:2]
        if self._region is None or self._frames % DETECT_EVERY_FRAMES == 0:
            self._detect(rgb)
        self._frames += 1
        face = self._follow(rgb)
        faces = max(self._faces, 1) if face else 0
        return FaceObservation(faces, face, hint_for(faces, face, min(width, height)), _digest(rgb))

    def _detect(self, rgb: NDArray[np.uint8]) -> None:
        """Count the faces at the terminal; start a track on the nearest unless a followed face is among them."""
        found = self._detector.run(rgb)
        widest = max((one.width_px for one in found), default=0.0)
        near = [one for one in found if one.width_px >= OTHER_FACE_SHARE * widest]
        self._faces = len(near)
        if self._region is not None and (not near or any(_holds(self._region, one) for one in near)):
            return
        if near:
            self._region = max(near, key=lambda one: one.width_px).region(REGION_SCALE)
            self._track += 1

    def _follow(self, rgb: NDArray[np.uint8]) -> Face | None:
        region = self._region
        if region is None:
            return None
        points = self._mesh.run(rgb, region)
        if points is None:
            self._region = None
            return None
        self._region = region_of(points)
        left, right = self._iris.run(rgb, points)
        return Face(
            points=points,
            track=self._track,
            pose=pose_of(points),
            left_eye_open=left,
            right_eye_open=right,
            mouth_open=mouth_openness(points),
            quality=self._meter.run(points, region, self._mesh.cut, rgb.shape[1], rgb.shape[0]),
        )


def _holds(region: Region, found: Detection) -> bool:
    """Whether a detection is the face that is followed: its centre lies in the middle of the region."""
    reach = region.size_px / (2 * REGION_SCALE)
    return abs(found.x_px - region.x_px) < reach and abs(found.y_px - region.y_px) < reach


def _digest(rgb: NDArray[np.uint8]) -> int:
    digest = 0
    for row in rgb[:: max(1, rgb.shape[0] // DIGEST_ROWS)]:
        digest = zlib.crc32(row, digest)
    return digest
