"""A terminal with a camera that must not be used has no camera: nobody is captured with it, and the check says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.camera.camera_rule import ANY_CAMERA, CameraRule
from firmware_bridge.camera.picamera2_camera import Picamera2Camera
from firmware_bridge.camera.sysfs import inspect
from firmware_bridge.camera.v4l2_camera import V4l2Camera
from firmware_bridge.errors import SensorError
from server_mqtt.contract.messages import CaptureOutcome, Modality
from terminal import self_test
from terminal.config import load_config
from terminal.devices.making import make_sensors
from terminal.devices.sensors import Sensors
from tests.firmware_bridge.camera.device_tree import NODES, DeviceTree
from tests.firmware_bridge.camera.films import Projector, write_film
from tests.terminal.devices.bench import Bench
from tests.terminal.test_config import SMALLEST

pytestmark = pytest.mark.fault(46)

NODE = NODES[0]


@pytest.fixture
def projector(tmp_path: Path) -> Projector:
    return Projector(write_film(tmp_path / "film.avi"))


@pytest.fixture
def tree(tmp_path: Path) -> DeviceTree:
    return DeviceTree(tmp_path / "sys")


def webcam(tree: DeviceTree, projector: Projector, rule: CameraRule) -> V4l2Camera:
    return V4l2Camera(str(NODE), rule, look=lambda: inspect(NODE, tree.root), start=projector)


@pytest.mark.models
def test_a_virtual_camera_is_no_camera_and_no_capture_begins(tree: DeviceTree, projector: Projector) -> None:
    tree.loopback()
    with Bench(Sensors(webcam(tree, projector, CameraRule()), None)) as bench:
        bench.until_ready()  # with no sensor at all
        ended = bench.capture(Modality.FACE)
        assert (ended.outcome, ended.probes) == (CaptureOutcome.SENSOR_FAILED, ())
        assert bench.progress() == []
        assert bench.worker.preview is None
    assert projector.opened == []


@pytest.mark.models
def test_the_same_pictures_from_a_real_camera_are_looked_at(tree: DeviceTree, projector: Projector) -> None:
    """What is refused above is refused for where it comes from, and for nothing else."""
    tree.webcam()
    with Bench(Sensors(webcam(tree, projector, CameraRule()), None)) as bench:
        bench.until_ready(Modality.FACE)
    assert projector.opened


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('device = "/dev/null"', "no camera: the kernel knows"),
        ('device = "film.mp4"', "no camera at"),
    ],
)
def test_the_check_says_what_is_wrong(tmp_path: Path, lines: str, says: str) -> None:
    path = tmp_path / "terminal.toml"
    path.write_text(f'{SMALLEST}\n[camera]\nkind = "v4l2"\n{lines}\n')
    with pytest.raises(SensorError, match=says):
        self_test.check_camera(load_config(path, {}))


def test_the_check_says_that_test_mode_is_on(
    tmp_path: Path, tree: DeviceTree, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.loopback()
    path = tmp_path / "terminal.toml"
    path.write_text(f'{SMALLEST}\n[camera]\nkind = "v4l2"\nallow_virtual = true\n')
    config = load_config(path, {})
    camera = make_sensors(config, None, None).camera()
    assert isinstance(camera, V4l2Camera)
    assert camera._rule == ANY_CAMERA
    played = Sensors(webcam(tree, projector, camera._rule), None)
    monkeypatch.setattr(self_test, "make_sensors", lambda *_: played)
    assert self_test.check_camera(config) == (
        "Integrated Camera (virtual:video0), 64x48; TEST MODE: virtual cameras are allowed, take no money"
    )


def test_the_configured_identities_are_the_rule_of_either_kind(tmp_path: Path) -> None:
    path = tmp_path / "terminal.toml"
    path.write_text(SMALLEST)
    environ = {"COUNTERSIGN_CAMERA_ALLOWED": "usb:046d:0825,usb:1b3f:2008:7"}
    for kind, wanted in (("picamera2", Picamera2Camera), ("v4l2", V4l2Camera)):
        camera = make_sensors(load_config(path, {**environ, "COUNTERSIGN_CAMERA_KIND": kind}), None, None).camera()
        assert isinstance(camera, wanted)
        assert camera._rule == CameraRule(("usb:046d:0825", "usb:1b3f:2008:7"))


def test_without_a_word_no_virtual_camera_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "terminal.toml"
    path.write_text(SMALLEST)
    camera = make_sensors(load_config(path, {}), None, None).camera()
    assert isinstance(camera, Picamera2Camera)
    assert camera._rule == CameraRule()
