"""Words between the web processes of one PostgreSQL ledger: LISTEN and NOTIFY. Nothing is lost with them but a little time."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from helpdesk.store.database import Database

CHANNEL = "helpdesk"
LONGEST = 7000  # bytes of one word; PostgreSQL takes fewer than 8000
AGAIN_SECONDS = 1.0
LOOK_SECONDS = 0.3  # at least so often it is seen whether to stop


class Wakes:
    """Says words to every process, its own too, and hears them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.there = not database.is_sqlite  # an SQLite ledger has one process

    def send(self, words: Sequence[str]) -> None:
        with self.database.write() as db:
            for word in words:
                db.run("SELECT pg_notify(:channel, :word)", channel=CHANNEL, word=word)

    def changed(self, since: float) -> list[tuple[str, int]]:
        """Return the conversations that were last used at or after a moment, each with the number of its last event."""
        with self.database.read() as db:
            rows = db.all(
                "SELECT id, last_seq FROM conversations"
                " WHERE owner IN ('bot', 'waiting', 'navigator', 'closed') AND last_at >= :since",
                since=since,
            )
        return [(row["id"], int(row["last_seq"])) for row in rows]

    def listen(self, stop: threading.Event, hear: Callable[[str], None], begun: Callable[[], None]) -> None:
        """Hear until told to stop. Each time that it begins, also anew, something may have been missed: `begun` is called."""
        engine = sa.create_engine(
            self.database.url, future=True, poolclass=sa.pool.NullPool, connect_args=self.database.connect_args
        )
        while not stop.is_set():
            try:
                self._hear(engine, stop, hear, begun)
            except (sa.exc.DBAPIError, OSError):
                stop.wait(AGAIN_SECONDS)

    def _hear(
        self, engine: sa.engine.Engine, stop: threading.Event, hear: Callable[[str], None], begun: Callable[[], None]
    ) -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"LISTEN {CHANNEL}")
            begun()
            raw = connection.connection.dbapi_connection
            while not stop.is_set():
                if select.select([raw], [], [], LOOK_SECONDS) == ([], [], []):
                    continue
                connection.exec_driver_sql("SELECT 1")  # takes in what has come, and fails where the server is gone
                while raw.notifies:
                    hear(raw.notifies.pop(0).payload)
