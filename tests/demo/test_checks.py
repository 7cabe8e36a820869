"""A scene that ends as it should passes; one that differs in anything at all does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as with_values

import pytest
from msgspec.structs import replace

from demo.checks import problems
from demo.people import PAYEE, PAYER
from demo.report import Payment, Result, StateAt
from demo.scenes import SCENES, DemoScene, scene_named
from demo.talk import Seen
from server_mqtt.contract.messages import Modality, PaymentState, Role
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.ledger.accounts import customer_account, escrow_account
from terminal.presenter.view import ScreenName, Tone
from tests.demo.perfect import perfect_payment, perfect_screens


def found(scene: DemoScene, payment: Payment, seen: dict[Role, list[Seen]] | None = None) -> tuple[str, ...]:
    return problems(scene.expected, payment, scene.amount_minor, seen or perfect_screens(scene))


@pytest.fixture(params=[scene.name for scene in SCENES])
def scene(request: pytest.FixtureRequest) -> DemoScene:
    named = scene_named(request.param)
    assert named is not None
    return named


def test_what_is_as_it_should_be_has_no_problem(scene: DemoScene) -> None:
    assert found(scene, perfect_payment(scene)) == ()


def _other_state(payment: Payment) -> Payment:
    first, *rest = payment.states
    return replace(payment, states=(replace(first, state=PaymentState.REFUNDED), *rest))


def _later_state(payment: Payment) -> Payment:
    return replace(payment, states=(*payment.states, _state(PaymentState.HELD, 90_000)))


def _time_runs_back(payment: Payment) -> Payment:
    return replace(payment, states=(replace(payment.states[0], after_ms=99_000), *payment.states))


def _state(state: PaymentState, after_ms: int) -> StateAt:
    return StateAt(state=state, at="", after_ms=after_ms)


def _payer_lost_a_cent(payment: Payment) -> Payment:
    return _with_balance(payment, customer_account(PAYER.account), -1)


def _payee_gained_a_cent(payment: Payment) -> Payment:
    return _with_balance(payment, customer_account(PAYEE.account), 1)


def _a_cent_stays_in_escrow(payment: Payment) -> Payment:
    return _with_balance(payment, escrow_account(payment.id), 1)


def _with_balance(payment: Payment, account: str, change: int) -> Payment:
    after = payment.balances_after
    return replace(payment, balances_after={**after, account: after.get(account, 0) + change})


def _nothing_known(payment: Payment) -> Payment:
    return replace(payment, balances_after={}, balances_before={customer_account(PAYER.account): 1})


def _another_first_result(payment: Payment) -> Payment:
    other = Result(verdict=Verdict.REFUSED, reason=Reason.PAYEE_REFUSED)
    return replace(payment, first_result=other)


def _another_second_result(payment: Payment) -> Payment:
    other = Result(verdict=Verdict.VERIFIED, modality=Modality.FINGERPRINT)
    return replace(payment, second_result=other)


@pytest.mark.parametrize(
    "spoil",
    [
        _other_state,
        _later_state,
        _time_runs_back,
        _payer_lost_a_cent,
        _payee_gained_a_cent,
        _nothing_known,
        _a_cent_stays_in_escrow,
        _another_first_result,
        _another_second_result,
    ],
)
def test_anything_else_is_a_problem(scene: DemoScene, spoil: Callable[[Payment], Payment]) -> None:
    assert found(scene, spoil(perfect_payment(scene)))


def test_money_that_does_not_balance_or_moves_once_too_often_is_a_problem() -> None:
    settled = scene_named("settled")
    assert settled is not None
    payment = perfect_payment(settled)
    half = payment.postings[:1]
    assert any("balance" in problem for problem in found(settled, replace(payment, postings=half)))
    again = tuple(replace(posting, entry=9) for posting in payment.postings)
    assert any(
        "movements" in problem for problem in found(settled, replace(payment, postings=payment.postings + again))
    )


def test_every_word_that_was_not_said_is_missed(scene: DemoScene) -> None:
    payment = perfect_payment(scene)
    for role, screens in perfect_screens(scene).items():
        for missing in screens:
            rest = [one for one in screens if one.words != missing.words or one.screen is not missing.screen]
            problem = found(scene, payment, {**perfect_screens(scene), role: rest})
            assert any(missing.screen.value in one for one in problem)


def test_the_right_words_in_the_wrong_colour_are_a_problem() -> None:
    settled = scene_named("settled")
    assert settled is not None
    seen = perfect_screens(settled)
    seen[Role.PAYER] = [replace(one, tone=Tone.BAD) for one in seen[Role.PAYER]]
    assert found(settled, perfect_payment(settled), seen)


def test_words_in_another_language_count_in_that_language_only() -> None:
    risky = scene_named("risky_payee")
    assert risky is not None
    english = with_values(risky, language=type(risky.language).ENGLISH)
    assert found(risky, perfect_payment(risky), perfect_screens(english)) == ()
    mixed = {
        role: [replace(one, language=risky.language) for one in seen] for role, seen in perfect_screens(english).items()
    }
    assert found(risky, perfect_payment(risky), mixed)


def test_a_screen_that_must_not_appear_is_a_problem() -> None:
    unknown = scene_named("unknown_payee")
    assert unknown is not None
    seen = perfect_screens(unknown)
    asked = replace(seen[Role.PAYER][0], screen=ScreenName.PAYEE_CAPTURE)
    assert found(unknown, perfect_payment(unknown), {**seen, Role.PAYEE: [asked]})
