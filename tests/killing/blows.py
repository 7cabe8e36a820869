"""Ways to strike a server, each at a moment that can be chosen again: the k-th time that it makes something durable."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Self

from tests.private_broker import PrivateBroker
from tests.scenarios.server import NotStartedError, PrivateServer

_LET_GO_TIMEOUT_S: Final = 20.0
_LOOK_AGAIN_S: Final = 0.01


class Blow(StrEnum):
    """What happens when a program asks the kernel to make a file durable (whichever call it uses), or to write to it.

    In strace's words: the system calls, and what becomes of them.
    """

    KILLED = "fdatasync,fsync:signal=SIGKILL"
    IO_ERROR = "fdatasync,fsync:error=EIO"
    NO_SPACE = "fdatasync,fsync:error=ENOSPC"
    WRITE_NO_SPACE = "pwrite64:error=ENOSPC"


@cache
def strace_works() -> bool:
    """Whether strace is installed, and the kernel lets it trace and inject."""
    if shutil.which("strace") is None:
        return False
    traced = [*under_strace(Blow.IO_ERROR, 1, Path("/dev/null")), sys.executable, "-c", _TRY]
    return subprocess.run(traced, capture_output=True, check=False).returncode == 0


_TRY = """
import os, tempfile
with tempfile.TemporaryFile() as file:
    try:
        os.fdatasync(file.fileno())
    except OSError:
        raise SystemExit(0)
raise SystemExit(1)
"""


def under_strace(blow: Blow, at: int, log: Path) -> list[str]:
    """What to run a program under, so that `blow` meets each of its threads at its `at`-th durable write.

    `-D`: the traced program is our own child, the tracer is not, so that a kill of ours meets the right one.
    """
    return ["strace", "-D", *_injecting(blow, at), "-o", str(log)]


def _injecting(blow: Blow, at: int) -> list[str]:
    calls, _, what = blow.value.partition(":")
    return ["-f", "-qq", "-e", f"trace={calls}", "-e", f"inject={calls}:{what}:when={at}"]


class Tracer:
    """strace at processes that run already; `look` lets go once the blow has met one of them."""

    def __init__(self, pids: Sequence[int], blow: Blow, at: int, log: Path) -> None:
        self._log, self.met = log, False
        log.touch()
        attach = [word for pid in pids for word in ("-p", str(pid))]
        self._process = subprocess.Popen(
            ["strace", *_injecting(blow, at), *attach, "-o", str(log)], stderr=subprocess.DEVNULL
        )

    def look(self) -> None:
        """Is called again and again."""
        if not self.met and any(word in self._log.read_text() for word in ("INJECTED", "killed by SIGKILL")):
            self.met = True
            self.close()

    def close(self) -> None:
        """Leaves the process alone."""
        self._process.terminate()
        self._process.wait(_LET_GO_TIMEOUT_S)


@dataclass(slots=True)
class Watch:
    """Starts a server again whenever it has died, and notes what it died of."""

    server: PrivateServer
    exit_codes: list[int]

    @classmethod
    def over(cls, server: PrivateServer) -> Watch:
        """Nothing has happened yet."""
        return cls(server, [])

    def look(self) -> None:
        """Is called again and again."""
        process = self.server.process
        if process is not None and process.poll() is not None:
            self.exit_codes.append(self.server.wait())
            self.server.start()

    def start(self, *, under: Sequence[str] = (), program: Sequence[str] = ("-m", "server_mqtt")) -> None:
        """Starts it so; it may die before it is ready, and is then started again without any of this."""
        try:
            self.server.start(under=under, program=program)
        except NotStartedError as died:
            self.exit_codes.append(died.exit_code)
            self.server.start()


class Revival:
    """Starts a broker again whenever somebody has killed it, also while a server waits for it; as a context."""

    def __init__(self, broker: PrivateBroker, *, forgets: bool) -> None:
        """`forgets`: it has lost what it had saved."""
        self._broker, self._forgets = broker, forgets
        self.deaths = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="revival")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_AGAIN_S):
            if self._broker.is_dead():
                self.deaths += 1
                self._broker.kill()
                if self._forgets:
                    self._broker.forget_everything()
                self._broker.start()
