"""The reader's line through a bridge board: a serial line like any other to the driver. Impure."""

from __future__ import annotations

from firmware_bridge.board.bridge import BridgeBoard
from firmware_bridge.port import READ_BYTES_MAX


class BoardReaderLine:
    """A `port.Line`. It does not own the board: closing it leaves the board open."""

    def __init__(self, board: BridgeBoard) -> None:
        self._board = board

    @property
    def name(self) -> str:
        """The board's port, and that it is not the reader's own."""
        return f"{self._board.name} (reader)"

    def receive(self, timeout_s: float) -> bytes:
        """See `Line.receive`. Raises SensorUnplugged with the board, SensorCorrupt where bytes were lost."""
        return self._board.receive_from_reader(timeout_s, READ_BYTES_MAX)

    def send(self, data: bytes) -> None:
        """See `Line.send`."""
        self._board.send_to_reader(data)

    def set_baud(self, baud: int) -> None:
        """See `Line.set_baud`."""
        self._board.set_reader_baud(baud)

    def discard_input(self) -> None:
        """See `Line.discard_input`."""
        self._board.forget_reader()

    def close(self) -> None:
        """See `Line.close`."""
        self._board.forget_reader()
