"""The ledger at the demo's end: every posting, every balance, and whether it is sound. Impure: tells it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from demo.books import Books, totals
from demo.errors import DemoError
from demo.narration import Ink, Narrator
from demo.people import CURRENCY, PARTIES
from demo.report import Payment
from server_mqtt.contract.currencies import format_amount
from server_mqtt.ledger.accounts import CUSTOMER, ESCROW, OUTSIDE, customer_account

_SHOWN_ID = 8


def show_ledger(books: Books, payments: Sequence[Payment], narrator: Narrator) -> bool:
    """Both tables; whether the books add up, by the server's own audit and by adding them up here."""
    scenes = {payment.id: payment.scene for payment in payments}
    rows = [
        (str(entry), kind if number == 0 else "", _named(posting.account, scenes), _signed(posting.amount_minor))
        for (entry, kind), group in groupby(books.postings(), key=lambda posting: (posting.entry, posting.kind))
        for number, posting in enumerate(group)
    ]
    narrator.table(("entry", "why", "account", CURRENCY), rows, right=(0, 3))
    narrator.say()
    balances = books.balances()
    lines = [(_named(account, scenes), _signed(balance)) for account, balance in balances.items()]
    narrator.table(("account", "balance"), lines, right=(1,))
    wrong = totals(balances, books.postings())
    try:
        audit = books.verify()
    except DemoError as error:
        wrong = (*wrong, str(error))
    else:
        narrator.say(f"\n  countersign-server ledger verify: {audit}", Ink.GOOD)
    for one in wrong:
        narrator.say(f"\n  {one}", Ink.BAD)
    return not wrong


def _named(account: str, scenes: dict[str, str]) -> str:
    """A ledger account as a person reads it."""
    for party in PARTIES:
        if account == customer_account(party.account):
            return f"{party.name} ({account.removeprefix(CUSTOMER)})"
    if account.startswith(ESCROW):
        payment_id = account.removeprefix(ESCROW)
        return f"escrow of {scenes.get(payment_id, payment_id[:_SHOWN_ID])}"
    return "outside" if account.startswith(OUTSIDE) else account


def _signed(amount_minor: int) -> str:
    return format_amount(amount_minor, CURRENCY)
