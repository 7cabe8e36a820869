"""A finger from its image to its record, what is said of poor ones, and two of them compared. Impure: runs networks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.finger_synthesis.impression import Contact, draw_contact, render
from firmware_bridge.r503.image import pack, unpack
from firmware_bridge.r503.models import R503
from models.comparison.calibrations import released
from models.comparison.consolidation import pairing
from models.comparison.cylinders import CylinderSet, build_cylinders, local_similarity
from models.comparison.enrolment import check_impressions
from models.comparison.iso19794_2 import ANGLE_STEPS, MinutiaKind, decode
from models.comparison.thresholds import FALSE_MATCH_RATE, FINGER_IMPRESSIONS_ENROLLED
from models.errors import RecordError
from models.fingerprint import quality
from models.fingerprint.extractor import FingerTemplate
from tests.explain import drawing
from tests.explain.drawing import BLUE, RED, Picture
from tests.explain.eye import Eye, Part, table

OWN, STRANGER = 1, 3
"""Seeds of two fingers."""
PANEL_PX: Final = 384
PAIR_PX: Final = 400
TICK_PX: Final = 18.0
"""Length of a direction, on the enlarged picture."""

Grey = NDArray[np.uint8]


@cache
def _grown(seed: int) -> SyntheticFinger:
    return SyntheticFinger(seed)


def as_read(image: Grey) -> Grey:
    """As it comes from the reader: 16 levels of grey."""
    return unpack(pack(image), R503.width, R503.height)


def touch(seed: int, number: int) -> Grey:
    return as_read(_grown(seed).impression(number))


def laid(change: Callable[[Contact], Contact]) -> Grey:
    """One touch of the own finger, laid down differently."""
    rng = np.random.default_rng([OWN, 77])
    contact = change(replace(draw_contact(rng), rotation_rad=0.0, shift_x_px=0.0, shift_y_px=0.0, pressure=0.0))
    return as_read(render(_grown(OWN)._surface, contact, rng, width=R503.width, height=R503.height, dpi=R503.dpi))


def finger(eye: Eye) -> Part:
    """Image, ridged blocks and minutiae of one touch that does not fill the glass."""
    image = laid(lambda contact: replace(contact, half_width_px=86.0, half_height_px=98.0))
    template = eye.extractor.run(image, R503.dpi)
    seen = quality.measure(image)
    endings, forks = (_count(template, kind) for kind in (MinutiaKind.ENDING, MinutiaKind.BIFURCATION))
    rows = (
        ("covered by ridges", f"{seen.covered:.0%}", f"{quality._COVERED_ENOUGH:.0%} and more", "`center_finger`"),
        (
            "middle of the ridges, off the image's",
            f"{seen.off_centre:.2f} of its side",
            f"up to {quality._OFF_CENTRE_MAX:.2f}",
            "`center_finger`",
        ),
        ("contrast", f"{seen.contrast:.0f} of 255", f"{quality._CONTRAST_MIN:.0f} and more", "`press_firmer`"),
        (
            "dark among the ridges",
            f"{seen.dark:.0%}",
            f"{quality._DARK_SHARE_DRY:.0%} to {quality._DARK_SHARE_WET:.0%}",
            "`too_dry`, `too_wet`",
        ),
    )
    told = (
        f"The network finds {template.minutiae} minutiae: {endings} endings and {forks} bifurcations. The record that "
        f"travels has {len(template.record)} bytes; the quality of the touch is {template.quality:.2f} (covered share "
        f"times how sure the network is), its hint `{template.hint}`."
    )
    text = f"{table(('measure', 'here', 'gate', 'hint outside'), rows)}\n\n{told}"
    panels = (
        (image, "1 the reader's image"),
        (_blocked(image), "2 blocks with ridges"),
        (_marked(image, template), "3 minutiae"),
    )
    return Part("finger", text, {"finger.jpg": drawing.jpeg(drawing.sheet(panels, PANEL_PX))})


def _count(template: FingerTemplate, kind: MinutiaKind) -> int:
    return sum(minutia.kind is kind for minutia in decode(template.record).minutiae)


def _blocked(image: Grey) -> Picture:
    """What shows no ridges is hatched."""
    drawn = drawing.scaled(image, PANEL_PX)
    ridged = quality.ridged_of(quality.blocks_of(image))
    side = PANEL_PX // ridged.shape[0]
    for row, column in zip(*np.nonzero(~ridged), strict=True):
        x, y = int(column) * side, int(row) * side
        drawing.outline(drawn, ((x + 2, y + 2), (x + side - 2, y + side - 2)), RED, closed=False)
        drawing.outline(drawn, ((x + side - 2, y + 2), (x + 2, y + side - 2)), RED, closed=False)
    return drawn


def _marked(image: Grey, template: FingerTemplate, side_px: int = PANEL_PX) -> Picture:
    """Endings as rings, bifurcations as squares, each with its direction."""
    drawn = drawing.scaled(image, side_px)
    zoom = side_px / image.shape[0]
    for minutia in decode(template.record).minutiae:
        place = ((minutia.x + 0.5) * zoom, (minutia.y + 0.5) * zoom)
        turn = 2 * math.pi * minutia.angle / ANGLE_STEPS
        end = (place[0] + TICK_PX * math.cos(turn), place[1] - TICK_PX * math.sin(turn))
        ending = minutia.kind is MinutiaKind.ENDING
        drawing.outline(drawn, (place, end), BLUE if ending else RED, closed=False)
        (drawing.ring if ending else drawing.box)(drawn, place, BLUE if ending else RED, 6.0)
    return drawn


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One of two touches that are compared."""

    image: Grey
    template: FingerTemplate
    cylinders: CylinderSet


def comparison(eye: Eye) -> Part:
    """The own finger with itself, and with a stranger's: pairs and score."""
    first, again, other = (_side(eye, touch(seed, number)) for seed, number in ((OWN, 0), (OWN, 1), (STRANGER, 0)))
    calibration = released().find("fingerprint", eye.model_hash, FINGER_IMPRESSIONS_ENROLLED, 1)
    threshold = calibration.score_for(FALSE_MATCH_RATE)
    rows = []
    pictures = {}
    for file, what, side in (
        ("same-finger.jpg", "two touches of one finger", again),
        ("other-finger.jpg", "a touch of one, one of another", other),
    ):
        score, drawn, count = _paired(first, side)
        pictures[file] = drawing.jpeg(drawn)
        rows.append((what, f"{count}", f"{score:.3f}", "yes" if score >= threshold else "**no**"))
    told = (
        f"One stranger in {round(1 / FALSE_MATCH_RATE):,} reaches {threshold:.3f} with the best of "
        f"{FINGER_IMPRESSIONS_ENROLLED} enrolled touches: that is the threshold, looked up in `models/calibration` "
        f"(measured on {calibration.measured.owners} fingers)."
    )
    head = ("compared", "pairs that count", "score", "of one finger?")
    return Part("comparison", f"{table(head, rows)}\n\n{told}", pictures)


def _side(eye: Eye, image: Grey) -> _Side:
    template = eye.extractor.run(image, R503.dpi)
    return _Side(image, template, build_cylinders(decode(template.record)))


def _paired(first: _Side, second: _Side) -> tuple[float, Picture, int]:
    """Score, both touches with the pairs that count joined by lines, and how many those are."""
    pairs = pairing(local_similarity(first.cylinders, second.cylinders), first.cylinders, second.cylinders)
    tiles = [
        (_marked(side.image, side.template, PAIR_PX), words)
        for side, words in ((first, "enrolled"), (second, "captured now"))
    ]
    drawn = drawing.sheet(tiles, PAIR_PX)
    for number, (row, column) in enumerate(zip(pairs.rows.tolist(), pairs.columns.tolist(), strict=True), 1):
        start, end = _on_sheet(first, row, 0), _on_sheet(second, column, 1)
        for place in (start, end):
            drawing.label(drawn, place, f"{number}", drawing.GREEN, (0, -13))
    return pairs.score, drawn, len(pairs.rows)


def _on_sheet(side: _Side, number: int, tile: int) -> NDArray[np.float64]:
    """Where a cylinder's minutia is on the sheet of two."""
    resolution = decode(side.template.record).resolution_px_per_cm
    x, y = side.cylinders.points[number] * (resolution / 197.0)
    zoom = PAIR_PX / side.image.shape[0]
    left = drawing.GAP_PX + tile * (PAIR_PX + drawing.GAP_PX)
    return np.array((left + (x + 0.5) * zoom, drawing.GAP_PX + (-y + 0.5) * zoom))


def enrolment(eye: Eye) -> Part:
    """Sets of impressions, and what becomes of them."""
    own = [_record(eye, OWN, number) for number in range(5)]
    tip = laid(lambda contact: replace(contact, half_width_px=58.0, half_height_px=62.0))
    poor = eye.extractor.run(tip, R503.dpi).record
    sets: Sequence[tuple[str, Sequence[bytes]]] = (
        ("four touches of one finger", own[:4]),
        ("three touches", own[:3]),
        ("the fourth laid down exactly as the first", [*own[:3], own[0]]),
        ("the fourth of another finger", [*own[:3], _record(eye, STRANGER, 0)]),
        ("the fourth of only the tip", [*own[:3], poor]),
    )
    rows = [(what, _refusal(records)) for what, records in sets]
    return Part("enrolment", table(("touches", "enrolled?"), rows), {})


def _record(eye: Eye, seed: int, number: int) -> bytes:
    return eye.extractor.run(touch(seed, number), R503.dpi).record


def _refusal(records: Sequence[bytes]) -> str:
    try:
        check_impressions(records)
    except RecordError as error:
        return f'**no**: "{error}"'
    return "yes"
