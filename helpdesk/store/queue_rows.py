"""Steps that the transactions of a handoff are made of: who is on duty, the line, and who owns a conversation."""

from __future__ import annotations

import json
import statistics
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from helpdesk.store.database import Row, Transaction
from helpdesk.store.rows import Event, append_event, moved
from helpdesk.store.staff_rows import PRESENT

UNASKED = ("joined", "reopened")
ENOUGH_WAITS = 3  # of today, before their median is called usual
Tell = Callable[[Transaction, str, str, float], None]


@dataclass(frozen=True)
class Line:
    """Where somebody stands in the queue, and how long it usually took today, if that is known."""

    place: int
    usual_wait_s: int | None


@dataclass(frozen=True)
class Asking:
    """What a request for a person needs to know of the moment, and what the visitor is to be told of it."""

    reason: str
    is_open: bool
    since: float  # when today began
    present: float  # how long ago, in seconds, a navigator's desk may have been seen last
    event: Callable[[Line], Event]


def somebody_on_duty(db: Transaction, now: float, present: float) -> bool:
    return db.one(f"SELECT id FROM staff WHERE {PRESENT} LIMIT 1", since=now - present) is not None


def line_of(db: Transaction, asked_at: float, since: float) -> Line:
    """Return the place of who asked at that moment and is not in the queue yet, and the median wait since the morning."""
    before = db.one(
        "SELECT COUNT(*) AS number FROM handoffs h JOIN conversations c ON c.id = h.conversation"
        " WHERE h.ended_at IS NULL AND c.owner = 'waiting' AND h.asked_at <= :asked_at",
        asked_at=asked_at,
    )
    claimed = db.all(
        "SELECT claimed_at - asked_at AS wait FROM handoffs"
        " WHERE claimed_at >= :since AND reason NOT IN ('joined', 'reopened') ORDER BY claimed_at DESC LIMIT 200",
        since=since,
    )
    waits = [row["wait"] for row in claimed]
    usual = round(statistics.median(waits)) if len(waits) >= ENOUGH_WAITS else None
    return Line(place=int(before["number"] if before else 0) + 1, usual_wait_s=usual)


def hand_over(db: Transaction, row: Row, now: float, *, owner: str, navigator: str | None, event: Event) -> int:
    """Write the new owner and the event that tells of it; nothing that the bot has in hand is stored after. The row is locked."""
    db.run(
        "UPDATE conversations SET owner = :owner, navigator = :navigator, epoch = epoch + 1 WHERE id = :id",
        id=row["id"], owner=owner, navigator=navigator,
    )  # fmt: skip
    db.run("DELETE FROM turns WHERE conversation = :id", id=row["id"])
    last = db.one("SELECT last_seq, context FROM conversations WHERE id = :id", id=row["id"]) or row
    if owner == "bot":
        _begin_anew(db, row["id"], last["context"])
    seq = int(last["last_seq"]) + 1
    append_event(db, row["id"], seq, now, {**event, "kind": "owner", "owner": owner})
    moved(db, row["id"], seq, now)
    return seq


def _begin_anew(db: Transaction, conversation: str, context: str | None) -> None:
    """Forget the misses that brought a person in: the first unclear word after must not bring the next one."""
    kept = json.loads(context) if context else None
    if isinstance(kept, dict) and kept.get("misses"):
        context = json.dumps({**kept, "misses": 0}, separators=(",", ":"))
    db.run("UPDATE conversations SET misses = 0, context = :context WHERE id = :id", id=conversation, context=context)


def begin(
    db: Transaction, conversation: str, now: float, seq: int, reason: str, *, claimed: bool = False, ended: str | None = None
) -> None:
    """Note that a person was asked for."""
    db.run(
        "INSERT INTO handoffs (id, conversation, asked_at, asked_seq, reason, queued_at, claimed_at, ended_at, ended)"
        " VALUES (:id, :conversation, :now, :seq, :reason, :now, :claimed_at, :ended_at, :ended)",
        id=uuid.uuid4().hex, conversation=conversation, now=now, seq=seq, reason=reason,
        claimed_at=now if claimed else None, ended_at=now if ended else None, ended=ended,
    )  # fmt: skip


def end(db: Transaction, conversation: str, now: float, ended: str, outcome: str | None = None) -> None:
    db.run(
        "UPDATE handoffs SET ended_at = :now, ended = :ended, outcome = :outcome WHERE conversation = :id AND ended_at IS NULL",
        id=conversation, now=now, ended=ended, outcome=outcome,
    )  # fmt: skip


def enter_queue(db: Transaction, row: Row, now: float, asking: Asking, tell: Tell) -> bool:
    """Put a conversation into the queue, if somebody is on duty to take it out. The row is locked."""
    if not (asking.is_open and somebody_on_duty(db, now, asking.present)):
        return False
    event = asking.event(line_of(db, now, asking.since))
    seq = hand_over(db, row, now, owner="waiting", navigator=None, event=event)
    begin(db, row["id"], now, seq, asking.reason)
    tell(db, "handoff.requested", row["id"], now)
    return True
