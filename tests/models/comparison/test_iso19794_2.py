"""The standard's record: its bytes, the way there and back, and every wrong field refused by name."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.comparison.iso19794_2 import (
    MINUTIAE_MAX,
    RECORD_BYTES_MAX,
    Minutia,
    MinutiaeRecord,
    MinutiaKind,
    decode,
    encode,
)
from models.errors import RecordError

_ONE = MinutiaeRecord(192, 192, 200, (Minutia(17, 130, 200, MinutiaKind.BIFURCATION, 91),), 7, 63, 0x1234)


@st.composite
def _records(draw: st.DrawFn) -> MinutiaeRecord:
    width, height = draw(st.integers(1, 1 << 14)), draw(st.integers(1, 1 << 14))
    places = draw(st.lists(st.tuples(st.integers(0, width - 1), st.integers(0, height - 1)), unique=True, max_size=40))
    minutiae = tuple(
        Minutia(x, y, draw(st.integers(0, 255)), draw(st.sampled_from(MinutiaKind)), draw(st.integers(0, 100)))
        for x, y in places
    )
    return MinutiaeRecord(
        width,
        height,
        draw(st.integers(98, 394)),
        minutiae,
        finger_position=draw(st.integers(0, 10)),
        quality=draw(st.integers(0, 100)),
        device=draw(st.integers(0, 0xFFFF)),
    )


def test_bytes_are_those_of_the_standard() -> None:
    assert encode(_ONE).hex(" ") == (
        "46 4d 52 00 20 32 30 00 00 00 00 24 12 34 00 c0 00 c0 00 c8 00 c8 01 00 07 00 3f 01 80 11 00 82 c8 5b 00 00"
    )


@settings(deadline=None, max_examples=100)
@given(_records())
def test_record_survives_the_round_trip(record: MinutiaeRecord) -> None:
    data = encode(record)
    assert len(data) == 30 + 6 * len(record.minutiae)
    assert decode(data) == record


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=80))
def test_random_bytes_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(RecordError):
        decode(data)


@settings(deadline=None, max_examples=500)
@given(_records(), st.data())
def test_a_damaged_record_is_refused_or_is_another_whole_record(record: MinutiaeRecord, data: st.DataObject) -> None:
    damaged = bytearray(encode(record))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        accepted = decode(bytes(damaged))
    except RecordError:
        return
    assert encode(accepted) == bytes(damaged)


@settings(deadline=None, max_examples=200)
@given(_records(), st.data())
def test_minutiae_that_are_put_in_or_taken_out_are_noticed(record: MinutiaeRecord, data: st.DataObject) -> None:
    """Unless the length and the number are put right: then it is another record, and one of its kind."""
    changed = bytearray(encode(record))
    place = 28 + 6 * data.draw(st.integers(0, len(record.minutiae)))
    more = data.draw(st.binary(min_size=6, max_size=6) | st.sampled_from([bytes(changed[28:34])]))
    changed[place:place] = more
    with pytest.raises(RecordError):
        decode(bytes(changed))
    changed[8:12] = struct.pack(">I", len(changed))
    changed[27] += 1
    try:
        accepted = decode(bytes(changed))
    except RecordError:
        return
    assert encode(accepted) == bytes(changed)
    assert set(record.minutiae) < set(accepted.minutiae)


@pytest.mark.fault(40)
@settings(deadline=None, max_examples=50)
@given(_records(), st.data())
def test_short_and_long_records_are_refused(record: MinutiaeRecord, data: st.DataObject) -> None:
    whole = encode(record)
    cut = data.draw(st.integers(0, len(whole) - 1))
    for wrong in (whole[:cut], whole + b"\x00", whole + whole):
        with pytest.raises(RecordError):
            decode(wrong)


@pytest.mark.fault(40)
@pytest.mark.parametrize("length", [0, 1, 29, 30, 36, 102, 512, RECORD_BYTES_MAX, RECORD_BYTES_MAX + 6, 1 << 20])
@pytest.mark.parametrize("value", [0x00, 0x46, 0xFF])
def test_all_zero_and_constant_templates_are_refused(length: int, value: int) -> None:
    with pytest.raises(RecordError):
        decode(bytes([value]) * length)


@pytest.mark.fault(40)
def test_all_minutiae_at_one_place_are_refused() -> None:
    with pytest.raises(RecordError, match="same place"):
        MinutiaeRecord(192, 192, 200, (Minutia(0, 0, 0, MinutiaKind.OTHER, 0),) * 20)
    with pytest.raises(RecordError, match="same place"):
        decode(_with_minutiae(bytes(6 * 20), 20))


@pytest.mark.parametrize(
    ("at", "packed", "words"),
    [
        (0, b"FMX\x00", "FMR"),
        (4, b" 30\x00", "version 2.0"),
        (8, struct.pack(">I", 37), "says 37 bytes"),
        (14, struct.pack(">H", 0), "width"),
        (14, struct.pack(">H", 17), "x of a minutia"),
        (16, struct.pack(">H", 130), "y of a minutia"),
        (16, struct.pack(">H", 0xFFFF), "height"),
        (18, struct.pack(">H", 199), "differ"),
        (18, struct.pack(">HH", 10, 10), "resolution"),
        (18, struct.pack(">HH", 4000, 4000), "resolution"),
        (22, b"\x00", "0 views"),
        (22, b"\x02", "2 views"),
        (23, b"\x01", "reserved byte"),
        (24, b"\x0b", "finger position"),
        (25, b"\x03", "live finger"),
        (25, b"\x10", "first view"),
        (26, b"\x65", "finger quality"),
        (27, b"\x02", "do not fill"),
        (27, b"\x00", "do not fill"),
        (28, b"\xc0", "reserved type"),
        (30, b"\x40", "reserved bits"),
        (33, b"\x65", "quality of a minutia"),
        (34, b"\x00\x01", "extended data"),
    ],
)
def test_every_wrong_field_is_named(at: int, packed: bytes, words: str) -> None:
    damaged = bytearray(encode(_ONE))
    damaged[at : at + len(packed)] = packed
    with pytest.raises(RecordError, match=words):
        decode(bytes(damaged))


def test_the_count_is_bounded_by_its_byte() -> None:
    minutiae = tuple(Minutia(x, 0, 0, MinutiaKind.OTHER, 0) for x in range(MINUTIAE_MAX))
    full = MinutiaeRecord(300, 1, 197, minutiae)
    assert len(encode(full)) == RECORD_BYTES_MAX
    assert decode(encode(full)) == full
    with pytest.raises(RecordError, match="number of minutiae"):
        replace(full, minutiae=(*minutiae, Minutia(299, 0, 0, MinutiaKind.OTHER, 0)))


def _with_minutiae(packed: bytes, count: int) -> bytes:
    head = bytearray(encode(replace(_ONE, minutiae=())))[:-2]
    head[8:12] = struct.pack(">I", len(head) + len(packed) + 2)
    head[27] = count
    return bytes(head) + packed + b"\x00\x00"
