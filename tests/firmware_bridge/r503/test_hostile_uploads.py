"""What a broken or hostile far end says instead of an answer: a named error, soon, and never a wrong image."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.errors import SensorCorrupt, SensorNotFound, SensorStatus, SensorTimedOut
from firmware_bridge.r503.commands import Instruction
from firmware_bridge.r503.packets import Identifier, Packet
from tests.firmware_bridge.r503.lines import ACKNOWLEDGED, ScriptedLine, finger, open_reader, placed_after


def _data(content: bytes, identifier: Identifier = Identifier.DATA) -> bytes:
    return Packet(identifier, content).to_bytes()


HOSTILE_UPLOADS = {
    "never ends": [ACKNOWLEDGED] + [_data(bytes(256))] * 200,
    "ends early": [ACKNOWLEDGED, _data(bytes(256)), _data(bytes(256), Identifier.END_OF_DATA)],
    "announces a huge length": [ACKNOWLEDGED, b"\xef\x01\xff\xff\xff\xff\x02\xff\xff" + bytes(100)],
    "breaks a checksum": [ACKNOWLEDGED, _data(bytes(256))[:-1] + b"\x77"],
    "acknowledges inside": [ACKNOWLEDGED, ACKNOWLEDGED],
    "sends data at once": [_data(bytes(256))],
}


@pytest.mark.fault(39)
@pytest.mark.parametrize("script", HOSTILE_UPLOADS.values(), ids=HOSTILE_UPLOADS.keys())
def test_a_hostile_upload_is_corrupt(script: list[bytes]) -> None:
    line = ScriptedLine(scene=placed_after(finger(), 1.0), answers={Instruction.UP_IMAGE: script})
    reader = open_reader(line)
    with pytest.raises(SensorCorrupt, match="UP_IMAGE"):
        reader.capture(timeout_s=5.0)


@pytest.mark.fault(39)
def test_a_flood_of_noise_is_cut_off() -> None:
    noise = np.random.default_rng(0).bytes(2_000_000)
    flood = [noise[at : at + 4096] for at in range(0, len(noise), 4096)]
    line = ScriptedLine(answers={Instruction.VFY_PWD: flood})
    with pytest.raises(SensorNotFound):
        open_reader(line)
    assert line.clock.now_s < 60.0


def test_an_upload_that_stops_times_out_soon() -> None:
    script = [ACKNOWLEDGED, _data(bytes(256))]
    line = ScriptedLine(scene=placed_after(finger(), 1.0), answers={Instruction.UP_IMAGE: script})
    reader = open_reader(line)
    began_s = line.clock.now_s
    with pytest.raises(SensorTimedOut, match="UP_IMAGE"):
        reader.capture(timeout_s=5.0)
    assert line.clock.now_s - began_s < 3.5


def test_a_refused_upload_has_the_manuals_words() -> None:
    refusal = [Packet(Identifier.ACKNOWLEDGE, b"\x0f").to_bytes()]
    line = ScriptedLine(scene=placed_after(finger(), 1.0), answers={Instruction.UP_IMAGE: refusal})
    with pytest.raises(SensorStatus, match="error when uploading image") as caught:
        open_reader(line).capture(timeout_s=5.0)
    assert (caught.value.command, caught.value.status) == ("UP_IMAGE", 0x0F)


def test_a_sensor_that_is_broken_says_so() -> None:
    line = ScriptedLine(answers={Instruction.GEN_IMG: [Packet(Identifier.ACKNOWLEDGE, b"\x29").to_bytes()]})
    with pytest.raises(SensorStatus, match="sensor hardware error"):
        open_reader(line).capture(timeout_s=5.0)


def test_an_answer_that_is_too_short_is_no_answer() -> None:
    """The library would wait for the rest, or take the next answer's bytes for it."""
    line = ScriptedLine(answers={Instruction.READ_SYS_PARA: [ACKNOWLEDGED]})
    with pytest.raises(SensorNotFound):
        open_reader(line)
