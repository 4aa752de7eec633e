"""What is to be told to other programs and by other ways: written in the transaction that it tells of, sent later."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from helpdesk.store.audit import subject_of
from helpdesk.store.database import Database, Transaction
from helpdesk.store.rows import iso

TOLD_TO_PEOPLE = ("handoff.requested", "callback.created", "content.review")
LEASE_SECONDS = 60.0  # longer than any way of sending takes
PAUSES = (10.0, 60.0, 300.0, 1800.0, 7200.0, 21_600.0, 43_200.0, 86_400.0)
KEPT_SECONDS = 30 * 86_400.0


@dataclass(frozen=True)
class Out:
    """One thing to tell to one target, leased to whoever got it."""

    id: str
    target: str
    kind: str
    at: float
    data: dict[str, Any]
    tries: int


def queue_out(db: Transaction, *, at: float, kind: str, data: dict[str, Any], targets: Sequence[str]) -> None:
    """Put in a row for each target that is told of this kind: webhooks of all, people of what waits for a person.

    What the help desk did of itself (`automatic`) is told to people too.
    """
    body = json.dumps(data, separators=(",", ":"))
    db.run_many(
        "INSERT INTO outbox (id, at, target, kind, body, next_at) VALUES (:id, :at, :target, :kind, :body, :at)",
        [
            {"id": uuid.uuid4().hex, "at": at, "target": target, "kind": kind, "body": body}
            for target in targets
            if kind in TOLD_TO_PEOPLE or data.get("automatic") or not target.startswith("notify")
        ],
    )


def forget_out(db: Transaction, conversation: str) -> None:
    """Delete what was not yet told of a conversation: it is being erased."""
    db.run("DELETE FROM outbox WHERE body LIKE :link", link=f'%{link_to(conversation)}"%')


def link_to(conversation: str) -> str:
    """Return where the desk shows the conversation, below the help desk's own address."""
    return f"/desk/c/{conversation}"


class Outbox:
    """Rows wait here until their target has taken them; of two processes only one gets a row at a time."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time, targets: Sequence[str] = ()) -> None:
        self.database = database
        self.clock = clock
        self.targets = tuple(targets)

    def tell(self, db: Transaction, kind: str, conversation: str, at: float) -> None:
        """Queue that something happened to a conversation: which one, where staff see it and when, and nothing else."""
        data = {"conversation": subject_of(conversation), "link": link_to(conversation), "at": iso(at)}
        queue_out(db, at=at, kind=kind, data=data, targets=self.targets)

    def tell_of_release(self, db: Transaction, kind: str, release: str, automatic: bool, at: float) -> None:
        """Queue that a release went live."""
        data = {"release": release, "automatic": automatic, "link": "/studio/releases", "at": iso(at)}
        queue_out(db, at=at, kind=kind, data=data, targets=self.targets)

    def due(self, limit: int, target: str | None = None) -> list[Out]:
        """Lease what is due, oldest first. Who does not come back in time loses the lease, and the row is due again."""
        now = self.clock()
        with self.database.read() as db:
            rows = db.all(
                "SELECT * FROM outbox WHERE state = 'open' AND next_at <= :now AND (:every = 1 OR target = :target)"
                " ORDER BY next_at, at LIMIT :limit",
                now=now, every=int(target is None), target=target or "", limit=limit,
            )  # fmt: skip
        if not rows:
            return []
        with self.database.write() as db:
            leased = [
                row
                for row in rows
                if db.run(
                    "UPDATE outbox SET next_at = :until WHERE id = :id AND state = 'open' AND next_at = :seen",
                    until=now + LEASE_SECONDS, id=row["id"], seen=row["next_at"],
                )
            ]  # fmt: skip
        return [Out(row["id"], row["target"], row["kind"], row["at"], json.loads(row["body"]), row["tries"]) for row in leased]

    def sent(self, id: str) -> None:
        """Note that the target has taken it; what it said is not kept."""
        with self.database.write() as db:
            db.run("UPDATE outbox SET state = 'sent', body = '', tries = tries + 1 WHERE id = :id AND state = 'open'", id=id)

    def failed(self, id: str, tries: int) -> float | None:
        """Note that a try came to nothing, so many in all; return the pause before the next one, or None: given up."""
        pause = PAUSES[tries - 1] if tries <= len(PAUSES) else None
        state = "given_up" if pause is None else "open"
        with self.database.write() as db:
            # Only the first to say so of this try: whoever lost the lease must not move a later one.
            db.run(
                "UPDATE outbox SET tries = :tries, next_at = :next_at, state = :state,"
                " body = CASE WHEN :state = 'open' THEN body ELSE '' END"
                " WHERE id = :id AND state = 'open' AND tries = :before",
                id=id, tries=tries, before=tries - 1, next_at=self.clock() + (pause or 0.0), state=state,
            )  # fmt: skip
        return pause

    def tidy(self) -> None:
        """Delete the rows of more than thirty days ago."""
        with self.database.write() as db:
            db.run("DELETE FROM outbox WHERE at < :before", before=self.clock() - KEPT_SECONDS)
