"""What processes have used of the processors so far. Impure: /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def used_s(processes: Iterable[int]) -> float:
    """Of all of these, by their ids, and of their children that have ended, in seconds."""
    return sum(map(_of_one_s, processes))


def own_s() -> float:
    """Of this process."""
    used = os.times()
    return used.user + used.system


def ended_children_s() -> float:
    """Of what this process has started, and that has ended."""
    used = os.times()
    return used.children_user + used.children_system


def _of_one_s(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS_PER_S
