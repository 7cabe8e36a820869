"""What makes a payee risky: named factors, each from 0 (nothing of it) to 1 (as much as there can be). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MIN_RESULTS: Final = 10
"""First results below which the share of failures among them says nothing."""

MANY_FAILURES: Final = 5
"""Failed first results within the last day that are as bad as any more."""

MANY_EXPIRED_HOLDS: Final = 3
"""Expired holds within the last thirty days that are as bad as any more."""

RECENT_MS: Final = 24 * 3_600_000
"""How far back `failed_lately` looks."""

EXPIRED_HOLDS_MS: Final = 30 * 24 * 3_600_000
"""How far back `holds_expired_lately` looks."""

RESULTS_KEPT: Final = 50
"""How many of a payee's last first results `results` and `failures` are about."""


class RiskFactor(StrEnum):
    """The words that operators, and payers in the reason of a hold, are told."""

    MARKED = "marked"
    FAILED_LATELY = "failed_lately"
    SELDOM_VERIFIED = "seldom_verified"
    HOLDS_EXPIRED = "holds_expired"
    NEW_ACCOUNT = "new_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeHistory:
    """What the server knows of a payee when it looks at a payment. Payments other than this one."""

    account_age_ms: int
    marked: bool
    """The operator's own mark."""
    results: int
    """First results, the last RESULTS_KEPT at most, whatever they were."""
    failures: int
    """Those of them that were not verified (a payee who was only not there did not fail)."""
    failed_lately: int
    """Failures within the last RECENT_MS."""
    holds_expired_lately: int
    """Holds that ended in a refund within the last EXPIRED_HOLDS_MS."""


def factors_of(history: PayeeHistory, new_account_ms: int) -> dict[RiskFactor, float]:
    """How much of each factor there is."""
    share_failed = history.failures / history.results if history.results >= MIN_RESULTS else 0.0
    return {
        RiskFactor.MARKED: 1.0 if history.marked else 0.0,
        RiskFactor.FAILED_LATELY: _within(history.failed_lately / MANY_FAILURES),
        RiskFactor.SELDOM_VERIFIED: _within(share_failed),
        RiskFactor.HOLDS_EXPIRED: _within(history.holds_expired_lately / MANY_EXPIRED_HOLDS),
        RiskFactor.NEW_ACCOUNT: _within(1 - history.account_age_ms / new_account_ms),
    }


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))
