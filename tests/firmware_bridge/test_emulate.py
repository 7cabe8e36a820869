"""The command that emulates a reader for another program."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest

from firmware_bridge.contract import Light
from firmware_bridge.emulate import STATES, ReaderConsole, main
from firmware_bridge.errors import SensorUnplugged
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.reader import R503Reader
from tests.firmware_bridge.r503.lines import at_four_bits, once_awaited


def test_another_program_reads_the_finger_that_was_placed() -> None:
    command = [sys.executable, "-m", "firmware_bridge.emulate", "r503", "--finger-seed", "3", "--instant"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def tell(line: str) -> str:
            process.stdin.write(line + "\n")  # type: ignore[union-attr]
            return process.stdout.readline().strip()  # type: ignore[union-attr]

        path = process.stdout.readline().strip()
        with R503Reader.open(path) as reader:
            assert tell("light") == "none"
            reader.signal(Light.READY)
            assert tell("light") == "breathing blue"
            image = reader.capture(timeout_s=60.0, cancelled=once_awaited(lambda: tell("place")))
            assert np.array_equal(image.pixels, at_four_bits(SyntheticFinger(3).impression(1)))
            assert tell("lift") == "ok"
            assert tell("unplug") == "ok"
            with pytest.raises(SensorUnplugged):
                reader.signal(Light.OFF)
        process.stdin.close()
        assert process.wait(10.0) == 0


def test_an_unknown_command_is_answered() -> None:
    answers = io.StringIO()
    assert main(["r503", "--instant"], io.StringIO("dance\n"), answers) == 0
    assert answers.getvalue().splitlines()[1] == (
        "unknown command 'dance': "
        "place [FINGER or wet, dry, aside, turned], residue, lift, light, unplug, replug or fault"
    )


def test_an_impostor_lays_another_finger_down() -> None:
    with PtyEmulator() as emulator:
        console = ReaderConsole(emulator, finger_seed=3)
        placed = []
        for command in ("place", "place 7", "place"):
            assert console.obey(command) == "ok"
            assert emulator.session.finger is not None
            placed.append(emulator.session.finger)
    expected = [SyntheticFinger(3).impression(1), SyntheticFinger(7).impression(1), SyntheticFinger(3).impression(2)]
    assert all(np.array_equal(seen, wanted) for seen, wanted in zip(placed, expected, strict=True))


def test_a_fault_strikes_once_and_the_cable_comes_out_and_in() -> None:
    with PtyEmulator() as emulator:
        console = ReaderConsole(emulator, finger_seed=3)
        with R503Reader.open(emulator.path) as reader:
            assert console.obey("fault wrong_answer aura_led_config") == "ok"
            assert console.obey("fault slow up_image x").startswith("no fault")
            assert console.obey("fault unplug aura_led_config 0.1") == "ok"
            with pytest.raises(SensorUnplugged):
                reader.signal(Light.READY)
        assert [console.obey(command) for command in ("unplug", "replug")] == ["ok", "ok"]
        R503Reader.open(emulator.path).close()


def test_a_finger_can_be_laid_down_badly_and_leave_its_print() -> None:
    with PtyEmulator() as emulator:
        console = ReaderConsole(emulator, finger_seed=3)
        assert console.obey("residue") == "nobody touched the glass yet"
        seen = {}
        for command in ("place", *(f"place {state}" for state in STATES), "residue"):
            assert console.obey(command) == "ok"
            assert emulator.session.finger is not None
            seen[command] = emulator.session.finger.astype(np.float64)
    assert seen["place wet"].mean() < seen["place"].mean() < seen["place dry"].mean()
    assert np.median(seen["place aside"][:, -40:]) > np.median(seen["place"][:, -40:])
    assert np.corrcoef(seen["place turned"].ravel(), seen["residue"].ravel())[0, 1] > 0.85


@pytest.mark.parametrize("command", ["place x", "place -1", "place 1 2", "", "lift now", "replug"])
def test_half_a_command_is_none(command: str) -> None:
    with PtyEmulator() as emulator:
        assert ReaderConsole(emulator, finger_seed=3).obey(command).startswith("unknown command")
