"""The README's pictures, from the screens that a settled payment showed. Impure: reads and writes files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from demo.errors import DemoError
from demo.talk import Seen
from server_mqtt.contract.messages import Role
from terminal.presenter.view import ScreenName

SCENE: Final = "settled"
"""The scene they are taken from."""
CONSENT: Final = "consent.png"
SETTLED: Final = "settled.png"
SIDE_WIDTH_PX: Final = 520
"""Of each terminal where both stand side by side: a page is about twice as wide."""
GAP_PX: Final = 16
_WHITE: Final = 255
_SMALLEST_FILE: Final = (cv2.IMWRITE_PNG_COMPRESSION, 9)


def write_pictures(folder: Path, seen: Mapping[Role, Sequence[Seen]]) -> None:
    """Both pictures into `folder`; raises DemoError where a screen was not shown or a file cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    consent = _read(seen[Role.PAYER], ScreenName.SECOND_INSTRUCTION)
    _write(folder / CONSENT, consent)
    both = [_scaled(_read(seen[role], ScreenName.OUTCOME)) for role in (Role.PAYER, Role.PAYEE)]
    gap = np.full((both[0].shape[0], GAP_PX, 3), _WHITE, np.uint8)
    _write(folder / SETTLED, np.hstack([both[0], gap, both[1]]))


def _read(shown: Sequence[Seen], screen: ScreenName) -> cv2.typing.MatLike:
    path = next((one.picture for one in shown if one.screen is screen), None)
    picture = cv2.imread(path) if path else None
    if picture is None:
        raise DemoError(f"there is no picture of {screen.value}")
    return picture


def _scaled(picture: cv2.typing.MatLike) -> cv2.typing.MatLike:
    height = round(picture.shape[0] * SIDE_WIDTH_PX / picture.shape[1])
    return cv2.resize(picture, (SIDE_WIDTH_PX, height), interpolation=cv2.INTER_AREA)


def _write(path: Path, picture: cv2.typing.MatLike) -> None:
    if not cv2.imwrite(str(path), picture, _SMALLEST_FILE):
        raise DemoError(f"{path} cannot be written")
