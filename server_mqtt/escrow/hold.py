"""The terms of a hold: why, since when, until when, and how often its payee was asked since. Values only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from server_mqtt.contract.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlan:
    """The money will be frozen if the payer goes on: what the payer is told, and agrees to."""

    reason: Reason
    risk_reason: str = ""
    expires_in_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTerms:
    """The money is frozen. Times are the server's milliseconds."""

    reason: Reason
    risk_reason: str = ""
    began_at_ms: int
    expires_at_ms: int
    asked: int = 0
    """Release instructions that were begun, not counting the further attempts of each."""
    notice_at_ms: int | None = None
    """When both ends are told that it expires soon; None for a hold that is shorter than that."""
    noticed: bool = False
    """They were told."""
    extended: int = 0
    """How often the payer put the expiry off."""
    paused: bool = False
    """The last one failed or was refused: a terminal that appears does not bring the next one forward."""


def begin(plan: HoldPlan, now_ms: int, notice_ms: int) -> HoldTerms:
    """The terms of money that is frozen from `now_ms` on; both ends are told `notice_ms` before it expires."""
    return HoldTerms(
        reason=plan.reason,
        risk_reason=plan.risk_reason,
        began_at_ms=now_ms,
        expires_at_ms=now_ms + plan.expires_in_ms,
        notice_at_ms=now_ms + plan.expires_in_ms - notice_ms if plan.expires_in_ms > notice_ms else None,
    )


def extended(terms: HoldTerms, by_ms: int, notice_ms: int) -> HoldTerms:
    """`terms` that expire `by_ms` later.

    Both ends are told anew, `notice_ms` before that, or halfway there if that is sooner.
    """
    expires_at_ms = terms.expires_at_ms + by_ms
    return replace(
        terms,
        expires_at_ms=expires_at_ms,
        notice_at_ms=expires_at_ms - min(notice_ms, by_ms // 2),
        noticed=False,
        extended=terms.extended + 1,
    )
