"""From a camera's frames to a template: a live capture with its challenge, and an enrolment without one.

Both own a pipeline and an embedder for their time and remember the frames' numbers, never the frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.errors import CaptureError
from models.face.best import Embedder, Portraits
from models.face.observation import FaceObservation, Hint
from models.face.quality import hint_for
from models.liveness.challenge import NON_RIGID, Action
from models.liveness.cues.watch import PassiveWatch
from models.liveness.evidence import LivenessEvidence, LivenessFailure
from models.liveness.gestures import Gestures
from models.liveness.session import LivenessSession, Phase, fail, start, step
from models.liveness.sighting import Look, Sighting

PROBE_FRAMES = 3
"""A template is the mean of so many frames, the best: the threshold of the comparison is calibrated for them."""
ENROLMENT_SPACING_MS = 300
"""Frames closer in time are one picture twice: they average no noise and no expression away."""


class Pipeline(Protocol):
    """What a capture asks of `FacePipeline`."""

    def observe(self, rgb: NDArray[np.uint8]) -> FaceObservation: ...
    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CaptureProgress:
    """What to show the person after a frame.

    `hint`: what to put right first. `action`: what to do now, None while the face is to rest; `keep`: it is done, and
    to be kept for now. `step` of `steps` are done. `done`: the template is ready; `failed`: why it never will be.
    """

    hint: Hint
    action: Action | None
    step: int
    steps: int
    done: bool
    failed: LivenessFailure | None
    keep: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FaceTemplate:
    """The mean of `frames` embeddings, float32[128], and how it was captured. Never logged, never shown."""

    embedding: NDArray[np.float32]
    frames: int
    evidence: LivenessEvidence

    def __repr__(self) -> str:
        return f"FaceTemplate(frames={self.frames})"


class FaceCapture:
    """One person performing one challenge.

    Of every rest before, between and after the actions the best frame is kept, straight, sharp, well lit; all must be
    the same face's, and the best of them make the template. A badly placed face is told so in a hint and costs nothing.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        embedder: Embedder,
        challenge: Sequence[Action],
        holds_ms: Sequence[int] = (),
        watch: PassiveWatch | None = None,
    ) -> None:
        """`holds_ms`: how long to keep each action, not at all if empty. `watch`: for the passive cues, with an
        operator's own if there is one; it begins anew.

        Raises ChallengeError for a challenge that proves nothing (see `liveness.session.start`).
        """
        self._session = start(challenge, holds_ms)
        self._pipeline = pipeline
        self._portraits = Portraits(embedder)
        self._watch = watch or PassiveWatch()
        self._watch.reset()
        pipeline.reset()

    def feed(self, rgb: NDArray[np.uint8], t_ms: int) -> CaptureProgress:
        """One more frame, uint8[H,W,3] unmirrored, taken at `t_ms` of a clock that does not go back.

        Raises ImageError for anything else. After `done` or `failed` nothing changes any more.
        """
        if self._session.over:
            return self._progress(Hint.OK)
        seen = self._pipeline.observe(rgb)
        shorter_side_px = min(rgb.shape[:2])
        placed = hint_for(seen.faces, seen.face, shorter_side_px, frontal=False) is Hint.OK
        before = self._session
        self._session = step(before, sighting_of(seen, good=seen.hint is Hint.OK, placed=placed), t_ms)
        self._watch.look(rgb, seen.face if seen.faces == 1 else None, t_ms)
        if self._session.frames > before.frames:
            self._choose(rgb, seen, before)
        return self._progress(self._hint(seen, shorter_side_px))

    def template(self) -> FaceTemplate:
        """The captured template. Raises CaptureError before `done` and after a failure."""
        if self._session.phase is not Phase.PASSED:
            raise CaptureError("this capture is not done: there is no template")
        return FaceTemplate(self._portraits.mean(PROBE_FRAMES), PROBE_FRAMES, self.evidence())

    def evidence(self) -> LivenessEvidence:
        """What was seen so far, of the actions and of the passive cues."""
        return replace(self._session.evidence(), spread=self._portraits.spread, passive=self._watch.evidence())

    def _choose(self, rgb: NDArray[np.uint8], seen: FaceObservation, before: LivenessSession) -> None:
        """Keep the best frame of a rest: once the face has settled, and a better one when the rest is over.

        A rest lasts from when the face settles to when the next action is seen.
        """
        session, same = self._session, True
        if before.phase is Phase.ACTING and session.phase in (Phase.HOLDING, Phase.SETTLING):
            same = self._portraits.keep()
            self._portraits.drop()
        elif session.phase is Phase.SETTLING and session.settled <= 1:
            self._portraits.drop()
        if seen.face is not None and _at_rest(session, good=seen.hint is Hint.OK):
            self._portraits.consider(rgb, seen.face)
        if before.phase is Phase.SETTLING and session.phase in (Phase.ACTING, Phase.PASSED):
            same = self._portraits.keep()
        if not same:
            self._session = fail(session, LivenessFailure.SAME_FACE)

    def _hint(self, seen: FaceObservation, shorter_side_px: int) -> Hint:
        session = self._session
        turning = session.phase is Phase.HOLDING or (session.action is not None and session.action not in NON_RIGID)
        hint = hint_for(seen.faces, seen.face, shorter_side_px, frontal=not turning)
        at_rest = session.phase is not Phase.SETTLING or session.settled > 0
        return Hint.LOOK_AT_THE_CAMERA if hint is Hint.OK and not at_rest else hint

    def _progress(self, hint: Hint) -> CaptureProgress:
        session = self._session
        return CaptureProgress(
            hint=hint,
            action=session.action,
            step=len(session.steps),
            steps=len(session.challenge),
            done=session.phase is Phase.PASSED,
            failed=session.failure,
            keep=session.keep,
        )


class FaceEnrolment:
    """One person's reference: the mean of several good frames, taken while they look at the camera."""

    def __init__(self, pipeline: Pipeline, embedder: Embedder, frames: int = 5) -> None:
        """`frames` at least 1; the threshold of the comparison is calibrated for 5."""
        if frames < 1:
            raise CaptureError(f"an enrolment needs at least one frame, {frames} were asked for")
        self._pipeline = pipeline
        self._portraits = Portraits(embedder)
        self._wanted = frames
        self._gestures = Gestures()
        self._digests: set[int] = set()
        self._first_ms: int | None = None
        self._now_ms = 0
        self._taken_ms: int | None = None
        self._failed: LivenessFailure | None = None
        pipeline.reset()

    @property
    def _done(self) -> bool:
        return self._failed is None and len(self._portraits) == self._wanted

    def feed(self, rgb: NDArray[np.uint8], t_ms: int) -> CaptureProgress:
        """One more frame, as for `FaceCapture.feed`. `failed` is SAME_FACE where two people took turns."""
        if self._done or self._failed:
            return self._progress(Hint.OK)
        seen = self._pipeline.observe(rgb)
        fresh = seen.digest not in self._digests and (self._first_ms is None or t_ms > self._now_ms)
        if not fresh:
            return self._progress(seen.hint)
        self._digests.add(seen.digest)
        self._first_ms = t_ms if self._first_ms is None else self._first_ms
        self._now_ms = t_ms
        return self._progress(self._consider(rgb, seen, t_ms))

    def template(self) -> FaceTemplate:
        """The reference. Raises CaptureError before `done` and after a failure."""
        if not self._done:
            raise CaptureError("this enrolment is not done: there is no template")
        duration_ms = self._now_ms - (self._first_ms or 0)
        evidence = LivenessEvidence((), len(self._digests), duration_ms, self._portraits.spread)
        return FaceTemplate(self._portraits.mean(self._wanted), len(self._portraits), evidence)

    def _consider(self, rgb: NDArray[np.uint8], seen: FaceObservation, t_ms: int) -> Hint:
        """Take the frame where it is good, at rest, and not too soon after the last; what to put right if not."""
        look = sighting_of(seen, good=True).look
        if seen.face is None or look is None or seen.faces != 1:
            self._gestures = self._gestures.interrupted()
            return seen.hint
        self._gestures, _ = self._gestures.step(look, t_ms)
        if seen.hint is not Hint.OK or not self._gestures.neutral(look):
            return Hint.LOOK_AT_THE_CAMERA if seen.hint is Hint.OK else seen.hint
        if self._taken_ms is None or t_ms - self._taken_ms >= ENROLMENT_SPACING_MS:
            self._taken_ms = t_ms
            self._portraits.drop()
            self._portraits.consider(rgb, seen.face)
            if not self._portraits.keep():
                self._failed = LivenessFailure.SAME_FACE
        return Hint.OK

    def _progress(self, hint: Hint) -> CaptureProgress:
        return CaptureProgress(hint, None, len(self._portraits), self._wanted, self._done, self._failed)


def sighting_of(seen: FaceObservation, *, good: bool, placed: bool = True) -> Sighting:
    """What liveness needs of an observation."""
    face = seen.face
    if face is None:
        return Sighting(seen.faces, None, good=False, digest=seen.digest, placed=False)
    x, y = (float(value) for value in face.points[:, :2].mean(axis=0))
    look = Look(
        yaw_deg=face.pose.yaw_deg,
        left_eye_open=face.left_eye_open,
        right_eye_open=face.right_eye_open,
        mouth_open=face.mouth_open,
        x=x,
        y=y,
        scale=face.quality.eye_distance_px,
        pitch_deg=face.pose.pitch_deg,
    )
    return Sighting(seen.faces, look, good=good, digest=seen.digest, placed=placed)


def _at_rest(session: LivenessSession, *, good: bool) -> bool:
    """Whether the frame that brought `session` here shows the face at rest, good enough to be compared."""
    if session.phase is Phase.SETTLING:
        return session.settled > 0
    waiting = session.phase in (Phase.ACTING, Phase.PASSED)
    return waiting and good and session.look is not None and session.gestures.neutral(session.look)
