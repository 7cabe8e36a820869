"""Which cameras this machine has, and whether a terminal may use them. Impure: reads sysfs, opens the cameras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from firmware_bridge.camera.camera_rule import CameraRule
from firmware_bridge.camera.picamera2_camera import Picamera2Camera
from firmware_bridge.camera.sysfs import SYSFS, inspect
from firmware_bridge.camera.v4l2_camera import V4l2Camera
from firmware_bridge.contract import Camera
from firmware_bridge.doctor.finding import Finding, Health, Kind
from firmware_bridge.errors import CameraRefused, SensorError, SensorNotFound

PICTURE_TIMEOUT_S = 4.0
"""A webcam that was just started needs up to two seconds for its exposure."""
ADVICE_REFUSED = "use a camera on USB or on the board's own camera port"


def examine_cameras(
    sysfs: Path = SYSFS,
    devices: Path = Path("/dev"),
    webcam: Callable[[str], Camera] | None = None,
    pi_camera: Callable[[], Camera] = Picamera2Camera,
) -> Iterator[Finding]:
    """All webcams that deliver pictures, and the Raspberry Pi's camera; one finding that there is none else."""
    found = False
    open_webcam = webcam or (lambda device: V4l2Camera(device, CameraRule()))
    for entry in sorted((sysfs / "class" / "video4linux").glob("video*")):
        finding = _examine_webcam(devices / entry.name, sysfs, open_webcam)
        if finding is not None:
            found = True
            yield finding
    try:
        yield _picture_of(pi_camera(), "camera port")
    except SensorNotFound:
        if not found:
            yield Finding(
                Kind.CAMERA,
                Health.MISSING,
                "",
                "no camera",
                "plug a webcam in, or check the flat cable and `apt install python3-picamera2`",
            )
    except SensorError as error:
        yield Finding(Kind.CAMERA, Health.FAILS, "camera port", str(error), ADVICE_REFUSED)


def _examine_webcam(device: Path, sysfs: Path, open_webcam: Callable[[str], Camera]) -> Finding | None:
    """None for a node that is no camera of its own: the Pi's many, a webcam's second."""
    try:
        _, camera = inspect(device, sysfs)
    except SensorError:
        return None
    if camera.bus != "usb" and not camera.made_of:
        return None  # the Pi's own camera, whose raw nodes are libcamera's business
    try:
        return _picture_of(open_webcam(str(device)), str(device))
    except CameraRefused as error:
        return Finding(Kind.CAMERA, Health.FAILS, str(device), str(error), ADVICE_REFUSED)
    except SensorError as error:
        return Finding(
            Kind.CAMERA, Health.FAILS, str(device), str(error), "plug it in again, at another port if need be"
        )


def _picture_of(camera: Camera, where: str) -> Finding:
    """Raises SensorError."""
    camera.open()
    try:
        frame = camera.read(PICTURE_TIMEOUT_S)
        return Finding(Kind.CAMERA, Health.WORKS, where, f"{camera.identity}, {frame.width}x{frame.height}")
    finally:
        camera.close()
