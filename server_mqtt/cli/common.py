"""What the commands share: the configuration, the open database, listings. Impure: files and standard output."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from sqlalchemy import Connection

from server_mqtt.config import ServerConfig, load_config
from server_mqtt.shell.clock_anchors import start_clock
from server_mqtt.shell.fence import Fence
from server_mqtt.shell.history import LISTED
from server_mqtt.shell.store import Store, open_store

F = TypeVar("F", bound=Callable[..., Any])

_GAP: Final = "  "

EXISTING_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)

config_option: Final = click.option(
    "--config",
    "config_path",
    type=EXISTING_FILE,
    default="server.toml",
    show_default=True,
    help="The server's configuration.",
)
json_option: Final = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")

limit_option: Final = click.option(
    "--limit", type=click.IntRange(1, 10_000), default=LISTED, show_default=True, help="How many at most."
)


def read_config(path: Path) -> ServerConfig:
    """The configuration in `path` under this process's environment."""
    return load_config(path, os.environ)


@contextmanager
def opened(config_path: Path) -> Iterator[Store]:
    """The database of the configuration in `config_path`."""
    config = read_config(config_path)
    store = open_store(config.database, Fence(config.data_path))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def writing(config_path: Path) -> Iterator[tuple[Connection, int]]:
    """One transaction of a command, committed at its end, and server time at its beginning, in milliseconds."""
    with opened(config_path) as store:
        at_ms = now_ms(store)
        with store.write() as connection:
            yield connection, at_ms


@contextmanager
def reading(config_path: Path) -> Iterator[tuple[Connection, int]]:
    """The same for a command that only reads."""
    with opened(config_path) as store:
        at_ms = now_ms(store)
        with store.read() as connection:
            yield connection, at_ms


def now_ms(store: Store) -> int:
    """Server time for a command: the same as a server's beside it."""
    return start_clock(store).now_ms()


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """A listing: a JSON array, or aligned columns under their names."""
    if as_json:
        show_json(rows)
        return
    if not rows:
        click.echo("none")
        return
    names = list(rows[0])
    table = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(names))]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo(_GAP.join(cells).rstrip())


def show_json(value: object) -> None:
    """`value` as JSON, readable; what is no visible character is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo("".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text))


def _cell(value: object) -> str:
    """Visible characters on one line, whatever a terminal called itself: it does nothing to the operator's screen."""
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
