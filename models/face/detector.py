"""Where the faces are: MediaPipe's short-range BlazeFace. Owns one interpreter and its buffers.

Source: BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047); anchors and decoding as in MediaPipe's
face_detection_short_range graph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.face.region import Region, cut, require_rgb
from models.interpreter import Interpreter

INPUT_SIDE_PX = 128
KEYPOINTS = 6
BOX_VALUES = 4 + 2 * KEYPOINTS
ANCHOR_GRIDS = ((16, 2), (8, 6))
"""Side of the grid, anchors in each of its cells: 16x16x2 + 8x8x6 = 896."""
SCORE_MIN = 0.5
"""MediaPipe's own; its logit is 0."""
LOGIT_MAX = 80.0
"""Beyond, the exponential leaves float32; the score is 0 or 1 either way."""
LOGIT_LOOKED_AT = -1.0
"""Scores of anchors below this, 0.27, are not worked out: nearly all of them."""
OVERLAP_MIN = 0.3
"""Boxes of one face overlap by more; MediaPipe's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face: centre and size of its box, `keypoints` float32[6,2], all in frame pixels.

    Keypoints: the subject's right eye, left eye, nose, mouth, right ear, left ear.
    """

    x_px: float
    y_px: float
    width_px: float
    height_px: float
    score: float
    keypoints: NDArray[np.float32]

    def region(self, scale: float) -> Region:
        """The square around the box, `scale` times its longer side, turned with the line of the eyes."""
        dx, dy = self.keypoints[1] - self.keypoints[0]
        return Region(
            self.x_px, self.y_px, scale * max(self.width_px, self.height_px), math.atan2(float(dy), float(dx))
        )


def anchor_centres() -> NDArray[np.float32]:
    """The 896 anchors' centres, float32[896,2], as shares of the input's side."""
    grids = []
    for side, per_cell in ANCHOR_GRIDS:
        centres = (np.arange(side, dtype=np.float32) + 0.5) / side
        y, x = np.meshgrid(centres, centres, indexing="ij")
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), per_cell, axis=0))
    return np.concatenate(grids)


def overlap(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of one box (x, y, width, height; centred) with each of `others`."""
    low = np.maximum(box[:2] - box[2:4] / 2, others[:, :2] - others[:, 2:4] / 2)
    high = np.minimum(box[:2] + box[2:4] / 2, others[:, :2] + others[:, 2:4] / 2)
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    union = box[2] * box[3] + others[:, 2] * others[:, 3] - shared
    ratio: NDArray[np.float32] = np.where(union > 0, shared / np.maximum(union, 1e-9), 0).astype(np.float32)
    return ratio


def merge(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> list[tuple[NDArray[np.float32], float]]:
    """Weighted non-maximum suppression: boxes of one face become their mean, weighted by score; best first.

    `boxes` float32[n,16]: x, y, width, height, six keypoints.
    """
    order = np.argsort(-scores, kind="stable")
    merged = []
    while order.size:
        best = order[0]
        same = overlap(boxes[best], boxes[order]) > OVERLAP_MIN
        same[0] = True
        members = order[same]
        weights = scores[members]
        merged.append((weights @ boxes[members] / weights.sum(), float(scores[best])))
        order = order[~same]
    return merged


class FaceDetector:
    """All faces of a frame up to about two metres away."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Raises BundleError where the bundle has no face detection."""
        self._interpreter = Interpreter(bundle.model("face_detection"), threads=threads)
        self._outputs = self._interpreter.new_outputs()
        self._boxes = next(one for one in self._outputs if one.shape[-1] == BOX_VALUES).reshape(-1, BOX_VALUES)
        self._logits = next(one for one in self._outputs if one.shape[-1] == 1).ravel()
        self._anchors = anchor_centres()
        self._cut = np.empty((INPUT_SIDE_PX, INPUT_SIDE_PX, 3), np.uint8)
        self._input = np.empty((1, INPUT_SIDE_PX, INPUT_SIDE_PX, 3), np.float32)

    def run(self, rgb: NDArray[np.uint8]) -> list[Detection]:
        """The faces in `rgb` uint8[H,W,3], the surest first. Raises ImageError for what is no picture."""
        require_rgb(rgb)
        height, width = rgb.shape[:2]
        side = max(width, height)
        matrix = Region(width / 2, height / 2, side).to_frame(INPUT_SIDE_PX)
        cut(rgb, matrix, INPUT_SIDE_PX, self._cut, replicate=False)
        self._input[0] = self._cut
        self._input *= np.float32(1 / 127.5)
        self._input -= 1
        self._interpreter.run(self._input, out=self._outputs)
        boxes, scores = self._decode()
        boxes *= side
        boxes[:, 0::2] -= (side - width) / 2
        boxes[:, 1::2] -= (side - height) / 2
        boxes[:, 2] += (side - width) / 2  # a width and a height have no origin to move
        boxes[:, 3] += (side - height) / 2
        return [
            Detection(
                x_px=float(box[0]),
                y_px=float(box[1]),
                width_px=float(box[2]),
                height_px=float(box[3]),
                score=score,
                keypoints=box[4:].reshape(KEYPOINTS, 2),
            )
            for box, score in merge(boxes, scores)
            if box[2] > 0 and box[3] > 0
        ]

    def _decode(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Boxes above the score, as shares of the input's side, and their scores."""
        near = np.flatnonzero(self._logits >= LOGIT_LOOKED_AT)
        scores = np.asarray(1 / (1 + np.exp(-np.clip(self._logits[near], -LOGIT_MAX, LOGIT_MAX))), np.float32)
        enough = scores >= SCORE_MIN
        kept = near[enough]
        boxes = np.asarray(self._boxes[kept] / np.float32(INPUT_SIDE_PX), np.float32)
        boxes[:, 0::2] += self._anchors[kept, :1]
        boxes[:, 1::2] += self._anchors[kept, 1:]
        boxes[:, 2:4] -= self._anchors[kept]
        return boxes, scores[enough]
