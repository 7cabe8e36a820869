"""Payments, their histories and the instructions they ever had: the rows behind them. Impure: the database only.

The document is the payment as the machine sees it, in JSON; the other columns are what is searched by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from server_mqtt.contract import limits
from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.flow.effects import Record
from server_mqtt.flow.events import TimerKind
from server_mqtt.flow.facts import NamedInstruction
from server_mqtt.flow.states import Payment
from server_mqtt.shell import gathering
from server_mqtt.shell.people import REVOKED
from server_mqtt.shell.schema import device_accounts, devices, instructions, payment_events, payments, timers
from server_mqtt.verification.instruction import OpenInstruction

HELD_AT_ONCE: Final = 20
"""Held payments whose payee is asked the moment a terminal appears; more have their turn by the re-send schedule."""

OPEN: Final = (PaymentState.AWAITING_PAYEE, PaymentState.AWAITING_PAYER, PaymentState.HELD)
"""States that a payment leaves again."""

ASKS_PAYEE: Final = (PaymentState.AWAITING_PAYEE, PaymentState.HELD)
"""States in which the payee may be at their terminal for it."""

SCREENS_LOOKED_AT: Final = 64
"""Other payments whose screens are looked at: by so many every terminal of a payee is busy."""

LONGEST_WAIT_MS: Final = 3 * limits.MAX_PRESET_TIME_MS
"""A payment that waits for its payer is younger: two preset times, and the comparison of the first answer."""

_DOCUMENT: Final = msgspec.json.Decoder(Payment)

_FIND: Final = select(payments.c.document).where(payments.c.payment_id == bindparam("payment_id"))
_FIND_TO_CHANGE: Final = _FIND.with_for_update(key_share=True)
_CHANGE: Final = update(payments).where(
    payments.c.payment_id == bindparam("this_id"), payments.c.revision == bindparam("this_revision")
)
_REMEMBER_INSTRUCTION: Final = insert(instructions)
_USE_INSTRUCTION: Final = (
    update(instructions)
    .where(instructions.c.instruction_id == bindparam("this_id"))
    .values(used_at_ms=bindparam("now_ms"))
)
_FIND_INSTRUCTION: Final = select(instructions.c.used_at_ms).where(
    instructions.c.instruction_id == bindparam("instruction_id"),
    instructions.c.payment_id == bindparam("payment_id"),
    instructions.c.role == bindparam("role"),
)


class RevisionError(AssertionError):
    """A payment was changed by another than the one writer: our own fault, which stops the worker."""


def find(connection: Connection, payment_id: str) -> Payment | None:
    """The payment of this id."""
    document = connection.execute(_FIND, {"payment_id": payment_id}).scalar()
    return None if document is None else read_document(document)


def find_to_change(connection: Connection, payment_id: str) -> Payment | None:
    """The same, once no other worker steps it; none will until the transaction ends."""
    document = connection.execute(_FIND_TO_CHANGE, {"payment_id": payment_id}).scalar()
    return None if document is None else read_document(document)


def read_document(document: str) -> Payment:
    """The payment in the column `document`."""
    return _DOCUMENT.decode(document)


def store(connection: Connection, before: Payment | None, payment: Payment, now_ms: int) -> None:
    """Stores `payment` in place of `before`; raises RevisionError if that is not what is stored."""
    values = _columns(payment, now_ms)
    if before is None:
        created = {"payment_id": payment.payment_id, "created_at_ms": payment.requested_at_ms}
        gathering.add(connection, payments, [{**created, **values}])
        return
    this = {"this_id": before.payment_id, "this_revision": before.revision}
    if connection.execute(_CHANGE, {**this, **values}).rowcount != 1:
        raise RevisionError(f"payment {before.payment_id} is not at revision {before.revision}")


def record(connection: Connection, payment_id: str, line: Record, now_ms: int) -> None:
    """Adds a line to the payment's history."""
    row = {
        "payment_id": payment_id,
        "at_ms": now_ms,
        "event": line.step,
        "from_state": line.before,
        "to_state": line.after,
        "reason": line.reason,
        "detail": msgspec.json.encode(dict(line.detail)).decode(),
    }
    gathering.add(connection, payment_events, [row])


def remember_instruction(connection: Connection, payment_id: str, instruction: OpenInstruction) -> None:
    """Keeps an instruction for good; the database refuses a nonce that was ever used."""
    connection.execute(
        _REMEMBER_INSTRUCTION,
        {
            "instruction_id": instruction.instruction_id,
            "payment_id": payment_id,
            "role": instruction.role,
            "nonce": instruction.nonce,
            "issued_at_ms": instruction.issued_at_ms,
            "deadline_ms": instruction.deadline_ms,
        },
    )


def use_instruction(connection: Connection, instruction_id: str, now_ms: int) -> None:
    """Notes that an answer to it was counted."""
    connection.execute(_USE_INSTRUCTION, {"this_id": instruction_id, "now_ms": now_ms})


def find_instruction(
    connection: Connection, payment_id: str, role: Role, instruction_id: str
) -> NamedInstruction | None:
    """What is known of the instruction of this id, if the payment ever had it."""
    named = {"instruction_id": instruction_id, "payment_id": payment_id, "role": role}
    row = connection.execute(_FIND_INSTRUCTION, named).one_or_none()
    return None if row is None else NamedInstruction(used=row.used_at_ms is not None)


def held_for(connection: Connection, payee_accounts: tuple[str, ...]) -> list[str]:
    """The ids of the oldest held payments to these accounts."""
    rows = connection.execute(
        select(payments.c.payment_id)
        .where(payments.c.payee_account.in_(payee_accounts), payments.c.state == PaymentState.HELD)
        .order_by(payments.c.created_at_ms, payments.c.payment_id)
        .limit(HELD_AT_ONCE)
    )
    return list(rows.scalars())


def left_behind(connection: Connection, owners: tuple[str, ...]) -> list[str]:
    """The ids of open payments of these accounts that may have been at a terminal of theirs that is revoked now."""
    revoked = (
        select(devices.c.device)
        .join(device_accounts, device_accounts.c.device == devices.c.device)
        .where(device_accounts.c.account.in_(owners), devices.c.status == REVOKED)
    )
    gone = list(connection.execute(revoked).scalars())
    if not gone:
        return []
    paid = payments.c.payer_account.in_(owners) & payments.c.state.in_(OPEN) & payments.c.payer_device.in_(gone)
    asked = payments.c.payee_account.in_(owners) & (payments.c.state == PaymentState.AWAITING_PAYEE)
    rows = connection.execute(
        select(payments.c.payment_id)
        .where(paid | asked)
        .order_by(payments.c.created_at_ms, payments.c.payment_id)
        .limit(HELD_AT_ONCE)
    )
    return list(rows.scalars())


def screens_taken(connection: Connection, at: Sequence[str], other_than: str, now_ms: int) -> dict[str, list[int]]:
    """Until when other payments' unanswered instructions take the screens of the terminals `at`, by terminal."""
    owners = select(device_accounts.c.account).where(device_accounts.c.device.in_(at))
    since_ms = now_ms - LONGEST_WAIT_MS
    asked = payments.c.payee_account.in_(owners) & payments.c.state.in_(ASKS_PAYEE)
    paying = (
        payments.c.payer_account.in_(owners)
        & (payments.c.created_at_ms > since_ms)
        & (payments.c.state == PaymentState.AWAITING_PAYER)
    )
    timed = (timers.c.payment_id == payments.c.payment_id) & (timers.c.kind == TimerKind.PRESET_TIME)
    taken: dict[str, list[int]] = {}
    for which in (asked, paying):
        rows = connection.execute(
            select(payments.c.document)
            .join(timers, timed)
            .where(which, payments.c.payment_id != other_than, timers.c.due_at_ms > now_ms)
            .limit(SCREENS_LOOKED_AT)
        )
        for document in rows.scalars():
            instruction = read_document(document).open
            if instruction is not None and not instruction.pending:
                for device in set(instruction.devices).intersection(at):
                    taken.setdefault(device, []).append(instruction.deadline_ms)
    return taken


def _columns(payment: Payment, now_ms: int) -> dict[str, Any]:
    first = payment.first_result
    return {
        "payer_account": payment.payer_account,
        "payee_account": payment.payee_account,
        "payer_device": payment.payer_device,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "state": payment.state,
        "revision": payment.revision,
        "released_minor": payment.released_minor,
        "refunded_minor": payment.refunded_minor,
        "reason": payment.reason,
        "first_verdict": None if first is None else first.verdict,
        "first_result_at_ms": None if first is None else first.at_ms,
        "document": msgspec.json.encode(payment).decode(),
        "updated_at_ms": now_ms,
    }
