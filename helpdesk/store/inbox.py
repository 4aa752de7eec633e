"""The inbox of what staff may learn from: found in the ledger, where the visitor agreed to it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from helpdesk.errors import Refusal
from helpdesk.store.database import Database, Row, Transaction
from helpdesk.store.rows import KEPT, Event, locked_conversation
from helpdesk.teaching import can_teach, guesses_of, why_of

MOST = 2000  # items that are shown at once, the newest
PAGE = 500
OVERLAP = 60.0  # a moment is taken before its row can be seen by others
READ_TO = "inbox_read_to"

# A reply of the bot, the message that it answers, and what the visitor said of it.
REPLIES = (
    "SELECT r.at AS replied_at, r.conversation, r.seq AS reply_seq, r.body AS reply, v.seq, v.at, v.body AS said, f.helpful"
    " FROM events r JOIN events v ON v.conversation = r.conversation AND v.seq = r.reply_to"
    " JOIN conversations c ON c.id = r.conversation"
    " LEFT JOIN feedback f ON f.conversation = r.conversation AND f.seq = r.seq"
    " WHERE c.teaching = 1 AND r.kind = 'message' AND r.author = 'bot'"
)
SINCE = (
    f"{REPLIES} AND r.at >= :at"
    " AND (r.at > :at OR r.conversation > :conversation OR (r.conversation = :conversation AND r.seq > :seq))"
    " ORDER BY r.at, r.conversation, r.seq LIMIT :limit"
)
RATED = f"{REPLIES} AND f.at >= :at ORDER BY f.at"
OF_ONE = f"{REPLIES} AND r.conversation = :id ORDER BY r.seq"
OPEN = f" FROM inbox i JOIN conversations c ON c.id = i.conversation WHERE c.teaching = 1 AND i.decision IS NULL AND {KEPT}"


@dataclass(frozen=True)
class Item:
    """One message that staff may learn from; `guesses` are the topics that the bot thought of, some with its confidence."""

    id: str
    conversation: str
    seq: int
    at: float
    text: str
    why: str
    route: str | None
    reply: str
    guesses: tuple[tuple[str, float | None], ...]
    marked_by: str | None


class Inbox:
    """Who agreed, and what came of it. Every read looks first whether the ledger has something new."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def agree(self, conversation: str, agreed: bool) -> None:
        """Keep the visitor's word; a yes counts for what was said before too, a no takes back what is undecided."""
        with self.database.write() as db:
            locked_conversation(db, conversation, self.database.lock_row)
            db.run("UPDATE conversations SET teaching = :agreed WHERE id = :id", agreed=int(agreed), id=conversation)
            if not agreed:
                db.run("DELETE FROM inbox WHERE conversation = :id AND decision IS NULL", id=conversation)
                return
            self._take(db, db.all(OF_ONE, id=conversation))

    def agreed(self, conversation: str) -> bool:
        with self.database.read() as db:
            row = db.one("SELECT teaching FROM conversations WHERE id = :id", id=conversation)
        return row is not None and bool(row["teaching"])

    def gather(self) -> None:
        """Take in what was replied and rated since the last time."""
        now = self.clock()
        with self.database.read() as db:
            row = db.one("SELECT value FROM meta WHERE name = :name", name=READ_TO)
        since = float(row["value"]) - OVERLAP if row else 0.0
        after: dict[str, Any] | None = {"at": since, "conversation": "", "seq": 0}
        while after:
            after = self._gather_page(after)
        with self.database.write() as db:
            self.database.one_at_a_time(db)
            self._take(db, db.all(RATED, at=since))
            db.run(
                "INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                name=READ_TO, value=repr(now),
            )  # fmt: skip

    def _gather_page(self, after: dict[str, Any]) -> dict[str, Any] | None:
        """Take in some replies; return where the next ones begin, or nothing at the end."""
        with self.database.write() as db:
            self.database.one_at_a_time(db)  # each holds many conversations
            rows = db.all(SINCE, limit=PAGE, **after)
            self._take(db, rows)
        if len(rows) < PAGE:
            return None
        return {"at": rows[-1]["replied_at"], "conversation": rows[-1]["conversation"], "seq": rows[-1]["reply_seq"]}

    def _take(self, db: Transaction, rows: Iterable[Row]) -> None:
        """Put messages into the inbox that belong there; what the visitor found helpful after all leaves it."""
        for row in rows:
            said, reply = json.loads(row["said"]), json.loads(row["reply"])
            why = why_of(reply, None if row["helpful"] is None else bool(row["helpful"]))
            if row["helpful"]:
                db.run(
                    "DELETE FROM inbox WHERE conversation = :id AND seq = :seq AND why = 'not_helpful' AND decision IS NULL",
                    id=row["conversation"], seq=row["seq"],
                )  # fmt: skip
            if why and can_teach(said, reply) and self._still_agrees(db, row["conversation"]):
                _put(db, row["conversation"], row["seq"], row["at"], said, why=why, reply=reply)

    def _still_agrees(self, db: Transaction, conversation: str) -> bool:
        """Look again, and hold the conversation until the end: it may be erased at this moment."""
        sql = f"SELECT id FROM conversations WHERE id = :id AND teaching = 1{self.database.lock_row}"
        return db.one(sql, id=conversation) is not None

    def count(self) -> int:
        self.gather()
        with self.database.read() as db:
            row = db.one(f"SELECT COUNT(*) AS number{OPEN}", kept_since=self.database.kept_since())
        return int(row["number"]) if row else 0

    def items(self) -> list[Item]:
        """Return what is undecided, the newest first."""
        self.gather()
        with self.database.read() as db:
            sql = f"SELECT i.*{OPEN} ORDER BY i.at DESC, i.id LIMIT :limit"
            rows = db.all(sql, limit=MOST, kept_since=self.database.kept_since())
        return [item_of(row) for row in rows]

    def find(self, item: str) -> Item | None:
        """Return an item, decided or not, while its visitor agrees."""
        with self.database.read() as db:
            row = db.one(
                "SELECT i.* FROM inbox i JOIN conversations c ON c.id = i.conversation WHERE c.teaching = 1 AND i.id = :id",
                id=item,
            )
        return item_of(row) if row else None

    def mark(self, conversation: str, seq: int, staff: str) -> None:
        """Put a message into the inbox because a navigator thinks that the bot should learn it."""
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            found = _message(db, conversation, seq)
            if not row["teaching"]:
                raise Refusal("not_agreed")
            if found is None or not can_teach(found[1], found[2]):
                raise Refusal("invalid", field="seq")
            at, said, reply = found
            _put(db, conversation, seq, at, said, why="marked", reply=reply, staff=staff)

    def marks(self, conversation: str) -> dict[int, str | None]:
        """Return the messages that were marked, each with the name of who did it."""
        with self.database.read() as db:
            rows = db.all(
                "SELECT i.seq, s.name FROM inbox i LEFT JOIN staff s ON s.id = i.marked_by"
                " WHERE i.conversation = :id AND i.marked_by IS NOT NULL",
                id=conversation,
            )
        return {row["seq"]: row["name"] for row in rows}


def item_of(row: Row) -> Item:
    reply = json.loads(row["reply"])
    return Item(
        id=row["id"],
        conversation=row["conversation"],
        seq=row["seq"],
        at=row["at"],
        text=row["text"],
        why=row["why"],
        route=reply.get("route"),
        reply=reply.get("text", ""),
        guesses=tuple((topic, sure) for topic, sure in reply.get("guesses", ())),
        marked_by=row["marked_by"],
    )


def _put(
    db: Transaction,
    conversation: str,
    seq: int,
    at: float,
    said: Event,
    *,
    why: str,
    reply: Event | None,
    staff: str | None = None,
) -> None:
    """Add an item; a better reason takes the place of the one that is there, unless it is decided."""
    kept = {"route": reply.get("route"), "text": reply["text"], "guesses": guesses_of(reply)} if reply else {}
    db.run(
        "INSERT INTO inbox (id, conversation, seq, at, text, why, reply, marked_by)"
        " VALUES (:item, :id, :seq, :at, :text, :why, :reply, :staff) ON CONFLICT (conversation, seq) DO UPDATE"
        " SET why = excluded.why, marked_by = COALESCE(excluded.marked_by, inbox.marked_by)"
        " WHERE inbox.decision IS NULL AND (excluded.why = 'marked' OR (excluded.why = 'not_helpful' AND inbox.why <> 'marked'))",
        item=secrets.token_hex(8), id=conversation, seq=seq, at=at, text=said["text"], why=why, reply=json.dumps(kept),
        staff=staff,
    )  # fmt: skip


def _message(db: Transaction, conversation: str, seq: int) -> tuple[float, Event, Event | None] | None:
    """Return a visitor's message and the reply to it."""
    said = db.one(
        "SELECT at, body FROM events WHERE conversation = :id AND seq = :seq AND author = 'visitor'", id=conversation, seq=seq
    )
    reply = db.one("SELECT body FROM events WHERE conversation = :id AND reply_to = :seq", id=conversation, seq=seq)
    return (said["at"], json.loads(said["body"]), json.loads(reply["body"]) if reply else None) if said else None
