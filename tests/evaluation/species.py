"""The kinds of attack (ISO/IEC 30107-3: species of presentation attack instruments), as recipes. Pure.

Each makes, of a cast and a number, another one of its kind: other people, other angles, other displays. All are
simulated from photos; only `recorded` ones are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_bridge.camera.attacks.cutout import CutOut
from firmware_bridge.camera.attacks.performer import (
    InTurn,
    Passive,
    Performer,
    Retimed,
    backwards,
    repeated,
    to_and_fro,
)
from firmware_bridge.camera.attacks.photo import HeldSheet, Sheet, bent, hand_held, still, turned_to_and_fro
from firmware_bridge.camera.attacks.recapture import Display, OnDisplay, Print, Recording, printed
from firmware_bridge.camera.puppet import Puppet
from firmware_bridge.camera.sources import FreezesAt
from models.liveness.challenge import Action
from tests.evaluation.people import Person, other_than

RECORDED_EVERY_MS: Final = 1700
"""Between two actions of the person in an attacker's clip."""
COARSE: Final = Display(pitch_px=0.85)
"""A monitor or a cheap tablet, its pixels as large as the camera's."""
FINE: Final = Display(pitch_px=0.17, flicker_depth=0.0, reflected=0.03)
"""A telephone: its pixels are far below the camera's, and its light does not pulse."""
ANGLES_DEG: Final = (15, 25, 35, 45, 50, 55, 60, 65, 75)


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """Who is attacked, who helps, and what the attacker has a recording of."""

    victim: Person
    accomplice: Person
    recording: tuple[Action, ...]
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Species:
    """One kind of attack: what it is, and how one is made."""

    name: str
    what: str
    make: Callable[[Cast], Performer]


def casts(people: Sequence[Person], recordings: Sequence[Sequence[Action]], count: int, seed: int) -> list[Cast]:
    """`count` casts, each person attacked about as often; the same for the same `seed`."""
    chance = np.random.default_rng(seed)
    return [
        Cast(
            people[number % len(people)],
            other_than(people, number % len(people)),
            tuple(recordings[int(chance.integers(len(recordings)))]),
            number,
        )
        for number in range(count)
    ]


def _print(cast: Cast) -> Sheet:
    print_of = Print(dark=0.03 + 0.05 * (cast.number % 3) / 2, saturation=0.7 + 0.15 * (cast.number % 2))
    return Sheet(printed(cast.victim.picture, print_of, cast.number), cast.victim.points)


def _photo_still(cast: Cast) -> Performer:
    return HeldSheet(_print(cast), still, seed=cast.number)


def _photo_hand_held(cast: Cast) -> Performer:
    return HeldSheet(_print(cast), hand_held(cast.number), seed=cast.number)


def _photo_bent(cast: Cast) -> Performer:
    return HeldSheet(_print(cast), bent(0.2 + 0.1 * (cast.number % 4), phase=cast.number), seed=cast.number)


def _photo_turned(cast: Cast) -> Performer:
    angle = ANGLES_DEG[cast.number % len(ANGLES_DEG)]
    return HeldSheet(_print(cast), turned_to_and_fro(angle, phase=cast.number), seed=cast.number)


def _photo_with_holes(cast: Cast) -> Performer:
    behind = cast.accomplice
    return CutOut(
        printed(cast.victim.picture, Print(), cast.number),
        cast.victim.points,
        behind.puppet(cast.number + 1),
        behind.picture,
        behind.points,
        hand_held(cast.number),
        seed=cast.number,
    )


def recording_of(cast: Cast) -> Recording:
    """The victim, filmed while performing what somebody asked for at another time."""
    puppet = cast.victim.puppet(cast.number)
    at_ms = 700
    for action in cast.recording:
        at_ms = max(at_ms + RECORDED_EVERY_MS, puppet.perform(action.value, at_ms) + 500)
    return Recording(puppet)


def _shown(cast: Cast, source: Recording | Retimed | InTurn | FreezesAt) -> Performer:
    return Passive(OnDisplay(source, (COARSE, FINE)[cast.number % 2]), seed=cast.number)


def _replay(cast: Cast) -> Performer:
    return _shown(cast, recording_of(cast))


def _replay_repeated(cast: Cast) -> Performer:
    return _shown(cast, Retimed(recording_of(cast), repeated(2500 + 400 * (cast.number % 4))))


def _replay_backwards(cast: Cast) -> Performer:
    course = (backwards(5000), to_and_fro(3000))[cast.number // 2 % 2]
    return _shown(cast, Retimed(recording_of(cast), course))


def _replay_spliced(cast: Cast) -> Performer:
    whole = recording_of(cast)
    return _shown(cast, Retimed(whole, lambda t_ms: t_ms if t_ms < 2000 else t_ms + 1900))


def _injected_repeated(cast: Cast) -> Performer:
    return _Injected(Retimed(recording_of(cast), repeated(1500 + 300 * (cast.number % 4))))


def _frozen(cast: Cast) -> Performer:
    source = FreezesAt(recording_of(cast), 1000 + 300 * (cast.number % 5))
    return _Injected(source) if cast.number % 2 else _shown(cast, source)


def _steps_in(cast: Cast) -> Performer:
    first, second = (person.puppet(cast.number) for person in (cast.victim, cast.accomplice))
    return InTurn(first, second, 1500 + 500 * (cast.number % 5))


class _Injected:
    """A source fed into the terminal instead of the camera's pictures, bit for bit."""

    def __init__(self, source: Retimed | FreezesAt) -> None:
        self._source = source
        self.frame = source.frame

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """Nothing happens, at once."""
        return at_ms

    def release(self, at_ms: int) -> None:
        """It holds nothing."""


SPECIES: Final = (
    Species("photo-still", "flat photo on a stand", _photo_still),
    Species("photo-hand-held", "flat photo held by hand", _photo_hand_held),
    Species("photo-bent", "photo bent to a barrel and back", _photo_bent),
    Species("photo-turned", "flat photo turned by 15 to 75 degrees either way", _photo_turned),
    Species("photo-with-holes", "photo with holes for eyes and mouth, a face behind it", _photo_with_holes),
    Species("replay", "replay of the right person doing another challenge, on a display", _replay),
    Species("replay-spliced", "such a replay, cut in the middle", _replay_spliced),
    Species("replay-repeated", "such a replay, the same seconds again and again", _replay_repeated),
    Species("replay-backwards", "such a replay, backwards, or to and fro", _replay_backwards),
    Species("injected-repeated", "frames repeated, fed in as data", _injected_repeated),
    Species("frozen", "a picture that stops moving, on a display or fed in as data", _frozen),
    Species("steps-in", "the right person begins, another goes on", _steps_in),
)


def bona_fide(cast: Cast) -> Puppet:
    """The person, alive."""
    return cast.victim.puppet(cast.number)
