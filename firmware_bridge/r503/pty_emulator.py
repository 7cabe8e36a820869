"""An emulated R503 behind a pseudo terminal: to a driver it is a serial port with a reader at its end.

Impure: opens a pty, runs one thread, sleeps where the line's timing is kept. The protocol is `R503Session`'s.
"""

from __future__ import annotations

import math
import os
import pty
import random
import select
import shutil
import tempfile
import termios
import threading
import time
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.r503.commands import BITS_PER_BYTE
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.fault_script import FaultScript, Hang, Pull, Restart, Say, Step, Strike, Wait
from firmware_bridge.r503.parameters import Aura

PACED_BYTES = 64
"""Bytes per write where timing is kept: 6 ms at 115,200 baud, below what any reader of the line can tell."""

READ_BYTES = 4096

_OUTPUT_SPEED = 5
"""Index of the output speed in what termios.tcgetattr returns."""

_BAUDS = {getattr(termios, f"B{baud}"): baud for baud in (9600, 19_200, 38_400, 57_600, 115_200, 230_400)}


class PtyEmulator:
    """A reader one can open at `path`. `real_time` keeps the line's bit rate (10 bits per byte); else it is instant.

    A host that speaks at another baud rate than the reader hears noise and is heard as noise, seeded by `seed`.
    `faults` says what goes wrong besides.
    """

    def __init__(
        self,
        session: R503Session | None = None,
        *,
        real_time: bool = False,
        seed: int = 0,
        faults: FaultScript | None = None,
    ) -> None:
        self.session = session or R503Session()
        self.faults = faults or FaultScript()
        self._real_time = real_time
        self._noise = random.Random(seed)  # noqa: S311 - line noise, no secret
        self._lock = threading.Lock()
        # A name of its own, as udev gives one: the kernel gives a pty's number to the next one at once.
        self._name = Path(tempfile.mkdtemp(prefix="countersign-r503-"), "port")
        self.path = str(self._name)
        self._running = False
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    @property
    def plugged(self) -> bool:
        """Whether there is a port, or will be when a script puts the cable in again."""
        return self._running

    @property
    def aura(self) -> Aura | None:
        """What the ring of light does; None until it was told."""
        with self._lock:
            return self.session.aura

    def place(self, finger: NDArray[np.uint8]) -> None:
        """Lay a finger on the reader: uint8[H, W] of its model. Raises ValueError for another, here and not later."""
        if finger.dtype != np.uint8 or finger.shape != (self.session.model.height, self.session.model.width):
            raise ValueError(f"not an image of this reader: {finger.dtype}{list(finger.shape)}")
        with self._lock:
            self.session.finger = finger.copy()

    def lift(self) -> None:
        """Take the finger away."""
        with self._lock:
            self.session.finger = None

    def strike(self, strike: Strike) -> None:
        """Let something go wrong from now on."""
        with self._lock:
            self.faults.add(strike)

    def unplug(self) -> None:
        """Pull the cable: whoever has the port open finds it gone. Calling it again does nothing."""
        with self._lock:
            if not self._running:
                return
            self._running = False
        os.write(self._wake_write, b"\0")
        self._thread.join()
        self._pull()
        for descriptor in (self._wake_read, self._wake_write):
            os.close(descriptor)

    def replug(self) -> None:
        """Put the cable in again, at the same path: the reader starts anew. Raises RuntimeError where it is in."""
        if self._running:
            raise RuntimeError(f"the reader at {self.path} is plugged in")
        self._name.parent.mkdir(mode=0o700)
        self._start()

    def _start(self) -> None:
        self._wake_read, self._wake_write = os.pipe()
        self._plugged = False
        self._plug()
        self._running = True
        self._thread = threading.Thread(target=self._run, name=f"r503 at {self.path}", daemon=True)
        self._thread.start()

    def _plug(self) -> None:
        with self._lock:
            self.session.power_on()
            self.session.to_send()  # it said 0x55 before anybody could open the port
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._name.parent.mkdir(mode=0o700, exist_ok=True)
        self._name.symlink_to(os.ttyname(self._slave))
        self._plugged = True

    def _pull(self) -> None:
        if self._plugged:
            self._plugged = False
            self._name.unlink()
            os.close(self._master)
            os.close(self._slave)
        shutil.rmtree(self._name.parent, ignore_errors=True)

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._wake_read], [], [])
            if self._wake_read in ready:
                return
            baud, steps = self._hear(os.read(self._master, READ_BYTES))
            if not all(self._do(step, baud) for step in steps):
                return

    def _hear(self, data: bytes) -> tuple[int, list[Step]]:
        """Let the session have what came; at which rate it answers, and what becomes of the answer."""
        with self._lock:
            baud = self.session.parameters.baud
            heard = self._as_heard(data, baud)
        if self._real_time:
            time.sleep(len(data) * BITS_PER_BYTE / baud)
        with self._lock:
            self.session.last_command = None
            self.session.receive(heard)
            answer = self.session.to_send()
            return baud, self.faults.play(self.session.last_command, answer, self.session.address)

    def _do(self, step: Step, baud: int) -> bool:
        """False once the cable was pulled from outside."""
        match step:
            case Say(data):
                return self._send(self._as_heard(data, baud), baud)
            case Wait(seconds):
                return not self._woken(seconds)
            case Pull(seconds):
                self._pull()
                if self._woken(seconds):
                    return False
                self._plug()
            case Hang():
                with self._lock:
                    self.session.hung = True
            case Restart():
                with self._lock:
                    self.session.power_on()
                    sign = self.session.to_send()
                return self._send(self._as_heard(sign, baud), baud)
        return True

    def _woken(self, seconds: float) -> bool:
        """Whether the cable was pulled from outside within so long."""
        ready, _, _ = select.select([self._wake_read], [], [], None if math.isinf(seconds) else seconds)
        return bool(ready)

    def _as_heard(self, data: bytes, baud: int) -> bytes:
        """`data` after the line: as it was where both ends speak at `baud`, noise where they do not."""
        host_baud = _BAUDS.get(termios.tcgetattr(self._master)[_OUTPUT_SPEED])
        return data if host_baud == baud else self._noise.randbytes(len(data))

    def _send(self, data: bytes, baud: int) -> bool:
        """False where the cable was pulled meanwhile."""
        began_s = time.monotonic()
        sent = 0
        while sent < len(data):
            woken, ready, _ = select.select([self._wake_read], [self._master], [])
            if woken or not ready:
                return False
            piece = data[sent : sent + PACED_BYTES] if self._real_time else data[sent:]
            sent += os.write(self._master, piece)
            if self._real_time:
                time.sleep(max(0.0, began_s + sent * BITS_PER_BYTE / baud - time.monotonic()))
        return True
