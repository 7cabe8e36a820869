"""What liveness needs to know of one frame. Values and their plausibility only; pure, without arrays."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """One face in one frame.

    `yaw_deg` positive to the subject's own left, `pitch_deg` upwards; openness is height over width; `x`, `y`, `scale`:
    the face's place and the distance of its eyes, all in pixels of the frame.
    """

    yaw_deg: float
    left_eye_open: float
    right_eye_open: float
    mouth_open: float
    x: float
    y: float
    scale: float
    pitch_deg: float = 0.0

    @property
    def plausible(self) -> bool:
        """Whether these can be measures of a face at all."""
        return self.scale > 0 and all(math.isfinite(value) for value in astuple(self))


@dataclass(frozen=True, slots=True)
class Sighting:
    """One frame: how many faces, the nearest of them, and whether it is good enough to be compared.

    `placed`: whether it is near, lit and sharp enough to see what it does, however it is turned. `digest` is equal for
    equal pictures.
    """

    faces: int
    look: Look | None
    good: bool
    digest: int
    placed: bool = True
