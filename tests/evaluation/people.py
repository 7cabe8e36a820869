"""Real people's photos as casts of the emulated attacks: one portrait each, told apart by their own embeddings.

Impure: reads images, runs the networks. Nothing is copied and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.puppet import Puppet
from models.bundle import Bundle
from models.errors import ImageError
from models.evaluate.collection import IMAGES, read_rgb
from models.face.alignment import FaceAligner
from models.face.embedding import FaceEmbedder
from models.face.observation import Hint
from models.face.pipeline import FacePipeline

EYE_DISTANCE_MIN_PX: Final = 45.0
"""In the photo: what has less is enlarged to the camera's 70 and looks like nothing a camera sees."""
COLOUR_MIN: Final = 4.0
"""Mean distance of the colours from grey: a grey photo in front of a colour camera is no person."""
ATTACKS: Final = "minivision"
"""A folder of photos of which most are photos of photos."""
OTHER_DISTANCE: Final = 0.62
"""Nearer embeddings may be one person's, whatever the folders are called."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One portrait, RGB uint8[H,W,3], and its mesh float32[468,3], in its pixels. Named by its file."""

    name: str
    picture: NDArray[np.uint8]
    points: NDArray[np.float32]

    def puppet(self, seed: int) -> Puppet:
        """The person in front of a camera."""
        return Puppet(self.picture, self.points, seed=seed)


def find_people(folder: Path, bundle: Bundle, most: int, advance: Callable[[], None]) -> list[Person]:
    """Up to `most` different people in the images below `folder`, in the order of their paths, but one folder after
    the other: their quality differs."""
    casting = _Casting(bundle)
    found: list[Person] = []
    for path in _in_turn(folder):
        advance()
        person = casting.person(path, path.relative_to(folder).as_posix())
        if person is not None:
            found.append(person)
        if len(found) == most:
            break
    return found


def _in_turn(folder: Path) -> Iterator[Path]:
    """The first image of each folder, then the second of each, and so on."""
    folders: dict[Path, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in IMAGES and ATTACKS not in path.parts:
            folders.setdefault(path.parent, []).append(path)
    longest = max(map(len, folders.values()), default=0)
    for number in range(longest):
        yield from (paths[number] for paths in folders.values() if number < len(paths))


class _Casting:
    def __init__(self, bundle: Bundle) -> None:
        self._pipeline = FacePipeline(bundle)
        self._aligner = FaceAligner()
        self._embedder = FaceEmbedder(bundle)
        self._known: list[NDArray[np.float32]] = []

    def person(self, path: Path, name: str) -> Person | None:
        """Who is in the photo; None where nobody is who could be used, or somebody who was there before."""
        try:
            picture = read_rgb(path)
            points = self._mesh(picture)
        except ImageError:
            return None
        if points is None:
            return None
        embedding = self._embedder.run(self._aligner.run(picture, points))
        if any(float(np.linalg.norm(embedding - other)) < OTHER_DISTANCE for other in self._known):
            return None
        person = Person(name, picture, points)
        self._pipeline.reset()
        scene = person.puppet(0)
        hints = [self._pipeline.observe(scene.frame(t_ms)).hint for t_ms in (0, 50, 100)]
        if hints[-1] is not Hint.OK:
            return None
        self._known.append(embedding)
        return person

    def _mesh(self, picture: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        self._pipeline.reset()
        for _ in range(2):  # the second look is framed by the first one's mesh
            seen = self._pipeline.observe(picture)
        face = seen.face
        if face is None or seen.faces != 1 or face.quality.eye_distance_px < EYE_DISTANCE_MIN_PX:
            return None
        colour = float(np.ptp(picture[::4, ::4].astype(np.int16), axis=2).mean())
        return face.points if colour >= COLOUR_MIN else None


def other_than(people: Sequence[Person], number: int) -> Person:
    """Somebody else than number `number`."""
    return people[(number + 1) % len(people)]
