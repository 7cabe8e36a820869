"""What a decision is told: who is there, who is enrolled, what they hold, how the payee did so far."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, update

from server_mqtt.contract.messages import Modality, PayeeCapture, PaymentState, Presence
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.events import PayeeCaptured, ResendDue
from server_mqtt.flow.facts import NamedInstruction, Terminal
from server_mqtt.risk.factors import (
    DISPUTES_MS,
    EXPIRED_HOLDS_MS,
    MANY_FAILURES,
    MIN_RESULTS,
    PACE_DAYS,
    PACE_HOUR_MS,
    RECENT_MS,
    RESULTS_KEPT,
    PayeeHistory,
)
from server_mqtt.shell import people
from server_mqtt.shell.about import About
from server_mqtt.shell.facts import gather
from server_mqtt.shell.payee_history import payee_history
from server_mqtt.shell.schema import device_accounts, payments
from server_mqtt.shell.store import Store
from server_mqtt.verification.challenge import challenges
from server_mqtt.verification.policy import Policy
from tests.server_mqtt.shell.members import ANN, BOB, Members, first_instruction

_ONE = "a" * 32
_ABOUT = About(payment_id=_ONE, payer_account=ANN, payee_account=BOB, currency="EUR", amount_minor=700)
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
    reason: Reason | None = Reason.HOLD_EXPIRED,
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
            reason=reason,
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
            account_age_ms=_NOW_MS,
            marked=False,
            results=0,
            failures=0,
            failed_lately=0,
            holds_expired_lately=0,
            amount_minor=700,
            terminal_age_ms=_NOW_MS,
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
        _past(connection, 8, None, state=PaymentState.REFUNDED, reason=Reason.OPERATOR_REFUNDED)
        _past(connection, 7, Verdict.NOT_VERIFIED, state=PaymentState.REFUNDED, payment_id=_ONE)
        history = _history(connection)
    assert history == PayeeHistory(
        account_age_ms=_NOW_MS,
        marked=True,
        results=5,
        failures=2,
        failed_lately=1,
        holds_expired_lately=1,
        checks_last_hour=4,
        checks_before=2,
        amount_minor=700,
        terminal_age_ms=_NOW_MS,
    )


def test_a_long_past_costs_no_more_than_what_makes_a_difference(members: Members, store: Store) -> None:
    with store.write() as connection:
        for number in range(RESULTS_KEPT + 20):
            _past(connection, number, Verdict.NOT_VERIFIED if number < 20 else Verdict.VERIFIED, ago_ms=100 - number)
        history = _history(connection)
        assert (history.results, history.failures, history.failed_lately) == (RESULTS_KEPT, 0, MANY_FAILURES)


def test_the_largest_of_what_was_paid_in_that_currency_once_it_was_paid_often_enough(
    members: Members, store: Store
) -> None:
    with store.write() as connection:
        for number in range(MIN_RESULTS - 1):
            _past(connection, number, Verdict.VERIFIED, state=PaymentState.SETTLED)
        _past(connection, 90, Verdict.VERIFIED, state=PaymentState.DECLINED)
        assert _history(connection).largest_minor is None
        _past(connection, 91, Verdict.VERIFIED, state=PaymentState.RELEASED)
        assert _history(connection).largest_minor == 1
        connection.execute(update(payments).where(payments.c.payment_id == f"{90:032x}").values(amount_minor=9))
        assert _history(connection).largest_minor == 1
        connection.execute(update(payments).where(payments.c.payment_id == f"{91:032x}").values(amount_minor=9))
        assert _history(connection).largest_minor == 9
        connection.execute(update(payments).where(payments.c.payment_id == f"{91:032x}").values(currency="JPY"))
        assert _history(connection).largest_minor is None


def test_the_pace_of_the_last_hour_and_of_the_month_before(members: Members, store: Store) -> None:
    month_ms = PACE_DAYS * 24 * 3_600_000
    with store.write() as connection:
        for number, ago_ms in enumerate((0, PACE_HOUR_MS, PACE_HOUR_MS + 1, PACE_HOUR_MS + month_ms)):
            _past(connection, number, Verdict.VERIFIED, ago_ms=ago_ms)
        _past(connection, 8, Verdict.VERIFIED, ago_ms=PACE_HOUR_MS + month_ms + 1)
        history = _history(connection)
    assert (history.checks_last_hour, history.checks_before) == (2, 2)


def test_disputes_count_for_their_time(members: Members, store: Store) -> None:
    with store.write() as connection:
        for number, ago_ms in enumerate((0, DISPUTES_MS, DISPUTES_MS + 1)):
            _past(connection, number, Verdict.VERIFIED)
            people.note_dispute(connection, BOB, f"{number:032x}", "not what was sold", _NOW_MS - ago_ms)
        assert _history(connection).disputes_lately == 2


def test_the_newest_terminal_that_still_counts(members: Members, store: Store) -> None:
    with store.write() as connection:
        connection.execute(update(device_accounts).values(added_at_ms=_NOW_MS - 70))
        assert _history(connection).terminal_age_ms == 70
        people.revoke_device(connection, "terminal-bob")
        assert _history(connection).terminal_age_ms is None


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_every_look_at_the_past_goes_by_an_index(members: Members, store: Store) -> None:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    with store.read() as connection:
        payee = people.find_account(connection, BOB)
        assert payee is not None
        event.listen(connection, "before_cursor_execute", note)
        payee_history(connection, payee, _ABOUT, _NOW_MS)
        event.remove(connection, "before_cursor_execute", note)
        assert len(seen) == 2
        for statement in seen:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (1,) * statement.count("?")).all()
            plan = [str(row[-1]) for row in rows]
            tables = [line for line in plan if "payments" in line or "disputes" in line or "device" in line]
            assert tables
            assert all("USING" in line and "INDEX" in line for line in tables), plan
            assert not any("SCAN payments" in line or "TEMP B-TREE" in line for line in plan), plan
