"""From frames to observations: one face followed, a second noticed, an empty frame said to be empty."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.camera.puppet import Puppet
from models.errors import ImageError
from models.face.observation import Hint
from models.face.pipeline import DETECT_EVERY_FRAMES, FacePipeline
from tests.bundle import model_bundle
from tests.portrait import portrait, portrait_mesh

pytestmark = pytest.mark.models


def puppet() -> Puppet:
    return Puppet(portrait(), portrait_mesh())


def test_follows_a_face_and_finds_it_again() -> None:
    pipeline, person = FacePipeline(model_bundle()), puppet()
    tracks = set()
    for number in range(2 * DETECT_EVERY_FRAMES):
        seen = pipeline.observe(person.frame(number * 40))
        assert seen.hint is Hint.OK
        assert seen.face is not None
        tracks.add(seen.face.track)
    assert len(tracks) == 1
    empty = np.full((480, 640, 3), 120, np.uint8)
    gone = [pipeline.observe(empty) for _ in range(2)]
    assert [(one.faces, one.face, one.hint) for one in gone] == [(0, None, Hint.NO_FACE)] * 2
    again = pipeline.observe(person.frame(1000))
    assert again.face is not None
    assert again.face.track not in tracks


@pytest.mark.fault(45)
def test_a_second_face_is_noticed_within_a_few_frames() -> None:
    pipeline, person = FacePipeline(model_bundle()), puppet()
    for number in range(DETECT_EVERY_FRAMES + 1):
        assert pipeline.observe(person.frame(number * 40)).faces == 1
    counts = []
    for number in range(DETECT_EVERY_FRAMES):
        rgb = person.frame(1000 + number * 40)
        both = np.hstack([rgb[:, 160:480], rgb[:, 160:480]])
        counts.append(pipeline.observe(np.ascontiguousarray(both)).faces)
    assert 2 in counts


def test_somebody_in_the_background_is_not_at_the_terminal() -> None:
    rgb = np.ascontiguousarray(portrait()[40:300, 60:400])
    scene = np.full((600, 900, 3), 130, np.uint8)
    scene[: 2 * 260, : 2 * 340] = np.repeat(np.repeat(rgb, 2, axis=0), 2, axis=1)
    scene[:130, 720:890] = rgb[::2, ::2]
    assert FacePipeline(model_bundle()).observe(scene).faces == 1


@pytest.mark.fault(44)
def test_equal_pictures_have_equal_digests_and_live_ones_do_not() -> None:
    pipeline, person = FacePipeline(model_bundle()), puppet()
    rgb = person.frame(0)
    assert pipeline.observe(rgb).digest == pipeline.observe(rgb.copy()).digest
    assert len({pipeline.observe(person.frame(number)).digest for number in range(20)}) == 20


@pytest.mark.parametrize("bad", [np.zeros((480, 640), np.uint8), np.zeros((480, 640, 3), np.float32)])
def test_refuses_what_is_no_picture(bad: NDArray[Any]) -> None:
    with pytest.raises(ImageError):
        FacePipeline(model_bundle()).observe(bad)
