"""The two sensors as the terminal has them: found, lost, found again. Impure: opens ports and cameras.

A reader is asked for its light now and then, a camera for a few pictures, which nobody looks at. What does not answer
is opened anew, ever less often. Used by one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog

from firmware_bridge.contract import Camera, FingerprintReader, Light
from firmware_bridge.errors import SensorError, SensorNotFound
from server_mqtt.contract.messages import Modality
from terminal.devices.live_frames import check_camera

READER_CHECK_S: Final = 5.0
"""One exchange of 20 bytes on the line: a cable that was pulled is noticed before somebody puts a finger there."""

CAMERA_CHECK_S: Final = 60.0
"""Starting a camera takes it a second; and a camera that wakes up all the time makes people uneasy."""

RETRY_S: Final = (2.0, 5.0, 10.0, 30.0)
"""Pauses before a sensor that does not answer is tried again, the last one for ever: looking for a silent reader takes
seconds in which nobody else is served."""

log = structlog.get_logger(__name__)


class _Checked:
    """When to look at a sensor again, and whether it worked."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._failures = 0
        self.works = False
        self.due_s = 0.0

    def note(self, error: SensorError | None, modality: Modality) -> None:
        """The sensor was looked at, or used."""
        now_s = time.monotonic()
        works = error is None
        if works != self.works or (error is not None and self._failures == 0):
            log.info("sensor_works" if works else "sensor_fails", modality=modality.value, why=str(error or ""))
        self.works = works
        self._failures = 0 if works else self._failures + 1
        pause_s = self._every_s if works else RETRY_S[min(self._failures, len(RETRY_S)) - 1]
        self.due_s = now_s + pause_s


class Sensors:
    """A camera and a reader, either of which may be missing, for good or for a while."""

    def __init__(
        self,
        camera: Camera | None,
        open_reader: Callable[[], FingerprintReader] | None,
        *,
        reopens: bool = True,
    ) -> None:
        """`open_reader` finds the reader on its port, or raises SensorError; None where the terminal has none.

        `reopens`: a reader that failed is closed and opened anew; else the same one is asked again.
        """
        self._camera = camera
        self._open_reader = open_reader
        self._reopens = reopens
        self._reader: FingerprintReader | None = None
        self._camera_state = _Checked(CAMERA_CHECK_S)
        self._reader_state = _Checked(READER_CHECK_S)

    @property
    def working(self) -> frozenset[Modality]:
        """What answered when it was looked at last."""
        found = {Modality.FACE: self._camera_state.works, Modality.FINGERPRINT: self._reader_state.works}
        return frozenset(modality for modality, works in found.items() if works)

    @property
    def due_s(self) -> float:
        """When to `check` next, on the monotonic clock; infinity for a terminal without sensors."""
        camera = self._camera_state.due_s if self._camera is not None else float("inf")
        reader = self._reader_state.due_s if self._open_reader is not None else float("inf")
        return min(camera, reader)

    def check(self) -> None:
        """Look at what is due. Waits for the sensors, a few seconds at most."""
        now_s = time.monotonic()
        if self._open_reader is not None and now_s >= self._reader_state.due_s:
            self._check_reader()
        if self._camera is not None and now_s >= self._camera_state.due_s:
            self._check_camera(self._camera)

    def camera(self) -> Camera:
        """The camera, not opened. Raises SensorError."""
        if self._camera is None:
            raise SensorNotFound("this terminal has no camera")
        return self._camera

    def reader(self) -> FingerprintReader:
        """The reader, open. Raises SensorError."""
        if self._reader is None:
            if self._open_reader is None:
                raise SensorNotFound("this terminal has no fingerprint reader")
            self._reader = self._open_reader()
            log.info("reader_found", identity=self._reader.identity)
        return self._reader

    def note(self, modality: Modality, error: SensorError | None) -> None:
        """A capture used this sensor, and this came of it."""
        if modality is Modality.FACE:
            self._camera_state.note(error, modality)
            return
        self._reader_state.note(error, modality)
        if error is not None and self._reopens:
            self._close_reader()

    def close(self) -> None:
        """Give both up."""
        self._close_reader()
        if self._camera is not None:
            self._camera.close()

    def _check_reader(self) -> None:
        try:
            self.reader().signal(Light.OFF)
        except SensorError as error:
            self.note(Modality.FINGERPRINT, error)
        else:
            self.note(Modality.FINGERPRINT, None)

    def _check_camera(self, camera: Camera) -> None:
        try:
            check_camera(camera)
        except SensorError as error:
            self.note(Modality.FACE, error)
        else:
            self.note(Modality.FACE, None)

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
