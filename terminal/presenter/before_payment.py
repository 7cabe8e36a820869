"""The screens before anything is sent: start, rest, out of service, what the payer keys in. Pure."""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.currencies import exponent
from server_mqtt.contract.messages import Role
from terminal.presenter.buttons import button
from terminal.presenter.payment import named, payee_rows
from terminal.presenter.scene import Scene
from terminal.presenter.view import ButtonId, Choice, Keypad, Row, ScreenName, Tone, View
from terminal.session.condition import Problem
from terminal.session.entry import DELETE, POINT
from terminal.session.health import can_pay
from terminal.session.state import AmountEntry, Idle, PayeeEntry, Review, Starting
from terminal.texts import phrases
from terminal.texts.safe import masked

_DIGITS: Final = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"))
ACCOUNT_KEYS: Final = (*_DIGITS, ("-", "0", DELETE))
AMOUNT_KEYS: Final = (*_DIGITS, (POINT, "0", DELETE))
WHOLE_AMOUNT_KEYS: Final = (*_DIGITS, ("00", "0", DELETE))
"""For a currency without decimals."""

PROBLEMS: Final = {
    Problem.MODELS: (phrases.PROBLEM_MODELS, phrases.PROBLEM_MODELS_DETAIL),
    Problem.SENSORS: (phrases.PROBLEM_SENSORS, phrases.PROBLEM_SENSORS_DETAIL),
    Problem.STORAGE: (phrases.PROBLEM_STORAGE, phrases.PROBLEM_STORAGE_DETAIL),
    Problem.LINK: (phrases.PROBLEM_LINK, phrases.PROBLEM_LINK_DETAIL),
}


def starting(scene: Scene, _step: Starting) -> View:
    """One moment."""
    return View(
        screen=ScreenName.STARTING,
        tone=Tone.WORKING,
        title=scene.texts(phrases.STARTING),
        message=scene.texts(phrases.STARTING_MESSAGE),
    )


def out_of_service(scene: Scene, problem: Problem) -> View:
    """What stands in the way, and who can do something about it."""
    message, detail = PROBLEMS[problem]
    return View(
        screen=ScreenName.OUT_OF_SERVICE,
        tone=Tone.BAD,
        title=scene.texts(phrases.OUT_OF_SERVICE),
        message=scene.texts(message),
        detail=scene.texts(detail),
    )


def idle(scene: Scene, _step: Idle) -> View:
    """Ready, for whom."""
    texts = scene.texts
    account = Row(label=texts(phrases.YOUR_ACCOUNT), value=masked(scene.state.settings.account))
    if scene.role is Role.PAYEE:
        return View(
            screen=ScreenName.IDLE,
            title=texts(phrases.IDLE_PAYEE),
            message=texts(phrases.IDLE_PAYEE_MESSAGE),
            rows=(account,),
        )
    ready = can_pay(scene.state, scene.now_ms)
    return View(
        screen=ScreenName.IDLE,
        title=texts(phrases.IDLE_PAYER if ready else phrases.NOT_READY),
        message=texts(phrases.IDLE_PAYER_MESSAGE),
        detail=texts(phrases.IDLE_PAYER_DETAIL if ready else phrases.NOT_POSSIBLE_NOW),
        rows=(account,),
        buttons=(button(texts, ButtonId.NEW_PAYMENT, enabled=ready),),
    )


def payee_entry(scene: Scene, step: PayeeEntry) -> View:
    """The keypad, and who was paid before."""
    texts = scene.texts
    keypad = Keypad(
        entered=step.entered,
        caption=texts(phrases.PAYEES_NUMBER),
        keys=ACCOUNT_KEYS,
        problem=texts.reason(step.problem, scene.role),
    )
    choices = (
        Choice(id=one.account, text=named(one.account, one.name, texts), detail=masked(one.account))
        for one in scene.state.recents
    )
    going_on = bool(step.entered) and step.problem is None
    return View(
        screen=ScreenName.PAYEE_ENTRY,
        title=texts(phrases.WHO_IS_PAID),
        keypad=keypad,
        choices=tuple(choices),
        buttons=(button(texts, ButtonId.BACK), button(texts, ButtonId.NEXT, enabled=going_on)),
    )


def amount_entry(scene: Scene, step: AmountEntry) -> View:
    """The keypad; what is keyed is shown as the amount it is so far."""
    texts, currency = scene.texts, scene.state.settings.currency
    keypad = Keypad(
        entered=texts.entered(step.entered, currency),
        caption=texts(phrases.AMOUNT),
        keys=AMOUNT_KEYS if exponent(currency) else WHOLE_AMOUNT_KEYS,
        problem=texts.reason(step.problem, scene.role),
    )
    going_on = bool(step.entered) and step.problem is None
    return View(
        screen=ScreenName.AMOUNT_ENTRY,
        title=texts(phrases.HOW_MUCH),
        rows=payee_rows(step.payee.account, step.payee.name, texts),
        keypad=keypad,
        buttons=(button(texts, ButtonId.BACK), button(texts, ButtonId.NEXT, enabled=going_on)),
    )


def review(scene: Scene, step: Review) -> View:
    """Payee and amount once more, large."""
    texts, settings = scene.texts, scene.state.settings
    ready = can_pay(scene.state, scene.now_ms)
    sender = Row(label=texts(phrases.YOUR_ACCOUNT), value=masked(settings.account))
    return View(
        screen=ScreenName.REVIEW,
        title=texts(phrases.REVIEW),
        amount=texts.amount(step.amount_minor, settings.currency),
        rows=(*payee_rows(step.payee.account, step.payee.name, texts), sender),
        message=texts(phrases.REVIEW_MESSAGE),
        detail="" if ready else texts(phrases.NOT_POSSIBLE_NOW),
        buttons=(button(texts, ButtonId.BACK), button(texts, ButtonId.PAY, enabled=ready)),
    )
