"""The server's configuration: defaults, then a TOML file, then the environment; checked once. Impure: reads a file.

Every setting of the file has an environment variable: COUNTERSIGN_ and its path in capitals, joined by "_", such as
COUNTERSIGN_BROKER_PORT; what [policy.payee] says of single payees has none. Relative paths count from the folder of the
file. Whatever is wrong is told with its line.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from server_mqtt.shell import postgres
from server_mqtt.shell.broker import BrokerSettings
from server_mqtt.shell.errors import ConfigError
from server_mqtt.shell.keys import KeyFiles
from server_mqtt.shell.pki import PROBE_FILE, Identity, identity
from server_mqtt.shell.policy_file import KINDS, TABLE, place, read_policies
from server_mqtt.shell.store import Place
from server_mqtt.verification.policies import Policies

PREFIX: Final = "COUNTERSIGN_"

INTERNAL: Final = ("folder", "policies")
"""Fields of the configuration that are found out and not set."""

Port = Annotated[int, Meta(ge=1, le=65_535)]


class BrokerTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[broker]: where it is, the certificate by which it knows us, and the one by which it is tried at the start."""

    ca: str
    certificate: str
    key: str
    host: str = "localhost"
    port: Port = 8883
    shared: bool = False
    self_test: bool = True
    probe_certificate: str = ""
    probe_key: str = ""


MOST_A_MINUTE: Final = 1_000_000
"""Whoever wants no terminal slowed down says this: it is more than a broker hands out of all of them together."""


class LoadTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[load]: when to say "busy", and how much to commit at once."""

    # With one batch fewer than the broker hands out at once (MESSAGES_IN_FLIGHT): else it would never be reached.
    queue_limit: Annotated[int, Meta(ge=1, le=3_000)] = 1_000
    batch_limit: Annotated[int, Meta(ge=1, le=1_000)] = 64
    retry_after_ms: Annotated[int, Meta(ge=100, le=600_000)] = 2_000
    # Of one terminal, at which people make six payments a minute at most, with ten messages each (answers to
    # instructions and acknowledgements among them). Ten times as many: who says or asks for more is broken, or stolen.
    terminal_messages_a_minute: Annotated[int, Meta(ge=60, le=MOST_A_MINUTE)] = 600
    terminal_requests_a_minute: Annotated[int, Meta(ge=1, le=MOST_A_MINUTE)] = 60


class RetentionTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[retention]: for how long to keep what is of no use to anybody later."""

    # Four weeks at least: the server says for a week what is not acknowledged, and a terminal may be at the mender's.
    messages_days: Annotated[int, Meta(ge=28, le=3_650)] = 90


class LogTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[log]: how much is written to standard error."""

    level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"


class MetricsTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[metrics]: where Prometheus may ask. Without a port nobody may; unencrypted, so not beyond a trusted network."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0


class ServerConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """server.toml."""

    broker: BrokerTable
    data_dir: str
    signing_key: str
    sealing_key: str
    template_key: str
    load: LoadTable = LoadTable()
    log: LogTable = LogTable()
    retention: RetentionTable = RetentionTable()
    metrics: MetricsTable = MetricsTable()
    policies: Policies = Policies()
    database_url: str = ""
    folder: str = ""

    def __repr__(self) -> str:
        """Without what may hold a password."""
        return f"ServerConfig(folder={self.folder!r}, database={self.database})"

    @property
    def database(self) -> Place:
        """Where the money is kept: in the data directory, unless there is a URL."""
        return postgres.checked_url(self.database_url) if self.database_url else self.data_path

    @property
    def data_path(self) -> Path:
        """Where database and lock are."""
        return Path(self.folder, self.data_dir)

    @property
    def key_files(self) -> KeyFiles:
        """Where the three secrets are."""
        return KeyFiles(
            signing=Path(self.folder, self.signing_key),
            sealing=Path(self.folder, self.sealing_key),
            template=Path(self.folder, self.template_key),
        )

    @property
    def broker_settings(self) -> BrokerSettings:
        """What the broker's connection needs."""
        table = self.broker
        return BrokerSettings(
            host=table.host,
            port=table.port,
            ca=Path(self.folder, table.ca),
            certificate=Path(self.folder, table.certificate),
            key=Path(self.folder, table.key),
        )

    @property
    def probe(self) -> Identity:
        """By what the broker is tried at the start: where `pki init` puts it, unless told otherwise."""
        table = self.broker
        beside = identity(Path(self.folder, table.certificate).parent, PROBE_FILE)
        return Identity(
            certificate=Path(self.folder, table.probe_certificate) if table.probe_certificate else beside.certificate,
            key=Path(self.folder, table.probe_key) if table.probe_key else beside.key,
        )


def load_config(path: Path, environ: Mapping[str, str]) -> ServerConfig:
    """The configuration in `path` under `environ`; raises ConfigError naming the file, the line and the setting."""
    text, raw = _read(path)
    for name in INTERNAL:
        if name in raw:
            raise ConfigError(f"{place(str(path), text, (name,))}`{name}` is not a setting")
    if "database_url" in raw:
        _keep_secret(path)
    _overlay(raw, ServerConfig, environ, PREFIX)
    policies = _policies(path, text, raw.pop(TABLE, {}), environ)
    try:
        # Not strict: the environment's numbers arrive as text.
        config = msgspec.convert(
            {**raw, "folder": str(path.resolve().parent), "policies": policies}, ServerConfig, strict=False
        )
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"{place(str(path), text, _path_in(str(error)))}{error}") from None
    if config.database_url:
        postgres.checked_url(config.database_url)
    return config


def load_policies(path: Path, environ: Mapping[str, str]) -> Policies:
    """The table [policy] of `path` alone, whatever else is in it; raises ConfigError with a line for each fault."""
    text, raw = _read(path)
    return _policies(path, text, raw.get(TABLE, {}), environ)


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: nested too deeply") from None


def _policies(path: Path, text: str, table: object, environ: Mapping[str, str]) -> Policies:
    prefix = f"{PREFIX}{TABLE.upper()}_"
    names = {name: prefix + name.upper() for name in KINDS}
    overriding = {name: environ[variable] for name, variable in names.items() if variable in environ}
    policies, complaints = read_policies(table, overriding)
    if complaints:
        told = [complaint.told(str(path), text) for complaint in complaints]
        raise ConfigError("\n".join(told))
    return policies


def _path_in(words: str) -> tuple[str, ...]:
    """The keys that lead to what msgspec complains of: "... unknown field `hots` - at `$.broker`"."""
    at = re.search(r"at `\$\.(?P<path>[\w.]+)`", words)
    unknown = re.search(r"unknown field `(?P<name>[^`]+)`", words)
    path = tuple(at["path"].split(".")) if at else ()
    return (*path, unknown["name"]) if unknown else path


def _overlay(raw: dict[str, Any], table: Any, environ: Mapping[str, str], prefix: str) -> None:
    for name, kind in _settings(table):
        variable = prefix + name.upper()
        if isinstance(kind, type) and _settings(kind):
            inner = raw.setdefault(name, {})
            if isinstance(inner, dict):
                _overlay(inner, kind, environ, variable + "_")
        elif variable in environ:
            raw[name] = environ[variable]


def _settings(kind: Any) -> list[tuple[str, Any]]:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return [(field.name, field.type) for field in msgspec.structs.fields(kind) if field.name not in INTERNAL]
    return []


def _keep_secret(path: Path) -> None:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{path}: others may read database_url: chmod 600, or set {PREFIX}DATABASE_URL instead")
