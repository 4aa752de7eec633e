"""What visitors who agreed to it have said, for asking it again; read anew each time, so that what is erased is gone here too."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from helpdesk.store.database import Database

# Nothing of a conversation in which there was danger, and only what the bot has answered.
SAID = (
    "SELECT v.conversation, v.seq, v.at, v.body FROM events v"
    " JOIN conversations c ON c.id = v.conversation AND c.teaching = 1 AND c.flagged IS NULL"
    " JOIN events r ON r.conversation = v.conversation AND r.reply_to = v.seq AND r.author = 'bot' AND r.route <> 'down'"
    " WHERE v.author = 'visitor' AND v.kind = 'message'"
)


@dataclass(frozen=True)
class Spoken:
    """What one visitor said, in order: number, text as it is stored, and the button where one was used."""

    conversation: str
    messages: tuple[tuple[int, str, str | None], ...]


class Replays:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def last(self, count: int) -> list[Spoken]:
        """Return the last so many messages, by conversation."""
        with self.database.read() as db:
            rows = db.all(f"{SAID} ORDER BY v.at DESC, v.conversation, v.seq DESC LIMIT :count", count=count)
        found: dict[str, list[tuple[int, str, str | None]]] = {}
        for row in reversed(rows):
            body = json.loads(row["body"])
            found.setdefault(row["conversation"], []).append((row["seq"], body["text"], body.get("choice")))
        return [Spoken(conversation, tuple(sorted(messages))) for conversation, messages in found.items()]

    def words(self, sources: Iterable[str]) -> dict[str, str]:
        """Return the texts of messages named `conversation:number`, of those that may still be read."""
        found = {}
        with self.database.read() as db:
            for source in sources:
                conversation, _, seq = source.rpartition(":")
                for row in db.all(f"{SAID} AND v.conversation = :id AND v.seq = :seq", id=conversation, seq=int(seq)):
                    found[source] = str(json.loads(row["body"])["text"])
        return found
