"""Error rates on a folder of real people, fingers and clips. Impure: disk, networks, standard streams.

`./run eval` is tests/evaluation, which puts simulated attacks before this; it can be called without them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

from models.bundle import DEFAULT_BUNDLE, RELEASE_SHA256, Bundle
from models.errors import ModelError
from models.evaluate.clips import find_clips, measure_clips
from models.evaluate.collection import Collection, CollectionError, Layout, find_collections, pooled, read_collection
from models.evaluate.faces import measure_faces
from models.evaluate.fingers import FingerEvaluation
from models.evaluate.measurement import Measurement
from models.evaluate.pad import COMPARISON, PadMeasurement, pad_figures, pad_table, pad_too_small
from models.evaluate.pad_page import NOT_COVERED_OF_FINGERS, pad_sections
from models.evaluate.page import page
from models.evaluate.report import beside, figures, table, too_small_for
from models.evaluate.whole_fingers import WholeImages
from models.fingerprint.cues.fusion import LEAST_SCORE as FINGER_LEAST_SCORE
from models.liveness.cues.fusion import LEAST_SCORE

DEFAULT_DATA: Final = Path("../shared/data")
DEFAULT_OUT: Final = Path("eval-out")
EACH: Final = 18
"""Presentations of each species: without an error they show a rate below 16 %."""
CLIPS: Final = "clips"
"""The layout that is of no collection: clips are judged one by one."""
_FAILED: Final = 2

Attacks = Callable[[Path, Bundle, float, int, Callable[[str], None]], list[PadMeasurement]]
"""What else is presented: of the data's folder, under a least score, so many of each, telling how far it is."""


def collections_of(data: Path, layout: Layout | None) -> list[Collection]:
    """What to measure on: `data` itself in the layout said, or what is found below; people also all together."""
    if layout is not None:
        return [read_collection(data, layout)]
    found = list(find_collections(data))
    people = [collection for collection in found if collection.layout is Layout.PEOPLE]
    return [*found, pooled(people)] if len(people) > 1 else found


def evaluate(
    collections: Sequence[Collection], bundle: Bundle, tell: Callable[[str], None], *, whole: bool = False
) -> list[Measurement]:
    """All measurements, telling how far it is; `whole`: of fingers' whole images, too."""
    measurements: list[Measurement] = []
    fingers = FingerEvaluation(bundle, WholeImages() if whole else None)
    for number, collection in enumerate(collections, 1):
        if not sys.stderr.isatty():
            _say(f"{number} of {len(collections)}: {collection.name}, {collection.images} images", sys.stderr)
        looked_at = 0

        def advance(where: str = f"{number} of {len(collections)}: {collection.name}") -> None:
            nonlocal looked_at
            looked_at += 1
            tell(f"{where}, {looked_at} images")

        if collection.layout is Layout.PEOPLE:
            measurements += measure_faces(collection, bundle, advance)
        else:
            measurements += fingers.measure(collection, advance)
    return [*measurements, *fingers.together()]


def present(options: argparse.Namespace, bundle: Bundle, attacks: Attacks | None) -> list[PadMeasurement]:
    """What presentations came to: the clips of a folder given, or all that the default data and `attacks` hold."""
    data, least_score = Path(options.data), float(options.least_score)
    if options.layout == CLIPS:
        clips = find_clips(data)
        return measure_clips(clips, bundle, least_score, lambda: _progress(f"{len(clips)} clips"))
    if attacks is None or options.layout is not None:
        return []
    return attacks(data, bundle, least_score, options.each, _Teller().tell)


class _Teller:
    """Progress of many presentations: all of it where it can be overwritten, else a line for each kind."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def tell(self, text: str) -> None:
        """`text` is the kind, and after a colon how far it is."""
        kind = text.partition(":")[0]
        if not sys.stderr.isatty() and kind not in self._said:
            _say(kind, sys.stderr)
        self._said.add(kind)
        _progress(text)


def main(arguments: Sequence[str] | None = None, attacks: Attacks | None = None) -> int:
    """Exit status: 0 measured, 2 there was nothing to measure or no bundle (standard error says why)."""
    options = _options(arguments)
    data, layout = Path(options.data), options.layout
    try:
        bundle = Bundle.open(options.bundle, sha256=RELEASE_SHA256)
        pads = [] if options.only == "verification" else present(options, bundle, attacks)
        measurements = []
        if layout != CLIPS and options.only != "pad":
            collections = collections_of(data, None if layout is None else Layout(layout))
            measurements = evaluate(collections, bundle, _progress, whole=options.whole)
    except (CollectionError, ModelError) as error:
        _say(f"eval: {error}", sys.stderr)
        return _FAILED
    _say("", sys.stderr)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "report.json").write_text(json.dumps([*figures(measurements), *pad_figures(pads)], indent=1) + "\n")
    (options.out / "report.html").write_text(
        page(measurements, RELEASE_SHA256, _pages(pads, options.least_score)), encoding="utf-8"
    )
    _tell_measured(measurements, pads)
    _say(f"\n{options.out}/report.html has the curves, {options.out}/report.json the figures", sys.stdout)
    return 0


def _by_judge(pads: Sequence[PadMeasurement]) -> tuple[list[PadMeasurement], list[PadMeasurement]]:
    """Presentations to a camera, and to a reader."""
    fingers = [one for one in pads if one.other_judge == COMPARISON]
    return [one for one in pads if one not in fingers], fingers


def _pages(pads: Sequence[PadMeasurement], least_score: float) -> Iterator[str]:
    """The pieces of the page about presentations."""
    faces, fingers = _by_judge(pads)
    if faces:
        yield from pad_sections(faces, least_score)
    if fingers:
        yield from pad_sections(
            fingers, FINGER_LEAST_SCORE, "Presentation attacks on the fingerprint reader", NOT_COVERED_OF_FINGERS
        )


def _tell_measured(measurements: Sequence[Measurement], pads: Sequence[PadMeasurement]) -> None:
    """The tables, what was measured elsewhere by the same protocols, and what the counts cannot show."""
    small = {measurement.id: too_small_for(measurement) for measurement in measurements}
    small |= {measurement.id: pad_too_small(measurement) for measurement in pads}
    for rows in (table(measurements) if measurements else "", *(pad_table(some) for some in _by_judge(pads) if some)):
        if rows:
            _say(f"{rows}\n", sys.stdout)
    for line in filter(None, map(beside, measurements)):
        _say(line, sys.stdout)
    for name, words in small.items():
        if words:
            _say(f"{name}: {words}", sys.stdout)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run eval", description="Error rates on a folder of people or fingers.")
    parser.add_argument("--data", default=DEFAULT_DATA, help="the folder (%(default)s)")
    parser.add_argument("--layout", choices=[*Layout, CLIPS], help="how the folder is to be read")
    parser.add_argument("--only", choices=("verification", "pad"), help="measure this half alone")
    parser.add_argument(
        "--least-score",
        type=float,
        default=LEAST_SCORE,
        help="what the policy asks of a face's cues (%(default)s)",
    )
    parser.add_argument("--each", type=int, default=EACH, help="simulated presentations of each kind (%(default)s)")
    parser.add_argument("--whole", action="store_true", help="fingers as whole images, too")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="where the report goes (%(default)s)")
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="the model bundle (%(default)s)")
    return parser.parse_args(_as_options(sys.argv[1:] if arguments is None else arguments))


def _as_options(words: Sequence[str]) -> list[str]:
    """`DATA=folder` is `--data=folder`, so that it is called like every other command of `./run`."""
    return [
        f"--{name.lower()}={value}" if separator and name.isupper() else word
        for word in words
        for name, separator, value in (word.partition("="),)
    ]


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text}\033[K")
        sys.stderr.flush()


def _say(text: str, stream: TextIO) -> None:
    stream.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
