"""What failed attempts come to: one more, or a verdict. One policy for both ends. Pure."""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.messages import CaptureOutcome, PayeeCapture, PayerCapture
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.instruction import OpenInstruction

NOTHING_SHOWN: Final = frozenset(
    {Reason.NOT_CAPTURED, Reason.SENSOR_FAILED, Reason.LOCKED_OUT, Reason.MODEL_NOT_ACCEPTED}
)
"""Failures that say nothing about who stood there. After any other, somebody was not who they should be."""

WITHOUT_PROBE: Final = {
    CaptureOutcome.NOT_CAPTURED: Reason.NOT_CAPTURED,
    CaptureOutcome.LIVENESS_FAILED: Reason.LIVENESS_FAILED,
    CaptureOutcome.SENSOR_FAILED: Reason.SENSOR_FAILED,
}
"""Why an attempt failed that the terminal itself says failed."""


def nothing_to_compare(capture: PayeeCapture | PayerCapture) -> Finding | None:
    """The finding of an answer that brings no probe, or None: it must be compared."""
    if capture.outcome is CaptureOutcome.CAPTURED:
        return None if capture.probes else Finding(verified=False, reason=Reason.NOT_CAPTURED)
    return Finding(verified=False, reason=WITHOUT_PROBE[capture.outcome])


def rejects(failed: OpenInstruction, reason: Reason | None) -> bool:
    """Whether somebody was rejected within this preset time, given why its last attempt failed."""
    return failed.rejected or reason not in NOTHING_SHOWN


def may_retry(failed: OpenInstruction, now_ms: int) -> bool:
    """Whether another attempt is left, and time for it."""
    return failed.attempt < failed.attempts and now_ms < failed.deadline_ms


def verdict_of(failed: OpenInstruction, reason: Reason | None, now_ms: int) -> tuple[Verdict, Reason | None]:
    """What the attempts came to once none is left, the time is over or a lock began, given why the last one failed.

    The verdict says whether somebody was rejected; of a rejection nobody is told which part of it failed.
    """
    rejected = rejects(failed, reason)
    verdict = Verdict.NOT_VERIFIED if rejected else Verdict.COULD_NOT_BE_CHECKED
    if failed.attempt < failed.attempts:
        return verdict, Reason.TIMED_OUT if now_ms >= failed.deadline_ms else Reason.LOCKED_OUT
    return verdict, Reason.ATTEMPTS_USED_UP if rejected else reason


def verdict_of_time(unanswered: OpenInstruction) -> tuple[Verdict, Reason]:
    """What the attempts came to when the preset time ended without an answer to the last one."""
    verdict = Verdict.NOT_VERIFIED if unanswered.rejected else Verdict.COULD_NOT_BE_CHECKED
    return verdict, Reason.TIMED_OUT
