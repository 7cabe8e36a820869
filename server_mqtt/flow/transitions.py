"""The transition table: every state and every event. What leads nowhere is refused with a named reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.answers import note_finding, unexpected_answer
from server_mqtt.flow.deadlines import first_time_over, release_time_over, second_time_over
from server_mqtt.flow.decision import Handler
from server_mqtt.flow.events import (
    EVENTS,
    Compared,
    Event,
    Extended,
    HoldExpired,
    HoldNotice,
    PayeeCaptured,
    PayerCaptured,
    PresetTimeOver,
    Queried,
    Refused,
    Requested,
    ResendDue,
    Stopped,
    TerminalAppeared,
)
from server_mqtt.flow.first_verification import first_verification
from server_mqtt.flow.hold_extension import hold_extension
from server_mqtt.flow.hold_notice import hold_notice
from server_mqtt.flow.ordered_refund import give_back, ordered_refund
from server_mqtt.flow.ordered_release import ordered_release
from server_mqtt.flow.orders import RefundOrdered, ReleaseOrdered
from server_mqtt.flow.payee_capture import payee_capture
from server_mqtt.flow.payer_capture import payer_capture
from server_mqtt.flow.payer_request import payer_request, repeated_request
from server_mqtt.flow.refund import hold_expired
from server_mqtt.flow.release import release_capture, release_verification, resend, terminal_appeared
from server_mqtt.flow.second_verification import second_verification
from server_mqtt.flow.states import FINAL, PAID
from server_mqtt.flow.stops import payee_refusal, payer_stop, release_refusal
from server_mqtt.flow.telling import answer_query
from server_mqtt.flow.terminal_replaced import appeared_before_first_result, appeared_before_second_result

AWAITING_PAYEE: Final = PaymentState.AWAITING_PAYEE
AWAITING_PAYER: Final = PaymentState.AWAITING_PAYER
HELD: Final = PaymentState.HELD
SETTLED: Final = PaymentState.SETTLED
RELEASED: Final = PaymentState.RELEASED
REFUNDED: Final = PaymentState.REFUNDED
DECLINED: Final = PaymentState.DECLINED


@dataclass(frozen=True, slots=True)
class Handled:
    """`by` decides; the payment stays in its state, or goes to one of `to`."""

    by: Handler
    to: tuple[PaymentState, ...] = ()


Cell = Handled | Reason
Row = Mapping[type[Event], Cell]

# A payer who can no longer be asked (their references are gone) ends a payment wherever a first result leads to them.
_TO_THE_PAYER: Final = (AWAITING_PAYER, DECLINED)

_NO_PAYMENT: Final[Row] = {
    **dict.fromkeys(EVENTS, Reason.UNKNOWN_PAYMENT),
    Requested: Handled(payer_request, (AWAITING_PAYEE, *_TO_THE_PAYER)),
}

_ANY_PAYMENT: Final[Row] = {
    Requested: Handled(repeated_request),
    PayeeCaptured: Handled(unexpected_answer),
    PayerCaptured: Handled(unexpected_answer),
    Compared: Handled(note_finding),
    Stopped: Reason.NOT_NOW,
    Refused: Reason.NOT_NOW,
    Extended: Reason.NOT_NOW,
    Queried: Handled(answer_query),
    PresetTimeOver: Reason.NOT_NOW,
    ResendDue: Reason.NOT_NOW,
    HoldExpired: Reason.NOT_NOW,
    HoldNotice: Reason.NOT_NOW,
    TerminalAppeared: Reason.NOT_NOW,
    ReleaseOrdered: Reason.NOT_NOW,
    RefundOrdered: Reason.NOT_NOW,
}
"""What holds in every state that does not say otherwise."""

_ROWS: Final[Mapping[PaymentState, Row]] = {
    AWAITING_PAYEE: {
        PayeeCaptured: Handled(payee_capture, _TO_THE_PAYER),
        Compared: Handled(first_verification, _TO_THE_PAYER),
        Stopped: Handled(payer_stop, (DECLINED,)),
        Refused: Handled(payee_refusal, (DECLINED,)),
        PresetTimeOver: Handled(first_time_over, _TO_THE_PAYER),
        TerminalAppeared: Handled(appeared_before_first_result),
    },
    AWAITING_PAYER: {
        PayerCaptured: Handled(payer_capture, (DECLINED,)),
        Compared: Handled(second_verification, (SETTLED, HELD, DECLINED)),
        Stopped: Handled(payer_stop, (DECLINED,)),
        Refused: Handled(payee_refusal, (DECLINED,)),
        PresetTimeOver: Handled(second_time_over, (DECLINED,)),
        TerminalAppeared: Handled(appeared_before_second_result),
    },
    HELD: {
        PayeeCaptured: Handled(release_capture),
        Compared: Handled(release_verification, (RELEASED, REFUNDED)),
        Refused: Handled(release_refusal),
        Extended: Handled(hold_extension),
        PresetTimeOver: Handled(release_time_over),
        ResendDue: Handled(resend, (REFUNDED, RELEASED)),
        HoldExpired: Handled(hold_expired, (REFUNDED, RELEASED)),
        HoldNotice: Handled(hold_notice),
        ReleaseOrdered: Handled(ordered_release, (RELEASED,)),
        RefundOrdered: Handled(ordered_refund, (REFUNDED, RELEASED)),
        TerminalAppeared: Handled(terminal_appeared, (REFUNDED, RELEASED)),
    },
    **{state: {} for state in FINAL},
    **{state: {RefundOrdered: Handled(give_back)} for state in PAID},
}

TABLE: Final[Mapping[tuple[PaymentState | None, type[Event]], Cell]] = {
    **{(None, event): cell for event, cell in _NO_PAYMENT.items()},
    **{(state, event): cell for state, row in _ROWS.items() for event, cell in {**_ANY_PAYMENT, **row}.items()},
}
"""By state (None: there is no such payment) and event."""
