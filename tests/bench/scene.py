"""What everybody is shown: the puppet of the public-domain portrait, and fingers that nobody has. Pure but for the
portrait and the bundle, which `./run models` left.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from demo.portrait import Face, load_face
from firmware_bridge.camera.puppet import Puppet
from firmware_bridge.finger_synthesis import SyntheticFinger
from models.build.__main__ import DEFAULT_DOWNLOADS
from models.bundle import DEFAULT_BUNDLE, RELEASE_SHA256, Bundle
from models.face.pipeline import FacePipeline
from models.fingerprint.extractor import SensorFormat
from tests.evaluation.trial import FRAME_MS
from tests.project_tree import ROOT

ACTIONS: Final = (("turn_left", 300), ("blink", 1_600), ("open_mouth", 2_500))
"""What the puppet does in front of whoever looks, and when: three seconds, at rest at both ends."""
FRAMES: Final = 72
FINGERS: Final = 6
FIRST_FINGER: Final = 21


@cache
def bundle() -> Bundle:
    """This release's networks. Raises BundleError where they were not built."""
    return Bundle.open(ROOT / DEFAULT_BUNDLE, sha256=RELEASE_SHA256)


@cache
def face() -> Face:
    """The portrait and its mesh. Raises DemoError where it was not fetched."""
    return load_face(bundle(), ROOT / DEFAULT_DOWNLOADS)


def puppet(seed: int = 0) -> Puppet:
    """The portrait before a camera of 640x480."""
    return Puppet(face().picture, face().points, seed=seed)


def frames(count: int = FRAMES) -> NDArray[np.uint8]:
    """uint8[count,480,640,3]: a face that turns, blinks and opens its mouth."""
    who = puppet()
    for action, at_ms in ACTIONS:
        who.perform(action, at_ms)
    return np.stack([who.frame(number * FRAME_MS) for number in range(count)])


def meshes(pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """float32[468,3] of each, one after the other, as a terminal finds them."""
    pipeline = FacePipeline(bundle())
    seen = [pipeline.observe(picture).face for picture in pictures]
    return [one.points for one in seen if one is not None]


def fingers(count: int, form: SensorFormat) -> NDArray[np.uint8]:
    """uint8[count,height,width] of a sensor, each of another finger."""
    return np.stack(
        [
            SyntheticFinger(seed).impression(0, width=form.width, height=form.height, dpi=form.dpi)
            for seed in range(FIRST_FINGER, FIRST_FINGER + count)
        ]
    )
