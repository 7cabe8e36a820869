"""What a capture tells about how it was made live, and why one failed. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.liveness.challenge import Action


class LivenessFailure(StrEnum):
    """Why a capture ended without being live."""

    FACE_LOST = "face_lost"
    """No face for too long once the actions had begun."""
    SEVERAL_FACES = "several_faces"
    """A second person stayed in the picture."""
    JUMP = "jump"
    """The face was elsewhere from one frame to the next: a cut, or another picture held up."""
    WRONG_ACTION = "wrong_action"
    """Something else was done than what was asked."""
    NOT_HELD = "not_held"
    """What was asked was done, and kept for too short or too long."""
    TIMED_OUT = "timed_out"
    """What was asked was not done."""
    FROZEN = "frozen"
    """The camera repeats its pictures."""
    SAME_FACE = "same_face"
    """It was not the same face throughout."""


@dataclass(frozen=True, slots=True)
class StepEvidence:
    """One action as it was seen, in milliseconds from the capture's first frame.

    `held_ms`: from where it counted to where it did no more, 0 for a blink. `score`: how far it went, 1 where it just
    counts.
    """

    action: Action
    start_ms: int
    end_ms: int
    held_ms: int = 0
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class CueEvidence:
    """What one passive cue came to: the median of `glances` figures, in the cue's own unit."""

    cue: str
    value: float
    glances: int


@dataclass(frozen=True, slots=True)
class PassiveEvidence:
    """The passive cues that could tell, and the score they are fused to: 0 an attack, 1 alive."""

    cues: tuple[CueEvidence, ...]
    score: float


@dataclass(frozen=True, slots=True)
class LivenessEvidence:
    """The actions in their order, how many different frames were looked at, and for how long.

    `spread`: the largest distance between two faces of the capture, each at rest before, between or after the actions.
    """

    steps: tuple[StepEvidence, ...]
    frames: int
    duration_ms: int
    spread: float = 0.0
    passive: PassiveEvidence | None = None
