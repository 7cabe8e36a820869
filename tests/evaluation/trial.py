"""One presentation: something before an emulated camera, and a capture that asks it for a challenge. Impure: networks.

No clock: the camera's time is counted, so a slow machine measures the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from firmware_bridge.camera.attacks.performer import Performer
from firmware_bridge.camera.sources import Picture
from models.bundle import Bundle
from models.face.capture import CaptureProgress, FaceCapture, FaceTemplate
from models.face.embedding import FaceEmbedder
from models.face.observation import FaceObservation
from models.face.pipeline import FacePipeline
from models.liveness.challenge import UNHELD, Action
from models.liveness.cues.watch import PassiveWatch
from models.liveness.evidence import LivenessEvidence, LivenessFailure

FRAME_MS: Final = 50
"""The camera's own 20 frames per second."""
REACTION_MS: Final = 250
"""From the words on the screen to the first movement."""


Seen = Callable[[int, Picture, FaceObservation, CaptureProgress], None]
"""Hears of every frame: when, the picture, what the networks see in it, and what the person is told."""


@dataclass(frozen=True, slots=True)
class Presented:
    """How a presentation ended: with every action seen (`done`) and a template, or why not; what was seen of it."""

    done: bool
    failed: LivenessFailure | None
    evidence: LivenessEvidence
    template: FaceTemplate | None = None


class _Witness(FacePipeline):
    """The pipeline, and what it saw last."""

    seen: FaceObservation

    def observe(self, rgb: Picture) -> FaceObservation:
        """See `FacePipeline.observe`."""
        self.seen = super().observe(rgb)
        return self.seen


class Booth:
    """A terminal's eye: its networks, loaded once, for one presentation after the other."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self._pipeline = _Witness(bundle, threads=threads)
        self._embedder = FaceEmbedder(bundle, threads=threads)
        self._watch = PassiveWatch()

    def present(
        self,
        performer: Performer,
        challenge: Sequence[Action],
        holds_ms: Sequence[int],
        preset_time_ms: int,
        seen: Seen | None = None,
    ) -> Presented:
        """Ask `performer` for `challenge`, as the terminal does, until it is done, failed or `preset_time_ms` over."""
        capture = FaceCapture(self._pipeline, self._embedder, challenge, holds_ms, self._watch)
        asked, keeps = 0, False
        for t_ms in range(0, preset_time_ms, FRAME_MS):
            picture = performer.frame(t_ms)
            if picture is None:
                continue
            progress = capture.feed(picture, t_ms)
            if seen is not None:
                seen(t_ms, picture, self._pipeline.seen, progress)
            if progress.done or progress.failed is not None:
                template = capture.template() if progress.done else None
                return Presented(progress.done, progress.failed, capture.evidence(), template)
            if keeps and progress.action is None and not progress.keep:
                performer.release(t_ms + REACTION_MS)
                keeps = False
            if progress.action is not None and progress.step == asked:
                keeps = progress.action not in UNHELD
                performer.perform(progress.action.value, t_ms + REACTION_MS, held=keeps)
                asked += 1
        return Presented(done=False, failed=LivenessFailure.TIMED_OUT, evidence=capture.evidence())
