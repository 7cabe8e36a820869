"""What the passive cues made of three captures: a person, a photo, a display. Impure: runs networks."""

from __future__ import annotations

from typing import Final

from firmware_bridge.camera.attacks.recapture import displayed
from firmware_bridge.camera.timeline import Stance
from models.liveness.cues.fusion import LEAST_SCORE, Fusion
from models.liveness.evidence import CueEvidence, PassiveEvidence
from tests.evaluation.species import COARSE
from tests.explain import drawing
from tests.explain.challenge import performed
from tests.explain.eye import Eye, Part
from tests.explain.failures import shot

DETAIL: Final = (slice(170, 250), slice(280, 360))
"""Nose and mouth, at the camera's own pixels."""
DETAIL_PX: Final = 280


def cues(eye: Eye) -> Part:
    """A table of figures and votes, and nose and mouth as the camera sees it alive and on a display."""
    captures = {
        "the person": _passive(performed(eye).end.evidence.passive),
        "the photo, turned": _passive(shot(eye, "photo-turned").end.evidence.passive),
        "the display that fits": _passive(shot(eye, "replay-fits").end.evidence.passive),
    }
    fusion = Fusion.shipped()
    lines = ["| cue | " + " | ".join(captures) + " |", "| --- |" + " --- |" * len(captures)]
    for name, weight in fusion.cues.items():
        cells = []
        for seen in captures.values():
            found: CueEvidence | None = next((one for one in seen.cues if one.cue == name), None)
            cells.append("saw nothing" if found is None else f"{found.value:.2f} ({weight.vote(found.value):+.2f})")
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    lines.append("| **score** | " + " | ".join(f"**{seen.score:.2f}**" for seen in captures.values()) + " |")
    verdicts = ("enough" if seen.score >= LEAST_SCORE else "**refused**" for seen in captures.values())
    lines.append(f"| the server asks for {LEAST_SCORE:.2f} | " + " | ".join(verdicts) + " |")
    alive = eye.portrait(Stance())
    shown = displayed(alive, COARSE, 0)
    sheet = drawing.sheet([(alive[DETAIL], "alive"), (shown[DETAIL], "on a display")], DETAIL_PX, smooth=False)
    return Part("cues", "\n".join(lines), {"cues.jpg": drawing.jpeg(sheet)})


def _passive(seen: PassiveEvidence | None) -> PassiveEvidence:
    if seen is None:
        raise AssertionError("every capture has passive evidence")
    return seen
