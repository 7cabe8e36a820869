"""A policy that cannot be is refused by the field's name; what follows from one for an amount."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgspec
import pytest

from server_mqtt.contract.limits import MAX_AMOUNT_MINOR, MAX_ATTEMPTS, MAX_PRESET_TIME_MS
from server_mqtt.contract.messages import Hold, Modality
from server_mqtt.contract.reasons import Reason
from server_mqtt.risk.factors import RiskFactor
from server_mqtt.verification.policy import (
    MAX_CHALLENGE_ACTIONS,
    MAX_CHALLENGE_HOLDS,
    MAX_HOLD_EXTENSIONS,
    MAX_INTERVAL_MS,
    MIN_CHALLENGE_ACTIONS,
    MIN_CHALLENGE_ACTIONS_ALONE,
    MIN_FMR,
    MIN_FMR_BOTH,
    MIN_PAUSE_MS,
    MIN_PRESET_TIME_MS,
    Policy,
    modalities_to_ask,
    needs_all_modalities,
    payee_time_ms,
    payer_time_ms,
)

FACE, FINGER = Modality.FACE, Modality.FINGERPRINT
BOTH = (FACE, FINGER)


@pytest.mark.parametrize("name", [field.name for field in fields(Policy)])
@pytest.mark.parametrize("value", [-1, 10**17, float("nan"), float("inf"), True])
def test_a_value_out_of_range_is_refused_by_its_name(name: str, value: float) -> None:
    values: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Policy(**values)


RANGES = {
    "payee_preset_time_ms": (1_000, MAX_PRESET_TIME_MS),
    "payer_preset_time_ms": (1_000, MAX_PRESET_TIME_MS),
    "face_time_ms": (0, MAX_PRESET_TIME_MS),
    "attempts": (1, MAX_ATTEMPTS),
    "busy_from": (1, 1_000),
    "challenge_actions": (MIN_CHALLENGE_ACTIONS_ALONE, MAX_CHALLENGE_ACTIONS),
    "passive_least_score": (0, 1),
    "passive_model_least_score": (0, 1),
    "finger_least_score": (0, 1),
    "challenge_holds": (1, MAX_CHALLENGE_HOLDS),
    "liveness_least_score": (0, 1.5),
    "liveness_largest_spread": (0, 2),
    "amount_limit_minor": (1, MAX_AMOUNT_MINOR),
    "both_modalities_from_minor": (1, MAX_AMOUNT_MINOR + 1),
    "face_fmr": (MIN_FMR, 1e-4),
    "fingerprint_fmr": (MIN_FMR, 1e-4),
    "both_fmr": (MIN_FMR_BOTH, 1e-4),
    "each_of_both_fmr": (MIN_FMR, 1e-2),
    "hold_expiry_ms": (1_000, MAX_INTERVAL_MS),
    "hold_notice_ms": (1, MAX_INTERVAL_MS),
    "hold_extension_ms": (MIN_PRESET_TIME_MS, MAX_INTERVAL_MS),
    "hold_extensions": (0, MAX_HOLD_EXTENSIONS),
    "resend_first_ms": (MIN_PAUSE_MS, MAX_INTERVAL_MS),
    "resend_second_ms": (MIN_PAUSE_MS, MAX_INTERVAL_MS),
    "resend_third_ms": (MIN_PAUSE_MS, MAX_INTERVAL_MS),
    "resend_last_ms": (MIN_PAUSE_MS, MAX_INTERVAL_MS),
    "risk_threshold": (0, 1),
    "new_account_ms": (1, MAX_INTERVAL_MS),
    "lockout_failures": (1, 5),
    "lockout_first_ms": (30_000, MAX_INTERVAL_MS),
    "lockout_longest_ms": (30_000, MAX_INTERVAL_MS),
    "lockout_block_failures": (1, 50),
    **{f"risk_weight_{factor}": (0, 1) for factor in RiskFactor},
}


def test_every_field_has_its_range() -> None:
    assert set(RANGES) == {field.name for field in fields(Policy)}


@pytest.mark.parametrize("name", RANGES)
def test_both_ends_of_a_range_belong_to_it_and_what_is_beyond_does_not(name: str) -> None:
    smallest, largest = RANGES[name]
    for value in (smallest, largest):
        values: dict[str, Any] = {name: value}
        assert getattr(Policy(**values), name) == value
    for value in (smallest - 1, largest + 1):
        values = {name: value}
        with pytest.raises(ValueError, match=f"^{name} must be"):
            Policy(**values)


def test_challenges_may_be_shorter_only_beside_a_passive_network() -> None:
    assert Policy(challenge_actions=MIN_CHALLENGE_ACTIONS, passive_model_least_score=0.5).challenge_actions == 2
    with pytest.raises(ValueError, match=r"^challenge_actions must be 3"):
        Policy(challenge_actions=MIN_CHALLENGE_ACTIONS)


def test_a_configuration_file_sets_any_of_it() -> None:
    raw = {"attempts": "2", "risk_threshold": "0.25", "hold_expiry_ms": 60_000}
    policy = msgspec.convert(raw, Policy, strict=False)
    assert policy == Policy(attempts=2, risk_threshold=0.25, hold_expiry_ms=60_000)
    with pytest.raises((ValueError, msgspec.ValidationError), match="attempts must be"):
        msgspec.convert({"attempts": 0}, Policy, strict=False)


def test_above_the_limit_both_are_asked_for() -> None:
    policy = Policy(both_modalities_from_minor=1_000)
    assert not needs_all_modalities(policy, 999)
    assert needs_all_modalities(policy, 1_000)
    assert modalities_to_ask(policy, 999, BOTH, BOTH) == BOTH
    assert modalities_to_ask(policy, 999, BOTH, (FINGER,)) == (FINGER,)
    assert modalities_to_ask(policy, 999, (FACE,), BOTH) == (FACE,)
    assert modalities_to_ask(policy, 999, (FACE,), (FINGER,)) == ()
    assert modalities_to_ask(policy, 1_000, BOTH, BOTH) == BOTH
    assert modalities_to_ask(policy, 1_000, BOTH, (FACE,)) == ()
    assert modalities_to_ask(policy, 1_000, (FINGER,), BOTH) == ()


def test_the_longest_hold_that_a_policy_allows_can_still_be_told() -> None:
    """What is left of it travels as an interval, which the other end refuses beyond its bound."""
    policy = Policy(
        hold_expiry_ms=MAX_INTERVAL_MS, hold_extension_ms=MAX_INTERVAL_MS, hold_extensions=MAX_HOLD_EXTENSIONS
    )
    longest_ms = policy.hold_expiry_ms + policy.hold_extensions * policy.hold_extension_ms
    told = Hold(reason=Reason.PAYEE_RISKY, expires_in_ms=longest_ms)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=Hold) == told


def test_a_face_has_more_time_than_a_finger_and_never_more_than_a_message_can_say() -> None:
    finger, either = (Modality.FINGERPRINT,), tuple(Modality)
    assert (payee_time_ms(Policy(), finger), payer_time_ms(Policy(), finger)) == (10_000, 15_000)
    assert (payee_time_ms(Policy(), either), payer_time_ms(Policy(), either)) == (30_000, 35_000)
    patient = Policy(payee_preset_time_ms=MAX_PRESET_TIME_MS)
    assert payee_time_ms(patient, either) == MAX_PRESET_TIME_MS
