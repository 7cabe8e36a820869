"""`python -m models.evaluate.calibrate`: measures what scores mean, and writes it for servers. Impure: disk, networks.

Run it when the bundle changes. Nothing but numbers is written: no image, no template, nobody's score.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from models.bundle import DEFAULT_BUNDLE, Bundle
from models.comparison.calibration import Calibration, encode_calibration
from models.comparison.cylinders import CylinderSet
from models.comparison.enrolment import IMPRESSIONS_MAX, IMPRESSIONS_MIN
from models.comparison.fingerprint import impression_score
from models.comparison.thresholds import FACE_FRAMES_CAPTURED, FACE_FRAMES_ENROLLED
from models.errors import ModelError
from models.evaluate.__main__ import DEFAULT_DATA
from models.evaluate.calibrating import Subject, Trials, calibrated, trials_of
from models.evaluate.collection import Collection, CollectionError, Layout, find_collections, pooled
from models.evaluate.faces import Template, face_templates, likeness, mean_of
from models.evaluate.fingers import finger_templates
from models.evaluate.pairs import Pair, Protocol, as_paid
from models.evaluate.tail import TooFewError
from models.fingerprint.extractor import FORMATS, MinutiaeExtractor

DEFAULT_OUT: Final = Path(__file__).resolve().parents[1] / "calibration"
DRAWS: Final = 40
FACE_CAPTURED_MAX: Final = 5
"""A terminal captures three frames; for more a table costs nothing and lets it."""
_FAILED: Final = 2

Say = Callable[[str], None]
T = TypeVar("T")


def calibrate(collections: Sequence[Collection], bundle: Bundle, say: Say) -> Iterator[Calibration]:
    """The tables of all that terminals enrol and capture, of the people and fingers among `collections`."""
    people = [collection for collection in collections if collection.layout is Layout.PEOPLE]
    fingers = [collection for collection in collections if collection.layout is Layout.FINGERS]
    if people:
        yield from _faces(people, bundle, say)
    if fingers:
        yield from _fingers(fingers, bundle, say)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 written, 2 there was nothing to measure or no bundle (standard error says why)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="the folder (%(default)s)")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="where the tables go (%(default)s)")
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="the model bundle (%(default)s)")
    options = parser.parse_args(arguments)
    try:
        collections = find_collections(options.data)
        for one in calibrate(collections, Bundle.open(options.bundle), _tell):
            path = options.out / f"{one.modality}_{one.enrolled}_{one.captured}.json"
            path.write_bytes(encode_calibration(one))
            _tell(f"{path}: down to {one.fmr_min:g}")
    except (CollectionError, TooFewError, ModelError) as error:
        _tell(f"calibrate: {error}")
        return _FAILED
    return 0


def _faces(people: Sequence[Collection], bundle: Bundle, say: Say) -> Iterator[Calibration]:
    """Strangers within one collection only: they were photographed alike, as at one counter."""
    templates: dict[str, Mapping[str, Sequence[Template]]] = {}
    for collection in people:
        say(f"{collection.name}: {collection.images} faces")
        templates[collection.name], _ = face_templates(collection, bundle, lambda: None)
    for captured in range(FACE_FRAMES_CAPTURED, FACE_CAPTURED_MAX + 1):
        protocol = Protocol(enrolled=FACE_FRAMES_ENROLLED, captured=captured)
        pairs: list[Pair] = []
        for name, owners in templates.items():
            named = {f"{name}/{owner}": samples for owner, samples in owners.items()}
            pairs += as_paid(named, protocol, mean_of, mean_of, likeness, draws=DRAWS)
        subject = Subject(
            modality="face",
            model_hash=bundle.sha256,
            enrolled=protocol.enrolled,
            captured=captured,
            sources=tuple(templates),
        )
        yield calibrated(subject, [trials_of(pairs)])


def _fingers(fingers: Sequence[Collection], bundle: Bundle, say: Say) -> Iterator[Calibration]:
    """All fingers with all: strangers' scores are the same within a sensor and across. The worse sensor area counts."""
    extractor = MinutiaeExtractor(bundle)
    every = pooled(fingers)
    by_area: list[Mapping[str, Sequence[CylinderSet]]] = []
    for form in FORMATS:
        say(f"{every.images} impressions on {form.width}x{form.height}")
        by_area.append(finger_templates(every, extractor, form, lambda: None)[0])
    sources = tuple(collection.name for collection in fingers)
    yield from finger_calibrations(by_area, bundle.sha256, sources, impression_score)


def finger_calibrations(
    by_area: Sequence[Mapping[str, Sequence[T]]],
    model_hash: str,
    sources: tuple[str, ...],
    alike: Callable[[T, T], float],
    draws: int = DRAWS,
) -> Iterator[Calibration]:
    """For each number of impressions enrolled, of each finger's on each sensor's area, compared by `alike`."""
    enrolled_counts = range(IMPRESSIONS_MIN, IMPRESSIONS_MAX + 1)
    areas = [list(_finger_trials(samples, enrolled_counts, alike, draws)) for samples in by_area]
    for enrolled, trials in zip(enrolled_counts, zip(*areas, strict=True), strict=True):
        subject = Subject(modality="fingerprint", model_hash=model_hash, enrolled=enrolled, captured=1, sources=sources)
        yield calibrated(subject, trials)


def _finger_trials(
    samples: Mapping[str, Sequence[T]], enrolled_counts: Sequence[int], alike: Callable[[T, T], float], draws: int
) -> Iterator[Trials]:
    every = [sample for several in samples.values() for sample in several]
    places = iter(range(len(every)))
    numbered = {owner: [next(places) for _ in several] for owner, several in samples.items()}

    @cache
    def score(one: int, other: int) -> float:
        return alike(every[one], every[other])

    def best(references: Sequence[int], probe: int) -> float:
        return max(score(min(reference, probe), max(reference, probe)) for reference in references)

    for enrolled in enrolled_counts:
        protocol = Protocol(enrolled=enrolled, captured=1)
        yield trials_of(list(as_paid(numbered, protocol, list, lambda captured: captured[0], best, draws=draws)))


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
