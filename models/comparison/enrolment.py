"""Whether impressions make a reference of one finger: enough, good, different, and all of it. Pure.

One rule for both ends: a terminal asks before it takes an impression, the server before it stores them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from models.comparison.cylinders import build_cylinders
from models.comparison.fingerprint import check_enrolment, impression_score
from models.comparison.iso19794_2 import ANGLE_STEPS, MinutiaeRecord
from models.errors import RecordError

IMPRESSIONS_MIN: Final = 4
"""Fewer leave too much of the finger unseen: on a small sensor every fifth genuine touch would be rejected."""

IMPRESSIONS_MAX: Final = 6
"""More are not calibrated, and each one more is one more chance for a stranger."""

SAME_PLACE_SHARE: Final = 0.8
"""Of an impression's minutiae in the place and direction of an earlier one's: then it adds nothing to it."""

SAME_PLACE_PX: Final = 4
SAME_DIRECTION_STEPS: Final = 10
"""How near a minutia counts as the same one without any alignment: 0.2 mm, 14 degrees."""

CONSISTENT_SCORE_MIN: Final = 0.04
"""Two impressions of at least this score are of one finger: a stranger's would be enrolled under supervision, so it may
be lower than what a payment asks for. Of 90 sets of three impressions and a stranger's none was taken (30 fingers of
FVC 2002 and 2004, 192 x 192 pixels); of 90 sets of one finger's own four 9 were refused for it, and 10 as too poor."""


def check_impressions(impressions: Sequence[bytes]) -> None:
    """Returns if these records are fit to be enrolled as one finger, in any order.

    Raises RecordError with what is wrong with which of them, counted from 1: their number, a malformed or poor one, two
    of the same part of the finger, one that is of another finger than the others.
    """
    if not IMPRESSIONS_MIN <= len(impressions) <= IMPRESSIONS_MAX:
        raise RecordError(
            f"a finger is enrolled with {IMPRESSIONS_MIN} to {IMPRESSIONS_MAX} impressions, not {len(impressions)}"
        )
    records = [_checked(number, data) for number, data in enumerate(impressions, 1)]
    for later, record in enumerate(records):
        for earlier in range(later):
            if same_place(records[earlier], record):
                raise RecordError(
                    f"impressions {earlier + 1} and {later + 1} are of the same part of the finger: "
                    "each must show it a little differently"
                )
    apart = _first_apart(records)
    if apart is not None:
        raise RecordError(f"impression {apart + 1} is of another finger than the first, or of a part not seen else")


def same_place(earlier: MinutiaeRecord, later: MinutiaeRecord) -> bool:
    """Whether the finger lay as before: most minutiae where they were, without any alignment."""
    known, new = _table(earlier), _table(later)
    if not len(known) or not len(new):
        return False
    apart = np.abs(new[:, None] - known[None])
    turned = np.minimum(apart[..., 2], ANGLE_STEPS - apart[..., 2])
    near = (apart[..., 0] <= SAME_PLACE_PX) & (apart[..., 1] <= SAME_PLACE_PX) & (turned <= SAME_DIRECTION_STEPS)
    return bool(near.any(axis=1).mean() >= SAME_PLACE_SHARE)


def _checked(number: int, data: bytes) -> MinutiaeRecord:
    try:
        return check_enrolment(data)
    except RecordError as error:
        raise RecordError(f"impression {number}: {error}") from None


def _first_apart(records: Sequence[MinutiaeRecord]) -> int | None:
    """The first impression that no chain of alike ones joins to impression 0; None where all are of one finger.

    A chain, because two of a finger's ends need not overlap if both overlap its middle.
    """
    cylinders = [build_cylinders(record) for record in records]
    joined, waiting = {0}, [0]
    while waiting:
        one = waiting.pop()
        for other in range(len(records)):
            alike = other not in joined and impression_score(cylinders[one], cylinders[other]) >= CONSISTENT_SCORE_MIN
            if alike:
                joined.add(other)
                waiting.append(other)
    return next((number for number in range(len(records)) if number not in joined), None)


def _table(record: MinutiaeRecord) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """x, y and angle of each minutia [n, 3]."""
    rows = [(minutia.x, minutia.y, minutia.angle) for minutia in record.minutiae]
    return np.array(rows, np.int64).reshape(len(rows), 3)
