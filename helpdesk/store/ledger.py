"""The ledger: conversations and their events, in order and without a gap."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from helpdesk.errors import Refusal
from helpdesk.message import Incoming
from helpdesk.store.database import Database, Row
from helpdesk.store.queue_rows import hand_over
from helpdesk.store.rows import (
    KEPT,
    Event,
    Turn,
    append_event,
    append_reply,
    locked_conversation,
    moved,
    new_sender,
    offer,
    was_offered,
)
from helpdesk.store.turns import queue

PAGE = 200


@dataclass(frozen=True)
class Accepted:
    """A message is in the ledger; `turn` is there if it is to be answered now."""

    seq: int
    owner: str
    turn: Turn | None = None
    repeated: bool = False


class Ledger:
    """Everything that is said, in order, and who is to answer it."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def start(self, conversation: str, *, token_hash: str, token_key: str, first: Event) -> None:
        """Begin a conversation with its greeting."""
        now = self.clock()
        with self.database.write() as db:
            db.run(
                "INSERT INTO conversations (id, token_hash, token_key, created_at, last_at, sender, last_seq)"
                " VALUES (:id, :token_hash, :token_key, :now, :now, :sender, 1)",
                id=conversation, token_hash=token_hash, token_key=token_key, now=now, sender=new_sender(),
            )  # fmt: skip
            append_event(db, conversation, 1, now, {**first, "reply_to": None})
            offer(db, conversation, first)

    def find(self, conversation: str) -> Row | None:
        with self.database.read() as db:
            return db.one(
                "SELECT id, owner, token_hash, flagged, last_seq, epoch, context,"
                " EXISTS (SELECT 1 FROM turns t WHERE t.conversation = c.id) AS at_work"
                f" FROM conversations c WHERE id = :id AND {KEPT}",
                id=conversation, kept_since=self.database.kept_since(),
            )  # fmt: skip

    def repeated(self, conversation: str, client_id: str, digest: str) -> Accepted | None:
        """Return the message that was sent under this id before, if any."""
        with self.database.read() as db:
            row = db.one(
                "SELECT e.seq, e.digest, c.owner FROM events e JOIN conversations c ON c.id = e.conversation"
                " WHERE e.conversation = :id AND e.client_id = :client_id",
                id=conversation, client_id=client_id,
            )  # fmt: skip
        return _same_message(row, digest)

    def accept(
        self,
        conversation: str,
        incoming: Incoming,
        event: Event,
        *,
        digest: str,
        reply: Event | None = None,
        again: Event | None = None,
    ) -> Accepted:
        """Store a visitor's message, with a reply that is already known or a turn for the bot, in one commit.

        A message in a closed conversation brings the bot back: `again` is the event that says so.
        """
        now = self.clock()
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            known = db.one(
                "SELECT seq, digest, :owner AS owner FROM events WHERE conversation = :id AND client_id = :client_id",
                id=conversation, client_id=incoming.client_id, owner=row["owner"],
            )  # fmt: skip
            before = _same_message(known, digest)
            if before:
                return before
            if incoming.choice is not None and not was_offered(db, conversation, incoming.choice):
                raise Refusal("bad_choice", field="choice")
            if row["owner"] == "closed" and again is not None:
                hand_over(db, row, now, owner="bot", navigator=None, event=again)
                row = locked_conversation(db, conversation, "")
            seq = row["last_seq"] + 1
            append_event(db, conversation, seq, now, event, digest=digest)
            if reply is not None:
                append_reply(db, conversation, seq + 1, now, {**reply, "reply_to": seq})
                return Accepted(seq=seq, owner=row["owner"])
            moved(db, conversation, seq, now)
            return Accepted(seq=seq, owner=row["owner"], turn=queue(db, row, seq, incoming, now))

    def append(self, conversation: str, event: Event) -> int:
        """Store an event that answers no message, and return its number."""
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            seq = int(row["last_seq"]) + 1
            append_reply(db, conversation, seq, self.clock(), {**event, "reply_to": None})
        return seq

    def last_event(self, conversation: str) -> Event | None:
        with self.database.read() as db:
            row = db.one("SELECT body FROM events WHERE conversation = :id ORDER BY seq DESC LIMIT 1", id=conversation)
        return json.loads(row["body"]) if row else None

    def events(self, conversation: str, after: int = 0, limit: int = PAGE) -> list[tuple[int, str]]:
        """Return the numbers and the JSON of the events after one."""
        with self.database.read() as db:
            rows = db.all(
                "SELECT seq, body FROM events WHERE conversation = :id AND seq > :after ORDER BY seq LIMIT :limit",
                id=conversation, after=after, limit=limit,
            )  # fmt: skip
        return [(row["seq"], row["body"]) for row in rows]

    def reply_to(self, conversation: str, seq: int) -> int | None:
        """Return the number of the reply to a message, once there is one."""
        with self.database.read() as db:
            row = db.one("SELECT seq FROM events WHERE conversation = :id AND reply_to = :seq", id=conversation, seq=seq)
        return row["seq"] if row else None

    def title_of(self, conversation: str, choice: str) -> str | None:
        """Return the title of a button that was offered."""
        with self.database.read() as db:
            return was_offered(db, conversation, choice)

    def set_owner(self, conversation: str, *, expected: str, owner: str, event: Event) -> int | None:
        """Hand the conversation over, if it is still the expected owner's: nothing the bot has in hand is stored after."""
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            if row["owner"] != expected:
                return None
            return hand_over(db, row, self.clock(), owner=owner, navigator=None, event=event)


def _same_message(row: Row | None, digest: str) -> Accepted | None:
    if row is None:
        return None
    if row["digest"] != digest:
        raise Refusal("conflict", field="client_id")
    return Accepted(seq=row["seq"], owner=row["owner"], repeated=True)
