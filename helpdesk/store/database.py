"""Connections and transactions: SQLite with one writer, or PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.pool import QueuePool

from helpdesk.errors import SchemaError, StoreUnavailable

SCHEMA_VERSION = "3"
# What brings a ledger of the version before to the next one; tables that are new are made by schema.sql itself.
STEPS = {
    "1": (
        "ALTER TABLE conversations ADD COLUMN navigator TEXT",
        "ALTER TABLE callbacks ADD COLUMN due DOUBLE PRECISION",
        "ALTER TABLE callbacks ADD COLUMN tries BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE callbacks ADD COLUMN staff TEXT",
        "ALTER TABLE callbacks ADD COLUMN ended_at DOUBLE PRECISION",
        "UPDATE meta SET value = '2' WHERE name = 'schema'",
    ),
    "2": (
        "ALTER TABLE conversations ADD COLUMN teaching BIGINT NOT NULL DEFAULT 0",
        "UPDATE meta SET value = '3' WHERE name = 'schema'",
    ),
}
READERS = 4
BUSY_SECONDS = 5.0
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}",
    "PRAGMA secure_delete=ON",
)
AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, exc.InternalError)

P = ParamSpec("P")
T = TypeVar("T")
Row = Mapping[str, Any]


class Transaction:
    """Run statements with named values on one connection."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def run(self, sql: str, **values: Any) -> int:
        """Return how many rows were changed."""
        return int(self.connection.execute(statement(sql), values).rowcount)

    def run_many(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self.connection.execute(statement(sql), list(rows))

    def one(self, sql: str, **values: Any) -> Row | None:
        row: Row | None = self.connection.execute(statement(sql), values).mappings().first()
        return row

    def all(self, sql: str, **values: Any) -> list[Row]:
        return list(self.connection.execute(statement(sql), values).mappings())


@functools.cache
def statement(sql: str) -> Any:
    """Return the statement, parsed once: every SQL text of this package is a constant."""
    return sa.text(sql)


class Database:
    """Open transactions; run them off the event loop."""

    def __init__(self, url: str) -> None:
        self.url = sa.engine.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.lock_row = "" if self.is_sqlite else " FOR UPDATE"
        if self.is_sqlite:
            _private_file(Path(str(self.url.database)))
        self.writer = self._engine(1 if self.is_sqlite else READERS)
        self.reader = self._engine(READERS) if self.is_sqlite else self.writer
        if self.is_sqlite:
            sa.event.listen(self.writer, "begin", _begin_immediate)
        self.threads = ThreadPoolExecutor(READERS + 4, thread_name_prefix="store")
        self._create()

    def _engine(self, size: int) -> Any:
        # A second thread that wants to write waits here, for the one connection, and not in SQLite's sleeping retries.
        options: dict[str, Any] = {"poolclass": QueuePool, "pool_size": size, "max_overflow": 0, "pool_timeout": BUSY_SECONDS}
        if self.is_sqlite:
            options["connect_args"] = {"check_same_thread": False, "timeout": BUSY_SECONDS}
        # hide_parameters: an error's text must not carry a visitor's words into a log.
        engine = sa.create_engine(self.url, future=True, hide_parameters=True, pool_pre_ping=not self.is_sqlite, **options)
        if self.is_sqlite:
            sa.event.listen(engine, "connect", _set_up_sqlite)
        return engine

    def _create(self) -> None:
        schema = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
        with self.write() as db:
            for part in _statements(schema):
                db.run(part)
            db.run("INSERT INTO meta (name, value) VALUES ('schema', :version) ON CONFLICT DO NOTHING", version=SCHEMA_VERSION)
            version = _version(db)
            while version in STEPS:
                for step in STEPS[version]:
                    db.run(step)
                version = _version(db)
        if version != SCHEMA_VERSION:
            raise SchemaError(found=version, wanted=SCHEMA_VERSION)

    @contextlib.contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction, committed whole when the block ends without an error."""
        with _translated(), self.writer.begin() as connection:
            yield Transaction(connection)

    @contextlib.contextmanager
    def read(self) -> Iterator[Transaction]:
        with _translated(), self.reader.connect() as connection:
            yield Transaction(connection)

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call of the store in one of its threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, functools.partial(call, *args, **kwargs))

    def empty_log(self) -> bool:
        """Write SQLite's log back and cut it to nothing, so that no erased word stays in it; False: try again later."""
        if not self.is_sqlite:
            return True
        with self.read() as db:
            row = db.connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").first()
        return bool(row is not None and row[0] == 0)

    def close(self) -> None:
        self.threads.shutdown(wait=True)
        self.reader.dispose()
        self.writer.dispose()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise StoreUnavailable(type(error.__cause__ or error).__name__) from error


def _version(db: Transaction) -> str:
    row = db.one("SELECT value FROM meta WHERE name = 'schema'")
    return str(row["value"]) if row else ""


def _statements(schema: str) -> Iterator[str]:
    plain = "\n".join(line.split("--")[0] for line in schema.splitlines())
    for part in plain.split(";"):
        if part.strip():
            yield part.strip()


def _private_file(path: Path) -> None:
    """Make the file before SQLite does, for its owner alone; SQLite gives its log and index the same rights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Never one that is there: closing it would end the locks that other connections of this process have on it.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own; ours are begun below
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
