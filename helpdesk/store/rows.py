"""Steps that several transactions of the ledger are made of."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from helpdesk.after_danger import in_danger
from helpdesk.conversation import DANGER
from helpdesk.errors import Refusal
from helpdesk.store.database import Row, Transaction

Event = dict[str, Any]

# A conversation `c` that is not due to be erased; one in which somebody waits or is called, or with a call to make, never is.
KEPT = (
    "(c.last_at >= :kept_since OR c.owner IN ('waiting', 'navigator')"
    " OR EXISTS (SELECT 1 FROM callbacks k WHERE k.conversation = c.id AND k.state = 'open'))"
)


@dataclass(frozen=True)
class Turn:
    """A message that this process has leased, with what Rasa needs to answer it."""

    conversation: str
    seq: int
    epoch: int
    sender: str
    text: str
    choice: str | None
    masked: tuple[str, ...]
    context: Any


def iso(at: float) -> str:
    """Write a moment as the contract has it."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_sender() -> str:
    return f"c_{uuid.uuid4().hex}"


def locked_conversation(db: Transaction, conversation: str, lock_row: str) -> Row:
    row = db.one(f"SELECT * FROM conversations WHERE id = :id{lock_row}", id=conversation)
    if row is None:
        raise Refusal("not_found")
    return row


def was_offered(db: Transaction, conversation: str, choice: str) -> str | None:
    row = db.one("SELECT title FROM offers WHERE conversation = :id AND choice = :choice", id=conversation, choice=choice)
    return row["title"] if row else None


def context_of(row: Row) -> Any:
    """Return what Rasa is to be given back with the conversation's next turn."""
    return json.loads(row["context"]) if row["context"] else None


def turn_of(row: Row, seq: int, message: Any) -> Turn:
    return Turn(
        conversation=row["id"],
        seq=seq,
        epoch=row["epoch"],
        sender=row["sender"],
        text=message["text"],
        choice=message.get("choice"),
        masked=tuple(message.get("masked", ())),
        context=context_of(row),
    )


def append_event(db: Transaction, conversation: str, seq: int, now: float, event: Event, *, digest: str | None = None) -> None:
    db.run(
        "INSERT INTO events (conversation, seq, at, kind, author, route, reply_to, client_id, digest, body)"
        " VALUES (:id, :seq, :at, :kind, :author, :route, :reply_to, :client_id, :digest, :body)",
        id=conversation, seq=seq, at=now, kind=event["kind"], author=event["author"], route=event.get("route"),
        reply_to=event.get("reply_to"), client_id=event.get("client_id"), digest=digest,
        body=json.dumps({"seq": seq, "at": iso(now), **event}, separators=(",", ":")),
    )  # fmt: skip


def append_reply(db: Transaction, conversation: str, seq: int, now: float, event: Event) -> None:
    """Append one of our own messages, remember what it offers, and move the conversation on."""
    append_event(db, conversation, seq, now, event)
    offer(db, conversation, event)
    flag = event["route"] if event["route"] in DANGER else None
    db.run(
        "UPDATE conversations SET last_seq = :seq, last_at = :now, flagged = COALESCE(:flag, flagged) WHERE id = :id",
        id=conversation, seq=seq, now=now, flag=flag,
    )  # fmt: skip
    if flag:
        _remember_danger(db, conversation, event)


def _remember_danger(db: Transaction, conversation: str, event: Event) -> None:
    """Keep for the next turn that danger was answered."""
    row = db.one("SELECT context FROM conversations WHERE id = :id", id=conversation)
    context = json.dumps(in_danger(context_of(row) if row else None, event), separators=(",", ":"))
    db.run("UPDATE conversations SET context = :context WHERE id = :id", id=conversation, context=context)


def moved(db: Transaction, conversation: str, seq: int, now: float) -> None:
    db.run("UPDATE conversations SET last_seq = :seq, last_at = :now WHERE id = :id", id=conversation, seq=seq, now=now)


def offer(db: Transaction, conversation: str, event: Event) -> None:
    asks = [action for action in event["actions"] if action["kind"] == "ask"]
    db.run_many(
        "INSERT INTO offers (conversation, choice, title) VALUES (:id, :choice, :title) ON CONFLICT DO NOTHING",
        [{"id": conversation, "choice": ask["choice"], "title": ask["title"]} for ask in asks],
    )
