"""The one window of the process: its size, its scale, its inputs. Impure: opens it."""

from __future__ import annotations

import logging
from typing import Final

from kivy.base import EventLoop
from kivy.config import Config
from kivy.metrics import Metrics

from terminal.screens import theme
from terminal.screens.environment import choose_video_driver
from terminal.screens.font import register_font

MAX_FRAMES_PER_S: Final = 30
"""33 ms a frame: half of what 60 costs on software rendering, and a touch is still answered well within 100 ms."""


class WindowError(Exception):
    """No window could be opened; the message says what is missing."""


def open_window(width: int, height: int, *, fullscreen: bool) -> None:
    """Open the window (once a process), register the font, scale everything to the window. Raises WindowError,
    FontMissingError.
    """
    logging.getLogger("kivy").setLevel(logging.WARNING)
    register_font()
    choose_video_driver(kiosk=fullscreen)
    _configure(width, height, fullscreen=fullscreen)
    try:
        EventLoop.ensure_window()
    except SystemExit as gave_up:  # Kivy's answer to a missing library or display
        message = "no window: install libgl1, libegl1 and libmtdev1, and see that the display can be opened"
        raise WindowError(message) from gave_up
    window = EventLoop.window
    window.clearcolor = theme.GROUND
    reference_width, reference_height = theme.REFERENCE_SIZE
    Metrics.density = min(window.width / reference_width, window.height / reference_height)


def _configure(width: int, height: int, *, fullscreen: bool) -> None:
    settings = {
        "graphics": {
            "width": width,
            "height": height,
            "fullscreen": "auto" if fullscreen else 0,
            "show_cursor": 0 if fullscreen else 1,
            "resizable": 0,
            "multisamples": 0,  # four times the frames on software rendering; edges are smoothed where they are drawn
            "maxfps": MAX_FRAMES_PER_S,
            "allow_screensaver": 0,
        },
        "kivy": {"exit_on_escape": 0, "log_level": "warning"},
    }
    for section, values in settings.items():
        for key, value in values.items():
            Config.set(section, key, value)
    # SDL brings both mouse and touch. A second provider of the same panel (probesysfs, Kivy's default) doubles touches.
    for name, _ in Config.items("input"):
        Config.remove_option("input", name)
    Config.set("input", "mouse", "mouse,disable_multitouch")
