"""The risk value of a payee: one number from 0 to 1, and where it came from. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from server_mqtt.risk.factors import PayeeHistory, RiskFactor, factors_of

WEIGHTS: Final[Mapping[RiskFactor, float]] = {
    RiskFactor.MARKED: 0.95,
    RiskFactor.FAILED_LATELY: 0.7,
    RiskFactor.SELDOM_VERIFIED: 0.9,
    RiskFactor.HOLDS_EXPIRED: 0.4,
    RiskFactor.NEW_ACCOUNT: 0.25,
}
"""What each factor, all of it, amounts to alone. At the default threshold of 0.5 the operator's mark holds by itself,
and so do four failures of a day or a payee of whom most checks fail; that an account is new never does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """Every factor is kept, so that the decision can be explained later."""

    value: float
    factors: dict[RiskFactor, float]
    main: RiskFactor | None
    """What added most; None if nothing did."""


def assess(history: PayeeHistory, new_account_ms: int) -> Risk:
    """The chance that at least one of independent alarms is right, each alarm of its weight times its factor.

    So the value stays within 0 and 1, and grows with every factor.
    """
    factors = factors_of(history, new_account_ms)
    alarms = {factor: WEIGHTS[factor] * amount for factor, amount in factors.items()}
    main = max(alarms, key=lambda factor: alarms[factor])
    return Risk(
        value=1 - math.prod(1 - alarm for alarm in alarms.values()),
        factors=factors,
        main=main if alarms[main] > 0 else None,
    )
