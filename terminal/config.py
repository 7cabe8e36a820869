"""The terminal's configuration: defaults, then a TOML file, then the environment. Impure: reads a file.

Every setting of the file has an environment variable: COUNTERSIGN_ and its path in capitals, joined by "_", such as
COUNTERSIGN_BROKER_PORT. Relative paths count from the folder of the file. It holds no secret, only where they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from models.interpreter import THREADS_DEFAULT, THREADS_MAX
from server_mqtt.contract import limits
from server_mqtt.contract.currencies import is_currency
from server_mqtt.contract.messages import Account, Device, Modality, Role
from terminal.errors import ConfigError
from terminal.texts.languages import Language
from terminal.texts.safe import masked

PREFIX: Final = "COUNTERSIGN_"

_LISTS: Final = ("order", "allowed")
"""Settings with several values, separated by commas in the environment."""

Port = Annotated[int, Meta(ge=1, le=65_535)]
Pixels = Annotated[int, Meta(ge=240, le=7_680)]


class BrokerTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[broker]: where it is, and the certificate by which it knows us. The key also signs our messages."""

    ca: str
    certificate: str
    key: str
    host: str = "localhost"
    port: Port = 8883


class ReaderTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[reader]: the fingerprint reader's serial port; an empty one means that there is no reader.

    `module`: model and serial number of the one that belongs here, as `check` names it; empty: whichever is first.
    """

    port: str = ""
    baud: Annotated[int, Meta(ge=9_600, le=921_600)] = 57_600
    module: str = ""


class BridgeTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[bridge]: the bridge board's serial port and the file of its pairing's key; an empty port means: no board."""

    port: str = ""
    key: str = "bridge.key"


class CameraTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[camera]: which one, or "none". `device` is a webcam's (kind v4l2), or a stable name in /dev/v4l/by-id.

    `allowed`: the cameras that may be used, as `countersign-terminal check` names them; empty: any real one.
    `allow_virtual`: test mode, in which a program may play the camera, or `device` be a `recording`: a video or
    a folder of pictures.
    """

    kind: Literal["picamera2", "v4l2", "recording", "none"] = "picamera2"
    device: str = "/dev/video0"
    allowed: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    allow_virtual: bool = False


class PassiveModelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[passive_model]: an operator's own network against photos and displays, in MiniFASNet's form; empty: none."""

    path: str = ""
    sha256: Annotated[str, Meta(pattern="^([0-9a-fA-F]{64})?$")] = ""


class CaptureTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[capture]: which sensor is preferred where the server leaves the choice; how many threads each network has."""

    order: tuple[Modality, ...] = (Modality.FACE, Modality.FINGERPRINT)
    threads: Annotated[int, Meta(ge=1, le=THREADS_MAX)] = THREADS_DEFAULT


class ScreenTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[screen]: its size and the language it starts in."""

    width: Pixels = 800
    height: Pixels = 480
    language: Language = Language.ENGLISH
    fullscreen: bool = False


class LogTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[log]: how much is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class TerminalConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """terminal.toml."""

    device_id: Device
    role: Role
    account: Account
    currency: Annotated[str, Meta(pattern=limits.CURRENCY_PATTERN)]
    broker: BrokerTable
    server_signing_key: str
    server_sealing_key: str
    data_dir: str
    models_bundle: str
    reader: ReaderTable = ReaderTable()
    bridge: BridgeTable = BridgeTable()
    camera: CameraTable = CameraTable()
    capture: CaptureTable = CaptureTable()
    passive_model: PassiveModelTable = PassiveModelTable()
    screen: ScreenTable = ScreenTable()
    log: LogTable = LogTable()
    folder: str = ""

    def path(self, setting: str) -> Path:
        """The path that `setting` names, counted from the configuration file's folder."""
        return Path(self.folder, setting)

    @property
    def own_passive_model(self) -> tuple[Path, str] | None:
        """The operator's own passive network, by path and SHA-256; None where there is none."""
        table = self.passive_model
        return (self.path(table.path), table.sha256) if table.path else None

    def shown(self) -> dict[str, Any]:
        """The whole configuration as plain values for a person or a log, the account number masked."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return {**values, "account": masked(self.account)}


def load_config(path: Path, environ: Mapping[str, str]) -> TerminalConfig:
    """The configuration in `path` under `environ`; raises ConfigError naming the file and the setting."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    if "folder" in raw:
        raise ConfigError(f"{path}: `folder` is not a setting")
    _overlay(raw, TerminalConfig, environ, PREFIX)
    try:
        # Not strict: the environment's numbers arrive as text.
        config = msgspec.convert({**raw, "folder": str(path.resolve().parent)}, TerminalConfig, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from None
    _check(config, path)
    return config


def _check(config: TerminalConfig, path: Path) -> None:
    if not is_currency(config.currency):
        raise ConfigError(f"{path}: `currency`: {config.currency} is no ISO 4217 code of money one can pay with")
    if config.bridge.port and config.reader.port:
        raise ConfigError(f"{path}: the reader hangs on the bridge board: leave [reader] `port` out")
    order = config.capture.order
    if not order or len(set(order)) != len(order):
        raise ConfigError(f"{path}: [capture] `order` names each modality at most once, and at least one")


def _overlay(raw: dict[str, Any], table: type[Struct], environ: Mapping[str, str], prefix: str) -> None:
    for field in msgspec.structs.fields(table):
        if field.name == "folder":
            continue
        variable = prefix + field.name.upper()
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            inner = raw.setdefault(field.name, {})
            if isinstance(inner, dict):
                _overlay(inner, field.type, environ, variable + "_")
        elif variable in environ:
            text = environ[variable]
            raw[field.name] = text.split(",") if field.name in _LISTS else text
