"""A reader over lines that split, lose and flip: the right image or a named error, never a wrong one. Virtual time."""

from __future__ import annotations

import numpy as np
import pytest
from adafruit_fingerprint import Adafruit_Fingerprint

from firmware_bridge.contract import FingerprintReader, Light
from firmware_bridge.errors import (
    CaptureCancelled,
    CaptureTimedOut,
    SensorError,
    SensorNotFound,
    SensorWrongPassword,
)
from firmware_bridge.r503 import reader_state
from firmware_bridge.r503.checked_port import CheckedPort
from firmware_bridge.r503.commands import BAUD_STEPS, AuraColor, AuraControl, Instruction, Parameter
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.packets import Identifier, Packet, frame
from firmware_bridge.r503.parameters import Aura, SystemParameters
from firmware_bridge.r503.reader import R503Reader
from tests.firmware_bridge.r503.lines import (
    ACKNOWLEDGED,
    ScriptedLine,
    SessionLine,
    Transport,
    VirtualClock,
    at_four_bits,
    chopped,
    clean,
    corrupting,
    fast_session,
    finger,
    lossy,
    one_byte_at_a_time,
    open_reader,
    placed_after,
)


def _sent(line: SessionLine, instruction: Instruction) -> int:
    return sum(data[9] == instruction for data in line.sent)


@pytest.mark.parametrize("transport", [clean, one_byte_at_a_time, chopped(5)])
def test_capture_gives_the_image_to_four_bits(transport: Transport) -> None:
    line = SessionLine(transport=transport, scene=placed_after(finger(), 1.0))
    told: list[float] = []
    reader: FingerprintReader = open_reader(line)
    image = reader.capture(timeout_s=5.0, progress=told.append)
    assert np.array_equal(image.pixels, at_four_bits(finger()))
    assert image.dpi == 508
    assert told == [n / 72 for n in range(73)]


@pytest.mark.parametrize("code", range(4))
def test_an_image_in_packets_of_any_size_needs_no_recursion(code: int) -> None:
    """The library alone calls itself 576 times for 32-byte packets."""
    session = R503Session(parameters=SystemParameters(12, packet_code=code), finger=finger())
    line = SessionLine(session, scene=lambda _: finger(), baud=115_200)
    port = CheckedPort(line, clock=line.clock)
    driver = Adafruit_Fingerprint(port)
    driver.get_image()
    depths: list[int] = []
    library = driver._get_data

    def counted(size: int) -> list[int]:
        depths.append(size)
        return list(library(size))

    driver._get_data = counted
    assert len(driver.get_fpdata(sensorbuffer="image")) == 18_432
    assert depths == [9]


def test_a_finger_from_before_must_be_lifted_first() -> None:
    left, placed = finger(1), finger(2)
    line = SessionLine(scene=lambda now_s: left if now_s < 2.0 else None if now_s < 3.0 else placed)
    image = open_reader(line).capture(timeout_s=5.0)
    assert np.array_equal(image.pixels, at_four_bits(placed))


def test_a_finger_that_stays_times_out_and_none_times_out_in_other_words() -> None:
    with pytest.raises(CaptureTimedOut, match="not lifted"):
        open_reader(SessionLine(scene=lambda _: finger())).capture(timeout_s=2.0)
    line = SessionLine()
    reader = open_reader(line)
    began_s = line.clock.now_s
    with pytest.raises(CaptureTimedOut, match="no finger was placed"):
        reader.capture(timeout_s=2.0)
    assert 2.0 <= line.clock.now_s - began_s < 2.5


def test_cancelled_while_waiting() -> None:
    line = SessionLine()
    reader = open_reader(line)
    stop_s = line.clock.now_s + 1.0
    with pytest.raises(CaptureCancelled):
        reader.capture(timeout_s=60.0, cancelled=lambda: line.clock.now_s > stop_s)
    assert line.clock.now_s < stop_s + 0.5


def test_cancelled_while_the_image_travels_and_used_again() -> None:
    line = SessionLine(transport=chopped(1), scene=lambda now_s: finger() if int(now_s) % 2 else None)
    reader = open_reader(line)
    told: list[float] = []
    with pytest.raises(CaptureCancelled, match="travelled"):
        reader.capture(timeout_s=9.0, progress=told.append, cancelled=lambda: bool(told and told[-1] > 0.3))
    assert told[-1] < 0.4
    reader.signal(Light.OFF)
    assert np.array_equal(reader.capture(timeout_s=9.0).pixels, at_four_bits(finger()))


@pytest.mark.fault(39)
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["lossy", "corrupting"])
def test_a_bad_line_gives_the_right_image_or_an_error(kind: str, seed: int) -> None:
    chance = (0.0, 1e-5, 1e-4, 1e-3)[seed % 4]
    line = SessionLine(scene=placed_after(finger(), 1.0))
    reader = open_reader(line)
    line.transport = lossy(seed, chance) if kind == "lossy" else corrupting(seed, chance)
    try:
        image = reader.capture(timeout_s=5.0)
    except SensorError:
        assert chance > 0.0
    else:
        assert np.array_equal(image.pixels, at_four_bits(finger()))


@pytest.mark.fault(39)
@pytest.mark.parametrize("chance", [1e-3, 1e-2])
def test_a_line_that_heals_works_again(chance: float) -> None:
    line = SessionLine(scene=lambda now_s: finger() if int(now_s) % 4 > 1 else None)
    reader = open_reader(line)
    line.transport = corrupting(7, chance)
    with pytest.raises(SensorError):
        reader.capture(timeout_s=8.0)
    line.transport = clean
    assert np.array_equal(reader.capture(timeout_s=8.0).pixels, at_four_bits(finger()))


@pytest.mark.fault(42)
def test_what_the_reader_says_unasked_is_ignored() -> None:
    line = SessionLine()
    reader = open_reader(line)
    line.coming.append(ACKNOWLEDGED)  # as if GenImg had seen a finger
    with pytest.raises(CaptureTimedOut):
        reader.capture(timeout_s=1.0)


def test_wrong_password_and_right_one() -> None:
    session = fast_session()
    session.password = 0x01020304
    with pytest.raises(SensorWrongPassword):
        open_reader(SessionLine(session))
    assert "EMU00001" in open_reader(SessionLine(session), password=0x01020304).identity


def test_nobody_there() -> None:
    line = SessionLine(reader_baud=1_200)
    with pytest.raises(SensorNotFound, match="check cable and power"):
        open_reader(line)


def test_a_new_reader_is_raised_to_its_fastest() -> None:
    line = SessionLine(R503Session())
    reader = R503Reader(line, clock=line.clock, sleep=line.clock.sleep)
    assert line.session.parameters == SystemParameters(baud_step=12, packet_code=3)
    assert line.baud == 115_200
    reader.signal(Light.READY)


@pytest.mark.parametrize("step", BAUD_STEPS)
def test_a_reader_is_found_at_any_of_its_rates(step: int) -> None:
    line = SessionLine(R503Session(parameters=SystemParameters(baud_step=step, packet_code=3)))
    R503Reader(line, clock=line.clock, sleep=line.clock.sleep)
    assert line.baud == 115_200


def test_a_reader_that_refuses_the_fastest_rate_is_set_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = frozenset({1, 2, 4})
    monkeypatch.setitem(reader_state.PARAMETER_VALUES, Parameter.BAUD_RATE, slow)
    line = SessionLine(R503Session(parameters=SystemParameters(1, packet_code=3)), scene=placed_after(finger(), 9.0))
    reader = R503Reader(line, clock=line.clock, sleep=line.clock.sleep)
    assert line.baud == line.session.parameters.baud == 38_400
    assert np.array_equal(reader.capture(timeout_s=20.0).pixels, at_four_bits(finger()))


def test_a_reader_that_keeps_its_rate_until_power_on_is_followed() -> None:
    line = SessionLine(R503Session(), reader_baud=57_600, scene=placed_after(finger(), 3.0))
    reader = R503Reader(line, clock=line.clock, sleep=line.clock.sleep)
    assert line.baud == 57_600
    assert np.array_equal(reader.capture(timeout_s=9.0).pixels, at_four_bits(finger()))


def test_a_module_without_product_information_is_named_by_its_port() -> None:
    refusal = [Packet(Identifier.ACKNOWLEDGE, b"\xfc").to_bytes()]
    reader = open_reader(ScriptedLine(answers={Instruction.READ_PROD_INFO: refusal}))
    assert reader.identity == "R503 at virtual line"


def test_each_light_looks_different() -> None:
    line = SessionLine()
    reader = open_reader(line)
    seen = set()
    for light in Light:
        reader.signal(light)
        assert line.session.aura is not None
        seen.add(line.session.aura)
    assert len(seen) == len(Light)
    reader.signal(Light.STOP)
    assert line.session.aura == Aura(AuraControl.ON, 0, AuraColor.RED, 0)


def test_the_light_says_reading_once_the_finger_was_seen() -> None:
    line = SessionLine(scene=placed_after(finger(), 1.0))
    reader = open_reader(line)
    reader.signal(Light.READY)
    reader.capture(timeout_s=5.0)
    assert line.session.aura is not None
    assert line.session.aura.color is AuraColor.PURPLE
    assert _sent(line, Instruction.UP_IMAGE) == 1


def test_closing_closes_the_line() -> None:
    line = SessionLine(clock=VirtualClock())
    with open_reader(line):
        assert not line.closed
    assert line.closed


def test_the_port_joins_an_image_to_one_packet() -> None:
    line = SessionLine(scene=lambda _: finger(), baud=115_200)
    port = CheckedPort(line, clock=line.clock)
    port.set_baud(115_200)
    for instruction in (Instruction.GEN_IMG, Instruction.UP_IMAGE):
        port.write(Packet(Identifier.COMMAND, bytes([instruction])).to_bytes())
        port.read(12)
    prologue = port.read(9)
    length = int.from_bytes(prologue[7:9], "big")
    content = port.read(length - 2)
    assert prologue + content + port.read(2) == frame(Identifier.END_OF_DATA, content)
