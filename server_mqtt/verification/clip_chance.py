"""The chance that a recorded clip of the right person passes for them: a pure function of the policy.

A fixed clip shows one row of actions, each held for one time. The terminal fails whatever was not asked for, whatever
was asked for and comes in another order, and every hold of another length (lengths differ by more than the time a
person has to come back). So whatever a clip shows, it fits at most one challenge; each is drawn as likely as any other,
and anew for every try. That this is so is simulated against the terminal's own judge (`tests.clips`).
"""

from __future__ import annotations

from fractions import Fraction

from server_mqtt.verification.challenge import count
from server_mqtt.verification.policy import Policy


def per_try(policy: Policy) -> Fraction:
    """That a clip chosen beforehand fits the challenge of one try."""
    return Fraction(1, count(policy.challenge_actions, policy.challenge_holds))


def tries(policy: Policy) -> int:
    """How many failures in a row the policy allows until the face is blocked and an operator must re-enable it.

    Other waits only make them slower. A success of the right person begins the count anew.
    """
    return policy.lockout_block_failures


def overall(policy: Policy) -> float:
    """That one of all tries passes, whichever clips are shown."""
    return float(1 - (1 - per_try(policy)) ** tries(policy))
