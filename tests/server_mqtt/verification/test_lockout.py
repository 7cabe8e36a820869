"""Lock-outs by the numbers of NIST SP 800-63B-4, 3.2.3, whatever the policy and however answers come in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.messages import Modality
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.lockout import (
    Tally,
    counts_for,
    delay_ms,
    is_blocked,
    is_locked,
    judge,
    locked_until_ms,
    tallied,
    unlocked,
)
from server_mqtt.verification.policy import Policy

FACE, FINGER = Modality.FACE, Modality.FINGERPRINT
BOTH = (FACE, FINGER)
POLICY = Policy()
NOW_MS = 1_000_000

ASKED = st.sampled_from(((FACE,), (FINGER,), BOTH))
POLICIES = st.builds(
    Policy,
    lockout_failures=st.integers(1, 5),
    lockout_first_ms=st.integers(30_000, 100_000),
    lockout_longest_ms=st.integers(30_000, 10_000_000),
    lockout_block_failures=st.integers(1, 50),
)
FAILED_FOR = st.sampled_from(
    (Reason.NOT_RECOGNISED, Reason.LIVENESS_FAILED, Reason.NOT_CAPTURED, Reason.TEMPLATE_UNREADABLE)
)
FINDINGS = st.one_of(
    st.builds(Finding, verified=st.just(False), reason=FAILED_FOR, shown=st.just(()) | ASKED),
    st.builds(Finding, verified=st.just(True), shown=ASKED),
)
ANSWERS = st.lists(st.tuples(ASKED, FINDINGS, st.sampled_from((0, 1, 29_999, 30_000, 60_000, 4_000_000))), max_size=120)


def _failed(*shown: Modality, reason: Reason = Reason.NOT_RECOGNISED) -> Finding:
    return Finding(verified=False, reason=reason, shown=shown)


def _of(tallies: Sequence[Tally], modality: Modality) -> Tally:
    return next((tally for tally in tallies if tally.modality is modality), Tally(modality=modality))


def test_the_delay_begins_with_the_fifth_failure_and_doubles_up_to_the_longest() -> None:
    assert [delay_ms(POLICY, failures) for failures in range(5)] == [0] * 5
    assert [delay_ms(POLICY, failures) // 1_000 for failures in range(5, 14)] == [
        30,
        60,
        120,
        240,
        480,
        960,
        1_920,
        3_600,
        3_600,
    ]


def test_a_lock_ends_when_its_delay_is_over_and_a_block_does_not() -> None:
    fifth = Tally(modality=FACE, failures=5, last_failed_at_ms=NOW_MS)
    assert locked_until_ms(POLICY, fifth) == NOW_MS + 30_000
    assert is_locked(POLICY, fifth, NOW_MS + 29_999)
    assert not is_locked(POLICY, fifth, NOW_MS + 30_000)
    last = Tally(modality=FACE, failures=50, last_failed_at_ms=NOW_MS)
    assert is_blocked(POLICY, last)
    assert not is_blocked(POLICY, Tally(modality=FACE, failures=49))
    assert is_locked(POLICY, last, NOW_MS + 10**12)
    assert unlocked(POLICY, BOTH, (last,), NOW_MS) == (FINGER,)


@pytest.mark.fault(72)
@pytest.mark.parametrize(
    ("asked", "finding", "counted"),
    [
        (BOTH, _failed(FACE), (FACE,)),
        (BOTH, _failed(FACE, FINGER), BOTH),
        (BOTH, _failed(), BOTH),
        (BOTH, _failed(reason=Reason.NOT_CAPTURED), BOTH),
        (BOTH, _failed(reason=Reason.LIVENESS_FAILED), (FACE,)),
        ((FINGER,), _failed(reason=Reason.LIVENESS_FAILED), (FINGER,)),
        ((FINGER,), _failed(FACE, reason=Reason.MODALITY_NOT_ACCEPTED), (FINGER,)),
        ((FINGER,), _failed(FACE, FINGER, reason=Reason.MODALITY_NOT_ACCEPTED), (FINGER,)),
        (BOTH, Finding(verified=True, shown=(FINGER,)), (FINGER,)),
        (BOTH, Finding(verified=True), ()),
    ],
)
def test_an_answer_counts_for_all_that_it_showed_else_for_all_that_was_asked_for(
    asked: tuple[Modality, ...], finding: Finding, counted: tuple[Modality, ...]
) -> None:
    assert counts_for(asked, finding) == counted


@pytest.mark.fault(70)
@given(POLICIES, ANSWERS)
def test_no_order_of_answers_gets_more_attempts_than_the_policy_allows(
    policy: Policy, answers: list[tuple[tuple[Modality, ...], Finding, int]]
) -> None:
    tallies: tuple[Tally, ...] = ()
    now_ms, in_a_row = NOW_MS, dict.fromkeys(Modality, 0)
    for asked, finding, pause_ms in answers:
        now_ms += pause_ms
        counted = counts_for(asked, finding)
        judgement = judge(policy, tallies, asked, finding, now_ms)
        after = tallied(policy, tallies, asked, finding, now_ms)
        if any(is_locked(policy, _of(tallies, modality), now_ms) for modality in counted):
            # However right it was: nothing is verified, nothing is told, nothing changes.
            assert (judgement.verified, judgement.reason) == (False, Reason.LOCKED_OUT)
            assert after == tallies
            continue
        assert judgement is finding
        for modality in Modality:
            was, now = _of(tallies, modality), _of(after, modality)
            if modality not in counted:
                assert now == was
                continue
            in_a_row[modality] = 0 if finding.verified else in_a_row[modality] + 1
            assert now.failures == in_a_row[modality]
            assert now.failures <= policy.lockout_block_failures
            if now.failures >= policy.lockout_failures:
                assert is_locked(policy, now, now_ms + 29_999)
        tallies = after


@given(POLICIES, st.integers(0, 200))
def test_delays_only_grow_and_stay_within_bounds(policy: Policy, failures: int) -> None:
    delay = delay_ms(policy, failures)
    assert delay <= delay_ms(policy, failures + 1)
    assert delay == 0 or 30_000 <= delay <= policy.lockout_longest_ms


def test_only_the_locked_modality_is_locked() -> None:
    tallies: tuple[Tally, ...] = ()
    for number in range(5):
        tallies = tallied(POLICY, tallies, BOTH, _failed(FACE), NOW_MS + number)
    assert unlocked(POLICY, BOTH, tallies, NOW_MS + 5) == (FINGER,)
    right = Finding(verified=True, modality=FINGER, shown=(FINGER,))
    assert judge(POLICY, tallies, BOTH, right, NOW_MS + 5) is right
    both = Finding(verified=True, shown=BOTH)
    assert judge(POLICY, tallies, BOTH, both, NOW_MS + 5).reason is Reason.LOCKED_OUT
    assert tallied(POLICY, tallies, BOTH, both, NOW_MS + 5) == tallies


def test_a_success_after_the_delay_ends_the_row() -> None:
    tallies = (Tally(modality=FACE, failures=49, last_failed_at_ms=NOW_MS),)
    right = Finding(verified=True, modality=FACE, shown=(FACE,))
    later_ms = NOW_MS + POLICY.lockout_longest_ms
    assert tallied(POLICY, tallies, BOTH, right, later_ms - 1) == tallies
    assert _of(tallied(POLICY, tallies, BOTH, right, later_ms), FACE).failures == 0
