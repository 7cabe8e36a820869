"""Alembic's entry: runs migrations on the connection it is handed, inside the transaction that is open there."""

from __future__ import annotations

from alembic import context

from server_mqtt.shell.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
