"""The thread that has the sensors and the networks: captures when asked, looks after both when not.

Impure: one thread. It tells what it finds through `post`; an error of its own making is logged, ends the capture it
happened in, and never the thread.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from firmware_bridge.errors import SensorError
from models.errors import ModelError
from server_mqtt.contract.messages import CaptureOutcome, Modality, Probe, Role, SealedProbe
from server_mqtt.contract.sealing import capture_context, seal
from terminal.devices.capturing import CaptureOver, CaptureStopped, Preview, Run
from terminal.devices.face_capture import capture_face
from terminal.devices.finger_capture import capture_finger
from terminal.devices.networks import Networks
from terminal.devices.sensors import Sensors
from terminal.session.commands import StartCapture
from terminal.session.events import CaptureEnded, CaptureMoved, Event, ModelsFailed, ModelsLoaded, SensorsFound
from terminal.session.state import Progress

RETRY_MODELS_S: Final = 15.0
"""How often a bundle that is missing or damaged is read again: a new one is taken up by itself."""

AFTER_TROUBLE_S: Final = 1.0
"""A pause after an error of our own, so that it does not fill the log."""

STOP_TIMEOUT_S: Final = 10.0
"""Finding a silent reader takes seven seconds; nothing else takes longer."""

_MS_PER_S: Final = 1_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What every probe of this terminal is sealed to and bound to."""

    device: str
    role: Role
    server_sealing: X25519PublicKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Job:
    command: StartCapture
    stopped: threading.Event = field(default_factory=threading.Event)


class CaptureWorker:
    """One thread. `start_capture`, `stop_capture`, `preview` and `model_hash` may be used from any other."""

    def __init__(
        self,
        sensors: Sensors,
        load: Callable[[], Networks],
        binding: Binding,
        *,
        clock: Callable[[], int],
        post: Callable[[Event], None],
    ) -> None:
        """`load` raises ModelError; `clock` is the session's, in ms; `post` returns at once."""
        self._sensors, self._load, self._binding = sensors, load, binding
        self._clock, self._post = clock, post
        self._networks: Networks | None = None
        self._load_at_s = 0.0
        self._models_failed = False
        self._found: frozenset[Modality] | None = None
        self._jobs: deque[_Job] = deque()
        self._current: _Job | None = None
        self._news = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sensors", daemon=True)
        self.preview: Preview | None = None

    @property
    def model_hash(self) -> str:
        """Of the bundle that is loaded, empty before."""
        return "" if self._networks is None else self._networks.model_hash

    def start(self) -> None:
        """Begins to load and to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends what it is at, releases the sensors and ends the thread."""
        with self._news:
            self._stopping = True
            for job in (*self._jobs, *([self._current] if self._current else ())):
                job.stopped.set()
            self._news.notify_all()
        if self._thread.ident is None:
            self._sensors.close()
            return
        self._thread.join(STOP_TIMEOUT_S)
        if self._thread.is_alive():
            log.error("sensors_do_not_end", waited_s=STOP_TIMEOUT_S)

    def start_capture(self, command: StartCapture) -> None:
        """See SensorsPort."""
        with self._news:
            self._jobs.append(_Job(command))
            self._news.notify_all()

    def stop_capture(self, instruction_id: str) -> None:
        """See SensorsPort."""
        with self._news:
            for job in (*self._jobs, *([self._current] if self._current else ())):
                if job.command.instruction.instruction_id == instruction_id:
                    job.stopped.set()

    # --- the thread ---

    def _run(self) -> None:
        try:
            while True:
                job = self._next_job()
                if self._stopping:
                    return
                try:
                    if job is None:
                        self._look_after()
                    else:
                        self._answer(job)
                except Exception:  # the thread must live: what it failed at is said by whoever failed
                    log.exception("sensors_trouble")
                    time.sleep(AFTER_TROUBLE_S)
        finally:
            self._sensors.close()

    def _next_job(self) -> _Job | None:
        """The next capture, or None when something else is due."""
        with self._news:
            self._current = None
            if not self._jobs and not self._stopping:
                self._news.wait(max(0.0, min(self._due_s() - time.monotonic(), threading.TIMEOUT_MAX)))
            if self._jobs and not self._stopping:
                self._current = self._jobs.popleft()
            return self._current

    def _due_s(self) -> float:
        return min(self._sensors.due_s, float("inf") if self._networks else self._load_at_s)

    # --- when nobody is captured ---

    def _look_after(self) -> None:
        if self._networks is None and time.monotonic() >= self._load_at_s:
            self._load_networks()
        self._sensors.check()
        self._tell_sensors()
        if self._networks is not None:
            self._networks.touches.forget(round(time.monotonic() * _MS_PER_S))

    def _load_networks(self) -> None:
        self._load_at_s = time.monotonic() + RETRY_MODELS_S
        try:
            self._networks = self._load()
        except ModelError as error:
            if not self._models_failed:
                log.error("models_not_loaded", why=str(error))  # noqa: TRY400 - the text says all
            self._models_failed = True
            self._post(ModelsFailed())
            return
        log.info("models_loaded", model_hash=self._networks.model_hash)
        self._post(ModelsLoaded())

    def _tell_sensors(self) -> None:
        working = self._sensors.working
        if working != self._found:
            self._found = working
            self._post(SensorsFound(working=working))

    # --- a capture ---

    def _answer(self, job: _Job) -> None:
        """One capture to its end, whatever the end; its outcome is always told, unless nobody waits for it."""
        instruction_id = job.command.instruction.instruction_id
        outcome: CaptureOutcome | None = CaptureOutcome.SENSOR_FAILED
        probes: tuple[SealedProbe, ...] = ()
        try:
            probes = self._probes(job)
            outcome = CaptureOutcome.CAPTURED
        except CaptureOver as end:
            outcome = end.outcome
        except CaptureStopped:
            log.info("capture_stopped", instruction_id=instruction_id)
        except SensorError as error:
            log.warning("capture_failed", why=str(error))
        except ModelError as error:
            log.warning("capture_refused", why=str(error))
            outcome = CaptureOutcome.NOT_CAPTURED
        finally:
            self.preview = None
            self._tell_sensors()
            if not job.stopped.is_set():
                self._post(CaptureEnded(instruction_id=instruction_id, outcome=outcome, probes=probes))

    def _probes(self, job: _Job) -> tuple[SealedProbe, ...]:
        networks = self._networks
        if networks is None:
            raise CaptureOver(CaptureOutcome.SENSOR_FAILED)
        command, instruction = job.command, job.command.instruction
        run = Run(
            ends_at_ms=command.ends_at_ms,
            clock=self._clock,
            stopped=job.stopped,
            moved=lambda progress: self._moved(instruction.instruction_id, progress),
            seen=self._seen,
        )
        binding = self._binding
        context = capture_context(instruction.payment_id, instruction.nonce, binding.device, binding.role)
        captured = [self._capture(modality, command, networks, run) for modality in command.modalities]
        return tuple(seal(binding.server_sealing, probe, context) for probe in captured)

    def _capture(self, modality: Modality, command: StartCapture, networks: Networks, run: Run) -> Probe:
        run.check()
        trouble: SensorError | None = None
        try:
            if modality is Modality.FACE:
                asked = command.instruction
                return capture_face(self._sensors.camera(), networks, asked.challenge, asked.holds_ms, run)
            return capture_finger(self._sensors.reader(), networks, run)
        except SensorError as error:
            trouble = error
            raise
        finally:
            self.preview = None
            self._sensors.note(modality, trouble)

    def _moved(self, instruction_id: str, progress: Progress) -> None:
        self._post(CaptureMoved(instruction_id=instruction_id, progress=progress))

    def _seen(self, picture: Preview) -> None:
        self.preview = picture
