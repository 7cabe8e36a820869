"""The slot for an operator's own passive network: what it is shown, what its answer means, what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.build.flatbuffer import to_tflite
from models.build.graph import Graph
from models.errors import ModelError
from models.liveness.cues.watch import PassiveWatch
from models.liveness.passive_model import SIDE_PX, PassiveModel, context_box
from tests.models.liveness.cues.pictures import HEIGHT, WIDTH, glance, mesh, skin
from tests.models.small_bundle import network


def colours(*, first: bool = False, classes: int = 3, side: int = SIDE_PX) -> bytes:
    """A network whose classes are the mean of blue, green and red, in tenths: it tells how it was shown a picture."""
    graph = Graph("mean colours")
    x = graph.input("x", (1, 3, side, side) if first else (1, side, side, 3))
    mean = graph.mean(x, (2, 3) if first else (1, 2), keep=False)
    graph.output(graph.matmul(mean, 0.1 * np.eye(classes, 3)))
    return to_tflite(graph)


@pytest.mark.parametrize("first", [False, True], ids=["colour last", "colour first"])
def test_the_live_class_is_number_one_of_blue_green_red_in_0_to_255(first: bool) -> None:
    model = PassiveModel(colours(first=first))
    picture = np.full((HEIGHT, WIDTH, 3), (40, 60, 50), np.uint8)  # red, green, blue
    expected = np.exp(6.0) / (np.exp(5.0) + np.exp(6.0) + np.exp(4.0))
    assert model.run(glance(picture)) == pytest.approx(expected, rel=1e-3)  # its weights are float16


@pytest.mark.fault(41)
def test_an_answer_that_is_no_number_ends_the_capture() -> None:
    """Each product is at most 60,000 times the one before: the eighth is beyond float32."""
    graph = Graph("beyond all bounds")
    value = graph.mean(graph.input("x", (1, SIDE_PX, SIDE_PX, 3)), (1, 2), keep=False)
    for _ in range(8):
        value = graph.matmul(value, 60_000.0 * np.eye(3))
    graph.output(value)
    with pytest.raises(ModelError, match="NaN or infinite"):
        PassiveModel(to_tflite(graph)).run(glance(skin()))


def test_it_is_one_more_cue_of_a_capture() -> None:
    assert "model" not in {one.cue for one in PassiveWatch().evidence().cues}
    model = PassiveModel(colours())
    assert model.name == "model"
    assert model.run(glance(skin(), points=mesh(-900, -900))) is None


@given(x=st.floats(-100, 420), y=st.floats(-100, 340), scale=st.floats(0.05, 4))
def test_the_box_is_inside_the_frame_and_around_the_face(x: float, y: float, scale: float) -> None:
    points = (mesh(0, 0) * np.float32(scale)) + np.array((x, y, 0), np.float32)
    box = context_box(points, WIDTH, HEIGHT)
    if box is None:
        return
    left, top, right, bottom = box
    assert 0 <= left < right <= WIDTH
    assert 0 <= top < bottom <= HEIGHT
    face = points[:, :2].max(axis=0) - points[:, :2].min(axis=0)
    assert (right - left) / (bottom - top) == pytest.approx(float(face[0] / face[1]), abs=0.12)


def test_a_small_face_gets_its_2_7_times() -> None:
    points = mesh(0, 0) * np.float32(0.3) + np.array((160, 120, 0), np.float32)
    box = context_box(points, WIDTH, HEIGHT)
    assert box is not None
    face = points[:, :2].max(axis=0) - points[:, :2].min(axis=0)
    assert box[2] - box[0] == pytest.approx(2.7 * float(face[0]), abs=2)


@pytest.mark.fault(49)
@pytest.mark.parametrize(
    "content", [b"", network(2.0), colours(side=64), colours(classes=2)], ids=["empty", "tiny", "64", "two classes"]
)
def test_what_has_not_the_form_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError):
        PassiveModel(content)


@pytest.mark.fault(49)
def test_another_file_than_was_configured_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.tflite"
    path.write_bytes(colours())
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert PassiveModel.open(path, sha256.upper()).name == "model"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ModelError, match="SHA-256"):
        PassiveModel.open(path, sha256)
    with pytest.raises(ModelError, match="cannot be read"):
        PassiveModel.open(tmp_path / "none", sha256)
