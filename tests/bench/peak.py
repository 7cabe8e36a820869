"""The most memory that a process had at once. Impure: /proc. Needs the standard library only."""

from __future__ import annotations

import re
from pathlib import Path


def peak_mb(process: int | str = "self") -> float:
    """Resident, shared pages counted, in megabytes."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None, status
    return int(found[1]) * 1024 / 1e6
