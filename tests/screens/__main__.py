"""`./run screens`: a picture of every sample view in both languages and sizes, in screens-out/."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.screens.samples import DRAWN, sample_views

SIZES = ((800, 480), (1280, 720))


def draw_all(width: int, height: int, out: Path) -> None:
    """All pictures of one size; opens this process's one window."""
    from terminal.screens.picture import capture_window
    from tests.screens.stage import open_stage

    with open_stage(width, height) as stage:
        for language, casts in DRAWN.items():
            folder = out / f"{width}x{height}" / language
            for cast in casts:
                for name, view in sample_views(language, cast).items():
                    stage.show(view)
                    capture_window(folder / f"{name}.png")


def main() -> int:
    """One process a size."""
    parser = argparse.ArgumentParser(prog="./run screens", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("screens-out"))
    parser.add_argument("--size", help="only this one, such as 800x480, in this process")
    options = parser.parse_args()
    if options.size:
        width, height = (int(side) for side in options.size.split("x"))
        draw_all(width, height, options.out)
        return 0
    for width, height in SIZES:
        command = [sys.executable, "-m", "tests.screens", "--out", str(options.out), "--size", f"{width}x{height}"]
        subprocess.run(command, check=True, env={"KCFG_GRAPHICS_MAXFPS": "0"} | os.environ)
        sys.stdout.write(f"pictures of {width}x{height}: {options.out / f'{width}x{height}'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
