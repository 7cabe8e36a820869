"""Comparison of fingerprints: a probe's record with the enrolled impressions of one finger. Pure.

What comes from a terminal is judged here before anything is computed from it: a record that is malformed or that
holds too little to be anybody's finger never reaches the comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from models.comparison.consolidation import pairing
from models.comparison.cylinders import CylinderSet, build_cylinders, local_similarity
from models.comparison.iso19794_2 import MinutiaeRecord, decode
from models.errors import RecordError

ENROLMENT_MINUTIAE_MIN: Final = 12
"""An impression with fewer is no reference: it would match too many fingers or none."""

PROBE_MINUTIAE_MIN: Final = 8
"""A probe with fewer minutiae scores 0: so few agree with a stranger's by chance."""

REFERENCES_MAX: Final = 16
"""Impressions of one finger; bounds the work of one comparison. Four to six are usual."""


def check_enrolment(data: bytes) -> MinutiaeRecord:
    """The record of an impression fit to be enrolled. Raises RecordError when malformed or too poor."""
    record = decode(data)
    if len(record.minutiae) < ENROLMENT_MINUTIAE_MIN:
        raise RecordError(
            f"the impression shows {len(record.minutiae)} minutiae; {ENROLMENT_MINUTIAE_MIN} are needed to enrol"
        )
    return record


def finger_score(references: Sequence[bytes], probe: bytes, enough: float = 1.0) -> float:
    """How alike the probe and the enrolled finger are, 0 to 1: the best over the enrolled impressions.

    At the first that comes to `enough` it is left at that; a probe that falls short was compared with all of them.

    All are ISO/IEC 19794-2 records of any resolution. A well-formed probe with fewer than `PROBE_MINUTIAE_MIN`
    minutiae scores 0. Raises RecordError when the probe or any reference is malformed, when a reference is not
    fit for enrolment, and when there is no reference or more than `REFERENCES_MAX`.
    """
    if not 1 <= len(references) <= REFERENCES_MAX:
        raise RecordError(f"a finger has 1 to {REFERENCES_MAX} enrolled impressions, not {len(references)}")
    enrolled = [check_enrolment(reference) for reference in references]
    record = decode(probe)
    if len(record.minutiae) < PROBE_MINUTIAE_MIN:
        return 0.0
    cylinders = build_cylinders(record)
    best = 0.0
    for reference in enrolled:
        best = max(best, impression_score(build_cylinders(reference), cylinders))
        if best >= enough:
            break
    return best


def impression_score(first: CylinderSet, second: CylinderSet) -> float:
    """How alike two impressions are, 0 to 1. Symmetric up to rounding."""
    return pairing(local_similarity(first, second), first, second).score
