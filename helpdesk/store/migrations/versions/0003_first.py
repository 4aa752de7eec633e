"""The first version with migrations, from an empty database or from a ledger of version 1, 2 or 3."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from helpdesk.store.schema import statements

revision = "3"
down_revision = None

TABLES = Path(__file__).parent.parent / "version_3.sql"
# What tables of version 1 and 2 lack; tables that were new then are made with the others.
COLUMNS = {
    "conversations": ("navigator TEXT", "teaching BIGINT NOT NULL DEFAULT 0"),
    "callbacks": ("due DOUBLE PRECISION", "tries BIGINT NOT NULL DEFAULT 0", "staff TEXT", "ended_at DOUBLE PRECISION"),
}


def upgrade() -> None:
    there = sa.inspect(op.get_bind())
    for table, columns in COLUMNS.items():
        if there.has_table(table):
            known = {column["name"] for column in there.get_columns(table)}
            for column in columns:
                if column.split()[0] not in known:
                    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    for part in statements(TABLES):
        op.execute(part)
