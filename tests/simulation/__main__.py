"""`python -m tests.simulation`: plays worlds, one seed after another, and says how fast and whether all was true.

usage: SEEDS=N, --seed S (the first, or with --trace the only one), --trace, --planted
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter

from tests.simulation.planted import BUGS, finding
from tests.simulation.world import Played, play, quiet_logs

SEEDS = 2_000
PLANTED_SEEDS = 60
"""Within so many worlds every planted bug is found."""
PROGRESS_EVERY_S = 2.0


def main(arguments: list[str]) -> int:
    """Plays what is asked for; 1 if something was not true."""
    asked = _parse(arguments)
    quiet_logs()
    if asked.planted:
        return _plant_all(range(asked.seed, asked.seed + (asked.seeds or PLANTED_SEEDS)))
    if asked.trace:
        return _show(play(asked.seed, traced=True))
    return _play_many(asked.seed, asked.seeds or SEEDS)


def _parse(arguments: list[str]) -> argparse.Namespace:
    words = [word if not word.startswith("SEEDS=") else f"--seeds={word.removeprefix('SEEDS=')}" for word in arguments]
    parser = argparse.ArgumentParser(
        prog="./run simulate", usage="./run simulate [SEEDS=N] [--seed S] [--trace | --planted]"
    )
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("SEEDS", 0)), help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; with --trace the only one")
    parser.add_argument("--trace", action="store_true", help="play one seed and tell everything that happens")
    parser.add_argument("--planted", action="store_true", help="plant bugs and say which seeds find them")
    return parser.parse_args(words)


def _plant_all(seeds: range) -> int:
    unnoticed = 0
    for name, bug in BUGS.items():
        found = finding(bug, seeds)
        unnoticed += not found
        those = " ".join(map(str, found)) or "-"
        sys.stdout.write(f"{name}: found by {len(found)} of {len(seeds)} seeds: {those}\n")
    return 1 if unnoticed else 0


def _play_many(first: int, seeds: int) -> int:
    began = told = time.monotonic()
    states: Counter[str] = Counter()
    struck: Counter[str] = Counter()
    for number, seed in enumerate(range(first, first + seeds), 1):
        played = play(seed)
        if played.broken is not None:
            sys.stderr.write("\n")
            _show(play(seed, traced=True))
            sys.stdout.write(f"\nfailed at seed {seed}; again: ./run simulate --seed {seed} --trace\n")
            return 1
        states.update(played.states)
        struck.update(played.struck)
        now = time.monotonic()
        if now - told >= PROGRESS_EVERY_S or number == seeds:
            told = now
            sys.stderr.write(f"\r{_progress(number, seeds, states.total(), now - began)}")
            sys.stderr.flush()
    sys.stderr.write("\n")
    sys.stdout.write("".join(f"{count:10,}  {state}\n" for state, count in sorted(states.items())))
    sys.stdout.write("".join(f"{count:10,}  {fault}\n" for fault, count in sorted(struck.items())))
    sys.stdout.write(f"{seeds:,} seeds from {first}: everything held\n")
    return 0


def _progress(number: int, seeds: int, payments: int, seconds: float) -> str:
    return f"{number:,} of {seeds:,} seeds, {payments:,} payments, {payments / max(seconds, 0.001):,.0f} payments/s"


def _show(played: Played) -> int:
    sys.stdout.write("\n".join(played.trace) + "\n")
    sys.stdout.write(f"seed {played.seed}: {played.broken or 'everything held'}\n")
    return 0 if played.broken is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
