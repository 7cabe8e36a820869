"""The stand-in behaves as picamera2 does: shapes, buffers, errors, pace."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from firmware_bridge.camera.emulated import AS_FAST_AS_ASKED, EmulatedPicamera2
from firmware_bridge.camera.frames import crop_stride, i420_to_rgb
from firmware_bridge.camera.picamera2_api import Picamera2Like
from firmware_bridge.camera.sources import Black, FrameSource, Noisy, Nothing, Picture, StillImage

SIZE = (640, 480)


class Clockwork:
    """A scene whose brightness is the time."""

    def frame(self, t_ms: int) -> Picture | None:
        return np.full((480, 640, 3), t_ms % 251, np.uint8)


def _started(source: FrameSource, *, speed: float = AS_FAST_AS_ASKED, fps: int = 20) -> EmulatedPicamera2:
    camera = EmulatedPicamera2(source, fps=fps, speed=speed)
    camera.configure(
        camera.create_video_configuration(
            main={"size": SIZE, "format": "RGB888"}, lores={"size": SIZE, "format": "YUV420"}, buffer_count=4
        )
    )
    camera.start()
    return camera


def test_it_has_the_methods_that_the_product_uses() -> None:
    like: Picamera2Like = _started(Black())
    assert like.camera_properties["Model"] == "emulated"


def test_pictures_are_padded_planes_with_the_sensors_time() -> None:
    red = StillImage(np.full((480, 640, 3), (200, 40, 60), np.uint8))
    camera = _started(red)
    request = camera.capture_request(wait=False).get_result(1.0)
    array = request.make_array("lores")
    stride = camera.stream_configuration("lores")["stride"]
    assert array.shape == (720, stride)
    assert stride > 640
    assert np.abs(i420_to_rgb(crop_stride(array, *SIZE)).astype(int) - (200, 40, 60)).max() <= 3
    assert tuple(request.make_array("main")[0, 0]) == (60, 40, 200)  # RGB888 is blue first in memory
    assert abs(request.get_metadata()["SensorTimestamp"] - time.monotonic_ns()) < 10_000_000_000
    request.release()


def test_the_camera_stalls_until_a_buffer_is_released() -> None:
    camera = _started(Clockwork())
    held = [camera.capture_request(wait=False).get_result(1.0) for _ in range(4)]
    job = camera.capture_request(wait=False)
    with pytest.raises(TimeoutError):
        job.get_result(0.05)
    threading.Timer(0.05, held[0].release).start()
    job.get_result(5.0).release()
    for request in held[1:]:
        request.release()


def test_a_stop_takes_buffers_back_and_a_late_release_gives_none() -> None:
    camera = _started(Clockwork())
    held = [camera.capture_request(wait=False).get_result(1.0) for _ in range(4)]
    camera.stop()
    camera.start()
    again = [camera.capture_request(wait=False).get_result(1.0) for _ in range(4)]
    for request in held:
        request.release()
    with pytest.raises(TimeoutError):
        camera.capture_request(wait=False).get_result(0.05)
    for request in again:
        request.release()


def test_the_scenes_time_goes_on_over_a_stop() -> None:
    camera = _started(Clockwork())
    stamps = []
    for _ in range(3):
        for _ in range(3):
            request = camera.capture_request(wait=False).get_result(1.0)
            stamps.append(request.get_metadata()["SensorTimestamp"])
            request.release()
        camera.stop()
        camera.start()
    steps = np.diff(stamps)
    assert (steps == 50_000_000).all()


def test_errors_are_the_librarys() -> None:
    camera = EmulatedPicamera2(Black())
    with pytest.raises(RuntimeError, match="not been configured"):
        camera.start()
    with pytest.raises(ValueError, match="Bad key 'stride'"):
        camera.create_video_configuration(main={"stride": 3})
    big = camera.create_video_configuration(main={"size": SIZE}, lores={"size": (800, 600)})
    with pytest.raises(RuntimeError, match="may not exceed main"):
        camera.configure(big)
    rgb = camera.create_video_configuration(main={"size": SIZE}, lores={"format": "RGB888"})
    with pytest.raises(RuntimeError, match="lores stream must be YUV"):
        camera.configure(rgb)
    camera = _started(Black())
    with pytest.raises(RuntimeError, match="must be stopped"):
        camera.configure(big)
    request = camera.capture_request(wait=False).get_result(1.0)
    with pytest.raises(RuntimeError, match="Stream 'raw' is not defined"):
        request.make_array("raw")
    request.release()
    with pytest.raises(RuntimeError, match="negative ref_count"):
        request.release()
    with pytest.raises(AssertionError):
        request.get_metadata()


def test_real_time_is_kept_and_pictures_nobody_asked_for_are_missed() -> None:
    camera = _started(Clockwork(), speed=1.0, fps=50)

    def stamp_ms() -> float:
        request = camera.capture_request(wait=False).get_result(5.0)
        stamp_ns = request.get_metadata()["SensorTimestamp"]
        request.release()
        return float(stamp_ns) / 1e6

    began_s = time.monotonic()
    first_ms = stamp_ms()
    for _ in range(9):
        last_ms = stamp_ms()
    assert time.monotonic() - began_s >= 0.17
    assert last_ms - first_ms >= 9 * 20 - 1
    time.sleep(0.2)
    assert stamp_ms() - last_ms >= 200 - 20


def test_a_faster_camera_lives_in_faster_time() -> None:
    camera = _started(Clockwork(), speed=10.0, fps=20)
    began_s = time.monotonic()
    for _ in range(20):
        camera.capture_request(wait=False).get_result(5.0).release()
    assert time.monotonic() - began_s >= 0.09


@pytest.mark.parametrize("speed", [1.0, AS_FAST_AS_ASKED])
def test_nothing_delivers_nothing_and_keeps_its_buffers(speed: float) -> None:
    camera = _started(Nothing(), speed=speed)
    job = camera.capture_request(wait=False)
    for _ in range(6):
        with pytest.raises(TimeoutError):
            job.get_result(0.02)
    assert camera._free_buffers == 4


def test_another_size_of_scene_is_scaled() -> None:
    camera = _started(StillImage(np.full((100, 200, 3), 90, np.uint8)))
    request = camera.capture_request(wait=False).get_result(1.0)
    assert request.make_array("main").shape == (480, 640, 3)
    request.release()


def test_noise_is_seeded_and_differs_from_picture_to_picture() -> None:
    noisy = Noisy(StillImage(np.full((48, 64, 3), 128, np.uint8)), sigma=2.0, seed=4)
    pictures = [noisy.frame(t_ms) for t_ms in range(0, 10_000, 50)]
    assert len({picture.tobytes() for picture in pictures if picture is not None}) == len(pictures)
    one, again = noisy.frame(50), Noisy(noisy.source, sigma=2.0, seed=4).frame(50)
    assert one is not None
    assert again is not None
    assert np.array_equal(one, again)
    assert 1.5 < float(one.std()) < 2.5
    assert abs(float(one.mean()) - 128) < 0.5


@pytest.mark.parametrize(("fps", "speed"), [(0, 1.0), (20, 0.0), (20, -1.0)])
def test_a_camera_that_stands_still_is_refused(fps: int, speed: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        EmulatedPicamera2(Black(), fps=fps, speed=speed)
