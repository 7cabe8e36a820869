"""An emulated bridge board as an object: the emulator's process and what is done to it. Impure: a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

UNIQUE_ID: Final = "e6605481db318a34"
_STOP_TIMEOUT_S: Final = 10.0
_ROOT: Final = Path(__file__).resolve().parents[3]


class EmulatedBoard:
    """One board with its own flash in a folder, at the port `path`.

    It begins without power: hold its buttons or open its case first, then `do("power")`.
    """

    def __init__(self, folder: Path, unique_id: str = UNIQUE_ID) -> None:
        command = [sys.executable, "-m", "firmware_bridge.emulate", "board", str(folder), "--unique-id", unique_id]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
        self.path = self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def do(self, command: str) -> str:
        """One command: press|release pay|stop, open, shut, place SEED, lift, fault, cut, power, show.

        Raises ValueError for another, RuntimeError where the process has ended.
        """
        commands = _stream(self._process.stdin)
        commands.write(f"{command}\n")
        commands.flush()
        answer = self._answer()
        if answer.startswith("unknown"):
            raise ValueError(answer)
        return answer

    def shown(self) -> dict[str, Any]:
        """What ring, buzzer and reader do: ring, buzzing_hz, starved, reader_baud, aura."""
        values: dict[str, Any] = json.loads(self.do("show"))
        return values

    def unplug(self) -> None:
        """Pull the cable, and the board with it: whoever has the port open finds it gone."""
        self._process.kill()
        self._process.wait(_STOP_TIMEOUT_S)
        for stream in (self._process.stdin, self._process.stdout):
            _stream(stream).close()

    def _answer(self) -> str:
        line = _stream(self._process.stdout).readline().strip()
        if not line:
            raise RuntimeError(f"the emulated board ended with {self._process.wait(_STOP_TIMEOUT_S)}")
        return line


def _stream(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the emulated board's streams are not piped")
    return stream
