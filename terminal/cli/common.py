"""What the commands share: the configuration. Impure: reads the file and the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from terminal.config import TerminalConfig, load_config

EXISTING_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)

config_option: Final = click.option(
    "--config",
    "config_path",
    type=EXISTING_FILE,
    default="terminal.toml",
    show_default=True,
    help="The terminal's configuration.",
)


def read_config(path: Path) -> TerminalConfig:
    """The configuration in `path` under this process's environment."""
    return load_config(path, os.environ)
