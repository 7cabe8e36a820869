"""A real Mosquitto of the test's own: its PKI, its configuration, an ephemeral port, a folder that goes away."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Final, Self

import pytest

from demo import broker
from demo.broker import free_port
from demo.children import user_name
from demo.errors import DemoError
from server_mqtt.shell.mosquitto import write_broker_config
from server_mqtt.shell.pki import Identity, ca_certificate, identity, make_device, make_pki, make_worker

_START_TIMEOUT_S: Final = 10.0
_STOP_TIMEOUT_S: Final = 5.0


def find_mosquitto() -> str:
    """The broker's program (Debian keeps it out of a normal user's PATH); skips the calling test without it."""
    try:
        return broker.find_mosquitto()
    except DemoError as missing:
        pytest.skip(str(missing))


class PrivateBroker:
    """One Mosquitto process, also as a context. `stop` is a shutdown, `kill` a SIGKILL; `start` brings it back."""

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.program = find_mosquitto()
        self.folder = folder
        self.pki = folder / "pki"
        self.port = port if port is not None else free_port()
        if not ca_certificate(self.pki).exists():
            make_pki(self.pki)
        self._process: subprocess.Popen[bytes] | None = None
        self._config = write_broker_config(
            folder, pki=self.pki, port=self.port, bind="127.0.0.1", user=user_name(), workers=2
        )

    @property
    def ca(self) -> Path:
        """The certificate that everybody trusts."""
        return ca_certificate(self.pki)

    @property
    def server(self) -> Identity:
        """The server's certificate and key."""
        return identity(self.pki, "server")

    @property
    def pid(self) -> int:
        """Its process, while it runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "mosquitto.log").read_text()

    def worker(self, number: int) -> Identity:
        """Another server's certificate and key, made at the first call."""
        files = identity(self.pki, f"server{number}")
        return files if files.certificate.exists() else make_worker(self.pki, number)

    def device(self, name: str) -> Identity:
        """A terminal's certificate and key, made at the first call."""
        files = identity(self.pki, name)
        return files if files.certificate.exists() else make_device(self.pki, name)

    def start(self) -> None:
        """Runs it, and returns when it accepts connections."""
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([self.program, "-c", str(self._config)], stderr=log, stdout=log)
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        msg = f"Mosquitto does not start: {self.log[-2000:]}"
        raise RuntimeError(msg)

    def set_option(self, name: str, value: int) -> None:
        """While it is down: another value of an option that its configuration has."""
        lines = self._config.read_text().splitlines()
        assert any(line.startswith(f"{name} ") for line in lines), name
        changed = [f"{name} {value}" if line.startswith(f"{name} ") else line for line in lines]
        self._config.write_text("\n".join(changed) + "\n")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Shuts it down; its persistent sessions are saved."""
        self._end(kill=False)

    def kill(self) -> None:
        """As if the machine's power failed: what it had not saved is gone."""
        self._end(kill=True)

    def is_dead(self) -> bool:
        """Whether somebody else ended it."""
        return self._process is not None and self._process.poll() is not None

    def forget_everything(self) -> None:
        """While it is down: deletes its sessions and queues."""
        shutil.rmtree(self.folder / "broker-data")
        (self.folder / "broker-data").mkdir()

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
        process.wait(_STOP_TIMEOUT_S)
