"""A backtest: the same policy changes nothing, a stricter one holds more, and the report adds up."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.risk.backtest import BINS, Recorded, replay
from server_mqtt.risk.chart import chart
from server_mqtt.risk.factors import RiskFactor
from server_mqtt.risk.value import weigh
from server_mqtt.verification.policies import Policies
from server_mqtt.verification.policy import Policy

POLICY = Policy()
_SVG = "{http://www.w3.org/2000/svg}"


@st.composite
def recorded(draw: st.DrawFn) -> Recorded:
    factors = draw(st.dictionaries(st.sampled_from(RiskFactor), st.floats(0, 1)))
    value = weigh(factors, POLICY).value
    verified = draw(st.booleans())
    return Recorded(
        payment_id="a" * 32,
        at_ms=0,
        payee_account=draw(st.sampled_from(["20004471", "20004472"])),
        amount_minor=draw(st.integers(1, 10_000)),
        currency=draw(st.sampled_from(["EUR", "JPY"])),
        verified=verified,
        factors=factors,
        value=value,
        held=not verified or value > POLICY.risk_threshold,
    )


_MANY = st.lists(recorded(), max_size=30)


@given(_MANY)
def test_the_policy_it_was_decided_under_changes_nothing(past: list[Recorded]) -> None:
    report = replay(past, Policies(default=POLICY))
    assert (report.newly_held, report.no_longer_held) == ((), ())
    assert report.values == report.values_then
    assert report.held == report.would_be_held


@given(_MANY, st.floats(0, 1))
def test_another_threshold_holds_more_or_less_but_always_whom_nobody_verified(
    past: list[Recorded], threshold: float
) -> None:
    report = replay(past, Policies(default=replace(POLICY, risk_threshold=threshold)))
    assert report.payments == len(past)
    assert report.would_be_held == report.held + len(report.newly_held) - len(report.no_longer_held)
    assert not (report.newly_held if threshold >= POLICY.risk_threshold else report.no_longer_held)
    assert all(one.recorded.verified for one in (*report.newly_held, *report.no_longer_held))
    assert sum(report.newly_held_minor.values()) == sum(one.recorded.amount_minor for one in report.newly_held)
    assert sum(report.values) == sum(report.values_then) == len(past)
    assert len(report.values) == BINS


def test_a_weight_and_a_payee_s_own_policy_count() -> None:
    past = [
        Recorded(
            payment_id=account * 4,
            at_ms=0,
            payee_account=account,
            amount_minor=500,
            currency="EUR",
            verified=True,
            factors={RiskFactor.NEW_ACCOUNT: 1.0},
            value=0.25,
            held=False,
        )
        for account in ("20004471", "20004472")
    ]
    strict = replace(POLICY, risk_weight_new_account=0.75)
    report = replay(past, Policies(default=POLICY, payees={"20004472": strict}))
    (newly,) = report.newly_held
    assert (newly.recorded.payee_account, newly.value, newly.main) == ("20004472", 0.75, RiskFactor.NEW_ACCOUNT)
    assert (report.newly_held_minor, report.reasons) == ({"EUR": 500}, {"new_account": 1})


@given(_MANY)
def test_the_chart_is_a_picture_with_a_bar_for_every_bin(past: list[Recorded]) -> None:
    report = replay(past, Policies(default=replace(POLICY, risk_threshold=0.2)))
    picture = ET.fromstring(chart(report))  # noqa: S314 our own text, not another's
    bars = [bar for bar in picture.iter(f"{_SVG}rect") if bar.find(f"{_SVG}title") is not None]
    counts = [int(bar.findtext(f"{_SVG}title") or "") for bar in bars]
    assert counts == [*report.values_then, *report.values]
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert max(heights) <= 250
    for one, other in zip(sorted(zip(counts, heights, strict=True)), sorted(heights), strict=True):
        assert one[1] == other
