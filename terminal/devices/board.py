"""The bridge board of a terminal's configuration: its key's file, its reader. Impure: reads and writes a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from firmware_bridge.board.front import BoardEvent
from firmware_bridge.board.sensor import BoardReader
from firmware_bridge.errors import SensorNotFound
from firmware_bridge.firmware.seals import PAIRING_KEY_BYTES
from terminal.config import TerminalConfig
from terminal.errors import ConfigError
from terminal.presenter.board_buttons import BoardButton
from terminal.private_file import write_private

log = structlog.get_logger(__name__)


OnButton = Callable[[BoardButton], None]
"""Hears of a press, and returns at once."""

_BUTTONS: Final = {BoardEvent.PAY_PRESSED: BoardButton.PAY, BoardEvent.STOP_PRESSED: BoardButton.STOP}


def open_board_reader(config: TerminalConfig, on_button: OnButton) -> BoardReader:
    """The reader behind the configured board; its buttons are told to `on_button`. Raises SensorError."""
    try:
        key = read_board_key(config)
    except ConfigError as error:
        raise SensorNotFound(str(error)) from error

    def tell(event: BoardEvent) -> None:
        _note(event)
        if event in _BUTTONS:
            on_button(_BUTTONS[event])

    return BoardReader.open(config.bridge.port, key, tell)


def read_board_key(config: TerminalConfig) -> bytes:
    """The pairing's key. Raises ConfigError."""
    path = config.path(config.bridge.key)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}: pair the bridge board first") from error
    except ValueError as error:
        raise ConfigError(f"{path} holds no key: pair the bridge board again") from error
    if len(key) != PAIRING_KEY_BYTES:
        raise ConfigError(f"{path} holds no key: pair the bridge board again")
    return key


def write_board_key(path: Path, key: bytes) -> None:
    """Keep the pairing's key, for its owner alone to read. Raises ConfigError."""
    try:
        write_private(path, f"{key.hex()}\n".encode())
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _note(event: BoardEvent) -> None:
    """What is touched at the board is in the log; an opened case stops the reader by the board's state."""
    level = log.warning if event in (BoardEvent.CASE_OPENED, BoardEvent.READER_OVERFLOW) else log.info
    level("bridge_board", told=event.name.lower())
