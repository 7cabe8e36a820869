"""The emulated readers satisfy a driver that was not written with them, byte for byte as it asks.

`./run test` puts it into .cache/pyfingerprint from requirements.txt beside this file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pytest

from firmware_bridge.finger_synthesis import Pattern, SyntheticFinger
from firmware_bridge.r503.commands import PACKET_BYTES
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.models import R307, R503, ReaderModel
from firmware_bridge.r503.pty_emulator import PtyEmulator
from tests.firmware_bridge.r503.lines import at_four_bits

ROOT: Final = Path(__file__).resolve().parents[3]
FOLDER: Final = ROOT / ".cache" / "pyfingerprint"
PASSWORD: Final = 0x00C0FFEE
STOP_TIMEOUT_S: Final = 20.0


class Driver:
    """The process with the driver. Raises AssertionError where it says that something went wrong."""

    def __init__(self, port: str, password: int) -> None:
        command = [sys.executable, "-m", "tests.firmware_bridge.r503.independent_driver", port, "57600", str(password)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(FOLDER)},
        )

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self._ask(name, *arguments)

    def complaint(self, name: str, *arguments: object) -> str:
        """What it raised."""
        told = self._tell(name, *arguments)
        assert "raised" in told, told
        return str(told["raised"])

    def close(self) -> None:
        """End it. A driver that waits for bytes for ever is stopped."""
        try:
            self._process.communicate(timeout=STOP_TIMEOUT_S)
        finally:
            self._process.kill()
            self._process.wait()

    def _ask(self, name: str, *arguments: object) -> Any:
        told = self._tell(name, *arguments)
        assert "returned" in told, f"{name}: {told}"
        return told["returned"]

    def _tell(self, *words: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(words)}\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def driven(
    model: ReaderModel, password: int = 0, *, reader_password: int | None = None
) -> Iterator[tuple[PtyEmulator, Driver]]:
    """An emulated reader and the driver at its port."""
    if not FOLDER.is_dir():
        pytest.skip("./run test fetches pyfingerprint")
    session = R503Session(model=model, password=password if reader_password is None else reader_password)
    with PtyEmulator(session) as emulator:
        driver = Driver(emulator.path, password)
        try:
            yield emulator, driver
        finally:
            driver.close()


def touch(emulator: PtyEmulator, finger: SyntheticFinger, impression: int) -> None:
    model = emulator.session.model
    emulator.place(finger.impression(impression, width=model.width, height=model.height, dpi=model.dpi))


@pytest.mark.parametrize("model", [R503, R307], ids=lambda model: model.name)
def test_password_and_system_parameters(model: ReaderModel) -> None:
    with driven(model, PASSWORD) as (_, driver):
        assert driver.verifyPassword() is True
        told = driver.getSystemParameters()
        assert told == [0b100, model.system_id, model.library_size, 3, 0xFFFFFFFF, 2, 6]
        assert driver.getMaxPacketSize() == 128
        for size in PACKET_BYTES:
            driver.setMaxPacketSize(size)
            assert driver.getMaxPacketSize() == size
        driver.setSecurityLevel(5)
        assert driver.getSecurityLevel() == 5
        assert driver.setPassword(PASSWORD + 1) is True
        assert driver.verifyPassword() is True
        assert driver.setAddress(0x01020304) is True
        assert driver.verifyPassword() is True


def test_a_wrong_password_is_refused() -> None:
    with driven(R503, PASSWORD, reader_password=PASSWORD + 1) as (_, driver):
        assert driver.verifyPassword() is False
        assert "0x21" in driver.complaint("readImage")


@pytest.mark.parametrize("packet_bytes", PACKET_BYTES)
def test_an_image_is_read(packet_bytes: int, tmp_path: Path) -> None:
    """An R307's: the driver knows no other size."""
    with driven(R307) as (emulator, driver):
        assert driver.readImage() is False
        assert driver.complaint("downloadImage", str(tmp_path / "none.bmp")) == "Could not download image"
        touch(emulator, SyntheticFinger(3), 1)
        assert driver.readImage() is True
        driver.setMaxPacketSize(packet_bytes)
        driver.downloadImage(str(tmp_path / "finger.bmp"))
    expected = at_four_bits(SyntheticFinger(3).impression(1, width=256, height=288, dpi=500))
    assert np.array_equal(cv2.imread(str(tmp_path / "finger.bmp"), cv2.IMREAD_GRAYSCALE), expected)


@pytest.mark.parametrize("model", [R503, R307], ids=lambda model: model.name)
def test_a_finger_is_enrolled_stored_searched_and_deleted(model: ReaderModel) -> None:
    ours, other = (SyntheticFinger(seed, pattern=kind) for seed, kind in ((1, Pattern.ARCH), (2, Pattern.WHORL)))
    with driven(model) as (emulator, driver):
        for number in (1, 2):
            touch(emulator, ours, number)
            assert driver.readImage() is True
            assert driver.convertImage(number) is True
        assert driver.compareCharacteristics() > 0
        assert driver.createTemplate() is True
        assert driver.storeTemplate(5) == 5
        assert driver.getTemplateCount() == 1
        touch(emulator, ours, 3)
        assert driver.readImage() is driver.convertImage(1) is True
        page, score = driver.searchTemplate()
        assert (page, score > 0) == (5, True)
        touch(emulator, other, 1)
        assert driver.readImage() is driver.convertImage(1) is True
        assert driver.searchTemplate() == [-1, -1]
        assert driver.loadTemplate(5, 2) is True
        assert driver.compareCharacteristics() == 0
        template = driver.downloadCharacteristics(2)
        assert len(template) == model.template_bytes
        assert driver.uploadCharacteristics(1, template) is True
        assert driver.compareCharacteristics() > 0
        assert driver.deleteTemplate(5) is True
        assert driver.getTemplateCount() == 0
        assert driver.complaint("loadTemplate", 5) == "The template could not be read"


def test_free_places_are_found_by_the_index() -> None:
    with driven(R503) as (emulator, driver):
        touch(emulator, SyntheticFinger(1), 1)
        assert driver.readImage() is driver.convertImage(1) is True
        assert [driver.storeTemplate() for _ in range(3)] == [0, 1, 2]
        assert [place for place, taken in enumerate(driver.getTemplateIndex(0)) if taken] == [0, 1, 2]
        assert driver.deleteTemplate(1) is True
        assert driver.storeTemplate() == 1
        assert driver.clearDatabase() is True
        assert driver.getTemplateCount() == 0
