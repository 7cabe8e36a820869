"""The one window of the process: its size, its scale, its inputs. Impure: opens it."""

from __future__ import annotations

import logging
import os
import re
from typing import Final

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.config import Config
from kivy.graphics.opengl_utils import gl_get_version
from kivy.metrics import Metrics

from terminal.errors import TerminalError
from terminal.screens import theme
from terminal.screens.environment import DESKTOPS, choose_video_driver
from terminal.screens.font import register_font

LAYOUT_ROUNDS: Final = 30
"""Rounds of layout in one frame, each a level of the tree deeper: more than the deepest screen has, so that a new view
is whole in its first frame.
"""

_GL_VERSION_MIN: Final = (2, 0)
_KIVY_LOG: Final = "kivy"
_REASON: Final = re.compile(r"^sdl2 - \w+: (?:b')?(.*?)'?$", re.MULTILINE)
"""What Kivy logs of SDL's refusal, between a page of advice and a page of stack."""

_log = logging.getLogger(__name__)


class WindowError(TerminalError):
    """No window could be opened; the message says what is missing."""


class _Reasons(logging.Handler):
    """Keeps what Kivy says while the window opens."""

    def __init__(self) -> None:
        super().__init__(logging.CRITICAL)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Find SDL's own words (logging's hook)."""
        found = _REASON.search(record.getMessage())
        if found:
            self.text = found[1]


def open_window(width: int, height: int, *, fullscreen: bool) -> None:
    """Open the window (once a process), register the font, scale everything to the window. Raises WindowError,
    FontMissingError.
    """
    register_font()
    choose_video_driver(kiosk=fullscreen)
    _configure(width, height, fullscreen=fullscreen)
    _ensure_window()
    version = gl_get_version()
    if version < _GL_VERSION_MIN:
        raise WindowError(
            f"the graphics driver has OpenGL {version[0]}.{version[1]}, 2.0 is needed: "
            "install libgl1-mesa-dri, and leave KIVY_GL_BACKEND unset"
        )
    logging.getLogger(_KIVY_LOG).setLevel(logging.WARNING)
    window = EventLoop.window
    _say_if_unseen(has_display=window.get_window_info() is not None)
    window.clearcolor = theme.GROUND
    Clock.max_iteration = LAYOUT_ROUNDS
    reference_width, reference_height = theme.REFERENCE_SIZE
    Metrics.density = min(window.width / reference_width, window.height / reference_height)


def _ensure_window() -> None:
    log, reasons = logging.getLogger(_KIVY_LOG), _Reasons()
    log.addHandler(reasons)
    log.propagate = False
    try:
        EventLoop.ensure_window()
    except SystemExit as gave_up:  # Kivy's answer to a missing library or display
        raise WindowError(
            f"no window can be opened ({reasons.text or 'Kivy does not say why'}; {_where()}): install libgl1 and "
            "libegl1; see that the display runs and that this user may use it (groups video, render and input)"
        ) from gave_up
    finally:
        log.propagate = True
        log.removeHandler(reasons)


def _where() -> str:
    names = ("SDL_VIDEODRIVER", *DESKTOPS)
    return ", ".join(f"{name}={os.environ[name]}" for name in names if os.environ.get(name))


def _say_if_unseen(*, has_display: bool) -> None:
    wanted = [f"{name}={os.environ[name]}" for name in DESKTOPS if os.environ.get(name)]
    if wanted and not has_display:
        _log.warning("no display at %s: drawing off-screen", ", ".join(wanted))


def _configure(width: int, height: int, *, fullscreen: bool) -> None:
    settings = {
        "graphics": {
            "width": str(width),
            "height": str(height),
            "fullscreen": "auto" if fullscreen else "0",
            "show_cursor": "0" if fullscreen else "1",
            "resizable": "0",
            "multisamples": "0",  # four times the frames on software rendering; edges are smoothed where they are drawn
            "allow_screensaver": "0",
        },
        "kivy": {"exit_on_escape": "0", "log_level": "warning"},
    }
    for section, values in settings.items():
        for key, value in values.items():
            Config.set(section, key, value)
    # SDL brings both mouse and touch. A second provider of the same panel (probesysfs, Kivy's default) doubles touches.
    for name, _ in Config.items("input"):
        Config.remove_option("input", name)
    Config.set("input", "mouse", "mouse,disable_multitouch")
