"""What the originals were shown for the reference numbers, and our networks are shown for the comparison.

Cut from the public-domain portrait without resampling, or grown by the project's finger synthesis: the same pixels
everywhere. `python -m tests.models.build.pictures FILE` writes them all as one .npz (see reference/README.md).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.finger_synthesis import SyntheticFinger
from tests.portrait import portrait

CHIP_SIDE_PX: Final = 150
_FACE: Final = (slice(55, 55 + CHIP_SIDE_PX), slice(147, 147 + CHIP_SIDE_PX))
_SUIT: Final = (slice(300, 300 + CHIP_SIDE_PX), slice(200, 200 + CHIP_SIDE_PX))
_GREY: Final = 128


def chips() -> Mapping[str, NDArray[np.uint8]]:
    """uint8[150,150,3] each, for the embedding network."""
    face = portrait()[_FACE]
    pictures = {"face": face, "mirrored": face[:, ::-1], "dim": face // 2, "suit": portrait()[_SUIT]}
    return {name: np.ascontiguousarray(picture) for name, picture in pictures.items()}


def scenes() -> Mapping[str, NDArray[np.uint8]]:
    """uint8[H,W,3] each, for detection and mesh: square, and a camera's shape with the face off its middle."""
    camera = np.full((480, 640, 3), _GREY, np.uint8)
    camera[:, 100:612] = portrait()[:480]
    return {"square": portrait(), "camera": camera}


def fingers() -> Mapping[str, NDArray[np.uint8]]:
    """uint8[H,W] each, for the minutiae networks."""
    return {
        "192x192": SyntheticFinger(21).impression(0),
        "256x288": SyntheticFinger(22).impression(0, width=256, height=288, dpi=500),
    }


if __name__ == "__main__":
    every = {
        f"{kind}_{name}": picture
        for kind, pictures in (("chip", chips()), ("scene", scenes()), ("finger", fingers()))
        for name, picture in pictures.items()
    }
    np.savez(sys.argv[1], allow_pickle=False, **every)
