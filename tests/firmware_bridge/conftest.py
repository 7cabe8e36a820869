"""One way for all tests to have a reader that fails: `faulty`, a reader behind a real port with a fault script."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.fault_script import FaultScript, Strike
from firmware_bridge.r503.models import R503, ReaderModel
from firmware_bridge.r503.parameters import SystemParameters
from firmware_bridge.r503.pty_emulator import PtyEmulator


class Faulty(Protocol):
    """Makes a reader that was set up before; it is unplugged when the test ends. More may go wrong by `strike`."""

    def __call__(
        self, *strikes: Strike, model: ReaderModel = R503, password: int = 0, seed: int = 0, real_time: bool = False
    ) -> PtyEmulator:
        """`seed`: of the noise."""
        ...


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """What a script does is shown when the test fails."""
    with ExitStack() as readers:

        def make(
            *strikes: Strike, model: ReaderModel = R503, password: int = 0, seed: int = 0, real_time: bool = False
        ) -> PtyEmulator:
            sys.stdout.write(f"{model.name}, seed {seed}: {strikes or 'nothing goes wrong yet'}\n")
            fast = SystemParameters(baud_step=12, packet_code=3)
            session = R503Session(password=password, parameters=fast, model=model)
            script = FaultScript(*strikes, seed=seed)
            return readers.enter_context(PtyEmulator(session, faults=script, seed=seed, real_time=real_time))

        yield make
