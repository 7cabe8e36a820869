"""Operators: the people behind orders, each with a key of their own. Impure: the database.

The first two are whoever sets the server up. Anybody after them counts only once two others have confirmed, each with
their own key, whose key it is: so nobody alone can invent a second person.
"""

from __future__ import annotations

import re
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, Row, func, insert, select, update

from server_mqtt.contract.signing import SignatureError, sign, verify
from server_mqtt.shell import statements
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.history import iso
from server_mqtt.shell.locks import lock_operators
from server_mqtt.shell.operator_tables import operator_confirmations, operators

WAITING: Final = "waiting"
ACTIVE: Final = "active"
REVOKED: Final = "revoked"

FOUNDERS: Final = 2
"""So many are needed to order anything, and nobody could confirm them. Revoked ones count: the door closes for good."""

CONFIRMATIONS: Final = 2
"""As many people as an order needs."""

NAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,31}")
"""A name is typed at a shell, and read in a listing."""


def add(connection: Connection, name: str, key: Ed25519PublicKey, now_ms: int) -> str:
    """A new operator; their status. Raises OperatorError where the name or the key is taken."""
    if not NAME.fullmatch(name):
        raise OperatorError(f"{name!r} is no operator's name: 2 to 32 of a-z, 0-9, '.', '_' and '-', a letter first")
    lock_operators(connection)
    if _find(connection, name) is not None:
        raise OperatorError(f"there is, or was, an operator {name}: a name is never used again")
    raw = raw_key(key)
    if connection.execute(select(operators.c.name).where(operators.c.public_key == raw)).scalar() is not None:
        raise OperatorError("this key is another operator's: every person has a key of their own")
    ever = connection.execute(select(func.count()).select_from(operators)).scalar_one()
    status = ACTIVE if ever < FOUNDERS else WAITING
    connection.execute(insert(operators).values(name=name, public_key=raw, status=status, added_at_ms=now_ms))
    return status


def confirm(connection: Connection, name: str, by: str, key: Ed25519PrivateKey, now_ms: int) -> int:
    """`by` knows that `name`'s key is theirs; how many confirmations are still missing. Raises OperatorError."""
    lock_operators(connection)
    operator = need(connection, name)
    if operator.status != WAITING:
        raise OperatorError(f"operator {name} is {operator.status}: nothing to confirm")
    signature = prove(connection, by, key, statements.confirming(name, operator.public_key, by, now_ms))
    given = select(operator_confirmations.c.confirmed_by).where(operator_confirmations.c.name == name)
    confirmed_by = set(connection.execute(given).scalars())
    if by in confirmed_by:
        raise OperatorError(f"{by} has confirmed {name} already: it takes {CONFIRMATIONS} different people")
    connection.execute(
        insert(operator_confirmations).values(
            name=name, confirmed_by=by, confirmed_at_ms=now_ms, confirmed_signature=signature
        )
    )
    missing = max(0, CONFIRMATIONS - len(confirmed_by) - 1)
    if not missing:
        connection.execute(update(operators).where(operators.c.name == name).values(status=ACTIVE))
    return missing


def revoke(connection: Connection, name: str, by: str, key: Ed25519PrivateKey, now_ms: int) -> int:
    """`name` signs nothing any more; how many active operators are left. Raises OperatorError."""
    lock_operators(connection)
    if need(connection, name).status == REVOKED:
        raise OperatorError(f"operator {name} is revoked already")
    signature = prove(connection, by, key, statements.revoking(name, by, now_ms))
    connection.execute(
        update(operators)
        .where(operators.c.name == name)
        .values(status=REVOKED, revoked_by=by, revoked_at_ms=now_ms, revoked_signature=signature)
    )
    active = select(func.count()).select_from(operators).where(operators.c.status == ACTIVE)
    return connection.execute(active).scalar_one()


def prove(connection: Connection, name: str, key: Ed25519PrivateKey, statement: bytes) -> bytes:
    """The signature of the active operator `name` under `statement`; raises OperatorError unless `key` is theirs."""
    operator = need(connection, name)
    if operator.status != ACTIVE:
        hint = "two others confirm them first" if operator.status == WAITING else "their key counts no more"
        raise OperatorError(f"operator {name} is {operator.status}: {hint}")
    signature = sign(key, statement)
    if not holds(operator.public_key, signature, statement):
        raise OperatorError(f"this key is not {name}'s: give the file that `operator add {name}` wrote")
    return signature


def holds(public_key: bytes, signature: bytes, statement: bytes) -> bool:
    """Whether `signature` is that of this key (32 bytes) under `statement`."""
    try:
        verify(Ed25519PublicKey.from_public_bytes(public_key), signature, statement)
    except (SignatureError, ValueError):
        return False
    return True


def need(connection: Connection, name: str) -> Row[Any]:
    """The row of `name`; raises OperatorError."""
    row = _find(connection, name)
    if row is None:
        raise OperatorError(f"there is no operator {name}: `operator list` shows who there is")
    return row


def list_all(connection: Connection) -> list[dict[str, Any]]:
    """Who there is and was, oldest first; plain data, and no key."""
    confirmed: dict[str, list[str]] = {}
    for row in connection.execute(select(operator_confirmations).order_by(operator_confirmations.c.confirmed_at_ms)):
        confirmed.setdefault(row.name, []).append(row.confirmed_by)
    return [
        {
            "operator": row.name,
            "status": row.status,
            "added_at": iso(row.added_at_ms),
            "confirmed_by": confirmed.get(row.name, []),
            "revoked_by": row.revoked_by,
            "revoked_at": iso(row.revoked_at_ms),
        }
        for row in connection.execute(select(operators).order_by(operators.c.added_at_ms, operators.c.name))
    ]


def raw_key(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _find(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(operators).where(operators.c.name == name)).one_or_none()
