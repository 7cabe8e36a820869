"""What the board runs at its start: the loop, and the watchdog that starts it again should it ever stand still."""

import machine

from firmware_bridge.firmware.board import Board
from firmware_bridge.firmware.hardware import Hardware

WATCHDOG_MS = 8000
"""The RP2040's longest is 8,388; a pairing on it takes a second or two."""


def main() -> None:
    """Never ends."""
    board = Board(Hardware())
    watchdog = machine.WDT(timeout=WATCHDOG_MS)
    while True:
        board.step()
        watchdog.feed()


if __name__ == "__main__":
    main()
