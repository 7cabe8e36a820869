"""Whole images are seen as a reader's image of that size is, and the network's original must be there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.finger_synthesis import SyntheticFinger
from models.comparison.cylinders import build_cylinders
from models.comparison.fingerprint import impression_score
from models.comparison.iso19794_2 import decode
from models.errors import BuildError
from models.evaluate.whole_fingers import ORIGINALS, WholeImages
from models.fingerprint.extractor import MinutiaeExtractor
from tests.bundle import model_bundle
from tests.project_tree import ROOT


@pytest.mark.models
def test_an_image_of_a_reader_s_size_is_seen_as_the_reader_s_own() -> None:
    extractor = MinutiaeExtractor(model_bundle())  # where the bundle was built, its originals were kept
    whole = WholeImages(ROOT / ORIGINALS)
    image = SyntheticFinger(4).impression(1, width=256, height=288, dpi=500)
    seen = whole.cylinders(image)
    assert seen is not None
    own = build_cylinders(decode(extractor.run(image, 500).record))
    assert np.array_equal(seen.points, own.points)
    assert np.array_equal(seen.cells, own.cells)
    larger = whole.cylinders(np.pad(image, ((10, 13), (20, 5)), constant_values=image[0, 0]))
    assert larger is not None
    assert impression_score(larger, own) > 0.5


@pytest.mark.models
def test_an_image_without_ridges_gives_nothing() -> None:
    model_bundle()
    assert WholeImages(ROOT / ORIGINALS).cylinders(np.full((100, 100), 230, np.uint8)) is None


def test_without_the_network_s_original_it_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="run models fetches it"):
        WholeImages(tmp_path)
