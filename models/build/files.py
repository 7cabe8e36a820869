"""Files that are there whole or not at all, and one build at a time. Impure: the disk.

A build may be killed at any moment: what it was writing is called `.part` until it is complete, on the disk and
verified, and the next build begins that file again.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from models.errors import BuildError

MEGABYTE = 1_000_000


@contextmanager
def arriving(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content becomes the file `path` when the block ends without an error.

    Raises BuildError where the disk is full or does not let itself be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise _refusal(path, error) from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold `folder` for one build: a second one waits here until the first has ended, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise _refusal(folder, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def holds(path: Path, sha256: str) -> bool:
    """Whether `path` is a file with this hash. Raises BuildError where it is there and cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BuildError(f"{path} cannot be read: {error.strerror}") from error


def _refusal(path: Path, error: OSError) -> BuildError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BuildError(f"the disk is full: make room in {path.parent} (a build needs up to 200 MB), then call again")
    return BuildError(f"{path} cannot be written: {error.strerror or error}")
