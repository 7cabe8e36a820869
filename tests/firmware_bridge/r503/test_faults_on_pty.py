"""How the driver ends when the reader fails, on a real port: with the right image, or an error that names the port."""

from __future__ import annotations

import pytest

from firmware_bridge.contract import Light
from firmware_bridge.errors import (
    CaptureTimedOut,
    SensorError,
    SensorStatus,
    SensorTimedOut,
    SensorWrongPassword,
)
from firmware_bridge.r503.commands import Instruction
from firmware_bridge.r503.fault_script import Strike, Trouble
from firmware_bridge.r503.models import MODELS, R307, R503, ReaderModel
from firmware_bridge.r503.status import Confirmation
from tests.firmware_bridge.conftest import Faulty
from tests.firmware_bridge.r503.on_pty import HALF_AN_IMAGE, captured, is_right, opened

PASSWORD = 0x00C0FFEE
both = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


RECOVERED = {
    "noise while it looks for a finger": Strike(Trouble.NOISE, on=Instruction.GEN_IMG, nth=2),
    "noise in the image": Strike(Trouble.NOISE, on=Instruction.UP_IMAGE),
    "half an answer": Strike(Trouble.HALF_PACKET, on=Instruction.GEN_IMG, nth=2),
    "half an image": Strike(Trouble.HALF_PACKET, on=Instruction.UP_IMAGE, after_bytes=HALF_AN_IMAGE),
    "a slow look": Strike(Trouble.SLOW, on=Instruction.GEN_IMG, nth=2, seconds=0.4),
    "a look later than its deadline": Strike(Trouble.SLOW, on=Instruction.GEN_IMG, nth=2, seconds=1.3),
    "a slow image": Strike(Trouble.SLOW, on=Instruction.UP_IMAGE, seconds=0.4),
    "an image later than its deadline": Strike(Trouble.SLOW, on=Instruction.UP_IMAGE, seconds=1.3),
    "a command that the reader heard badly": Strike(
        Trouble.WRONG_ANSWER, on=Instruction.UP_IMAGE, status=Confirmation.PACKET_ERROR
    ),
    "a moment without power": Strike(Trouble.BROWN_OUT, on=Instruction.GEN_IMG, nth=2, seconds=0.2),
}


@pytest.mark.fault(39)
@both
@pytest.mark.parametrize("strike", RECOVERED.values(), ids=RECOVERED.keys())
def test_what_happens_once_costs_time_and_nothing_else(faulty: Faulty, model: ReaderModel, strike: Strike) -> None:
    emulator = faulty(strike, model=model)
    with opened(emulator) as reader:
        assert is_right(emulator, captured(emulator, reader))
        assert emulator.faults.struck == [strike]


ENDED = {
    "noise in every image": (Strike(Trouble.NOISE, on=Instruction.UP_IMAGE, times=3), SensorError),
    "no whole image": (
        Strike(Trouble.HALF_PACKET, on=Instruction.UP_IMAGE, times=3, after_bytes=HALF_AN_IMAGE),
        SensorTimedOut,
    ),
    "a broken sensor": (
        Strike(Trouble.WRONG_ANSWER, on=Instruction.GEN_IMG, status=Confirmation.SENSOR_HARDWARE_ERROR),
        SensorStatus,
    ),
    "an image lost with the power": (
        Strike(Trouble.BROWN_OUT, on=Instruction.UP_IMAGE, after_bytes=HALF_AN_IMAGE, seconds=0.2),
        SensorStatus,
    ),
}


@pytest.mark.fault(39)
@both
@pytest.mark.parametrize(("strike", "kind"), ENDED.values(), ids=ENDED.keys())
def test_what_does_not_pass_is_an_error_with_the_ports_name(
    faulty: Faulty, model: ReaderModel, strike: Strike, kind: type[SensorError]
) -> None:
    emulator = faulty(strike, model=model)
    with opened(emulator) as reader:
        with pytest.raises(kind) as caught:
            captured(emulator, reader)
        assert emulator.path in str(caught.value)
        assert is_right(emulator, captured(emulator, reader)), "and it works again"


@pytest.mark.fault(39)
@pytest.mark.parametrize(("model", "seed"), [(R503, 1), (R307, 2)], ids=["R503", "R307"])
def test_noise_again_and_again_gives_the_right_image(faulty: Faulty, model: ReaderModel, seed: int) -> None:
    asked = (Instruction.VFY_PWD, Instruction.GEN_IMG, Instruction.UP_IMAGE)
    emulator = faulty(
        *(Strike(Trouble.NOISE, on=one, nth=nth) for one in asked for nth in (1, 3)), model=model, seed=seed
    )
    with opened(emulator) as reader:
        assert all(is_right(emulator, captured(emulator, reader)) for _ in range(3))
    assert len(emulator.faults.struck) > len(asked)


@pytest.mark.fault(42)
@both
@pytest.mark.parametrize("on", [Instruction.VFY_PWD, Instruction.GEN_IMG])
def test_what_the_reader_says_unasked_is_nofinger_of(faulty: Faulty, model: ReaderModel, on: Instruction) -> None:
    """As if GenImg had seen one, or a comparison that nobody asked for had found it."""
    emulator = faulty(Strike(Trouble.UNASKED, on=on, times=1_000), model=model)
    with opened(emulator) as reader, pytest.raises(CaptureTimedOut, match="no finger"):
        reader.capture(timeout_s=0.5)
    assert emulator.faults.struck


def test_each_status_has_an_error_of_its_name(faulty: Faulty) -> None:
    emulator = faulty()
    passing = {Confirmation.OK, Confirmation.PACKET_ERROR, Confirmation.PASSWORD_REQUIRED}
    with opened(emulator) as reader:
        for code in Confirmation:
            emulator.strike(Strike(Trouble.WRONG_ANSWER, on=Instruction.AURA_LED_CONFIG, status=code))
            if code in passing:
                reader.signal(Light.READY)
            elif code is Confirmation.WRONG_PASSWORD:
                with pytest.raises(SensorWrongPassword, match=emulator.path):
                    reader.signal(Light.READY)
            else:
                with pytest.raises(SensorStatus, match=code.name) as caught:
                    reader.signal(Light.READY)
                assert (caught.value.status, caught.value.device) == (code, emulator.path)


@both
def test_a_password_that_was_lost_with_the_power_is_told_again(faulty: Faulty, model: ReaderModel) -> None:
    strike = Strike(Trouble.BROWN_OUT, on=Instruction.GEN_IMG, nth=2)
    emulator = faulty(strike, model=model, password=PASSWORD)
    with opened(emulator, PASSWORD) as reader:
        assert is_right(emulator, captured(emulator, reader))
    with pytest.raises(SensorWrongPassword, match=emulator.path):
        opened(emulator, PASSWORD + 1)
