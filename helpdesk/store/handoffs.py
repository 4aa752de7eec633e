"""The handoff: who owns a conversation, from the bot to a person and back, each step once and in the ledger."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable

from helpdesk.errors import Refusal
from helpdesk.store.audit import record, subject_of
from helpdesk.store.database import Database, Row, Transaction
from helpdesk.store.queue_rows import UNASKED, Asking, Line, Tell, begin, end, enter_queue, hand_over, line_of
from helpdesk.store.rows import Event, append_event, append_reply, locked_conversation, moved
from helpdesk.store.staff import Staff
from helpdesk.store.staff_rows import PRESENT

OUTCOMES = ("answered", "called_back", "cancelled")

# The conversations whose navigator is away, or no longer one.
GONE = (
    "FROM conversations c LEFT JOIN staff s ON s.id = c.navigator"
    " WHERE c.owner = 'navigator' AND (s.id IS NULL OR s.active = 0 OR s.seen_at < :since)"
)


class Handoffs:
    """Every change of the owner is one transaction: the row, the event that tells of it, the record of who did it."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time, tell: Tell | None = None) -> None:
        self.database = database
        self.clock = clock
        self.tell = tell or (lambda db, kind, conversation, now: None)

    # ---- the visitor's side

    def ask(self, conversation: str, asking: Asking, otherwise: Event | None) -> str:
        """Put the conversation into the queue; where nobody is on duty, say `otherwise`, but not twice. Returns the owner."""
        now = self.clock()
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            if row["owner"] in ("waiting", "navigator"):
                return str(row["owner"])
            if enter_queue(db, row, now, asking, self.tell):
                return "waiting"
            last = db.one("SELECT body FROM events WHERE conversation = :id AND seq = :seq", id=conversation, seq=row["last_seq"])
            told = last is not None and _is_line(json.loads(last["body"])) and not (otherwise and otherwise.get("said"))
            seq = int(row["last_seq"]) + (otherwise is not None)
            if otherwise and not told:
                append_reply(db, conversation, seq, now, {**otherwise, "reply_to": None})
            if not told:
                begin(db, conversation, now, seq, asking.reason, ended="line")
        return str(row["owner"])

    def cancel(self, conversation: str, event: Event) -> bool:
        """Give a conversation that waits back to the bot; what was typed meanwhile stays."""
        now = self.clock()
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            if row["owner"] != "waiting":
                return False
            hand_over(db, row, now, owner="bot", navigator=None, event=event)
            end(db, conversation, now, "cancelled")
            self.tell(db, "handoff.closed", conversation, now)
        return True

    def after_callback(self, event: Event) -> Callable[[Transaction, Row], None]:
        """Return what goes with a new callback, in its commit: who waited in the queue for a person now waits for the call."""

        def after(db: Transaction, row: Row) -> None:
            now = self.clock()
            if row["owner"] == "waiting":
                hand_over(db, row, now, owner="bot", navigator=None, event=event)
                end(db, row["id"], now, "called_back")
                self.tell(db, "handoff.closed", row["id"], now)
            self.tell(db, "callback.created", row["id"], now)

        return after

    # ---- the navigator's side

    def claim(self, conversation: str, staff: Staff, event: Event, *, waits: bool = False) -> None:
        """Take a conversation. Raises Refusal("taken") with the name of whoever has it, were it oneself in another tab.

        With `waits`, it is taken only from the queue: a colleague may have helped meanwhile and given it back to the bot.
        """
        now = self.clock()
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            if row["owner"] == "navigator":
                raise Refusal("taken", holder=_name(db, row["navigator"]))
            if row["owner"] == "closed":
                raise Refusal("not_open")
            if waits and row["owner"] != "waiting":
                raise Refusal("not_waiting")
            seq = hand_over(db, row, now, owner="navigator", navigator=staff.id, event=event)
            if row["owner"] == "bot":
                begin(db, conversation, now, seq, "joined", claimed=True)
            db.run(
                "UPDATE handoffs SET claimed_at = COALESCE(claimed_at, :now) WHERE conversation = :id AND ended_at IS NULL",
                id=conversation, now=now,
            )  # fmt: skip
            self.tell(db, "handoff.claimed", conversation, now)
            _note_down(db, now, staff, "claim", conversation)

    def reply(self, conversation: str, staff: Staff, event: Event, *, digest: str) -> int:
        """Store a navigator's message, once for each `client_id`; return its number."""
        now = self.clock()
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            known = db.one(
                "SELECT seq, digest FROM events WHERE conversation = :id AND client_id = :client_id",
                id=conversation, client_id=event["client_id"],
            )  # fmt: skip
            if known:
                if known["digest"] != digest:
                    raise Refusal("conflict", field="client_id")
                return int(known["seq"])
            _must_hold(db, row, staff)
            seq = int(row["last_seq"]) + 1
            append_event(db, conversation, seq, now, {**event, "reply_to": None}, digest=digest)
            moved(db, conversation, seq, now)
            db.run(
                "UPDATE handoffs SET answered_at = COALESCE(answered_at, :now) WHERE conversation = :id AND ended_at IS NULL",
                id=conversation, now=now,
            )  # fmt: skip
            _note_down(db, now, staff, "reply", conversation, f"message {seq}")
        return seq

    def forward(self, conversation: str, staff: Staff, to: Staff, event: Event, *, present: float) -> None:
        """Hand the conversation to a colleague who is on duty."""
        now = self.clock()
        with self.database.write() as db:
            row = self._held(db, conversation, staff)
            there = db.one(
                f"SELECT id FROM staff WHERE id = :id AND {PRESENT}",
                id=to.id,
                since=now - present,
            )
            if there is None or to.id == staff.id:
                raise Refusal("not_on_duty", field="to")
            hand_over(db, row, now, owner="navigator", navigator=to.id, event=event)
            self.tell(db, "handoff.claimed", conversation, now)
            _note_down(db, now, staff, "forward", conversation, to.id)

    def requeue(self, conversation: str, staff: Staff, event: Callable[[Line], Event], *, since: float) -> None:
        """Put the conversation back into the queue, at the place that it had."""
        now = self.clock()
        with self.database.write() as db:
            row = self._held(db, conversation, staff)
            self._back_in_line(db, row, now, event, since)
            _note_down(db, now, staff, "requeue", conversation)

    def give_back(self, conversation: str, staff: Staff, event: Event) -> None:
        """Give the conversation back to the bot. Raises Refusal("no_reply") where who asked for a person has heard none."""
        now = self.clock()
        with self.database.write() as db:
            row = self._held(db, conversation, staff)
            end(db, conversation, now, _ended(db, conversation))
            hand_over(db, row, now, owner="bot", navigator=None, event=event)
            self.tell(db, "handoff.closed", conversation, now)
            _note_down(db, now, staff, "give back", conversation)

    def close(self, conversation: str, staff: Staff, outcome: str, event: Event) -> None:
        """End the conversation. An outcome must be true: `answered` needs a reply, `called_back` a callback."""
        now = self.clock()
        if outcome not in OUTCOMES:
            raise Refusal("invalid", field="outcome")
        with self.database.write() as db:
            row = self._held(db, conversation, staff)
            if outcome == "answered":
                _ended(db, conversation)
            callback = db.one("SELECT id FROM callbacks WHERE conversation = :id LIMIT 1", id=conversation)
            if outcome == "called_back" and callback is None:
                raise Refusal("no_callback", field="outcome")
            end(db, conversation, now, outcome, outcome)
            hand_over(db, row, now, owner="closed", navigator=None, event=event)
            self.tell(db, "handoff.closed", conversation, now)
            _note_down(db, now, staff, "close", conversation, outcome)

    def reopen(self, conversation: str, staff: Staff, event: Event) -> None:
        """Take a closed conversation up again."""
        now = self.clock()
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            if row["owner"] != "closed":
                raise Refusal("taken" if row["owner"] == "navigator" else "not_closed", holder=_name(db, row["navigator"]))
            seq = hand_over(db, row, now, owner="navigator", navigator=staff.id, event=event)
            begin(db, conversation, now, seq, "reopened", claimed=True)
            self.tell(db, "handoff.claimed", conversation, now)
            _note_down(db, now, staff, "reopen", conversation)

    def note(self, conversation: str, staff: Staff, text: str) -> str:
        """Keep what staff tell each other; whoever may read the conversation may add to it."""
        note_id, now = uuid.uuid4().hex, self.clock()
        with self.database.write() as db:
            locked_conversation(db, conversation, self.database.lock_row)
            db.run(
                "INSERT INTO notes (id, conversation, at, staff, text) VALUES (:id, :conversation, :at, :staff, :text)",
                id=note_id, conversation=conversation, at=now, staff=staff.id, text=text,
            )  # fmt: skip
            _note_down(db, now, staff, "note", conversation)
        return note_id

    def clear_flag(self, conversation: str, staff: Staff) -> None:
        """Take the mark of danger off: somebody has seen to it. Only whoever has the conversation may, or an admin."""
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            if "admin" not in staff.roles:
                _must_hold(db, row, staff)
            db.run("UPDATE conversations SET flagged = NULL WHERE id = :id", id=conversation)
            _note_down(db, self.clock(), staff, "danger seen to", conversation)

    # ---- what happens by itself

    def drop_outs(self, present: float) -> list[tuple[str, str]]:
        """Return the conversations, with the holders' names, whose holder's desk has not been seen for so many seconds."""
        with self.database.read() as db:
            rows = db.all(f"SELECT c.id, s.name {GONE}", since=self.clock() - present)
        return [(row["id"], row["name"] or "") for row in rows]

    def drop(self, conversation: str, event: Callable[[Line], Event], *, present: float, since: float) -> bool:
        """Put the conversation of a navigator who is gone back into the queue, if that is still so."""
        now = self.clock()
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            if db.one(f"SELECT c.id {GONE} AND c.id = :id", id=conversation, since=now - present) is None:
                return False
            holder = row["navigator"]
            self._back_in_line(db, row, now, event, since)
            record(db, at=now, staff=None, action="drop out", subject=subject_of(conversation), detail=holder)
        return True

    def overdue(self, wait: float, *, on_duty: bool) -> list[str]:
        """Return the conversations that have waited so long, or that nobody is on duty for, and that have not been told."""
        now = self.clock()
        with self.database.read() as db:
            rows = db.all(
                "SELECT h.conversation FROM handoffs h JOIN conversations c ON c.id = h.conversation"
                " WHERE h.ended_at IS NULL AND h.told_at IS NULL AND c.owner = 'waiting'"
                " AND (h.queued_at <= :since OR :nobody = 1)",
                since=now - wait, nobody=int(not on_duty),
            )  # fmt: skip
        return [row["conversation"] for row in rows]

    def tell_overdue(self, conversation: str, event: Event) -> bool:
        """Offer the next step to who has waited too long, once for each wait."""
        now = self.clock()
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            told = db.run(
                "UPDATE handoffs SET told_at = :now WHERE conversation = :id AND ended_at IS NULL AND told_at IS NULL",
                id=conversation, now=now,
            )  # fmt: skip
            if row["owner"] != "waiting" or not told:
                return False
            append_reply(db, conversation, int(row["last_seq"]) + 1, now, {**event, "reply_to": None})
        return True

    def _held(self, db: Transaction, conversation: str, staff: Staff) -> Row:
        row = locked_conversation(db, conversation, self.database.lock_row)
        _must_hold(db, row, staff)
        return row

    def _back_in_line(self, db: Transaction, row: Row, now: float, event: Callable[[Line], Event], since: float) -> None:
        asked = db.one("SELECT asked_at FROM handoffs WHERE conversation = :id AND ended_at IS NULL", id=row["id"])
        asked_at = asked["asked_at"] if asked else now
        hand_over(db, row, now, owner="waiting", navigator=None, event=event(line_of(db, asked_at, since)))
        db.run(
            "UPDATE handoffs SET queued_at = :now, told_at = NULL WHERE conversation = :id AND ended_at IS NULL",
            id=row["id"], now=now,
        )  # fmt: skip
        self.tell(db, "handoff.requested", row["id"], now)


def _is_line(event: Event) -> bool:
    """Say whether the last word was the line already, unasked by a message: it is not said twice."""
    return event.get("route") == "handoff" and event.get("reply_to") is None and event["kind"] == "message"


def _must_hold(db: Transaction, row: Row, staff: Staff) -> None:
    if row["owner"] != "navigator" or row["navigator"] != staff.id:
        raise Refusal("not_holder", holder=_name(db, row["navigator"]))


def _ended(db: Transaction, conversation: str) -> str:
    row = db.one("SELECT reason, answered_at FROM handoffs WHERE conversation = :id AND ended_at IS NULL", id=conversation)
    if row and row["answered_at"] is None and row["reason"] not in UNASKED:
        raise Refusal("no_reply")
    return "answered"


def _name(db: Transaction, staff: str | None) -> str | None:
    row = db.one("SELECT name FROM staff WHERE id = :id", id=staff) if staff else None
    return str(row["name"]) if row else None


def _note_down(db: Transaction, now: float, staff: Staff, action: str, conversation: str, detail: str | None = None) -> None:
    record(db, at=now, staff=staff.id, action=action, subject=subject_of(conversation), detail=detail)
