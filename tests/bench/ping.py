"""The bound of latency: one message there and back between two bare clients at a bare broker, and one durable write."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from server_mqtt.contract import topics
from tests.bench.echo import PING
from tests.private_broker import PrivateBroker
from tests.scenarios.device import Device

MESSAGE_BYTES: Final = 300
WRITE_BYTES: Final = 4_096
"""A page of a database's log."""


@contextmanager
def ping_pong(folder: Path) -> Iterator[Callable[[], tuple[float, float]]]:
    """With a broker of its own in `folder`; each call is one round: its seconds, and those of writing."""
    with ExitStack() as stack:
        broker = stack.enter_context(PrivateBroker(folder / "peer"))
        who = broker.server
        files = (str(broker.ca), str(who.certificate), str(who.key))
        command = [sys.executable, "-m", "tests.bench.echo", str(broker.port), *files]
        echo = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
        stack.callback(echo.kill)
        assert echo.stdout is not None
        assert echo.stdout.readline() == b"READY\n"
        device = Device.plain(broker, "terminal-ping").connect()
        stack.callback(device.close)
        disk = os.open(folder / "peer.log", os.O_RDWR | os.O_CREAT, 0o600)
        stack.callback(os.close, disk)

        def once() -> tuple[float, float]:
            began_s = time.perf_counter()
            payload = os.urandom(MESSAGE_BYTES)
            device.publish_raw(topics.up(device.name, PING), payload)
            while not device.raw_seen or device.raw_seen[-1][1] != payload:
                device.next_raw()
            heard_s = time.perf_counter()
            os.pwrite(disk, payload * (WRITE_BYTES // MESSAGE_BYTES), 0)
            os.fdatasync(disk)
            ended_s = time.perf_counter()
            return ended_s - began_s, ended_s - heard_s

        yield once
