"""Clips against challenges, judged by the terminal's own session; rows of tries, counted by the server's own lock-out.

Pure but for what it is given: chance is seeded.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from models.liveness.challenge import NON_RIGID, UNHELD, Action
from models.liveness.session import LivenessSession, Phase, start, step
from models.liveness.sighting import Sighting
from server_mqtt.contract.limits import HOLD_STEP_MS
from server_mqtt.contract.messages import Action as AskedAction
from server_mqtt.contract.messages import Modality
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.challenge import Challenge, challenge_at, count
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.lockout import Tally, is_blocked, locked_until_ms, tallied
from server_mqtt.verification.policy import Policy
from tests.clips.film import FRAME_MS, Deed, Film, film

FACE: Final = (Modality.FACE,)
FAILED: Final = Finding(verified=False, reason=Reason.LIVENESS_FAILED)

Asked = tuple[Action, int]


def drawn(policy: Policy, chance: random.Random) -> Challenge:
    """A challenge as the server draws it."""
    actions, holds = policy.challenge_actions, policy.challenge_holds
    return challenge_at(chance.randrange(count(actions, holds)), actions, holds)


def clip_of(challenge: Challenge, chance: random.Random) -> Film:
    """A person who performed this challenge well: kept each action as asked and came back a reaction later."""
    steps = zip(challenge.actions, challenge.holds_ms, strict=True)
    deeds = [Deed(Action(action.value), hold_ms + chance.randint(350, 900)) for action, hold_ms in steps]
    return film(deeds, chance)


def random_clip(deeds: int, chance: random.Random) -> Film:
    """A person who did anything at all, for any time."""
    longest_ms = 3 * HOLD_STEP_MS
    return film([Deed(chance.choice(list(Action)), chance.randint(0, longest_ms)) for _ in range(deeds)], chance)


def judged(clip: Film, challenge: Challenge, *, steps: int | None = None) -> LivenessSession:
    """The terminal's session after `clip` was shown for `challenge`, or when it is over or has seen so many steps."""
    session = start([Action(action.value) for action in challenge.actions], challenge.holds_ms)
    for number, look in enumerate(clip):
        session = step(session, Sighting(1, look, good=True, digest=number), number * FRAME_MS)
        if session.over or len(session.steps) == steps:
            break
    return session


def fitting(clip: Film, policy: Policy) -> list[Challenge]:
    """All challenges of the policy that `clip` passes.

    None is left out: a challenge is given up as soon as a beginning of it fails, whatever would follow.
    """
    return [challenge for challenge in _fitting(clip, policy, ()) if judged(clip, challenge).phase is Phase.PASSED]


def _fitting(clip: Film, policy: Policy, begun: tuple[Asked, ...]) -> Iterator[Challenge]:
    whole = _completed(begun, policy.challenge_actions)
    if begun and (whole is None or len(judged(clip, whole, steps=len(begun)).steps) < len(begun)):
        return
    if len(begun) == policy.challenge_actions:
        if whole is not None:
            yield whole
        return
    for action in Action:
        if not begun or action is not begun[-1][0]:
            lengths = 1 if action in UNHELD else policy.challenge_holds
            for hold in range(lengths):
                yield from _fitting(clip, policy, (*begun, (action, hold * HOLD_STEP_MS)))


def _completed(begun: tuple[Asked, ...], actions: int) -> Challenge | None:
    """Some challenge that begins so; None where none does."""
    row = [*begun]
    while len(row) < actions:
        last = row[-1][0] if row else None
        row.append((Action.OPEN_MOUTH if last is Action.BLINK else Action.BLINK, 0))
    if NON_RIGID.isdisjoint(action for action, _ in row):
        return None
    return Challenge(tuple(AskedAction(action.value) for action, _ in row), tuple(hold_ms for _, hold_ms in row))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What rows of tries came to, each until it passed or the face was blocked."""

    rows: int
    tries: int
    passed: int


def attacked(policy: Policy, rows: int, chance: random.Random) -> Outcome:
    """So many thieves, each with a clip of the right person performing some challenge, shown until it passes or the
    server blocks the face. Every delay is waited for."""
    tries = passed = 0
    for _ in range(rows):
        clip = clip_of(drawn(policy, chance), chance)
        tally, now_ms = Tally(modality=Modality.FACE), 0
        while not is_blocked(policy, tally):
            now_ms = max(now_ms, locked_until_ms(policy, tally))
            tries += 1
            if judged(clip, drawn(policy, chance)).phase is Phase.PASSED:
                passed += 1
                break
            (tally,) = tallied(policy, (tally,), FACE, FAILED, now_ms)
    return Outcome(rows, tries, passed)
