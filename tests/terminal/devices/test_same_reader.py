"""A reader that was exchanged is not used: for another serial number, another model, and whether one is configured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.errors import SensorExchanged
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.models import R307
from firmware_bridge.r503.pty_emulator import PtyEmulator
from server_mqtt.contract.messages import Modality
from terminal.config import TerminalConfig, load_config
from terminal.devices.making import make_sensors
from tests.terminal.test_config import SMALLEST


class Port:
    """One path, behind which one reader after the other is plugged in."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "port"

    def plug_in(self, reader: PtyEmulator) -> None:
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(reader.path)


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return Port(tmp_path)


def config(port: Port, extra: str = "") -> TerminalConfig:
    path = port.path.with_name("terminal.toml")
    path.write_text(f'{SMALLEST}\n[camera]\nkind = "none"\n\n[reader]\nport = "{port.path}"\n{extra}\n')
    return load_config(path, {})


def another() -> R503Session:
    first = R503Session()
    return R503Session(product=replace(first.product, serial_number="EMU00002"))


@pytest.mark.fault(43)
@pytest.mark.parametrize("other", ["another serial number", "another model"])
def test_a_reader_that_takes_the_place_of_the_first_is_not_used(port: Port, other: str) -> None:
    sensors = make_sensors(config(port), None, None)
    with PtyEmulator() as first:
        port.plug_in(first)
        sensors.check()
        assert sensors.working == {Modality.FINGERPRINT}
    sensors.note(Modality.FINGERPRINT, SensorExchanged("the first was pulled out"))
    stranger = another() if other == "another serial number" else R503Session(model=R307)
    with PtyEmulator(stranger) as second:
        port.plug_in(second)
        with pytest.raises(SensorExchanged, match="EMU00001 belongs here"):
            sensors.reader()
        assert sensors.working == frozenset()
    with PtyEmulator() as first_again:
        port.plug_in(first_again)
        assert "EMU00001" in sensors.reader().identity
        sensors.close()


@pytest.mark.fault(43)
def test_only_the_configured_reader_is_used_from_the_start(port: Port) -> None:
    sensors = make_sensors(config(port, 'module = "R503-EMULATED EMU00001"'), None, None)
    with PtyEmulator(another()) as stranger:
        port.plug_in(stranger)
        with pytest.raises(SensorExchanged, match="EMU00002"):
            sensors.reader()
    with PtyEmulator() as own:
        port.plug_in(own)
        sensors.reader()
        sensors.close()
