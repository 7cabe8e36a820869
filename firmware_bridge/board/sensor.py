"""A fingerprint reader behind a bridge board, as a `FingerprintReader`: opened, lit and closed together. Impure.

A board whose case was opened is not used: somebody may sit between the reader and it.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_bridge.board.bridge import BridgeBoard, OnEvent
from firmware_bridge.board.front import BoardState
from firmware_bridge.board.reader_line import BoardReaderLine
from firmware_bridge.contract import FingerImage, Light
from firmware_bridge.errors import BoardTampered
from firmware_bridge.r503.reader import R503Reader


class BoardReader:
    """Used from one thread, as every reader."""

    def __init__(self, board: BridgeBoard) -> None:
        """Find the reader behind `board`, which is closed with it. Raises SensorError, BoardTampered first."""
        self._board = board
        try:
            require_untampered(board.state(), board.name)
            self._reader = R503Reader(BoardReaderLine(board))
        except BaseException:
            board.close()
            raise

    @classmethod
    def open(cls, port: str, key: bytes, on_event: OnEvent | None = None) -> BoardReader:
        """The reader behind the paired board on `port`. Raises SensorError."""
        return cls(BridgeBoard.open(port, key, on_event))

    @property
    def module(self) -> str:
        """The reader's model, and serial number where it tells one."""
        return self._reader.module

    @property
    def identity(self) -> str:
        """The reader's, and the board's."""
        return f"{self._reader.identity}, behind {self._board.identity}"

    def capture(
        self,
        *,
        timeout_s: float,
        resting: Callable[[], None] | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FingerImage:
        """See `FingerprintReader.capture`. Raises BoardTampered where the case was opened meanwhile."""
        self._board.signal(Light.READING)
        found = self._reader.capture(timeout_s=timeout_s, resting=resting, progress=progress, cancelled=cancelled)
        require_untampered(self._board.state(), self._board.name)
        return found

    def signal(self, light: Light) -> None:
        """See `FingerprintReader.signal`: on the board's ring and on the reader's own. Raises SensorError."""
        require_untampered(self._board.state(), self._board.name)
        self._board.signal(light)
        self._reader.signal(light)

    def close(self) -> None:
        """See `FingerprintReader.close`."""
        self._reader.close()
        self._board.close()


def require_untampered(state: BoardState, where: str) -> None:
    """Raises BoardTampered where the case is open or was opened and nobody has looked after it."""
    if state.case_open:
        raise BoardTampered(f"{where}: the case is open: close it, look for anything foreign, then clear the board")
    if state.tampered:
        raise BoardTampered(f"{where}: the case was opened: look for anything foreign, then clear the board")
