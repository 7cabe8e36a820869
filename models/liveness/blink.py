"""A blink on purpose: both eyes shut for longer than a blink of their own, then open again. Pure.

Eyes blink by themselves 15 to 20 times a minute, for 0.1 to 0.4 s (80 to 320 ms in the recorded clip). Such blinks are
in every clip, so they must neither fulfil a request nor fail one. What was asked for lasts longer, and what lasts
longer was meant: it can be told from them on a board that manages 12 frames per second, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.liveness.challenge import Action
from models.liveness.motion import Performed
from models.liveness.sighting import Look

YAW_MAX_DEG = 15.0
PITCH_MAX_DEG = 12.0
"""From the level at rest. On a face turned away lids are not seen well, and eyes that look down seem shut."""
SHUT_SHARE = 0.5
"""Of the recent open value, both eyes."""
OPEN_SHARE = 0.65
"""Open again: above the shut share, so that an eye at the limit does not flutter."""
SHUT_MIN_MS = 450
"""From the first shut frame to the last. Shorter is a blink that nobody made on purpose."""
SHUT_MAX_MS = 3000
"""Longer is not a blink: somebody asleep, or glasses that slipped."""
SHUT_FRAMES_MIN = 2
OPEN_WINDOW_MS = 3000
OPEN_SAMPLES_MIN = 4
"""So many open frames before a closed one means anything."""
OPEN_SAMPLES_MAX = 60
OPEN_LEVEL_MIN = 0.15
"""Eyes that are never more open than this cannot be told from closed ones (5 % of people in photos: 0.22)."""


@dataclass(frozen=True, slots=True)
class Blink:
    """Both eyes shut against how far they were open lately, then open again.

    `own` counts the blinks that were too short to be meant: people have them, photos do not.
    """

    samples: tuple[tuple[int, float, float], ...] = ()
    shut: int = 0
    start_ms: int = 0
    last_ms: int = 0
    opened_least: float = 1.0
    own: int = 0

    def levels(self) -> tuple[float, float] | None:
        """How far the left and the right eye are open when open; None while not known."""
        if len(self.samples) < OPEN_SAMPLES_MIN:
            return None
        left, right = (_upper_quartile([sample[eye] for sample in self.samples]) for eye in (1, 2))
        return (left, right) if min(left, right) >= OPEN_LEVEL_MIN else None

    def eyes_open(self, look: Look) -> bool:
        """Whether both eyes are as open as they were lately."""
        levels = self.levels()
        return levels is not None and _share_open(look, levels) > OPEN_SHARE

    def interrupted(self) -> Blink:
        """A blink must be seen whole; what open eyes look like stays known."""
        return replace(self, shut=0)

    def step(self, look: Look, rest: Look | None, t_ms: int) -> tuple[Blink, Performed | None]:
        """The watcher after one more frame, and the blink on purpose that ended with it."""
        pitched = rest is not None and abs(look.pitch_deg - rest.pitch_deg) >= PITCH_MAX_DEG
        if abs(look.yaw_deg) >= YAW_MAX_DEG or pitched:
            return self.interrupted(), None
        levels = self.levels()
        if levels is None:
            return replace(self, samples=self._with(look, t_ms), shut=0), None
        if max(look.left_eye_open / levels[0], look.right_eye_open / levels[1]) < SHUT_SHARE:
            return self._shut(_share_open(look, levels), t_ms), None
        if _share_open(look, levels) <= OPEN_SHARE:  # between shut and open: still the same blink
            return replace(self, samples=self._with(look, t_ms)), None
        return self._opened(look, t_ms)

    def _shut(self, share: float, t_ms: int) -> Blink:
        least = min(share, self.opened_least) if self.shut else share
        began_ms = self.start_ms if self.shut else t_ms
        shut = replace(self, shut=self.shut + 1, start_ms=began_ms, last_ms=t_ms, opened_least=least)
        return replace(shut, samples=self._recent(t_ms))

    def _opened(self, look: Look, t_ms: int) -> tuple[Blink, Performed | None]:
        shut_ms = self.last_ms - self.start_ms
        open_again = Blink(self._with(look, t_ms), own=self.own)
        if self.shut < SHUT_FRAMES_MIN or shut_ms > SHUT_MAX_MS:
            return open_again, None
        if shut_ms < SHUT_MIN_MS:
            return replace(open_again, own=self.own + 1), None
        score = (1 - self.opened_least) / (1 - SHUT_SHARE)
        return open_again, Performed(Action.BLINK, self.start_ms, self.start_ms, t_ms, score)

    def _recent(self, t_ms: int) -> tuple[tuple[int, float, float], ...]:
        return tuple(sample for sample in self.samples if sample[0] > t_ms - OPEN_WINDOW_MS)

    def _with(self, look: Look, t_ms: int) -> tuple[tuple[int, float, float], ...]:
        return (*self._recent(t_ms), (t_ms, look.left_eye_open, look.right_eye_open))[-OPEN_SAMPLES_MAX:]


def _share_open(look: Look, levels: tuple[float, float]) -> float:
    """Of the less open eye."""
    return min(look.left_eye_open / levels[0], look.right_eye_open / levels[1])


def _upper_quartile(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[(3 * len(ordered)) // 4]
