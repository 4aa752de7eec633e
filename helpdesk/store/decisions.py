"""What staff decided about messages of the inbox: each message is decided once, and each decision can be undone."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from helpdesk.errors import Refusal
from helpdesk.store.audit import record
from helpdesk.store.database import Database, Row, Transaction
from helpdesk.store.inbox import Item, item_of

STALE = 60.0  # what was begun so long ago was left by a process that has died
LAST = 10
AGREED = " FROM inbox i JOIN conversations c ON c.id = i.conversation WHERE c.teaching = 1"
SHOWN = (
    "SELECT d.*, s.name, u.name AS undoer FROM inbox_decisions d"
    " LEFT JOIN staff s ON s.id = d.staff LEFT JOIN staff u ON u.id = d.undone_by"
)


@dataclass(frozen=True)
class Decision:
    """What was decided, by whom; `texts` are the messages whose visitors still agree, `added` those that became examples."""

    id: str
    at: float
    staff: str
    name: str | None
    what: str
    topic: str | None
    revision: str | None
    texts: tuple[str, ...]
    added: tuple[str, ...]
    first: str | None  # the id of the first message


@dataclass(frozen=True)
class Begun:
    """A decision in hand: its messages, and the decision by which somebody else had taken some of those that were asked for."""

    id: str
    items: tuple[Item, ...]
    before: str | None


class Decisions:
    """A decision is begun, the file is changed, and the decision is done: what dies between is free again after a minute."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def begin(self, items: Sequence[str], *, staff: str, what: str, topic: str | None = None) -> Begun:
        """Take messages, and all others of the same words, so that nobody else decides them. Refusal where none is left."""
        now, decision = self.clock(), f"{time.time_ns():016x}{secrets.token_hex(4)}"
        with self.database.write() as db:
            self.database.one_at_a_time(db)  # each holds many messages
            self._give_up_stale(db, now)
            rows = {row["id"]: row for item in dict.fromkeys(items) for row in _alike(db, item)}
            taken = [row for row in rows.values() if _claim(db, row["id"], decision)]
            others = [row for row in rows.values() if row["decision"] is not None]
            before = others[0]["decision"] if others else None
            if not taken:
                raise Refusal("taken" if before else "not_found", holder=_name(db, before))
            db.run(
                "INSERT INTO inbox_decisions (id, at, staff, what, topic, state, state_at)"
                " VALUES (:id, :at, :staff, :what, :topic, 'begun', :at)",
                id=decision, at=now, staff=staff, what=what, topic=topic,
            )  # fmt: skip
        return Begun(decision, tuple(map(item_of, taken)), before)

    def done(self, decision: str, revision: str | None = None, added: Collection[str] = ()) -> None:
        """Let a decision stand, with the revision that came of it; `added` are the messages that became examples."""
        with self.database.write() as db:
            self._turn(db, decision, "done", revision=revision)
            db.run_many("UPDATE inbox SET added = 1 WHERE id = :id", [{"id": item} for item in added])
            row = db.one("SELECT staff, what, topic FROM inbox_decisions WHERE id = :id", id=decision)
            if row:
                action = f"inbox.{row['what']}"
                record(db, at=self.clock(), staff=row["staff"], action=action, subject=decision, detail=row["topic"])

    def let_go(self, decision: str) -> None:
        """Give the messages back: what was decided could not be done."""
        with self.database.write() as db:
            _free(db, decision)
            db.run("DELETE FROM inbox_decisions WHERE id = :id", id=decision)

    def begin_undo(self, decision: str, *, staff: str) -> Decision:
        """Take a decision to undo it. Refusal where somebody else has done so."""
        with self.database.write() as db:
            self._give_up_stale(db, self.clock())
            mine = db.run(
                "UPDATE inbox_decisions SET state = 'undoing', state_at = :now, undone_by = :staff"
                " WHERE id = :id AND state = 'done'",
                id=decision, now=self.clock(), staff=staff,
            )  # fmt: skip
            row = db.one(f"{SHOWN} WHERE d.id = :id", id=decision)
            if row is None:
                raise Refusal("not_found")
            if not mine:
                raise Refusal("taken", holder=row["undoer"])
            return _decision(db, row)

    def keep(self, decision: str) -> None:
        """Let a decision stand: it could not be undone."""
        with self.database.write() as db:
            self._turn(db, decision, "done")

    def undone(self, decision: str, *, staff: str) -> None:
        """Put the messages back into the inbox; those whose visitors no longer agree are gone."""
        with self.database.write() as db:
            self._turn(db, decision, "undone")
            _free(db, decision)
            record(db, at=self.clock(), staff=staff, action="inbox.undone", subject=decision)

    def last(self, limit: int = LAST) -> list[Decision]:
        """Return what was decided last and not undone, the newest first."""
        with self.database.read() as db:
            rows = db.all(f"{SHOWN} WHERE d.state = 'done' ORDER BY d.id DESC LIMIT :limit", limit=limit)
            return [_decision(db, row) for row in rows]

    def find(self, decision: str) -> Decision | None:
        with self.database.read() as db:
            row = db.one(f"{SHOWN} WHERE d.id = :id AND d.state = 'done'", id=decision)
            return _decision(db, row) if row else None

    def texts_with(self, item: str) -> tuple[str, ...]:
        """Return the messages that were decided together with this one, itself first."""
        with self.database.read() as db:
            rows = db.all(
                "SELECT i.id, i.text FROM inbox i JOIN conversations c ON c.id = i.conversation WHERE c.teaching = 1"
                " AND (i.id = :id OR i.decision = (SELECT decision FROM inbox WHERE id = :id)) ORDER BY i.at, i.id",
                id=item,
            )  # fmt: skip
        return tuple(dict.fromkeys(row["text"] for row in sorted(rows, key=lambda row: row["id"] != item)))

    def _turn(self, db: Transaction, decision: str, state: str, revision: str | None = None) -> None:
        db.run(
            "UPDATE inbox_decisions SET state = :state, state_at = :now, revision = COALESCE(:revision, revision) WHERE id = :id",
            id=decision, state=state, now=self.clock(), revision=revision,
        )  # fmt: skip

    def _give_up_stale(self, db: Transaction, now: float) -> None:
        rows = db.all(
            "SELECT id, state FROM inbox_decisions WHERE state IN ('begun', 'undoing') AND state_at < :stale", stale=now - STALE
        )
        for row in rows:
            if row["state"] == "undoing":
                self._turn(db, row["id"], "done")
                continue
            _free(db, row["id"])
            db.run("DELETE FROM inbox_decisions WHERE id = :id", id=row["id"])


def _alike(db: Transaction, item: str) -> list[Row]:
    """Return the message, and where it is undecided every other of the same words."""
    asked = db.all("SELECT i.*" + AGREED + " AND i.id = :id", id=item)
    if not asked or asked[0]["decision"] is not None:
        return asked
    return db.all("SELECT i.*" + AGREED + " AND i.decision IS NULL AND i.text = :text", text=asked[0]["text"])


def _claim(db: Transaction, item: str, decision: str) -> bool:
    return db.run("UPDATE inbox SET decision = :decision WHERE id = :id AND decision IS NULL", id=item, decision=decision) == 1


def _free(db: Transaction, decision: str) -> None:
    db.run(
        "DELETE FROM inbox WHERE decision = :id AND conversation IN (SELECT id FROM conversations WHERE teaching = 0)",
        id=decision,
    )
    db.run("UPDATE inbox SET decision = NULL, added = 0 WHERE decision = :id", id=decision)


def _name(db: Transaction, decision: str | None) -> str | None:
    row = db.one("SELECT s.name FROM inbox_decisions d JOIN staff s ON s.id = d.staff WHERE d.id = :id", id=decision)
    return row["name"] if row else None


def _decision(db: Transaction, row: Row) -> Decision:
    items = db.all("SELECT i.id, i.text, i.added" + AGREED + " AND i.decision = :id ORDER BY i.at, i.id", id=row["id"])
    return Decision(
        id=row["id"],
        at=row["at"],
        staff=row["staff"],
        name=row["name"],
        what=row["what"],
        topic=row["topic"],
        revision=row["revision"],
        texts=tuple(dict.fromkeys(item["text"] for item in items)),
        added=tuple(dict.fromkeys(item["text"] for item in items if item["added"])),
        first=items[0]["id"] if items else None,
    )
