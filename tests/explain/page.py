"""The parts of docs/what_it_sees.md, and whether two versions of one say the same. Pure but for its parts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.explain.challenge import challenge, distances
from tests.explain.cues import cues
from tests.explain.eye import Eye, Part
from tests.explain.eyes import eyes
from tests.explain.failures import failures
from tests.explain.fingers import comparison, enrolment, finger
from tests.explain.placements import placements
from tests.explain.stages import qualities, stages
from tests.explain.touches import touches
from tests.project_tree import ROOT

PAGE: Final = ROOT / "docs" / "what_it_sees.md"
PICTURES: Final = ROOT / "docs" / "pictures" / "sees"

PARTS: Final[Mapping[str, Callable[[Eye], Part]]] = {
    "stages": stages,
    "quality": qualities,
    "eyes": eyes,
    "challenge": challenge,
    "distances": distances,
    "placements": placements,
    "failures": failures,
    "cues": cues,
    "finger": finger,
    "touches": touches,
    "comparison": comparison,
    "enrolment": enrolment,
}
"""In the page's order, by the name of their marks."""

_NUMBER: Final = re.compile(r"[+-]?\d+(?:,\d{3})*(?:\.\d+)?")
SHARE: Final = 0.08
LEAST: Final = 0.06
LEAST_COUNT: Final = 1
"""How far two figures may be apart: in shares, and at least in units, of figures with decimals and of whole ones.
Runtimes and their versions round differently."""


def same_in_substance(one: str, other: str) -> bool:
    """Whether two versions of a part say the same words, hints and decisions, and figures that are nearly the same."""
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return False
    return all(map(_near, _NUMBER.findall(one), _NUMBER.findall(other)))


def written_to(folder: Path, parts: list[Part]) -> int:
    """Writes the parts' pictures into `folder`, removes pictures of none, and says how many bytes there are."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {name: content for part in parts for name, content in part.pictures.items()}
    for left in set(folder.iterdir()) - {folder / name for name in pictures}:
        left.unlink()
    for name, content in pictures.items():
        (folder / name).write_bytes(content)
    return sum(map(len, pictures.values()))


def _near(one: str, other: str) -> bool:
    least = LEAST if "." in one else LEAST_COUNT
    return math.isclose(_value(one), _value(other), rel_tol=SHARE, abs_tol=least)


def _value(number: str) -> float:
    return float(number.replace(",", ""))
