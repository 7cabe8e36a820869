"""The port under the library, fed an upload that is split, loses bytes, has bits flipped or garbage in it.

What comes out is the very content or a named error, in bounded time; nothing else, whatever the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.errors import SensorCorrupt, SensorError, SensorTimedOut
from firmware_bridge.r503.checked_port import CheckedPort
from firmware_bridge.r503.commands import Instruction
from firmware_bridge.r503.packets import PROLOGUE_BYTES, Identifier, Packet
from tests.firmware_bridge.r503.lines import ACKNOWLEDGED, ScriptedLine

CONTENT = bytes(range(7, 71))
HALVES = (Packet(Identifier.DATA, CONTENT[:32]), Packet(Identifier.END_OF_DATA, CONTENT[32:]))
STREAM = ACKNOWLEDGED + b"".join(packet.to_bytes() for packet in HALVES)
LONGEST_S = 30.0
"""Of virtual time: an acknowledgement's, then an image's at 9600 bits a second and the largest size."""

places = st.integers(0, len(STREAM) - 1)


def _uploaded(pieces: Iterable[bytes]) -> bytes:
    """What the library would be given for the image. Raises SensorError."""
    line = ScriptedLine(answers={Instruction.UP_IMAGE: [piece for piece in pieces if piece]}, baud=115_200)
    port = CheckedPort(line, clock=line.clock)
    port.image_bytes = len(CONTENT)
    try:
        port.write(Packet(Identifier.COMMAND, bytes([Instruction.UP_IMAGE])).to_bytes())
        assert port.read(len(ACKNOWLEDGED)) == ACKNOWLEDGED
        length = int.from_bytes(port.read(PROLOGUE_BYTES)[-2:], "big")
        return port.read(length - 2)
    finally:
        assert line.clock.now_s < LONGEST_S


def _right_or_an_error(pieces: Iterable[bytes]) -> bool:
    try:
        return _uploaded(pieces) == CONTENT
    except SensorError as error:
        return "virtual line" in str(error)


def _cut(stream: bytes, cuts: Iterable[int]) -> list[bytes]:
    at = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in pairwise(at)]


def test_every_split_gives_the_content() -> None:
    for cut in range(len(STREAM) + 1):
        assert _uploaded(_cut(STREAM, [cut])) == CONTENT
    assert _uploaded(_cut(STREAM, range(len(STREAM)))) == CONTENT


def test_every_flipped_bit_is_an_error() -> None:
    for bit in range(len(STREAM) * 8):
        flipped = bytearray(STREAM)
        flipped[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises((SensorCorrupt, SensorTimedOut), match="UP_IMAGE"):
            _uploaded([bytes(flipped)])


def test_every_lost_run_of_bytes_is_an_error() -> None:
    for start in range(len(STREAM)):
        for length in (1, 2, 12, 41):
            with pytest.raises((SensorCorrupt, SensorTimedOut), match="UP_IMAGE"):
                _uploaded([STREAM[:start] + STREAM[start + length :]])


@pytest.mark.fault(39)
@settings(max_examples=200)
@given(places, st.binary(min_size=1, max_size=60), st.lists(places, max_size=6))
def test_garbage_anywhere_is_skipped_or_an_error(at: int, garbage: bytes, cuts: list[int]) -> None:
    assert _right_or_an_error(_cut(STREAM[:at] + garbage + STREAM[at:], cuts))


@settings(max_examples=100)
@given(st.binary(max_size=60).map(lambda noise: noise.replace(b"\xef", b"\xee")))
def test_garbage_between_packets_costs_nothing(garbage: bytes) -> None:
    assert _uploaded([garbage.join([b"", ACKNOWLEDGED, *(packet.to_bytes() for packet in HALVES), b""])]) == CONTENT


@pytest.mark.fault(39)
@settings(max_examples=200)
@given(st.lists(st.binary(max_size=400), max_size=8))
def test_any_bytes_at_all_end_in_an_error(pieces: list[bytes]) -> None:
    with pytest.raises(SensorError, match="virtual line"):
        _uploaded(pieces)


@pytest.mark.fault(39)
@settings(max_examples=100)
@given(st.permutations([*HALVES, HALVES[0], Packet(Identifier.ACKNOWLEDGE, b"\0")]), st.integers(0, 4))
def test_packets_in_another_order_or_twice_are_no_image(packets: list[Packet], kept: int) -> None:
    assert _right_or_an_error([ACKNOWLEDGED, *(packet.to_bytes() for packet in packets[:kept])])
