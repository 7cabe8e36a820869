"""A finger for an instruction: images from the reader until one shows enough to be compared. Impure: drives it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from firmware_bridge.contract import FingerprintReader, Light
from firmware_bridge.errors import CaptureCancelled, CaptureTimedOut
from models.comparison.fingerprint import PROBE_MINUTIAE_MIN
from models.comparison.iso19794_2 import decode
from models.fingerprint.extractor import FingerTemplate
from models.fingerprint.quality import FingerHint, FingerImageError
from server_mqtt.contract.messages import CaptureOutcome, LivenessEvidence, Modality, Probe
from terminal.devices.capturing import ANSWER_MARGIN_MS, CaptureOver, CaptureStopped, Run
from terminal.devices.networks import Networks
from terminal.devices.passive import on_the_wire
from terminal.session.state import Progress

WAITING: Final = ""
LIFT: Final = "lift"
KEEP: Final = "keep"
"""What the screen asks for, as names: put the finger down, lift it first, keep it still."""

ASKED_AGAIN: Final = frozenset(
    {FingerHint.TOO_WET, FingerHint.TOO_DRY, FingerHint.PRESS_FIRMER, FingerHint.CENTER_FINGER}
)
"""What a person can do better, once: an impression of which this is said may yet match, and is worth three seconds
more."""

_MS_PER_S: Final = 1_000


def capture_finger(reader: FingerprintReader, networks: Networks, run: Run) -> Probe:
    """A finger on `reader`. Raises CaptureOver, CaptureStopped, SensorError.

    A useless impression is never an answer: the person is asked again until the time is over, and then the outcome is
    that nothing could be captured. One that could be better is kept, and the person asked once more: then the better of
    both is the answer, or the one there is when the time is over. If nobody touched the reader there is nothing to
    answer.
    """
    attempt = _Attempt(run)
    reader.signal(Light.READY)
    try:
        while True:
            impression = _take(reader, networks, attempt)
            if impression is not None:
                reader.signal(Light.GOOD)
                return finger_probe(impression.template, networks.model_hash, impression.evidence)
            reader.signal(Light.TRY_AGAIN)
    except CaptureOver:
        reader.signal(Light.STOP)
        raise
    except CaptureStopped:
        reader.signal(Light.OFF)
        raise


def finger_probe(template: FingerTemplate, model_hash: str, evidence: LivenessEvidence | None) -> Probe:
    """`template` as it travels; `evidence` of its touch, None where nobody asks for any."""
    return Probe(
        modality=Modality.FINGERPRINT,
        template=template.record,
        samples=1,
        model_hash=model_hash,
        liveness=evidence,
    )


@dataclass(frozen=True, slots=True)
class _Impression:
    """What can be an answer."""

    template: FingerTemplate
    evidence: LivenessEvidence


def _take(reader: FingerprintReader, networks: Networks, attempt: _Attempt) -> _Impression | None:
    """The impression to answer with, or None where another is to be asked for."""
    attempt.begin()
    try:
        image = reader.capture(
            timeout_s=attempt.left_ms / _MS_PER_S,
            resting=attempt.rests,
            progress=attempt.reading,
            cancelled=attempt.is_over,
        )
    except (CaptureCancelled, CaptureTimedOut):
        return attempt.end()
    try:
        template = networks.extractor.run(image.pixels, image.dpi)
    except FingerImageError as error:
        attempt.again(error.hint)
        return None
    if template.minutiae < PROBE_MINUTIAE_MIN:
        attempt.again(template.hint)
        return None
    passive = networks.touches.look(image.pixels, decode(template.record), round(time.monotonic() * _MS_PER_S))
    evidence = LivenessEvidence(steps=(), frames=1, elapsed_ms=attempt.elapsed_ms, passive=on_the_wire(passive))
    return attempt.weigh(_Impression(template, evidence))


class _Attempt:
    """What the person is told, and when to give up."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._began_s = time.monotonic()
        self._kept: _Impression | None = None
        self._poor = False
        self._hint = WAITING
        self._resting = False
        self._reading = False

    @property
    def left_ms(self) -> int:
        """Once there is something to answer, it must arrive in time."""
        return max(0, self._run.left_ms - (ANSWER_MARGIN_MS if self._poor else 0))

    @property
    def elapsed_ms(self) -> int:
        """Since the capture began."""
        return round((time.monotonic() - self._began_s) * _MS_PER_S)

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

    def weigh(self, impression: _Impression) -> _Impression | None:
        """`impression` if it is good, the better of two that are not, None after the first."""
        before, self._kept = self._kept, impression
        if impression.template.hint not in ASKED_AGAIN:
            return impression
        if before is not None:
            return max(before, impression, key=lambda one: one.template.quality)
        self.again(impression.template.hint)
        return None

    def end(self) -> _Impression:
        """What there is when the reader is not waited for any longer; raises why there is nothing."""
        if self._run.stopped:
            raise CaptureStopped
        if self._kept is not None:
            return self._kept
        raise CaptureOver(CaptureOutcome.NOT_CAPTURED if self._poor else None)

    def _say(self, hint: str) -> None:
        self._run.move(Progress(modality=Modality.FINGERPRINT, hint=hint))
