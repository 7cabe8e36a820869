"""Frames of the bridge board: whatever is cut, lost or turned over, only true frames are found, and nothing grows."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_bridge.firmware import cobs, frames

CONTENTS = st.binary(max_size=frames.CONTENT_MAX)
SEALS = st.binary(min_size=frames.SEAL_BYTES, max_size=frames.SEAL_BYTES)
FRAMES = st.builds(frames.Frame, st.integers(0, 255), st.integers(0, 2**32 - 1), CONTENTS, SEALS)


def values(frame: frames.Frame) -> tuple[int, int, bytes, bytes]:
    return frame.kind, frame.sequence, frame.content, frame.seal


@given(st.binary(max_size=1200))
@example(b"")
@example(bytes(254))
@example(b"\1" * 254)
@example(b"\1" * 254 + b"\0")
@example(b"\1" * 255)
def test_stuffing_leaves_no_zero_and_loses_nothing(data: bytes) -> None:
    stuffed = cobs.encode(data)
    assert 0 not in stuffed
    assert len(stuffed) <= len(data) + 1 + len(data) // cobs.RUN_MAX
    assert cobs.decode(stuffed) == data


@pytest.mark.parametrize(
    ("data", "stuffed"),
    [
        (b"\0", b"\1\1"),
        (b"\0\0", b"\1\1\1"),
        (b"\x11\x22\0\x33", b"\3\x11\x22\2\x33"),
        (b"\x11\x22\x33\x44", b"\5\x11\x22\x33\x44"),
        (b"\x11\0\0\0", b"\2\x11\1\1\1"),
    ],
)
def test_stuffing_is_that_of_the_paper(data: bytes, stuffed: bytes) -> None:
    assert cobs.encode(data) == stuffed


@given(st.binary(max_size=400))
def test_what_is_no_stuffing_is_refused_and_what_is_accepted_is_the_only_one(data: bytes) -> None:
    try:
        plain = cobs.decode(data)
    except ValueError:
        return
    # A last run of 254 may be followed by a code of 1 or by nothing: all else has one form.
    assert cobs.encode(plain) in (data, data[:-1], data + b"\1") or not data


@given(st.binary(max_size=300))
def test_the_checksum_is_the_standards(data: bytes) -> None:
    assert frames.crc16(data) == binascii.crc_hqx(data, 0xFFFF)


def test_the_checksum_of_the_catalogue() -> None:
    assert frames.crc16(b"123456789") == 0x29B1


@given(st.lists(FRAMES, max_size=4), st.lists(st.integers(1, 40), max_size=30))
def test_frames_are_found_however_they_are_cut(sent: list[frames.Frame], cuts: list[int]) -> None:
    line = b"".join(map(frames.to_line, sent))
    deframer, found = frames.Deframer(), []
    for size in [*cuts, len(line) or 1]:
        found += deframer.receive(line[:size])
        line = line[size:]
    assert [values(frame) for frame in found] == [values(frame) for frame in sent]
    assert deframer.faults == 0


@pytest.mark.fault(39)
@given(FRAMES, st.binary(max_size=700), FRAMES)
def test_a_frame_is_found_after_any_noise(lost: frames.Frame, noise: bytes, sent: frames.Frame) -> None:
    deframer = frames.Deframer()
    deframer.receive(frames.to_line(lost)[:-1] + noise)
    found = deframer.receive(b"\0" + frames.to_line(sent))
    assert values(found[-1]) == values(sent)


@pytest.mark.fault(39)
@given(FRAMES, st.data())
def test_a_frame_with_up_to_three_bits_turned_over_is_none(sent: frames.Frame, data: st.DataObject) -> None:
    """CRC-16/CCITT finds any three wrong bits in 4 kB."""
    plain = frames.sealed_part(sent.kind, sent.sequence, sent.content) + sent.seal
    plain += frames.crc16(plain).to_bytes(2, "big")
    bits = data.draw(st.sets(st.integers(0, 8 * len(plain) - 1), min_size=1, max_size=3))
    wrong = bytearray(plain)
    for bit in bits:
        wrong[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ValueError, match="checksum"):
        frames.from_line(cobs.encode(bytes(wrong)))


@pytest.mark.fault(39)
def test_a_flood_without_an_end_is_not_held() -> None:
    deframer = frames.Deframer()
    for _ in range(1_000):
        assert deframer.receive(b"\xaa" * 1_000) == []
        assert len(deframer._held) <= frames.LINE_BYTES_MAX
    sent = frames.Frame(frames.BEAT, 1, b"")
    assert deframer.receive(b"\0") == []
    assert deframer.faults == 1
    (found,) = deframer.receive(frames.to_line(sent))
    assert values(found) == values(sent)


def test_more_content_than_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="192"):
        frames.to_line(frames.Frame(frames.READER, 1, bytes(frames.CONTENT_MAX + 1)))
