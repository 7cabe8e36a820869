"""`python -m models.evaluate.finger_cues`: what the passive cues come to on living fingers. Impure: disk, networks.

Every second finger is looked at; `./run eval` measures on the others. Written are medians and outermost twentieths:
no image, no figure of anybody.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from models.bundle import DEFAULT_BUNDLE, Bundle
from models.comparison.iso19794_2 import MinutiaeRecord, decode
from models.errors import ModelError
from models.evaluate.__main__ import DEFAULT_DATA
from models.evaluate.collection import Collection, CollectionError, Layout, find_collections, read_grey
from models.evaluate.fingers import cut
from models.fingerprint.cues.fusion import LIVING, Fusion, Living
from models.fingerprint.cues.touch import Touch
from models.fingerprint.cues.watch import TOUCHES_KEPT, figures_of, own_cues
from models.fingerprint.extractor import FORMATS, MinutiaeExtractor, SensorFormat
from models.fingerprint.quality import FingerImageError

MORE_IS_ALIVE: Final[Mapping[str, bool]] = {
    "residue": False,
    "halftone": False,
    "moisture": True,
    "bubbles": False,
    "greys": True,
}
"""Which way each cue counts: what its docstring gives a reason for."""
EDGE: Final = 0.05
"""The share of living fingers beyond the edge."""
SPREAD_MIN: Final[Mapping[str, float]] = {"residue": 0.15, "bubbles": 20.0}
"""From the median to the edge at least: a finger with a scar, or a dry one, has two holes on a small sensor by
itself."""
TOO_FEW: Final = 40
_FAILED: Final = 2


def halves(collection: Collection) -> tuple[Collection, Collection]:
    """The fingers that the figures are of, and those that they are tried on."""
    fingers = sorted(collection.samples)
    return _only(collection, fingers[::2]), _only(collection, fingers[1::2])


def _only(collection: Collection, fingers: Sequence[str]) -> Collection:
    return Collection(collection.name, collection.layout, {finger: collection.samples[finger] for finger in fingers})


def living_touches(
    collection: Collection, extractor: MinutiaeExtractor, form: SensorFormat, advance: Callable[[], None]
) -> Iterator[Touch]:
    """Each impression cut to `form`, after the others of its finger: somebody who touches the reader again and
    again."""
    for paths in collection.samples.values():
        earlier: list[MinutiaeRecord] = []
        for path in paths:
            pixels = cut(read_grey(path), form)
            advance()
            try:
                minutiae = decode(extractor.run(pixels, form.dpi).record)
            except FingerImageError:
                continue  # never becomes an answer
            yield Touch(pixels, minutiae, tuple(earlier[-TOUCHES_KEPT:]))
            earlier.append(minutiae)


def fitted(figures: Sequence[Mapping[str, float]]) -> Fusion:
    """What these figures of living touches say of each cue. Raises ModelError where a cue was told of too few."""
    cues = {}
    for name, more_is_alive in MORE_IS_ALIVE.items():
        told = np.array([one[name] for one in figures if name in one])
        if len(told) < TOO_FEW:
            raise ModelError(f"only {len(told)} touches tell of {name}; {TOO_FEW} are needed")
        median = float(np.median(told))
        edge = float(np.quantile(told, EDGE if more_is_alive else 1.0 - EDGE))
        spread = max(abs(edge - median), SPREAD_MIN.get(name, 1e-3))
        cues[name] = Living(round(median, 4), round(median - spread if more_is_alive else median + spread, 4))
    return Fusion(cues)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 written, 2 there was nothing to look at or no bundle (standard error says why)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="the folder (%(default)s)")
    parser.add_argument("--out", type=Path, default=LIVING, help="where the figures go (%(default)s)")
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="the model bundle (%(default)s)")
    options = parser.parse_args(arguments)
    try:
        fingers = [one for one in find_collections(options.data) if one.layout is Layout.FINGERS]
        extractor = MinutiaeExtractor(Bundle.open(options.bundle))
        cues = own_cues()
        figures = []
        for collection in fingers:
            used, _ = halves(collection)
            for form in FORMATS:
                _tell(f"{used.name}: {used.images} impressions on {form.width}x{form.height}")
                figures += [figures_of(touch, cues) for touch in living_touches(used, extractor, form, lambda: None)]
        text = json.dumps(report(figures, [one.name for one in fingers]), indent=1) + "\n"
    except (CollectionError, ModelError) as error:
        _tell(f"finger_cues: {error}")
        return _FAILED
    options.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def report(figures: Sequence[Mapping[str, float]], sources: Sequence[str]) -> dict[str, object]:
    """The file that ships."""
    fusion = fitted(figures)
    return {
        "living": {"touches": len(figures), "sources": list(sources), "what": "every second finger, at both areas"},
        "cues": {name: {"median": one.median, "edge": one.edge} for name, one in fusion.cues.items()},
    }


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
