"""What processes have used of the processors so far. Impure: /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def used_s(processes: Iterable[int]) -> float:
    """Of all of these, by their ids, in seconds; of one that has ended nothing is known."""
    return sum(map(_of_one_s, processes))


def own_s() -> float:
    """Of this process."""
    used = os.times()
    return used.user + used.system


def _of_one_s(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
