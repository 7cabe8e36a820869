"""A camera that hangs, lies in the dark, repeats or goes back is noticed; a living one is not accused."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.camera.camera_rule import ANY_CAMERA
from firmware_bridge.camera.emulated import AS_FAST_AS_ASKED, EmulatedPicamera2
from firmware_bridge.camera.frames import rgb_to_i420
from firmware_bridge.camera.picamera2_camera import Picamera2Camera
from firmware_bridge.camera.sources import Black, FrameSource, FreezesAt, Noisy, Picture, StillImage
from firmware_bridge.camera.watch import FROZEN_AFTER, FrameVerdict, FrameWatch
from firmware_bridge.contract import Frame

GREY = StillImage(np.full((480, 640, 3), 120, np.uint8))


def _verdicts(source: FrameSource, count: int) -> list[FrameVerdict]:
    camera = Picamera2Camera(lambda: EmulatedPicamera2(source, speed=AS_FAST_AS_ASKED), rule=ANY_CAMERA)
    camera.open()
    watch = FrameWatch()
    return [watch.see(camera.read(1.0)) for _ in range(count)]


@pytest.mark.fault(44)
def test_frozen_from_the_start() -> None:
    verdicts = _verdicts(GREY, 6)
    assert verdicts == [FrameVerdict.FINE] * (FROZEN_AFTER - 1) + [FrameVerdict.FROZEN] * (7 - FROZEN_AFTER)


@pytest.mark.fault(44)
def test_freezes_on_the_way() -> None:
    verdicts = _verdicts(FreezesAt(Noisy(GREY), freeze_ms=400), 14)
    assert verdicts[:8] == [FrameVerdict.FINE] * 8
    assert verdicts[-3:] == [FrameVerdict.FROZEN] * 3


@pytest.mark.fault(44)
@pytest.mark.parametrize("source", [Black(), Noisy(Black())])
def test_black(source: FrameSource) -> None:
    assert set(_verdicts(source, 4)) == {FrameVerdict.BLACK}


class Loop:
    """A clip of ten pictures, again and again."""

    def frame(self, t_ms: int) -> Picture | None:
        return Noisy(GREY).frame(t_ms % 500)


@pytest.mark.fault(44)
def test_a_loop_repeats() -> None:
    verdicts = _verdicts(Loop(), 20)
    assert verdicts == [FrameVerdict.FINE] * 10 + [FrameVerdict.REPEATED] * 10


def test_a_living_picture_is_fine() -> None:
    assert set(_verdicts(Noisy(GREY), 40)) == {FrameVerdict.FINE}


@pytest.mark.fault(44)
@pytest.mark.parametrize(("sequence", "t_ms"), [(4, 200), (5, 200), (6, 100), (6, 99)])
def test_a_picture_from_the_past(sequence: int, t_ms: int) -> None:
    rng = np.random.default_rng(0)

    def frame(number: int, time_ms: int) -> Frame:
        return Frame(number, time_ms, rgb_to_i420(rng.integers(60, 200, (48, 64, 3), dtype=np.uint8)))

    watch = FrameWatch()
    assert watch.see(frame(5, 100)) is FrameVerdict.FINE
    assert watch.see(frame(sequence, t_ms)) is FrameVerdict.BACKWARDS


def test_one_picture_is_never_frozen() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        FrameWatch(frozen_after=1)
