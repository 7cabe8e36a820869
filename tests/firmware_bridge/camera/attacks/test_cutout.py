"""A photo with holes: whose eyes and mouth are seen, and what of it does as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.attacks.cutout import CutOut
from firmware_bridge.camera.attacks.photo import Sheet, still
from firmware_bridge.camera.sources import Picture
from tests.models.liveness.cues.pictures import HEIGHT, WIDTH, mesh

MOUTH = {61: (-25, 45), 291: (25, 45), 0: (0, 36), 17: (0, 55), 37: (-10, 37), 267: (10, 37), 314: (12, 54)}
MOUTH[84] = (-12, 54)
GREEN, RED = (20, 200, 20), (200, 20, 20)


@dataclass
class Behind:
    """Green all over; keeps what it is told."""

    told: list[str] = field(default_factory=list)

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        self.told.append(action)
        return at_ms + 300

    def release(self, at_ms: int) -> None:
        self.told.append("release")

    def frame(self, t_ms: int) -> Picture | None:
        return np.full((480, 640, 3), GREEN, np.uint8)


def with_mouth() -> NDArray[np.float32]:
    points = mesh()
    for number, (x, y) in MOUTH.items():
        points[number, :2] = (x + WIDTH / 2, y + HEIGHT / 2)
    return points


def cut_out(behind: Behind) -> CutOut:
    paper = np.full((HEIGHT, WIDTH, 3), RED, np.uint8)
    return CutOut(paper, with_mouth(), behind, paper, with_mouth(), still, seed=1)


def greenness(picture: Picture | None) -> NDArray[np.bool_]:
    assert picture is not None
    green: NDArray[np.bool_] = picture[..., 1] > picture[..., 0].astype(np.int16) + 60  # over the wall's noise
    return green


def test_eyes_and_mouth_are_those_of_the_face_behind_and_nothing_else_is() -> None:
    seen = greenness(cut_out(Behind()).frame(0))
    sheet = Sheet(np.full((HEIGHT, WIDTH, 3), RED, np.uint8), with_mouth())
    for group in ((33, 133), (362, 263), (61, 291)):
        x, y = np.rint(sheet.at_rest(sheet.points[list(group), :2]).mean(axis=0)).astype(int)
        assert seen[y, x]
    x, y = np.rint(sheet.at_rest(sheet.points[[4], :2])[0]).astype(int)
    assert not seen[y, x]
    assert 0.002 < seen.mean() < 0.03


def test_a_turn_turns_the_sheet_and_the_rest_is_done_behind_it() -> None:
    behind = Behind()
    scene = cut_out(behind)
    assert scene.perform("blink", 100) == 400
    ends_ms = scene.perform("turn_left", 500)
    assert behind.told == ["blink"]
    assert ends_ms > 1000
    straight, turned = (greenness(scene.frame(t_ms)) for t_ms in (0, 1000))
    assert turned.sum() < 0.8 * straight.sum(), "a turned sheet's holes are narrower"
    assert scene.perform("stand_on_your_head", 2000) == 2000
    scene.release(2100)
    assert behind.told == ["blink", "release"]
