"""Starts a peer in its own environment, and asks it for rounds. Impure: a process, a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from tests.bench.figure import Figure, amount
from tests.bench.race import Cost
from tests.project_tree import ROOT

ENVIRONMENTS: Final = ROOT / ".cache" / "peers"
"""`./run bench` makes them."""
LOG_TAIL_BYTES: Final = 4_000
END_TIMEOUT_S: Final = 30
THREAD_SETTINGS: Final = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
)
"""Where the peers' libraries look for a number of threads, beside what each is told."""


class PeerError(RuntimeError):
    """A peer that is not there, or did not answer; says what to do."""


class PeerProcess:
    """A peer with its pictures, warmed up, as a context. `found`: its answers; `about`: what it is."""

    def __init__(
        self, environment: str, module: str, pictures: NDArray[np.uint8], *, threads: int, variant: str = "-"
    ) -> None:
        """`module` serves (see `peers.serve`). Raises PeerError where there is no such environment."""
        self._command = (python_of(environment), "-m", module, variant)
        self._pictures = pictures
        self._threads = str(threads)
        self.about = ""
        self.peak_mb = 0.0
        self.found: list[Any] = []

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        np.save(folder / "pictures.npy", self._pictures)
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            (*self._command, self._threads, str(folder)),
            cwd=ROOT,
            env={**os.environ, **dict.fromkeys(THREAD_SETTINGS, self._threads), "TF_CPP_MIN_LOG_LEVEL": "2"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        try:
            self.about = str(self._heard())
            self.found = json.loads((folder / "found.json").read_text(encoding="utf-8"))
        except BaseException:
            self._end()
            raise
        return self

    def round(self) -> Cost:
        """All of its pictures once more. Raises PeerError where it has ended."""
        stream = _open(self._process.stdin)
        stream.write("\n")
        stream.flush()
        wall_ms, cpu_ms = self._heard()
        return Cost(float(wall_ms), float(cpu_ms))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            _open(self._process.stdin).close()
            if kind is None:
                self.peak_mb = float(self._heard())
                self._process.wait(END_TIMEOUT_S)
        finally:
            self._end()

    def _end(self) -> None:
        with self._process:
            self._process.kill()
        self._log.close()
        self._folder.cleanup()

    def _heard(self) -> Any:
        line = _open(self._process.stdout).readline()
        if not line:
            said = Path(self._log.name).read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
            raise PeerError(f"the peer has ended: {said}")
        return json.loads(line)


def python_of(environment: str) -> str:
    """The interpreter of one of the peers' environments. Raises PeerError where there is none."""
    path = ENVIRONMENTS / environment / "bin" / "python"
    if not path.exists():
        raise PeerError(f"there is no {path}: `./run bench` makes it where a figure needs it")
    return str(path)


def memory_of(name: str, peer: PeerProcess, *, sound: bool) -> Figure:
    """What a peer's process had at most, when it has ended."""
    return amount(f"{name}-peer-memory", f"peak of {peer.about}", peer.peak_mb, "MB", 1, bound=None, sound=sound)


def _open(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
