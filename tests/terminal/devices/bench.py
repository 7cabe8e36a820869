"""A capture worker on its own: sensors, networks, a clock; what it told, and what its probes hold for the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Self

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from models.bundle import DEFAULT_BUNDLE
from models.fingerprint.cues.watch import TouchWatch
from server_mqtt.contract.messages import Modality, Probe, Role
from server_mqtt.contract.sealing import capture_context, open_sealed
from terminal.devices.networks import Networks, load_networks
from terminal.devices.sensors import Sensors
from terminal.devices.worker import Binding, CaptureWorker
from terminal.session.commands import StartCapture
from terminal.session.events import CaptureEnded, CaptureMoved, Event, ModelsLoaded, SensorsFound
from terminal.session.state import AnyInstruction, Progress
from tests.bundle import model_bundle
from tests.terminal.counter import ROOT
from tests.terminal.messages import first_instruction
from tests.terminal.server_end import PATIENCE_S

DEVICE = "payee-terminal"


@cache
def _loaded() -> Networks:
    return load_networks(ROOT / DEFAULT_BUNDLE)


def networks() -> Networks:
    """Those of the bundle, which saw no finger yet; skips where it was not built. One worker at a time may use them."""
    model_bundle()
    return replace(_loaded(), touches=TouchWatch())


class Bench:
    """A running worker, as a context."""

    def __init__(self, sensors: Sensors, *, load: Callable[[], Networks] = networks) -> None:
        self.events: list[Event] = []
        self.told: Callable[[Progress], None] = lambda progress: None
        self.server = X25519PrivateKey.generate()
        self._news = threading.Condition()
        self.worker = CaptureWorker(
            sensors,
            load,
            Binding(device=DEVICE, role=Role.PAYEE, server_sealing=self.server.public_key()),
            clock=self.now_ms,
            post=self._post,
        )

    def __enter__(self) -> Self:
        self.worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.stop()

    @staticmethod
    def now_ms() -> int:
        return time.monotonic_ns() // 1_000_000

    def until_ready(self, *modalities: Modality) -> Self:
        """Networks and these sensors are there."""
        self.until(lambda: any(isinstance(event, ModelsLoaded) for event in self.events))
        self.until_sensors(*modalities)
        return self

    def until_sensors(self, *modalities: Modality) -> None:
        self.until(lambda: SensorsFound(working=frozenset(modalities)) == self._last(SensorsFound))

    def until(self, seen: Callable[[], bool]) -> None:
        with self._news:
            if not self._news.wait_for(seen, PATIENCE_S):
                pytest.fail(f"waited {PATIENCE_S} s; told: {self.events}")

    def start(self, instruction: AnyInstruction, *modalities: Modality, time_ms: int = 60_000) -> AnyInstruction:
        """Begin a capture."""
        command = StartCapture(instruction=instruction, modalities=modalities, ends_at_ms=self.now_ms() + time_ms)
        self.worker.start_capture(command)
        return instruction

    def capture(self, *modalities: Modality, time_ms: int = 60_000) -> CaptureEnded:
        """A whole capture for some instruction."""
        return self.ended(self.start(first_instruction(), *modalities, time_ms=time_ms))

    def ended(self, instruction: AnyInstruction) -> CaptureEnded:
        """What came of the capture for `instruction`."""

        def end() -> CaptureEnded | None:
            ends = [event for event in self.events if isinstance(event, CaptureEnded)]
            return next((one for one in ends if one.instruction_id == instruction.instruction_id), None)

        self.until(lambda: end() is not None)
        found = end()
        assert found is not None
        return found

    def until_told(self, fits: Callable[[Progress], bool]) -> None:
        self.until(lambda: any(fits(progress) for progress in self.progress()))

    def progress(self) -> list[Progress]:
        return [event.progress for event in self.events if isinstance(event, CaptureMoved)]

    def opened(self, ended: CaptureEnded, instruction: AnyInstruction) -> list[Probe]:
        """The probes, as the server reads them."""
        context = capture_context(instruction.payment_id, instruction.nonce, DEVICE, Role.PAYEE)
        return [open_sealed(self.server, sealed, context) for sealed in ended.probes]

    def _last(self, kind: type[Event]) -> Event | None:
        return next((event for event in reversed(self.events) if isinstance(event, kind)), None)

    def _post(self, event: Event) -> None:
        if isinstance(event, CaptureMoved):
            self.told(event.progress)  # in the worker's thread: a puppet reacts at a known moment of its own time
        with self._news:
            self.events.append(event)
            self._news.notify_all()
