"""What the desk reads: its lists with their counts, and one conversation with all that belongs to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from helpdesk.store.database import Database, Row, Transaction
from helpdesk.store.rows import KEPT

LIST = 100
SEARCHED = 2000  # conversations, the newest first
OWNERS = {"waiting": "waiting", "mine": "navigator", "bot": "bot", "closed": "closed"}
ROWS = (
    "SELECT c.id, c.owner, c.navigator, c.flagged, c.last_at, c.last_seq, s.name AS holder,"
    " h.asked_at, h.reason"
    " FROM conversations c LEFT JOIN staff s ON s.id = c.navigator"
    " LEFT JOIN handoffs h ON h.conversation = c.id AND h.ended_at IS NULL"
)
# Whoever asked for a person and is neither in the queue nor with a navigator, nor got one of the three ends or the line at once.
UNENDED = (
    "SELECT COUNT(*) AS number FROM handoffs h LEFT JOIN conversations c ON c.id = h.conversation WHERE"
    " (h.ended_at IS NOT NULL AND h.ended NOT IN ('answered', 'called_back', 'cancelled', 'line'))"
    " OR (h.ended_at IS NULL AND (c.id IS NULL OR c.owner NOT IN ('waiting', 'navigator')))"
)
# What was said of danger in the chats where nobody has seen to it yet.
DANGER = (
    "SELECT COUNT(*) AS number FROM conversations c JOIN events e ON e.conversation = c.id"
    " WHERE c.flagged IS NOT NULL AND c.owner <> 'closed' AND e.route IN ('crisis', 'emergency')"
)
Listed = dict[str, Any]


class DeskView:
    """Read only."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def counts(self, staff: str) -> dict[str, int]:
        with self.database.read() as db:
            owners = {
                row["owner"]: int(row["number"])
                for row in db.all("SELECT owner, COUNT(*) AS number FROM conversations WHERE last_seq > 1 GROUP BY owner")
            }
            mine = _number(
                db, "SELECT COUNT(*) AS number FROM conversations WHERE owner = 'navigator' AND navigator = :id", id=staff
            )
            callbacks = _number(db, "SELECT COUNT(*) AS number FROM callbacks WHERE state = 'open'")
            danger = _number(db, DANGER)
            unended = _number(db, UNENDED)
        return {
            "waiting": owners.get("waiting", 0),
            "mine": mine,
            "bot": owners.get("bot", 0),
            "callbacks": callbacks,
            "closed": owners.get("closed", 0),
            "danger": danger,
            "unended": unended,
        }

    def rows(self, queue: str, staff: str, search: str | None = None) -> list[Listed]:
        """Return a list of the desk: waiting by the longest wait, the others by danger, then by the last word.

        `mine` holds what other navigators have too, after one's own: a chat must be found whoever has it.
        """
        order = "h.asked_at" if queue == "waiting" else "CASE WHEN c.flagged IS NULL THEN 1 ELSE 0 END, c.last_at DESC"
        where = f"{ROWS} WHERE c.owner = :owner AND c.last_seq > 1 AND {KEPT} ORDER BY {order} LIMIT :limit"
        since = self.database.kept_since()
        with self.database.read() as db:
            found = db.all(where, owner=OWNERS[queue], limit=SEARCHED if search else LIST, kept_since=since)
            rows = [row for row in found if not search or _holds(db, row["id"], search)][:LIST]
            listed = [_listed(db, row) for row in rows]
        if queue == "mine":
            listed.sort(key=lambda row: row["navigator"] != staff)
        return listed

    def conversation(self, conversation: str) -> Listed | None:
        with self.database.read() as db:
            row = db.one(f"{ROWS} WHERE c.id = :id AND {KEPT}", id=conversation, kept_since=self.database.kept_since())
            return _listed(db, row) if row else None

    def events(self, conversation: str) -> list[dict[str, Any]]:
        with self.database.read() as db:
            rows = db.all("SELECT body FROM events WHERE conversation = :id ORDER BY seq", id=conversation)
        return [json.loads(row["body"]) for row in rows]

    def notes(self, conversation: str) -> list[Row]:
        with self.database.read() as db:
            return db.all(
                "SELECT n.id, n.at, n.staff, s.name, n.text FROM notes n LEFT JOIN staff s ON s.id = n.staff"
                " WHERE n.conversation = :id ORDER BY n.at",
                id=conversation,
            )

    def handoffs(self, conversation: str) -> list[Row]:
        with self.database.read() as db:
            return db.all("SELECT * FROM handoffs WHERE conversation = :id ORDER BY asked_at", id=conversation)


def _listed(db: Transaction, row: Row) -> Listed:
    last = db.one("SELECT body FROM events WHERE conversation = :id AND kind = 'message' ORDER BY seq DESC LIMIT 1", id=row["id"])
    answered = db.one(
        "SELECT body FROM events WHERE conversation = :id AND route = 'answer' ORDER BY seq DESC LIMIT 1", id=row["id"]
    )
    unread = _number(
        db,
        "SELECT COUNT(*) AS number FROM events WHERE conversation = :id AND author = 'visitor' AND seq >"
        " COALESCE((SELECT MAX(seq) FROM events WHERE conversation = :id AND author = 'navigator'), 0)",
        id=row["id"],
    )
    event = json.loads(last["body"]) if last else {}
    topics = [half["topic"] for half in json.loads(answered["body"])["answers"] if half["topic"]] if answered else []
    return {
        **row,
        "asked_at": row["asked_at"] or row["last_at"],  # a ledger that was repaired by hand must not hide who waits
        "last": event.get("text", ""),
        "last_author": event.get("author"),
        "topic": topics[0] if topics else None,
        "unread": unread,
    }


def _holds(db: Transaction, conversation: str, search: str) -> bool:
    """Say whether every word stands somewhere in what was said."""
    rows = db.all("SELECT body FROM events WHERE conversation = :id", id=conversation)
    said = " ".join(json.loads(row["body"]).get("text", "") for row in rows).casefold()
    wanted = search.casefold().strip()
    return title_of(conversation).casefold() == wanted or all(word in said for word in wanted.split())


def title_of(conversation: str) -> str:
    """Return the name that staff have for a visitor: four digits of the conversation's id, the same for all of them."""
    return f"Visitor {int(conversation[:8], 16) % 10_000:04d}"


def _number(db: Transaction, sql: str, **values: Any) -> int:
    row = db.one(sql, **values)
    return int(row["number"]) if row else 0
