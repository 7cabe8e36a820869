"""The ledger's core under load: payments that are stored, posted and told in transactions of a given size."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.effects import Record
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.ledger import entries
from server_mqtt.shell import gathering, journal, payments, people
from server_mqtt.shell.store import Store

PAYERS: Final = 32
PAYEES: Final = 4
"""Few, so that their balances are hot: every payment changes one that another payment has just changed."""
FUNDS_MINOR: Final = 10**12
CURRENCY: Final = "EUR"
_NOW_MS: Final = 1_800_000_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Payments per second, and how long each commit took, in seconds."""

    per_s: float
    commits_s: tuple[float, ...]


def fill(store: Store) -> None:
    """Opens the accounts, and gives the payers money."""
    with store.write() as connection:
        for account in (*_payers(), *_payees()):
            people.open_account(connection, account, "Somebody", _NOW_MS)
        for account in _payers():
            journal.deposit(connection, account, CURRENCY, FUNDS_MINOR, _NOW_MS)


def settle(store: Store, commits: int, together: int, start: int = 0) -> Rate:
    """Settles `commits` times `together` payments, each batch in one durable transaction; ids count on from `start`."""
    due = _payments(start)
    took: list[float] = []
    began_s = time.perf_counter()
    for _ in range(commits):
        commit_s = time.perf_counter()
        with store.write() as connection, gathering.together(connection):
            batch = list(itertools.islice(due, together))
            journal.expect(connection, {name for it in batch for name in (it.payer_account, it.payee_account)})
            for payment in batch:
                payments.store(connection, None, payment, _NOW_MS)
                entry = entries.settle(
                    payment.payment_id, payment.payer_account, payment.payee_account, CURRENCY, payment.amount_minor
                )
                journal.append(connection, entry, _NOW_MS)
                line = Record(step=Step.TRANSFER_OR_ESCROW, before=PaymentState.AWAITING_PAYER, after=payment.state)
                payments.record(connection, payment.payment_id, line, _NOW_MS)
        took.append(time.perf_counter() - commit_s)
    return Rate(commits * together / (time.perf_counter() - began_s), tuple(took))


def is_sound(store: Store) -> bool:
    """Whether everything adds up afterwards: a run that broke it has no number."""
    with store.read() as connection:
        return not journal.audit(connection).findings


def _payers() -> list[str]:
    return [f"PAYER{number:04}" for number in range(PAYERS)]


def _payees() -> list[str]:
    return [f"PAYEE{number:04}" for number in range(PAYEES)]


def _payments(start: int) -> Iterator[Payment]:
    payers, payees = _payers(), _payees()
    for number in itertools.count(start):
        yield Payment(
            payment_id=f"{number:032x}",
            payer_account=payers[number % PAYERS],
            payee_account=payees[number % PAYEES],
            payer_device="till-0001",
            amount_minor=100,
            currency=CURRENCY,
            reference="",
            payer_name="Somebody",
            payee_name="Somebody",
            requested_at_ms=_NOW_MS,
            state=PaymentState.SETTLED,
        )
