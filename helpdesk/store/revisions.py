"""Every text that a file of the draft has had. Rows are added, never changed; those of one change share the start of their id."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helpdesk.store.database import Database, Row

SHOWN = 200


@dataclass(frozen=True)
class Revision:
    """What a file held from then on; `text` is None where it was taken away, `staff` where it was changed outside the studio."""

    id: str
    at: float
    staff: str | None
    file: str
    text: str | None
    note: str = ""

    @property
    def change(self) -> str:
        """Return what the files that were changed together have in common."""
        return self.id.partition("-")[0]


def new_change() -> str:
    """Return the id of a change; it begins with the time, so that changes keep their order."""
    return f"{time.time_ns():016x}{secrets.token_hex(4)}"


class Revisions:
    """The rows of the table revisions."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def add(self, rows: Sequence[Revision]) -> None:
        """Add rows, all or none; one that is there already stays as it is."""
        with self.database.write() as db:
            db.run_many(
                "INSERT INTO revisions (id, at, staff, file, text, note) VALUES (:id, :at, :staff, :file, :text, :note)"
                " ON CONFLICT DO NOTHING",
                [vars(row) for row in rows],
            )

    def of(self, file: str, limit: int = SHOWN) -> list[Revision]:
        """Return what became of a file, newest first."""
        sql = "SELECT * FROM revisions WHERE file = :file ORDER BY id DESC LIMIT :limit"
        with self.database.read() as db:
            return [_revision(row) for row in db.all(sql, file=file, limit=limit)]

    def latest(self, file: str) -> Revision | None:
        return next(iter(self.of(file, 1)), None)

    def find(self, id: str) -> Revision | None:
        with self.database.read() as db:
            row = db.one("SELECT * FROM revisions WHERE id = :id", id=id)
        return _revision(row) if row else None

    def before(self, revision: Revision) -> Revision | None:
        """Return what the file held before."""
        sql = "SELECT * FROM revisions WHERE file = :file AND id < :id ORDER BY id DESC LIMIT 1"
        with self.database.read() as db:
            row = db.one(sql, file=revision.file, id=revision.id)
        return _revision(row) if row else None

    def of_change(self, change: str) -> list[Revision]:
        """Return the files that were changed together, the one that the change is about first."""
        sql = "SELECT * FROM revisions WHERE id >= :low AND id < :high ORDER BY id"
        with self.database.read() as db:
            return [_revision(row) for row in db.all(sql, low=f"{change}-", high=f"{change}.")]


def _revision(row: Row) -> Revision:
    return Revision(row["id"], row["at"], row["staff"], row["file"], row["text"], row["note"])
