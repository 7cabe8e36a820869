"""The first version of the tables.

Revision: 0001
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

INT: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

APPEND_ONLY: Final = (
    "journal_entries",
    "postings",
    "payment_events",
    "unlocks",
    "receipts",
    "operator_confirmations",
)

_SQLITE_REFUSAL: Final = """
CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""

_POSTGRES_FUNCTION: Final = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

_POSTGRES_REFUSAL: Final = """
CREATE TRIGGER "{table}_no_{action}" BEFORE {action} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """From nothing."""
    _create_tables()
    _make_append_only()


def downgrade() -> None:
    """There is no way back: a ledger is never dropped by a program."""
    raise NotImplementedError("version 0001 is the first")


def _make_append_only() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        op.execute(_POSTGRES_FUNCTION)
    refusal = _POSTGRES_REFUSAL if postgres else _SQLITE_REFUSAL
    for table in APPEND_ONLY:
        for action in ("UPDATE", "DELETE", "TRUNCATE") if postgres else ("UPDATE", "DELETE"):
            op.execute(refusal.format(table=table, action=action))


def _create_tables() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("flagged", INT, server_default="0", nullable=False),
        sa.Column("opened_at_ms", INT, nullable=False),
        sa.CheckConstraint("status IN ('active', 'blocked', 'closed')", name="account_status"),
        sa.CheckConstraint("flagged IN (0, 1)", name="flagged_or_not"),
        sa.PrimaryKeyConstraint("account"),
        sqlite_strict=True,
    )

    op.create_table(
        "clock_anchors",
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("since_boot_ms", INT, nullable=False),
        sa.Column("wall_ms", INT, nullable=False),
        sa.Column("server_ms", INT, nullable=False),
        sa.PrimaryKeyConstraint("boot"),
        sqlite_strict=True,
    )

    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("count", INT, nullable=False),
        sa.PrimaryKeyConstraint("name", "reason"),
        sqlite_strict=True,
    )

    op.create_table(
        "devices",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("added_at_ms", INT, nullable=False),
        sa.Column("online", INT, server_default="0", nullable=False),
        sa.Column("seen_at_ms", INT, nullable=True),
        sa.Column("left_at_ms", INT, nullable=True),
        sa.Column("modalities", sa.Text(), server_default="", nullable=False),
        sa.Column("software", sa.Text(), server_default="", nullable=False),
        sa.Column("model_hash", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("status IN ('active', 'revoked')", name="device_status"),
        sa.CheckConstraint("online IN (0, 1)", name="online_or_not"),
        sa.PrimaryKeyConstraint("device"),
        sqlite_strict=True,
    )

    op.create_table(
        "inbox",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=False),
        sa.Column("received_at_ms", INT, nullable=False),
        sa.PrimaryKeyConstraint("device", "message_id"),
        sqlite_strict=True,
    )
    op.create_index("inbox_by_time", "inbox", ["received_at_ms"], unique=False)

    op.create_table(
        "journal_entries",
        sa.Column("entry_number", INT, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("at_ms", INT, nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_number"),
        sa.UniqueConstraint("entry_hash"),
        sa.UniqueConstraint("previous_hash"),
        sqlite_strict=True,
    )
    op.create_index("journal_entries_by_payment", "journal_entries", ["payment_id"], unique=False)

    op.create_table(
        "ledger_accounts",
        sa.Column("ledger_account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("balance_minor", INT, nullable=False),
        sa.Column("floor_minor", INT, nullable=True),
        sa.Column("opened_at_ms", INT, nullable=False),
        sa.CheckConstraint("floor_minor IS NULL OR balance_minor >= floor_minor", name="never_below_its_floor"),
        sa.PrimaryKeyConstraint("ledger_account", "currency"),
        sqlite_strict=True,
    )

    op.create_table(
        "tallies",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("failures", INT, nullable=False),
        sa.Column("failures_in_all", INT, nullable=False),
        sa.Column("last_failed_at_ms", INT, nullable=False),
        sa.PrimaryKeyConstraint("account", "modality"),
        sqlite_strict=True,
    )

    op.create_table(
        "unlocks",
        sa.Column("unlock_id", INT, autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("failures", INT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("unlocked_at_ms", INT, nullable=False),
        sa.PrimaryKeyConstraint("unlock_id"),
        sqlite_strict=True,
    )
    op.create_index("unlocks_by_account", "unlocks", ["account", "modality"], unique=False)

    op.create_table(
        "payments",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("payer_account", sa.Text(), nullable=False),
        sa.Column("payee_account", sa.Text(), nullable=False),
        sa.Column("payer_device", sa.Text(), nullable=False),
        sa.Column("amount_minor", INT, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", INT, nullable=False),
        sa.Column("released_minor", INT, server_default="0", nullable=False),
        sa.Column("refunded_minor", INT, server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("first_verdict", sa.Text(), nullable=True),
        sa.Column("first_result_at_ms", INT, nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at_ms", INT, nullable=False),
        sa.Column("updated_at_ms", INT, nullable=False),
        sa.PrimaryKeyConstraint("payment_id"),
        sqlite_strict=True,
    )
    op.create_index("payments_by_payee", "payments", ["payee_account", "state"], unique=False)
    op.create_index("payments_by_result", "payments", ["payee_account", "first_result_at_ms"], unique=False)
    op.create_index(
        "payments_by_verdict", "payments", ["payee_account", "first_verdict", "first_result_at_ms"], unique=False
    )
    op.create_index("payments_by_payer", "payments", ["payer_account", "created_at_ms"], unique=False)
    op.create_index("payments_by_time", "payments", ["created_at_ms"], unique=False)
    op.create_index("payments_by_state", "payments", ["state", "created_at_ms"], unique=False)

    op.create_table(
        "operators",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("added_at_ms", INT, nullable=False),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("revoked_at_ms", INT, nullable=True),
        sa.Column("revoked_signature", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'active', 'revoked')", name="operator_status"),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("public_key"),
        sqlite_strict=True,
    )

    op.create_table(
        "operator_confirmations",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("confirmed_at_ms", INT, nullable=False),
        sa.Column("confirmed_signature", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("confirmed_by <> name", name="confirmed_by_another"),
        sa.ForeignKeyConstraint(
            ["name"],
            ["operators.name"],
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"],
            ["operators.name"],
        ),
        sa.PrimaryKeyConstraint("name", "confirmed_by"),
        sqlite_strict=True,
    )

    op.create_table(
        "orders",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", INT, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at_ms", INT, nullable=False),
        sa.Column("asked_signature", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at_ms", INT, nullable=True),
        sa.Column("answered_signature", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('release', 'refund')", name="order_kind"),
        sa.CheckConstraint("amount_minor > 0", name="orders_something"),
        sa.CheckConstraint("state IN ('asked', 'done', 'rejected')", name="order_state"),
        sa.CheckConstraint(
            "state <> 'done' OR (answered_by IS NOT NULL AND answered_by <> asked_by)", name="two_people"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.payment_id"],
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["operators.name"],
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["operators.name"],
        ),
        sa.PrimaryKeyConstraint("order_id"),
        sqlite_strict=True,
    )
    op.create_index("orders_by_payment", "orders", ["payment_id"], unique=False)
    op.create_index("orders_by_state", "orders", ["state", "asked_at_ms"], unique=False)

    op.create_table(
        "disputes",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at_ms", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.account"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.payment_id"],
        ),
        sa.PrimaryKeyConstraint("payment_id"),
        sqlite_strict=True,
    )
    op.create_index("disputes_by_account", "disputes", ["account", "at_ms"], unique=False)

    op.create_table(
        "device_accounts",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("added_at_ms", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.account"],
        ),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.device"],
        ),
        sa.PrimaryKeyConstraint("device", "account"),
        sqlite_strict=True,
    )
    op.create_index("device_accounts_by_account", "device_accounts", ["account"], unique=False)

    op.create_table(
        "directory",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("modalities", sa.Text(), nullable=False),
        sa.Column("added_at_ms", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.account"],
        ),
        sa.PrimaryKeyConstraint("account"),
        sqlite_strict=True,
    )

    op.create_table(
        "enrolments",
        sa.Column("enrolment_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("enrolled_at_ms", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.account"],
        ),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.device"],
        ),
        sa.PrimaryKeyConstraint("enrolment_id"),
        sqlite_strict=True,
    )

    op.create_table(
        "instructions",
        sa.Column("instruction_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at_ms", INT, nullable=False),
        sa.Column("deadline_ms", INT, nullable=False),
        sa.Column("used_at_ms", INT, nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.payment_id"],
        ),
        sa.PrimaryKeyConstraint("instruction_id"),
        sa.UniqueConstraint("nonce"),
        sqlite_strict=True,
    )
    op.create_index("instructions_by_payment", "instructions", ["payment_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("sequence", INT, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("created_at_ms", INT, nullable=False),
        sa.Column("expires_at_ms", INT, nullable=True),
        sa.Column("sends", INT, server_default="0", nullable=False),
        sa.Column("next_send_at_ms", INT, nullable=True),
        sa.Column("acked_at_ms", INT, nullable=True),
        sa.Column("given_up_at_ms", INT, nullable=True),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.device"],
        ),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("message_id"),
        sqlite_strict=True,
    )
    op.create_index("outbox_by_device", "outbox", ["device", "next_send_at_ms"], unique=False)
    op.create_index("outbox_by_due", "outbox", ["next_send_at_ms"], unique=False)

    op.create_table(
        "payment_events",
        sa.Column("event_id", INT, autoincrement=True, nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("at_ms", INT, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.payment_id"],
        ),
        sa.PrimaryKeyConstraint("event_id"),
        sqlite_strict=True,
    )
    op.create_index("payment_events_by_payment", "payment_events", ["payment_id"], unique=False)

    op.create_table(
        "postings",
        sa.Column("entry_number", INT, nullable=False),
        sa.Column("position", INT, nullable=False),
        sa.Column("ledger_account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.entry_number"],
        ),
        sa.CheckConstraint("amount_minor <> 0", name="moves_something"),
        sa.PrimaryKeyConstraint("entry_number", "position"),
        sqlite_strict=True,
    )
    op.create_index("postings_by_account", "postings", ["ledger_account", "currency"], unique=False)

    op.create_table(
        "template_digests",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("seen_at_ms", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.account"],
        ),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_strict=True,
    )

    op.create_table(
        "receipts",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("revision", INT, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("opening", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at_ms", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.payment_id"],
        ),
        sa.PrimaryKeyConstraint("payment_id", "revision"),
        sqlite_strict=True,
    )

    op.create_table(
        "timers",
        sa.Column("timer_id", INT, autoincrement=True, nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at_ms", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.payment_id"],
        ),
        sa.PrimaryKeyConstraint("timer_id"),
        sqlite_strict=True,
    )
    op.create_index("timers_by_due", "timers", ["due_at_ms"], unique=False)
    op.create_index("timers_by_payment", "timers", ["payment_id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("attempt_id", INT, autoincrement=True, nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("instruction_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("modalities", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_hash", sa.LargeBinary(), nullable=False),
        sa.Column("received_at_ms", INT, nullable=False),
        sa.Column("concluded_at_ms", INT, nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instruction_id"],
            ["instructions.instruction_id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.payment_id"],
        ),
        sa.PrimaryKeyConstraint("attempt_id"),
        sa.UniqueConstraint("instruction_id"),
        sqlite_strict=True,
    )
    op.create_index("attempts_by_payment", "attempts", ["payment_id"], unique=False)
    op.create_index("attempts_pending", "attempts", ["concluded_at_ms"], unique=False)

    op.create_table(
        "reference_templates",
        sa.Column("reference_id", INT, autoincrement=True, nullable=False),
        sa.Column("enrolment_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("model_hash", sa.Text(), nullable=False),
        sa.Column("samples", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.account"],
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
        ),
        sa.PrimaryKeyConstraint("reference_id"),
        sqlite_strict=True,
    )
    op.create_index("reference_templates_by_account", "reference_templates", ["account", "modality"], unique=False)
