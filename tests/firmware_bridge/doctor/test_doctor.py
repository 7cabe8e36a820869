"""`countersign-bridge doctor` on emulated devices at real ports, and on cameras of a made-up machine."""

from __future__ import annotations

import json
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_bridge.camera.camera_rule import CameraRule
from firmware_bridge.camera.sysfs import inspect
from firmware_bridge.camera.v4l2_camera import V4l2Camera
from firmware_bridge.cli import commands
from firmware_bridge.contract import Camera, Frame
from firmware_bridge.doctor.cameras import examine_cameras
from firmware_bridge.doctor.finding import Finding, Health, Kind
from firmware_bridge.doctor.ports import examine_port, examine_ports
from firmware_bridge.errors import SensorNotFound
from firmware_bridge.port import SerialLine
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.models import R307
from firmware_bridge.r503.pty_emulator import PtyEmulator
from tests.firmware_bridge.board.emulated import UNIQUE_ID, EmulatedBoard
from tests.firmware_bridge.camera.device_tree import DeviceTree
from tests.firmware_bridge.camera.films import Projector, write_film


@pytest.fixture
def reader() -> Iterator[PtyEmulator]:
    with PtyEmulator() as emulator:
        yield emulator


@pytest.fixture
def silent() -> Iterator[str]:
    """A port where nobody is."""
    ours, theirs = pty.openpty()
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


class NoPiCamera:
    """A machine without libcamera."""

    identity = "Raspberry Pi camera, not opened"

    def open(self) -> None:
        raise SensorNotFound("picamera2 is not installed")

    def read(self, timeout_s: float) -> Frame:
        raise AssertionError(timeout_s)

    def close(self) -> None:
        return


def test_a_reader_says_who_it_is(reader: PtyEmulator) -> None:
    found = examine_port(reader.path)
    assert (found.kind, found.health, found.advice) == (Kind.READER, Health.WORKS, "")
    assert "R503-EMULATED EMU00001" in found.said


def test_an_r307_is_known_as_one() -> None:
    with PtyEmulator(R503Session(model=R307)) as emulator:
        assert "R307" in examine_port(emulator.path).said


def test_a_reader_with_a_password_is_no_use() -> None:
    with PtyEmulator(R503Session(password=7)) as emulator:
        found = examine_port(emulator.path)
    assert (found.kind, found.health) == (Kind.READER, Health.FAILS)
    assert "another reader" in found.advice


def test_a_board_is_known_and_whether_it_is_paired(tmp_path: Path) -> None:
    with EmulatedBoard(tmp_path / "flash") as board:
        board.do("power")
        found = examine_port(board.path)
    assert (found.kind, found.health) == (Kind.BOARD, Health.FAILS)
    assert UNIQUE_ID in found.said
    assert "countersign-terminal bridge pair" in found.advice


def test_a_port_that_another_program_has(reader: PtyEmulator) -> None:
    line = SerialLine(reader.path, baud=57_600)
    try:
        found = examine_port(reader.path)
    finally:
        line.close()
    assert (found.kind, found.health, found.advice) == (Kind.PORT, Health.FAILS, "close it first")
    assert "another program uses" in found.said


def test_a_port_where_nobody_answers_is_not_broken(silent: str) -> None:
    found = examine_port(silent)
    assert (found.kind, found.health) == (Kind.PORT, Health.MISSING)
    assert "TX" in found.advice


def test_a_machine_without_ports() -> None:
    (found,) = examine_ports([])
    assert found.health is Health.MISSING
    assert "plug" in found.advice


def test_the_command_prints_what_it_found_and_ends_with_1_where_something_fails(
    reader: PtyEmulator, tmp_path: Path
) -> None:
    good = CliRunner().invoke(commands, ["doctor", "--no-cameras", "--port", reader.path])
    assert good.exit_code == 0
    assert good.output.startswith("ok   fingerprint reader")
    bad = CliRunner().invoke(
        commands, ["doctor", "--no-cameras", "--json", "--port", reader.path, "--port", str(tmp_path / "none")]
    )
    assert bad.exit_code == 1
    works, fails = json.loads(bad.output)
    assert (works["health"], works["where"]) == ("works", reader.path)
    assert (fails["health"], fails["kind"]) == ("fails", "serial port")
    assert "no device at" in fails["said"]
    assert "plugged in" in fails["advice"]


def cameras(tree: DeviceTree, tmp_path: Path, film: Projector | None = None) -> list[Finding]:
    """What is found on the machine of `tree`, whose webcam shows `film`."""
    devices = tmp_path / "dev"
    devices.mkdir(exist_ok=True)
    listed = tree.root / "class" / "video4linux"
    for number, entry in enumerate(sorted((tree.root / "devices").rglob("video0"))):
        (listed / f"video{number}").symlink_to(os.path.relpath(entry, listed))
        (devices / f"video{number}").symlink_to("/dev/null")

    def webcam(device: str) -> Camera:
        return V4l2Camera(device, CameraRule(), look=lambda: inspect(Path(device), tree.root), start=film)

    return list(examine_cameras(tree.root, devices, webcam, NoPiCamera))


def test_a_webcam_that_delivers_pictures(tmp_path: Path) -> None:
    tree = DeviceTree(tmp_path / "sys")
    tree.webcam()
    projector = Projector(write_film(tmp_path / "film.avi", 24))
    (found,) = cameras(tree, tmp_path, projector)
    assert (found.kind, found.health) == (Kind.CAMERA, Health.WORKS)
    assert "046d:0825" in found.said


@pytest.mark.fault(46)
def test_a_virtual_camera_is_named_and_refused(tmp_path: Path) -> None:
    tree = DeviceTree(tmp_path / "sys")
    tree.loopback()
    (found,) = cameras(tree, tmp_path)
    assert found.health is Health.FAILS
    assert "virtual" in found.said
    assert "USB" in found.advice


def test_a_machine_without_a_camera(tmp_path: Path) -> None:
    (found,) = cameras(DeviceTree(tmp_path / "sys"), tmp_path)
    assert found.health is Health.MISSING
    assert "picamera2" in found.advice
