"""A slot for an operator's own passive network, in MiniFASNet's input form. Owns one interpreter and its buffer.

Form (github.com/minivision-ai/Silent-Face-Anti-Spoofing): 80 x 80 pixels of blue, green, red, float32 0..255, colour
first or last; the face's box made 2.7 times as large, pushed back into the frame where it leaves it; three classes out,
of which number 1 is a live face, as logits or as shares. The project ships none: whoever puts one in measures it, with
`./run eval`, and answers for its licence.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.interpreter import Interpreter, TensorShape
from models.liveness.cues.glance import Glance

SIDE_PX: Final = 80
CONTEXT: Final = 2.7
LIVE: Final = 1
CLASSES: Final = 3
MODEL_BYTES_MAX: Final = 50 * 1024 * 1024
"""MiniFASNet has 1.7 MB; more than this is another file."""
_COLOUR_LAST: Final = TensorShape((1, SIDE_PX, SIDE_PX, 3), "float32")
_COLOUR_FIRST: Final = TensorShape((1, 3, SIDE_PX, SIDE_PX), "float32")
_SUM_SLACK: Final = 1e-3


class PassiveModel:
    """A passive cue called `model`: the network's share of its live class, 0 to 1."""

    name = "model"

    def __init__(self, content: bytes, *, threads: int = 1) -> None:
        """Raises ModelError for what is no network of this form."""
        self._interpreter = Interpreter(content, threads=threads)
        if self._interpreter.inputs not in ((_COLOUR_LAST,), (_COLOUR_FIRST,)):
            raise ModelError(
                f"a passive network takes float32[1,{SIDE_PX},{SIDE_PX},3], not {self._interpreter.inputs}"
            )
        if [int(np.prod(output.shape)) for output in self._interpreter.outputs] != [CLASSES]:
            raise ModelError(f"a passive network tells {CLASSES} classes apart, not {self._interpreter.outputs}")
        self._colour_first = self._interpreter.inputs == (_COLOUR_FIRST,)

    @classmethod
    def open(cls, path: Path, sha256: str, *, threads: int = 1) -> PassiveModel:
        """The network at `path`, whose content has this SHA-256. Raises ModelError."""
        try:
            if path.stat().st_size > MODEL_BYTES_MAX:
                raise ModelError(f"{path} has more than {MODEL_BYTES_MAX} bytes: no passive network")
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"the passive network at {path} cannot be read: {error.strerror}") from error
        found = hashlib.sha256(content).hexdigest()
        if found != sha256.lower():
            raise ModelError(f"the passive network at {path} has the SHA-256 {found}, {sha256.lower()} was asked for")
        return cls(content, threads=threads)

    def run(self, glance: Glance) -> float | None:
        """How alive the face of `glance.now` is; None where no face is inside the frame.

        Raises ModelError where the network answers NaN or infinite values: nothing of its is to be believed then.
        """
        box = context_box(glance.now.points, glance.now.rgb.shape[1], glance.now.rgb.shape[0])
        if box is None:
            return None
        left, top, right, bottom = box
        small = cv2.resize(glance.now.rgb[top : bottom + 1, left : right + 1], (SIDE_PX, SIDE_PX))
        bgr = np.ascontiguousarray(small[..., ::-1], np.float32)
        outputs = self._interpreter.run((bgr.transpose(2, 0, 1) if self._colour_first else bgr)[None].copy())
        return _live_share(outputs[0].ravel().astype(np.float64))


def context_box(points: NDArray[np.float32], width: int, height: int) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom (inclusive) of the face's box times 2.7, inside the frame; less where that is too much.

    None where there is no face in the frame.
    """
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    face_width, face_height = (float(side) for side in high - low)
    x, y = (float(one) for one in (low + high) / 2)
    if not (face_width >= 1 and face_height >= 1 and 0 <= x < width and 0 <= y < height):
        return None
    scale = min(CONTEXT, (height - 1) / face_height, (width - 1) / face_width)
    half_width, half_height = scale * face_width / 2, scale * face_height / 2
    x = min(max(x, half_width), width - 1 - half_width)
    y = min(max(y, half_height), height - 1 - half_height)
    return int(x - half_width), int(y - half_height), int(x + half_width), int(y + half_height)


def _live_share(outputs: NDArray[np.float64]) -> float:
    if outputs.min() >= 0 and abs(float(outputs.sum()) - 1) < _SUM_SLACK:
        return float(outputs[LIVE])
    powers = np.exp(outputs - outputs.max())
    return float(powers[LIVE] / powers.sum())
