"""All reasons of the system, as names. The words people read are kept apart (each end's own catalogue).

A reason tells what to do next, never how near a failure was (PSD2 RTS Art. 4: not which element failed).
"""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a verification came to, in the four words a person understands."""

    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    COULD_NOT_BE_CHECKED = "could_not_be_checked"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why something was refused, declined, rejected or held. One name a cause."""

    # The message itself: answered to its sender, counted, nothing changed.
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNKNOWN_KIND = "unknown_kind"
    UNSUPPORTED_VERSION = "unsupported_version"
    UNKNOWN_DEVICE = "unknown_device"
    BAD_SIGNATURE = "bad_signature"
    ID_REUSED = "id_reused"
    UNKNOWN_PAYMENT = "unknown_payment"
    NOT_YOUR_PAYMENT = "not_your_payment"
    NOT_NOW = "not_now"
    BUSY = "busy"

    # The request: the payment is declined, nothing moved.
    UNKNOWN_PAYEE = "unknown_payee"
    UNKNOWN_PAYER = "unknown_payer"
    ACCOUNT_NOT_ON_THIS_TERMINAL = "account_not_on_this_terminal"
    PAYEE_IS_PAYER = "payee_is_payer"
    AMOUNT_NOT_A_NUMBER = "amount_not_a_number"
    AMOUNT_ZERO = "amount_zero"
    AMOUNT_NEGATIVE = "amount_negative"
    AMOUNT_TOO_LARGE = "amount_too_large"
    AMOUNT_TOO_PRECISE = "amount_too_precise"
    UNKNOWN_CURRENCY = "unknown_currency"
    CURRENCY_NOT_HELD = "currency_not_held"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    PAYER_NOT_ENROLLED = "payer_not_enrolled"
    ACCOUNT_BLOCKED = "account_blocked"

    # The payee was not even asked: the payer may go on, and the money is held.
    PAYEE_OFFLINE = "payee_offline"
    PAYEE_BUSY = "payee_busy"

    # An answer to an instruction that does not count.
    UNKNOWN_INSTRUCTION = "unknown_instruction"
    NONCE_USED = "nonce_used"
    TOO_LATE = "too_late"
    WRONG_TERMINAL = "wrong_terminal"
    CONSENT_DIFFERS = "consent_differs"

    # Held or paid money that is not moved.
    SAME_PERSON = "same_person"
    NO_REASON_GIVEN = "no_reason_given"
    MORE_THAN_IS_LEFT = "more_than_is_left"
    PAYEE_SHORT_OF_FUNDS = "payee_short_of_funds"

    # An answer that counts as a failed attempt.
    MODALITY_NOT_ACCEPTED = "modality_not_accepted"
    TEMPLATE_UNREADABLE = "template_unreadable"
    MODEL_NOT_ACCEPTED = "model_not_accepted"
    TEMPLATE_REPLAYED = "template_replayed"
    LIVENESS_FAILED = "liveness_failed"
    NOT_RECOGNISED = "not_recognised"
    NOT_CAPTURED = "not_captured"
    SENSOR_FAILED = "sensor_failed"
    NOT_ENROLLED = "not_enrolled"
    ATTEMPTS_USED_UP = "attempts_used_up"
    LOCKED_OUT = "locked_out"

    # How a payment ended without moving money, or why the money is frozen.
    TIMED_OUT = "timed_out"
    PAYER_STOPPED = "payer_stopped"
    PAYEE_REFUSED = "payee_refused"
    PAYER_NOT_VERIFIED = "payer_not_verified"
    PAYEE_NOT_VERIFIED = "payee_not_verified"
    PAYEE_NOT_CHECKED = "payee_not_checked"
    PAYEE_RISKY = "payee_risky"
    PAYEE_CLOSED = "payee_closed"
    HOLD_EXPIRED = "hold_expired"
    OPERATOR_RELEASED = "operator_released"
    OPERATOR_REFUNDED = "operator_refunded"
    EXTENSIONS_USED_UP = "extensions_used_up"
