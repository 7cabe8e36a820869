"""What there is to measure on: people in folders, impressions by FVC's names. Impure: lists folders, reads images.

Nothing is copied and nothing is kept but the templates, for as long as the evaluation runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models.errors import ImageError

IMAGES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".tif", ".tiff"})
SAMPLES_MIN: Final = 2
"""Of one person: one sample alone is never genuine."""
_JPEG_BEGINS, _JPEG_SCAN, _JPEG_ENDS = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"
"""Markers (ITU-T T.81, table B.1): within a scan's data none of them occurs, and after the last scan the image ends."""
_IMPRESSION: Final = re.compile(r"(?P<finger>\d+)_(?P<impression>\d+)")
"""FVC: `101_3.tif` is the third impression of finger 101."""


class Layout(StrEnum):
    """How a folder is to be read."""

    PEOPLE = "people"
    """`<person>/<image>`, one face an image."""
    FINGERS = "fingers"
    """`<finger>_<impression>.<ending>`, as FVC names them."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Samples of one source by whose they are: `samples["s11"]` are one person's, or one finger's."""

    name: str
    layout: Layout
    samples: Mapping[str, tuple[Path, ...]]

    @property
    def images(self) -> int:
        """How many there are in all."""
        return sum(len(paths) for paths in self.samples.values())


class CollectionError(ValueError):
    """A folder that holds nothing to compare."""


def read_collection(folder: Path, layout: Layout) -> Collection:
    """The samples in `folder`. Raises CollectionError where no two owners have two samples each."""
    by_owner = _people(folder) if layout is Layout.PEOPLE else _fingers(folder)
    samples = {owner: paths for owner, paths in sorted(by_owner.items()) if len(paths) >= SAMPLES_MIN}
    if len(samples) < SAMPLES_MIN:
        wanted = "<person>/<image>" if layout is Layout.PEOPLE else "<finger>_<impression>.png"
        raise CollectionError(f"{folder} holds no two owners with two samples each, named {wanted}")
    return Collection(_name(folder, layout), layout, samples)


def find_collections(root: Path) -> tuple[Collection, ...]:
    """The people in each `root/faces/*` and the fingers in each folder below `root/fingerprints`, by their paths.

    Folders that hold neither are passed over. Raises CollectionError where all do.
    """
    places = [(path, Layout.PEOPLE) for path in sorted((root / "faces").glob("*"))]
    places += [(path, Layout.FINGERS) for path in sorted((root / "fingerprints").rglob("*"))]
    found: list[Collection] = []
    for folder, layout in places:
        try:
            found += [read_collection(folder, layout)] if folder.is_dir() else []
        except CollectionError:
            continue  # most folders are none: only if all are, somebody is told
    if not found:
        raise CollectionError(
            f"neither {root}/faces nor {root}/fingerprints holds people or fingers; for a folder of your own say LAYOUT"
        )
    return tuple(found)


def pooled(collections: Sequence[Collection]) -> Collection:
    """All people of several collections as one, so that more strangers meet. Owners are told apart by collection."""
    samples = {
        f"{collection.name}/{owner}": paths for collection in collections for owner, paths in collection.samples.items()
    }
    return Collection("pooled", collections[0].layout, samples)


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """The image uint8[H,W,3], unmirrored. Raises ImageError for what is none, or is cut short."""
    return np.asarray(cv2.cvtColor(_decoded(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def read_grey(path: Path) -> NDArray[np.uint8]:
    """The image uint8[H,W]. Raises ImageError for what is none, or is cut short."""
    return np.asarray(_decoded(path, cv2.IMREAD_GRAYSCALE), np.uint8)


def _decoded(path: Path, form: int) -> MatLike:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror}") from error
    if content.startswith(_JPEG_BEGINS) and content.rfind(_JPEG_ENDS) < content.rfind(_JPEG_SCAN):
        raise ImageError(f"{path} is cut short")  # OpenCV would fill what is missing with grey
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), form) if content else None
    except cv2.error as error:
        raise ImageError(f"{path} cannot be decoded: {error}") from error
    if image is None:
        raise ImageError(f"{path} is no image, or is cut short")
    return image


def _images(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGES and path.is_file()))


def _people(folder: Path) -> dict[str, tuple[Path, ...]]:
    return {person.name: _images(person) for person in folder.iterdir() if person.is_dir()}


def _fingers(folder: Path) -> dict[str, tuple[Path, ...]]:
    fingers: dict[str, list[Path]] = {}
    for path in _images(folder):
        name = _IMPRESSION.fullmatch(path.stem)
        if name:
            fingers.setdefault(name["finger"], []).append(path)
    return {finger: tuple(paths) for finger, paths in fingers.items()}


def _name(folder: Path, layout: Layout) -> str:
    # FVC's competitions name their sensors alike: DB1_B is another one each year.
    return folder.name if layout is Layout.PEOPLE else f"{folder.parent.name}-{folder.name}"
