"""The camera of the product, over the stand-in for picamera2."""

from __future__ import annotations

import importlib.util
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.camera.camera_rule import ANY_CAMERA, CameraRule
from firmware_bridge.camera.emulated import AS_FAST_AS_ASKED, EmulatedPicamera2, EmulatedRequest
from firmware_bridge.camera.picamera2_camera import BUFFER_COUNT, Picamera2Camera
from firmware_bridge.camera.sources import Black, FrameSource, Noisy, Nothing, Picture, StillImage
from firmware_bridge.contract import Camera
from firmware_bridge.errors import CameraRefused, CameraTimedOut, SensorError, SensorNotFound


def _camera(source: FrameSource, *, fps: int = 20) -> Picamera2Camera:
    return Picamera2Camera(lambda: EmulatedPicamera2(source, fps=fps, speed=AS_FAST_AS_ASKED), rule=ANY_CAMERA)


def _scene() -> StillImage:
    rows = np.linspace(0, 255, 480, dtype=np.uint8)
    return StillImage(np.repeat(np.repeat(rows[:, None], 640, 1)[:, :, None], 3, 2))


def test_frames_carry_number_time_and_the_true_colours() -> None:
    camera: Camera = _camera(_scene())
    camera.open()
    frames = [camera.read(1.0) for _ in range(3 * BUFFER_COUNT)]
    camera.close()
    assert [frame.sequence for frame in frames] == list(range(3 * BUFFER_COUNT))
    assert set(np.diff([frame.t_ms for frame in frames])) == {50}
    assert np.abs(frames[-1].rgb.astype(int) - _scene().picture).max() <= 3
    assert frames[0].i420.shape == (720, 640)


def test_the_time_is_the_monotonic_clocks() -> None:
    camera = _camera(_scene())
    camera.open()
    assert abs(camera.read(1.0).t_ms - time.monotonic() * 1000) < 10_000


def test_another_size() -> None:
    camera = Picamera2Camera(
        lambda: EmulatedPicamera2(_scene(), speed=AS_FAST_AS_ASKED), rule=ANY_CAMERA, size=(320, 240)
    )
    camera.open()
    assert camera.read(1.0).rgb.shape == (240, 320, 3)


def test_closed_and_opened_again_it_is_the_same_object_and_numbers_go_on() -> None:
    made: list[EmulatedPicamera2] = []

    def make() -> EmulatedPicamera2:
        made.append(EmulatedPicamera2(Noisy(_scene()), speed=AS_FAST_AS_ASKED))
        return made[-1]

    camera = Picamera2Camera(make, rule=ANY_CAMERA)
    seen = []
    for _ in range(3):
        camera.open()
        camera.open()
        seen += [camera.read(1.0) for _ in range(BUFFER_COUNT + 1)]
        camera.close()
        camera.close()
    assert len(made) == 1
    assert [frame.sequence for frame in seen] == list(range(len(seen)))
    assert (np.diff([frame.t_ms for frame in seen]) > 0).all()


@pytest.mark.fault(44)
def test_no_picture_times_out_and_costs_no_buffer() -> None:
    camera = _camera(Nothing())
    camera.open()
    for _ in range(2 * BUFFER_COUNT):
        with pytest.raises(CameraTimedOut, match=r"no picture within 0\.02 s"):
            camera.read(0.02)


class StartsLate:
    """Nothing at the first looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def frame(self, t_ms: int) -> Picture | None:
        self.looks -= 1
        return None if self.looks >= 0 else np.full((480, 640, 3), 99, np.uint8)


def test_after_a_time_out_the_pictures_come_in_order_and_none_is_lost() -> None:
    camera = _camera(StartsLate(5))
    camera.open()
    with pytest.raises(CameraTimedOut):
        camera.read(0.001)
    frames = [camera.read(2.0) for _ in range(3 * BUFFER_COUNT)]
    assert [frame.sequence for frame in frames] == list(range(3 * BUFFER_COUNT))


class BrokenRows(EmulatedPicamera2):
    """A driver that for a while delivers buffers of another shape than it configured."""

    broken = 3 * BUFFER_COUNT

    def complete_request(self, deadline_s: float) -> EmulatedRequest:
        request = super().complete_request(deadline_s)
        if self.broken > 0:
            self.broken -= 1
            whole = request.make_array
            request.make_array = lambda name: _half(whole(name))  # type: ignore[method-assign]
        return request


def _half(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return array[::2]


def test_a_request_is_released_whatever_was_wrong_with_it() -> None:
    camera = Picamera2Camera(lambda: BrokenRows(_scene(), speed=AS_FAST_AS_ASKED), rule=ANY_CAMERA)
    camera.open()
    for _ in range(BrokenRows.broken):
        with pytest.raises(SensorError, match="cannot hold"):
            camera.read(1.0)
    assert camera.read(1.0).sequence == 0


@pytest.mark.fault(46)
def test_a_camera_that_libcamera_knows_no_hardware_of_is_refused_every_time() -> None:
    camera = Picamera2Camera(lambda: EmulatedPicamera2(_scene(), speed=AS_FAST_AS_ASKED))
    for _ in range(2):
        with pytest.raises(CameraRefused, match="virtual camera"):
            camera.open()
        with pytest.raises(SensorError, match="before open"):
            camera.read(1.0)


@pytest.mark.fault(46)
def test_a_camera_on_the_boards_port_is_used_if_it_is_the_one() -> None:
    def imx219() -> EmulatedPicamera2:
        return EmulatedPicamera2(_scene(), speed=AS_FAST_AS_ASKED, camera_id="/base/soc/i2c0mux/i2c@1/imx219@10")

    camera = Picamera2Camera(imx219, rule=CameraRule(("csi:/base/soc/i2c0mux/i2c@1/imx219@10",)))
    camera.open()
    assert camera.read(1.0).sequence == 0
    assert "csi:/base/soc/i2c0mux/i2c@1/imx219@10" in camera.identity
    with pytest.raises(CameraRefused, match="none of the allowed cameras"):
        Picamera2Camera(imx219, rule=CameraRule(("csi:/base/soc/i2c0mux/i2c@1/imx708@1a",))).open()


def test_without_a_camera() -> None:
    def none_there() -> EmulatedPicamera2:
        raise IndexError("list index out of range")

    camera = Picamera2Camera(none_there)
    with pytest.raises(SensorNotFound, match="check its cable"):
        camera.open()
    assert "not opened" in camera.identity


@pytest.mark.skipif(importlib.util.find_spec("picamera2") is not None, reason="picamera2 is installed here")
def test_without_picamera2_it_says_what_to_install() -> None:
    with pytest.raises(SensorNotFound, match="apt install python3-picamera2"):
        Picamera2Camera().open()


def test_read_needs_open() -> None:
    camera = _camera(Black())
    with pytest.raises(SensorError, match="before open"):
        camera.read(1.0)
    camera.open()
    camera.close()
    with pytest.raises(SensorError, match="before open"):
        camera.read(1.0)


def test_released_for_good() -> None:
    camera = _camera(Black())
    camera.open()
    assert camera.identity == "Raspberry Pi camera emulated (csi:emulated)"
    camera.release()
    with pytest.raises(SensorNotFound, match="released"):
        camera.open()
