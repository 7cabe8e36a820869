"""Residue: a print left on the glass and made visible again, or an image sent again, lies exactly where it lay. Pure.

Nobody puts a finger down twice in the same place to a twentieth of a millimetre and a few degrees, with the same
stretch of skin. Breath, a bag of water or powder show the last user's print to a capacitive sensor once more (L.
Thalheim, J. Krissler, P.-M. Ziegler, "Body Check", c't 11/2002); the place gives it away (Technical Disclosure
Commons 3241, 2020).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.comparison.cylinders import COMMON_RESOLUTION_PX_PER_CM
from models.comparison.iso19794_2 import ANGLE_STEPS, MinutiaeRecord
from models.fingerprint.cues.touch import Touch

SAME_PX: Final = 1.5
"""At 500 dpi: 0.08 mm, what the network's answer moves by when an image is made weaker or noisier."""
SAME_STEPS: Final = 5
"""Of 256: 7 degrees."""
COMPARED_MIN: Final = 8
"""Minutiae on either side: of fewer, chance may lay half in one place."""


class Residue:
    """The largest share of minutiae in the very place of an earlier touch's; less is more alive."""

    name = "residue"

    def run(self, touch: Touch) -> float | None:
        """None where nobody touched the reader before."""
        return max((repeated_share(before, touch.minutiae) for before in touch.earlier), default=None)


def repeated_share(earlier: MinutiaeRecord, later: MinutiaeRecord) -> float:
    """Of the minutiae of the record that has fewer, the share that the other has in the very same place, 0 to 1.

    0 where either has fewer than `COMPARED_MIN`. Symmetric.
    """
    one, other = _table(earlier), _table(later)
    if min(len(one), len(other)) < COMPARED_MIN:
        return 0.0
    apart = np.abs(one[:, None] - other[None])
    turned = np.minimum(apart[..., 2], ANGLE_STEPS - apart[..., 2])
    same = (np.hypot(apart[..., 0], apart[..., 1]) <= SAME_PX) & (turned <= SAME_STEPS)
    # Counted from either side, and the smaller count: no minutia stands for two.
    paired = min(int(same.any(axis=1).sum()), int(same.any(axis=0).sum()))
    return paired / min(len(one), len(other))


def _table(record: MinutiaeRecord) -> NDArray[np.float64]:
    """x, y in pixels at 500 dpi and angle of each minutia [n, 3]."""
    scale = COMMON_RESOLUTION_PX_PER_CM / record.resolution_px_per_cm
    rows = [(minutia.x * scale, minutia.y * scale, minutia.angle) for minutia in record.minutiae]
    return np.array(rows, np.float64).reshape(len(rows), 3)
