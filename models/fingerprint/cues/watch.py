"""Looks at each touch of a reader for passive cues, and remembers where the last ones lay.

What it remembers are minutiae, in memory only, of a few touches and for a few minutes: as long as a print on the
glass can be made visible again before somebody else touches it. Images are not kept.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.comparison.iso19794_2 import MinutiaeRecord
from models.fingerprint.cues.bubbles import Bubbles
from models.fingerprint.cues.fusion import Fusion
from models.fingerprint.cues.greys import Greys
from models.fingerprint.cues.halftone import Halftone
from models.fingerprint.cues.moisture import Moisture
from models.fingerprint.cues.residue import Residue
from models.fingerprint.cues.touch import Cue, Touch
from models.liveness.evidence import CueEvidence, PassiveEvidence

TOUCHES_KEPT: Final = 6
"""Two people's attempts: a print under those of others is nobody's any more."""
KEPT_MS: Final = 10 * 60_000
"""After it nobody's minutiae stay in memory."""


def own_cues() -> tuple[Cue, ...]:
    """All cues there are."""
    return (Residue(), Halftone(), Moisture(), Bubbles(), Greys())


def figures_of(touch: Touch, cues: tuple[Cue, ...]) -> dict[str, float]:
    """What each cue that can tell came to, by its name."""
    told = {cue.name: cue.run(touch) for cue in cues}
    return {name: figure for name, figure in told.items() if figure is not None}


class TouchWatch:
    """The passive cues of one touch after another on one reader."""

    def __init__(self, fusion: Fusion | None = None) -> None:
        self._cues = own_cues()
        self._fusion = fusion or Fusion.shipped()
        self._before: deque[tuple[int, MinutiaeRecord]] = deque(maxlen=TOUCHES_KEPT)

    @property
    def remembered(self) -> int:
        """Of how many touches it knows where they lay."""
        return len(self._before)

    def look(self, pixels: NDArray[np.uint8], minutiae: MinutiaeRecord, t_ms: int) -> PassiveEvidence:
        """One more touch, at `t_ms` of a clock that never goes back: what it came to, by itself and beside those
        before."""
        self.forget(t_ms)
        touch = Touch(pixels, minutiae, tuple(record for _, record in self._before))
        figures = figures_of(touch, self._cues)
        self._before.append((t_ms, minutiae))
        cues = tuple(CueEvidence(name, value, 1) for name, value in figures.items())
        return PassiveEvidence(cues, self._fusion.score(figures))

    def forget(self, now_ms: int) -> None:
        """Let go of touches that are too long ago; whoever keeps a watch calls it now and then."""
        while self._before and now_ms - self._before[0][0] > KEPT_MS:
            self._before.popleft()
