"""Session states that lead to every screen, and what the presenter makes of them: the screens as shops see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from server_mqtt.contract.messages import (
    CaptureOutcome,
    FirstResult,
    Hold,
    Modality,
    PaymentState,
    ReplyStatus,
    Role,
)
from server_mqtt.contract.reasons import Reason, Verdict
from terminal.presenter.present import present
from terminal.presenter.view import ButtonId, Chosen, View
from terminal.session.events import CaptureMoved, LinkChanged, ModelsFailed, Replied, SensorsFound, StorageChanged
from terminal.session.limits import LEAVE_AFTER_MS, OFFLINE_AFTER_MS, SLOW_AFTER_MS
from terminal.session.state import Entry, Payee, Progress
from terminal.texts.languages import Language
from tests.terminal.session.counter import (
    ADA,
    BAKERY,
    HOLD,
    IMPOSTOR,
    NOBODY,
    PAYEE_ACCOUNT,
    PAYER_ACCOUNT,
    VERIFIED,
    Counter,
    first,
    ident,
    release,
    second,
)

NOT_CHECKED = FirstResult(verdict=Verdict.COULD_NOT_BE_CHECKED, reason=Reason.SENSOR_FAILED)
RISKY = Hold(reason=Reason.PAYEE_RISKY, expires_in_ms=HOLD.expires_in_ms)
P = PaymentState


@dataclass(frozen=True)
class Cast:
    """Who pays whom how much."""

    payee: str = BAKERY
    payer: str = ADA
    amount_minor: int = 123_450
    currency: str = "EUR"

    @property
    def facts(self) -> dict[str, Any]:
        """The payment's facts, as instructions and statuses carry them."""
        return {
            "payee_name": self.payee,
            "payer_name": self.payer,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
        }


USUAL = Cast()
LATIN = Cast(
    payee="Ludwig-Maximilian Oberhuber-Schattenkirchner & Töchter Delikatessen GmbH & Co. KG, Filiale Hauptbahnhof",
    payer="Maria de los Ángeles Fernández-Villaverde y Gutiérrez de la Concepción",
    amount_minor=10**15,
    currency="CNY",
)
CHINESE = Cast(
    payee="新疆维吾尔自治区昌吉回族自治州阜康市准东经济技术开发区五彩湾南路综合服务中心便民超市有限责任公司第二分公司直属门市部",
    payer="买买提江·吾买尔江·阿卜杜热合曼",
    amount_minor=10**15,
    currency="CNY",
)
WIDE = Cast(payee="W" * 200, payer="M" * 200, amount_minor=10**15, currency="USD")

Act = Callable[[Counter, Cast], Counter]


def _moved(number: int, **progress: Any) -> CaptureMoved:
    return CaptureMoved(instruction_id=ident(100 + number), progress=Progress(**progress))


def _entry(number: int, cast: Cast) -> Entry:
    return Entry(
        payment_id=ident(number),
        payee_account=PAYEE_ACCOUNT,
        payee_name=cast.payee,
        amount_minor=cast.amount_minor,
        currency=cast.currency,
    )


def _with_recents(c: Counter, cast: Cast) -> Counter:
    names = (cast.payee, "Taxi 1100", "", "Anna", "Blumen am Eck", "街角面包店")
    recents = tuple(Payee(account=f"2000447{number}", name=name) for number, name in enumerate(names, start=1))
    return c.start(recents=recents)


def _to_amount(c: Counter, cast: Cast) -> Counter:
    c = _with_recents(c, cast).press(ButtonId.NEW_PAYMENT)
    return c.touch(Chosen(choice=PAYEE_ACCOUNT))


def _to_review(c: Counter, cast: Cast) -> Counter:
    decimals = f"{cast.amount_minor // 100}.{cast.amount_minor % 100:02d}"
    return _to_amount(c, cast).key(decimals).press(ButtonId.NEXT)


def _asked(c: Counter, cast: Cast) -> Counter:
    return _to_review(c, cast).press(ButtonId.PAY)


def _accepted(c: Counter, cast: Cast) -> Counter:
    return _asked(c, cast).reply("payer_request", ReplyStatus.ACCEPTED)


def _consenting(c: Counter, cast: Cast, **changed: Any) -> Counter:
    return _accepted(c, cast).instruct(second(1, **(cast.facts | changed)))


def _payer_capture(c: Counter, cast: Cast) -> Counter:
    return _consenting(c, cast).wait(1_000).press(ButtonId.CONSENT)


def _payee_asked(c: Counter, cast: Cast, **changed: Any) -> Counter:
    return c.start().instruct(first(1, **(cast.facts | changed)))


def _answered(c: Counter, cast: Cast) -> Counter:
    return _payee_asked(c, cast).captured(1)


def _outcome(state: PaymentState, reason: Reason | None = None) -> Act:
    def act(c: Counter, cast: Cast) -> Counter:
        begin = _payer_capture if c.role is Role.PAYER else _answered
        return begin(c, cast).captured(1).hear(state, 3, reason=reason, **cast.facts)

    return act


SCENES: dict[str, tuple[Role, Act]] = {
    "starting": (Role.PAYER, lambda c, _: c),
    "out_of_service_models": (Role.PAYER, lambda c, _: c.start().feed(ModelsFailed())),
    "out_of_service_sensors": (Role.PAYEE, lambda c, _: c.start().feed(SensorsFound(working=frozenset()))),
    "out_of_service_storage": (Role.PAYER, lambda c, _: c.start().feed(StorageChanged(works=False))),
    "out_of_service_link": (
        Role.PAYEE,
        lambda c, _: c.start().feed(LinkChanged(online=False)).wait(OFFLINE_AFTER_MS),
    ),
    "idle_payer": (Role.PAYER, lambda c, _: c.start()),
    "idle_payer_offline": (Role.PAYER, lambda c, _: c.start().feed(LinkChanged(online=False))),
    "idle_payee": (Role.PAYEE, lambda c, _: c.start()),
    "payee_entry": (Role.PAYER, lambda c, _: c.start().press(ButtonId.NEW_PAYMENT).key("2000")),
    "payee_entry_longest": (Role.PAYER, lambda c, _: c.start().press(ButtonId.NEW_PAYMENT).key("84-0110" * 5)),
    "payee_entry_recents": (Role.PAYER, lambda c, cast: _with_recents(c, cast).press(ButtonId.NEW_PAYMENT)),
    "payee_entry_problem": (
        Role.PAYER,
        lambda c, cast: _with_recents(c, cast).press(ButtonId.NEW_PAYMENT).key(PAYER_ACCOUNT).press(ButtonId.NEXT),
    ),
    "amount_entry": (Role.PAYER, _to_amount),
    "amount_entry_keyed": (Role.PAYER, lambda c, cast: _to_amount(c, cast).key("1234.5")),
    "amount_entry_problem": (
        Role.PAYER,
        lambda c, cast: _to_amount(c, cast).key("99999999999999").press(ButtonId.NEXT),
    ),
    "review": (Role.PAYER, _to_review),
    "review_offline": (Role.PAYER, lambda c, cast: _to_review(c, cast).feed(LinkChanged(online=False))),
    "payer_request": (Role.PAYER, _asked),
    "payer_request_offline": (Role.PAYER, lambda c, cast: _asked(c, cast).feed(LinkChanged(online=False))),
    "payer_request_slow": (Role.PAYER, lambda c, cast: _asked(c, cast).wait(SLOW_AFTER_MS)),
    "first_instruction": (Role.PAYER, _accepted),
    "first_instruction_offline": (Role.PAYER, lambda c, cast: _accepted(c, cast).feed(LinkChanged(online=False))),
    "payee_capture": (Role.PAYEE, _payee_asked),
    "payee_capture_finger": (
        Role.PAYEE,
        lambda c, cast: _payee_asked(c, cast).feed(
            _moved(1, modality=Modality.FINGERPRINT, hint="press_firmer", transfer=0.4)
        ),
    ),
    "payee_capture_both": (
        Role.PAYEE,
        lambda c, cast: _payee_asked(c, cast, all_modalities=True).feed(
            _moved(1, modality=Modality.FACE, action="turn_left", hint="too_dark", step=1, steps=3)
        ),
    ),
    "payee_capture_again": (
        Role.PAYEE,
        lambda c, cast: _payee_asked(c, cast, attempt=2, previous_reason=Reason.LIVENESS_FAILED),
    ),
    "payee_release": (
        Role.PAYEE,
        lambda c, cast: c.start().instruct(release(1, **cast.facts)).feed(_moved(1, modality=Modality.FINGERPRINT)),
    ),
    "first_verification": (Role.PAYEE, _answered),
    "first_verification_time_over": (Role.PAYEE, lambda c, cast: _payee_asked(c, cast).captured(1, None)),
    "first_verification_failed": (
        Role.PAYEE,
        lambda c, cast: _payee_asked(c, cast).captured(1, CaptureOutcome.SENSOR_FAILED).wait(LEAVE_AFTER_MS),
    ),
    "first_result_verified": (
        Role.PAYEE,
        lambda c, cast: _answered(c, cast).hear(P.AWAITING_PAYER, 2, first_result=VERIFIED, **cast.facts),
    ),
    "first_result_not_verified": (
        Role.PAYEE,
        lambda c, cast: _answered(c, cast).hear(P.AWAITING_PAYER, 2, first_result=IMPOSTOR, **cast.facts),
    ),
    "second_instruction_verified": (Role.PAYER, _consenting),
    "second_instruction_risky": (
        Role.PAYER,
        lambda c, cast: _consenting(c, cast, hold=RISKY),
    ),
    "second_instruction_impostor": (
        Role.PAYER,
        lambda c, cast: _consenting(c, cast, result=IMPOSTOR, hold=HOLD),
    ),
    "second_instruction_nobody": (Role.PAYER, lambda c, cast: _consenting(c, cast, result=NOBODY, hold=HOLD)),
    "second_instruction_not_checked": (
        Role.PAYER,
        lambda c, cast: _consenting(c, cast, result=NOT_CHECKED, hold=HOLD),
    ),
    "payer_capture": (
        Role.PAYER,
        lambda c, cast: _payer_capture(c, cast).feed(
            _moved(1, modality=Modality.FACE, action="turn_left", hint="too_far", step=1, steps=3)
        ),
    ),
    "payer_capture_again": (
        Role.PAYER,
        lambda c, cast: (
            _payer_capture(c, cast)
            .captured(1)
            .instruct(second(2, previous_reason=Reason.NOT_RECOGNISED, **cast.facts))
            .feed(_moved(2, modality=Modality.FACE, hint="no_face", step=0, steps=8))
        ),
    ),
    "second_verification": (Role.PAYER, lambda c, cast: _payer_capture(c, cast).captured(1)),
    "second_verification_slow": (
        Role.PAYER,
        lambda c, cast: _payer_capture(c, cast).captured(1).wait(LEAVE_AFTER_MS),
    ),
    "second_verification_refused": (
        Role.PAYER,
        lambda c, cast: (
            _payer_capture(c, cast)
            .captured(1)
            .feed(
                Replied(
                    kind="payer_capture",
                    payment_id=ident(1),
                    status=ReplyStatus.REFUSED,
                    reason=Reason.TEMPLATE_REPLAYED,
                )
            )
        ),
    ),
    "outcome_settled_payer": (Role.PAYER, _outcome(P.SETTLED)),
    "outcome_settled_payee": (Role.PAYEE, _outcome(P.SETTLED)),
    "outcome_held_payer": (Role.PAYER, _outcome(P.HELD)),
    "outcome_held_payee": (Role.PAYEE, _outcome(P.HELD)),
    "outcome_released_payer": (Role.PAYER, _outcome(P.RELEASED)),
    "outcome_released_payee": (Role.PAYEE, _outcome(P.RELEASED)),
    "outcome_refunded_payer": (Role.PAYER, _outcome(P.REFUNDED, Reason.HOLD_EXPIRED)),
    "outcome_refunded_payee": (Role.PAYEE, _outcome(P.REFUNDED, Reason.HOLD_EXPIRED)),
    "outcome_declined_payer": (Role.PAYER, _outcome(P.DECLINED, Reason.INSUFFICIENT_FUNDS)),
    "outcome_declined_payee": (Role.PAYEE, _outcome(P.DECLINED, Reason.PAYER_NOT_VERIFIED)),
    "outcome_stopped": (Role.PAYER, _outcome(P.DECLINED, Reason.PAYER_STOPPED)),
    "checking_stopped": (Role.PAYER, lambda c, cast: _accepted(c, cast).press(ButtonId.STOP).wait(LEAVE_AFTER_MS)),
    "checking_refused": (Role.PAYEE, lambda c, cast: _payee_asked(c, cast).press(ButtonId.REFUSE)),
    "checking_restarted": (Role.PAYER, lambda c, cast: c.start(_entry(1, cast))),
    "checking_restarted_offline": (Role.PAYER, lambda c, cast: c.start(_entry(1, cast), online=False)),
    "checking_differs": (Role.PAYER, lambda c, cast: _consenting(c, cast, amount_minor=999)),
    "checking_several": (Role.PAYER, lambda c, cast: c.start(_entry(1, cast), _entry(2, cast))),
}
"""Every screen, in the states in which it has most to say."""


def presented_views(language: Language, cast: Cast = USUAL) -> dict[str, View]:
    """What the presenter shows in every scene, by the scene's name, moved to where the clock stands at 0."""
    return {name: _presented(role, act, language, cast) for name, (role, act) in SCENES.items()}


def _presented(role: Role, act: Act, language: Language, cast: Cast) -> View:
    counter = Counter(role)
    counter.state = replace(
        counter.state, settings=replace(counter.state.settings, currency=cast.currency), language=language
    )
    counter = act(counter, cast)
    view = present(counter.state, counter.now_ms)
    if view.countdown is None:
        return view
    return replace(view, countdown=replace(view.countdown, ends_at_ms=view.countdown.ends_at_ms - counter.now_ms))
