"""A Mosquitto of the demo's own: a free port of this machine, files in the private folder. Impure: a process."""

from __future__ import annotations

import os
import random
import shutil
import socket
import time
from pathlib import Path
from typing import Final

from demo.children import Child, Children, user_name
from demo.errors import DemoError
from server_mqtt.shell.mosquitto import write_broker_config

HOST: Final = "127.0.0.1"
PORTS: Final = (20_000, 32_000)
"""Above what services have by name, below Linux's ephemeral ports (ip_local_port_range)."""

START_TIMEOUT_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.02


def find_mosquitto() -> str:
    """The broker's program; Debian keeps it out of a normal user's PATH. Raises DemoError."""
    path = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise DemoError("Mosquitto is missing: apt-get install mosquitto")
    return path


def free_port() -> int:
    """A TCP port of this machine that nobody uses now.

    Below those that the kernel gives to connections going out: a broker that is away for a while finds it free again.
    """
    while True:
        port = random.randrange(*PORTS)  # noqa: S311 - so that several demos do not try the same
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port


def start_broker(children: Children, folder: Path, *, pki: Path, port: int) -> Child:
    """Run a broker with the certificates in `pki`; returns when it accepts connections. Raises DemoError."""
    config = write_broker_config(folder, pki=pki, port=port, bind=HOST, user=user_name())
    broker = children.start("mosquitto", [find_mosquitto(), "-c", config])
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        broker.require_running()
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(_LOOK_EVERY_S)
        else:
            return broker
    raise DemoError(f"Mosquitto does not accept connections:\n{broker.tail()}")
