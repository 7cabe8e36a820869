"""The risk value: within 0 and 1, never smaller for a worse history, and explained."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.risk.factors import (
    AMOUNT_EXCESS,
    CHECKS_BEFORE_COUNTED,
    CHECKS_LAST_HOUR_COUNTED,
    MANY_FAILURES,
    MIN_RESULTS,
    NEW_TERMINAL_MS,
    PACE_EXCESS,
    QUIET_HOUR,
    RESULTS_KEPT,
    PayeeHistory,
    RiskFactor,
    factors_of,
)
from server_mqtt.risk.value import assess, weigh, weights_of
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
        disputes_lately=draw(st.integers(0, 5)),
        checks_last_hour=draw(st.integers(0, CHECKS_LAST_HOUR_COUNTED)),
        checks_before=draw(st.integers(0, CHECKS_BEFORE_COUNTED)),
        amount_minor=draw(st.integers(0, 10**12)),
        largest_minor=draw(st.none() | st.integers(1, 10**12)),
        terminal_age_ms=draw(st.none() | st.integers(0, 2 * NEW_TERMINAL_MS)),
    )


def _value(history: PayeeHistory) -> float:
    return assess(history, POLICY).value


def test_nothing_against_somebody_is_no_risk() -> None:
    risk = assess(SPOTLESS, POLICY)
    assert (risk.value, risk.main) == (0.0, None)
    assert set(risk.factors) == set(RiskFactor) == set(weights_of(POLICY))


@given(histories())
def test_the_value_is_within_0_and_1_and_explained(history: PayeeHistory) -> None:
    risk = assess(history, POLICY)
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
        replace(history, disputes_lately=history.disputes_lately + more),
        replace(history, checks_last_hour=history.checks_last_hour + more),
        replace(history, checks_before=max(0, history.checks_before - 100 * more)),
        replace(history, amount_minor=history.amount_minor * (more + 1)),
        replace(history, largest_minor=history.largest_minor and max(1, history.largest_minor // (more + 1))),
        replace(history, terminal_age_ms=history.terminal_age_ms and history.terminal_age_ms // (more + 1)),
    ]
    assert all(_value(other) >= _value(history) for other in worse)
    before = factors_of(history, NEW_MS)
    for other in worse:
        assert all(amount >= before[factor] for factor, amount in factors_of(other, NEW_MS).items())


@given(histories(), st.sampled_from(RiskFactor), st.floats(0, 1), st.floats(0, 1))
def test_a_heavier_factor_never_makes_it_less_risky(
    history: PayeeHistory, factor: RiskFactor, one: float, other: float
) -> None:
    name = f"risk_weight_{factor}"
    light, heavy = (Policy(**{**asdict(POLICY), name: weight}) for weight in sorted((one, other)))
    assert assess(history, light).value <= assess(history, heavy).value
    assert weights_of(light)[factor] == min(one, other)


@given(histories())
def test_what_is_stored_weighs_the_same_again(history: PayeeHistory) -> None:
    risk = assess(history, POLICY)
    assert weigh(risk.factors, POLICY) == risk


def test_an_hour_is_measured_against_the_payee_s_own_days() -> None:
    def pace(last_hour: int, before: int) -> float:
        history = replace(SPOTLESS, checks_last_hour=last_hour, checks_before=before)
        return factors_of(history, NEW_MS)[RiskFactor.UNUSUAL_PACE]

    assert (pace(QUIET_HOUR, 0), pace(PACE_EXCESS * QUIET_HOUR, 0)) == (0, 1)
    assert pace(2 * QUIET_HOUR, 0) == pytest.approx(0.5)
    assert [pace(last_hour, 3_000) for last_hour in (50, 100, 150)] == pytest.approx([0, 0.5, 1])


def test_an_amount_is_measured_against_the_largest_so_far() -> None:
    def excess(amount_minor: int, largest_minor: int | None) -> float:
        history = replace(SPOTLESS, amount_minor=amount_minor, largest_minor=largest_minor)
        return factors_of(history, NEW_MS)[RiskFactor.UNUSUAL_AMOUNT]

    assert (excess(10**9, None), excess(500, 500), excess(1, 500)) == (0, 0, 0)
    assert (excess(AMOUNT_EXCESS * 500, 500), excess(10**9, 500)) == (1, 1)
    assert 0 < excess(501, 500) < 0.01


def test_a_terminal_grows_old_and_no_terminal_is_no_new_one() -> None:
    def fresh(age_ms: int | None) -> float:
        return factors_of(replace(SPOTLESS, terminal_age_ms=age_ms), NEW_MS)[RiskFactor.NEW_TERMINAL]

    halves = (0, NEW_TERMINAL_MS // 2, NEW_TERMINAL_MS, None)
    assert [fresh(age_ms) for age_ms in halves] == [1, 0.5, 0, 0]


@pytest.mark.parametrize(
    ("history", "main"),
    [
        (replace(SPOTLESS, marked=True), RiskFactor.MARKED),
        (replace(SPOTLESS, failed_lately=4), RiskFactor.FAILED_LATELY),
        (replace(SPOTLESS, failures=12), RiskFactor.SELDOM_VERIFIED),
        (replace(SPOTLESS, holds_expired_lately=3, failed_lately=2), RiskFactor.HOLDS_EXPIRED),
        (replace(SPOTLESS, account_age_ms=0, failed_lately=3), RiskFactor.FAILED_LATELY),
        (replace(SPOTLESS, disputes_lately=3), RiskFactor.DISPUTED),
        (
            replace(SPOTLESS, largest_minor=1, amount_minor=10, terminal_age_ms=0, disputes_lately=1),
            RiskFactor.UNUSUAL_AMOUNT,
        ),
    ],
)
def test_what_the_default_threshold_holds(history: PayeeHistory, main: RiskFactor) -> None:
    risk = assess(history, POLICY)
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
        replace(SPOTLESS, disputes_lately=2),
        replace(SPOTLESS, largest_minor=1, amount_minor=10_000),
        replace(SPOTLESS, checks_last_hour=300, terminal_age_ms=0),
        replace(SPOTLESS, account_age_ms=0, terminal_age_ms=0, results=0),
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
