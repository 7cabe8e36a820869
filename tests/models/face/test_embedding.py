"""Embeddings may be compared, belong to the caller, and come of aligned faces only."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.comparison.face import checked_template
from models.errors import BundleError, ImageError
from models.face.alignment import FaceAligner
from models.face.embedding import FaceEmbedder
from tests.bundle import model_bundle
from tests.models.small_bundle import small_bundle
from tests.portrait import portrait, portrait_mesh


@pytest.mark.models
def test_an_embedding_may_be_compared_and_is_the_callers_own() -> None:
    embedder = FaceEmbedder(model_bundle())
    chip = FaceAligner().run(portrait(), portrait_mesh())
    first = embedder.run(chip)
    kept = first.copy()
    checked_template(first)
    assert embedder.run(np.full_like(chip, 128)).tolist() != kept.tolist()
    assert first.tolist() == kept.tolist()
    assert embedder.run(chip).tolist() == kept.tolist()


@pytest.mark.models
@pytest.mark.parametrize(
    "chip", [np.zeros((150, 149, 3), np.uint8), np.zeros((150, 150), np.uint8), np.zeros((150, 150, 3), np.float32)]
)
def test_refuses_what_is_no_chip(chip: NDArray[np.uint8]) -> None:
    with pytest.raises(ImageError, match="aligned face"):
        FaceEmbedder(model_bundle()).run(chip)


def test_a_bundle_without_the_network_is_refused() -> None:
    with pytest.raises(BundleError, match="face_embedding"):
        FaceEmbedder(small_bundle())
