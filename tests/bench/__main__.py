"""`./run bench`: how quick server and networks are beside what bounds them; bench-out/report.json, a table, pictures.

What is not named is kept of the report that is there.

usage: [FIGURE ...] (such as R1 R6; all if none), --quick (a short run, for a look), --out FOLDER, and for `./run`:
--peers, which names the environments in `.cache/peers` that these figures need
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.bench.capture import capture
from tests.bench.f2_f3 import f2, f3
from tests.bench.f4 import f4
from tests.bench.figure import Figure, amount, is_met, wants_more
from tests.bench.footprint import footprint
from tests.bench.pictures import pictures
from tests.bench.precision import precision
from tests.bench.r1_r6 import r1, r6
from tests.bench.r2_r3 import r2, r3
from tests.bench.r4_f1 import f1, r4
from tests.bench.r7_memory import memory, r7
from tests.bench.scene import FINGERS, FRAMES
from tests.bench.table import table

Tell = Callable[[str], None]

PEERS: Final = {"F1": "faces", "F2": "faces", "F3": "fingers", "precision": "precision"}
"""Which figure needs which of the environments that `./run` makes from tests/bench/peers/requirements-*.txt."""
ON_REQUEST: Final = frozenset({"precision"})
"""Needs data of real people, which is no part of the project."""


def benches(quick: bool) -> dict[str, Callable[[Tell], Iterator[Figure]]]:
    """By name; a short run has few rounds, and says as little."""
    rounds = 1 if quick else 5
    return {
        "R1": lambda tell: r1(rounds, 1.0 if quick else 4.0, tell),
        "R2": lambda tell: r2(1 if quick else 3, 1.0 if quick else 5.0, tell),
        "R3": lambda tell: r3(1 if quick else 4, 10 if quick else 60, tell),
        "R4": lambda tell: r4(3 if quick else 15, FRAMES, tell),
        "R6": lambda tell: r6(rounds, 128 if quick else 1_024, tell),
        "R7": lambda tell: r7(rounds, tell),
        "memory": lambda tell: memory(8 if quick else 40, tell),
        "F1": lambda tell: f1(3 if quick else 15, FRAMES, tell),
        "F2": lambda tell: f2(3 if quick else 9, FRAMES, tell),
        "F3": lambda tell: f3(2 if quick else 7, 2 if quick else FINGERS, tell),
        "F4": lambda tell: f4(1 if quick else 5, tell),
        "capture": lambda tell: capture(1 if quick else 5, tell),
        "footprint": footprint,
        "precision": precision,
    }


def main(arguments: list[str]) -> int:
    """Exit status: 0, 1 where a run broke an invariant."""
    parser = argparse.ArgumentParser(prog="./run bench")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help="such as R1; all but precision if none is named")
    parser.add_argument("--quick", action="store_true", help="a short run")
    parser.add_argument("--out", type=Path, default=Path("bench-out"), help="where the report goes (%(default)s)")
    parser.add_argument("--peers", action="store_true", help="name the peers' environments that are needed, and end")
    asked = parser.parse_args(arguments)
    every = benches(asked.quick)
    unknown = set(asked.figures) - set(every)
    if unknown:
        parser.error(f"there is no figure {', '.join(sorted(unknown))}: there are {', '.join(every)}")
    names = asked.figures or [name for name in every if name not in ON_REQUEST]
    if asked.peers:
        sys.stdout.write("".join(f"{one}\n" for one in sorted({PEERS[name] for name in names if name in PEERS})))
        return 0
    found = _kept(asked.out, names)
    for name in names:
        found.append(_load(name))
        for figure in every[name](_tell):
            found.append(figure)
            sys.stderr.write("\r\033[K")
            sys.stdout.write(f"{_line(figure)}\n")
            sys.stdout.flush()
        # After each: what a long run has measured is not lost with a later one.
        found.sort(key=lambda figure: list(every).index(_bench_of(figure)))
        _write(asked.out, found)
    return 0 if all(figure["passed_invariants"] for figure in found) else 1


def _kept(folder: Path, names: Sequence[str]) -> list[Figure]:
    """Of the report that is there, what is not measured anew."""
    report = folder / "report.json"
    if not report.exists():
        return []
    figures: list[Figure] = json.loads(report.read_text(encoding="utf-8"))
    return [figure for figure in figures if _bench_of(figure) not in names]


def _bench_of(figure: Figure) -> str:
    return figure["id"].split("-")[0]


def _load(name: str) -> Figure:
    """How much else the machine had to do: a run on a busy one says little."""
    what = f"load average of {os.cpu_count()} processors when {name} began"
    return amount(f"{name}-load", what, os.getloadavg()[0], "", 1, bound=None, sound=True)


def _write(folder: Path, figures: list[Figure]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for name, picture in pictures(figures).items():
        (folder / name).write_text(picture, encoding="utf-8")
    (folder / "report.md").write_text(table(figures), encoding="utf-8")


def _line(figure: Figure) -> str:
    value = "broken" if figure["value"] is None else f"{figure['value']:.3g}"
    unit = "" if figure["unit"] == "ratio" else f" {figure['unit']}"
    peer = f", over {figure['peer']}" if figure["peer"] else ""
    goal = ""
    if figure["bound"] is not None:
        sign, met = ">=" if wants_more(figure) else "<=", "met" if is_met(figure) else "not met"
        goal = f" (goal {sign} {figure['bound']:.3g}: {met})"
    return f"{figure['id']:18} {value}{unit}{goal}: {figure['what']}{peer}; n = {figure['n']}"


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text}\033[K")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
