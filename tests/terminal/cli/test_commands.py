"""The commands as a technician types them, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_bridge.errors import SensorError
from firmware_bridge.r503.pty_emulator import PtyEmulator
from models.interpreter import RUNTIME
from server_mqtt.contract import codec
from server_mqtt.contract.messages import Enrolment, Reply, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from terminal.cli import commands
from terminal.errors import TerminalError
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYER, ROOT, Counter, write_config
from tests.terminal.emulated import Hand
from tests.terminal.server_end import PATIENCE_S, Heard, ServerEnd

pytestmark = [pytest.mark.broker, pytest.mark.models]


@pytest.fixture
def emulator() -> Iterator[PtyEmulator]:
    with PtyEmulator() as emulator:
        yield emulator


@pytest.fixture
def config(tmp_path: Path, broker: PrivateBroker, server: ServerEnd, emulator: PtyEmulator) -> Path:
    return write_config(tmp_path / "payer", broker, server, PAYER, reader=emulator.path)


def terminal(*arguments: str | Path, config: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "terminal", *map(str, arguments), "--config", str(config)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environ},
        timeout=3 * PATIENCE_S,
    )


def lines(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """What `check` said: "ok", "FAIL" or "--", by what was tried."""
    return {line[5:25].strip(): line[:5].strip() for line in done.stdout.splitlines()}


def refuses(heard: Heard) -> Reply:
    """As the real server answers a question about a payment that nobody made."""
    return Reply(
        in_reply_to=heard.envelope.message_id,
        content_hash=heard.content_hash,
        status=ReplyStatus.REFUSED,
        reason=Reason.UNKNOWN_PAYMENT,
    )


def test_a_terminal_that_works_passes_its_check(config: Path, server: ServerEnd) -> None:
    server.answers = refuses
    done = terminal("check", config=config)
    assert done.returncode == 0, done.stdout + done.stderr
    assert lines(done) == {
        "configuration": "ok",
        "keys": "ok",
        "disk": "ok",
        "models": "ok",
        "passive model": "--",
        "camera": "--",
        "fingerprint reader": "ok",
        "broker": "ok",
        "server": "ok",
    }
    assert f"{RUNTIME} with 1 thread\n" in done.stdout


def test_what_does_not_work_fails_and_the_rest_is_tried_all_the_same(
    config: Path, server: ServerEnd, emulator: PtyEmulator
) -> None:
    emulator.unplug()
    environ = {"COUNTERSIGN_MODELS_BUNDLE": "no.bundle", "COUNTERSIGN_CAMERA_KIND": "picamera2"}
    with Counter(config):
        server.answers = refuses
        done = terminal("check", config=config, **environ)
    assert done.returncode == 1
    found = lines(done)
    assert {name for name, word in found.items() if word == "FAIL"} == {
        "disk",
        "models",
        "camera",
        "fingerprint reader",
    }
    assert "another process runs the terminal" in done.stdout


def test_a_configuration_that_cannot_be_read_is_the_only_thing_said(config: Path) -> None:
    config.write_text("role = 3")
    done = terminal("check", config=config)
    assert done.returncode == 1
    assert lines(done) == {"configuration": "FAIL"}
    assert str(config) in done.stdout


def test_config_prints_what_holds_and_masks_the_account(config: Path) -> None:
    done = terminal("config", config=config, COUNTERSIGN_SCREEN_WIDTH="1024", COUNTERSIGN_CAPTURE_THREADS="2")
    assert done.returncode == 0
    shown = json.loads(done.stdout)
    assert shown["screen"]["width"] == 1024
    assert shown["capture"]["threads"] == 2
    assert "4000-0001" not in done.stdout


def test_enrol_writes_one_file_for_the_server_and_never_over_another(
    config: Path, emulator: PtyEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "ada.enrolment"
    arguments = ("enrol", "--account", "4000-0001", "--out", out, "--no-face", "--fingers", "4")
    with Hand(emulator, seed=3).tapping():
        done = terminal(*arguments, config=config)
    assert done.returncode == 0, done.stderr
    assert "4000-0001" not in done.stdout
    envelope = codec.decode_envelope(out.read_bytes())
    body = codec.decode_body(Direction.UP, envelope)
    assert isinstance(body, Enrolment)
    assert (envelope.device, body.account, len(body.probes)) == (PAYER, "4000-0001", 4)
    assert out.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []

    before = out.read_bytes()
    done = terminal(*arguments, config=config)
    assert done.returncode == 1
    assert "exists" in done.stderr
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--account", "4000-0001"), "no camera"),
        (("--account", "no account!", "--no-face"), "no account number"),
        (("--account", "4000-0001", "--no-face", "--fingers", "3"), "4 to 6"),
        (("--account", "4000-0001", "--no-face", "--fingers", "0"), "nothing to enrol"),
    ],
)
def test_what_cannot_be_enrolled_is_said(config: Path, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    out = tmp_path / "x.enrolment"
    command = ["enrol", "--config", str(config), "--out", str(out), *arguments]
    done = CliRunner().invoke(commands, command)
    assert done.exit_code != 0
    assert says in done.output + str(done.exception)
    assert isinstance(done.exception, TerminalError | SensorError | SystemExit)
    assert not out.exists()
