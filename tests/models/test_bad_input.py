"""Pictures and meshes of every wrong form, at every entrance of the face and finger stages: ImageError, in words that
say what was expected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import ImageError
from models.face.alignment import CHIP_SIDE_PX, FaceAligner
from models.face.capture import FaceCapture, FaceEnrolment
from models.face.mesh import POINTS, region_of
from models.face.observation import Face
from models.face.quality import CUT_SIDE_PX
from models.face.region import IMAGE_SIDE_MAX_PX, Region
from models.fingerprint.quality import measure
from models.liveness.challenge import Action
from models.liveness.cues.watch import PassiveWatch
from tests.models.face.test_quality import FACE
from tests.models.stages import stages
from tests.portrait import portrait, portrait_mesh

pytestmark = [pytest.mark.models, pytest.mark.fault(48)]

Array = NDArray[Any]
HEIGHT, WIDTH = 480, 640


def region() -> Region:
    return region_of(portrait_mesh())


def capture(picture: Array) -> object:
    challenge = (Action.BLINK, Action.TURN_LEFT)
    return FaceCapture(stages().pipeline, stages().embedder, challenge).feed(picture, 0)


def look(picture: Array) -> None:
    PassiveWatch().look(picture, replace(FACE, points=portrait_mesh()), 0)


PICTURE_ENTRANCES: Final[dict[str, Callable[[Array], object]]] = {
    "pipeline": lambda picture: stages().pipeline.observe(picture),
    "detector": lambda picture: stages().detector.run(picture),
    "mesh": lambda picture: stages().mesh.run(picture, region()),
    "iris": lambda picture: stages().iris.run(picture, portrait_mesh()),
    "aligner": lambda picture: stages().aligner.run(picture, portrait_mesh()),
    "capture": capture,
    "enrolment": lambda picture: FaceEnrolment(stages().pipeline, stages().embedder).feed(picture, 0),
    "passive cues": look,
}
SHAPE: Final = (HEIGHT, WIDTH, 3)
NO_PICTURES: Final[dict[str, Any]] = {
    "nothing": None,
    "a list": [[[0, 0, 0]]],
    "bytes": b"\xff\xd8\xff\xe0",
    "empty": np.empty((0, 0, 3), np.uint8),
    "no rows": np.empty((0, WIDTH, 3), np.uint8),
    "no columns": np.empty((HEIGHT, 0, 3), np.uint8),
    "no colours": np.empty((HEIGHT, WIDTH, 0), np.uint8),
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "tiny": np.zeros((31, WIDTH, 3), np.uint8),
    "huge": np.zeros((IMAGE_SIDE_MAX_PX + 1, 32, 3), np.uint8),
    "huge and wide": np.zeros((32, IMAGE_SIDE_MAX_PX + 1, 3), np.uint8),
    "grey": np.zeros((HEIGHT, WIDTH), np.uint8),
    "grey, three axes": np.zeros((HEIGHT, WIDTH, 1), np.uint8),
    "with alpha": np.zeros((HEIGHT, WIDTH, 4), np.uint8),
    "colour first": np.zeros((3, HEIGHT, WIDTH), np.uint8),
    "several": np.zeros((1, *SHAPE), np.uint8),
    "a row of bytes": np.zeros(HEIGHT * WIDTH * 3, np.uint8),
    "a scalar": np.uint8(7),
    "16 bits": np.zeros(SHAPE, np.uint16),
    "16 bits, big-endian": np.zeros(SHAPE, ">u2"),
    "signed": np.zeros(SHAPE, np.int8),
    "float": np.zeros(SHAPE, np.float32),
    "float of NaN": np.full(SHAPE, np.nan, np.float64),
    "half": np.zeros(SHAPE, np.float16),
    "booleans": np.zeros(SHAPE, np.bool_),
    "objects": np.zeros((32, 32, 3), object),
}


@pytest.mark.parametrize("entrance", PICTURE_ENTRANCES)
@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_picture_is_refused_everywhere(entrance: str, what: str) -> None:
    with pytest.raises(ImageError, match="expected"):
        PICTURE_ENTRANCES[entrance](NO_PICTURES[what])


NO_MESHES: Final[dict[str, Callable[[Array], Any]]] = {
    "nothing": lambda _: None,
    "a list": lambda mesh: mesh.tolist(),
    "objects": lambda mesh: mesh.astype(object),
    "integers": lambda mesh: mesh.astype(np.int32),
    "no points": lambda mesh: mesh[:0],
    "68 points": lambda mesh: mesh[:68],
    "one too many": lambda mesh: np.vstack([mesh, mesh[:1]]),
    "flat": lambda mesh: mesh[:, :2],
    "a row": lambda mesh: mesh.ravel(),
    "one NaN": lambda mesh: np.where(np.arange(POINTS)[:, None] == 6, np.nan, mesh),
    "infinite": lambda mesh: mesh * np.float32(np.inf),
}
MESH_ENTRANCES: Final[dict[str, Callable[[Array], object]]] = {
    "iris": lambda points: stages().iris.run(portrait(), points),
    "meter": lambda points: stages().meter.run(points, region(), _cut(), WIDTH, HEIGHT),
    "aligner": lambda points: stages().aligner.run(portrait(), points),
    "passive cues": lambda points: look_at(replace(FACE, points=points)),
}


def look_at(face: Face) -> None:
    PassiveWatch().look(portrait(), face, 0)


def _cut() -> NDArray[np.uint8]:
    return np.full((CUT_SIDE_PX, CUT_SIDE_PX, 3), 90, np.uint8)


@pytest.mark.fault(41)
@pytest.mark.parametrize("entrance", MESH_ENTRANCES)
@pytest.mark.parametrize("what", NO_MESHES)
def test_what_is_no_mesh_is_refused_everywhere(entrance: str, what: str) -> None:
    with pytest.raises(ImageError, match="points of a face mesh"):
        MESH_ENTRANCES[entrance](NO_MESHES[what](portrait_mesh()))


@pytest.mark.parametrize(
    ("spoil", "whole"),
    [
        (lambda mesh: mesh * 0, False),
        (lambda mesh: mesh * 0 + 77, False),
        (lambda mesh: mesh * 1e-3, False),
        (lambda mesh: mesh * 1e5, False),
        (lambda mesh: mesh * np.float32(1e30), False),
        (lambda mesh: mesh * (1, 0, 0), True),
    ],
    ids=["zero", "one place", "a pixel wide", "wider than any frame", "huge", "a line"],
)
def test_points_that_cannot_be_a_face_s_align_nothing_or_a_whole_chip(
    spoil: Callable[[Array], Array], whole: bool
) -> None:
    """A mesh squeezed to a line still has a direction: what comes of it is a chip like any other."""
    points = np.asarray(spoil(portrait_mesh()), np.float32)
    if whole:
        assert FaceAligner().run(portrait(), points).shape == CHIP
        return
    with pytest.raises(ImageError, match="face mesh"):
        FaceAligner().run(portrait(), points)


@pytest.mark.parametrize("place", ["x_px", "y_px", "size_px", "angle_rad"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_region_that_is_not_finite_is_refused(place: str, value: float) -> None:
    with pytest.raises(ImageError, match="not finite"):
        stages().mesh.run(portrait(), replace(region(), **{place: value}))


@pytest.mark.parametrize("bad", [Region(1e30, -1e30, 100), Region(-4e5, 4e5, 100), Region(256, 256, 1e30)])
def test_a_region_outside_the_frame_shows_no_face(bad: Region) -> None:
    assert stages().mesh.run(portrait(), bad) is None


def test_a_region_without_size_is_refused() -> None:
    with pytest.raises(ImageError, match="no size"):
        stages().mesh.run(portrait(), Region(200, 100, 0))


CHIP: Final = (CHIP_SIDE_PX, CHIP_SIDE_PX, 3)


@pytest.mark.parametrize(
    "chip",
    [
        None,
        [[[0]]],
        np.zeros((CHIP_SIDE_PX, CHIP_SIDE_PX), np.uint8),
        np.zeros((1, *CHIP), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros(CHIP, np.float32),
        np.zeros(CHIP, ">u2"),
        np.zeros(CHIP, object),
    ],
)
def test_what_is_no_chip_is_refused(chip: Any) -> None:
    with pytest.raises(ImageError, match="expected an aligned face"):
        stages().embedder.run(chip)


@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_cut_of_a_face_is_refused(what: str) -> None:
    with pytest.raises(ImageError, match="expected"):
        stages().meter.run(portrait_mesh(), region(), NO_PICTURES[what], WIDTH, HEIGHT)
    with pytest.raises(ImageError, match="cut to 192x192"):
        stages().meter.run(portrait_mesh(), region(), np.zeros(SHAPE, np.uint8), WIDTH, HEIGHT)


NO_FINGERS: Final[dict[str, Any]] = {
    **NO_PICTURES,
    "square, other size": np.zeros((176, 176), np.uint8),
    "cut off": np.zeros((180, 192), np.uint8),
    "on its side": np.zeros((256, 288), np.uint8),
    "16 bits, right size": np.zeros((192, 192), np.uint16),
    "float, right size": np.zeros((192, 192), np.float32),
    "objects, right size": np.zeros((192, 192), object),
    "packed, 4 bits": np.zeros((192, 96), np.uint8),
}


@pytest.mark.parametrize("what", NO_FINGERS)
@pytest.mark.parametrize("dpi", [508, 500, 0, -508])
def test_what_is_no_finger_s_image_is_refused(what: str, dpi: int) -> None:
    with pytest.raises(ImageError, match="finger image"):
        stages().extractor.run(NO_FINGERS[what], dpi)


@pytest.mark.parametrize(
    "bad", [None, [0], np.zeros(192, np.uint8), np.zeros((0, 0), np.uint8), np.zeros((10, 16), np.uint8)]
)
def test_what_is_no_finger_s_image_is_not_measured(bad: Any) -> None:
    with pytest.raises(ImageError, match="finger image"):
        measure(bad)
