"""A real MicroPython: its WebAssembly port from npm, pinned by hash, which Node.js runs. Impure: network, disk.

`python -m tests.firmware_bridge.board.micropython.fetch` puts it into .cache/micropython, once.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import sys
import tarfile
import urllib.request
from pathlib import Path
from typing import Final

URL: Final = (
    "https://registry.npmjs.org/@micropython/micropython-webassembly-pyscript/-/"
    "micropython-webassembly-pyscript-1.27.0.tgz"
)
SHA256: Final = "303919763c8ebfe5923b9da66226c20dce44ad72b604b225fb39338ea15367af"
FOLDER: Final = Path(__file__).resolve().parents[4] / ".cache" / "micropython"
_MEMBERS: Final = ("micropython.mjs", "micropython.wasm")
_TIMEOUT_S: Final = 60.0
_BYTES_MAX: Final = 2_000_000
_STAMP: Final = "sha256"


def is_there() -> bool:
    """Whether this version was fetched."""
    stamp = FOLDER / _STAMP
    return stamp.exists() and stamp.read_text() == SHA256


def fetch() -> None:
    """Get it, check it, unpack it. Raises OSError without a network, ValueError for another file."""
    with urllib.request.urlopen(URL, timeout=_TIMEOUT_S) as answer:
        content: bytes = answer.read(_BYTES_MAX)
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{URL} is not what it was")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in _MEMBERS:
            stream = archive.extractfile(f"package/{member}")
            if stream is None:
                raise ValueError(f"{URL} has no {member}")
            (FOLDER / member).write_bytes(stream.read())
    (FOLDER / _STAMP).write_text(SHA256)


if __name__ == "__main__":
    if not is_there():
        try:
            fetch()
        except (OSError, ValueError) as error:
            sys.exit(f"MicroPython cannot be fetched: {error}")
