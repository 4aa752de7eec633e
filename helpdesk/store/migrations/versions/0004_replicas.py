"""The Rasa servers and web processes of several machines, and the publication that each is ready for."""

from __future__ import annotations

from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE IF NOT EXISTS replicas (id TEXT NOT NULL, publication TEXT NOT NULL, kind TEXT NOT NULL,"
        " address TEXT NOT NULL DEFAULT '', beat_at DOUBLE PRECISION NOT NULL, refused TEXT, PRIMARY KEY (id, publication))"
    )
