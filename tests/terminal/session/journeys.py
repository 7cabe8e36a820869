"""Whole payments as lists of what happens, and which screen it leads to."""

from __future__ import annotations

from collections.abc import Callable

from server_mqtt.contract.messages import (
    CaptureOutcome,
    Modality,
    PaymentState,
    ReplyStatus,
    Role,
)
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import ButtonId, ScreenName
from terminal.session.events import LinkChanged, SensorsFound, StorageChanged
from terminal.session.limits import CAPTURE_GRACE_MS, LEAVE_AFTER_MS, OFFLINE_AFTER_MS, OUTCOME_SHOWN_MS
from tests.terminal.session.counter import (
    HOLD,
    IMPOSTOR,
    NOBODY,
    PAYEE_ACCOUNT,
    PRESET_MS,
    VERIFIED,
    Counter,
    first,
    ident,
    release,
    second,
)

S = ScreenName
P = PaymentState
Act = Callable[[Counter], Counter]
Journey = list[tuple[Act, ScreenName]]

TO_THE_REQUEST: Journey = [
    (lambda c: c.start(), S.IDLE),
    (lambda c: c.press(ButtonId.NEW_PAYMENT), S.PAYEE_ENTRY),
    (lambda c: c.key(PAYEE_ACCOUNT).press(ButtonId.NEXT), S.AMOUNT_ENTRY),
    (lambda c: c.key("12.50").press(ButtonId.NEXT), S.REVIEW),
    (lambda c: c.press(ButtonId.PAY), S.PAYER_REQUEST),
    (lambda c: c.reply("payer_request", ReplyStatus.ACCEPTED), S.FIRST_INSTRUCTION),
    (lambda c: c.hear(P.AWAITING_PAYEE, 1), S.FIRST_INSTRUCTION),
]
TO_THE_CONSENT: Journey = [
    *TO_THE_REQUEST,
    (lambda c: c.hear(P.AWAITING_PAYER, 2, first_result=VERIFIED), S.FIRST_INSTRUCTION),
    (lambda c: c.instruct(second(1)), S.SECOND_INSTRUCTION),
]
PAYEE_ASKED: Journey = [
    (lambda c: c.start(), S.IDLE),
    (lambda c: c.instruct(first(1)), S.PAYEE_CAPTURE),
]

JOURNEYS: dict[str, tuple[Role, Journey]] = {
    "settled, the payer's side": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.reply("payer_capture", ReplyStatus.ACCEPTED), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.SETTLED, 3), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
        ],
    ),
    "settled, the payee's side": (
        Role.PAYEE,
        [
            *PAYEE_ASKED,
            (lambda c: c.captured(1), S.FIRST_VERIFICATION),
            (lambda c: c.hear(P.AWAITING_PAYER, 2, first_result=VERIFIED), S.FIRST_RESULT),
            (lambda c: c.hear(P.SETTLED, 3), S.OUTCOME),
            (lambda c: c.wait(OUTCOME_SHOWN_MS), S.IDLE),
        ],
    ),
    "held then released, the payer's side": (
        Role.PAYER,
        [
            *TO_THE_REQUEST,
            (lambda c: c.instruct(second(1, IMPOSTOR, HOLD)), S.SECOND_INSTRUCTION),
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.HELD, 3), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
            (lambda c: c.hear(P.RELEASED, 4), S.OUTCOME),
        ],
    ),
    "held then released, the payee's side": (
        Role.PAYEE,
        [
            *PAYEE_ASKED,
            (lambda c: c.captured(1), S.FIRST_VERIFICATION),
            (lambda c: c.instruct(first(2, previous_reason=Reason.NOT_RECOGNISED)), S.PAYEE_CAPTURE),
            (lambda c: c.captured(2), S.FIRST_VERIFICATION),
            (lambda c: c.hear(P.AWAITING_PAYER, 2, first_result=IMPOSTOR), S.FIRST_RESULT),
            (lambda c: c.hear(P.HELD, 3), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
            (lambda c: c.instruct(release(7)), S.PAYEE_CAPTURE),
            (lambda c: c.hear(P.HELD, 3), S.PAYEE_CAPTURE),
            (lambda c: c.captured(7), S.FIRST_VERIFICATION),
            (lambda c: c.hear(P.RELEASED, 4), S.OUTCOME),
        ],
    ),
    "held, the payee leaves it for later": (
        Role.PAYEE,
        [
            (lambda c: c.start(), S.IDLE),
            (lambda c: c.hear(P.HELD, 3), S.OUTCOME),
            (lambda c: c.instruct(release(7)), S.PAYEE_CAPTURE),
            (lambda c: c.press(ButtonId.REFUSE), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
            (lambda c: c.instruct(release(8)), S.PAYEE_CAPTURE),
        ],
    ),
    "refunded": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.HELD, 3), S.OUTCOME),
            (lambda c: c.wait(OUTCOME_SHOWN_MS), S.IDLE),
            (lambda c: c.hear(P.REFUNDED, 4, reason=Reason.HOLD_EXPIRED), S.OUTCOME),
        ],
    ),
    "declined after the payer failed": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.instruct(second(2, previous_reason=Reason.NOT_RECOGNISED)), S.PAYER_CAPTURE),
            (lambda c: c.captured(2, CaptureOutcome.LIVENESS_FAILED), S.SECOND_VERIFICATION),
            (lambda c: c.instruct(second(3, previous_reason=Reason.LIVENESS_FAILED)), S.PAYER_CAPTURE),
            (lambda c: c.captured(3), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.PAYER_NOT_VERIFIED), S.OUTCOME),
        ],
    ),
    "the first result changes between two attempts: the payer reads it again": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.instruct(second(2, VERIFIED, HOLD)), S.SECOND_INSTRUCTION),
        ],
    ),
    "no answer: the payee's time is over and the payer stops": (
        Role.PAYER,
        [
            *TO_THE_REQUEST,
            (lambda c: c.wait(PRESET_MS), S.FIRST_INSTRUCTION),
            (lambda c: c.instruct(second(1, NOBODY, HOLD)), S.SECOND_INSTRUCTION),
            (lambda c: c.press(ButtonId.STOP), S.CHECKING),
            (lambda c: c.hear(P.AWAITING_PAYER, 2), S.CHECKING),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.PAYER_STOPPED), S.OUTCOME),
        ],
    ),
    "no answer: the payee's side": (
        Role.PAYEE,
        [
            *PAYEE_ASKED,
            (lambda c: c.wait(PRESET_MS), S.PAYEE_CAPTURE),
            (lambda c: c.wait(CAPTURE_GRACE_MS), S.FIRST_VERIFICATION),
            (lambda c: c.hear(P.AWAITING_PAYER, 2, first_result=NOBODY), S.FIRST_RESULT),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.PAYER_STOPPED), S.OUTCOME),
        ],
    ),
    "the payer does not decide in time": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.wait(PRESET_MS), S.SECOND_VERIFICATION),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.TIMED_OUT), S.OUTCOME),
        ],
    ),
    "the payee refuses": (
        Role.PAYEE,
        [
            *PAYEE_ASKED,
            (lambda c: c.press(ButtonId.REFUSE), S.CHECKING),
            (lambda c: c.hear(P.DECLINED, 2, reason=Reason.PAYEE_REFUSED), S.OUTCOME),
        ],
    ),
    "unknown payee": (
        Role.PAYER,
        [
            *TO_THE_REQUEST[:5],
            (lambda c: c.hear(P.DECLINED, 1, reason=Reason.UNKNOWN_PAYEE, payee_name=""), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
        ],
    ),
    "the server is busy, then takes it": (
        Role.PAYER,
        [
            *TO_THE_REQUEST[:5],
            (lambda c: c.reply("payer_request", ReplyStatus.BUSY, Reason.BUSY), S.PAYER_REQUEST),
            (lambda c: c.reply("payer_request", ReplyStatus.ACCEPTED), S.FIRST_INSTRUCTION),
        ],
    ),
    "the server refuses the request": (
        Role.PAYER,
        [
            *TO_THE_REQUEST[:5],
            (lambda c: c.reply("payer_request", ReplyStatus.REFUSED, Reason.ID_REUSED), S.OUTCOME),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
        ],
    ),
    "the reply is lost, the instruction comes": (
        Role.PAYER,
        [*TO_THE_REQUEST[:5], (lambda c: c.instruct(second(1)), S.SECOND_INSTRUCTION)],
    ),
    "a second instruction with another amount is stopped": (
        Role.PAYER,
        [
            *TO_THE_REQUEST,
            (lambda c: c.instruct(second(1, amount_minor=125_000)), S.CHECKING),
            (lambda c: c.instruct(second(2)), S.CHECKING),
            (lambda c: c.hear(P.DECLINED, 3, reason=Reason.PAYER_STOPPED), S.OUTCOME),
        ],
    ),
    "the disk does not keep the request": (
        Role.PAYER,
        [
            *TO_THE_REQUEST[:5],
            (lambda c: c.feed(StorageChanged(works=False, unsent=ident(1))), S.OUT_OF_SERVICE),
            (lambda c: c.feed(StorageChanged(works=True)), S.IDLE),
        ],
    ),
    "the link is lost while nothing goes on": (
        Role.PAYEE,
        [
            (lambda c: c.start(), S.IDLE),
            (lambda c: c.feed(LinkChanged(online=False)), S.IDLE),
            (lambda c: c.wait(OFFLINE_AFTER_MS), S.OUT_OF_SERVICE),
            (lambda c: c.feed(LinkChanged(online=True)), S.IDLE),
        ],
    ),
    "the link is lost during a payment": (
        Role.PAYER,
        [
            *TO_THE_REQUEST,
            (lambda c: c.feed(LinkChanged(online=False)).wait(OFFLINE_AFTER_MS), S.FIRST_INSTRUCTION),
            (lambda c: c.feed(LinkChanged(online=True)), S.FIRST_INSTRUCTION),
            (lambda c: c.instruct(second(1)), S.SECOND_INSTRUCTION),
        ],
    ),
    "no sensor works": (
        Role.PAYER,
        [
            (lambda c: c.start(), S.IDLE),
            (lambda c: c.feed(SensorsFound(working=frozenset())), S.OUT_OF_SERVICE),
            (lambda c: c.feed(SensorsFound(working=frozenset({Modality.FINGERPRINT}))), S.IDLE),
        ],
    ),
    "a check that takes long is left; its outcome is shown when it is known": (
        Role.PAYER,
        [
            *TO_THE_CONSENT,
            (lambda c: c.press(ButtonId.CONSENT), S.PAYER_CAPTURE),
            (lambda c: c.captured(1), S.SECOND_VERIFICATION),
            (lambda c: c.wait(LEAVE_AFTER_MS), S.SECOND_VERIFICATION),
            (lambda c: c.press(ButtonId.DONE), S.IDLE),
            (lambda c: c.hear(P.SETTLED, 3), S.OUTCOME),
        ],
    ),
}


def walk(role: Role, journey: Journey) -> Counter:
    """A terminal at the end of a journey."""
    counter = Counter(role)
    for act, _ in journey:
        act(counter)
    return counter
