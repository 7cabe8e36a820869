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
ANGLE_SLACK_DEG = 12.0
"""The mesh's unrest is 4 degrees from frame to frame (recorded people at rest); three times that."""
ANGLE_SPEED_MAX_DEG_S = 400.0
"""Heads turn by up to 100 degrees per second when asked, and hardly ever faster than this."""


def jumped(before: Look, after: Look, elapsed_ms: int) -> bool:
    """Whether the face was moved, turned or exchanged faster than a head can move."""
    elapsed_s = elapsed_ms / 1000
    moved = math.hypot(after.x - before.x, after.y - before.y) / before.scale
    grown = abs(math.log(after.scale / before.scale))
    turned = max(abs(after.yaw_deg - before.yaw_deg), abs(after.pitch_deg - before.pitch_deg))
    return (
        moved > SLACK + SPEED_MAX * elapsed_s
        or grown > GROWTH_SLACK + GROWTH_MAX * elapsed_s
        or turned > ANGLE_SLACK_DEG + ANGLE_SPEED_MAX_DEG_S * elapsed_s
    )
