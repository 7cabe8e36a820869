"""Every network that the page looks through, and the one face and the scenes that it shows. Impure: loads networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.attacks.photo import WALL
from firmware_bridge.camera.head_warp import HeadWarp
from firmware_bridge.camera.portrait import place
from firmware_bridge.camera.puppet import Puppet, SensorNoise
from firmware_bridge.camera.timeline import Stance
from models.bundle import Bundle
from models.face.alignment import FaceAligner
from models.face.detector import FaceDetector
from models.face.embedding import FaceEmbedder
from models.face.iris import IrisModel
from models.face.mesh import MeshModel
from models.face.observation import FaceObservation
from models.face.pipeline import FacePipeline
from models.fingerprint.extractor import MinutiaeExtractor
from tests.evaluation.people import Person
from tests.evaluation.trial import Booth

SIZE: Final = (640, 480)
SEED: Final = 5
"""Of the puppet's unrest and the sensor's noise; any number will do."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page: what stands between its marks, and its pictures by file name."""

    name: str
    text: str
    pictures: Mapping[str, bytes]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of the page."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


class Eye:
    """The product's networks, each loaded once, and the demo's person."""

    def __init__(self, bundle: Bundle, person: Person) -> None:
        self.person = person
        self.model_hash = bundle.sha256
        self.detector = FaceDetector(bundle)
        self.mesh = MeshModel(bundle)
        self.iris = IrisModel(bundle)
        self.pipeline = FacePipeline(bundle)
        self.aligner = FaceAligner()
        self.embedder = FaceEmbedder(bundle)
        self.extractor = MinutiaeExtractor(bundle)
        self.booth = Booth(bundle)

    def puppet(self, seed: int = SEED) -> Puppet:
        """The person in front of the camera, alive."""
        return self.person.puppet(seed)

    def portrait(self, stance: Stance) -> Picture:
        """The person in one stance, as the camera sees it once."""
        placed = place(self.person.picture, self.person.points, *SIZE)
        out = np.empty_like(placed.picture)
        HeadWarp(placed).render(placed.picture, stance, out)
        return noise().onto(out, SEED)

    def observe(self, rgb: Picture) -> FaceObservation:
        """What the pipeline says of a picture that does not change; the second look is framed by the first's mesh."""
        self.pipeline.reset()
        self.pipeline.observe(rgb)
        return self.pipeline.observe(rgb)


@cache
def noise(seed: int = SEED) -> SensorNoise:
    """Of the camera's sensor."""
    return SensorNoise(*SIZE, seed)


def moved(rgb: Picture, scale: float, shift: tuple[float, float], t_ms: int = SEED) -> Picture:
    """`rgb` `scale` times as large around its face, and shifted in pixels, seen by a sensor with noise, before
    a wall."""
    x, y = SIZE[0] / 2, SIZE[1] * 0.42
    matrix = np.array([[scale, 0, x - scale * x + shift[0]], [0, scale, y - scale * y + shift[1]]])
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    warped = cv2.warpAffine(rgb, matrix, SIZE, flags=kind, borderMode=cv2.BORDER_CONSTANT, borderValue=WALL)
    return noise().onto(np.asarray(warped, np.uint8), t_ms)
