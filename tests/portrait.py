"""The public-domain portrait that the demo's puppet is made of, and its mesh, for tests that need a face."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from demo.portrait import Face, load_face, read_portrait
from models.build.recipe import PORTRAIT_PACKAGE
from tests.bundle import model_bundle

_DOWNLOADS = Path(__file__).resolve().parents[1] / ".cache" / "downloads"

_read = cache(read_portrait)


@cache
def _face() -> Face:
    return load_face(model_bundle(), _DOWNLOADS)


def portrait() -> NDArray[np.uint8]:
    """The portrait, RGB uint8[512,512,3]; skips the calling test where it was not fetched."""
    wheel = _DOWNLOADS / PORTRAIT_PACKAGE.file_name
    if not wheel.exists():
        pytest.skip("no portrait: run ./run models")
    return _read(wheel)


def portrait_mesh() -> NDArray[np.float32]:
    """The mesh of the face in the portrait, float32[468,3]; skips where the bundle or the portrait is missing."""
    portrait()
    return _face().points
