"""terminal.toml: defaults, file, environment; what is wrong is said with its name; what is secret is not printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest

from server_mqtt.contract.messages import Modality, Role
from terminal.config import TerminalConfig, load_config
from terminal.errors import ConfigError
from terminal.texts.languages import Language
from tests.project_tree import ROOT

PAGE: Final = ROOT / "docs" / "terminal.md"
SMALLEST = """\
device_id = "payer-terminal"
role = "payer"
account = "4000-0001"
currency = "EUR"
server_signing_key = "keys/signing.pub.pem"
server_sealing_key = "keys/sealing.pub.pem"
data_dir = "data"
models_bundle = "/opt/models.bundle"

[broker]
ca = "ca.pem"
certificate = "payer.pem"
key = "payer.key"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "terminal.toml"
    path.write_text(SMALLEST)
    return path


def test_the_smallest_file_has_every_default(path: Path) -> None:
    config = load_config(path, {})
    assert (config.role, config.account, config.currency) == (Role.PAYER, "4000-0001", "EUR")
    assert (config.broker.host, config.broker.port) == ("localhost", 8883)
    assert (config.reader.port, config.reader.baud) == ("", 57_600)
    assert config.camera.kind == "picamera2"
    assert config.capture.order == (Modality.FACE, Modality.FINGERPRINT)
    assert config.capture.threads == 1
    assert (config.screen.width, config.screen.height, config.screen.language) == (800, 480, Language.ENGLISH)


def test_paths_count_from_the_files_folder(path: Path) -> None:
    config = load_config(path, {})
    assert config.path(config.data_dir) == path.parent / "data"
    assert config.path(config.models_bundle) == Path("/opt/models.bundle")


def test_the_environment_wins_over_the_file(path: Path) -> None:
    environ = {
        "COUNTERSIGN_BROKER_PORT": "18883",
        "COUNTERSIGN_READER_PORT": "/dev/ttyUSB0",
        "COUNTERSIGN_CAPTURE_ORDER": "fingerprint",
        "COUNTERSIGN_CAPTURE_THREADS": "4",
        "COUNTERSIGN_SCREEN_FULLSCREEN": "true",
        "COUNTERSIGN_SCREEN_LANGUAGE": "zh_Hans",
        "COUNTERSIGN_UNRELATED": "x",
    }
    config = load_config(path, environ)
    assert config.broker.port == 18_883
    assert config.reader.port == "/dev/ttyUSB0"
    assert config.capture.order == (Modality.FINGERPRINT,)
    assert config.capture.threads == 4
    assert config.screen.fullscreen
    assert config.screen.language is Language.CHINESE


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('role = "payer"', 'role = "owner"', "role"),
        ('device_id = "payer-terminal"', 'device_id = "a/b"', "device_id"),
        ('device_id = "payer-terminal"', 'device_id = "payer-terminal\\n"', "device_id"),
        ('account = "4000-0001"', 'account = "x"', "account"),
        ('currency = "EUR"', 'currency = "XAU"', "XAU"),
        ('currency = "EUR"', 'currency = "euro"', "currency"),
        ('currency = "EUR"', 'colour = "red"', "colour"),
        ('data_dir = "data"', 'data_dir = "data"\nfolder = "/"', "folder"),
        ('ca = "ca.pem"', 'ca = "ca.pem"\nport = 0', "port"),
        ('ca = "ca.pem"', 'ca = "ca.pem"\npassword = "x"', "password"),
        ('key = "payer.key"', 'key = "payer.key"\n[capture]\norder = []', "order"),
        ('key = "payer.key"', 'key = "payer.key"\n[capture]\norder = ["face", "face"]', "order"),
        ('key = "payer.key"', 'key = "payer.key"\n[capture]\nthreads = 0', "threads"),
        ('key = "payer.key"', 'key = "payer.key"\n[capture]\nthreads = 5', "threads"),
        ('key = "payer.key"', 'key = "payer.key"\n[capture]\nthreads = "many"', "threads"),
        ('key = "payer.key"', 'key = "payer.key"\n[camera]\nkind = "webcam"', "kind"),
        ('key = "payer.key"', 'key = "payer.key"\n[reader]\nbaud = 300', "baud"),
        ("[broker]", "[broker", "terminal.toml"),
        ('role = "payer"\n', "", "role"),
    ],
)
def test_what_is_wrong_is_said_with_its_name(path: Path, before: str, after: str, says: str) -> None:
    assert before in SMALLEST
    path.write_text(SMALLEST.replace(before, after))
    with pytest.raises(ConfigError, match=says) as caught:
        load_config(path, {})
    assert "terminal.toml" in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_is_said(path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_config(path.with_name("none.toml"), {})
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"terminal\.toml"):
        load_config(path, {})


def test_what_is_shown_has_no_whole_account_number(path: Path) -> None:
    shown = load_config(path, {}).shown()
    assert "4000-0001" not in str(shown)
    assert shown["account"].endswith("0001")
    assert shown["broker"]["key"] == "payer.key"


def test_the_page_of_settings_has_every_one_with_its_default() -> None:
    said = dict(re.findall(r"^\| `(\w+(?: / \w+)?)` \| (\S.*?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert said == dict(_settings(TerminalConfig))


def _settings(table: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Name and default of each setting, as the page writes them."""
    for field in msgspec.structs.fields(table):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _settings(field.type, f"{field.name} / ")
        elif field.name != "folder":
            needed = field.default is msgspec.NODEFAULT
            yield prefix + field.name, "needed" if needed else f"`{json.dumps(msgspec.to_builtins(field.default))}`"
