"""Where evaluation data of real people and fingers is found. It is never part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(relative: str) -> Path:
    """The file or folder `relative` of the evaluation data; skips the calling test where there is none.

    The data stands next to the checkout, or where COUNTERSIGN_DATA says.
    """
    path = Path(os.environ.get("COUNTERSIGN_DATA", _DEFAULT)) / relative
    if not path.exists():
        pytest.skip(f"no evaluation data at {path}: set COUNTERSIGN_DATA to a folder that has {relative}")
    return path
