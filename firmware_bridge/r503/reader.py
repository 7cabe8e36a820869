"""An R503 or R307 as a `FingerprintReader`: adafruit_fingerprint drives it, over a port that passes whole packets only.

Impure: talks to the line, waits, asks a clock. Used from one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import adafruit_fingerprint
from adafruit_fingerprint import Adafruit_Fingerprint

from firmware_bridge.contract import FingerImage, Light
from firmware_bridge.errors import (
    CaptureCancelled,
    CaptureTimedOut,
    SensorCorrupt,
    SensorNotFound,
    SensorStatus,
    SensorTimedOut,
)
from firmware_bridge.port import Line, SerialLine
from firmware_bridge.r503 import image, status
from firmware_bridge.r503.checked_port import ANSWER_TIMEOUT_S, CheckedPort
from firmware_bridge.r503.commands import (
    BAUD_STEPS,
    BAUD_UNIT,
    DEFAULT_BAUD,
    FASTEST_BAUD,
    LARGEST_PACKET_CODE,
    Instruction,
    Parameter,
)
from firmware_bridge.r503.lights import AURAS
from firmware_bridge.r503.models import MODELS, ReaderModel, model_of
from firmware_bridge.r503.packets import Identifier, Packet
from firmware_bridge.r503.product import ProductInfo
from firmware_bridge.r503.questions import Questions, ask

DEFAULT_PASSWORD = 0
"""Manual: "the default password of the module is 0x00000000"."""

POLL_PAUSE_S = 0.05
"""Between two GenImg: twenty looks a second feel immediate and leave the reader time."""

LIFTED_POLLS = 2
"""So many GenImg in a row must see no finger before it counts as lifted: one may miss a finger that moves."""

FIND_TIMEOUTS_S = (0.3, ANSWER_TIMEOUT_S)
"""A reader answers VfyPwd within 10 ms: a quick look at every rate, then a patient one at the usual
rates, for a busy machine."""

FIND_TIMEOUT_S = 15.0
"""No further rate is tried after that: all of them take 6 s where nobody answers, more only where somebody floods."""

_NO_IMAGE_YET = frozenset({adafruit_fingerprint.NOFINGER, adafruit_fingerprint.IMAGEFAIL})


class R503Reader:
    """An R503, or an R307 of its family, on a serial line, at the largest packets and fastest rate that it takes."""

    def __init__(
        self,
        line: Line,
        *,
        password: int = DEFAULT_PASSWORD,
        baud: int = DEFAULT_BAUD,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Find the reader on `line` and set it up; `open` does that for a port. Raises SensorError."""
        self._clock = clock
        self._sleep = sleep
        self._port = CheckedPort(line, clock=clock)
        self._driver = self._find(password.to_bytes(4, "big"), baud)
        self._model = self._ask_model()
        self._port.image_bytes = self._model.packed_bytes
        self._port.answer_timeout_s = ANSWER_TIMEOUT_S
        self._questions = Questions(
            self._port, self._driver.verify_password, can_reset=self._model.has_soft_reset, clock=clock
        )
        self._enlarge_packets()
        self._raise_baud()
        self._module = self._ask_module()

    @classmethod
    def open(cls, port: str, *, password: int = DEFAULT_PASSWORD, baud: int = DEFAULT_BAUD) -> Self:
        """Open the serial port at the path `port`, for this process alone, and find the reader there.

        `baud` is tried first, then every rate that the manual names: a reader keeps what it was set to.
        Raises SensorNotFound, SensorBusy, SensorWrongPassword, or another SensorError.
        """
        line = SerialLine(port, baud=baud)
        try:
            return cls(line, password=password, baud=baud)
        except BaseException:
            line.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def identity(self) -> str:
        """Model, serial number where the module tells one, and port."""
        return f"{self._module} at {self._port.name}"

    @property
    def module(self) -> str:
        """Model, and serial number where the module tells one: the same at every port."""
        return self._module

    def capture(
        self,
        *,
        timeout_s: float,
        resting: Callable[[], None] | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FingerImage:
        """See `FingerprintReader.capture`. Shows Light.READING once it saw the finger; else the caller does."""
        deadline_s = self._clock() + timeout_s
        self._wait_until_lifted(deadline_s, resting, cancelled)
        self._wait_until_placed(deadline_s, cancelled)
        self.signal(Light.READING)
        if progress is not None:
            progress(0.0)
        with self._port.watching(progress, cancelled):
            packed = self._questions.insist(lambda: self._driver.get_fpdata(sensorbuffer="image"), image=True)
        model = self._model
        return FingerImage(image.unpack(bytes(packed), model.width, model.height), model.dpi)

    def signal(self, light: Light) -> None:
        """See `FingerprintReader.signal`. A reader without a ring of light shows nothing, but is heard from."""
        if not self._model.has_aura:
            self._questions.insist(self._driver.verify_password)
            return
        aura = AURAS[light]
        self._questions.insist(
            lambda: self._driver.set_led(color=aura.color, mode=aura.control, speed=aura.speed, cycles=aura.cycles)
        )

    def close(self) -> None:
        """See `FingerprintReader.close`."""
        self._port.close()

    def _wait_until_lifted(
        self, deadline_s: float, resting: Callable[[], None] | None, cancelled: Callable[[], bool] | None
    ) -> None:
        away = 0
        while away < LIFTED_POLLS:
            code = self._take_image()
            away = away + 1 if code == adafruit_fingerprint.NOFINGER else 0
            if code == adafruit_fingerprint.OK and resting is not None:
                resting()
            self._pause(deadline_s, cancelled, "the finger from before was not lifted")

    def _wait_until_placed(self, deadline_s: float, cancelled: Callable[[], bool] | None) -> None:
        while self._take_image() != adafruit_fingerprint.OK:
            self._pause(deadline_s, cancelled, "no finger was placed")

    def _take_image(self) -> int:
        """One GenImg: OK, or why there is no image yet. Raises SensorStatus for any other refusal."""
        return self._questions.insist(self._look)

    def _look(self) -> int:
        code: int = ask(self._port, self._driver.get_image)
        if code != adafruit_fingerprint.OK and code not in _NO_IMAGE_YET:
            raise SensorStatus(self._port.name, Instruction.GEN_IMG.name, code, status.name(code))
        return code

    def _pause(self, deadline_s: float, cancelled: Callable[[], bool] | None, what: str) -> None:
        if cancelled is not None and cancelled():
            raise CaptureCancelled(f"{self.identity}: the capture was cancelled")
        if self._clock() > deadline_s:
            raise CaptureTimedOut(f"{self.identity}: {what} in time")
        self._sleep(POLL_PAUSE_S)

    def _find(self, password: bytes, baud: int) -> Adafruit_Fingerprint:
        deadline_s = self._clock() + FIND_TIMEOUT_S
        usual = dict.fromkeys((baud, FASTEST_BAUD, DEFAULT_BAUD))
        every = usual | dict.fromkeys(BAUD_UNIT * step for step in reversed(BAUD_STEPS))
        for candidates, self._port.answer_timeout_s in zip((every, usual), FIND_TIMEOUTS_S, strict=True):
            for candidate in candidates:
                if self._clock() > deadline_s:
                    break
                self._port.set_baud(candidate)
                try:
                    if candidates is usual:
                        self._port.soft_reset()  # one that hangs has not answered the quick look
                    return self._greet(password)
                except (SensorTimedOut, SensorCorrupt):
                    continue  # nobody there, or nobody who speaks at this rate
        raise SensorNotFound(f"no fingerprint reader answers at {self._port.name}: check cable and power")

    def _greet(self, password: bytes) -> Adafruit_Fingerprint:
        """VfyPwd and ReadSysPara. Where an answer is corrupt there is somebody: then once more."""
        try:
            return ask(self._port, lambda: Adafruit_Fingerprint(self._port, tuple(password)))
        except SensorCorrupt:
            return ask(self._port, lambda: Adafruit_Fingerprint(self._port, tuple(password)))

    def _enlarge_packets(self) -> None:
        if self._driver.data_packet_size != LARGEST_PACKET_CODE:
            self._questions.insist(lambda: self._driver.set_sysparam(Parameter.PACKET_LENGTH, LARGEST_PACKET_CODE))

    def _raise_baud(self) -> None:
        """To the fastest rate that the reader takes."""
        before = self._port.baud
        for step in reversed(BAUD_STEPS):
            if step * BAUD_UNIT <= before or self._took_rate(step, before):
                return

    def _took_rate(self, step: int, before: int) -> bool:
        """The manual lets a reader keep its rate until it is powered on again: then, so do we."""
        try:
            ask(self._port, lambda: self._driver.set_sysparam(Parameter.BAUD_RATE, step))
        except SensorStatus:
            return False
        except (SensorTimedOut, SensorCorrupt):
            pass  # the answer alone may be lost: it shows below where it listens
        self._port.set_baud(step * BAUD_UNIT)
        try:
            ask(self._port, self._driver.verify_password)
        except (SensorTimedOut, SensorCorrupt):
            self._port.set_baud(before)
            self._questions.insist(self._driver.verify_password)
        return True

    def _ask_model(self) -> ReaderModel:
        """Which of the family it is: the library asked for the system's identifier as it began."""
        model = model_of(self._driver.system_id)
        if model is None:
            known = " or ".join(one.name for one in MODELS)
            raise SensorNotFound(
                f"{self._port.name}: a reader with system identifier 0x{self._driver.system_id:04X} is no {known}"
            )
        return model

    def _ask_module(self) -> str:
        """ReadProdInfo is not in the library, and not in every module: one that refuses it is named by its model."""
        if not self._model.has_product_info:
            return self._model.name
        try:
            question = Packet(Identifier.COMMAND, bytes([Instruction.READ_PROD_INFO]))
            answer = self._questions.insist(lambda: self._port.exchange(question))
            product = ProductInfo.from_bytes(answer.content[1:])
        except (SensorStatus, SensorTimedOut, ValueError):
            return self._model.name
        return f"{product.model or self._model.name} {product.serial_number}".strip()
