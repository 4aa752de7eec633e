"""Reminders of answers that are to be read again: each answer and date is told once, in the transaction that notes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from helpdesk.store.database import Database
from helpdesk.store.outbox import queue_out
from helpdesk.store.rows import iso

KIND = "content.review"
LINK = "/studio/conflicts"


class Reminders:
    def __init__(self, database: Database, clock: Callable[[], float], targets: Sequence[str]) -> None:
        self.database = database
        self.clock = clock
        self.targets = tuple(targets)

    def remind(self, due: Iterable[tuple[str, str]]) -> int:
        """Tell of the topics and dates that were not told of before, all at once; return how many there were."""
        now = self.clock()
        with self.database.write() as db:
            new = [
                db.run(
                    "INSERT INTO reminders (topic, due, at) VALUES (:topic, :due, :at) ON CONFLICT (topic, due) DO NOTHING",
                    topic=topic, due=date, at=now,
                )
                for topic, date in due
            ]  # fmt: skip
            count = sum(new)
            if count:
                data = {"link": LINK, "count": count, "at": iso(now)}
                queue_out(db, at=now, kind=KIND, data=data, targets=self.targets)
        return count
