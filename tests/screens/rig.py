"""Runs the checks of `tests.screens.checks` in a window of their own process, once a size."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

CHECKS: Final = Path(__file__).with_name("checks")
MODULES: Final = {
    "800x480": ("drawing", "touching", "preview", "pictures", "resources"),
    "1280x720": ("drawing", "touching", "preview"),
}
"""What is checked in which size of window; the rest does not depend on it."""

PATIENCE_S: Final = 600
"""A size takes about 20 s on one free core, and many times as long where ten others want it."""

AS_FAST_AS_IT_GOES: Final = {"KCFG_GRAPHICS_MAXFPS": "0", "SDL_VIDEODRIVER": "offscreen"}
"""No waiting between frames, and no window on the desk of whoever runs the tests."""


def checks() -> list[tuple[str, str]]:
    """Size and name (module.function) of every check, without importing Kivy into the process of the tests."""
    return [(size, f"{name}.{each}") for size, names in MODULES.items() for name in names for each in _functions(name)]


def _functions(module: str) -> list[str]:
    tree = ast.parse((CHECKS / f"{module}.py").read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def environment(**changed: str) -> dict[str, str]:
    """Of a child with a window that nobody sees."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return kept | AS_FAST_AS_IT_GOES | changed


@cache
def verdicts(size: str) -> Mapping[str, str]:
    """What went wrong in each check, or nothing. Raises AssertionError where its process did not come through."""
    command = [sys.executable, "-m", "tests.screens.child", size, *MODULES[size]]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"ended with {done.returncode} after {found[-1:]}:\n{done.stderr}"
    return {each["check"]: each["wrong"] for each in found}
