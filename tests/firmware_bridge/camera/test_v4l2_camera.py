"""A webcam through OpenCV: the newest picture, time stamps, cameras that stop, vanish, are exchanged or hang.

OpenCV is the real one, on a film (`films`); which camera it is comes from a tree of devices in a folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.camera import v4l2_camera
from firmware_bridge.camera.camera_rule import CameraRule
from firmware_bridge.camera.sysfs import inspect
from firmware_bridge.camera.v4l2_camera import V4l2Camera
from firmware_bridge.contract import Camera
from firmware_bridge.errors import CameraRefused, CameraTimedOut, SensorError, SensorNotFound, SensorUnplugged
from tests.firmware_bridge.camera.device_tree import NODES, DeviceTree
from tests.firmware_bridge.camera.films import STEP, Projector, write_film

NODE = NODES[0]
PICTURES = 24


@pytest.fixture
def tree(tmp_path: Path) -> DeviceTree:
    return DeviceTree(tmp_path / "sys")


@pytest.fixture
def projector(tmp_path: Path) -> Projector:
    return Projector(write_film(tmp_path / "film.avi", PICTURES))


@pytest.fixture
def camera(tree: DeviceTree, projector: Projector, monkeypatch: pytest.MonkeyPatch) -> Iterator[V4l2Camera]:
    """One that is not opened, on whatever is plugged in as /dev/null."""
    monkeypatch.setattr(v4l2_camera, "RESTART_PAUSE_S", 0.01)
    made = webcam(tree, projector)
    yield made
    projector.run()
    made.close()


def webcam(tree: DeviceTree, projector: Projector, rule: CameraRule | None = None) -> V4l2Camera:
    return V4l2Camera(str(NODE), rule or CameraRule(), look=lambda: inspect(NODE, tree.root), start=projector)


def number(camera: Camera) -> int:
    """Which picture of the film comes next."""
    return round(float(camera.read(10.0).rgb.mean()) / STEP)


def test_pictures_come_in_order_with_numbers_and_times(camera: V4l2Camera, tree: DeviceTree) -> None:
    tree.webcam()
    camera.open()
    camera.open()
    frames = [camera.read(10.0) for _ in range(8)]
    assert [frame.sequence for frame in frames] == list(range(8))
    assert (np.diff([frame.t_ms for frame in frames]) > 0).all()
    assert frames[0].rgb.shape == (48, 64, 3)
    assert "usb:046d:0825:A1B2C3D4" in camera.identity


def test_who_is_slow_gets_the_newest_and_nobody_gets_one_twice(
    camera: V4l2Camera, tree: DeviceTree, projector: Projector
) -> None:
    tree.webcam()
    projector.hold()
    camera.open()
    projector.show(1)
    assert number(camera) == 0
    projector.show(9)
    assert number(camera) == 9
    with pytest.raises(CameraTimedOut, match=r"no picture within 0\.02 s"):
        camera.read(0.02)
    projector.show(1)
    frame = camera.read(10.0)
    assert (frame.sequence, round(float(frame.rgb.mean()) / STEP)) == (2, 10)


@pytest.mark.fault(44)
def test_pictures_that_stop_are_begun_anew(camera: V4l2Camera, tree: DeviceTree, projector: Projector) -> None:
    tree.webcam()
    camera.open()
    projector.busy = 2
    seen = [camera.read(10.0).sequence for _ in range(PICTURES)]
    while len(projector.opened) < 4:
        seen.append(camera.read(10.0).sequence)
    assert seen == list(range(len(seen)))
    assert set(projector.opened) == {str(NODE)}


def test_closed_and_opened_again_the_numbers_go_on(camera: V4l2Camera, tree: DeviceTree) -> None:
    tree.webcam()
    sequences = []
    for _ in range(2):
        camera.open()
        sequences += [camera.read(10.0).sequence for _ in range(3)]
        camera.close()
        camera.close()
    assert sequences == list(range(6))
    with pytest.raises(SensorError, match="before open"):
        camera.read(0.1)


def test_a_webcam_that_was_pulled_out_is_said_and_found_again(
    camera: V4l2Camera, tree: DeviceTree, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.webcam()
    camera.open()
    monkeypatch.setattr(camera, "_look", lambda: inspect(NODE.with_name("no-such-video"), tree.root))
    with pytest.raises(SensorUnplugged, match="plug it in again"):
        read_until_it_ends(camera)
    with pytest.raises(SensorNotFound, match="is it plugged in"):
        camera.open()
    monkeypatch.setattr(camera, "_look", lambda: inspect(NODE, tree.root))
    camera.open()
    assert camera.read(10.0).i420.shape == (72, 64)


def read_until_it_ends(camera: Camera) -> None:
    for _ in range(100 * PICTURES):
        camera.read(10.0)


@pytest.mark.fault(46)
def test_a_virtual_camera_is_refused_before_it_is_opened(
    camera: V4l2Camera, tree: DeviceTree, projector: Projector
) -> None:
    tree.loopback(name=b"UVC Camera (046d:0825)\n")
    with pytest.raises(CameraRefused, match="virtual camera"):
        camera.open()
    assert projector.opened == []
    with pytest.raises(SensorError, match="before open"):
        camera.read(0.1)


@pytest.mark.fault(46)
def test_only_in_test_mode_a_virtual_camera_is_opened(tree: DeviceTree, projector: Projector) -> None:
    tree.loopback()
    camera = webcam(tree, projector, CameraRule(virtual=True))
    camera.open()
    assert camera.read(10.0).sequence == 0
    camera.close()


@pytest.mark.fault(46)
@pytest.mark.parametrize("while_open", [True, False])
def test_a_camera_that_was_exchanged_is_refused(
    camera: V4l2Camera, tree: DeviceTree, while_open: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.webcam(NODES[0])
    tree.webcam(NODES[1], ids=("046d", "0825", "EEEEEEEE"), host="platform/usb2")
    camera.open()
    camera.read(10.0)
    if not while_open:
        camera.close()
    monkeypatch.setattr(camera, "_look", lambda: inspect(NODES[1], tree.root))
    with pytest.raises(CameraRefused, match=r"exchanged: .*EEEEEEEE.*it was .*A1B2C3D4"):
        read_until_it_ends(camera) if while_open else camera.open()


def test_a_camera_that_another_program_has_is_said(camera: V4l2Camera, tree: DeviceTree, projector: Projector) -> None:
    tree.webcam()
    projector.busy = 1
    with pytest.raises(SensorNotFound, match="does another program use it"):
        camera.open()
    camera.open()
    assert camera.read(10.0).sequence == 0


def test_a_device_that_hangs_holds_nobody_up(
    camera: V4l2Camera, tree: DeviceTree, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(v4l2_camera, "STOP_TIMEOUT_S", 0.05)
    tree.webcam()
    projector.hold()
    camera.open()
    with pytest.raises(CameraTimedOut):
        camera.read(0.02)
    camera.close()
    with pytest.raises(SensorNotFound, match="does not let go"):
        camera.open()
    monkeypatch.setattr(v4l2_camera, "STOP_TIMEOUT_S", 10.0)
    projector.run()
    camera.open()
    assert camera.read(10.0).i420.shape == (72, 64)


def test_opencv_opens_no_film_as_a_camera(tree: DeviceTree, projector: Projector) -> None:
    tree.webcam()
    camera = V4l2Camera(str(NODE), CameraRule(), look=lambda: (projector.film, inspect(NODE, tree.root)[1]))
    with pytest.raises(SensorNotFound, match="cannot be opened"):
        camera.open()
