"""A shop's installation in a private folder, made with the operator's own commands. Impure: files.

Nothing outside the folder is read or written, but for the model bundle, which is read.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from demo.broker import HOST
from demo.errors import DemoError
from demo.people import CURRENCY, PARTIES, PAYEE, Party
from models.bundle import DEFAULT_BUNDLE
from server_mqtt.cli import commands
from server_mqtt.shell.errors import ServerError
from terminal.texts.languages import Language

_EXAMPLE_PORT: Final = "port = 8883"
_EXAMPLE_HOST: Final = 'host = "localhost"'


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything of one demo is."""

    folder: Path

    @property
    def server_config(self) -> Path:
        """The server's configuration, which `countersign-server init` made."""
        return self.folder / "server.toml"

    @property
    def pki(self) -> Path:
        """Certificates."""
        return self.folder / "pki"

    @property
    def data(self) -> Path:
        """The server's database."""
        return self.folder / "data"

    def terminal_config(self, party: Party) -> Path:
        """A terminal's configuration."""
        return self.folder / party.device / "terminal.toml"

    def enrolment(self, party: Party) -> Path:
        """The file that a terminal makes of a person's references."""
        return self.folder / f"{party.account}.enrolment"

    def operate(self, *arguments: str | Path) -> str:
        """Do what `countersign-server ARGUMENTS` does, with this installation's configuration; what it printed.

        In this process: each command of its own process would spend a second on its start. Raises DemoError.
        """
        said = io.StringIO()
        words = [str(argument) for argument in arguments]
        try:
            with contextlib.redirect_stdout(said):
                commands.main(args=words, prog_name="countersign-server", standalone_mode=False)
        except ServerError as error:
            raise DemoError(f"countersign-server {' '.join(words)}: {error}") from error
        except click.ClickException as error:
            raise DemoError(f"countersign-server {' '.join(words)}: {error.format_message()}") from error
        except SystemExit as left:  # how a command ends that has said what is wrong
            raise DemoError(f"countersign-server {' '.join(words)}: {said.getvalue().strip()}") from left
        return said.getvalue()

    def operate_on(self, *arguments: str | Path) -> str:
        """As `operate`, for the commands that work on the server of a configuration."""
        return self.operate(*arguments, "--config", self.server_config)


def found(folder: Path) -> Installation:
    """A server, certificates, accounts, directory and terminals. Raises DemoError."""
    shop = Installation(folder)
    shop.operate("init", folder)
    shop.operate("pki", "init", shop.pki, "--host", HOST, "--host", "localhost")
    for party in PARTIES:
        shop.operate_on("account", "open", party.account, "--name", party.name)
        shop.operate("pki", "device", shop.pki, party.device)
        certificate = shop.pki / f"{party.device}.pem"
        shop.operate_on("device", "add", "--certificate", certificate, "--account", party.account)
        if party.deposit:
            shop.operate_on("account", "deposit", party.account, party.deposit, CURRENCY)
    shop.operate_on("directory", "add", PAYEE.account)
    return shop


def configure_server(shop: Installation, port: int, policy: Mapping[str, int | float]) -> None:
    """Edit the example that `init` left: the broker's port, and the policy. Raises DemoError."""
    text = shop.server_config.read_text(encoding="utf-8")
    for example, value in ((_EXAMPLE_PORT, f"port = {port}"), (_EXAMPLE_HOST, f'host = "{HOST}"')):
        if text.count(example) != 1:
            raise DemoError(f"{shop.server_config} has no line `{example}` to put the demo's own in")
        text = text.replace(example, value)
    table = "\n".join(f"{name} = {value}" for name, value in policy.items())
    shop.server_config.write_text(f"{text}\n[policy]\n{table}\n", encoding="utf-8")


def configure_terminal(shop: Installation, party: Party, port: int, language: Language) -> None:
    """A terminal's folder: its configuration. The reader's port is the process's own, and so not in it."""
    path = shop.terminal_config(party)
    path.parent.mkdir(parents=True, exist_ok=True)
    order = json.dumps([modality.value for modality in party.order])
    path.write_text(
        f"""\
device_id = "{party.device}"
role = "{party.role.value}"
account = "{party.account}"
currency = "{CURRENCY}"
data_dir = "data"
models_bundle = {json.dumps(str(DEFAULT_BUNDLE.resolve()))}
server_signing_key = "../keys/signing.pub.pem"
server_sealing_key = "../keys/sealing.pub.pem"

[broker]
host = "{HOST}"
port = {port}
ca = "../pki/ca.pem"
certificate = "../pki/{party.device}.pem"
key = "../pki/{party.device}.key"

[capture]
order = {order}

[screen]
language = "{language.value}"

[log]
level = "info"
""",
        encoding="utf-8",
    )
