"""Where SDL draws, and how Kivy is told to behave before it is imported."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from terminal.screens.environment import KIVY_ENVIRONMENT, MAX_FRAMES_PER_S, video_driver
from tests.screens.rig import environment

DESK = {"DISPLAY": ":0"}
WAYLAND = {"WAYLAND_DISPLAY": "wayland-0"}


@pytest.mark.parametrize(
    ("found", "kiosk", "driver"),
    [
        ({}, False, "offscreen"),
        ({}, True, "kmsdrm"),
        (DESK, False, "x11,offscreen"),
        (DESK, True, "x11"),
        (WAYLAND, False, "wayland,offscreen"),
        (DESK | WAYLAND, True, "x11,wayland"),
        (DESK | {"SDL_VIDEODRIVER": "wayland"}, False, None),
        ({"SDL_VIDEODRIVER": "", "DISPLAY": ""}, False, "offscreen"),
    ],
)
def test_a_display_is_used_where_there_is_one(found: dict[str, str], kiosk: bool, driver: str | None) -> None:
    assert video_driver(found, kiosk=kiosk) == driver


def test_a_kiosk_never_draws_where_nobody_sees_it() -> None:
    for found in ({}, DESK, WAYLAND, DESK | WAYLAND):
        assert "offscreen" not in (video_driver(found, kiosk=True) or "")


_ASK_KIVY = """
import json, logging, os, sys
import terminal.screens
from kivy.clock import Clock
from kivy.config import Config
print(json.dumps({
    "argv": sys.argv[1:], "fps": Clock._max_fps, "home": os.environ["KIVY_HOME"],
    "root": logging.getLogger().handlers == [], "window": os.environ["KIVY_WINDOW"],
}))
"""


def _ask(**changed: str) -> dict[str, object]:
    kept = {name: value for name, value in environment(**changed).items() if not name.startswith("KIVY_")}
    del kept["KCFG_GRAPHICS_MAXFPS"]
    done = subprocess.run(
        [sys.executable, "-c", _ASK_KIVY, "--size=9x9"],
        env=kept | changed,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == ""
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_kivy_leaves_the_command_line_the_logs_and_the_home_folder_alone() -> None:
    found = _ask()
    assert found["argv"] == ["--size=9x9"]
    assert found["root"]
    assert "countersign-kivy-" in str(found["home"])
    assert found["window"] == KIVY_ENVIRONMENT["KIVY_WINDOW"] == "sdl2"


def test_frames_are_limited_by_the_product_unless_the_caller_says_otherwise() -> None:
    assert _ask()["fps"] == MAX_FRAMES_PER_S
    assert _ask(KCFG_GRAPHICS_MAXFPS="7")["fps"] == 7
