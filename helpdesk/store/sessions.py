"""Who is signed in: sessions by the hash of their cookie, and the duty that ends with the last of them."""

from __future__ import annotations

import time
from collections.abc import Callable

from helpdesk.errors import Refusal
from helpdesk.store.audit import record
from helpdesk.store.database import Database, Row, Transaction
from helpdesk.store.staff_rows import IDLE_SECONDS, WHOLE_SECONDS, Staff, staff_of


class Sessions:
    """The part of the store of staff that begins and ends sessions."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def add_session(self, hashed: str, staff_id: str) -> bool:
        """Begin a session, unless the person is no longer active; without another one that still holds it begins off duty."""
        now = self.clock()
        with self.database.write() as db:
            self._forget_old(db, now)
            if not self._locked(db, staff_id)["active"]:
                return False
            self._end_duty(db, staff_id)
            db.run(
                "INSERT INTO sessions (hash, staff, began_at, seen_at) VALUES (:hash, :staff, :now, :now)",
                hash=hashed, staff=staff_id, now=now,
            )  # fmt: skip
            db.run("UPDATE staff SET seen_at = :now WHERE id = :id", id=staff_id, now=now)
            record(db, at=now, staff=staff_id, action="sign_in")
        return True

    def session(self, hashed: str) -> tuple[Staff, float, float] | None:
        """Return whose session it is, when it began, and when it was last used."""
        with self.database.read() as db:
            row = db.one(
                "SELECT staff.*, sessions.began_at, sessions.seen_at AS used_at FROM sessions"
                " JOIN staff ON staff.id = sessions.staff WHERE sessions.hash = :hash AND staff.active = 1",
                hash=hashed,
            )  # fmt: skip
        return (staff_of(row), row["began_at"], row["used_at"]) if row else None

    def touch_session(self, hashed: str) -> None:
        now = self.clock()
        with self.database.write() as db:
            db.run("UPDATE sessions SET seen_at = :now WHERE hash = :hash", hash=hashed, now=now)
            db.run(
                "UPDATE staff SET seen_at = :now WHERE id IN (SELECT staff FROM sessions WHERE hash = :hash)",
                now=now, hash=hashed,
            )  # fmt: skip

    def end_session(self, hashed: str) -> None:
        """End one session; with the last one of a person that is still valid their duty ends too."""
        with self.database.write() as db:
            row = db.one("SELECT staff FROM sessions WHERE hash = :hash", hash=hashed)
            if row is None:
                return
            db.run("DELETE FROM sessions WHERE hash = :hash", hash=hashed)
            self._end_duty(db, row["staff"])

    def end_sessions(self, staff_id: str, *, but: str = "") -> None:
        """End every session of a person, but for the one whose hash is given."""
        with self.database.write() as db:
            db.run("DELETE FROM sessions WHERE staff = :id AND hash <> :but", id=staff_id, but=but)
            self._end_duty(db, staff_id)

    def _forget_old(self, db: Transaction, now: float) -> None:
        before = {"began": now - WHOLE_SECONDS, "used": now - IDLE_SECONDS}
        over = db.all("SELECT DISTINCT staff FROM sessions WHERE began_at <= :began OR seen_at <= :used ORDER BY staff", **before)
        db.run("DELETE FROM sessions WHERE began_at <= :began OR seen_at <= :used", **before)
        for row in over:
            self._end_duty(db, row["staff"])

    def _end_duty(self, db: Transaction, staff_id: str) -> None:
        """End a person's duty where no session is left that could still be used."""
        now = self.clock()
        db.run(
            "UPDATE staff SET on_duty = 0 WHERE id = :id AND NOT EXISTS (SELECT 1 FROM sessions"
            " WHERE staff = :id AND began_at > :began AND seen_at > :used)",
            id=staff_id, began=now - WHOLE_SECONDS, used=now - IDLE_SECONDS,
        )  # fmt: skip

    def _locked(self, db: Transaction, staff_id: str) -> Row:
        row = db.one(f"SELECT * FROM staff WHERE id = :id{self.database.lock_row}", id=staff_id)
        if row is None:
            raise Refusal("not_found")
        return row
