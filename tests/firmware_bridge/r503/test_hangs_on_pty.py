"""A reader on a real port that hangs or is pulled out: reset, found again, or an error that names the port."""

from __future__ import annotations

import math
import time

import pytest

from firmware_bridge.errors import (
    SensorNotFound,
    SensorTimedOut,
    SensorUnplugged,
)
from firmware_bridge.r503.commands import Instruction
from firmware_bridge.r503.fault_script import Strike, Trouble
from firmware_bridge.r503.models import MODELS, R307, ReaderModel
from tests.firmware_bridge.conftest import Faulty
from tests.firmware_bridge.r503.on_pty import HALF_AN_IMAGE, captured, is_right, opened

both = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


@pytest.mark.parametrize("on", [Instruction.VFY_PWD, Instruction.READ_SYS_PARA, Instruction.GEN_IMG])
def test_a_reader_that_hangs_is_reset_and_works(faulty: Faulty, on: Instruction) -> None:
    emulator = faulty(Strike(Trouble.STUCK_BUSY, on=on))
    with opened(emulator) as reader:
        assert is_right(emulator, captured(emulator, reader))
    assert not emulator.session.hung


def test_a_reader_that_hangs_with_an_image_is_reset_for_the_next(faulty: Faulty) -> None:
    emulator = faulty(Strike(Trouble.STUCK_BUSY, on=Instruction.UP_IMAGE))
    with opened(emulator) as reader:
        with pytest.raises(SensorTimedOut, match="UP_IMAGE") as caught:
            captured(emulator, reader)
        assert emulator.path in str(caught.value)
        assert is_right(emulator, captured(emulator, reader))


def test_a_reader_without_a_reset_that_hangs_has_to_be_plugged_in_again(faulty: Faulty) -> None:
    emulator = faulty(Strike(Trouble.STUCK_BUSY, on=Instruction.GEN_IMG), model=R307)
    with opened(emulator) as reader, pytest.raises(SensorTimedOut, match="GEN_IMG") as caught:
        captured(emulator, reader)
    assert emulator.path in str(caught.value)
    with pytest.raises(SensorNotFound, match=emulator.path):
        opened(emulator)
    emulator.unplug()
    emulator.replug()
    with opened(emulator) as reader:
        assert is_right(emulator, captured(emulator, reader))


def test_a_reset_that_hangs_too_ends_within_the_commands_time(faulty: Faulty) -> None:
    emulator = faulty()
    with opened(emulator) as reader:
        emulator.strike(Strike(Trouble.STUCK_BUSY, on=Instruction.GEN_IMG))
        emulator.strike(Strike(Trouble.STUCK_BUSY, on=Instruction.SOFT_RST, times=9))
        began_s = time.monotonic()
        with pytest.raises(SensorTimedOut, match=emulator.path):
            captured(emulator, reader)
        assert time.monotonic() - began_s < 15.0


@pytest.mark.fault(38)
@both
@pytest.mark.parametrize("on", [Instruction.GEN_IMG, Instruction.UP_IMAGE])
def test_unplugged_and_plugged_in_again(faulty: Faulty, model: ReaderModel, on: Instruction) -> None:
    """Half an image that came before is no image, and nothing of it is in the next."""
    emulator = faulty(Strike(Trouble.UNPLUG, on=on, after_bytes=HALF_AN_IMAGE, seconds=0.3), model=model)
    with opened(emulator) as reader, pytest.raises(SensorUnplugged, match=emulator.path):
        captured(emulator, reader)
    deadline_s = time.monotonic() + 20.0
    while True:
        try:
            reader = opened(emulator)
            break
        except SensorNotFound:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
    with reader:
        assert is_right(emulator, captured(emulator, reader))


@pytest.mark.fault(38)
def test_unplugged_for_good(faulty: Faulty) -> None:
    emulator = faulty(Strike(Trouble.UNPLUG, on=Instruction.UP_IMAGE, after_bytes=HALF_AN_IMAGE, seconds=math.inf))
    with opened(emulator) as reader, pytest.raises(SensorUnplugged, match=emulator.path):
        captured(emulator, reader)
    with pytest.raises(SensorNotFound, match="plugged in"):
        opened(emulator)


def test_plugging_in_what_is_plugged_in_is_refused(faulty: Faulty) -> None:
    with pytest.raises(RuntimeError, match="plugged in"):
        faulty().replug()
