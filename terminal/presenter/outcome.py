"""The screen of how a payment stands, in the server's word alone: what happened to the money, what comes next. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from server_mqtt.contract.messages import Hold, PaymentState, PaymentStatus, Role
from server_mqtt.contract.reasons import Reason
from terminal.presenter.buttons import button
from terminal.presenter.checking import unknown
from terminal.presenter.consent import held_until
from terminal.presenter.payment import Facts, amount, party_row, payee, reference_row
from terminal.presenter.scene import Scene
from terminal.presenter.view import ButtonId, ScreenName, Tone, View
from terminal.session.state import Entry, Outcome
from terminal.texts import phrases

CHOSEN: Final = {Role.PAYER: Reason.PAYER_STOPPED, Role.PAYEE: Reason.PAYEE_REFUSED}
"""Endings that whoever reads them wanted: nothing to be alarmed about."""


def outcome(scene: Scene, step: Outcome) -> View:
    """What the server said; if it has not, that it has not."""
    entry = scene.entry(step.payment_id)
    view = None if entry is None else _said(scene, entry)
    if view is None:
        view = unknown(scene, step.payment_id, scene.texts(phrases.CHECKING_UNKNOWN))
    return replace(view, buttons=(button(scene.texts, ButtonId.DONE),))


def _said(scene: Scene, entry: Entry) -> View | None:
    if entry.refused is not None:
        return _not_paid(scene, entry, entry.refused)
    show = OUTCOMES.get(entry.status.state) if entry.status is not None else None
    return None if entry.status is None or show is None else show(scene, entry, entry.status)


def _settled(scene: Scene, _entry: Entry, status: PaymentStatus) -> View:
    words = {Role.PAYER: phrases.PAID_PAYER, Role.PAYEE: phrases.PAID_PAYEE}
    title = phrases.PAID if scene.role is Role.PAYER else phrases.PAID_TO_YOU
    return _view(scene, status, Tone.GOOD, title, _about(scene, status, words), _parts(scene, status))


def _released(scene: Scene, _entry: Entry, status: PaymentStatus) -> View:
    words = {Role.PAYER: phrases.RELEASED_PAYER, Role.PAYEE: phrases.RELEASED_PAYEE}
    if status.reason is not None:
        # Nobody was verified for it: it was ordered, or the rest went back.
        words = dict.fromkeys(Role, phrases.RELEASED_BY_ORDER)
    detail = scene.texts.sentences(scene.texts.reason(status.reason, scene.role), _parts(scene, status))
    return _view(scene, status, Tone.GOOD, phrases.RELEASED, _about(scene, status, words), detail)


def _refunded(scene: Scene, _entry: Entry, status: PaymentStatus) -> View:
    words = {Role.PAYER: phrases.REFUNDED_PAYER, Role.PAYEE: phrases.REFUNDED_PAYEE}
    tone = Tone.NEUTRAL if scene.role is Role.PAYER else Tone.BAD
    detail = scene.texts.reason(status.reason, scene.role)
    return _view(scene, status, tone, phrases.REFUNDED, _about(scene, status, words), detail)


def _declined(scene: Scene, entry: Entry, status: PaymentStatus) -> View:
    return _not_paid(scene, entry, status.reason)


def _held(scene: Scene, entry: Entry, status: PaymentStatus) -> View:
    words = {Role.PAYER: phrases.HELD_PAYER, Role.PAYEE: phrases.HELD_PAYEE}
    hold = status.hold
    reason = status.reason if hold is None else hold.reason
    why = scene.texts.reason(reason, scene.role)
    if reason is Reason.PAYEE_RISKY and hold is not None and scene.role is Role.PAYER:
        why = scene.texts.risk(hold.risk_reason)
    if hold is not None and hold.expires_soon and _left_ms(scene, entry, hold) > 0:
        why = scene.texts(phrases.HOLD_ENDS_SOON)
    detail = scene.texts.sentences(why, _parts(scene, status), _until(scene, entry, status))
    return _view(scene, status, Tone.WAITING, phrases.HELD, _about(scene, status, words), detail)


OUTCOMES: Final[dict[PaymentState, Callable[[Scene, Entry, PaymentStatus], View]]] = {
    PaymentState.SETTLED: _settled,
    PaymentState.HELD: _held,
    PaymentState.RELEASED: _released,
    PaymentState.REFUNDED: _refunded,
    PaymentState.DECLINED: _declined,
}
"""States that are an outcome; the others are still on their way."""


def _parts(scene: Scene, status: PaymentStatus) -> str:
    """What of it went where, if not all of it went the same way."""
    paid_minor = status.released_minor if status.state is PaymentState.HELD else 0
    parts = ((phrases.PART_PAID, paid_minor), (phrases.PART_BACK, status.refunded_minor))
    said = (scene.texts(words, amount=scene.texts.amount(minor, status.currency)) for words, minor in parts if minor)
    return scene.texts.sentences(*said)


def _until(scene: Scene, entry: Entry, status: PaymentStatus) -> str:
    """When the money goes back, counted from when the server said so."""
    if status.hold is None:
        return ""
    left_ms = _left_ms(scene, entry, status.hold)
    payer = scene.role is Role.PAYER
    if left_ms <= 0:
        return scene.texts(phrases.HOLD_OVER_PAYER if payer else phrases.HOLD_OVER_PAYEE)
    if payer:
        return held_until(status.first_result, left_ms, scene.texts)
    return scene.texts(phrases.ASKED_AGAIN, time=scene.texts.interval(left_ms))


def _left_ms(scene: Scene, entry: Entry, hold: Hold) -> int:
    return entry.heard_at_ms + hold.expires_in_ms - scene.now_ms


def _not_paid(scene: Scene, entry: Entry, reason: Reason | None) -> View:
    facts = entry.status or entry
    tone = Tone.NEUTRAL if reason is CHOSEN[scene.role] else Tone.BAD
    message = scene.texts.reason(reason, scene.role)
    return _view(scene, facts, tone, phrases.DECLINED, message, scene.texts(phrases.NOTHING_MOVED))


def _about(scene: Scene, status: PaymentStatus, words: dict[Role, str]) -> str:
    return scene.texts(words[scene.role], payee=payee(status, scene.texts))


def _view(scene: Scene, facts: Facts, tone: Tone, title: str, message: str, detail: str = "") -> View:
    return View(
        screen=ScreenName.OUTCOME,
        tone=tone,
        title=scene.texts(title),
        amount=amount(facts, scene.texts),
        rows=(party_row(facts, scene), reference_row(facts.payment_id, scene.texts)),
        message=message,
        detail=detail,
    )
