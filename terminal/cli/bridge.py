"""`countersign-terminal bridge`: pairing a bridge board, its state, and clearing it after its case was opened."""

from __future__ import annotations

from pathlib import Path

import click

from firmware_bridge.board.bridge import BridgeBoard, pair_board
from firmware_bridge.board.front import BoardState
from terminal.cli.common import config_option, read_config
from terminal.config import TerminalConfig
from terminal.devices.board import read_board_key, write_board_key
from terminal.errors import ConfigError


@click.group("bridge")
def bridge_commands() -> None:
    """The bridge board. Stop a terminal that is running first: it has the board."""


@bridge_commands.command("pair")
@config_option
def pair_command(config_path: Path) -> None:
    """Agrees on a new key with the board: switch it on while both its buttons are held, then call this within a minute.

    Whoever listens on the cable learns nothing; who is in the cable at this moment could be in it for ever. So do this
    with the board in your hand.
    """
    config = _configured(config_path)
    key = pair_board(config.bridge.port)
    write_board_key(config.path(config.bridge.key), key)
    with BridgeBoard.open(config.bridge.port, key) as board:
        click.echo(f"paired with {board.identity}")


@bridge_commands.command("state")
@config_option
def state_command(config_path: Path) -> None:
    """Prints what the board says of itself."""
    config = _configured(config_path)
    with BridgeBoard.open(config.bridge.port, read_board_key(config)) as board:
        click.echo(board.identity)
        click.echo(_told(board.state()))


@bridge_commands.command("clear")
@click.option("--openings", type=click.IntRange(min=0), required=True, help="The number that `bridge state` printed.")
@config_option
def clear_command(openings: int, config_path: Path) -> None:
    """Uses the board again after its case was opened, once you have looked for anything foreign in it.

    It clears nothing while the case is open, or if the case was opened once more since you looked.
    """
    config = _configured(config_path)
    with BridgeBoard.open(config.bridge.port, read_board_key(config)) as board:
        state = board.clear_tamper(openings)
    click.echo(_told(state))
    if state.tampered:
        why = "its case is open" if state.case_open else f"its case was opened {state.openings} times, not {openings}"
        raise ConfigError(f"the board was not cleared: {why}")


def _told(state: BoardState) -> str:
    case = "is open" if state.case_open else "was opened" if state.tampered else "is closed"
    return (
        f"the case {case}; opened {state.openings} times; switched on {state.starts} times, "
        f"{state.up_ms // 1000} s ago; reader at {state.reader_baud} baud"
    )


def _configured(config_path: Path) -> TerminalConfig:
    config = read_config(config_path)
    if not config.bridge.port:
        raise ConfigError("no bridge board is configured: say its port in terminal.toml, [bridge] `port`")
    return config
