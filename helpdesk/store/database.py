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

from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.store.audit_chain import chain
from helpdesk.store.schema import bring_up

READERS = 4
THREADS = 8
BUSY_SECONDS = 5.0
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}",
    "PRAGMA secure_delete=ON",
)
# Of PostgreSQL's connections: a server that is gone is noticed in seconds, and a process that hangs holds up nobody for long.
CONNECTED = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "helpdesk",
    "options": "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000",
}
AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, exc.InternalError)

P = ParamSpec("P")
T = TypeVar("T")
Row = Mapping[str, Any]


class Transaction:
    """Run statements with named values on one connection."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.deeds: list[dict[str, Any]] = []  # for the audit; written last, so that its lock is held for a moment only

    def run(self, sql: str, **values: Any) -> int:
        """Return how many rows were changed."""
        return int(self._execute(sql, values).rowcount)

    def run_many(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._execute(sql, list(rows))

    def one(self, sql: str, **values: Any) -> Row | None:
        row: Row | None = self._execute(sql, values).mappings().first()
        return row

    def all(self, sql: str, **values: Any) -> list[Row]:
        return list(self._execute(sql, values).mappings())

    def _execute(self, sql: str, values: Any) -> Any:
        try:
            return self.connection.execute(statement(sql), values)
        except ValueError:  # a sign that no database can keep: NUL, or half of a pair of surrogates
            raise Refusal("invalid") from None


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
        self.writer = self._engine(1 if self.is_sqlite else THREADS)
        self.reader = self._engine(READERS) if self.is_sqlite else self.writer
        if self.is_sqlite:
            sa.event.listen(self.writer, "begin", _begin_immediate)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self.audit_keys: Sequence[str] = ("",)
        self.kept_since: Callable[[], float] = lambda: 0.0  # what was last used before is due to be erased, and hidden
        with _translated():
            bring_up(self.reader.connect, self.writer.begin)

    def _engine(self, size: int) -> Any:
        # A second thread that wants to write waits here, for the one connection, and not in SQLite's sleeping retries.
        options: dict[str, Any] = {"poolclass": QueuePool, "pool_size": size, "max_overflow": 0, "pool_timeout": BUSY_SECONDS}
        options["connect_args"] = self.connect_args
        # hide_parameters: an error's text must not carry a visitor's words into a log.
        engine = sa.create_engine(self.url, future=True, hide_parameters=True, pool_pre_ping=not self.is_sqlite, **options)
        if self.is_sqlite:
            sa.event.listen(engine, "connect", _set_up_sqlite)
        return engine

    @property
    def connect_args(self) -> dict[str, Any]:
        """Return how to connect; what the address itself says comes first."""
        ours = {"check_same_thread": False, "timeout": BUSY_SECONDS} if self.is_sqlite else CONNECTED
        return {name: value for name, value in ours.items() if name not in self.url.query}

    @contextlib.contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction, committed whole when the block ends without an error."""
        with _translated(), self.writer.begin() as connection:
            transaction = Transaction(connection)
            yield transaction
            if transaction.deeds:
                chain(transaction, transaction.deeds, key=self.audit_keys[0], lock_row=self.lock_row)

    @contextlib.contextmanager
    def read(self) -> Iterator[Transaction]:
        with _translated(), self.reader.connect() as connection:
            yield Transaction(connection)

    def one_at_a_time(self, db: Transaction) -> None:
        """Let one such transaction go on at a time: PostgreSQL's others wait for this row."""
        db.one(f"SELECT value FROM meta WHERE name = 'schema'{self.lock_row}")

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
    except exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise StoreUnavailable(type(error.__cause__ or error).__name__) from error


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
