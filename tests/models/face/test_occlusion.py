"""Glasses, masks and hands laid over faces are told from faces, at any light; faces are not told from faces."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.camera.puppet import Puppet
from models.face.observation import Face, Hint
from models.face.occlusion import EYE_DETAIL_MIN, MOUTH_DETAIL_MIN
from models.face.pipeline import FacePipeline
from tests.bundle import model_bundle
from tests.portrait import portrait, portrait_mesh
from tests.shared_data import shared_data

pytestmark = [pytest.mark.models, pytest.mark.fault(48)]

Picture = NDArray[np.uint8]
PEOPLE = [f"faces/orl/s{number}/1.pgm" for number in range(1, 41, 4)]


@cache
def pipeline() -> FacePipeline:
    return FacePipeline(model_bundle())


def seen(rgb: Picture) -> tuple[Hint, Face | None]:
    pipeline().reset()
    pipeline().observe(rgb)
    observed = pipeline().observe(rgb)
    return observed.hint, observed.face


def covered(place: NDArray[np.float64], reach: tuple[float, float], colour: tuple[int, int, int]) -> Picture:
    """The portrait with an unevenly lit, slightly rough ellipse of `colour` before it; `reach` in eye distances."""
    rgb, mesh = portrait().copy(), portrait_mesh()
    unit = float(np.linalg.norm(mesh[[33, 133], :2].mean(axis=0) - mesh[[362, 263], :2].mean(axis=0)))
    mask = np.zeros(rgb.shape[:2], np.uint8)
    centre, axes = (int(place[0]), int(place[1])), (int(reach[0] * unit), int(reach[1] * unit))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, (255,), -1)
    light = np.linspace(0.8, 1.1, rgb.shape[1])[None, :, None]
    rough = np.random.default_rng(1).normal(0, 2, rgb.shape)
    cloth = np.clip(np.array(colour) * light + rough, 0, 255).astype(np.uint8)
    rgb[mask > 0] = cloth[mask > 0]
    return rgb


def middle(*points: int) -> NDArray[np.float64]:
    return np.asarray(portrait_mesh()[list(points), :2].mean(axis=0), np.float64)


SKIN, CLOTH, BLACK = (205, 160, 140), (120, 170, 210), (24, 22, 22)
DARKER: list[Callable[[Picture], Picture]] = [lambda rgb: rgb, lambda rgb: (rgb * 0.5).astype(np.uint8)]


@pytest.mark.parametrize("light", DARKER, ids=["bright", "dim"])
@pytest.mark.parametrize("colour", [SKIN, BLACK], ids=["a hand", "dark glasses"])
def test_covered_eyes(colour: tuple[int, int, int], light: Callable[[Picture], Picture]) -> None:
    assert seen(light(covered(middle(133, 362), (0.95, 0.33), colour)))[0] is Hint.EYES_COVERED


@pytest.mark.parametrize("light", DARKER, ids=["bright", "dim"])
@pytest.mark.parametrize("colour", [SKIN, CLOTH, BLACK], ids=["a hand", "a mask", "a scarf"])
def test_a_covered_mouth(colour: tuple[int, int, int], light: Callable[[Picture], Picture]) -> None:
    assert seen(light(covered(middle(61, 291, 152), (0.9, 0.75), colour)))[0] is Hint.MOUTH_COVERED


@pytest.mark.parametrize("light", DARKER, ids=["bright", "dim"])
def test_nothing_is_covered_where_nothing_is(light: Callable[[Picture], Picture]) -> None:
    assert seen(light(portrait()))[0] is Hint.OK


@pytest.mark.parametrize("action", ["blink", "open_mouth"])
def test_shut_eyes_and_an_open_mouth_are_not_covered(action: str) -> None:
    who = Puppet(portrait(), portrait_mesh())
    who.perform(action, 0, held=True)
    _, face = seen(who.frame(1_000))
    assert face is not None
    assert face.quality.eye_detail >= EYE_DETAIL_MIN
    assert face.quality.mouth_detail >= MOUTH_DETAIL_MIN


@pytest.mark.shared_data
@pytest.mark.parametrize("photo", PEOPLE)
def test_people_are_not_covered(photo: str) -> None:
    picture = cv2.imread(str(shared_data(photo)))
    assert picture is not None
    large = cv2.resize(picture, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
    _, face = seen(np.asarray(cv2.cvtColor(large, cv2.COLOR_BGR2RGB), np.uint8))
    assert face is not None
    assert face.quality.eye_detail >= EYE_DETAIL_MIN
    assert face.quality.mouth_detail >= MOUTH_DETAIL_MIN
