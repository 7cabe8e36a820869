"""`./run kill`: strikes a server in every way at every moment, and says what became of the payments.

usage: --store sqlite|postgresql|both, --times N (passings of each named point), --only TEXT, --most N, --seed S
"""

from __future__ import annotations

import argparse
import gc
import random
import signal
import sys
import time
from collections.abc import Iterator, Mapping

from tests.killing.matrix import Case, cases, refunds
from tests.killing.place import POLICY, SHORT_HOLDS, Place, opened_place

TRIALS_IN_ONE_PLACE = 30
STORES = ("sqlite", "postgresql")


def main(arguments: list[str]) -> int:
    """Tries everything that is asked for; 1 if a payment was not accounted for, or a point was never reached."""
    parser = argparse.ArgumentParser(prog="./run kill")
    parser.add_argument("--store", choices=(*STORES, "both"), default="both")
    parser.add_argument("--times", type=int, default=3, help="passings of each named point (%(default)s)")
    parser.add_argument("--only", default="", help="only trials whose name has this in it")
    parser.add_argument("--most", type=int, help="at most so many trials of each list, drawn by the seed")
    parser.add_argument("--seed", type=int, default=0, help="of the moments at which broker and database die")
    asked = parser.parse_args(arguments)
    # Or its servers, broker and database would live on.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    trials = failures = 0
    for store in STORES if asked.store == "both" else (asked.store,):
        postgres = store == "postgresql"
        for policy, all_of_it in (
            (POLICY, cases(asked.times, asked.seed, postgres=postgres)),
            (SHORT_HOLDS, refunds(asked.times, postgres=postgres)),
        ):
            chosen = _some([case for case in all_of_it if asked.only in case.name], asked.most, asked.seed)
            trials += len(chosen)
            failures += _try_all(store, policy, chosen) if chosen else 0
    if not trials:
        parser.error(f"no trial has {asked.only!r} in its name")
    return 1 if failures else 0


def _some(chosen: list[Case], most: int | None, seed: int) -> list[Case]:
    if most is None or len(chosen) <= most:
        return chosen
    kept = set(random.Random(seed).sample(range(len(chosen)), most))
    return [case for number, case in enumerate(chosen) if number in kept]


def _try_all(store: str, policy: Mapping[str, int | float], chosen: list[Case]) -> int:
    began_s = time.monotonic()
    payments = deaths = failures = 0
    for number, (case, place) in enumerate(_placed(store, policy, chosen), 1):
        try:
            trial = case.run(place)
        except Exception as error:  # noqa: BLE001 - whatever it was, the others are tried all the same
            failures += 1
            sys.stdout.write(f"FAILED {store}, {case.name}: {type(error).__name__}: {error}\n")
            continue
        payments += trial.payments
        deaths += len(trial.exit_codes)
        if not case.is_as_expected(trial):
            failures += 1
            sys.stdout.write(f"FAILED {store}, {case.name}: servers died with {trial.exit_codes}\n")
        sys.stderr.write(f"\r{store}: {number} of {len(chosen)} trials, {payments} payments, {deaths} deaths\033[K")
        sys.stderr.flush()
    sys.stderr.write("\n")
    sys.stdout.write(
        f"{store}: {len(chosen)} trials, {payments} payments, {deaths} deaths of servers, {failures} failures,"
        f" {time.monotonic() - began_s:.0f} s\n"
    )
    return failures


def _placed(store: str, policy: Mapping[str, int | float], chosen: list[Case]) -> Iterator[tuple[Case, Place]]:
    """Each trial with where it is made. Terminals keep descriptors, and paho's select() takes no more than 1,024."""
    for first in range(0, len(chosen), TRIALS_IN_ONE_PLACE):
        with opened_place(postgres=store == "postgresql", policy=policy, durable=True) as place:
            for case in chosen[first : first + TRIALS_IN_ONE_PLACE]:
                yield case, place
        del place
        gc.collect()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
