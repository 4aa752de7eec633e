"""The tables: made whole at the first start, later brought to the version of this program, and refused where they are newer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from helpdesk.errors import SchemaError

SCHEMA_VERSION = "4"
OLDER = ("1", "2", "3")
MIGRATIONS = Path(__file__).with_name("migrations")
TURN = 7_236_174  # of PostgreSQL's advisory locks: one process at a time makes or changes the tables


def bring_up(reading: Callable[[], AbstractContextManager[Any]], writing: Callable[[], AbstractContextManager[Any]]) -> None:
    """Make the tables, or bring them to this version, in one transaction. Raises SchemaError where they are newer."""
    with reading() as connection:
        found = version_of(connection)
    if found != SCHEMA_VERSION:
        with writing() as connection:
            found = _brought_up(connection)
    if found != SCHEMA_VERSION:
        raise SchemaError(found=found or "", wanted=SCHEMA_VERSION)


def version_of(connection: Any) -> str | None:
    """Return the version of the tables; None: there are none."""
    if not sa.inspect(connection).has_table("meta"):
        return None
    row = connection.exec_driver_sql("SELECT value FROM meta WHERE name = 'schema'").first()
    return str(row[0]) if row else None


def statements(path: Path) -> Iterator[str]:
    """Yield the statements of a file."""
    plain = "\n".join(line.split("--")[0] for line in path.read_text(encoding="utf-8").splitlines())
    for part in plain.split(";"):
        if part.strip():
            yield part.strip()


def _brought_up(connection: Any) -> str | None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")  # who serves now must not wait long behind us
    found = version_of(connection)  # another process may have been faster
    if found is None:
        _make(connection)
    elif found in OLDER:
        _migrate(connection)
    return version_of(connection)


def _make(connection: Any) -> None:
    for part in statements(Path(__file__).with_name("schema.sql")):
        connection.exec_driver_sql(part)
    connection.exec_driver_sql(f"INSERT INTO alembic_version (version_num) VALUES ('{SCHEMA_VERSION}')")
    connection.exec_driver_sql(f"INSERT INTO meta (name, value) VALUES ('schema', '{SCHEMA_VERSION}')")


def _migrate(connection: Any) -> None:
    from alembic import command  # only where it is needed: it takes long to import
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.exec_driver_sql(f"UPDATE meta SET value = '{SCHEMA_VERSION}' WHERE name = 'schema'")
