"""The words of the messages: what a field may name. Pure; `messages` has them all, too."""

from __future__ import annotations

from enum import StrEnum


class Modality(StrEnum):
    """What a capture is of (ISO/IEC 2382-37: biometric modality)."""

    FACE = "face"
    FINGERPRINT = "fingerprint"


class Action(StrEnum):
    """One thing a challenge asks for. Left and right are the person's own."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    OPEN_MOUTH = "open_mouth"
    LOOK_UP = "look_up"
    LOOK_DOWN = "look_down"
    COME_NEARER = "come_nearer"


class Role(StrEnum):
    """Which end of the payment."""

    PAYER = "payer"
    PAYEE = "payee"


class PaymentState(StrEnum):
    """States of a payment, as in docs/payment_flow.md."""

    AWAITING_PAYEE = "awaiting_payee"
    AWAITING_PAYER = "awaiting_payer"
    HELD = "held"
    SETTLED = "settled"
    RELEASED = "released"
    REFUNDED = "refunded"
    DECLINED = "declined"


class Purpose(StrEnum):
    """Why the payee is asked: for a payment just requested, or to release one that is held."""

    PAYMENT = "payment"
    RELEASE = "release"


class CaptureOutcome(StrEnum):
    """What became of a capture at the terminal. Everything but `captured` is a failed attempt without a probe."""

    CAPTURED = "captured"
    NOT_CAPTURED = "not_captured"
    LIVENESS_FAILED = "liveness_failed"
    SENSOR_FAILED = "sensor_failed"


class ReplyStatus(StrEnum):
    """What the server did with a message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    BUSY = "busy"
