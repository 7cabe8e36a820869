"""The report says what happened, in the order in which it happened."""

from __future__ import annotations

import json

from demo.books import totals
from demo.director import screens_of, states_of
from demo.people import CURRENCY
from demo.report import Payment, Posting, encode
from demo.scenes import SCENES
from demo.talk import Seen
from demo.watch import PaymentEvent
from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.steps import Step
from terminal.presenter.view import ScreenName, Tone
from terminal.texts.languages import Language
from tests.demo.perfect import perfect_payment

WALL_MS = 1_794_650_400_000


def event(after_ms: int, to: PaymentState, before: PaymentState | None = None, reason: str = "") -> PaymentEvent:
    return PaymentEvent(
        payment_id="c" * 32,
        at_ms=after_ms,
        wall_ms=WALL_MS + after_ms,
        step=Step.FIRST_RESULT,
        before=before,
        to=to,
        reason=reason,
    )


def test_states_are_told_once_each_with_their_time() -> None:
    waiting, paying = PaymentState.AWAITING_PAYEE, PaymentState.AWAITING_PAYER
    states = states_of(
        [
            event(0, waiting),
            event(900, waiting, waiting, "not_recognised"),
            event(2_500, paying, waiting),
            event(9_000, PaymentState.DECLINED, paying, "payer_stopped"),
        ]
    )
    assert [(one.state, one.after_ms) for one in states] == [
        (waiting, 0),
        (paying, 2_500),
        (PaymentState.DECLINED, 9_000),
    ]
    assert states[-1].reason is Reason.PAYER_STOPPED
    assert states[0].at == "2026-11-14T10:00:00.000+00:00"


def test_pictures_stand_in_the_order_in_which_they_were_taken() -> None:
    def seen(number: int, role: Role) -> Seen:
        return Seen(
            at_ms=number,
            screen=ScreenName.IDLE,
            tone=Tone.NEUTRAL,
            language=Language.ENGLISH,
            title="",
            picture=f"/anywhere/settled/{number:02d}-{role.value}-idle.png",
        )

    both = {Role.PAYER: [seen(1, Role.PAYER), seen(3, Role.PAYER)], Role.PAYEE: [seen(2, Role.PAYEE)]}
    assert screens_of(both) == ("settled/01-payer-idle.png", "settled/02-payee-idle.png", "settled/03-payer-idle.png")


def test_one_object_a_payment() -> None:
    written = json.loads(encode(tuple(perfect_payment(scene) for scene in SCENES)))
    assert [payment["scene"] for payment in written] == [scene.name for scene in SCENES]
    wanted = {"id", "scene", "states", "first_result", "second_result", "postings", "balances_before", "balances_after"}
    assert all(wanted <= payment.keys() for payment in written)
    assert written[0]["states"][0].keys() >= {"state", "at"}
    assert written[1]["first_result"]["reason"]


def posting(account: str, amount_minor: int, payment: Payment | None = None) -> Posting:
    return Posting(entry=1, kind="settle", account=account, currency=CURRENCY, amount_minor=amount_minor)


def test_books_that_add_up_have_nothing_against_them() -> None:
    assert totals({"a": -5, "b": 5}, [posting("a", -5), posting("b", 5)]) == ()
    assert totals({}, []) == ()


def test_books_that_do_not_add_up_say_where() -> None:
    assert any("b holds 6" in one for one in totals({"a": -5, "b": 6}, [posting("a", -5), posting("b", 5)]))
    assert any("c holds 0" in one for one in totals({}, [posting("c", 1), posting("d", -1)]))
    assert any("sum to 1" in one for one in totals({"a": 1}, [posting("a", 1)]))
