"""Recorded clips of a person who performed some actions, as the terminal's networks measure faces. Pure, seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from models.liveness.challenge import Action
from models.liveness.sighting import Look

FRAME_MS: Final = 66
"""Fifteen frames per second, as on a small board."""
REST: Final = Look(yaw_deg=1.0, left_eye_open=0.34, right_eye_open=0.36, mouth_open=0.06, x=320, y=200, scale=70)
OWN_BLINKS_PER_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Deed:
    """One action of a clip, kept for so long where it counts."""

    action: Action
    held_ms: int


Film = tuple[Look, ...]


def film(deeds: Sequence[Deed], chance: random.Random) -> Film:
    """Rest, then each deed and rest again; speeds, pauses and the eyes' own blinks by chance."""
    looks = list(_rest(chance))
    for deed in deeds:
        looks += [*_performed(deed, chance), *_rest(chance)]
    return tuple(_unquiet(look, chance) for look in looks)


def _rest(chance: random.Random) -> Iterator[Look]:
    for _ in range(chance.randint(600, 1_300) // FRAME_MS):
        if chance.random() < OWN_BLINKS_PER_S * FRAME_MS / 1_000:
            yield from [_at(Action.BLINK, 1.0)] * chance.randint(1, 4)
        yield REST


def _performed(deed: Deed, chance: random.Random) -> Iterator[Look]:
    if deed.action is Action.BLINK:
        yield from [_at(Action.BLINK, 1.0)] * (chance.randint(600, 1_400) // FRAME_MS)
        return
    rise, fall = (chance.randint(5, 9) for _ in range(2))
    yield from (_at(deed.action, number / rise) for number in range(rise))
    yield from [_at(deed.action, 1.0)] * (2 + deed.held_ms // FRAME_MS)  # it counts from the third frame on
    yield from (_at(deed.action, 1 - number / fall) for number in range(1, fall))


def _at(action: Action, level: float) -> Look:
    match action:
        case Action.TURN_LEFT:
            return replace(REST, yaw_deg=28 * level)
        case Action.TURN_RIGHT:
            return replace(REST, yaw_deg=-28 * level)
        case Action.LOOK_UP:
            return replace(REST, pitch_deg=20 * level)
        case Action.LOOK_DOWN:
            return replace(REST, pitch_deg=-20 * level)
        case Action.COME_NEARER:
            return replace(REST, scale=70 * (1 + 0.4 * level))
        case Action.OPEN_MOUTH:
            return replace(REST, mouth_open=0.06 + 0.6 * level)
        case Action.BLINK:
            return replace(REST, left_eye_open=0.34 - 0.29 * level, right_eye_open=0.36 - 0.3 * level)


def _unquiet(look: Look, chance: random.Random) -> Look:
    """With the unrest that the networks have on a face at rest."""
    return replace(
        look,
        yaw_deg=look.yaw_deg + chance.gauss(0, 0.3),
        pitch_deg=look.pitch_deg + chance.gauss(0, 0.6),
        x=look.x + chance.gauss(0, 0.5),
        scale=look.scale * (1 + chance.gauss(0, 0.003)),
    )
