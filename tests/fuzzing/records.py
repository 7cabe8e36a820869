"""Fingerprint records: any bytes against the parser, and whatever it takes against somebody's enrolled finger. Pure."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from models.comparison.fingerprint import finger_score
from models.comparison.iso19794_2 import ANGLE_STEPS, MINUTIAE_MAX, Minutia, MinutiaeRecord, MinutiaKind, decode, encode
from models.errors import RecordError
from tests.models.comparison.minutiae import SIDE_PX, finger, moved, record_of
from tests.thresholds import FINGER_SCORE_MIN

T = TypeVar("T")

MINUTIAE: Final = 40
ENROLLED: Final = tuple(
    encode(record_of(moved(finger(1, MINUTIAE)[first : first + 30], turn_rad=turn_rad, shift_px=(3 * first, -first))))
    for first, turn_rad in ((0, 0.0), (4, 0.1), (7, -0.15), (10, 0.05))
)
"""One finger's impressions, each of another part. No input begins as one of them: what is near them is no stranger."""

HEAD: Final = encode(record_of(()))[:-2]
END: Final = bytes(2)
HEAD_BYTES, MINUTIA_BYTES, LENGTH_AT = len(HEAD), 6, 8
"""The number of minutiae is the head's last byte."""


def record(data: bytes) -> None:
    """`data` as a record, and its minutiae behind a right head and before a right end, for few get that far by chance:
    RecordError with words, or a record that encodes to the same bytes; neither matches a finger.
    """
    _tried(data)
    _tried(_put_right(data))


def _tried(data: bytes) -> None:
    taken = _said(lambda: decode(data))
    score = _said(lambda: finger_score(ENROLLED, data))
    _said(lambda: finger_score([data], ENROLLED[0]))  # as somebody's reference it may be refused for being poor, too
    assert (taken is None) == (score is None)
    if taken is not None and score is not None:
        assert encode(taken) == data
        assert 0.0 <= score <= 1.0
        assert score < FINGER_SCORE_MIN or data in ENROLLED


def _put_right(data: bytes) -> bytes:
    count = min(max(0, len(data) - HEAD_BYTES) // MINUTIA_BYTES, MINUTIAE_MAX)
    length = HEAD_BYTES + count * MINUTIA_BYTES + len(END)
    head = HEAD[:LENGTH_AT] + struct.pack(">I", length) + HEAD[LENGTH_AT + 4 : -1] + bytes([count])
    return head + data[HEAD_BYTES : HEAD_BYTES + count * MINUTIA_BYTES] + END


def _said(ask: Callable[[], T]) -> T | None:
    """What comes of it, or None where it was refused in words."""
    refused = None
    try:
        return ask()
    except RecordError as error:
        refused = str(error)
    assert refused
    return None


def beginnings() -> list[bytes]:
    """Records of other fingers, and such as no finger gives: empty, full, on a grid, at every edge of a field."""
    stranger = record_of(finger(2))
    edges = replace(stranger, resolution_px_per_cm=98, finger_position=10, quality=100, device=0xFFFF)
    return [
        *(encode(record_of(finger(seed, count))) for seed, count in ((3, 8), (4, 12), (5, 30), (6, MINUTIAE))),
        encode(edges),
        encode(replace(edges, resolution_px_per_cm=394, minutiae=())),
        *(encode(_grid(step_px, turning)) for step_px, turning in ((12, 0), (20, 1), (24, 16))),
    ]


def _grid(step_px: int, turning: int) -> MinutiaeRecord:
    """As many minutiae as there is room for, `step_px` apart, each `turning` steps further round than the last."""
    places = [(x, y) for y in range(0, SIDE_PX, step_px) for x in range(0, SIDE_PX, step_px)][:MINUTIAE_MAX]
    return record_of(
        [Minutia(x, y, number * turning % ANGLE_STEPS, MinutiaKind.ENDING, 100) for number, (x, y) in enumerate(places)]
    )
