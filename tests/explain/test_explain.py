"""docs/what_it_sees.md says what the code says today: hints, failures, decisions and, nearly, figures."""

from __future__ import annotations

import re
from functools import cache
from xml.dom.minidom import Text, parseString

import cv2
import numpy as np
import pytest

from models.liveness.cues.fusion import LEAST_SCORE, Fusion
from tests.bundle import model_bundle
from tests.evaluation.people import Person
from tests.explain.eye import Eye
from tests.explain.failures import row
from tests.explain.page import PAGE, PARTS, PICTURES, same_in_substance
from tests.marked_parts import part_of
from tests.portrait import portrait, portrait_mesh

QUICK = ("wrong-action", "not-held", "joined", "cut", "repeated")
"""Captures that take a second or two; the others are seen by `./run explain` only."""
NUMBER = re.compile(r"[+-]?\d+\.\d+")
DIFFERENCE_MAX = 6
"""Mean over all pixels, of 255: codecs round differently."""
PICTURES_BYTES_MAX = 1_200_000
"""All of the page's pictures together."""


@cache
def eye() -> Eye:
    return Eye(model_bundle(), Person("portrait", portrait(), portrait_mesh()))


@pytest.mark.models
@pytest.mark.parametrize("name", [name for name in PARTS if name not in ("failures", "cues")])
def test_the_page_says_what_the_code_says(name: str) -> None:
    part = PARTS[name](eye())
    written = part_of(PAGE.read_text(encoding="utf-8"), name)
    assert same_in_substance(written, part.text), f"run ./run explain: now it is\n{part.text}"
    for file, content in part.pictures.items():
        assert_shown(file, content)


@pytest.mark.models
@pytest.mark.parametrize("name", QUICK)
def test_captures_fail_as_the_page_says(name: str) -> None:
    _, cells, picture = row(eye(), name)
    (written,) = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if f"/{name}.jpg" in line]
    assert same_in_substance(written, "| " + " | ".join(cells) + " |"), f"run ./run explain: now it is\n{cells}"
    assert_shown(f"{name}.jpg", picture)


def test_the_cues_are_weighed_as_the_weights_say() -> None:
    """The page's own figures, weighed anew: weights that were fitted again make it stale."""
    table = [line.strip("| ").split(" | ") for line in part_of(PAGE.read_text(encoding="utf-8"), "cues").splitlines()]
    fusion = Fusion.shipped()
    figures: list[dict[str, float]] = [{}, {}, {}]
    for name, *cells in table[2:-2]:
        for seen, cell in zip(figures, cells, strict=True):
            value, vote = (float(number) for number in NUMBER.findall(cell))
            seen[name.strip("`")] = value
            assert fusion.cues[name.strip("`")].vote(value) == pytest.approx(vote, abs=0.02)
    scores = [float(cell.strip("*")) for cell in table[-2][1:]]
    assert [fusion.score(seen) for seen in figures] == pytest.approx(scores, abs=0.02)
    assert [cell == "enough" for cell in table[-1][1:]] == [score >= LEAST_SCORE for score in scores]


def assert_shown(file: str, content: bytes) -> None:
    """There is such a picture, and it shows nearly the same."""
    if file.endswith(".svg"):
        assert same_in_substance(words_of((PICTURES / file).read_bytes()), words_of(content))
        return
    made = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    there = cv2.imread(str(PICTURES / file))
    assert made is not None
    assert there is not None
    assert made.shape == there.shape
    assert float(np.abs(made.astype(int) - there).mean()) < DIFFERENCE_MAX


def words_of(drawing: bytes) -> str:
    texts = parseString(drawing).getElementsByTagName("text")  # noqa: S318 - our own picture
    return "\n".join(text.firstChild.data for text in texts if isinstance(text.firstChild, Text))


def test_all_pictures_together_are_small() -> None:
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < PICTURES_BYTES_MAX


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("| `too_far` | eyes 34 pixels apart, 1,003 times |", True),
        ("| `too_far` | eyes 35 pixels apart, 1,000 times |", True),
        ("| `too_far` | eyes 44 pixels apart, 1,000 times |", False),
        ("| `too_near` | eyes 34 pixels apart, 1,000 times |", False),
        ("| `too_far` | eyes 34 pixels apart |", False),
    ],
)
def test_the_substance_is_words_and_nearly_the_figures(other: str, same: bool) -> None:
    assert same_in_substance("| `too_far` | eyes 34 pixels apart, 1,000 times |", other) is same
