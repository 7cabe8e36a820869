"""A portrait that moves: it does what a liveness challenge can ask for when told, in front of an emulated camera.

Pure but for the list of what it was told: the same puppet shows the same picture at the same time. It stands in for a
person where no person is; what it shows goes through everything that a real frame goes through.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.expressions import BROWS, LOWER_LIDS, UPPER_LIDS, Eyelid, Jaw
from firmware_bridge.camera.head_warp import HeadWarp
from firmware_bridge.camera.portrait import place
from firmware_bridge.camera.timeline import Timeline, stance

NOISE_SIGMA = 2.0
"""Of 255: a small sensor in room light."""
NOISE_MARGIN_PX = 96
"""The noise is one larger sheet, laid on at another place for each millisecond: 96 x 96 places, all different."""
LEVEL_MIN = 0.004
"""Less than this of an action moves nothing by a quarter of a pixel."""
SHAKE_PX = 2.5
"""A photo held in the hand: 3 mm at half a metre."""
SHAKE_DEG = 0.8


class Puppet:
    """One portrait in front of a camera of `width` x `height`.

    `portrait` uint8[H,W,3] RGB; `points` float[468,3]: the mesh of the face in it (x, y in its pixels, z in the same
    unit, smaller nearer). `seed` tells one puppet's unrest and noise from another's. Raises ValueError for arrays of
    another shape.
    """

    def __init__(
        self,
        portrait: NDArray[np.uint8],
        points: NDArray[np.floating[Any]],
        width: int = 640,
        height: int = 480,
        *,
        seed: int = 0,
    ) -> None:
        placed = place(portrait, points, width, height)
        self._picture = placed.picture
        self._lids = [Eyelid(placed, *lines) for lines in zip(UPPER_LIDS, LOWER_LIDS, BROWS, strict=True)]
        self._jaw = Jaw(placed)
        self._head = HeadWarp(placed)
        self._timeline = Timeline()
        self._phase = float(seed % 997)
        self._noise = SensorNoise(width, height, seed)

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """Perform one of `timeline.COURSES` at `at_ms`: turn_left, turn_right (the own left and right), blink, ...

        An action that is asked for before the last one is over follows it. `slowness` 2.0 takes twice as long as
        people usually do; `held`: until `release`. Returns when it ends, in milliseconds. Raises ValueError for any
        other action.
        """
        return self._timeline.perform(action, at_ms, slowness=slowness, held=held)

    def release(self, at_ms: int) -> None:
        """Come back from what is being held."""
        self._timeline.release(at_ms)

    def frame(self, t_ms: int) -> NDArray[np.uint8]:
        """The picture at `t_ms`, RGB uint8[height,width,3], the caller's own."""
        now = stance(self._timeline.levels(t_ms), t_ms, self._phase)
        picture = self._picture
        if max(now.lids, now.mouth) > LEVEL_MIN:
            picture = picture.copy()
            for lid in self._lids if now.lids > LEVEL_MIN else ():
                lid.draw(self._picture, now.lids, picture)
            if now.mouth > LEVEL_MIN:
                self._jaw.draw(self._picture, now.mouth, picture)
        out = np.empty_like(picture)
        self._head.render(picture, now, out)
        return self._noise.onto(out, t_ms)


class HeldPhotograph:
    """The same portrait as a photo held up to the camera by hand: it shakes, and can do nothing else."""

    def __init__(
        self,
        portrait: NDArray[np.uint8],
        points: NDArray[np.floating[Any]],
        width: int = 640,
        height: int = 480,
        *,
        seed: int = 0,
    ) -> None:
        self._picture = place(portrait, points, width, height).picture
        self._phase = float(seed % 997)
        self._noise = SensorNoise(width, height, seed)

    def perform(self, action: str, at_ms: int, *, slowness: float = 1.0, held: bool = False) -> int:
        """A photo does not do as it is told: nothing happens, at once."""
        return at_ms

    def release(self, at_ms: int) -> None:
        """It holds nothing."""

    def frame(self, t_ms: int) -> NDArray[np.uint8]:
        """The picture at `t_ms`, RGB uint8[height,width,3], the caller's own."""
        height, width = self._picture.shape[:2]
        now = t_ms / 1000
        angle = SHAKE_DEG * math.sin(2.3 * now + self._phase)
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1 + 0.004 * math.sin(3.1 * now))
        shake = np.array([[0, 0, math.sin(7.7 * now + self._phase)], [0, 0, math.sin(6.1 * now)]])
        matrix = matrix + SHAKE_PX * shake
        moved = cv2.warpAffine(self._picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return self._noise.onto(np.asarray(moved, np.uint8), t_ms)


class SensorNoise:
    """Noise of a sensor that never repeats from one frame to the next; seeded."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        chance = np.random.default_rng(seed)
        shape = (height + NOISE_MARGIN_PX, width + NOISE_MARGIN_PX, 3)
        self._sheet = np.rint(chance.normal(0, NOISE_SIGMA, shape)).astype(np.int16)
        self._size = (height, width)

    def onto(self, picture: NDArray[np.uint8], t_ms: int) -> NDArray[np.uint8]:
        """`picture` with the noise of the moment `t_ms`."""
        height, width = self._size
        place_of = (t_ms * 2654435761) % (NOISE_MARGIN_PX * NOISE_MARGIN_PX)  # Knuth's multiplicative hash
        top, left = divmod(place_of, NOISE_MARGIN_PX)
        noise = self._sheet[top : top + height, left : left + width]
        return np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), np.uint8)
