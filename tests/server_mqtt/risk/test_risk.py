"""The risk value: within 0 and 1, never smaller for a worse history, and explained."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.risk.factors import MANY_FAILURES, MIN_RESULTS, RESULTS_KEPT, PayeeHistory, RiskFactor, factors_of
from server_mqtt.risk.value import WEIGHTS, assess
from server_mqtt.verification.policy import Policy

POLICY = Policy()
NEW_MS = POLICY.new_account_ms
SPOTLESS = PayeeHistory(
    account_age_ms=NEW_MS, marked=False, results=20, failures=0, failed_lately=0, holds_expired_lately=0
)


@st.composite
def histories(draw: st.DrawFn) -> PayeeHistory:
    results = draw(st.integers(0, RESULTS_KEPT))
    return PayeeHistory(
        account_age_ms=draw(st.integers(-1_000, 3 * NEW_MS)),
        marked=draw(st.booleans()),
        results=results,
        failures=draw(st.integers(0, results)),
        failed_lately=draw(st.integers(0, 20)),
        holds_expired_lately=draw(st.integers(0, 20)),
    )


def _value(history: PayeeHistory) -> float:
    return assess(history, NEW_MS).value


def test_nothing_against_somebody_is_no_risk() -> None:
    risk = assess(SPOTLESS, NEW_MS)
    assert (risk.value, risk.main) == (0.0, None)
    assert set(risk.factors) == set(RiskFactor) == set(WEIGHTS)


@given(histories())
def test_the_value_is_within_0_and_1_and_explained(history: PayeeHistory) -> None:
    risk = assess(history, NEW_MS)
    assert 0 <= risk.value <= 1
    assert all(0 <= amount <= 1 for amount in risk.factors.values())
    assert risk.factors == factors_of(history, NEW_MS)
    assert (risk.main is None) == (risk.value == 0)
    if risk.main is not None:
        assert risk.factors[risk.main] > 0


@given(histories(), st.integers(1, 10))
def test_a_worse_history_is_never_less_risky(history: PayeeHistory, more: int) -> None:
    worse = [
        replace(history, account_age_ms=history.account_age_ms - more * 3_600_000),
        replace(history, marked=True),
        replace(history, failures=min(history.results, history.failures + more)),
        replace(history, failed_lately=history.failed_lately + more),
        replace(history, holds_expired_lately=history.holds_expired_lately + more),
    ]
    assert all(_value(other) >= _value(history) for other in worse)


@pytest.mark.parametrize(
    ("history", "main"),
    [
        (replace(SPOTLESS, marked=True), RiskFactor.MARKED),
        (replace(SPOTLESS, failed_lately=4), RiskFactor.FAILED_LATELY),
        (replace(SPOTLESS, failures=12), RiskFactor.SELDOM_VERIFIED),
        (replace(SPOTLESS, holds_expired_lately=3, failed_lately=2), RiskFactor.HOLDS_EXPIRED),
        (replace(SPOTLESS, account_age_ms=0, failed_lately=3), RiskFactor.FAILED_LATELY),
    ],
)
def test_what_the_default_threshold_holds(history: PayeeHistory, main: RiskFactor) -> None:
    risk = assess(history, NEW_MS)
    assert risk.value > POLICY.risk_threshold
    assert risk.main is main


@pytest.mark.parametrize(
    "history",
    [
        replace(SPOTLESS, account_age_ms=0),
        replace(SPOTLESS, account_age_ms=0, results=0),
        replace(SPOTLESS, account_age_ms=0, results=3, failures=1, failed_lately=2),
        replace(SPOTLESS, failures=6),
        replace(SPOTLESS, holds_expired_lately=3),
    ],
)
def test_what_it_does_not_hold(history: PayeeHistory) -> None:
    assert _value(history) <= POLICY.risk_threshold


def test_few_results_say_nothing_about_somebody() -> None:
    few = replace(SPOTLESS, results=MIN_RESULTS - 1, failures=MIN_RESULTS - 1)
    assert factors_of(few, NEW_MS)[RiskFactor.SELDOM_VERIFIED] == 0
    enough = replace(SPOTLESS, results=MIN_RESULTS, failures=MIN_RESULTS)
    assert factors_of(enough, NEW_MS)[RiskFactor.SELDOM_VERIFIED] == 1


def test_an_account_grows_old_gradually() -> None:
    quarters = range(0, NEW_MS + 1, NEW_MS // 4)
    aged = [replace(SPOTLESS, account_age_ms=age) for age in quarters]
    ages = [factors_of(history, NEW_MS)[RiskFactor.NEW_ACCOUNT] for history in aged]
    assert ages == [1.0, 0.75, 0.5, 0.25, 0.0]
    many = replace(SPOTLESS, failed_lately=MANY_FAILURES + 1)
    assert factors_of(many, NEW_MS)[RiskFactor.FAILED_LATELY] == 1
