"""Promised phone calls: kept encrypted, told in the transcript without who and where, called until they are done."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from helpdesk.errors import Refusal
from helpdesk.forms import Callback, phone_href, phone_shown
from helpdesk.store.audit import record
from helpdesk.store.database import Database, Row, Transaction
from helpdesk.store.rows import Event, append_reply, locked_conversation

LATE_SECONDS = 24 * 3600.0  # after so long a callback without a time of its own is overdue
FARTHEST_SECONDS = 366 * 24 * 3600.0
ROWS = "SELECT c.*, s.name AS staff_name FROM callbacks c LEFT JOIN staff s ON s.id = c.staff"
After = Callable[[Transaction, Row], None]


@dataclass(frozen=True)
class CallbackRow:
    """One promised call. Where its key is no longer given, `readable` is false and the visitor's words are none."""

    id: str
    conversation: str
    at: float
    due: float | None
    tries: int
    staff: str | None
    staff_name: str | None
    name: str | None
    phone: str | None
    when: str | None
    topic: str | None
    overdue: bool
    state: str
    ended_at: float | None

    @property
    def readable(self) -> bool:
        return self.phone is not None

    @property
    def phone_shown(self) -> str | None:
        """Return the number as people write it."""
        return phone_shown(self.phone) if self.phone else None

    @property
    def phone_href(self) -> str | None:
        return phone_href(self.phone) if self.phone else None


class Callbacks:
    """Name, number, time and topic are sealed with keys that are not in the database."""

    def __init__(self, database: Database, keys: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.box = MultiFernet([Fernet(key) for key in keys])
        self.clock = clock

    def add(self, conversation: str, callback: Callback, *, event: Event, after: After | None = None) -> str:
        """Keep a callback and tell of it in the transcript, in one commit.

        `after` is given the transaction and the conversation's row as it is then.
        """
        callback_id, now = uuid.uuid4().hex, self.clock()
        sealed = self.box.encrypt(json.dumps(vars(callback)).encode("ascii")).decode("ascii")
        with self.database.write() as db:
            row = locked_conversation(db, conversation, self.database.lock_row)
            db.run(
                "INSERT INTO callbacks (id, conversation, at, sealed) VALUES (:id, :conversation, :at, :sealed)",
                id=callback_id, conversation=conversation, at=now, sealed=sealed,
            )  # fmt: skip
            append_reply(db, conversation, int(row["last_seq"]) + 1, now, {**event, "reply_to": None})
            if after:
                after(db, locked_conversation(db, conversation, ""))
        return callback_id

    def open(self, now: float) -> list[CallbackRow]:
        """Return the calls still to be made: overdue first, then by when they are due, then the oldest."""
        rows = self._rows(f"{ROWS} WHERE c.state = 'open'", now)
        return sorted(rows, key=lambda row: (not row.overdue, row.at if row.due is None else row.due, row.at, row.id))

    def ended(self, limit: int = 100) -> list[CallbackRow]:
        """Return the calls that were made or given up, the latest first."""
        return self._rows(f"{ROWS} WHERE c.state <> 'open' ORDER BY c.ended_at DESC LIMIT :limit", self.clock(), limit=limit)

    def of_conversation(self, conversation: str) -> list[CallbackRow]:
        return self._rows(f"{ROWS} WHERE c.conversation = :id ORDER BY c.at", self.clock(), id=conversation)

    def done(self, callback: str, staff: str) -> None:
        """Note that the visitor was called and reached."""
        self._end(callback, staff, "done", "callback.done")

    def give_up(self, callback: str, staff: str) -> None:
        """Note that nobody will call any more."""
        self._end(callback, staff, "given_up", "callback.give_up")

    def not_reached(self, callback: str, staff: str, again_at: float | None) -> None:
        """Note a call that nobody took, and when to call again; none: as soon as can be."""
        now = self.clock()
        if again_at is not None and not now <= again_at <= now + FARTHEST_SECONDS:
            raise Refusal("invalid", field="again_at")
        with self.database.write() as db:
            changed = db.run(
                "UPDATE callbacks SET tries = tries + 1, due = :due, staff = :staff WHERE id = :id AND state = 'open'",
                id=callback, due=again_at, staff=staff,
            )  # fmt: skip
            _must_be_open(changed)
            record(db, at=now, staff=staff, action="callback.not_reached", subject=callback)

    def _end(self, callback: str, staff: str, state: str, action: str) -> None:
        now = self.clock()
        with self.database.write() as db:
            changed = db.run(
                "UPDATE callbacks SET state = :state, ended_at = :now, staff = :staff WHERE id = :id AND state = 'open'",
                id=callback, state=state, now=now, staff=staff,
            )  # fmt: skip
            _must_be_open(changed)
            record(db, at=now, staff=staff, action=action, subject=callback)

    def _rows(self, sql: str, now: float, **values: Any) -> list[CallbackRow]:
        with self.database.read() as db:
            rows = db.all(sql, **values)
        return [self._row(row, now) for row in rows]

    def _row(self, row: Row, now: float) -> CallbackRow:
        words = self._unseal(row["sealed"])
        return CallbackRow(
            id=row["id"],
            conversation=row["conversation"],
            at=row["at"],
            due=row["due"],
            tries=row["tries"],
            staff=row["staff"],
            staff_name=row["staff_name"],
            name=words.get("name"),
            phone=words.get("phone"),
            when=words.get("when"),
            topic=words.get("topic"),
            overdue=row["state"] == "open" and _is_overdue(row, now),
            state=row["state"],
            ended_at=row["ended_at"],
        )

    def _unseal(self, sealed: str) -> dict[str, str | None]:
        try:
            words: dict[str, str | None] = json.loads(self.box.decrypt(sealed.encode("ascii")))
        except InvalidToken:
            return {}
        return words


def _is_overdue(row: Row, now: float) -> bool:
    due: float = row["at"] + LATE_SECONDS if row["due"] is None else row["due"]
    return due < now


def _must_be_open(changed: int) -> None:
    if not changed:
        raise Refusal("not_found")
