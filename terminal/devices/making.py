"""The sensors that a configuration describes, not opened yet. Impure: what is made can open ports and cameras."""

from __future__ import annotations

import structlog

from firmware_bridge.camera.camera_rule import CameraRule
from firmware_bridge.camera.picamera2_camera import Picamera2Camera
from firmware_bridge.camera.replay_camera import ReplayCamera
from firmware_bridge.camera.v4l2_camera import V4l2Camera
from firmware_bridge.contract import Camera, FingerprintReader
from firmware_bridge.r503.reader import R503Reader
from terminal.config import TerminalConfig
from terminal.devices.board import OnButton, open_board_reader
from terminal.devices.same_reader import SameReader
from terminal.devices.sensors import Sensors

log = structlog.get_logger(__name__)


def make_sensors(
    config: TerminalConfig,
    camera: Camera | None,
    reader: FingerprintReader | None,
    on_button: OnButton = lambda _button: None,
) -> Sensors:
    """The configured sensors, or those given; `on_button` hears of a bridge board's buttons."""
    camera = camera or _camera(config)
    if reader is not None:
        return Sensors(camera, lambda: reader, reopens=False)
    if config.bridge.port:
        return Sensors(camera, SameReader(lambda: open_board_reader(config, on_button), config.reader.module))
    table = config.reader
    if not table.port:
        return Sensors(camera, None)
    return Sensors(camera, SameReader(lambda: R503Reader.open(table.port, baud=table.baud), table.module))


def _camera(config: TerminalConfig) -> Camera | None:
    """The configured camera, not opened."""
    table = config.camera
    rule = CameraRule(table.allowed, virtual=table.allow_virtual)
    if table.allow_virtual:
        log.warning("test_mode_virtual_cameras_are_allowed")
    match table.kind:
        case "picamera2":
            return Picamera2Camera(rule=rule)
        case "v4l2":
            return V4l2Camera(table.device, rule)
        case "recording":
            return ReplayCamera(config.path(table.device), rule)
        case _:
            return None
