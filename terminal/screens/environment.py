"""How Kivy is told to behave before it is imported, and where SDL draws. Impure: writes this process's environment.

Kivy reads `KIVY_*` once, when it is imported; SDL reads its driver when the window opens. Both are decided here only.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Mapping
from typing import Final

MAX_FRAMES_PER_S: Final = 30
"""33 ms a frame: half of what 60 costs on software rendering, and a touch is still answered well within 100 ms."""

KIVY_ENVIRONMENT: Final[Mapping[str, str]] = {
    "KIVY_NO_ARGS": "1",  # the command line is the product's own
    "KIVY_LOG_MODE": "PYTHON",  # Kivy logs through `logging` and leaves the root logger and stderr alone
    "KIVY_NO_FILELOG": "1",
    "KIVY_WINDOW": "sdl2",  # where SDL fails, Kivy's next choice ends the process without a word of why
    "KIVY_METRICS_DENSITY": "1",  # the window sets the real one from its size
    "KIVY_METRICS_FONTSCALE": "1",
    "KCFG_GRAPHICS_MAXFPS": str(MAX_FRAMES_PER_S),  # the clock takes it when it is made, at Kivy's import
}

DESKTOPS: Final[Mapping[str, str]] = {"DISPLAY": "x11", "WAYLAND_DISPLAY": "wayland"}
"""The variable that names a desktop's display, and SDL's driver for it."""


def prepare_environment() -> None:
    """Set what Kivy reads at import; what the caller set already stays. Kivy's files go to a folder that goes away."""
    for name, value in KIVY_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "KIVY_HOME" not in os.environ:
        home = tempfile.mkdtemp(prefix="countersign-kivy-")
        os.environ["KIVY_HOME"] = home
        atexit.register(shutil.rmtree, home, ignore_errors=True)
    # A fresh folder makes Kivy warn about "older" settings; the window lets warnings through again.
    logging.getLogger("kivy").setLevel(logging.ERROR)


def video_driver(environment: Mapping[str, str], *, kiosk: bool) -> str | None:
    """SDL's video drivers, the first that works counting, or None where the caller set one: a desktop, then the bare
    screen of a kiosk (KMS/DRM); with neither, off-screen with real GL. A kiosk never draws where nobody sees it.
    """
    if environment.get("SDL_VIDEODRIVER"):
        return None
    drivers = [driver for variable, driver in DESKTOPS.items() if environment.get(variable)]
    if not kiosk:
        drivers.append("offscreen")
    return ",".join(drivers) or "kmsdrm"


def choose_video_driver(*, kiosk: bool) -> None:
    """Apply `video_driver` to this process; to be called before the window opens."""
    driver = video_driver(os.environ, kiosk=kiosk)
    if driver is not None:
        os.environ["SDL_VIDEODRIVER"] = driver
