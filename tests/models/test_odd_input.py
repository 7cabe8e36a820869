"""Pictures that lie oddly in memory give what they always give; turned and cut ones never pass for good ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis import SyntheticFinger
from models.comparison.fingerprint import finger_score
from models.comparison.thresholds import FINGER_IMPRESSIONS_ENROLLED
from models.errors import ImageError
from models.face.mesh import region_of
from models.face.observation import Hint
from models.face.pipeline import FacePipeline
from models.fingerprint.extractor import FingerTemplate
from tests.bundle import model_bundle
from tests.models.stages import stages
from tests.portrait import portrait, portrait_mesh
from tests.thresholds import FINGER_SCORE_MIN

pytestmark = [pytest.mark.models, pytest.mark.fault(48)]

Array = NDArray[Any]


def _frozen(array: Array) -> Array:
    frozen = array.copy()
    frozen.flags.writeable = False
    return frozen


def _scattered(array: Array) -> Array:
    room = np.zeros((array.shape[0] * 2, array.shape[1] * 3, *array.shape[2:]), array.dtype)
    room[::2, ::3] = array
    return room[::2, ::3]


LAYOUTS: Final[dict[str, Callable[[Array], Array]]] = {
    "Fortran's order": np.asfortranarray,
    "scattered": _scattered,
    "upside down in memory": lambda array: np.ascontiguousarray(array[::-1])[::-1],
    "mirrored in memory": lambda array: np.ascontiguousarray(array[:, ::-1])[:, ::-1],
    "read-only": _frozen,
    "part of a larger one": lambda array: np.pad(array, ((3, 5), (7, 2), *(((0, 0),) * (array.ndim - 2))))[3:-5, 7:-2],
    "on disk's terms": lambda array: np.frombuffer(array.tobytes(), np.uint8).reshape(array.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_how_a_face_lies_in_memory_changes_nothing(layout: str) -> None:
    """Bit for bit."""
    plain, odd, every = portrait(), LAYOUTS[layout](portrait()), stages()
    assert [vars_of(one) for one in every.detector.run(odd)] == [vars_of(one) for one in every.detector.run(plain)]
    points = [every.mesh.run(picture, region_of(portrait_mesh())) for picture in (plain, odd)]
    assert points[0] is not None
    assert points[1] is not None
    assert points[1].tobytes() == points[0].tobytes()
    assert every.iris.run(odd, points[0]) == every.iris.run(plain, points[0])
    chip = every.aligner.run(plain, points[0]).copy()
    assert (every.aligner.run(odd, points[0]) == chip).all()
    assert every.embedder.run(LAYOUTS[layout](chip)).tobytes() == every.embedder.run(chip).tobytes()
    seen = [FacePipeline(model_bundle()).observe(picture) for picture in (plain, odd)]
    assert seen[0].digest == seen[1].digest
    assert seen[0].face is not None
    assert seen[1].face is not None
    assert seen[0].face.quality == seen[1].face.quality


def vars_of(found: object) -> list[object]:
    """Fields in plain values, to be compared exactly."""
    return [np.asarray(getattr(found, name)).tolist() for name in getattr(type(found), "__slots__", ())]


@cache
def touched() -> tuple[NDArray[np.uint8], FingerTemplate]:
    image = SyntheticFinger(1).impression(0)
    return image, stages().extractor.run(image, 508)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_how_a_finger_lies_in_memory_changes_nothing(layout: str) -> None:
    image, template = touched()
    assert stages().extractor.run(LAYOUTS[layout](image), 508) == template


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_face_on_its_side_or_head_is_no_good_frame(quarters: int) -> None:
    pipeline = FacePipeline(model_bundle())
    turned = np.rot90(portrait(), quarters)
    assert Hint.OK not in {pipeline.observe(turned).hint for _ in range(3)}


@pytest.mark.parametrize("rows", [60, 100, 130])
def test_a_face_that_is_cut_off_is_no_good_frame(rows: int) -> None:
    """The picture ends in the forehead, at the eyes, under the nose; or goes on in grey, as of a file cut short."""
    grey = np.full_like(portrait(), 128)
    grey[:rows] = portrait()[:rows]
    for cut in (grey, portrait()[:rows]):
        pipeline = FacePipeline(model_bundle())
        assert Hint.OK not in {pipeline.observe(cut).hint for _ in range(3)}


@cache
def enrolled(seed: int) -> tuple[bytes, ...]:
    finger = SyntheticFinger(seed)
    return tuple(
        stages().extractor.run(finger.impression(touch), 508).record for touch in range(FINGER_IMPRESSIONS_ENROLLED)
    )


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_finger_that_is_turned_is_never_another_s(quarters: int) -> None:
    """Upside down it is not even its own: minutiae are compared up to a quarter turn."""
    turned = stages().extractor.run(np.rot90(SyntheticFinger(11).impression(50), quarters), 508).record
    assert finger_score(enrolled(12), turned) < FINGER_SCORE_MIN
    if quarters == 2:
        assert finger_score(enrolled(11), turned) < FINGER_SCORE_MIN


def test_an_impression_that_is_cut_off_is_refused_or_hinted_at_and_nobody_else_s() -> None:
    whole = SyntheticFinger(11).impression(50)
    for rows in (16, 48, 96):
        cut = np.full_like(whole, 225)
        cut[:rows] = whole[:rows]
        try:
            template = stages().extractor.run(cut, 508)
        except ImageError:
            continue
        assert template.hint.value != "ok"
        assert finger_score(enrolled(12), template.record) < FINGER_SCORE_MIN
