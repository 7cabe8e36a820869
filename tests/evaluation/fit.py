"""`./run cues`: the weights of the passive cues, fitted to people and simulated attacks. Impure: disk, networks.

Half of the people are used, the other half is what `./run eval` measures on; no recorded clip is used at all.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from firmware_bridge.camera.attacks.performer import Performer
from models.bundle import DEFAULT_BUNDLE, RELEASE_SHA256, Bundle
from models.evaluate.__main__ import DEFAULT_DATA
from models.evaluate.cue_fit import ALIVE_WHEN, Labelled, area_under, fit, without_each_person
from models.face.pipeline import FacePipeline
from models.liveness.challenge import Action
from models.liveness.cues.fusion import WEIGHTS
from models.liveness.cues.watch import PassiveWatch
from tests.evaluation.people import Person, find_people
from tests.evaluation.species import SPECIES, Cast, Species, bona_fide, casts
from tests.evaluation.trial import FRAME_MS

PEOPLE_MAX: Final = 60
USED: Final = ("photo-hand-held", "photo-bent", "photo-turned", "photo-with-holes", "replay", "frozen")
"""Kinds of attack that differ to a camera; the others are these, cut otherwise."""
ACTIONS: Final = (Action.TURN_LEFT, Action.TURN_RIGHT)
"""What everybody does who is looked at for the fit: turns, so that there is parallax to see."""
LENGTH_MS: Final = 2800


def halves(people: Sequence[Person]) -> tuple[list[Person], list[Person]]:
    """Who is fitted to, and who is measured on."""
    return list(people[::2]), list(people[1::2])


def watched(performer: Performer, pipeline: FacePipeline, watch: PassiveWatch) -> dict[str, float]:
    """What the cues say of a performer that is told to turn to either side."""
    pipeline.reset()
    watch.reset()
    at_ms = 300
    for action in ACTIONS:
        at_ms = performer.perform(action.value, at_ms) + 100
    for t_ms in range(0, LENGTH_MS, FRAME_MS):
        picture = performer.frame(t_ms)
        if picture is not None:
            seen = pipeline.observe(picture)
            watch.look(picture, seen.face if seen.faces == 1 else None, t_ms)
    return {one.cue: one.value for one in watch.evidence().cues}


def captures(people: Sequence[Person], bundle: Bundle, tell: Callable[[str], None]) -> Iterator[Labelled]:
    """Each person alive, and each attacked in every way."""
    pipeline, watch = FacePipeline(bundle), PassiveWatch()
    kinds = [Species("alive", "", bona_fide), *(kind for kind in SPECIES if kind.name in USED)]
    for number, cast in enumerate(casts(people, [ACTIONS], len(people), seed=0)):
        tell(f"{number + 1} of {len(people)} people")
        for kind in kinds:
            figures = watched(kind.make(_with(cast, number)), pipeline, watch)
            yield Labelled(figures, kind.name == "alive", kind.name, cast.victim.name)


def _with(cast: Cast, number: int) -> Cast:
    return Cast(cast.victim, cast.accomplice, cast.recording, number)


def report(labelled: Sequence[Labelled]) -> dict[str, object]:
    """The file that ships: the weights, on what they were fitted, and how well each cue and all tell them apart."""
    scores = without_each_person(labelled)
    alive = np.array([one.alive for one in labelled])
    cues = {}
    for name, sign in ALIVE_WHEN.items():
        figures = [
            sign * np.array([one.figures[name] for one in labelled if one.alive == kind and name in one.figures])
            for kind in (True, False)
        ]
        cues[name] = round(area_under(figures[0], figures[1]), 3)
    kinds = sorted({one.kind for one in labelled if not one.alive})
    by_kind = {
        kind: round(area_under(scores[alive], scores[[one.kind == kind for one in labelled]]), 3) for kind in kinds
    }
    fusion = fit(labelled)
    return {
        "fitted_on": {
            "people": len({one.person for one in labelled}),
            "alive": int(alive.sum()),
            "attacks": int((~alive).sum()),
            "what": "photos of people made to move, and simulated attacks with them; no recorded clip",
        },
        "area_under_roc": {"cues": cues, "kinds": by_kind, "all": round(area_under(scores[alive], scores[~alive]), 3)},
        "lowest_alive": [round(float(score), 3) for score in sorted(scores[alive])[:5]],
        "bias": fusion.bias,
        "cues": {
            name: {"middle": cue.middle, "spread": cue.spread, "weight": cue.weight}
            for name, cue in fusion.cues.items()
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Fits, writes the weights and prints them."""
    parser = argparse.ArgumentParser(prog="./run cues", description="Fit the weights of the passive cues.")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="the folder with faces/ (%(default)s)")
    parser.add_argument("--people", type=int, default=PEOPLE_MAX, help="at most so many (%(default)s)")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go (%(default)s)")
    parser.add_argument("--figures", type=Path, help="keep what the cues came to in this file, or fit what is in it")
    options = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    labelled = _kept(options.figures) if options.figures else []
    if not labelled:
        bundle = Bundle.open(DEFAULT_BUNDLE, sha256=RELEASE_SHA256)
        people, _ = halves(find_people(options.data / "faces", bundle, options.people, lambda: None))
        for one in captures(people, bundle, _tell):
            labelled.append(one)
            if options.figures:
                with options.figures.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(asdict(one)) + "\n")
    text = json.dumps(report(labelled), indent=1) + "\n"
    options.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def _kept(path: Path) -> list[Labelled]:
    """What an earlier run wrote: numbers about pictures, and the pictures' names."""
    if not path.exists():
        return []
    return [Labelled(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
