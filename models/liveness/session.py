"""A liveness challenge as a reducer: frames in, progress out. Pure: times come with the frames.

The face first settles (straight, eyes open, mouth shut, well placed), then is asked for one action at a time and
settles again after each. Placing oneself badly before the first action costs nothing; after it, the same face must
stay in the picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from models.liveness.challenge import Action, checked
from models.liveness.continuity import jumped
from models.liveness.evidence import LivenessEvidence, LivenessFailure, StepEvidence
from models.liveness.gestures import Gestures, Performed
from models.liveness.sighting import Look, Sighting

SETTLED_FRAMES = 3
"""So many frames in a row at rest before the next action is asked for."""
STALL_MS = 250
"""After a longer gap between frames a motion is not known to be one: 12 to 15 frames per second are needed."""
FROZEN_MAX_MS = 1500
FACE_LOST_MAX_MS = 1500
SEVERAL_FACES_MAX_MS = 300
"""Longer than one false alarm of the detector, shorter than a change of persons."""
ACTION_MAX_MS = 8000
"""With a usable face in the picture; people need 2 to 4 s."""
UNASKED_BLINKS_MAX = 2
"""Per action: people blink 15 to 20 times a minute without being asked; more is a clip of somebody blinking."""
DIGESTS_KEPT = 64
"""Repeats of the last two to four seconds are noticed."""


class Phase(StrEnum):
    SETTLING = "settling"
    ACTING = "acting"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LivenessSession:
    """Where a challenge stands. Made by `start`, moved on by `step`."""

    challenge: tuple[Action, ...]
    phase: Phase = Phase.SETTLING
    failure: LivenessFailure | None = None
    steps: tuple[StepEvidence, ...] = ()
    frames: int = 0
    first_ms: int | None = None
    now_ms: int = 0
    fresh_ms: int = 0
    seen_ms: int = 0
    several_ms: int | None = None
    waited_ms: int = 0
    settled: int = 0
    unasked_blinks: int = 0
    look: Look | None = None
    gestures: Gestures = field(default_factory=Gestures)
    digests: tuple[int, ...] = ()

    @property
    def action(self) -> Action | None:
        """What is asked for now; None while the face settles or when all is over."""
        return self.challenge[len(self.steps)] if self.phase is Phase.ACTING else None

    @property
    def begun(self) -> bool:
        """Whether the first action was asked for: from here on the face must stay."""
        return self.phase is not Phase.SETTLING or bool(self.steps)

    @property
    def over(self) -> bool:
        return self.phase in (Phase.PASSED, Phase.FAILED)

    def evidence(self) -> LivenessEvidence:
        """What was seen so far."""
        return LivenessEvidence(self.steps, self.frames, self.now_ms - (self.first_ms or 0))


def start(challenge: Iterable[Action]) -> LivenessSession:
    """A session for these actions in this order. Raises ChallengeError for a challenge that proves nothing."""
    return LivenessSession(checked(challenge))


def step(session: LivenessSession, sighting: Sighting, t_ms: int) -> LivenessSession:
    """The session after one more frame, taken at `t_ms` of any clock that does not go back.

    A frame that is not newer than the last, or shows the same picture as an earlier one, makes no progress.
    """
    if session.over or (session.first_ms is not None and t_ms <= session.now_ms):
        return session
    if session.first_ms is None:
        session = replace(session, first_ms=t_ms, fresh_ms=t_ms, seen_ms=t_ms, now_ms=t_ms)
    elapsed_ms = t_ms - session.now_ms
    session = replace(session, now_ms=t_ms)
    if sighting.digest in session.digests:
        return fail(session, LivenessFailure.FROZEN) if t_ms - session.fresh_ms > FROZEN_MAX_MS else session
    session = replace(
        session,
        frames=session.frames + 1,
        fresh_ms=t_ms,
        digests=(*session.digests[1 - DIGESTS_KEPT :], sighting.digest),
    )
    return _look(session, sighting, elapsed_ms)


def fail(session: LivenessSession, failure: LivenessFailure) -> LivenessSession:
    """The session, ended for this reason."""
    return replace(session, phase=Phase.FAILED, failure=failure)


def _look(session: LivenessSession, sighting: Sighting, elapsed_ms: int) -> LivenessSession:
    look = sighting.look
    if look is None or not look.plausible or sighting.faces < 1:
        return _without_face(session)
    if sighting.faces > 1:
        return _with_several(session)
    session = replace(session, several_ms=None)
    away_ms = session.now_ms - session.seen_ms
    if session.look is not None and jumped(session.look, look, away_ms):
        if session.begun:
            return fail(session, LivenessFailure.JUMP)
        session = _interrupted(session)
    if away_ms > STALL_MS:
        if session.begun and away_ms > FACE_LOST_MAX_MS:
            return fail(session, LivenessFailure.FACE_LOST)
        session = _interrupted(session)
    gestures, performed = session.gestures.step(look, session.now_ms)
    session = replace(session, look=look, seen_ms=session.now_ms, gestures=gestures)
    for one in performed:
        session = _judge(session, one)
    if session.phase is Phase.ACTING:
        return _wait(session, elapsed_ms)
    if session.phase is Phase.SETTLING:
        return _settle(session, look, elapsed_ms, good=sighting.good)
    return session


def _without_face(session: LivenessSession) -> LivenessSession:
    if session.begun and session.now_ms - session.seen_ms > FACE_LOST_MAX_MS:
        return fail(session, LivenessFailure.FACE_LOST)
    return _interrupted(session)


def _with_several(session: LivenessSession) -> LivenessSession:
    since_ms = session.now_ms if session.several_ms is None else session.several_ms
    if session.begun and session.now_ms - since_ms >= SEVERAL_FACES_MAX_MS:
        return fail(session, LivenessFailure.SEVERAL_FACES)
    return replace(_interrupted(session), several_ms=since_ms)


def _interrupted(session: LivenessSession) -> LivenessSession:
    return replace(session, settled=0, gestures=session.gestures.interrupted())


def _judge(session: LivenessSession, seen: Performed) -> LivenessSession:
    """What an action that was just completed means at this point of the challenge."""
    if session.over or not session.begun:
        return session
    if seen.action is session.action:
        first_ms = session.first_ms or 0
        evidence = StepEvidence(seen.action, seen.start_ms - first_ms, seen.end_ms - first_ms)
        return replace(
            session,
            phase=Phase.SETTLING,
            steps=(*session.steps, evidence),
            waited_ms=0,
            settled=0,
            unasked_blinks=0,
        )
    if session.action is None and seen.action is session.steps[-1].action:
        return session  # the action that was asked for, done once more
    if seen.action is Action.BLINK and session.unasked_blinks < UNASKED_BLINKS_MAX:
        return replace(session, unasked_blinks=session.unasked_blinks + 1)
    return fail(session, LivenessFailure.WRONG_ACTION)


def _wait(session: LivenessSession, elapsed_ms: int) -> LivenessSession:
    waited_ms = session.waited_ms + min(elapsed_ms, STALL_MS)
    if waited_ms > ACTION_MAX_MS:
        return fail(session, LivenessFailure.TIMED_OUT)
    return replace(session, waited_ms=waited_ms)


def _settle(session: LivenessSession, look: Look, elapsed_ms: int, *, good: bool) -> LivenessSession:
    settled = session.settled + 1 if good and session.gestures.neutral(look) else 0
    if settled < SETTLED_FRAMES:
        session = replace(session, settled=settled)
        return _wait(session, elapsed_ms) if session.begun and good else session
    done = len(session.steps) == len(session.challenge)
    return replace(session, phase=Phase.PASSED if done else Phase.ACTING, settled=0, waited_ms=0)
