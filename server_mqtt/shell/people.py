"""Accounts, the directory of payees, terminals and whose they are: the rows behind them. Impure: the database only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, delete, insert, null, select, update

from server_mqtt.contract.limits import ACCOUNT_PATTERN
from server_mqtt.contract.messages import Modality, Presence
from server_mqtt.flow.states import FINAL
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.schema import accounts, device_accounts, devices, directory, disputes, payments

ACTIVE: Final = "active"
BLOCKED: Final = "blocked"
CLOSED: Final = "closed"
REVOKED: Final = "revoked"

SAME_MOMENT_MS: Final = 2_000
"""A terminal that connects anew leaves and comes at once, and two workers may hear of it the wrong way round."""

ACCOUNT: Final = re.compile(ACCOUNT_PATTERN)

_ACCOUNT: Final = select(accounts).where(accounts.c.account == bindparam("account"))
_LISTING: Final = select(directory).where(directory.c.account == bindparam("account"))
_DEVICE: Final = select(devices).where(devices.c.device == bindparam("device"))
_TERMINALS: Final = (
    select(devices)
    .join(device_accounts, device_accounts.c.device == devices.c.device)
    .where(device_accounts.c.account == bindparam("account"), devices.c.status == ACTIVE)
    .order_by(devices.c.device)
)


def open_account(connection: Connection, account: str, name: str, now_ms: int) -> None:
    """A new account; raises OperatorError if there is one of this number."""
    if find_account(connection, account) is not None:
        raise OperatorError(f"account {account} is open already")
    connection.execute(insert(accounts).values(account=account, name=name, status=ACTIVE, opened_at_ms=now_ms))


def find_account(connection: Connection, account: str) -> Row[Any] | None:
    """The row of `account`."""
    return connection.execute(_ACCOUNT, {"account": account}).one_or_none()


def find_open_account(connection: Connection, account: str) -> Row[Any] | None:
    """The row of `account`, unless that is closed."""
    row = find_account(connection, account)
    return None if row is None or row.status == CLOSED else row


def need_account(connection: Connection, account: str) -> Row[Any]:
    """The row of `account`; raises OperatorError unless it is open."""
    row = find_account(connection, account)
    if row is None:
        raise OperatorError(f"there is no account {account}: `account open` makes one")
    if row.status == CLOSED:
        raise OperatorError(f"account {account} is closed")
    return row


def set_status(connection: Connection, account: str, status: str) -> None:
    """Blocks or unblocks; raises OperatorError for an unknown account."""
    need_account(connection, account)
    connection.execute(update(accounts).where(accounts.c.account == account).values(status=status))


def close_account(connection: Connection, account: str) -> None:
    """Closes `account` for good; raises OperatorError while it has a part in an open payment.

    What it holds stays on the books.
    """
    need_account(connection, account)
    part = (payments.c.payer_account == account) | (payments.c.payee_account == account)
    going_on = select(payments.c.payment_id).where(part, payments.c.state.not_in(FINAL)).limit(1)
    payment_id = connection.execute(going_on).scalar()
    if payment_id is not None:
        raise OperatorError(f"account {account} has a part in payment {payment_id}, which is not over: block it first")
    connection.execute(delete(directory).where(directory.c.account == account))
    connection.execute(update(accounts).where(accounts.c.account == account).values(status=CLOSED))


def set_flagged(connection: Connection, account: str, *, flagged: bool) -> None:
    """The operator's own mark, which raises the account's risk value; raises OperatorError for an unknown account."""
    need_account(connection, account)
    connection.execute(update(accounts).where(accounts.c.account == account).values(flagged=int(flagged)))


def note_dispute(connection: Connection, account: str, payment_id: str, reason: str, now_ms: int) -> None:
    """A payer disputes this payment to `account`: it raises the account's risk value. Raises OperatorError."""
    payee = connection.execute(select(payments.c.payee_account).where(payments.c.payment_id == payment_id)).scalar()
    if payee != account:
        raise OperatorError(f"there is no payment {payment_id} to account {account}")
    if connection.execute(select(disputes).where(disputes.c.payment_id == payment_id)).one_or_none() is not None:
        raise OperatorError(f"payment {payment_id} is noted as disputed already")
    connection.execute(insert(disputes).values(payment_id=payment_id, account=account, reason=reason, at_ms=now_ms))


def list_in_directory(
    connection: Connection, account: str, name: str, modalities: Sequence[Modality], now_ms: int
) -> None:
    """Makes `account` payable under `name`, or renews its entry; raises OperatorError for an unknown account."""
    need_account(connection, account)
    connection.execute(delete(directory).where(directory.c.account == account))
    accepted = join_modalities(modalities)
    connection.execute(insert(directory).values(account=account, name=name, modalities=accepted, added_at_ms=now_ms))


def remove_from_directory(connection: Connection, account: str) -> None:
    """Makes `account` unknown to payers; raises OperatorError if it is not listed."""
    if connection.execute(delete(directory).where(directory.c.account == account)).rowcount == 0:
        raise OperatorError(f"account {account} is not in the directory")


def find_listing(connection: Connection, account: str) -> Row[Any] | None:
    """The row of `account` in the directory."""
    return connection.execute(_LISTING, {"account": account}).one_or_none()


def add_device(connection: Connection, device: str, key: Ed25519PublicKey, owners: Sequence[str], now_ms: int) -> None:
    """A terminal and the accounts it may act for; raises OperatorError if it is known under another key."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    known = find_device(connection, device)
    if known is None:
        connection.execute(insert(devices).values(device=device, public_key=raw, status=ACTIVE, added_at_ms=now_ms))
    elif known.public_key != raw:
        raise OperatorError(f"device {device} is known under another key: revoke it and give the new one a new name")
    for account in owners:
        need_account(connection, account)
        connection.execute(delete(device_accounts).where(_pair(device, account)))
        connection.execute(insert(device_accounts).values(device=device, account=account, added_at_ms=now_ms))


def revoke_device(connection: Connection, device: str) -> None:
    """Nothing that `device` says counts any more; raises OperatorError for an unknown one."""
    if connection.execute(update(devices).where(devices.c.device == device).values(status=REVOKED)).rowcount == 0:
        raise OperatorError(f"there is no device {device}")


def find_device(connection: Connection, device: str) -> Row[Any] | None:
    """The row of `device`."""
    return connection.execute(_DEVICE, {"device": device}).one_or_none()


def key_of_device(row: Row[Any] | None) -> Ed25519PublicKey | None:
    """By which the messages of the device in `row` are checked; None for an unknown or revoked one."""
    if row is None or row.status != ACTIVE:
        return None
    return Ed25519PublicKey.from_public_bytes(row.public_key)


def accounts_of_device(connection: Connection, device: str) -> tuple[str, ...]:
    """Whose terminal it is."""
    chosen = select(device_accounts.c.account).where(device_accounts.c.device == device)
    return tuple(connection.execute(chosen.order_by(device_accounts.c.account)).scalars())


def terminals_of_account(connection: Connection, account: str) -> Sequence[Row[Any]]:
    """The rows of its terminals that are not revoked."""
    return connection.execute(_TERMINALS, {"account": account}).all()


def note_presence(connection: Connection, device: str, presence: Presence, now_ms: int) -> None:
    """What a terminal says of itself, or its broker of it: that it left, unless it came in the same moment."""
    came = (devices.c.online == 1) & (devices.c.seen_at_ms > now_ms - SAME_MOMENT_MS)
    left_at_ms = null() if presence.online else case((came, null()), else_=now_ms)
    connection.execute(
        update(devices)
        .where(devices.c.device == device)
        .values(
            online=int(presence.online),
            seen_at_ms=now_ms,
            left_at_ms=left_at_ms,
            **(
                {
                    "software": presence.software,
                    "modalities": join_modalities(presence.modalities),
                    "model_hash": presence.model_hash,
                }
                if presence.online
                else {}
            ),
        )
    )


def note_online(connection: Connection, device: str, now_ms: int) -> None:
    """A terminal that was thought to be off has said something."""
    heard = {"online": 1, "seen_at_ms": now_ms, "left_at_ms": None}
    connection.execute(update(devices).where(devices.c.device == device).values(**heard))


def forget_absences(connection: Connection) -> None:
    """Whoever left may have come back while nobody listened to the broker: of them nothing is known."""
    connection.execute(update(devices).where(devices.c.left_at_ms.is_not(None)).values(left_at_ms=None))


def join_modalities(modalities: Sequence[Modality]) -> str:
    """As a column holds them."""
    return " ".join(sorted({modality.value for modality in modalities}))


def split_modalities(column: str) -> tuple[Modality, ...]:
    """What a column holds."""
    return tuple(Modality(word) for word in column.split())


def _pair(device: str, account: str) -> ColumnElement[bool]:
    return (device_accounts.c.device == device) & (device_accounts.c.account == account)
