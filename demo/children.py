"""The demo's own processes: started under names, and ended at exit, whatever the exit is. Impure: processes.

Every child is in a session of its own, so that Ctrl-C reaches the demo alone, which then ends them in order; should the
demo itself be killed, the kernel ends them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.errors import DemoError

STOP_TIMEOUT_S: Final = 6.0
"""A child that does not end in this time after it was asked to is killed."""
LOG_TAIL_LINES: Final = 12
_PR_SET_PDEATHSIG: Final = 1

_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def _end_with_parent() -> None:
    """In the child, before it becomes the program: SIGTERM when the demo is no more (Linux, prctl(2))."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Child:
    """One process, and the files of what it logs (standard error) and says (standard output, where that is no pipe)."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    said: Path

    def require_running(self) -> None:
        """Raises DemoError with the end of its log where it is gone."""
        code = self.process.poll()
        if code is not None:
            raise DemoError(f"{self.name} ended with {_exit(code)}:\n{self.tail()}")

    def require_success(self) -> None:
        """Raises DemoError with the end of its log unless it ended by itself and well."""
        code = self.process.wait()
        if code != 0:
            raise DemoError(f"{self.name} ended with {_exit(code)}:\n{self.tail()}")

    def lines(self) -> list[str]:
        """What it has said so far, whole lines only."""
        *whole, _ = self.said.read_text(encoding="utf-8", errors="replace").split("\n")
        return whole

    def tail(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-LOG_TAIL_LINES:])

    def stop(self) -> None:
        """Ask it to end, then see to it. One that talks is asked by the end of its input."""
        if self.process.poll() is not None:
            return
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        else:
            self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Children:
    """All processes of one demo. `start` gives one, `stop_all` ends what is left, last started first."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where their logs go; it exists."""
        self._folder = folder
        self._children: list[Child] = []

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        talks: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> Child:
        """Run `command`, with `environ` over the demo's own environment; `talks`: its standard input and output are
        pipes to the demo. Raises DemoError.
        """
        log, said = self._folder / f"{name}.log", self._folder / f"{name}.out"
        with log.open("ab") as errors, said.open("wb") as output:
            try:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                    stdout=subprocess.PIPE if talks else output,
                    stderr=errors,
                    env={**os.environ, **(environ or {})},
                    start_new_session=True,
                    preexec_fn=_end_with_parent,  # safe: the demo has one thread
                )
            except OSError as error:
                raise DemoError(f"{name} cannot be started: {error}") from error
        child = Child(name, process, log, said)
        self._children.append(child)
        return child

    def require_running(self) -> None:
        """Raises DemoError for the first one that ended by itself."""
        for child in self._children:
            child.require_running()

    def stop(self, child: Child) -> None:
        """End one of them."""
        child.stop()
        if child in self._children:
            self._children.remove(child)

    def stop_all(self) -> None:
        """End all."""
        while self._children:
            self._children.pop().stop()


@contextlib.contextmanager
def children_in(folder: Path) -> Iterator[Children]:
    """Children that are ended when the context is left, also by SIGTERM and SIGHUP."""
    children = Children(folder)
    before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield children
    finally:
        # A second Ctrl-C while the children end must not leave one behind.
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        children.stop_all()
        signal.signal(signal.SIGINT, interrupt)
        for number, handler in before.items():
            signal.signal(number, handler)


def python(module: str, *arguments: str | Path) -> list[str | Path]:
    """The command that runs a module with this very interpreter, its output not held back."""
    return [sys.executable, "-u", "-m", module, *arguments]


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _exit(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def user_name() -> str | None:
    """Whom Mosquitto is to become: root when root starts it, else None, as it changes nothing then."""
    return "root" if os.geteuid() == 0 else None
