"""`./run clips`: how often a recorded clip passes, computed and simulated; writes the table of docs/liveness.md.

Impure: standard streams, the page.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from models.evaluate.rates import upper_bound
from server_mqtt.verification.challenge import count
from server_mqtt.verification.clip_chance import overall, per_try, tries
from server_mqtt.verification.policy import Policy
from tests.clips.attack import attacked, clip_of, drawn, fitting, random_clip
from tests.marked_parts import with_part

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "liveness.md"
COMPUTED, SIMULATED = "computed", "simulated"
SHAPES: Final = ((3, 1), (3, 2), (3, 3), (4, 1), (4, 2), (4, 3), (5, 1), (5, 2))
"""Actions and lengths of hold that the table shows."""


def computed() -> str:
    """The table of what the policies' arithmetic says."""
    default = Policy()
    lines = [
        f"| actions | lengths of hold | challenges | a clip passes one try | passes one of {tries(default)} tries |",
        "| --- | --- | --- | --- | --- |",
    ]
    for actions, holds in SHAPES:
        policy = Policy(challenge_actions=actions, challenge_holds=holds)
        mark = " (default)" if policy == default else ""
        one = per_try(policy)
        lines.append(
            f"| {actions} | {holds}{mark} | {count(actions, holds):,} | 1 in {one.denominator:,} "
            f"| {100 * overall(policy):.2f} % |"
        )
    return "\n".join(lines)


def simulated(rows: int, clips: int, seed: int) -> str:
    """What the terminal's own judge and the server's own lock-out make of recorded clips under the default policy."""
    policy, chance = Policy(), random.Random(seed)
    fits = [len(fitting(clip_of(drawn(policy, chance), chance), policy)) for _ in range(clips)]
    others = [len(fitting(random_clip(policy.challenge_actions, chance), policy)) for _ in range(clips)]
    came = attacked(policy, rows, chance)
    challenges = count(policy.challenge_actions, policy.challenge_holds)
    bound = 100 * upper_bound(came.passed, came.rows)
    held = f"held against every one of the {challenges:,} challenges"
    got_in = f"{came.passed:,} got in, with {came.tries:,} tries in all; under {bound:.2f} % with 95 % confidence"
    return (
        f"- Each of {clips:,} clips of a person who performed some challenge well, {held}: it passed {_range(fits)}.\n"
        f"- Each of {clips:,} clips of a person who did anything at all, {held}: it passed {_range(others)}.\n"
        f"- {came.rows:,} thieves, each with a clip of the first kind, tried until it passed or the face was blocked: "
        f"{got_in}."
    )


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0."""
    parser = argparse.ArgumentParser(prog="./run clips", description=main.__doc__)
    parser.add_argument("--rows", type=int, default=1_000, help="thieves to simulate (1000: about 10 minutes)")
    parser.add_argument("--clips", type=int, default=100, help="clips to hold against every challenge")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the results into docs/liveness.md")
    options = parser.parse_args(arguments)
    parts = {COMPUTED: computed(), SIMULATED: simulated(options.rows, options.clips, options.seed)}
    for part in parts.values():
        sys.stdout.write(f"{part}\n\n")
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        for name, part in parts.items():
            page = with_part(page, name, part)
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
