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

DISPUTES_MS: Final = 90 * 24 * 3_600_000
"""How far back `disputes_lately` looks: payers find out late."""

MANY_DISPUTES: Final = 3
"""Disputed payments within that time that are as bad as any more."""

PACE_HOUR_MS: Final = 3_600_000
"""How far back `checks_last_hour` looks."""

PACE_DAYS: Final = 30
"""How many days before that hour `checks_before` is about."""

QUIET_HOUR: Final = 20
"""Checks in an hour that are unusual for nobody: one every three minutes."""

BUSY_SHARE: Final = 0.5
"""Of a mean day's checks, what a market morning may bring in one hour."""

PACE_EXCESS: Final = 3
"""How many times a busy hour is as unusual as any more."""

CHECKS_BEFORE_COUNTED: Final = 3_000
"""Up to where `checks_before` is counted: a hundred a day. A busier payee's hour is measured against that."""

CHECKS_LAST_HOUR_COUNTED: Final = 300
"""Up to where `checks_last_hour` is counted: more than makes a difference, whatever was before."""

AMOUNT_EXCESS: Final = 10
"""How many times the largest amount a payee ever got is as unusual as any more."""

NEW_TERMINAL_MS: Final = 3 * 24 * 3_600_000
"""Until this age a terminal counts as new, less and less so."""

RESULTS_KEPT: Final = 50
"""How many of a payee's last first results `results` and `failures` are about."""


class RiskFactor(StrEnum):
    """The words that operators, and payers in the reason of a hold, are told."""

    MARKED = "marked"
    FAILED_LATELY = "failed_lately"
    SELDOM_VERIFIED = "seldom_verified"
    HOLDS_EXPIRED = "holds_expired"
    NEW_ACCOUNT = "new_account"
    DISPUTED = "disputed"
    UNUSUAL_PACE = "unusual_pace"
    UNUSUAL_AMOUNT = "unusual_amount"
    NEW_TERMINAL = "new_terminal"


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

    disputes_lately: int = 0
    """Payments to them that an operator noted as disputed within the last DISPUTES_MS."""
    checks_last_hour: int = 0
    """First results within the last PACE_HOUR_MS, up to CHECKS_LAST_HOUR_COUNTED."""
    checks_before: int = 0
    """First results within PACE_DAYS before that hour, up to CHECKS_BEFORE_COUNTED."""
    amount_minor: int = 0
    """Of this payment."""
    largest_minor: int | None = None
    """Of their last RESULTS_KEPT payments that were paid, in the same currency; None for fewer than MIN_RESULTS."""
    terminal_age_ms: int | None = None
    """Since their newest terminal became theirs; None if they have none."""


def factors_of(history: PayeeHistory, new_account_ms: int) -> dict[RiskFactor, float]:
    """How much of each factor there is."""
    share_failed = history.failures / history.results if history.results >= MIN_RESULTS else 0.0
    return {
        RiskFactor.MARKED: 1.0 if history.marked else 0.0,
        RiskFactor.FAILED_LATELY: _within(history.failed_lately / MANY_FAILURES),
        RiskFactor.SELDOM_VERIFIED: _within(share_failed),
        RiskFactor.HOLDS_EXPIRED: _within(history.holds_expired_lately / MANY_EXPIRED_HOLDS),
        RiskFactor.NEW_ACCOUNT: _within(1 - history.account_age_ms / new_account_ms),
        RiskFactor.DISPUTED: _within(history.disputes_lately / MANY_DISPUTES),
        RiskFactor.UNUSUAL_PACE: _pace(history),
        RiskFactor.UNUSUAL_AMOUNT: _amount(history),
        RiskFactor.NEW_TERMINAL: 0.0
        if history.terminal_age_ms is None
        else _within(1 - history.terminal_age_ms / NEW_TERMINAL_MS),
    }


def _pace(history: PayeeHistory) -> float:
    """0 up to a busy hour of this payee, 1 from PACE_EXCESS of them on."""
    busy = max(QUIET_HOUR, history.checks_before / PACE_DAYS * BUSY_SHARE)
    return _within((history.checks_last_hour / busy - 1) / (PACE_EXCESS - 1))


def _amount(history: PayeeHistory) -> float:
    """0 up to the largest amount they got so far, 1 from AMOUNT_EXCESS of it on."""
    if history.largest_minor is None:
        return 0.0
    return _within((history.amount_minor / history.largest_minor - 1) / (AMOUNT_EXCESS - 1))


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))
