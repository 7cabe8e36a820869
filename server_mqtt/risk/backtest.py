"""What another policy would have made of the risk of payments that were: their stored factors, weighed anew. Pure.

Weights and thresholds are replayed. What a factor is made of (how old a new account is, how many failures are many) is
stored already weighed, as it was then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server_mqtt.risk.factors import RiskFactor
from server_mqtt.risk.value import weigh
from server_mqtt.verification.policies import Policies

BINS: Final = 20
"""Of risk values in a report, each as wide as the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The decision about one payment's money as it was made."""

    payment_id: str
    at_ms: int
    payee_account: str
    amount_minor: int
    currency: str
    verified: bool
    """The first result. If not, the money was held whatever the risk, and will be under any policy."""
    factors: Mapping[RiskFactor, float]
    value: float
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The same under the other policy."""

    recorded: Recorded
    value: float
    main: RiskFactor | None
    threshold: float
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What changes. The amounts are by currency, the bins by value from 0 to 1."""

    payments: int
    held: int
    would_be_held: int
    newly_held: tuple[Replayed, ...]
    no_longer_held: tuple[Replayed, ...]
    newly_held_minor: Mapping[str, int]
    no_longer_held_minor: Mapping[str, int]
    reasons: Mapping[str, int]
    """Of what would be held for its risk: the main factor, and how often."""
    values: tuple[int, ...]
    values_then: tuple[int, ...]
    threshold: float
    """Of the other policy, for payees that have no own."""


def replay(recorded: Iterable[Recorded], policies: Policies) -> Report:
    """`recorded`, decided again under `policies`."""
    again = [_again(one, policies) for one in recorded]
    newly = tuple(one for one in again if one.held and not one.recorded.held)
    no_longer = tuple(one for one in again if one.recorded.held and not one.held)
    risky = [one for one in again if one.value > one.threshold]
    return Report(
        payments=len(again),
        held=sum(one.recorded.held for one in again),
        would_be_held=sum(one.held for one in again),
        newly_held=newly,
        no_longer_held=no_longer,
        newly_held_minor=_sums(newly),
        no_longer_held_minor=_sums(no_longer),
        reasons=dict(Counter(one.main.value for one in risky if one.main is not None).most_common()),
        values=_bins(one.value for one in again),
        values_then=_bins(one.recorded.value for one in again),
        threshold=policies.default.risk_threshold,
    )


def _again(recorded: Recorded, policies: Policies) -> Replayed:
    policy = policies.of(recorded.payee_account)
    risk = weigh(recorded.factors, policy)
    return Replayed(
        recorded=recorded,
        value=risk.value,
        main=risk.main,
        threshold=policy.risk_threshold,
        held=not recorded.verified or risk.value > policy.risk_threshold,
    )


def _sums(changed: Sequence[Replayed]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for one in changed:
        sums[one.recorded.currency] += one.recorded.amount_minor
    return dict(sorted(sums.items()))


def _bins(values: Iterable[float]) -> tuple[int, ...]:
    counted = Counter(min(BINS - 1, int(value * BINS)) for value in values)
    return tuple(counted[number] for number in range(BINS))
