"""The tables, for SQLite's STRICT mode and for PostgreSQL alike: Integer, Text and LargeBinary only. Pure.

Times are server milliseconds (`_at_ms`), amounts minor units (`_minor`), booleans 0 or 1. What the database itself
refuses (a balance below its floor, a changed posting) stands in the migrations' triggers and in the checks here.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text

from server_mqtt.shell import operator_tables as operator_tables
from server_mqtt.shell.tables import INT, table
from server_mqtt.shell.tables import METADATA as METADATA  # whoever compares or makes the tables wants all of them

# --- who there is ---

accounts = table(
    "accounts",
    Column("account", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column(
        "status",
        Text,
        CheckConstraint("status IN ('active', 'blocked', 'closed')", name="account_status"),
        nullable=False,
    ),
    Column(
        "flagged", INT, CheckConstraint("flagged IN (0, 1)", name="flagged_or_not"), nullable=False, server_default="0"
    ),
    Column("opened_at_ms", INT, nullable=False),
)

directory = table(
    "directory",
    Column("account", Text, ForeignKey("accounts.account"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("modalities", Text, nullable=False),
    Column("added_at_ms", INT, nullable=False),
)

devices = table(
    "devices",
    Column("device", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("status", Text, CheckConstraint("status IN ('active', 'revoked')", name="device_status"), nullable=False),
    Column("added_at_ms", INT, nullable=False),
    Column(
        "online", INT, CheckConstraint("online IN (0, 1)", name="online_or_not"), nullable=False, server_default="0"
    ),
    Column("seen_at_ms", INT),
    Column("left_at_ms", INT),
    Column("modalities", Text, nullable=False, server_default=""),
    Column("software", Text, nullable=False, server_default=""),
    Column("model_hash", Text, nullable=False, server_default=""),
)

device_accounts = table(
    "device_accounts",
    Column("device", Text, ForeignKey("devices.device"), primary_key=True),
    Column("account", Text, ForeignKey("accounts.account"), primary_key=True),
    Column("added_at_ms", INT, nullable=False),
    Index("device_accounts_by_account", "account"),
)

# --- biometrics ---

enrolments = table(
    "enrolments",
    Column("enrolment_id", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.account"), nullable=False),
    Column("device", Text, ForeignKey("devices.device"), nullable=False),
    Column("enrolled_at_ms", INT, nullable=False),
)

reference_templates = table(
    "reference_templates",
    Column("reference_id", INT, primary_key=True, autoincrement=True),
    Column("enrolment_id", Text, ForeignKey("enrolments.enrolment_id"), nullable=False),
    Column("account", Text, ForeignKey("accounts.account"), nullable=False),
    Column("modality", Text, nullable=False),
    Column("encrypted", LargeBinary, nullable=False),
    Column("model_hash", Text, nullable=False),
    Column("samples", INT, nullable=False),
    Index("reference_templates_by_account", "account", "modality"),
)

template_digests = table(
    "template_digests",
    Column("digest", LargeBinary, primary_key=True),
    Column("account", Text, ForeignKey("accounts.account"), nullable=False),
    Column("seen_at_ms", INT, nullable=False),
)

tallies = table(
    "tallies",
    Column("account", Text, primary_key=True),
    Column("modality", Text, primary_key=True),
    Column("failures", INT, nullable=False),
    Column("failures_in_all", INT, nullable=False),
    Column("last_failed_at_ms", INT, nullable=False),
)

# --- payments ---

payments = table(
    "payments",
    Column("payment_id", Text, primary_key=True),
    Column("payer_account", Text, nullable=False),
    Column("payee_account", Text, nullable=False),
    Column("payer_device", Text, nullable=False),
    Column("amount_minor", INT, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", INT, nullable=False),
    Column("released_minor", INT, nullable=False, server_default="0"),
    Column("refunded_minor", INT, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("first_verdict", Text),
    Column("first_result_at_ms", INT),
    Column("document", Text, nullable=False),
    Column("created_at_ms", INT, nullable=False),
    Column("updated_at_ms", INT, nullable=False),
    Index("payments_by_payee", "payee_account", "state"),
    Index("payments_by_result", "payee_account", "first_result_at_ms"),
    Index("payments_by_verdict", "payee_account", "first_verdict", "first_result_at_ms"),
    Index("payments_by_payer", "payer_account", "created_at_ms"),
    Index("payments_by_time", "created_at_ms"),
    Index("payments_by_state", "state", "created_at_ms"),
)

payment_events = table(
    "payment_events",
    Column("event_id", INT, primary_key=True, autoincrement=True),
    Column("payment_id", Text, ForeignKey("payments.payment_id"), nullable=False),
    Column("at_ms", INT, nullable=False),
    Column("event", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("reason", Text),
    Column("detail", Text, nullable=False),
    Index("payment_events_by_payment", "payment_id"),
)

instructions = table(
    "instructions",
    Column("instruction_id", Text, primary_key=True),
    Column("payment_id", Text, ForeignKey("payments.payment_id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("nonce", LargeBinary, nullable=False, unique=True),
    Column("issued_at_ms", INT, nullable=False),
    Column("deadline_ms", INT, nullable=False),
    Column("used_at_ms", INT),
    Index("instructions_by_payment", "payment_id"),
)

attempts = table(
    "attempts",
    Column("attempt_id", INT, primary_key=True, autoincrement=True),
    Column("payment_id", Text, ForeignKey("payments.payment_id"), nullable=False),
    Column("instruction_id", Text, ForeignKey("instructions.instruction_id"), nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("modalities", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("answer_hash", LargeBinary, nullable=False),
    Column("received_at_ms", INT, nullable=False),
    Column("concluded_at_ms", INT),
    Column("verdict", Text),
    Column("reason", Text),
    Index("attempts_by_payment", "payment_id"),
    Index("attempts_pending", "concluded_at_ms"),
)

receipts = table(
    "receipts",
    Column("payment_id", Text, ForeignKey("payments.payment_id"), primary_key=True),
    Column("revision", INT, primary_key=True),
    Column("state", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("opening", LargeBinary, nullable=False),
    Column("issued_at_ms", INT, nullable=False),
)

disputes = table(
    "disputes",
    Column("payment_id", Text, ForeignKey("payments.payment_id"), primary_key=True),
    Column("account", Text, ForeignKey("accounts.account"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_ms", INT, nullable=False),
    Index("disputes_by_account", "account", "at_ms"),
)

timers = table(
    "timers",
    Column("timer_id", INT, primary_key=True, autoincrement=True),
    Column("payment_id", Text, ForeignKey("payments.payment_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("due_at_ms", INT, nullable=False),
    Index("timers_by_due", "due_at_ms"),
    Index("timers_by_payment", "payment_id"),
)

# --- messages ---

inbox = table(
    "inbox",
    Column("device", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("reply", LargeBinary, nullable=False),
    Column("received_at_ms", INT, nullable=False),
    Index("inbox_by_time", "received_at_ms"),
)

outbox = table(
    "outbox",
    Column("sequence", INT, primary_key=True, autoincrement=True),
    Column("message_id", Text, nullable=False, unique=True),
    Column("device", Text, ForeignKey("devices.device"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("payment_id", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("payload", LargeBinary),
    Column("created_at_ms", INT, nullable=False),
    Column("expires_at_ms", INT),
    Column("sends", INT, nullable=False, server_default="0"),
    Column("next_send_at_ms", INT),
    Column("acked_at_ms", INT),
    Column("given_up_at_ms", INT),
    Index("outbox_by_due", "next_send_at_ms"),
    Index("outbox_by_device", "device", "next_send_at_ms"),
)

counters = table(
    "counters",
    Column("name", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", INT, nullable=False),
)

clock_anchors = table(
    "clock_anchors",
    Column("boot", Text, primary_key=True),
    Column("since_boot_ms", INT, nullable=False),
    Column("wall_ms", INT, nullable=False),
    Column("server_ms", INT, nullable=False),
)

# --- money ---

ledger_accounts = table(
    "ledger_accounts",
    Column("ledger_account", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("balance_minor", INT, nullable=False),
    Column("floor_minor", INT),
    Column("opened_at_ms", INT, nullable=False),
    CheckConstraint("floor_minor IS NULL OR balance_minor >= floor_minor", name="never_below_its_floor"),
)

journal_entries = table(
    "journal_entries",
    Column("entry_number", INT, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("payment_id", Text, nullable=False),
    Column("at_ms", INT, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False, unique=True),
    Column("entry_hash", LargeBinary, nullable=False, unique=True),
    Index("journal_entries_by_payment", "payment_id"),
)

postings = table(
    "postings",
    Column("entry_number", INT, ForeignKey("journal_entries.entry_number"), primary_key=True),
    Column("position", INT, primary_key=True),
    Column("ledger_account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", INT, CheckConstraint("amount_minor <> 0", name="moves_something"), nullable=False),
    Index("postings_by_account", "ledger_account", "currency"),
)

APPEND_ONLY: Final = ("journal_entries", "postings", "payment_events", "unlocks", "receipts", "operator_confirmations")
"""Tables whose rows the database refuses to change or to delete."""
