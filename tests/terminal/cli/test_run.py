"""The whole terminal in a process of its own: window, session, sensors, link; told to end as systemd does it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.r503.pty_emulator import PtyEmulator
from server_mqtt.contract.messages import Modality
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYER, ROOT, write_config
from tests.terminal.server_end import PATIENCE_S, ServerEnd

pytestmark = [pytest.mark.broker, pytest.mark.models, pytest.mark.window]


def test_it_serves_until_it_is_told_to_end(tmp_path: Path, broker: PrivateBroker, server: ServerEnd) -> None:
    with PtyEmulator() as reader:
        config = write_config(tmp_path / "payer", broker, server, PAYER, reader=reader.path)
        command = [sys.executable, "-m", "terminal", "run", "--config", str(config)]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            try:
                presence = server.expect_online(timeout_s=3 * PATIENCE_S)
                assert presence.modalities == (Modality.FINGERPRINT,)
                process.send_signal(signal.SIGTERM)
                _, errors = process.communicate(timeout=PATIENCE_S)
            finally:
                process.kill()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    server.expect_online(online=False)
