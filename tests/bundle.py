"""The model bundle for tests that need it: built by `./run models`, which `./run test` runs first."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from models.bundle import DEFAULT_BUNDLE, RELEASE_SHA256, Bundle

_ROOT = Path(__file__).resolve().parents[1]


@cache
def _open(path: Path) -> Bundle:
    return Bundle.open(path, sha256=RELEASE_SHA256)


def model_bundle() -> Bundle:
    """The verified bundle; skips the calling test where it was not built. BundleError: built by other code."""
    path = _ROOT / DEFAULT_BUNDLE
    if not path.exists():
        pytest.skip("no model bundle: run ./run models")
    return _open(path)
