"""The tables of operators and of what they do; `schema` has the others, and says how all are written. Pure."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text

from server_mqtt.shell.tables import INT, table

operators = table(
    "operators",
    Column("name", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False, unique=True),
    Column(
        "status",
        Text,
        CheckConstraint("status IN ('waiting', 'active', 'revoked')", name="operator_status"),
        nullable=False,
    ),
    Column("added_at_ms", INT, nullable=False),
    Column("revoked_by", Text),
    Column("revoked_at_ms", INT),
    Column("revoked_signature", LargeBinary),
)

operator_confirmations = table(
    "operator_confirmations",
    Column("name", Text, ForeignKey("operators.name"), primary_key=True),
    Column("confirmed_by", Text, ForeignKey("operators.name"), primary_key=True),
    Column("confirmed_at_ms", INT, nullable=False),
    Column("confirmed_signature", LargeBinary, nullable=False),
    CheckConstraint("confirmed_by <> name", name="confirmed_by_another"),
)

orders = table(
    "orders",
    Column("order_id", Text, primary_key=True),
    Column("payment_id", Text, ForeignKey("payments.payment_id"), nullable=False),
    Column("kind", Text, CheckConstraint("kind IN ('release', 'refund')", name="order_kind"), nullable=False),
    Column("amount_minor", INT, CheckConstraint("amount_minor > 0", name="orders_something"), nullable=False),
    Column("currency", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, ForeignKey("operators.name"), nullable=False),
    Column("asked_at_ms", INT, nullable=False),
    Column("asked_signature", LargeBinary, nullable=False),
    Column(
        "state", Text, CheckConstraint("state IN ('asked', 'done', 'rejected')", name="order_state"), nullable=False
    ),
    Column("answered_by", Text, ForeignKey("operators.name")),
    Column("answered_at_ms", INT),
    Column("answered_signature", LargeBinary),
    CheckConstraint("state <> 'done' OR (answered_by IS NOT NULL AND answered_by <> asked_by)", name="two_people"),
    Index("orders_by_payment", "payment_id"),
    Index("orders_by_state", "state", "asked_at_ms"),
)

unlocks = table(
    "unlocks",
    Column("unlock_id", INT, primary_key=True, autoincrement=True),
    Column("account", Text, nullable=False),
    Column("modality", Text, nullable=False),
    Column("failures", INT, nullable=False),
    Column("reason", Text, nullable=False),
    Column("unlocked_at_ms", INT, nullable=False),
    Index("unlocks_by_account", "account", "modality"),
)
