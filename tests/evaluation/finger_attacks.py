"""Artefacts of real fingers before the reader, judged as in a payment: by the cues, and by comparison with whom they
are of.

Impure: networks, reads images. Of each collection only the fingers are used that nothing was fitted to. An attacker
has one image of the victim; four others are enrolled. Images are kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis.artefacts import (
    MATERIALS,
    PRINTERS,
    Material,
    Printer,
    moulded,
    printed,
    reactivated,
    sent_again,
)
from firmware_bridge.r503 import image as reader_image
from models.bundle import Bundle
from models.comparison.fingerprint import ENROLMENT_MINUTIAE_MIN, PROBE_MINUTIAE_MIN, finger_score
from models.comparison.iso19794_2 import MinutiaeRecord, decode
from models.comparison.thresholds import FINGER_IMPRESSIONS_ENROLLED, score_min
from models.evaluate.clips import presented
from models.evaluate.collection import CollectionError, Layout, find_collections, read_grey
from models.evaluate.finger_cues import halves
from models.evaluate.fingers import cut
from models.evaluate.pad import COMPARISON, PadMeasurement, Presentation
from models.fingerprint.cues.fusion import LEAST_SCORE
from models.fingerprint.cues.watch import TOUCHES_KEPT, TouchWatch
from models.fingerprint.extractor import FORMATS, FingerTemplate, MinutiaeExtractor
from models.fingerprint.quality import FingerImageError

READER: Final = FORMATS[0]
"""The R503: the smaller area, and the reader that is supported."""
SEED: Final = 20
TOUCH_MS: Final = 10_000
"""From one touch to the next."""

Image = NDArray[np.uint8]
Make = Callable[[Image, np.random.Generator], Image]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FingerSpecies:
    """One kind of artefact: what it is, how one is made of an image. `of_last`: of the very touch before it."""

    name: str
    what: str
    make: Make
    of_last: bool = False


def _print(printer: Printer) -> FingerSpecies:
    what = f"print at {printer.dpi} dpi, {printer.lines_per_inch:g} lines an inch, on the glass"
    return FingerSpecies(f"finger-print-{printer.dpi}", what, lambda image, rng: printed(image, printer, rng))


def _cast(material: Material) -> FingerSpecies:
    what = f"cast: {material.name}" if not material.inverted else "the mould itself, its ridges the finger's valleys"
    return FingerSpecies(f"finger-{material.name}", what, lambda image, rng: moulded(image, material, rng))


FINGER_SPECIES: Final = (
    *map(_print, PRINTERS),
    *map(_cast, MATERIALS),
    FingerSpecies("finger-residue", "the print left on the glass, breathed upon", reactivated, of_last=True),
    FingerSpecies("finger-sent-again", "the last image once more, with noise, at the line", sent_again, of_last=True),
)


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """A real finger on the reader once, and the record of it."""

    name: str
    image: Image
    record: bytes
    minutiae: int


@dataclass(frozen=True, slots=True, eq=False)
class Victim:
    """A real finger: what is enrolled of it, and the image of another impression, which the attacker has."""

    name: str
    enrolled: tuple[bytes, ...]
    image: Image
    record: MinutiaeRecord


class Desk:
    """A terminal's reader and a server's comparison, their networks loaded once."""

    def __init__(self, bundle: Bundle) -> None:
        self._extractor = MinutiaeExtractor(bundle)
        self._threshold = score_min("fingerprint", bundle.sha256, FINGER_IMPRESSIONS_ENROLLED, 1)

    def template(self, image: Image) -> FingerTemplate | None:
        """Of `image` as the reader sends it, in four bits a pixel; None where the terminal would ask again."""
        try:
            sent = reader_image.unpack(reader_image.pack(image), READER.width, READER.height)
            found = self._extractor.run(sent, READER.dpi)
        except FingerImageError:
            return None
        return found if found.minutiae >= PROBE_MINUTIAE_MIN else None

    def impressions(self, paths: Sequence[Path], finger: str) -> list[Impression]:
        """Those of one finger that become answers."""
        found = []
        for path in paths:
            image = cut(read_grey(path), READER)
            template = self.template(image)
            if template is not None:
                found.append(Impression(f"{finger}/{path.stem}", image, template.record, template.minutiae))
        return found

    def attacked(self, species: FingerSpecies, victim: Victim, number: int) -> Presentation:
        """The artefact on the reader, some seconds after the victim touched it (`of_last`) or after nobody did."""
        made = species.make(victim.image, np.random.default_rng([SEED, number]))
        watch = TouchWatch()
        if species.of_last:
            watch.look(victim.image, victim.record, 0)
        return self._judged(species.name, victim, made, watch)

    def touched(self, impression: Impression, before: Sequence[Impression]) -> Presentation:
        """Somebody alive, who touched the reader `before`; nobody asks here whether it matches."""
        watch = TouchWatch()
        for number, other in enumerate(before):
            watch.look(other.image, decode(other.record), number * TOUCH_MS)
        passive = watch.look(impression.image, decode(impression.record), TOUCHES_KEPT * TOUCH_MS)
        return presented("finger-living", impression.name, None, passive, LEAST_SCORE, "not asked")

    def _judged(self, species: str, victim: Victim, image: Image, watch: TouchWatch) -> Presentation:
        template = self.template(image)
        if template is None:
            return presented(species, victim.name, False, None, LEAST_SCORE, "not captured")
        passive = watch.look(image, decode(template.record), TOUCHES_KEPT * TOUCH_MS)
        matched = finger_score(victim.enrolled, template.record) >= self._threshold
        why = "matched" if matched else "not recognised"
        return presented(species, victim.name, matched, passive, LEAST_SCORE, why)


def victims_of(impressions: Sequence[Impression]) -> list[Victim]:
    """One finger as often as it has impressions beyond the enrolled ones; nothing where too few can be enrolled."""
    good = [one for one in impressions if one.minutiae >= ENROLMENT_MINUTIAE_MIN]
    enrolled = tuple(one.record for one in good[:FINGER_IMPRESSIONS_ENROLLED])
    return [Victim(one.name, enrolled, one.image, decode(one.record)) for one in good[FINGER_IMPRESSIONS_ENROLLED:]]


def present_fingers(data: Path, bundle: Bundle, each: int, tell: Tell) -> list[PadMeasurement]:
    """Living touches of all fingers that nothing was fitted to, and `each` presentations of each species."""
    try:
        collections = [one for one in find_collections(data) if one.layout is Layout.FINGERS]
    except CollectionError:
        return []
    desk, fingers = Desk(bundle), list[list[Impression]]()
    for collection in collections:
        _, tried = halves(collection)
        for finger, paths in tried.samples.items():
            tell(f"fingers that nothing was fitted to: {collection.name}/{finger}")
            fingers.append(desk.impressions(paths, f"{collection.name}/{finger}"))
    living = [desk.touched(one, others_than(one, finger)) for finger in fingers for one in finger]
    people = PadMeasurement("finger-living", "real fingers", True, False, tuple(living), COMPARISON)
    victims = [victims_of(finger) for finger in fingers]
    in_turn = [one for several in zip_longest(*victims) for one in several if one is not None]
    if not in_turn:
        return [people] if living else []
    return [people, *(_measured(desk, species, in_turn, each, tell) for species in FINGER_SPECIES)]


def others_than(one: Impression, finger: Sequence[Impression]) -> list[Impression]:
    """The finger's other impressions, as many as a reader's watch remembers."""
    return [other for other in finger if other is not one][-TOUCHES_KEPT:]


def _measured(desk: Desk, species: FingerSpecies, victims: Sequence[Victim], each: int, tell: Tell) -> PadMeasurement:
    judged = []
    for number in range(each):
        tell(f"{species.name}: {number + 1} of {each}")
        judged.append(desk.attacked(species, victims[number % len(victims)], number))
    return PadMeasurement(species.name, species.what, False, True, tuple(judged), COMPARISON)
