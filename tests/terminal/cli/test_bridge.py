"""A bridge board at a terminal, as a technician meets it: paired, looked at, opened, cleared."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firmware_bridge.contract import FingerprintReader, Light
from firmware_bridge.errors import BoardTampered, SensorNotFound
from server_mqtt.contract.messages import Modality
from terminal.cli import commands
from terminal.config import load_config
from terminal.devices.making import make_sensors
from terminal.errors import ConfigError
from tests.firmware_bridge.board.emulated import UNIQUE_ID, EmulatedBoard
from tests.terminal.test_config import SMALLEST


@pytest.fixture
def emulated(tmp_path: Path) -> Iterator[EmulatedBoard]:
    with EmulatedBoard(tmp_path / "flash") as board:
        yield board


@pytest.fixture
def config(tmp_path: Path, emulated: EmulatedBoard) -> Path:
    path = tmp_path / "terminal.toml"
    path.write_text(f'{SMALLEST}\n[camera]\nkind = "none"\n\n[bridge]\nport = "{emulated.path}"\n')
    return path


def bridge(*arguments: str, config: Path) -> Result:
    return CliRunner().invoke(commands, ["bridge", *arguments, "--config", str(config)])


def pair(emulated: EmulatedBoard, config: Path) -> Result:
    for command in ("press pay", "press stop", "power"):
        emulated.do(command)
    done = bridge("pair", config=config)
    for command in ("release pay", "release stop"):
        emulated.do(command)
    return done


def test_a_board_is_paired_and_its_key_is_its_owners_alone(emulated: EmulatedBoard, config: Path) -> None:
    done = pair(emulated, config)
    assert done.exit_code == 0
    assert UNIQUE_ID in done.output
    key = config.with_name("bridge.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text().strip() not in done.output
    told = bridge("state", config=config).output
    assert "the case is closed; opened 0 times; switched on 1 times" in told


def test_the_reader_behind_it_is_found(emulated: EmulatedBoard, config: Path) -> None:
    pair(emulated, config)
    sensors = make_sensors(load_config(config, {}), None, None)
    try:
        sensors.check()
        assert sensors.working == {Modality.FINGERPRINT}
        assert UNIQUE_ID in sensors.reader().identity
    finally:
        sensors.close()


def test_an_opened_case_takes_the_reader_out_of_use_until_it_is_cleared(emulated: EmulatedBoard, config: Path) -> None:
    pair(emulated, config)
    sensors = make_sensors(load_config(config, {}), None, None)
    reader = sensors.reader()
    emulated.do("open")
    with pytest.raises(BoardTampered, match="the case"):
        light_up(reader)
    sensors.close()
    emulated.do("shut")
    emulated.do("cut")
    emulated.do("power")
    with pytest.raises(BoardTampered, match="was opened"):
        sensors.reader()
    wrong = bridge("clear", "--openings", "0", config=config)
    assert isinstance(wrong.exception, ConfigError)
    assert "its case was opened 1 times, not 0" in str(wrong.exception)
    assert bridge("clear", "--openings", "1", config=config).exit_code == 0
    try:
        sensors.check()
        assert sensors.working == {Modality.FINGERPRINT}
    finally:
        sensors.close()


def light_up(reader: FingerprintReader) -> None:
    """Until the board has noticed."""
    while True:
        reader.signal(Light.READY)


def test_without_a_pairing_the_reader_is_not_used(emulated: EmulatedBoard, config: Path) -> None:
    emulated.do("power")
    sensors = make_sensors(load_config(config, {}), None, None)
    with pytest.raises(SensorNotFound, match="pair the bridge board first"):
        sensors.reader()


@pytest.mark.parametrize("content", ["", "zz", "00" * 31])
def test_a_key_file_that_holds_none_is_named(emulated: EmulatedBoard, config: Path, content: str) -> None:
    config.with_name("bridge.key").write_text(content)
    refused = bridge("state", config=config)
    assert isinstance(refused.exception, ConfigError)
    assert "bridge.key holds no key" in str(refused.exception)


def test_commands_without_a_configured_board_say_so(config: Path) -> None:
    config.write_text(SMALLEST)
    for arguments in (["pair"], ["state"], ["clear", "--openings", "1"]):
        assert "no bridge board is configured" in str(bridge(*arguments, config=config).exception)


def test_a_reader_has_one_line(config: Path) -> None:
    config.write_text(f'{config.read_text()}\n[reader]\nport = "/dev/ttyUSB0"\n')
    with pytest.raises(ConfigError, match=r"leave \[reader\] `port` out"):
        load_config(config, {})
