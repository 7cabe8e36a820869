"""Whole images of fingers through the minutiae network at their own size, as FVC and prototypes compare them. Impure.

No reader of this project sees so much: it is measured to be put beside what others measured on the same images. The
network is converted for each size from the original that `./run models` keeps. Two minutes for 240 images.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.build import leader
from models.build.__main__ import DEFAULT_DOWNLOADS
from models.build.files import holds
from models.build.recipe import NETWORKS, Conversion
from models.comparison.cylinders import COMMON_RESOLUTION_PX_PER_CM, CylinderSet, build_cylinders
from models.comparison.fingerprint import PROBE_MINUTIAE_MIN
from models.comparison.iso19794_2 import MinutiaeRecord
from models.errors import BuildError
from models.fingerprint.extractor import find_minutiae
from models.interpreter import Interpreter

ORIGINALS: Final = DEFAULT_DOWNLOADS / "originals"


class WholeImages:
    """Makes cylinders of images of any size, taken for 500 dpi; networks are kept, one a size."""

    def __init__(self, originals: Path = ORIGINALS) -> None:
        """Raises BuildError where the network's original is not there."""
        original = next(network.original for network in NETWORKS if network.conversion is Conversion.LEADER)
        path = originals / original.file_name
        if not holds(path, original.sha256):
            raise BuildError(f"{path} is not there: ./run models fetches it, and keeps it, when it builds the bundle")
        self._weights = path.read_bytes()
        self._networks: dict[tuple[int, int], Interpreter] = {}

    def cylinders(self, grey: NDArray[np.uint8]) -> CylinderSet | None:
        """Of one image uint8[H,W]; None where it shows too little to be compared. Padded with its first pixel, as the
        network's author does."""
        height, width = (-(-side // leader.SIZE_MULTIPLE) * leader.SIZE_MULTIPLE for side in grey.shape)
        top, left = (height - grey.shape[0]) // 2, (width - grey.shape[1]) // 2
        sheet = np.full((1, height, width, 1), float(grey[0, 0]), np.float32)
        sheet[0, top : top + grey.shape[0], left : left + grey.shape[1], 0] = grey
        (answer,) = self._network(width, height).run(sheet)
        minutiae = find_minutiae(answer[0])
        if len(minutiae) < PROBE_MINUTIAE_MIN:
            return None
        return build_cylinders(MinutiaeRecord(width, height, round(COMMON_RESOLUTION_PX_PER_CM), minutiae))

    def _network(self, width: int, height: int) -> Interpreter:
        if (width, height) not in self._networks:
            file = leader.convert(self._weights, width=width, height=height)
            self._networks[width, height] = Interpreter(file)
        return self._networks[width, height]
