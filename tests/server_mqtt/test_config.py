"""A server's configuration: defaults, file, environment, in this order; what cannot be is named and refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from server_mqtt.config import ServerConfig, load_config
from server_mqtt.shell.errors import ConfigError

_MINIMAL = """
data_dir = "data"
signing_key = "keys/signing.pem"
sealing_key = "keys/sealing.pem"
template_key = "/etc/countersign/template.key"
[broker]
ca = "pki/ca.pem"
certificate = "pki/server.pem"
key = "pki/server.key"
"""


def _load(folder: Path, more: str = "", **environ: str) -> ServerConfig:
    path = folder / "server.toml"
    path.write_text(_MINIMAL + more, encoding="utf-8")
    return load_config(path, environ)


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    config = _load(tmp_path)
    assert (config.broker.host, config.broker.port, config.broker.shared) == ("localhost", 8883, False)
    assert (config.load.batch_limit, config.log.level) == (64, "info")
    assert config.policies.default.attempts == 3


def test_relative_paths_count_from_the_file(tmp_path: Path) -> None:
    config = _load(tmp_path)
    assert config.data_path == tmp_path / "data"
    assert config.broker_settings.key == tmp_path / "pki" / "server.key"
    assert config.key_files.template == Path("/etc/countersign/template.key")


def test_the_environment_has_the_last_word(tmp_path: Path) -> None:
    config = _load(
        tmp_path,
        "port = 1\n[policy]\nattempts = 5\n",
        COUNTERSIGN_BROKER_PORT="8884",
        COUNTERSIGN_POLICY_RISK_THRESHOLD="0.25",
        COUNTERSIGN_POLICY_PAYEE_PRESET_TIME_MS="5000",
        COUNTERSIGN_LOG_LEVEL="debug",
        COUNTERSIGN_DATA_DIR="/var/lib/countersign",
        OTHER="ignored",
    )
    assert (config.broker.port, config.log.level) == (8884, "debug")
    assert (config.policies.default.attempts, config.policies.default.risk_threshold) == (5, 0.25)
    assert config.policies.default.payee_preset_time_ms == 5_000
    assert config.data_path == Path("/var/lib/countersign")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("port = 0\n", "broker.port"),
        ("hots = 'x'\n", "hots"),
        ("[policy]\nattemps = 3\n", r"\[policy\] knows no attemps"),
        ("[policy]\nattempts = 99\n", "attempts must be 1 to 10"),
        ("[policy]\nrisk_threshold = 2.0\n", "risk_threshold"),
        ("[log]\nlevel = 'loud'\n", "log.level"),
        ("[load]\nbatch_limit = 0\n", "batch_limit"),
        ("[load]\nterminal_requests_a_minute = 0\n", "terminal_requests_a_minute"),
        ("[load]\nterminal_messages_a_minute = 59\n", "terminal_messages_a_minute"),
        ("broken", "server.toml"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, more: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _load(tmp_path, more)


@pytest.mark.parametrize(
    ("more", "line"),
    [("port = 0\n", 10), ("\nhots = 'x'\n", 11), ("[log]\nlevel = 'loud'\n", 11), ("[policy]\n\nattempts = 99\n", 12)],
)
def test_what_cannot_be_is_named_with_its_line(tmp_path: Path, more: str, line: int) -> None:
    with pytest.raises(ConfigError, match=rf"server\.toml:{line}: "):
        _load(tmp_path, more)


def test_a_payee_may_have_rules_of_its_own(tmp_path: Path) -> None:
    config = _load(tmp_path, "[policy.payee.20004471]\nattempts = 5\n")
    assert (config.policies.of("20004471").attempts, config.policies.of("10002288").attempts) == (5, 3)


_URL = "postgresql+psycopg://me:secret@db.example/countersign"
_AT_THE_TOP = f'database_url = "{_URL}"\n'


def test_money_is_kept_in_the_data_directory_unless_there_is_a_url(tmp_path: Path) -> None:
    assert _load(tmp_path).database == tmp_path / "data"
    config = _load(tmp_path, COUNTERSIGN_DATABASE_URL=_URL)
    assert isinstance(config.database, URL)
    assert config.database.render_as_string(hide_password=False) == _URL


def test_a_url_is_never_printed_with_its_password(tmp_path: Path) -> None:
    config = _load(tmp_path, COUNTERSIGN_DATABASE_URL=_URL)
    assert "db.example" in repr(config)
    assert "secret" not in f"{config!r} {config} {config.database}"


def test_a_file_with_a_url_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text(_AT_THE_TOP + _MINIMAL, encoding="utf-8")
    for mode in (0o644, 0o640, 0o602):
        path.chmod(mode)
        with pytest.raises(ConfigError, match="chmod 600") as refusal:
            load_config(path, {})
        assert "secret" not in str(refusal.value)
    path.chmod(0o600)
    assert isinstance(load_config(path, {}).database, URL)


def test_a_url_of_another_kind_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="begins with") as refusal:
        _load(tmp_path, COUNTERSIGN_DATABASE_URL="mysql://me:secret@db.example/countersign")
    assert "secret" not in str(refusal.value)


def test_a_number_in_the_environment_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"broker\.port"):
        _load(tmp_path, COUNTERSIGN_BROKER_PORT="many")


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "server.toml", {})
    (tmp_path / "server.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"server\.toml"):
        load_config(tmp_path / "server.toml", {})


def test_the_folder_is_where_the_file_is_and_no_setting(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text('folder = "/elsewhere"\n' + _MINIMAL, encoding="utf-8")
    with pytest.raises(ConfigError, match="not a setting"):
        load_config(path, {})
