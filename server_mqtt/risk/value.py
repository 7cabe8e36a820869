"""The risk value of a payee: one number from 0 to 1, and where it came from. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from server_mqtt.risk.factors import PayeeHistory, RiskFactor, factors_of
from server_mqtt.verification.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """Every factor is kept, so that the decision can be explained later."""

    value: float
    factors: dict[RiskFactor, float]
    main: RiskFactor | None
    """What added most; None if nothing did."""


def assess(history: PayeeHistory, policy: Policy) -> Risk:
    """What this history comes to under `policy`."""
    factors = factors_of(history, policy.new_account_ms)
    return weigh(factors, policy)


def weigh(factors: Mapping[RiskFactor, float], policy: Policy) -> Risk:
    """The chance that at least one of independent alarms is right, each alarm of its weight times its factor.

    So the value stays within 0 and 1, and grows with every factor. What `factors` does not name is 0.
    """
    weights = weights_of(policy)
    alarms = {factor: weights[factor] * factors.get(factor, 0.0) for factor in RiskFactor}
    main = max(alarms, key=lambda factor: alarms[factor])
    return Risk(
        value=1 - math.prod(1 - alarm for alarm in alarms.values()),
        factors=dict(factors),
        main=main if alarms[main] > 0 else None,
    )


def weights_of(policy: Policy) -> Mapping[RiskFactor, float]:
    """What each factor, all of it, amounts to alone."""
    return {
        RiskFactor.MARKED: policy.risk_weight_marked,
        RiskFactor.FAILED_LATELY: policy.risk_weight_failed_lately,
        RiskFactor.SELDOM_VERIFIED: policy.risk_weight_seldom_verified,
        RiskFactor.HOLDS_EXPIRED: policy.risk_weight_holds_expired,
        RiskFactor.NEW_ACCOUNT: policy.risk_weight_new_account,
        RiskFactor.DISPUTED: policy.risk_weight_disputed,
        RiskFactor.UNUSUAL_PACE: policy.risk_weight_unusual_pace,
        RiskFactor.UNUSUAL_AMOUNT: policy.risk_weight_unusual_amount,
        RiskFactor.NEW_TERMINAL: policy.risk_weight_new_terminal,
    }
