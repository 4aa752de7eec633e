"""Who did what: rows are added, never changed, and no row holds what a visitor wrote."""

from __future__ import annotations

import time
from collections.abc import Callable

from helpdesk.logs import code_of
from helpdesk.store.audit_chain import Verdict, verify
from helpdesk.store.database import Database, Row, Transaction


def subject_of(conversation: str) -> str:
    """Return what stands for a conversation in the audit: it outlives the conversation, and must not lead back to it."""
    return code_of(conversation)


def record(
    db: Transaction, *, at: float, staff: str | None, action: str, subject: str | None = None, detail: str | None = None
) -> None:
    """Add a row in the transaction of the deed itself, as its last step."""
    db.deeds.append({"at": at, "staff": staff, "action": action, "subject": subject, "detail": detail})


class Audit:
    """The audit on its own: deeds that change no other row, reading, and proving that nothing was changed."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def add(self, *, staff: str | None, action: str, subject: str | None = None, detail: str | None = None) -> None:
        with self.database.write() as db:
            record(db, at=self.clock(), staff=staff, action=action, subject=subject, detail=detail)

    def rows(self, limit: int, before: str | None = None) -> list[Row]:
        """Return the newest rows first; `before` is the id of the last row that was seen."""
        with self.database.read() as db:
            last = db.one("SELECT id, at FROM audit WHERE id = :id", id=before) if before else None
            if last is None:
                return db.all("SELECT * FROM audit ORDER BY at DESC, id DESC LIMIT :limit", limit=limit)
            return db.all(
                "SELECT * FROM audit WHERE at < :at OR (at = :at AND id < :id) ORDER BY at DESC, id DESC LIMIT :limit",
                limit=limit, at=last["at"], id=last["id"],
            )  # fmt: skip

    def verify(self, noted: str | None = None) -> Verdict:
        """Say what of the audit was changed or taken away; `noted` is the id of an entry that must still be there."""
        with self.database.read() as db:
            return verify(db, self.database.audit_keys, noted)
