"""Captures that fail, each with the failure the code gave, and three moments of it. Impure: runs networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from firmware_bridge.camera.attacks.performer import InTurn, Passive, Performer, Retimed, repeated
from firmware_bridge.camera.attacks.photo import HeldSheet, Sheet, turned_to_and_fro
from firmware_bridge.camera.attacks.recapture import Display, OnDisplay, Print, Recording, printed
from firmware_bridge.camera.puppet import Puppet
from models.liveness.challenge import Action
from tests.evaluation.species import COARSE
from tests.explain import drawing
from tests.explain.eye import SEED, Eye, Part, Picture, moved, table
from tests.explain.film import Film, filmed

LEFT, BLINK, MOUTH, UP = Action.TURN_LEFT, Action.BLINK, Action.OPEN_MOUTH, Action.LOOK_UP
STILL_PX: Final = 120
BEFORE_MS: Final = 700
"""Between the pictures of a strip and the end of the capture."""
CHANGE_MS: Final = 1800
"""Until here these captures go well."""
TURNED_DEG: Final = 45.0
AWAY_PX: Final = 110.0


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Somebody or something before the camera, made when it is needed, and what was asked for."""

    name: str
    what: str
    who: Callable[[Eye], Performer]
    actions: Sequence[Action]
    holds_ms: Sequence[int] = ()


class Altered:
    """A performer that does something else than it is told, or shows something else than it does."""

    def __init__(self, puppet: Puppet) -> None:
        self.puppet = puppet

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """As told."""
        return self.puppet.perform(action, at_ms, slowness=slowness, held=held)

    def release(self, at_ms: int) -> None:
        """As told."""
        self.puppet.release(at_ms)

    def frame(self, t_ms: int) -> Picture | None:
        """As it is."""
        return self.puppet.frame(t_ms)


class Contrary(Altered):
    """Turns to the other side."""

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """The other way round."""
        other = {"turn_left": "turn_right"}.get(action, action)
        return super().perform(other, at_ms, slowness=slowness, held=held)


class Hasty(Altered):
    """Does as told, and does not keep it."""

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """At once back again."""
        return super().perform(action, at_ms, slowness=slowness)


class Moved(Altered):
    """The same person elsewhere in the picture."""

    def frame(self, t_ms: int) -> Picture | None:
        """Shifted."""
        return moved(self.puppet.frame(t_ms), 1.0, (AWAY_PX, 30.0), t_ms)


class Leaves(Altered):
    """Walks out of the picture."""

    def frame(self, t_ms: int) -> Picture | None:
        """Gone, after a while."""
        if t_ms < CHANGE_MS:
            return self.puppet.frame(t_ms)
        gone = min(1.0, (t_ms - CHANGE_MS) / 800)
        return moved(self.puppet.frame(t_ms), 1.0, (620.0 * gone, 0.0), t_ms)


class Joined(Altered):
    """Somebody comes to stand beside them."""

    def frame(self, t_ms: int) -> Picture | None:
        """Two, after a while."""
        rgb = self.puppet.frame(t_ms)
        if t_ms >= CHANGE_MS:
            rgb[:320, :200] = rgb[:320, 220:420]
        return rgb


class Shown(Altered):
    """Somebody on a display who does what is asked: a recording that happens to fit."""

    def __init__(self, puppet: Puppet, display: Display) -> None:
        super().__init__(puppet)
        self._seen = Passive(OnDisplay(Recording(puppet), display), seed=SEED + 2)

    def frame(self, t_ms: int) -> Picture | None:
        """Through the display."""
        return self._seen.frame(t_ms)


class Injected(Altered):
    """Pictures fed in as data in the camera's place, the same seconds again and again."""

    def frame(self, t_ms: int) -> Picture | None:
        """Bit for bit."""
        return Retimed(self.puppet, repeated(CHANGE_MS)).frame(t_ms)


def failures(eye: Eye) -> Part:
    """One row per capture."""
    made = [row(eye, trial.name) for trial in TRIALS]
    head = ("three moments", "what was there", "asked for", "the capture ends")
    pictures = {f"{name}.jpg": picture for name, _, picture in made}
    return Part("failures", table(head, [cells for _, cells, _ in made]), pictures)


def row(eye: Eye, name: str) -> tuple[str, tuple[str, ...], bytes]:
    """One capture: its name, its row of the table, and its three moments as a file."""
    trial, film = _trial(name), shot(eye, name)
    asked = ", ".join(f"`{action.value}`" for action in trial.actions)
    shown = f'<img src="pictures/sees/{name}.jpg" width="500" alt="{trial.what}">'
    return name, (shown, trial.what, asked, _end(film)), drawing.jpeg(_strip(film))


def _end(film: Film) -> str:
    ended = film.end
    if ended.done:
        return "**passes the challenge**: see the cues below"
    why = "time over" if ended.failed is None else ended.failed.value
    return f"**`{why}`** after {film.length_ms / 1000:.1f} s, done before: {len(ended.evidence.steps)}"


def _strip(film: Film) -> Picture:
    """The first frame, one of shortly before the end, and the last."""
    last_ms = film.length_ms
    moments = [0, max(0, last_ms - BEFORE_MS), last_ms]
    return drawing.sheet([(film.still(t_ms), f"{t_ms / 1000:.1f} s") for t_ms in moments], STILL_PX)


@cache
def shot(eye: Eye, name: str) -> Film:
    """The film of one trial."""
    trial = _trial(name)
    return filmed(eye, trial.who(eye), trial.actions, trial.holds_ms)


def _trial(name: str) -> Trial:
    return next(one for one in TRIALS if one.name == name)


def _cut(eye: Eye) -> Performer:
    return InTurn(eye.puppet(), Moved(eye.puppet()), CHANGE_MS)


def _turned_photo(eye: Eye) -> Performer:
    paper = Sheet(printed(eye.person.picture, Print(), SEED), eye.person.points)
    return HeldSheet(paper, turned_to_and_fro(TURNED_DEG), seed=SEED)


def _replay(eye: Eye) -> Performer:
    clip = eye.puppet(SEED + 1)
    for number, action in enumerate((MOUTH, LEFT)):
        clip.perform(action.value, 1700 + 1900 * number)
    return Passive(OnDisplay(Recording(clip), COARSE), seed=SEED)


TRIALS: Final = (
    Trial("wrong-action", "turns to the other side", lambda eye: Contrary(eye.puppet()), (LEFT, BLINK)),
    Trial(
        "not-held",
        "comes back too soon: 1.5 s were asked for",
        lambda eye: Hasty(eye.puppet()),
        (LEFT, BLINK),
        (1500, 0),
    ),
    Trial("leaves", "walks away", lambda eye: Leaves(eye.puppet()), (BLINK, LEFT)),
    Trial("joined", "a second person stays", lambda eye: Joined(eye.puppet()), (BLINK, LEFT)),
    Trial("cut", "a cut: another clip, the face elsewhere", _cut, (MOUTH, LEFT)),
    Trial("repeated", "frames repeated, fed in as data", lambda eye: Injected(eye.puppet()), (BLINK, LEFT)),
    Trial("photo-turned", f"a photo turned by {TURNED_DEG:.0f} degrees", _turned_photo, (LEFT, BLINK)),
    Trial("replay", "a display that plays another challenge", _replay, (LEFT, BLINK)),
    Trial(
        "replay-fits",
        "a display whose recording happens to fit",
        lambda eye: Shown(eye.puppet(), COARSE),
        (LEFT, BLINK, UP),
    ),
)
"""In the page's order."""
