"""Looks at a capture's frames for passive cues, now and then, and says what they came to. Remembers frames for two
seconds, in memory only, by reference: whoever feeds frames leaves them as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.face.mesh import require_mesh
from models.face.observation import Face
from models.face.region import require_rgb
from models.liveness.cues.flicker import Flicker
from models.liveness.cues.fusion import Fusion
from models.liveness.cues.gamut import Gamut
from models.liveness.cues.glance import Cue, Glance, View
from models.liveness.cues.highlights import Highlights
from models.liveness.cues.moire import Moire
from models.liveness.cues.noise import Noise
from models.liveness.cues.parallax import Parallax
from models.liveness.evidence import CueEvidence, PassiveEvidence

GLANCE_EVERY_MS: Final = 400
"""The cues together cost 1.2 times a frame's networks: at 20 frames per second they add a seventh."""
GLANCES_MAX: Final = 32
"""What a capture of 13 s gives: after it a figure does not change any more."""
KEEP_EVERY_MS: Final = 250
PAST_MS: Final = 1500
"""A head turns within this time; in a longer one too much else has moved."""
STALL_MS: Final = 250
"""Frames further apart than this are not one after the other."""


def own_cues() -> tuple[Cue, ...]:
    """The project's own cues."""
    return (Parallax(), Moire(), Flicker(), Gamut(), Highlights(), Noise())


class PassiveWatch:
    """The passive cues of one capture after another; `more`: cues beside the project's own, such as a model's."""

    def __init__(self, more: Sequence[Cue] = (), fusion: Fusion | None = None) -> None:
        self._cues = (*own_cues(), *more)
        self._fusion = fusion or Fusion.shipped()
        self._figures: dict[str, list[float]] = {}
        self._glances = 0
        self._glanced_ms: int | None = None
        self._track = -1
        self._before: View | None = None
        self._past: tuple[View, ...] = ()
        self.reset()

    def reset(self) -> None:
        """Forget everything: another capture begins."""
        self._figures = {cue.name: [] for cue in self._cues}
        self._glances = 0
        self._glanced_ms = None
        self._lose()

    def look(self, rgb: NDArray[np.uint8], face: Face | None, t_ms: int) -> None:
        """One more frame uint8[H,W,3], in order of time, and the only face in it; None where there is not one.

        Raises ImageError for what is no picture or no mesh.
        """
        if face is None:
            self._lose()
            return
        require_rgb(rgb)
        require_mesh(face.points)
        if face.track != self._track:
            self._lose()
            self._track = face.track
        now, before = View(rgb, face.points, t_ms), self._before
        self._past = tuple(view for view in self._past if t_ms - view.t_ms <= PAST_MS)
        if before is not None and 0 < t_ms - before.t_ms <= STALL_MS and self._due(t_ms):
            self._glanced_ms = t_ms
            self._glance(Glance(now, before, self._past))
        if not self._past or t_ms - self._past[-1].t_ms >= KEEP_EVERY_MS:
            self._past = (*self._past, now)
        self._before = now

    def evidence(self) -> PassiveEvidence:
        """Each cue's median over the glances that could tell, and the score of them all."""
        seen = {name: median(figures) for name, figures in self._figures.items() if figures}
        cues = tuple(CueEvidence(name, value, len(self._figures[name])) for name, value in seen.items())
        return PassiveEvidence(cues, self._fusion.score(seen))

    def _due(self, t_ms: int) -> bool:
        if self._glances >= GLANCES_MAX:
            return False
        return self._glanced_ms is None or t_ms - self._glanced_ms >= GLANCE_EVERY_MS

    def _glance(self, glance: Glance) -> None:
        self._glances += 1
        for cue in self._cues:
            figure = cue.run(glance)
            if figure is not None and math.isfinite(figure):
                self._figures[cue.name].append(figure)

    def _lose(self) -> None:
        """What was seen stays; what was being looked at is gone."""
        self._track = -1
        self._before = None
        self._past = ()
