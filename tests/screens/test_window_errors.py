"""Where no window can be opened, the error says what is missing, in words that somebody in the shop can act on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.screens.rig import environment

pytestmark = [pytest.mark.window, pytest.mark.timeout(300)]

_OPEN = """
import sys
from terminal.errors import TerminalError
from terminal.screens import font, window
from pathlib import Path
if len(sys.argv) > 2:
    font.register_font.__defaults__ = (Path(sys.argv[2]),)
try:
    window.open_window(800, 480, fullscreen=sys.argv[1] == "kiosk")
except TerminalError as error:
    print(type(error).__name__, error)
else:
    from kivy.base import EventLoop
    print("opened", *EventLoop.window.size)
"""


def _open(how: str, *more: str, **changed: str) -> tuple[str, str]:
    """What opening a window said, and what it logged. Raises where the process died of it."""
    changed = {"SDL_VIDEODRIVER": "", **changed}
    done = subprocess.run(
        [sys.executable, "-c", _OPEN, how, *more],
        env=environment(**changed),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.strip(), done.stderr


def test_without_a_display_a_window_is_drawn_off_screen() -> None:
    said, logged = _open("window")
    assert said == "opened 800 480"
    assert "display" not in logged


def test_a_display_that_is_not_there_is_named_and_drawn_around() -> None:
    said, logged = _open("window", DISPLAY=":77")
    assert said == "opened 800 480"
    assert "no display at DISPLAY=:77: drawing off-screen" in logged


@pytest.mark.parametrize(
    ("how", "changed", "says"),
    [
        ("kiosk", {"DISPLAY": ":77"}, ["x11", "DISPLAY=:77", "see that the display runs"]),
        ("kiosk", {"SDL_VIDEODRIVER": "nonsense"}, ["nonsense", "SDL_VIDEODRIVER=nonsense"]),
        ("window", {"SDL_VIDEODRIVER": "dummy"}, ["dummy"]),
        ("window", {"SDL_VIDEO_EGL_DRIVER": "/nonexistent.so"}, ["EGL", "install libgl1 and libegl1"]),
        ("window", {"KIVY_GL_BACKEND": "mock"}, ["OpenGL", "2.0 is needed", "KIVY_GL_BACKEND"]),
        ("window", {"MESA_GL_VERSION_OVERRIDE": "1.4"}, ["OpenGL 1.4", "2.0 is needed"]),
    ],
)
def test_what_is_missing_is_said(how: str, changed: dict[str, str], says: list[str]) -> None:
    said, _ = _open(how, **changed)
    assert said.startswith("WindowError "), said
    for words in says:
        assert words in said


def test_a_missing_gl_library_is_said(tmp_path: Path) -> None:
    (tmp_path / "libGL.so.1").touch()
    said, _ = _open("window", LD_LIBRARY_PATH=str(tmp_path))
    assert said.startswith("WindowError "), said
    assert "libGL.so.1" in said
    assert "install libgl1" in said


def test_a_missing_font_is_said(tmp_path: Path) -> None:
    said, _ = _open("window", str(tmp_path / "font.ttc"))
    assert said == (
        f"FontMissingError the screens' font is missing: {tmp_path / 'font.ttc'}; "
        "install it with: apt-get install fonts-wqy-microhei"
    )
