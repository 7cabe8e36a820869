"""The reader over pyserial on a real pseudo terminal, at whose other end an emulated R503 is."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.contract import Light
from firmware_bridge.errors import (
    CaptureCancelled,
    CaptureTimedOut,
    SensorBusy,
    SensorNotFound,
    SensorUnplugged,
    SensorWrongPassword,
)
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.r503.commands import AuraControl
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.models import R307
from firmware_bridge.r503.parameters import SystemParameters
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.reader import R503Reader
from tests.firmware_bridge.r503.lines import at_four_bits, fast_session, finger, once_awaited


def test_a_new_reader_from_opening_to_image() -> None:
    with PtyEmulator() as emulator, R503Reader.open(emulator.path) as reader:
        assert emulator.session.parameters.baud == 115_200
        reader.signal(Light.READY)
        assert emulator.aura is not None
        assert emulator.aura.control is AuraControl.BREATHING
        told: list[float] = []
        arrives = once_awaited(lambda: emulator.place(finger()))
        image = reader.capture(timeout_s=60.0, progress=told.append, cancelled=arrives)
        assert np.array_equal(image.pixels, at_four_bits(finger()))
        assert told[0] == 0.0
        assert told[-1] == 1.0


def test_a_reader_that_was_set_up_before_is_found_at_its_rate() -> None:
    with PtyEmulator(fast_session()) as emulator:
        for _ in range(2):
            with R503Reader.open(emulator.path, baud=57_600) as reader:
                assert emulator.path in reader.identity


def test_a_resting_finger_does_not_count() -> None:
    with PtyEmulator(fast_session()) as emulator:
        emulator.place(finger(1))
        with R503Reader.open(emulator.path, baud=115_200) as reader:
            seen: list[str] = []
            with pytest.raises(CaptureTimedOut, match="lifted"):
                reader.capture(timeout_s=0.3, resting=lambda: seen.append("a finger"))
            assert seen
            emulator.lift()
            arrives = once_awaited(lambda: emulator.place(finger(2)))
            image = reader.capture(timeout_s=60.0, cancelled=arrives)
            assert np.array_equal(image.pixels, at_four_bits(finger(2)))


def test_cancelled_from_another_thread() -> None:
    stop = threading.Event()
    with PtyEmulator(fast_session()) as emulator, R503Reader.open(emulator.path, baud=115_200) as reader:
        threading.Timer(0.2, stop.set).start()
        with pytest.raises(CaptureCancelled):
            reader.capture(timeout_s=30.0, cancelled=stop.is_set)


def test_wrong_password_frees_the_port() -> None:
    session = fast_session()
    session.password = 0xCAFE
    with PtyEmulator(session) as emulator:
        with pytest.raises(SensorWrongPassword):
            R503Reader.open(emulator.path, baud=115_200)
        R503Reader.open(emulator.path, baud=115_200, password=0xCAFE).close()


def test_a_port_is_opened_by_one_only() -> None:
    with (
        PtyEmulator(fast_session()) as emulator,
        R503Reader.open(emulator.path, baud=115_200),
        pytest.raises(SensorBusy, match="another program"),
    ):
        R503Reader.open(emulator.path, baud=115_200)


def test_no_such_port() -> None:
    with pytest.raises(SensorNotFound, match="plugged in"):
        R503Reader.open("/dev/no-such-reader")


def test_a_port_without_a_reader() -> None:
    with PtyEmulator(R503Session(address=5)) as emulator, pytest.raises(SensorNotFound, match="no fingerprint reader"):
        R503Reader.open(emulator.path, baud=115_200)


def test_nothing_is_left_open() -> None:
    def held() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = held(), threading.active_count()
    for _ in range(5):
        with PtyEmulator(fast_session()) as emulator, R503Reader.open(emulator.path, baud=115_200):
            pass
    assert (held(), threading.active_count()) == before


@pytest.mark.fault(38)
def test_unplugged_while_it_waits_for_a_finger() -> None:
    with PtyEmulator(fast_session()) as emulator, R503Reader.open(emulator.path, baud=115_200) as reader:
        timer = threading.Timer(0.2, emulator.unplug)
        timer.start()
        began_s = time.monotonic()
        with pytest.raises(SensorUnplugged, match="plug the sensor in"):
            reader.capture(timeout_s=30.0)
        assert time.monotonic() - began_s < 10.0
        timer.join()
        with pytest.raises(SensorUnplugged):
            reader.signal(Light.OFF)


@pytest.mark.fault(38)
def test_unplugged_while_the_image_travels() -> None:
    with (
        PtyEmulator(fast_session(), real_time=True) as emulator,
        R503Reader.open(emulator.path, baud=115_200) as reader,
    ):

        def pull(part: float) -> None:
            if part > 0.2:
                emulator.unplug()

        arrives = once_awaited(lambda: emulator.place(finger()))
        with pytest.raises(SensorUnplugged):
            reader.capture(timeout_s=60.0, progress=pull, cancelled=arrives)


@pytest.fixture
def r307() -> Iterator[PtyEmulator]:
    with PtyEmulator(R503Session(parameters=SystemParameters(baud_step=12, packet_code=3), model=R307)) as emulator:
        yield emulator


def test_an_r307_from_opening_to_image(r307: PtyEmulator) -> None:
    expected = SyntheticFinger(5).impression(0, width=256, height=288, dpi=500)
    with R503Reader.open(r307.path, baud=115_200) as reader:
        assert reader.identity == f"R307 at {r307.path}"
        reader.signal(Light.READY)
        assert r307.aura is None  # it has no ring of light, and takes no harm from the question
        told: list[float] = []
        arrives = once_awaited(lambda: r307.place(expected))
        image = reader.capture(timeout_s=60.0, progress=told.append, cancelled=arrives)
        assert (image.dpi, image.pixels.shape) == (500, (288, 256))
        assert np.array_equal(image.pixels, at_four_bits(expected))
        assert told[-1] == 1.0


def test_an_r307_that_was_unplugged_is_noticed_without_a_light(r307: PtyEmulator) -> None:
    with R503Reader.open(r307.path, baud=115_200) as reader:
        r307.unplug()
        with pytest.raises(SensorUnplugged):
            reader.signal(Light.OFF)


def test_a_reader_of_no_known_model_is_named_by_its_identifier() -> None:
    stranger = dataclasses.replace(R307, system_id=0x1234)
    with (
        PtyEmulator(R503Session(model=stranger)) as emulator,
        pytest.raises(SensorNotFound, match="0x1234 is no R503 or R307"),
    ):
        R503Reader.open(emulator.path)
