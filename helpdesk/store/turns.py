"""The turns: which message of a conversation is being answered, by whom, and until when."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helpdesk.after_danger import mark_of
from helpdesk.message import Incoming
from helpdesk.store.database import Database, Row, Transaction
from helpdesk.store.queue_rows import Asking, Tell, begin, enter_queue, somebody_on_duty
from helpdesk.store.rows import Event, Turn, append_reply, context_of, new_sender, turn_of

LEASE_SECONDS = 20.0  # longer than the longest wait for Rasa, in its queue and in its work
MAX_CONTEXT = 64 * 1024


@dataclass(frozen=True)
class Outcome:
    """What a turn came to: the reply, and what to keep for the next one."""

    event: Event
    answered: bool = False  # by Rasa, so that `context` is new
    context: Any = None
    asking: Asking | None = None  # the visitor asked for a person, in words
    coming: Event | None = None  # the reply in place of `event` where somebody is on duty


@dataclass(frozen=True)
class Finished:
    """Whether the reply was stored, and the conversation's next turn."""

    stored: bool
    next: Turn | None


class Turns:
    """At most one turn of a conversation is leased; they are answered in order, each once."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time, tell: Tell | None = None) -> None:
        self.database = database
        self.clock = clock
        self.tell = tell or (lambda db, kind, conversation, now: None)

    def finish(self, turn: Turn, outcome: Outcome) -> Finished:
        """Store the turn's reply, if the bot still owns the conversation and the lease is still its own; take the next turn."""
        now = self.clock()
        with self.database.write() as db:
            row = db.one(f"SELECT * FROM conversations WHERE id = :id{self.database.lock_row}", id=turn.conversation)
            held = db.one(
                "SELECT epoch FROM turns WHERE conversation = :id AND seq = :seq AND leased = 1",
                id=turn.conversation,
                seq=turn.seq,
            )
            if row is None or held is None or held["epoch"] != turn.epoch:
                return Finished(stored=False, next=None)
            stored = row["owner"] == "bot" and row["epoch"] == turn.epoch
            if stored:
                self._reply(db, row, turn, outcome, now)
                _keep(db, row, turn, outcome)
            db.run("DELETE FROM turns WHERE conversation = :id AND seq = :seq", id=turn.conversation, seq=turn.seq)
            return Finished(stored=stored, next=self._lease_next(db, turn.conversation, now))

    def _reply(self, db: Transaction, row: Row, turn: Turn, outcome: Outcome, now: float) -> None:
        """Store the reply; with it, in the same commit, put who asked for a person into the queue."""
        asking, seq = outcome.asking, row["last_seq"] + 1
        coming = asking is not None and asking.is_open and somebody_on_duty(db, now, asking.present)
        event = outcome.coming if coming and outcome.coming else outcome.event
        append_reply(db, turn.conversation, seq, now, {**event, "reply_to": turn.seq})
        if asking is None:
            return
        if not (coming and enter_queue(db, row, now, asking, self.tell)):
            begin(db, turn.conversation, now, seq, asking.reason, ended="line")

    def _lease_next(self, db: Transaction, conversation: str, now: float) -> Turn | None:
        row = db.one(
            "SELECT c.id, c.epoch, c.sender, c.context, t.seq, e.body FROM turns t JOIN conversations c ON c.id = t.conversation"
            " JOIN events e ON e.conversation = t.conversation AND e.seq = t.seq"
            " WHERE t.conversation = :id AND t.leased = 0 AND c.owner = 'bot' ORDER BY t.seq LIMIT 1",
            id=conversation,
        )
        if row is None:
            return None
        db.run(
            "UPDATE turns SET leased = 1, epoch = :epoch, deadline = :deadline WHERE conversation = :id AND seq = :seq",
            id=conversation, seq=row["seq"], epoch=row["epoch"], deadline=now + LEASE_SECONDS,
        )  # fmt: skip
        return turn_of(row, row["seq"], json.loads(row["body"]))

    def give_up(self, *, everything: bool, outcome: Outcome) -> list[tuple[str, Finished]]:
        """Answer turns that nobody is working on: all of them at start, else those whose lease has run out.

        A lease that would last longer than any is from before the clock was set back.
        """
        now = self.clock()
        with self.database.read() as db:
            rows = db.all(
                "SELECT conversation, seq FROM turns"
                " WHERE :everything = 1 OR (leased = 1 AND (deadline < :now OR deadline > :longest)) ORDER BY conversation, seq",
                everything=int(everything), now=now, longest=now + 3 * LEASE_SECONDS,
            )  # fmt: skip
        return [
            (row["conversation"], self._give_up(row["conversation"], row["seq"], outcome, lease=not everything)) for row in rows
        ]

    def _give_up(self, conversation: str, seq: int, outcome: Outcome, *, lease: bool) -> Finished:
        now = self.clock()
        with self.database.write() as db:
            row = db.one(f"SELECT * FROM conversations WHERE id = :id{self.database.lock_row}", id=conversation)
            gone = db.run("DELETE FROM turns WHERE conversation = :id AND seq = :seq", id=conversation, seq=seq) == 0
            if row is None or gone:
                return Finished(stored=False, next=None)
            db.run(
                "UPDATE conversations SET epoch = epoch + 1, sender = :sender WHERE id = :id",
                id=conversation,
                sender=new_sender(),
            )
            if row["owner"] == "bot":
                append_reply(db, conversation, row["last_seq"] + 1, now, {**outcome.event, "reply_to": seq})
            return Finished(stored=row["owner"] == "bot", next=self._lease_next(db, conversation, now) if lease else None)


def queue(db: Transaction, row: Row, seq: int, incoming: Incoming, now: float) -> Turn | None:
    """Put a message in the row; lease it at once if no other one of its conversation waits."""
    if row["owner"] != "bot":
        return None
    free = db.one("SELECT seq FROM turns WHERE conversation = :id LIMIT 1", id=row["id"]) is None
    db.run(
        "INSERT INTO turns (conversation, seq, epoch, leased, deadline) VALUES (:id, :seq, :epoch, :leased, :deadline)",
        id=row["id"], seq=seq, epoch=row["epoch"], leased=int(free), deadline=now + LEASE_SECONDS,
    )  # fmt: skip
    return turn_of(row, seq, vars(incoming)) if free else None


def _keep(db: Transaction, row: Row, turn: Turn, outcome: Outcome) -> None:
    """Keep what the next turn needs. All of that is in the context: Rasa gets a new sender each time, and no turn takes longer
    for those before it, or is disturbed by one that Rasa finishes unheard.
    """
    kept = _context(row, turn, outcome)
    context = json.dumps(kept, separators=(",", ":")) if kept is not None else None
    if not outcome.answered or (context and len(context) > MAX_CONTEXT):
        context = row["context"]
    missed = outcome.event["route"] == "miss"
    db.run(
        "UPDATE conversations SET context = :context, sender = :sender, misses = :misses WHERE id = :id",
        id=row["id"], context=context, sender=new_sender(), misses=row["misses"] + 1 if missed else 0,
    )  # fmt: skip


def _context(row: Row, turn: Turn, outcome: Outcome) -> Any:
    """Return the turn's context, with the danger that was answered while the turn was under way."""
    meanwhile = mark_of(context_of(row))
    return outcome.context if meanwhile == mark_of(turn.context) else {**(outcome.context or {}), "danger": meanwhile}
