"""When somebody may not be asked for a modality any more, after too many failures. Pure: values in, a decision out.

NIST SP 800-63B-4, section 3.2.3 (use of biometrics): no more than 5 consecutive failures (10 only with presentation
attack detection tested by ISO/IEC 30107-3, which ours is not), then a delay of at least 30 seconds before each further
attempt, and no more than 50 consecutive failures overall; then that biometric is disabled. Failures are counted per
account and modality, whichever payment, terminal or end they were at. A success ends the row, for both limits.

What counts for what: an answer whose probes could be opened, for the modalities it showed, all of them, whichever of
them failed: else the lock would tell which it was. An answer without a readable probe, for all that were asked for; if
the terminal says that liveness failed, for the face. While one of these is locked the answer is void: it verifies
nobody, it is no failure, and it ends no row, however many were on their way when the lock began.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from server_mqtt.contract.messages import Modality
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The failures of one account by one modality since its last success, or since an operator re-enabled it."""

    modality: Modality
    failures: int = 0
    last_failed_at_ms: int = 0


def delay_ms(policy: Policy, failures: int) -> int:
    """How long nobody is asked after so many failures in a row: 0, then growing twofold up to the policy's longest."""
    beyond = failures - policy.lockout_failures
    return 0 if beyond < 0 else min(policy.lockout_first_ms << beyond, policy.lockout_longest_ms)


def is_blocked(policy: Policy, tally: Tally) -> bool:
    """Whether only an operator can re-enable it."""
    return tally.failures >= policy.lockout_block_failures


def locked_until_ms(policy: Policy, tally: Tally) -> int:
    """When the delay is over, if it is not blocked."""
    return tally.last_failed_at_ms + delay_ms(policy, tally.failures)


def is_locked(policy: Policy, tally: Tally, now_ms: int) -> bool:
    """Whether nobody may be verified by it now."""
    return is_blocked(policy, tally) or now_ms < locked_until_ms(policy, tally)


def unlocked(
    policy: Policy, modalities: Collection[Modality], tallies: Sequence[Tally], now_ms: int
) -> tuple[Modality, ...]:
    """Those of `modalities` that are not locked."""
    locked = _locked(policy, tallies, now_ms)
    return tuple(modality for modality in modalities if modality not in locked)


def counts_for(asked: Collection[Modality], finding: Finding) -> tuple[Modality, ...]:
    """The modalities that an answer to an instruction that asked for `asked` counts for."""
    shown = tuple(modality for modality in asked if modality in finding.shown)
    if finding.verified or shown:
        return shown
    if finding.reason is Reason.LIVENESS_FAILED and Modality.FACE in asked:
        return (Modality.FACE,)
    return tuple(asked)


def judge(
    policy: Policy, tallies: Sequence[Tally], asked: Collection[Modality], finding: Finding, now_ms: int
) -> Finding:
    """`finding`, or, under a lock, that it is void. What is void tells nothing of what was found."""
    if _locked(policy, tallies, now_ms).isdisjoint(counts_for(asked, finding)):
        return finding
    return Finding(verified=False, reason=Reason.LOCKED_OUT, shown=finding.shown)


def tallied(
    policy: Policy, tallies: Sequence[Tally], asked: Collection[Modality], finding: Finding, now_ms: int
) -> tuple[Tally, ...]:
    """`tallies` after an answer that came to `finding`; unchanged if it is void."""
    if judge(policy, tallies, asked, finding, now_ms).reason is Reason.LOCKED_OUT:
        return tuple(tallies)
    known = {tally.modality: tally for tally in tallies}
    for modality in counts_for(asked, finding):
        tally = known.get(modality, Tally(modality=modality))
        failed = replace(tally, failures=tally.failures + 1, last_failed_at_ms=now_ms)
        known[modality] = replace(tally, failures=0) if finding.verified else failed
    return tuple(known.values())


def _locked(policy: Policy, tallies: Sequence[Tally], now_ms: int) -> frozenset[Modality]:
    return frozenset(tally.modality for tally in tallies if is_locked(policy, tally, now_ms))
