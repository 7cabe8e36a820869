"""128 numbers that are near for one person and far for two: dlib's face network. Owns one interpreter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.errors import ImageError
from models.face.alignment import CHIP_SIDE_PX
from models.interpreter import Interpreter


class FaceEmbedder:
    """Templates of aligned faces."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Raises BundleError where the bundle has no embedding network."""
        self._interpreter = Interpreter(bundle.model("face_embedding"), threads=threads)
        self._input = np.empty((1, CHIP_SIDE_PX, CHIP_SIDE_PX, 3), np.float32)

    def run(self, chip: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The embedding float32[128], the caller's own, of `chip` uint8[150,150,3] from `FaceAligner`; its norm is 1.2
        to 1.6.

        Raises ImageError for another type or shape.
        """
        if not isinstance(chip, np.ndarray):
            raise ImageError(f"expected an aligned face, got a {type(chip).__name__}")
        if chip.dtype != np.uint8 or chip.shape != (CHIP_SIDE_PX, CHIP_SIDE_PX, 3):
            raise ImageError(
                f"expected an aligned face uint8[{CHIP_SIDE_PX},{CHIP_SIDE_PX},3], got {chip.dtype}{list(chip.shape)}"
            )
        self._input[0] = chip
        (output,) = self._interpreter.run(self._input)
        embedding: NDArray[np.float32] = output[0]
        return embedding
