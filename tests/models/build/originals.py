"""The published files, for tests that convert them: kept by `./run models`, which `./run test` runs first."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.build.__main__ import DEFAULT_DOWNLOADS
from models.build.files import holds
from models.build.recipe import Original

DOWNLOADS = Path(__file__).resolve().parents[3] / DEFAULT_DOWNLOADS


def original(one: Original) -> bytes:
    """The content of `one`; skips the calling test where it was not fetched."""
    path = DOWNLOADS / "originals" / one.file_name
    if not holds(path, one.sha256):
        pytest.skip(f"no {one.file_name}: run ./run models")
    return path.read_bytes()
