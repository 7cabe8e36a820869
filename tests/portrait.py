"""The public-domain portrait that the demo's puppet is made of, and its mesh, for tests that need a face."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.build.recipe import PORTRAIT_PACKAGE
from models.face.pipeline import FacePipeline
from tests.bundle import model_bundle

_DOWNLOADS = Path(__file__).resolve().parents[1] / ".cache" / "downloads"
_MEMBER = "skimage/data/astronaut.png"


@cache
def _read(wheel: Path) -> NDArray[np.uint8]:
    with zipfile.ZipFile(wheel) as archive:
        data = io.BytesIO(archive.read(_MEMBER)).getbuffer()
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def portrait() -> NDArray[np.uint8]:
    """The portrait, RGB uint8[512,512,3]; skips the calling test where it was not fetched."""
    wheel = _DOWNLOADS / PORTRAIT_PACKAGE.file_name
    if not wheel.exists():
        pytest.skip("no portrait: run ./run models")
    return _read(wheel)


@cache
def _mesh() -> NDArray[np.float32]:
    pipeline = FacePipeline(model_bundle())
    for _ in range(2):  # the second look is framed by the first one's mesh
        seen = pipeline.observe(portrait())
    assert seen.face is not None
    return seen.face.points


def portrait_mesh() -> NDArray[np.float32]:
    """The mesh of the face in the portrait, float32[468,3]; skips where the bundle or the portrait is missing."""
    portrait()
    model_bundle()
    return _mesh()
