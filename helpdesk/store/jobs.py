"""Trainings: who began one, how far it is, and what came of it. One at a time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from helpdesk.errors import Refusal
from helpdesk.store.database import Database, Row, Transaction
from helpdesk.store.releases import new_id

STEPS = ("start", "check", "train", "safety", "load", "measure", "compare")
BUSY_SECONDS = 60.0  # without a sign of life for so long a job counts as dead, wherever its process was
COUNTED = 5  # the last jobs that tell how long the next one takes
OPEN = "('running', 'stopping')"


@dataclass(frozen=True)
class Job:
    """One row. `state`: running, stopping (it was told to), done, failed, cancelled, broken (its process died)."""

    id: str
    staff: str | None
    began_at: float
    beat_at: float
    ended_at: float | None
    state: str
    step: str
    share: float
    expected: float | None
    said: str
    release: str | None

    @property
    def is_open(self) -> bool:
        return self.state in ("running", "stopping")


class Jobs:
    """The rows of the table jobs."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def begin(self, staff: str | None, expected: float | None) -> str:
        """Note a new job and return its id. Refuses with `busy` where one is under way; one that has died is closed as broken."""
        now = self.clock()
        id = new_id(now)
        with self.database.write() as db:
            self.database.one_at_a_time(db)
            self._close_dead(db, now, BUSY_SECONDS)
            begun = db.run(
                "INSERT INTO jobs (id, staff, began_at, beat_at, expected) SELECT :id, :staff, :now, :now, :expected"
                f" WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE state IN {OPEN})",
                id=id, staff=staff, now=now, expected=expected,
            )  # fmt: skip
        if not begun:
            raise Refusal("busy")
        return id

    def step(self, id: str, step: str, share: float) -> bool:
        """Say how far it is, which is a sign of life too. Returns whether it is to go on: not after it was told to stop."""
        with self.database.write() as db:
            changed = db.run(
                "UPDATE jobs SET step = :step, share = :share, beat_at = :now WHERE id = :id AND state = 'running'",
                id=id, step=step, share=min(1.0, max(0.0, share)), now=self.clock(),
            )  # fmt: skip
        return changed == 1

    def stop(self, id: str) -> bool:
        """Tell a job to stop; its process sees it within a second. Returns whether it was running."""
        with self.database.write() as db:
            return db.run("UPDATE jobs SET state = 'stopping' WHERE id = :id AND state = 'running'", id=id) == 1

    def end(self, id: str, state: str, said: str = "", release: str | None = None) -> bool:
        """Close a job that is open; of two that close it the first one counts."""
        with self.database.write() as db:
            ended = db.run(
                "UPDATE jobs SET state = :state, said = :said, release = :release, ended_at = :now, beat_at = :now,"
                f" share = CASE WHEN :state = 'done' THEN 1.0 ELSE share END WHERE id = :id AND state IN {OPEN}",
                id=id, state=state, said=said, release=release, now=self.clock(),
            )  # fmt: skip
        return ended == 1

    def close_dead(self, seconds: float) -> int:
        """Close as broken what is open and has given no sign of life for so many seconds; return how many."""
        with self.database.write() as db:
            return self._close_dead(db, self.clock(), seconds)

    def running(self) -> Job | None:
        """Return the job that is under way, or was when its process died."""
        return self._one(f"SELECT * FROM jobs WHERE state IN {OPEN} ORDER BY began_at DESC, id DESC LIMIT 1")

    def latest(self) -> Job | None:
        return self._one("SELECT * FROM jobs ORDER BY began_at DESC, id DESC LIMIT 1")

    def find(self, id: str) -> Job | None:
        return self._one("SELECT * FROM jobs WHERE id = :id", id=id)

    def expected(self) -> float | None:
        """Return the seconds that a job takes: the median of the last ones that were done."""
        with self.database.read() as db:
            rows = db.all(
                "SELECT ended_at - began_at AS seconds FROM jobs WHERE state = 'done'"
                " ORDER BY began_at DESC, id DESC LIMIT :count",
                count=COUNTED,
            )
        return statistics.median(float(row["seconds"]) for row in rows) if rows else None

    def _close_dead(self, db: Transaction, now: float, seconds: float) -> int:
        # A job that was told to stop beats no more: it has as long to end.
        return db.run(
            "UPDATE jobs SET state = CASE WHEN state = 'stopping' THEN 'cancelled' ELSE 'broken' END, ended_at = :now"
            f" WHERE state IN {OPEN} AND beat_at <= :before",
            now=now, before=now - seconds,
        )  # fmt: skip

    def _one(self, sql: str, **values: str) -> Job | None:
        with self.database.read() as db:
            row = db.one(sql, **values)
        return _job(row) if row else None


def _job(row: Row) -> Job:
    return Job(**{name: row[name] for name in Job.__dataclass_fields__})
