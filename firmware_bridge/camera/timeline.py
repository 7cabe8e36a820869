"""How a head moves over time: what it performs when told, and the unrest of a living body. Pure: no clock.

Everything is a function of the time asked for, so the same puppet shows the same picture at the same time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

TURN_PEAK_DEG = 26.0
"""Past the 22 degrees that count as turned, with room: the mesh reads 27 to 28."""


NOD_PEAK_DEG = 19.0
"""Past the 15 degrees that count as looking up or down; the mesh reads 20 to 24."""
NEARER_PEAK = 1.42
"""Times as large: past the 1.28 that count as nearer."""
HELD_FOREVER_MS = 3_600_000
"""An hour: longer than anybody waits for a release."""


@dataclass(frozen=True, slots=True)
class Course:
    """How an action goes: rising, held, falling, in milliseconds."""

    rise_ms: int
    hold_ms: int
    fall_ms: int

    @property
    def length_ms(self) -> int:
        return self.rise_ms + self.hold_ms + self.fall_ms

    def slowed(self, factor: float) -> Course:
        """The same movement, so many times as slow."""
        return Course(round(self.rise_ms * factor), round(self.hold_ms * factor), round(self.fall_ms * factor))

    def level(self, elapsed_ms: float) -> float:
        """0 at rest to 1 at the height of it, without a jerk."""
        if elapsed_ms <= 0 or elapsed_ms >= self.length_ms:
            return 0.0
        rising = elapsed_ms / self.rise_ms
        falling = (self.length_ms - elapsed_ms) / self.fall_ms
        part = min(rising, falling, 1.0)
        return part * part * (3 - 2 * part)


COURSES = {
    "turn_left": Course(420, 330, 420),
    "turn_right": Course(420, 330, 420),
    "blink": Course(80, 650, 120),
    "open_mouth": Course(260, 340, 300),
    "look_up": Course(400, 330, 400),
    "look_down": Course(400, 330, 400),
    "come_nearer": Course(700, 330, 700),
    "own_blink": Course(70, 110, 100),
}
"""As people do it when asked: shutting the eyes takes most of a second, a turn about one. Nobody asks for a blink of
the eyes' own: it is 5 to 9 frames at 30 per second."""
PAUSE_MS = 120
"""Between two actions that were asked for at once."""


@dataclass(frozen=True, slots=True)
class Stance:
    """The head at one moment. Angles as seen by the person: yaw to the own left, pitch upwards, roll to the own left
    shoulder; shifts in distances of the eyes; lids and mouth 0 (at rest) to 1 (shut, wide open)."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    lids: float = 0.0
    mouth: float = 0.0
    nearer: float = 1.0
    """Times as large as at rest."""


class Timeline:
    """The actions that a head was told to perform, one after the other."""

    def __init__(self) -> None:
        self._acts: list[tuple[int, str, Course]] = []

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """Perform `action` at `at_ms`, or when the action before it is over; returns when it ends.

        What is still held is released first. `slowness` 2.0 takes twice the time of `COURSES`; `held`: keep it until
        `release`. Raises ValueError for an action that it does not know, and for one that would take no time.
        """
        if action not in COURSES:
            raise ValueError(f"a puppet cannot {action!r}: it can {', '.join(COURSES)}")
        if not slowness > 0:
            raise ValueError(f"slowness is above zero, not {slowness}")
        self.release(at_ms)
        course = COURSES[action].slowed(slowness)
        course = replace(course, hold_ms=HELD_FOREVER_MS) if held else course
        begin_ms = at_ms
        if self._acts:
            last_ms, _, last = self._acts[-1]
            begin_ms = max(at_ms, last_ms + last.length_ms + PAUSE_MS)
        self._acts.append((begin_ms, action, course))
        return begin_ms + course.length_ms

    def release(self, at_ms: int) -> None:
        """Come back at `at_ms` from what is being held, or as soon as it was reached; nothing where nothing is."""
        if not self._acts:
            return
        begin_ms, action, course = self._acts[-1]
        if course.hold_ms == HELD_FOREVER_MS:
            held_ms = max(0, at_ms - begin_ms - course.rise_ms)
            self._acts[-1] = begin_ms, action, replace(course, hold_ms=held_ms)

    def levels(self, t_ms: int) -> dict[str, float]:
        """How far each action is under way at `t_ms`, 0 to 1."""
        levels = dict.fromkeys(COURSES, 0.0)
        for begin_ms, action, course in reversed(self._acts):
            levels[action] = max(levels[action], course.level(t_ms - begin_ms))
            if t_ms >= begin_ms + course.length_ms:
                break
        return levels


def stance(levels: dict[str, float], t_ms: int, phase: float) -> Stance:
    """The head at `t_ms`: its actions on top of breathing and sway; `phase` tells one puppet from another."""
    turned = levels["turn_left"] - levels["turn_right"]
    nodded = levels["look_up"] - levels["look_down"]
    return Stance(
        yaw_deg=TURN_PEAK_DEG * turned + 1.2 * _wave(t_ms, 0.23, phase) + 0.25 * _wave(t_ms, 2.1, phase),
        pitch_deg=NOD_PEAK_DEG * nodded
        + 0.9 * _wave(t_ms, 0.31, phase + 1)
        + 0.2 * _wave(t_ms, 1.7, phase)
        - 2.0 * levels["open_mouth"],
        roll_deg=0.7 * _wave(t_ms, 0.17, phase + 2) + 1.5 * turned,
        shift_x=0.02 * _wave(t_ms, 0.19, phase + 3) + 0.004 * _wave(t_ms, 2.6, phase),
        shift_y=0.015 * _wave(t_ms, 0.27, phase + 4) + 0.003 * _wave(t_ms, 3.1, phase),
        lids=max(levels["blink"], levels["own_blink"]),
        mouth=levels["open_mouth"],
        nearer=1 + (NEARER_PEAK - 1) * levels["come_nearer"],
    )


def _wave(t_ms: int, frequency_hz: float, phase: float) -> float:
    return math.sin(2 * math.pi * frequency_hz * t_ms / 1000 + phase)
