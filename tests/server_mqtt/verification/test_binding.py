"""An answer counts for one instruction, one terminal, one moment, one payment; else it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server_mqtt.contract.messages import (
    Action,
    CaptureOutcome,
    Consent,
    Modality,
    PayeeCapture,
    Purpose,
    Role,
    SealedProbe,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.verification.attempts import (
    NOTHING_SHOWN,
    may_retry,
    nothing_to_compare,
    rejects,
    verdict_of,
    verdict_of_time,
)
from server_mqtt.verification.binding import check_answer, check_consent
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.instruction import OpenInstruction

OPEN = OpenInstruction(
    instruction_id="1" * 32,
    role=Role.PAYEE,
    purpose=Purpose.PAYMENT,
    nonce=b"n" * 16,
    challenge=(Action.BLINK, Action.TURN_LEFT),
    modalities=(Modality.FACE,),
    all_modalities=False,
    devices=("till-0001", "till-0002"),
    issued_at_ms=1_000,
    deadline_ms=31_000,
    attempt=1,
    attempts=3,
)
SEALED = SealedProbe(key_id="k", ciphertext=b"c")


def _capture(**changes: Any) -> PayeeCapture:
    values: dict[str, Any] = {
        "payment_id": "a" * 32,
        "instruction_id": OPEN.instruction_id,
        "nonce": OPEN.nonce,
        "outcome": CaptureOutcome.CAPTURED,
        "probes": (SEALED,),
    }
    return PayeeCapture(**values | changes)


def _why(
    open_instruction: OpenInstruction | None = OPEN,
    *,
    role: Role = Role.PAYEE,
    device: str = "till-0001",
    used: bool | None = False,
    now_ms: int = 1_000,
    **changes: Any,
) -> Reason | None:
    return check_answer(open_instruction, role, device, _capture(**changes), used, now_ms)


def test_an_answer_that_is_bound_counts_until_the_last_millisecond() -> None:
    assert _why() is None
    assert _why(device="till-0002", now_ms=30_999) is None
    assert _why(now_ms=31_000) is Reason.TOO_LATE


@pytest.mark.fault(16)
def test_what_was_never_asked_is_unknown() -> None:
    assert _why(used=None, instruction_id="2" * 32) is Reason.UNKNOWN_INSTRUCTION
    assert _why(None, used=None) is Reason.UNKNOWN_INSTRUCTION
    assert _why(nonce=b"m" * 16) is Reason.UNKNOWN_INSTRUCTION
    assert _why(used=None, role=Role.PAYER) is Reason.UNKNOWN_INSTRUCTION


@pytest.mark.fault(62)
def test_what_was_answered_is_used() -> None:
    assert _why(replace(OPEN, pending=True), used=True) is Reason.NONCE_USED
    assert _why(used=True, instruction_id="2" * 32) is Reason.NONCE_USED
    assert _why(None, used=True) is Reason.NONCE_USED


@pytest.mark.fault(17)
def test_what_is_no_longer_open_is_late() -> None:
    assert _why(used=False, instruction_id="2" * 32) is Reason.TOO_LATE
    assert _why(None, used=False) is Reason.TOO_LATE


def test_the_ladder_has_one_order() -> None:
    wrong: dict[str, Any] = {"device": "till-0009", "nonce": b"m" * 16, "now_ms": 31_000}
    answered = replace(OPEN, pending=True)
    assert _why(answered, used=None, instruction_id="2" * 32, **wrong) is Reason.UNKNOWN_INSTRUCTION
    assert _why(answered, **wrong) is Reason.WRONG_TERMINAL
    assert _why(answered, **wrong | {"device": "till-0001"}) is Reason.UNKNOWN_INSTRUCTION
    assert _why(answered, now_ms=31_000) is Reason.NONCE_USED
    assert _why(now_ms=31_000) is Reason.TOO_LATE


CONSENT = Consent(
    payee_account="20004471",
    payee_name="Corner Bakery",
    amount_minor=1_250,
    currency="EUR",
    first_verdict=Verdict.VERIFIED,
    held=False,
)


@pytest.mark.parametrize(
    "change",
    [
        {"payee_account": "20004472"},
        {"payee_name": "Corner bakery"},
        {"amount_minor": 1_251},
        {"currency": "USD"},
        {"first_verdict": Verdict.NOT_VERIFIED},
        {"held": True},
    ],
)
def test_any_change_voids_a_consent(change: dict[str, Any]) -> None:
    given = Consent(**{name: getattr(CONSENT, name) for name in CONSENT.__struct_fields__} | change)
    assert check_consent(CONSENT, CONSENT) is None
    assert check_consent(given, CONSENT) is Reason.CONSENT_DIFFERS


# --- attempts ---


def test_an_answer_without_a_probe_is_a_failed_attempt() -> None:
    assert nothing_to_compare(_capture()) is None
    assert nothing_to_compare(_capture(probes=())) == Finding(verified=False, reason=Reason.NOT_CAPTURED)
    for outcome in CaptureOutcome:
        if outcome is not CaptureOutcome.CAPTURED:
            found = nothing_to_compare(_capture(outcome=outcome))
            assert found == Finding(verified=False, reason=Reason(outcome.value))


def test_attempts_end_with_their_number_or_with_the_time() -> None:
    assert may_retry(OPEN, 30_999)
    assert not may_retry(OPEN, 31_000)
    assert may_retry(replace(OPEN, attempt=2), 1_000)
    assert not may_retry(replace(OPEN, attempt=3), 1_000)


def test_a_verdict_says_whether_somebody_was_rejected_and_not_by_what() -> None:
    last = replace(OPEN, attempt=3)
    for reason in Reason:
        if reason in NOTHING_SHOWN:
            assert verdict_of(last, reason, 2_000) == (Verdict.COULD_NOT_BE_CHECKED, reason)
            assert verdict_of(replace(last, rejected=True), reason, 2_000) == (
                Verdict.NOT_VERIFIED,
                Reason.ATTEMPTS_USED_UP,
            )
            assert not rejects(OPEN, reason)
        else:
            assert verdict_of(last, reason, 2_000) == (Verdict.NOT_VERIFIED, Reason.ATTEMPTS_USED_UP)
            assert rejects(OPEN, reason)


def test_a_verdict_of_time() -> None:
    late = 31_000
    assert verdict_of_time(OPEN) == (Verdict.COULD_NOT_BE_CHECKED, Reason.TIMED_OUT)
    assert verdict_of_time(replace(OPEN, rejected=True)) == (Verdict.NOT_VERIFIED, Reason.TIMED_OUT)
    assert verdict_of(OPEN, Reason.NOT_RECOGNISED, late) == (Verdict.NOT_VERIFIED, Reason.TIMED_OUT)
    assert verdict_of(OPEN, Reason.SENSOR_FAILED, late) == (Verdict.COULD_NOT_BE_CHECKED, Reason.TIMED_OUT)
    assert verdict_of(replace(OPEN, attempt=3), Reason.NOT_RECOGNISED, late) == (
        Verdict.NOT_VERIFIED,
        Reason.ATTEMPTS_USED_UP,
    )
