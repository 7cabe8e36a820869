"""What raw frames told of the thing before the camera or on the reader: the passive part of liveness evidence."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server_mqtt.contract import limits


class CueEvidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one passive cue came to: the median of `glances` figures, in the cue's own unit (docs/liveness_cues.md,
    docs/fingerprint.md)."""

    cue: Annotated[str, Meta(max_length=limits.MAX_CUE_NAME_LENGTH)]
    value: float
    glances: Annotated[int, Meta(ge=0, le=limits.MAX_GLANCES)]


class PassiveEvidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Each cue that could tell, and all of them as one score, 1 for alive."""

    cues: Annotated[tuple[CueEvidence, ...], Meta(max_length=limits.MAX_CUES)] = ()
    score: Annotated[float, Meta(ge=0, le=1)]
