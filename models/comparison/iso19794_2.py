"""The finger minutiae record of ISO/IEC 19794-2:2005: what a terminal sends and the server stores. Pure.

    header    "FMR\\0" " 20\\0", u32 length, u16 device, u16 width, u16 height, u16 x and u16 y resolution
              (pixels/cm), u8 views, u8 reserved
    view      u8 finger position, u4 view number + u4 impression type, u8 finger quality, u8 count
    minutia   u2 type + u14 x, u2 reserved + u14 y, u8 angle (1/256 turn), u8 quality
    end       u16 length of extended data

All integers are big-endian. A record is 30 + 6 n bytes.

Narrower than the standard, on purpose: exactly one view, of a live finger laid flat (impression type 0), no
extended data, equal resolution both ways, no two minutiae at one place. Whatever is accepted encodes to the
same bytes again, so that a record has one form and can be recognised when it is replayed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from models.errors import RecordError

MINUTIAE_MAX = 255
"""The count is one byte."""

RESOLUTION_MIN_PX_PER_CM = 98
"""250 dpi, the lowest that the standard's smallest record format allows."""

RESOLUTION_MAX_PX_PER_CM = 394
"""1000 dpi, the finest that fingerprint sensors are sold with."""

SIDE_MAX_PX = 1 << 14
"""Coordinates are 14 bits."""

ANGLE_STEPS = 256
"""An angle is a byte: 360/256 degrees, counter-clockwise from the image's right."""

QUALITY_MAX = 100
FINGER_POSITION_MAX = 10
"""0 unknown, 1 to 5 right thumb to little finger, 6 to 10 left."""

_MAGIC = b"FMR\x00"
_VERSION = b" 20\x00"
_HEADER = struct.Struct(">4s4sIHHHHHBB")
_VIEW = struct.Struct(">BBBB")
_MINUTIA = struct.Struct(">HHBB")
_END = struct.Struct(">H")
_FRAME_BYTES = _HEADER.size + _VIEW.size + _END.size
RECORD_BYTES_MAX = _FRAME_BYTES + MINUTIAE_MAX * _MINUTIA.size
_COORDINATE_MASK = SIDE_MAX_PX - 1
_U16_MAX = 0xFFFF


class MinutiaKind(IntEnum):
    """What the ridge does there; the standard's numbers."""

    OTHER = 0
    ENDING = 1
    BIFURCATION = 2


@dataclass(frozen=True, slots=True)
class Minutia:
    """One minutia: pixels from the upper left, angle in 1/256 turn counter-clockwise, quality 0 (unknown) to 100."""

    x: int
    y: int
    angle: int
    kind: MinutiaKind
    quality: int


@dataclass(frozen=True, slots=True)
class MinutiaeRecord:
    """One impression of one finger. Raises RecordError on any value that the record cannot hold."""

    width: int
    height: int
    resolution_px_per_cm: int
    minutiae: tuple[Minutia, ...]
    finger_position: int = 0
    quality: int = 0
    device: int = 0

    def __post_init__(self) -> None:
        _require_range("image width", self.width, 1, SIDE_MAX_PX)
        _require_range("image height", self.height, 1, SIDE_MAX_PX)
        _require_range("resolution", self.resolution_px_per_cm, RESOLUTION_MIN_PX_PER_CM, RESOLUTION_MAX_PX_PER_CM)
        _require_range("finger position", self.finger_position, 0, FINGER_POSITION_MAX)
        _require_range("finger quality", self.quality, 0, QUALITY_MAX)
        _require_range("device", self.device, 0, _U16_MAX)
        _require_range("number of minutiae", len(self.minutiae), 0, MINUTIAE_MAX)
        for minutia in self.minutiae:
            _require_range("x of a minutia", minutia.x, 0, self.width - 1)
            _require_range("y of a minutia", minutia.y, 0, self.height - 1)
            _require_range("angle of a minutia", minutia.angle, 0, ANGLE_STEPS - 1)
            _require_range("quality of a minutia", minutia.quality, 0, QUALITY_MAX)
        if len({(minutia.x, minutia.y) for minutia in self.minutiae}) != len(self.minutiae):
            raise RecordError("two minutiae of the fingerprint record are at the same place")


def encode(record: MinutiaeRecord) -> bytes:
    """The record as bytes; `decode` gives the same record back."""
    length = _FRAME_BYTES + len(record.minutiae) * _MINUTIA.size
    resolution = record.resolution_px_per_cm
    parts = [
        _HEADER.pack(
            _MAGIC, _VERSION, length, record.device, record.width, record.height, resolution, resolution, 1, 0
        ),
        _VIEW.pack(record.finger_position, 0, record.quality, len(record.minutiae)),
    ]
    parts += [_MINUTIA.pack(m.kind << 14 | m.x, m.y, m.angle, m.quality) for m in record.minutiae]
    parts.append(_END.pack(0))
    return b"".join(parts)


def decode(data: bytes) -> MinutiaeRecord:
    """The record that `data` holds, all of it. Raises RecordError with the first thing that is wrong."""
    if len(data) < _FRAME_BYTES:
        raise RecordError(f"a fingerprint record has at least {_FRAME_BYTES} bytes, not {len(data)}")
    if len(data) > RECORD_BYTES_MAX:
        raise RecordError(f"a fingerprint record has at most {RECORD_BYTES_MAX} bytes, not {len(data)}")
    width, height, resolution, device = _decode_header(data)
    position, view_and_type, quality, count = _VIEW.unpack_from(data, _HEADER.size)
    if view_and_type != 0:
        raise RecordError("the fingerprint record is not the first view of a live finger laid flat")
    if len(data) != _FRAME_BYTES + count * _MINUTIA.size:
        raise RecordError(f"{count} minutiae do not fill a fingerprint record of {len(data)} bytes")
    if _END.unpack_from(data, len(data) - _END.size)[0] != 0:
        raise RecordError("extended data in a fingerprint record is not supported")
    start = _HEADER.size + _VIEW.size
    return MinutiaeRecord(
        width=width,
        height=height,
        resolution_px_per_cm=resolution,
        minutiae=tuple(map(_decode_minutia, _MINUTIA.iter_unpack(data[start : -_END.size]))),
        finger_position=position,
        quality=quality,
        device=device,
    )


def _decode_header(data: bytes) -> tuple[int, int, int, int]:
    """Width, height, resolution and device."""
    magic, version, length, device, width, height, x_resolution, y_resolution, views, reserved = _HEADER.unpack_from(
        data
    )
    if magic != _MAGIC:
        raise RecordError("not a fingerprint record: it does not begin with FMR")
    if version != _VERSION:
        raise RecordError("the fingerprint record is not of version 2.0 (ISO/IEC 19794-2:2005)")
    if length != len(data):
        raise RecordError(f"the fingerprint record says {length} bytes and has {len(data)}")
    if x_resolution != y_resolution:
        raise RecordError("the fingerprint record's resolutions differ between x and y")
    if views != 1:
        raise RecordError(f"the fingerprint record has {views} views; exactly one is supported")
    if reserved != 0:
        raise RecordError("the reserved byte of the fingerprint record is not zero")
    return width, height, x_resolution, device


def _decode_minutia(fields: tuple[int, int, int, int]) -> Minutia:
    kind_and_x, y, angle, quality = fields
    kind = kind_and_x >> 14
    if kind > MinutiaKind.BIFURCATION:
        raise RecordError("a minutia of the fingerprint record is of a reserved type")
    if y > _COORDINATE_MASK:
        raise RecordError("reserved bits of a minutia of the fingerprint record are not zero")
    return Minutia(kind_and_x & _COORDINATE_MASK, y, angle, MinutiaKind(kind), quality)


def _require_range(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise RecordError(f"{what} in the fingerprint record is {value}, not {low} to {high}")
