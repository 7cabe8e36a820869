"""Whether two frames, one after the other, can show one moving head. Pure."""

from __future__ import annotations

import math

from models.liveness.sighting import Look

SLACK = 0.3
"""In distances of the eyes: the mesh's own unrest, and a head turning on its neck."""
SPEED_MAX = 12.0
"""In distances of the eyes (63 mm) per second: 0.75 m/s, faster than a head moves that looks at a screen."""
GROWTH_SLACK = 0.15
GROWTH_MAX = 2.0
"""Natural logarithm of the size, per second: an approach from 60 to 40 cm takes a fifth of a second."""


def jumped(before: Look, after: Look, elapsed_ms: int) -> bool:
    """Whether the face was moved or exchanged faster than a head can move."""
    elapsed_s = elapsed_ms / 1000
    moved = math.hypot(after.x - before.x, after.y - before.y) / before.scale
    grown = abs(math.log(after.scale / before.scale))
    return moved > SLACK + SPEED_MAX * elapsed_s or grown > GROWTH_SLACK + GROWTH_MAX * elapsed_s
