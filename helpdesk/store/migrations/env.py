"""Run the migrations in the transaction that was begun for them: all of them, or none."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection)
context.run_migrations()
