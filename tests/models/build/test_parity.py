"""The bundle's networks answer as the originals do; reference/README.md says how their answers were taken down."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.face.detector import FaceDetector
from models.face.embedding import FaceEmbedder
from models.face.mesh import REGION_SCALE, MeshModel
from models.interpreter import Interpreter
from tests.bundle import model_bundle
from tests.models.build.pictures import chips, fingers, scenes

pytestmark = pytest.mark.models

EMBEDDING_DIFFERENCE_MAX = 5e-4
"""Half precision weights; two photos of one person are 0.2 to 0.4 apart."""
DETECTION_DIFFERENCE_MAX_PX = 1e-3
SCORE_DIFFERENCE_MAX = 1e-6
MESH_DIFFERENCE_MAX = 5e-4
"""As a share of the eyes' distance; the reference is rounded to a thousandth of a pixel."""
QUALITY_MIN, QUALITY_MARGIN = 0.6, 5e-3
"""pyfing's threshold; a minutia within the margin of it may fall on either side."""
ANGLE_DIFFERENCE_MAX_RAD = 1e-3


def reference(original: str, key: str) -> dict[str, Any]:
    content = (Path(__file__).parent / "reference" / f"{original}.json").read_text()
    numbers: dict[str, Any] = json.loads(content)[key]
    return numbers


@pytest.mark.parametrize("picture", ["face", "mirrored", "dim", "suit"])
def test_embeddings_are_dlibs(picture: str) -> None:
    expected = np.array(reference("dlib", "embeddings")[picture])
    embedding = FaceEmbedder(model_bundle()).run(chips()[picture])
    assert float(np.abs(embedding - expected).max()) <= EMBEDDING_DIFFERENCE_MAX
    others = [np.array(other) for name, other in reference("dlib", "embeddings").items() if name != picture]
    assert min(float(np.abs(embedding - other).max()) for other in others) > 20 * EMBEDDING_DIFFERENCE_MAX


@pytest.mark.parametrize("picture", ["square", "camera"])
def test_detections_and_meshes_are_mediapipes(picture: str) -> None:
    expected = reference("mediapipe", "faces")[picture]
    rgb = scenes()[picture]
    (found,) = FaceDetector(model_bundle()).run(rgb)
    assert found.score == pytest.approx(expected["score"], abs=SCORE_DIFFERENCE_MAX)
    box = (found.x_px, found.y_px, found.width_px, found.height_px)
    assert box == pytest.approx(expected["box_px"], abs=DETECTION_DIFFERENCE_MAX_PX)
    assert found.keypoints == pytest.approx(np.array(expected["keypoints_px"]), abs=DETECTION_DIFFERENCE_MAX_PX)
    points = MeshModel(model_bundle()).run(rgb, found.region(REGION_SCALE))
    assert points is not None
    original = np.array(expected["mesh_px"])
    eyes_px = float(np.linalg.norm(original[33] - original[263]))
    assert float(np.abs(points - original).max()) <= MESH_DIFFERENCE_MAX * eyes_px


@pytest.mark.parametrize("size", ["192x192", "256x288"])
def test_minutiae_are_pyfings(size: str) -> None:
    image = fingers()[size]
    (answer,) = Interpreter(model_bundle().model(f"minutiae_{size}")).run(image.astype(np.float32)[None, :, :, None])
    expected = {(x, y): rest for x, y, *rest in reference("pyfing", "fingers")[size]}
    assert len(expected) > 20
    rows, columns = np.nonzero(answer[0, ..., 3] >= QUALITY_MIN)
    found = {(x, y): answer[0, y, x] for x, y in zip(columns.tolist(), rows.tolist(), strict=True)}
    sure = {place for place, (_, _, quality) in expected.items() if quality >= QUALITY_MIN + QUALITY_MARGIN}
    assert sure <= found.keys()
    assert {place for place, values in found.items() if values[3] >= QUALITY_MIN + QUALITY_MARGIN} <= expected.keys()
    for place in sure:
        _, direction, ending, quality = found[place].tolist()
        assert abs(math.remainder(direction - expected[place][0], math.tau)) <= ANGLE_DIFFERENCE_MAX_RAD
        assert ("E" if ending >= 0.5 else "B") == expected[place][1]
        assert quality == pytest.approx(expected[place][2], abs=QUALITY_MARGIN)
