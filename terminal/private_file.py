"""A file that its owner alone may read: the whole of it or none appears under its name. Impure: the disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_MODE: Final = 0o600


def write_private(path: Path, content: bytes) -> None:
    """Write and sync `content`, then give it its name, over a file that may be there. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
