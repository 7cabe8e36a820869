"""A liveness challenge as a reducer: frames in, progress out. Pure: times come with the frames.

The face first settles (straight, eyes open, mouth shut, well placed), then is asked for one action at a time, to keep
it for as long as the challenge says, and to come back; it settles again after each. Placing oneself badly costs
nothing but time; from the first action on, the same face must stay in the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from models.liveness.challenge import RELEASE_MAX_MS, Action, checked, checked_holds
from models.liveness.continuity import jumped
from models.liveness.evidence import LivenessEvidence, LivenessFailure, StepEvidence
from models.liveness.gestures import Gestures, Performed, Reached, Seen
from models.liveness.sighting import Look, Sighting

SETTLED_FRAMES = 3
"""So many frames in a row at rest before the next action is asked for."""
STILL_GROWTH_MAX = 0.05
"""Natural logarithm of the size, over the settled frames: who is still coming nearer is not at rest."""
STILL_PITCH_MAX_DEG = 5.0
"""Over the same: who is still looking up or down is not, either. The mesh's own unrest is 4 degrees."""
STALL_MS = 250
"""After a longer gap between frames a motion is not known to be one: 12 to 15 frames per second are needed."""
HOLD_STALL_MS = 500
"""While an action is held little moves: a busy board may miss twice as long. More, and the hold was not seen whole."""
FROZEN_MAX_MS = 1500
FACE_LOST_MAX_MS = 1500
SEVERAL_FACES_MAX_MS = 300
"""Longer than one false alarm of the detector, shorter than a change of persons."""
ACTION_MAX_MS = 8000
"""With a well placed face in the picture; people need 2 to 4 s."""
DIGESTS_KEPT = 64
"""Repeats of the last two to four seconds are noticed."""


class Phase(StrEnum):
    SETTLING = "settling"
    ACTING = "acting"
    HOLDING = "holding"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LivenessSession:
    """Where a challenge stands. Made by `start`, moved on by `step`."""

    challenge: tuple[Action, ...]
    holds_ms: tuple[int, ...]
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
    reached_ms: int = 0
    settled: int = 0
    resting: Look | None = None
    look: Look | None = None
    gestures: Gestures = field(default_factory=Gestures)
    digests: tuple[int, ...] = ()

    @property
    def action(self) -> Action | None:
        """What is asked for now, and to be kept while `keep`; None while the face settles or when all is over."""
        return self.challenge[len(self.steps)] if self.phase is Phase.ACTING or self.keep else None

    @property
    def keep(self) -> bool:
        """Whether the action was reached and is to be kept for now."""
        return self.phase is Phase.HOLDING and self.now_ms - self.reached_ms < self.hold_ms

    @property
    def hold_ms(self) -> int:
        """How long the action of this moment is to be kept."""
        return self.holds_ms[len(self.steps)]

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


def start(challenge: Iterable[Action], holds_ms: Iterable[int] = ()) -> LivenessSession:
    """A session for these actions in this order, each to be held for so long (not at all if nothing is said).

    Raises ChallengeError for a challenge that proves nothing, and for holds that cannot be.
    """
    actions = checked(challenge)
    return LivenessSession(actions, checked_holds(actions, holds_ms))


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
    if look is None or not look.plausible or sighting.faces != 1:
        return _without_the_face(session, several=look is not None and sighting.faces > 1)
    session = replace(session, several_ms=None)
    away_ms = session.now_ms - session.seen_ms
    if session.look is not None and jumped(session.look, look, away_ms):
        if session.begun:
            return fail(session, LivenessFailure.JUMP)
        session = _interrupted(session)
    if away_ms > _stall_ms(session):
        session = _away(session, away_ms)
        if session.over:
            return session
    gestures, seen = session.gestures.step(look, session.now_ms)
    session = replace(session, look=look, seen_ms=session.now_ms, gestures=gestures)
    for one in seen:
        session = _judge(session, one)
    return _next(session, sighting, look, elapsed_ms)


def _next(session: LivenessSession, sighting: Sighting, look: Look, elapsed_ms: int) -> LivenessSession:
    """What the time that went by means in this phase."""
    if session.phase is Phase.HOLDING and session.now_ms - session.reached_ms > session.hold_ms + RELEASE_MAX_MS:
        return fail(session, LivenessFailure.NOT_HELD)
    if session.phase is Phase.ACTING and sighting.placed:
        return _wait(session, elapsed_ms)
    if session.phase is Phase.SETTLING:
        return _settle(session, sighting, look, elapsed_ms)
    return session


def _without_the_face(session: LivenessSession, *, several: bool) -> LivenessSession:
    """A frame without the face, or with another one beside it. A glimpse is the detector's error."""
    session = replace(session, settled=0)
    if several:
        since_ms = session.now_ms if session.several_ms is None else session.several_ms
        session = replace(session, several_ms=since_ms)
        if session.begun and session.now_ms - since_ms >= SEVERAL_FACES_MAX_MS:
            return fail(session, LivenessFailure.SEVERAL_FACES)
    away_ms = session.now_ms - session.seen_ms
    return _away(session, away_ms) if away_ms > _stall_ms(session) else session


def _stall_ms(session: LivenessSession) -> int:
    return HOLD_STALL_MS if session.phase is Phase.HOLDING else STALL_MS


def _away(session: LivenessSession, away_ms: int) -> LivenessSession:
    """The face was out of sight for so long that its motion is not known any more.

    An action that was being held fails: begun anew, one clip could show holds of several lengths one after the other.
    """
    if session.phase is Phase.HOLDING or (session.begun and away_ms > FACE_LOST_MAX_MS):
        return fail(session, LivenessFailure.FACE_LOST)
    return _interrupted(session)


def _interrupted(session: LivenessSession) -> LivenessSession:
    return replace(session, settled=0, gestures=session.gestures.interrupted())


def _judge(session: LivenessSession, seen: Seen) -> LivenessSession:
    """What was just seen means at this point of the challenge; whatever was not asked for now is wrong."""
    if session.over or not session.begun:
        return session
    asked = session.phase in (Phase.ACTING, Phase.HOLDING) and seen.action is session.challenge[len(session.steps)]
    if not asked:
        return fail(session, LivenessFailure.WRONG_ACTION)
    if isinstance(seen, Reached):
        return replace(session, phase=Phase.HOLDING, reached_ms=seen.at_ms)
    held_ms = seen.end_ms - seen.reached_ms
    if session.phase is Phase.HOLDING and not session.hold_ms <= held_ms <= session.hold_ms + RELEASE_MAX_MS:
        return fail(session, LivenessFailure.NOT_HELD)
    return _done(session, seen, held_ms if session.phase is Phase.HOLDING else 0)


def _done(session: LivenessSession, seen: Performed, held_ms: int) -> LivenessSession:
    first_ms = session.first_ms or 0
    evidence = StepEvidence(seen.action, seen.start_ms - first_ms, seen.end_ms - first_ms, held_ms, seen.score)
    return replace(session, phase=Phase.SETTLING, steps=(*session.steps, evidence), waited_ms=0, settled=0)


def _wait(session: LivenessSession, elapsed_ms: int) -> LivenessSession:
    waited_ms = session.waited_ms + min(elapsed_ms, STALL_MS)
    if waited_ms > ACTION_MAX_MS:
        return fail(session, LivenessFailure.TIMED_OUT)
    return replace(session, waited_ms=waited_ms)


def _settle(session: LivenessSession, sighting: Sighting, look: Look, elapsed_ms: int) -> LivenessSession:
    neutral = sighting.good and session.gestures.neutral(look)
    session = _rested(session, look) if neutral else replace(session, settled=0)
    if session.settled < SETTLED_FRAMES:
        return _wait(session, elapsed_ms) if session.begun and sighting.good else session
    done = len(session.steps) == len(session.challenge)
    phase = Phase.PASSED if done else Phase.ACTING
    return replace(session, phase=phase, settled=0, waited_ms=0, gestures=session.gestures.at_rest(look))


def _rested(session: LivenessSession, look: Look) -> LivenessSession:
    """One more frame at rest, or the first where the face was not still."""
    first = session.resting
    if session.settled and first is not None:
        grown, pitched = abs(math.log(look.scale / first.scale)), abs(look.pitch_deg - first.pitch_deg)
        if grown <= STILL_GROWTH_MAX and pitched <= STILL_PITCH_MAX_DEG:
            return replace(session, settled=session.settled + 1)
    return replace(session, settled=1, resting=look)
