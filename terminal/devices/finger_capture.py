"""A finger for an instruction: images from the reader until one shows enough to be compared. Impure: drives it."""

from __future__ import annotations

from typing import Final

from firmware_bridge.contract import FingerprintReader, Light
from firmware_bridge.errors import CaptureCancelled, CaptureTimedOut
from models.comparison.fingerprint import PROBE_MINUTIAE_MIN
from models.fingerprint.extractor import FingerTemplate
from models.fingerprint.quality import FingerHint, FingerImageError
from server_mqtt.contract.messages import CaptureOutcome, Modality, Probe
from terminal.devices.capturing import ANSWER_MARGIN_MS, CaptureOver, CaptureStopped, Run
from terminal.devices.networks import Networks
from terminal.session.state import Progress

WAITING: Final = ""
LIFT: Final = "lift"
KEEP: Final = "keep"
"""What the screen asks for, as names: put the finger down, lift it first, keep it still."""

_MS_PER_S: Final = 1_000


def capture_finger(reader: FingerprintReader, networks: Networks, run: Run) -> Probe:
    """A finger on `reader`. Raises CaptureOver, CaptureStopped, SensorError.

    A poor impression is never an answer: the person is asked again until the time is over, and then the outcome is
    that nothing could be captured. If nobody touched the reader there is nothing to answer.
    """
    attempt = _Attempt(run)
    reader.signal(Light.READY)
    try:
        while True:
            template = _take(reader, networks, attempt)
            if template is not None:
                reader.signal(Light.GOOD)
                return finger_probe(template, networks.model_hash)
            reader.signal(Light.TRY_AGAIN)
    except CaptureOver:
        reader.signal(Light.STOP)
        raise
    except CaptureStopped:
        reader.signal(Light.OFF)
        raise


def finger_probe(template: FingerTemplate, model_hash: str) -> Probe:
    """`template` as it travels."""
    return Probe(modality=Modality.FINGERPRINT, template=template.record, samples=1, model_hash=model_hash)


def _take(reader: FingerprintReader, networks: Networks, attempt: _Attempt) -> FingerTemplate | None:
    """One impression, or None where it was too poor to be compared."""
    attempt.begin()
    try:
        image = reader.capture(
            timeout_s=attempt.left_ms / _MS_PER_S,
            resting=attempt.rests,
            progress=attempt.reading,
            cancelled=attempt.is_over,
        )
    except (CaptureCancelled, CaptureTimedOut):
        raise attempt.end() from None
    try:
        template = networks.extractor.run(image.pixels, image.dpi)
    except FingerImageError as error:
        attempt.again(error.hint)
        return None
    if template.minutiae < PROBE_MINUTIAE_MIN:
        attempt.again(template.hint)
        return None
    return template


class _Attempt:
    """What the person is told, and when to give up."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._poor = False
        self._hint = WAITING
        self._resting = False
        self._reading = False

    @property
    def left_ms(self) -> int:
        """Once there is something to answer, it must arrive in time."""
        return max(0, self._run.left_ms - (ANSWER_MARGIN_MS if self._poor else 0))

    def begin(self) -> None:
        """The reader is about to look."""
        self._reading = False
        if not self._poor:
            self._say(WAITING)

    def rests(self) -> None:
        """The reader saw a finger that was not lifted since before."""
        self._resting = True
        self._say(LIFT)

    def reading(self, share: float) -> None:
        """The image travels: `share` of it has come."""
        self._reading = True
        self._run.move(Progress(modality=Modality.FINGERPRINT, hint=KEEP, transfer=share))

    def is_over(self) -> bool:
        """Asked after every look of the reader, and between two packets."""
        if not self._resting and not self._reading:
            self._say(self._hint)
        self._resting = False
        return self._run.over or self.left_ms == 0

    def again(self, hint: FingerHint) -> None:
        """The impression was too poor: lift the finger first, then do this better."""
        self._poor = True
        self._hint = WAITING if hint in (FingerHint.OK, FingerHint.NO_FINGER) else hint.value

    def end(self) -> CaptureOver | CaptureStopped:
        """Why the reader is not waited for any longer."""
        if self._run.stopped:
            return CaptureStopped()
        return CaptureOver(CaptureOutcome.NOT_CAPTURED if self._poor else None)

    def _say(self, hint: str) -> None:
        self._run.move(Progress(modality=Modality.FINGERPRINT, hint=hint))
