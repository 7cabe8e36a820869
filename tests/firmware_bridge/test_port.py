"""A serial port that does not open, or goes away, says so in words that help."""

from __future__ import annotations

import errno
import os
import pty
import termios
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import serial

from firmware_bridge.errors import SensorBusy, SensorError, SensorNotFound, SensorUnplugged
from firmware_bridge.port import READ_BYTES_MAX, SerialLine


@dataclass(slots=True)
class FarEnd:
    """The other end of a serial line: its descriptor, and the path of this end."""

    descriptor: int
    path: str
    plugged: bool = True

    def pull(self) -> None:
        if self.plugged:
            os.close(self.descriptor)
        self.plugged = False


@pytest.fixture
def far_end() -> Iterator[FarEnd]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    end = FarEnd(master, os.ttyname(slave))
    os.close(slave)
    yield end
    end.pull()


def _words(port: object, error: type[SensorError] = SensorNotFound) -> str:
    with pytest.raises(error) as caught:
        SerialLine(str(port), baud=57_600)
    return str(caught.value)


def test_a_missing_port_asks_for_the_plug() -> None:
    assert _words("/dev/ttyUSB99") == "no device at /dev/ttyUSB99: is the sensor plugged in?"


def test_a_file_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "ttyUSB0"
    file.touch()
    assert _words(file) == f"{file} is no serial port: check the configured path"


def test_a_folder_is_no_port(tmp_path: Path) -> None:
    assert _words(tmp_path) == f"{tmp_path} is no serial port: check the configured path"


def test_a_port_in_use_names_the_reason(far_end: FarEnd) -> None:
    path = far_end.path
    line = SerialLine(path, baud=57_600)
    assert _words(path, SensorBusy) == f"another program uses {path}: close it first"
    line.close()
    SerialLine(path, baud=57_600).close()


def test_a_port_that_the_system_says_is_busy_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(errno.EBUSY, "busy")

    monkeypatch.setattr(serial, "Serial", refuse)
    assert _words("x", SensorBusy) == "another program uses x: close it first"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (serial.SerialException(errno.EACCES, "denied"), "no permission to open x: add this user to the group dialout"),
        (termios.error(errno.ENOTTY, "no tty"), "x is no serial port: check the configured path"),
        (serial.SerialException("odd"), "x cannot be opened: odd"),
        (ValueError("Not a valid baudrate: -1"), "x cannot be opened: Not a valid baudrate: -1"),
    ],
    ids=["permission", "no tty", "without a number", "anything else"],
)
def test_each_cause_has_its_words(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    """Causes that a test cannot bring about as every user: root may open everything."""

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(serial, "Serial", refuse)
    assert _words("x") == words


def test_bytes_travel_both_ways_in_bounded_pieces(far_end: FarEnd) -> None:
    line = SerialLine(far_end.path, baud=57_600)
    line.send(b"\xef\x01")
    assert os.read(far_end.descriptor, 100) == b"\xef\x01"
    sent = bytes(range(256)) * 12
    os.write(far_end.descriptor, sent)
    received = b""
    while len(received) < len(sent):
        piece = line.receive(10.0)
        assert 0 < len(piece) <= READ_BYTES_MAX
        received += piece
    assert received == sent
    assert line.receive(0.0) == b""
    line.close()
    line.close()


@pytest.mark.fault(38)
def test_a_pulled_cable_is_told_by_every_call(far_end: FarEnd) -> None:
    line = SerialLine(far_end.path, baud=57_600)
    far_end.pull()
    for call in (lambda: line.receive(5.0), lambda: line.send(b"x"), lambda: line.set_baud(9_600), line.discard_input):
        with pytest.raises(SensorUnplugged, match="plug the sensor in again"):
            call()
    line.close()
