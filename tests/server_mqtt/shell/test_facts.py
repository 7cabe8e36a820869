"""What a decision is told: who is there, who is enrolled, what they hold, how the payee did so far."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, insert

from server_mqtt.contract.messages import Modality, PayeeCapture, PaymentState, Presence
from server_mqtt.contract.reasons import Verdict
from server_mqtt.flow.events import PayeeCaptured, ResendDue
from server_mqtt.flow.facts import NamedInstruction, Terminal
from server_mqtt.risk.factors import EXPIRED_HOLDS_MS, MANY_FAILURES, RECENT_MS, RESULTS_KEPT, PayeeHistory
from server_mqtt.shell import people
from server_mqtt.shell.facts import About, gather
from server_mqtt.shell.schema import payments
from server_mqtt.shell.store import Store
from server_mqtt.verification.challenge import challenges
from server_mqtt.verification.policy import Policy
from tests.server_mqtt.shell.members import ANN, BOB, Members, first_instruction

_ONE = "a" * 32
_ABOUT = About(payment_id=_ONE, payer_account=ANN, payee_account=BOB, currency="EUR")
_NOW_MS = 10 * EXPIRED_HOLDS_MS
_POLICY = Policy()


@pytest.fixture
def members(store: Store) -> Members:
    return Members(store)


def _history(connection: Connection) -> PayeeHistory:
    history = gather(connection, _POLICY, _ABOUT, ResendDue(), _NOW_MS).history
    assert history is not None
    return history


def _past(
    connection: Connection,
    number: int,
    verdict: Verdict | None,
    *,
    ago_ms: int = 1,
    state: PaymentState = PaymentState.DECLINED,
    payment_id: str | None = None,
) -> None:
    """A payment to Bob that was."""
    connection.execute(
        insert(payments).values(
            payment_id=payment_id or f"{number:032x}",
            payer_account=ANN,
            payee_account=BOB,
            payer_device="terminal-ann",
            amount_minor=1,
            currency="EUR",
            state=state,
            revision=1,
            first_verdict=verdict,
            first_result_at_ms=None if verdict is None else _NOW_MS - ago_ms,
            document="{}",
            created_at_ms=0,
            updated_at_ms=_NOW_MS - ago_ms,
        )
    )


def test_both_ends_as_they_are_now(members: Members, store: Store) -> None:
    with store.write() as connection:
        people.note_presence(connection, "terminal-bob", Presence(online=True, modalities=(Modality.FINGERPRINT,)), 5)
        people.set_status(connection, ANN, people.BLOCKED)
    with store.read() as connection:
        facts = gather(connection, _POLICY, _ABOUT, ResendDue(), _NOW_MS)
    assert facts.payer is not None
    assert facts.payee is not None
    assert facts.listing is not None
    assert (facts.payer.active, facts.payee.active) == (False, True)
    assert facts.payee.enrolled == (Modality.FINGERPRINT,)
    assert facts.payee.terminals == (Terminal(device="terminal-bob", online=True, modalities=(Modality.FINGERPRINT,)),)
    assert facts.listing.modalities == (Modality.FINGERPRINT,)
    assert facts.payer_balance_minor == 10_000
    assert facts.named is None


def test_a_revoked_terminal_is_none_and_an_unknown_account_nobody(members: Members, store: Store) -> None:
    with store.write() as connection:
        people.revoke_device(connection, "terminal-bob")
    with store.read() as connection:
        facts = gather(connection, _POLICY, _ABOUT, ResendDue(), _NOW_MS)
        nobody = gather(
            connection, _POLICY, replace(_ABOUT, payee_account="DE9999", currency="JPY"), ResendDue(), _NOW_MS
        )
    assert facts.payee is not None
    assert facts.payee.terminals == ()
    assert (nobody.payee, nobody.listing, nobody.history, nobody.payer_balance_minor) == (None, None, None, None)


def test_what_is_drawn_is_drawn_anew_each_time(members: Members, store: Store) -> None:
    with store.read() as connection:
        drawn = [gather(connection, _POLICY, _ABOUT, ResendDue(), _NOW_MS).fresh for _ in range(50)]
    assert len({fresh.nonce for fresh in drawn}) == len({fresh.instruction_id for fresh in drawn}) == 50
    assert {fresh.challenge for fresh in drawn} <= set(challenges(_POLICY.challenge_actions))
    assert len({fresh.challenge for fresh in drawn}) > 10


def test_an_instruction_that_an_answer_names_is_known_with_its_use(members: Members, store: Store) -> None:
    asked = members.committer.commit([members.arrival(ANN, members.request(_ONE))], 1)
    capture = members.capture(first_instruction(asked.publications))

    def named(of: PayeeCapture) -> NamedInstruction | None:
        with store.read() as connection:
            return gather(connection, _POLICY, _ABOUT, PayeeCaptured(device="terminal-bob", capture=of), 2).named

    assert named(capture) == NamedInstruction(used=False)
    members.committer.commit([members.arrival(BOB, capture)], 2)
    assert named(capture) == NamedInstruction(used=True)
    with store.read() as connection:
        other = replace(_ABOUT, payment_id="b" * 32)
        event = PayeeCaptured(device="terminal-bob", capture=capture)
        assert gather(connection, _POLICY, other, event, 2).named is None


def test_a_payee_without_a_past(members: Members, store: Store) -> None:
    with store.read() as connection:
        assert _history(connection) == PayeeHistory(
            account_age_ms=_NOW_MS, marked=False, results=0, failures=0, failed_lately=0, holds_expired_lately=0
        )


def test_a_payee_s_past_is_that_of_other_payments(members: Members, store: Store) -> None:
    with store.write() as connection:
        people.set_flagged(connection, BOB, flagged=True)
        _past(connection, 1, Verdict.VERIFIED)
        _past(connection, 2, Verdict.NOT_VERIFIED)
        _past(connection, 3, Verdict.NOT_VERIFIED, ago_ms=RECENT_MS + 1)
        _past(connection, 4, Verdict.COULD_NOT_BE_CHECKED, state=PaymentState.REFUNDED)
        _past(connection, 5, Verdict.REFUSED, ago_ms=EXPIRED_HOLDS_MS + 1, state=PaymentState.REFUNDED)
        _past(connection, 6, None)
        _past(connection, 7, Verdict.NOT_VERIFIED, state=PaymentState.REFUNDED, payment_id=_ONE)
        history = _history(connection)
    assert history == PayeeHistory(
        account_age_ms=_NOW_MS, marked=True, results=5, failures=2, failed_lately=1, holds_expired_lately=1
    )


def test_a_long_past_costs_no_more_than_what_makes_a_difference(members: Members, store: Store) -> None:
    with store.write() as connection:
        for number in range(RESULTS_KEPT + 20):
            _past(connection, number, Verdict.NOT_VERIFIED if number < 20 else Verdict.VERIFIED, ago_ms=100 - number)
        history = _history(connection)
        assert (history.results, history.failures, history.failed_lately) == (RESULTS_KEPT, 0, MANY_FAILURES)
