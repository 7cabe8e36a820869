"""Recordings as a camera: their pictures, their times, and no place for them outside test mode."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.camera.camera_rule import ANY_CAMERA, CameraRule
from firmware_bridge.camera.recording import recorded
from firmware_bridge.camera.replay_camera import ReplayCamera
from firmware_bridge.camera.watch import FrameVerdict, FrameWatch
from firmware_bridge.contract import Frame
from firmware_bridge.errors import CameraRefused, CameraTimedOut, SensorCorrupt, SensorError, SensorNotFound
from tests.firmware_bridge.camera.films import STEP, write_film

PICTURES = 12


@dataclass
class Time:
    """A clock that moves when somebody waits."""

    s: float = 100.0

    def now(self) -> float:
        return self.s

    def sleep(self, seconds: float) -> None:
        self.s += seconds


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_film(tmp_path / "film.avi", PICTURES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(PICTURES):
        cv2.imwrite(str(folder / f"{number:03}.png"), np.full((49, 65, 3), number * STEP, np.uint8))
    (folder / "notes.txt").write_text("not a picture")
    return folder


def number(frame: Frame) -> int:
    """Which picture of the recording it is."""
    return round(float(frame.rgb.mean()) / STEP)


def replay(path: Path, time: Time, *, real_time: bool = True, fps: float = 10.0) -> ReplayCamera:
    return ReplayCamera(path, ANY_CAMERA, real_time=real_time, fps=fps, clock=time.now, sleep=time.sleep)


@pytest.mark.parametrize("kind", ["film", "folder"])
def test_as_fast_as_asked_every_picture_comes_in_order(kind: str, request: pytest.FixtureRequest) -> None:
    camera = replay(request.getfixturevalue(kind), Time(), real_time=False)
    for _ in range(2):  # from the beginning at each opening
        camera.open()
        frames = [camera.read(1.0) for _ in range(PICTURES)]
        assert [number(frame) for frame in frames] == list(range(PICTURES))
        times = [frame.t_ms for frame in frames]
        assert times == sorted(set(times))
        with pytest.raises(CameraTimedOut, match="over"):
            camera.read(1.0)
        camera.close()
    assert frames[0].sequence == PICTURES  # the numbers rise over closing and opening


def test_a_folders_pictures_have_the_pace_that_was_said(folder: Path) -> None:
    time = Time()
    camera = replay(folder, time)
    camera.open()
    stamps = [camera.read(1.0).t_ms for _ in range(PICTURES)]
    assert np.diff(stamps).tolist() == [100] * (PICTURES - 1)
    assert time.s == pytest.approx(100.0 + (PICTURES - 1) * 0.1)


@given(st.lists(st.floats(0, 0.5), max_size=20))
def test_who_is_slow_gets_the_latest_picture_and_never_an_old_one(pauses: list[float]) -> None:
    time = Time()
    camera = ReplayCamera(Path("made-up"), ANY_CAMERA, clock=time.now, sleep=time.sleep)
    camera._pictures = iter([(at * 100, np.full((32, 32, 3), at, np.uint8)) for at in range(1, 200)])
    camera._ahead, camera._began_s = (0, np.zeros((32, 32, 3), np.uint8)), time.s
    for pause in pauses:
        time.sleep(pause)
        frame = camera.read(1.0)
        behind_ms = time.s * 1000 - frame.t_ms
        assert -1 <= behind_ms <= 100 + 1


def test_pictures_that_are_not_due_in_time_are_not_there_yet(folder: Path) -> None:
    camera = replay(folder, Time(), fps=1.0)
    camera.open()
    assert number(camera.read(0.1)) == 0
    with pytest.raises(CameraTimedOut, match=r"within 0\.1 s"):
        camera.read(0.1)
    assert number(camera.read(2.0)) == 1


def test_outside_test_mode_no_recording_is_a_camera(film: Path) -> None:
    camera = ReplayCamera(film, CameraRule())
    with pytest.raises(CameraRefused, match="a recording"):
        camera.open()
    with pytest.raises(SensorError, match="before open"):
        camera.read(1.0)


@pytest.mark.fault(44)
def test_the_same_recording_shown_again_and_again_is_noticed(folder: Path) -> None:
    """What plays a film in a loop repeats its pictures, and the watch over every camera says so."""
    first = sorted(folder.glob("*.png"))[0]
    for copy in range(6):
        (folder / f"900{copy}.png").write_bytes(first.read_bytes())
    camera, watch = replay(folder, Time(), real_time=False), FrameWatch()
    camera.open()
    verdicts = [watch.see(camera.read(1.0)) for _ in range(PICTURES + 6)]
    assert verdicts[-1] is not FrameVerdict.FINE


def test_a_picture_that_is_cut_short_is_named(folder: Path) -> None:
    (folder / "003.png").write_bytes(b"\x89PNG")
    with pytest.raises(SensorCorrupt, match=r"003\.png"):
        list(recorded(folder))


@pytest.mark.parametrize("name", ["nothing", "empty", "words.avi"])
def test_what_is_no_recording_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "words.avi").write_text("no film")
    with pytest.raises(SensorNotFound, match=name):
        recorded(tmp_path / name)
