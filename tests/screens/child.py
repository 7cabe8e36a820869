"""Runs the checks of some modules in one window, one JSON line a check: name, traceback or nothing, seconds."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType

from tests.screens.checks import drawing, pictures, preview, resources, touching
from tests.screens.stage import Stage, open_stage

Check = Callable[[Stage], None]
MODULES = {module.__name__.rpartition(".")[2]: module for module in (drawing, touching, preview, pictures, resources)}


def checks_of(module: ModuleType) -> Iterator[tuple[str, Check]]:
    """The public functions that a module defines, in its order."""
    for name, value in vars(module).items():
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == module.__name__:
            yield f"{module.__name__.rpartition('.')[2]}.{name}", value


def verdict(check: Check, stage: Stage) -> str:
    """What went wrong, or nothing."""
    try:
        stage.clear()
        check(stage)
    except Exception:  # noqa: BLE001  # whatever a check raises is its verdict
        return traceback.format_exc()
    return ""


def main() -> None:
    """`python -m tests.screens.child 800x480 drawing touching`."""
    size, *names = sys.argv[1:]
    width, height = (int(side) for side in size.split("x"))
    with open_stage(width, height) as stage:
        for module in (MODULES[name] for name in names):
            for name, check in checks_of(module):
                started = time.monotonic()
                line = {"check": name, "wrong": verdict(check, stage), "seconds": round(time.monotonic() - started, 2)}
                sys.stdout.write(json.dumps(line) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
