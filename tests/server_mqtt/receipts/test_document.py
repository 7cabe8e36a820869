"""What a receipt says of a payment, for payments that ended in every way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.contract.reasons import Verdict
from server_mqtt.contract.receipt import Document
from server_mqtt.flow.telling import consent_to
from server_mqtt.ledger.journal import Anchor
from server_mqtt.receipts.document import CountedAnswer, HiddenAccount, deciding_answers, document_of
from tests.server_mqtt.flow.cast import AMOUNT_MINOR, PAYEE, PAYMENT
from tests.server_mqtt.flow.world import World, held

HEAD = Anchor(number=7, entry_hash=b"\x07" * 32)
HIDDEN = HiddenAccount(masked="*2288", commitment="ab" * 32)


def answer(role: Role, number: int, verdict: Verdict | None = Verdict.VERIFIED) -> CountedAnswer:
    return CountedAnswer(
        role=role,
        nonce=number.to_bytes(16, "big"),
        answer_hash=number.to_bytes(32, "big"),
        received_at_ms=number,
        verdict=verdict,
    )


def document(world: World, *counted: CountedAnswer) -> Document:
    return document_of(world.it, counted, HIDDEN, HEAD, world.now_ms)


def test_a_settled_payment_binds_both_answers_the_consent_and_the_entry() -> None:
    world = World().until(PaymentState.SETTLED)
    first, second = answer(Role.PAYEE, 1), answer(Role.PAYER, 2)
    made = document(world, first, second)
    assert (made.payment_id, made.revision, made.state) == (PAYMENT, world.it.revision, PaymentState.SETTLED)
    assert (made.payee_account, made.amount_minor, made.currency) == (PAYEE, AMOUNT_MINOR, "EUR")
    assert (made.payer_account_masked, made.payer_commitment) == ("*2288", "ab" * 32)
    assert (made.ledger.entry_number, made.ledger.entry_hash) == (7, "07" * 32)
    assert [(one.role, one.nonce, one.answer_hash) for one in made.answers] == [
        (Role.PAYEE, first.nonce.hex(), first.answer_hash.hex()),
        (Role.PAYER, second.nonce.hex(), second.answer_hash.hex()),
    ]
    assert made.consent == consent_to(world.it)
    assert world.it.first_result is not None
    assert made.first_result_at_ms == world.it.first_result.at_ms
    assert made.second_verdict is Verdict.VERIFIED
    assert (made.held_at_ms, made.hold_expires_at_ms) == (None, None)


def test_held_money_says_since_when_and_until_when() -> None:
    world = held()
    made = document(world, answer(Role.PAYER, 2))
    assert world.it.hold is not None
    assert (made.held_at_ms, made.hold_expires_at_ms) == (world.it.hold.began_at_ms, world.it.hold.expires_at_ms)
    assert made.reason is world.it.reason
    assert made.consent is not None
    assert made.consent.held


def test_without_an_answer_of_the_payer_there_is_no_consent() -> None:
    world = World().until(PaymentState.AWAITING_PAYER)
    made = document(world, answer(Role.PAYEE, 1))
    assert made.consent is None
    assert [one.role for one in made.answers] == [Role.PAYEE]


@pytest.mark.parametrize("state", PaymentState)
@given(payee=st.integers(0, 3), payer=st.integers(0, 3), later=st.integers(0, 3))
def test_the_deciding_answers_are_the_last_of_each_turn(
    state: PaymentState, payee: int, payer: int, later: int
) -> None:
    """The same moment for all: only their order says whose turn it was."""
    payment = replace(held().it, state=state, reason=None)
    later = later if payer else 0
    roles = [Role.PAYEE] * payee + [Role.PAYER] * payer + [Role.PAYEE] * later
    counted = tuple(replace(answer(role, number), received_at_ms=9) for number, role in enumerate(roles))
    expected = [payee - 1] * (payee > 0) + [payee + payer - 1] * (payer > 0)
    if state is PaymentState.RELEASED and later:
        expected.append(payee + payer + later - 1)
    assert deciding_answers(payment, counted) == tuple(counted[index] for index in expected)
