"""What hangs on a conversation or on none: feedback, switches, erasing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from helpdesk.errors import Refusal
from helpdesk.forms import Feedback
from helpdesk.store.audit import record, subject_of
from helpdesk.store.database import Database
from helpdesk.store.outbox import forget_out
from helpdesk.store.rows import locked_conversation

TABLES = ("events", "turns", "offers", "callbacks", "feedback", "devices", "handoffs", "notes", "inbox")


class Extras:
    """What is too small for a part of its own."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def add_feedback(self, conversation: str, feedback: Feedback) -> None:
        """Keep a word on one of our messages; a second one replaces the first."""
        with self.database.write() as db:
            locked_conversation(db, conversation, self.database.lock_row)
            event = db.one(
                "SELECT seq FROM events WHERE conversation = :id AND seq = :seq AND kind = 'message' AND author <> 'visitor'",
                id=conversation, seq=feedback.seq,
            )  # fmt: skip
            if event is None:
                raise Refusal("invalid", field="seq")
            db.run(
                "INSERT INTO feedback (conversation, seq, at, helpful, comment) VALUES (:id, :seq, :at, :helpful, :comment)"
                " ON CONFLICT (conversation, seq)"
                " DO UPDATE SET at = excluded.at, helpful = excluded.helpful, comment = excluded.comment",
                id=conversation, seq=feedback.seq, at=self.clock(), helpful=int(feedback.helpful), comment=feedback.comment,
            )  # fmt: skip

    def feedback(self, conversation: str) -> list[Feedback]:
        with self.database.read() as db:
            rows = db.all("SELECT seq, helpful, comment FROM feedback WHERE conversation = :id ORDER BY seq", id=conversation)
        return [Feedback(seq=row["seq"], helpful=bool(row["helpful"]), comment=row["comment"]) for row in rows]

    def set_switch(self, name: str, on: bool) -> None:
        """Switch the bot (`bot`) or a topic (its id) on or off; it holds from the next message."""
        with self.database.write() as db:
            db.run(
                "INSERT INTO switches (name, is_on, at) VALUES (:name, :on, :at)"
                " ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on, at = excluded.at",
                name=name, on=int(on), at=self.clock(),
            )  # fmt: skip

    def switches(self) -> dict[str, bool]:
        """Return every switch that was ever set; a name that is not there is on."""
        with self.database.read() as db:
            return {row["name"]: bool(row["is_on"]) for row in db.all("SELECT name, is_on FROM switches")}

    def erase(self, conversation: str, *, staff: str | None = None, action: str | None = "erase") -> bool:
        """Delete everything of a conversation; only the hash of its id stays, and in the audit who did it."""
        with self.database.write() as db:
            # What is being written to it now ends first: it would stay behind.
            db.one(f"SELECT id FROM conversations WHERE id = :id{self.database.lock_row}", id=conversation)
            for table in TABLES:
                db.run(f"DELETE FROM {table} WHERE conversation = :id", id=conversation)
            forget_out(db, conversation)
            gone = db.run("DELETE FROM conversations WHERE id = :id", id=conversation) == 1
            if gone:
                hashed = hashlib.sha256(conversation.encode()).hexdigest()
                db.run("INSERT INTO erased (hash, at) VALUES (:hash, :at) ON CONFLICT DO NOTHING", hash=hashed, at=self.clock())
                if action:
                    record(db, at=self.clock(), staff=staff, action=action, subject=subject_of(conversation))
        return gone
