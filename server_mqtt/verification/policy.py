"""What the operator may decide: times, attempts, limits. Checked when made; everything else follows from it. Pure.

Only plain numbers, so that a TOML file and the environment can set each of them.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Final

from server_mqtt.contract import limits
from server_mqtt.contract.messages import Modality
from server_mqtt.verification.finding import ANY_SPREAD, MatchRates

MIN_PRESET_TIME_MS: Final = 1_000
"""Nobody puts a finger on a sensor in less than a second."""

MIN_CHALLENGE_ACTIONS: Final = 2
"""One action alone is in any clip of a talking person."""

MIN_CHALLENGE_ACTIONS_ALONE: Final = 3
"""Where no passive network of the operator's helps, the challenge must do more."""

MAX_CHALLENGE_ACTIONS: Final = 6
"""More than a person does willingly at a counter."""

MAX_CHALLENGE_HOLDS: Final = limits.MAX_HOLD_MS // limits.HOLD_STEP_MS + 1
"""As many as the longest hold has room for."""

MAX_LEAST_SCORE: Final = 1.5
"""Half as far again as what counts: more than a neck does."""

MIN_PAUSE_MS: Final = 500
"""Between two release instructions: a payee must be able to do something else meanwhile."""

MAX_LOCKOUT_FAILURES: Final = 5
MIN_LOCKOUT_MS: Final = 30_000
MAX_BLOCK_FAILURES: Final = 50
"""NIST SP 800-63B-4, section 3.2.3: the most failures in a row before a delay, the shortest delay, and the most
failures in a row before the modality is disabled. A policy may only be stricter."""

MAX_INTERVAL_MS: Final = 90 * 24 * 3_600_000
"""Ninety days: money that is frozen for longer is lost to its payer."""

MAX_BUSY_FROM: Final = 1_000
"""A policy that never wants to call a terminal busy sets this: so many people do not queue at one counter."""

MAX_HOLD_EXTENSIONS: Final = 11
"""With it the longest hold is twelve times the longest interval: what the wire can still tell (`IntervalMs`)."""

MAX_FMR: Final = 1e-4
"""NIST SP 800-63B-4, section 3.2.3: one stranger in 10,000 may match, at most. A policy may only be stricter."""

MIN_FMR: Final = 1e-5
"""The smallest rate that every calibration reaches (`models/calibration`): the people measured say nothing of less."""

MIN_FMR_BOTH: Final = 1e-10
"""The same for face and fingerprint together, whose errors are taken as independent."""

MAX_FMR_EACH_OF_BOTH: Final = 1e-2
"""Where both are needed: what is less sure than this by itself is no match of anything."""

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one installation. Raises ValueError naming the field that is out of its range.

    Amounts are minor units of whichever currency the payment is in.
    """

    payee_preset_time_ms: int = 10_000
    """The first preset time: within it the payee answers, with all attempts."""
    payer_preset_time_ms: int = 15_000
    """The second preset time: the payer also reads, and decides."""
    face_time_ms: int = 20_000
    """Added to either where a face may be shown: the actions of a challenge alone take 8 to 15 s."""
    attempts: int = 3
    """Captures within one preset time."""
    busy_from: int = 3
    """A terminal that so many other payments wait for is busy: no more fit into the first preset time."""
    challenge_actions: int = 4
    """Liveness actions in one challenge."""
    challenge_holds: int = 2
    """For how many lengths each may be asked to be kept: 1 is not at all, 2 is that or 1.5 s, and so on. With the
    number of actions this decides how seldom a recorded clip fits (docs/liveness.md)."""
    liveness_least_score: float = 1.0
    """How far each action must have gone: 1 is what the terminal's measure just counts, 1.2 is a fifth further."""
    liveness_largest_spread: float = 0.55
    """The largest distance between two faces of one capture, at rest before, between and after its actions."""
    passive_least_score: float = 0.15
    """What the passive cues of a face must come to together; 0 looks at none of them (docs/liveness_cues.md)."""
    passive_model_least_score: float = 0.0
    """What the operator's own passive network must say, 0 to 1; 0: there is none, and challenges must be longer."""
    finger_least_score: float = 0.005
    """What the passive cues of a finger must come to: about so many living touches are turned away, on readers like
    those measured; 0 looks at none (docs/fingerprint.md)."""
    amount_limit_minor: int = 1_000_000
    """The most that one payment may move."""
    both_modalities_from_minor: int = 100_000
    """From here on face and fingerprint are asked for, both; below, either."""
    face_fmr: float = MAX_FMR
    """False match rate of a face alone: how many strangers of those who try may be taken for the person. Which score
    that is, is looked up in the calibration of the networks and samples that are compared."""
    fingerprint_fmr: float = MAX_FMR
    """And of a fingerprint alone."""
    both_fmr: float = 1e-8
    """And of both together, by the sum of their log-likelihood ratios."""
    each_of_both_fmr: float = MAX_FMR_EACH_OF_BOTH
    """Where both are needed, each alone must come to this at least: a perfect face does not carry any finger."""
    hold_expiry_ms: int = 7 * _DAY_MS
    """How long money is frozen before it goes back to the payer."""
    hold_notice_ms: int = _DAY_MS
    """So long before that both ends are told that it is near; never, if the hold is no longer than this."""
    hold_extension_ms: int = 7 * _DAY_MS
    """By how much a payer may put the expiry off at once."""
    hold_extensions: int = 3
    """And how often in all."""
    resend_first_ms: int = 30_000
    """From the hold to the first release instruction."""
    resend_second_ms: int = 2 * _MINUTE_MS
    """From the end of the first release instruction to the second."""
    resend_third_ms: int = 10 * _MINUTE_MS
    """And to the third."""
    resend_last_ms: int = _HOUR_MS
    """And from then on."""
    risk_threshold: float = 0.5
    """Risk values above it hold the money, from 0 (everybody is risky) to 1 (nobody is)."""
    new_account_ms: int = 7 * _DAY_MS
    """Until this age a payee's account counts as new, less and less so."""
    lockout_failures: int = MAX_LOCKOUT_FAILURES
    """Failures in a row, of one account by one modality, after which it is not asked for it for a while."""
    lockout_first_ms: int = MIN_LOCKOUT_MS
    """How long after that many; twice as long after each further one."""
    lockout_longest_ms: int = _HOUR_MS
    """And never longer than this."""
    lockout_block_failures: int = MAX_BLOCK_FAILURES
    """Failures in a row after which it is not asked for it until an operator re-enables it."""
    risk_weight_marked: float = 0.95
    """What each factor of the risk value, all of it, amounts to alone, from 0 to 1 (`risk/factors.py` says what they
    are). At the default threshold the operator's mark holds by itself, and so do three disputes, four failures of a
    day, or a payee of whom most checks fail; that an account or a terminal is new, or an hour or an amount unusual,
    only adds to it."""
    risk_weight_failed_lately: float = 0.7
    risk_weight_seldom_verified: float = 0.9
    risk_weight_holds_expired: float = 0.4
    risk_weight_new_account: float = 0.25
    risk_weight_disputed: float = 0.6
    risk_weight_unusual_pace: float = 0.3
    risk_weight_unusual_amount: float = 0.45
    risk_weight_new_terminal: float = 0.15

    def __post_init__(self) -> None:
        preset_times = (MIN_PRESET_TIME_MS, limits.MAX_PRESET_TIME_MS)
        pauses = (MIN_PAUSE_MS, MAX_INTERVAL_MS)
        self._check("payee_preset_time_ms", *preset_times)
        self._check("payer_preset_time_ms", *preset_times)
        self._check("face_time_ms", 0, limits.MAX_PRESET_TIME_MS)
        self._check("attempts", 1, limits.MAX_ATTEMPTS)
        self._check("busy_from", 1, MAX_BUSY_FROM)
        self._check("passive_least_score", 0, 1)
        self._check("passive_model_least_score", 0, 1)
        self._check("finger_least_score", 0, 1)
        fewest = MIN_CHALLENGE_ACTIONS if self.passive_model_least_score else MIN_CHALLENGE_ACTIONS_ALONE
        self._check("challenge_actions", fewest, MAX_CHALLENGE_ACTIONS)
        self._check("challenge_holds", 1, MAX_CHALLENGE_HOLDS)
        self._check("liveness_least_score", 0, MAX_LEAST_SCORE)
        self._check("liveness_largest_spread", 0, ANY_SPREAD)
        self._check("amount_limit_minor", 1, limits.MAX_AMOUNT_MINOR)
        self._check("both_modalities_from_minor", 1, limits.MAX_AMOUNT_MINOR + 1)
        self._check("face_fmr", MIN_FMR, MAX_FMR)
        self._check("fingerprint_fmr", MIN_FMR, MAX_FMR)
        self._check("both_fmr", MIN_FMR_BOTH, MAX_FMR)
        self._check("each_of_both_fmr", MIN_FMR, MAX_FMR_EACH_OF_BOTH)
        self._check("hold_expiry_ms", MIN_PRESET_TIME_MS, MAX_INTERVAL_MS)
        self._check("hold_notice_ms", 1, MAX_INTERVAL_MS)
        self._check("hold_extension_ms", MIN_PRESET_TIME_MS, MAX_INTERVAL_MS)
        self._check("hold_extensions", 0, MAX_HOLD_EXTENSIONS)
        for name in ("resend_first_ms", "resend_second_ms", "resend_third_ms", "resend_last_ms"):
            self._check(name, *pauses)
        self._check("risk_threshold", 0, 1)
        self._check("new_account_ms", 1, MAX_INTERVAL_MS)
        self._check("lockout_failures", 1, MAX_LOCKOUT_FAILURES)
        self._check("lockout_first_ms", MIN_LOCKOUT_MS, MAX_INTERVAL_MS)
        self._check("lockout_longest_ms", MIN_LOCKOUT_MS, MAX_INTERVAL_MS)
        self._check("lockout_block_failures", 1, MAX_BLOCK_FAILURES)
        for field in fields(self):
            if field.name.startswith("risk_weight_"):
                self._check(field.name, 0, 1)

    def _check(self, name: str, smallest: float, largest: float) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not math.isfinite(value) or not smallest <= value <= largest:
            raise ValueError(f"{name} must be {smallest} to {largest}, not {value}")


def needs_all_modalities(policy: Policy, amount_minor: int) -> bool:
    """Whether a payment of this amount needs face and fingerprint, both."""
    return amount_minor >= policy.both_modalities_from_minor


def payee_time_ms(policy: Policy, modalities: Collection[Modality]) -> int:
    """The first preset time of an instruction that asks for these."""
    return _with_face(policy, policy.payee_preset_time_ms, modalities)


def payer_time_ms(policy: Policy, modalities: Collection[Modality]) -> int:
    """The second preset time of an instruction that asks for these."""
    return _with_face(policy, policy.payer_preset_time_ms, modalities)


def _with_face(policy: Policy, preset_time_ms: int, modalities: Collection[Modality]) -> int:
    if Modality.FACE not in modalities:
        return preset_time_ms
    return min(preset_time_ms + policy.face_time_ms, limits.MAX_PRESET_TIME_MS)


def match_rates(policy: Policy) -> MatchRates:
    """At which rates a stranger may match."""
    return MatchRates(
        face=policy.face_fmr,
        fingerprint=policy.fingerprint_fmr,
        both=policy.both_fmr,
        each_of_both=policy.each_of_both_fmr,
    )


def modalities_to_ask(
    policy: Policy, amount_minor: int, accepted: Collection[Modality], enrolled: Collection[Modality]
) -> tuple[Modality, ...]:
    """By what somebody can be verified for this amount; empty if they cannot be."""
    possible = tuple(modality for modality in Modality if modality in accepted and modality in enrolled)
    if needs_all_modalities(policy, amount_minor) and len(possible) < len(Modality):
        return ()
    return possible
