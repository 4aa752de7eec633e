"""How it goes with the bot's replies in a span of time, for the watch after a publication."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.store.database import Database
from helpdesk.store.queue_rows import UNASKED

REASONS = ", ".join(f"'{reason}'" for reason in sorted(UNASKED))


@dataclass(frozen=True)
class Replies:
    """So many replies, of which so many were no answer; so many conversations, of which so many asked for a person."""

    replies: int
    missed: int
    conversations: int
    asked: int

    @property
    def missed_share(self) -> float:
        return self.missed / self.replies if self.replies else 0.0

    @property
    def asked_share(self) -> float:
        return self.asked / self.conversations if self.conversations else 0.0


def replies_between(database: Database, start: float, end: float) -> Replies:
    """Count what was said from `start` on and before `end`."""
    with database.read() as db:
        said = db.one(
            "SELECT COUNT(*) AS replies, COUNT(DISTINCT conversation) AS conversations,"
            " COALESCE(SUM(CASE WHEN route IN ('miss', 'down') THEN 1 ELSE 0 END), 0) AS missed FROM events"
            " WHERE at >= :start AND at < :end AND kind = 'message' AND author = 'bot' AND reply_to IS NOT NULL",
            start=start, end=end,
        )  # fmt: skip
        asked = db.one(
            "SELECT COUNT(DISTINCT h.conversation) AS asked FROM handoffs h"
            f" WHERE h.asked_at >= :start AND h.asked_at < :end AND h.reason NOT IN ({REASONS})"
            " AND EXISTS (SELECT 1 FROM events e WHERE e.conversation = h.conversation AND e.at >= :start AND e.at < :end"
            " AND e.kind = 'message' AND e.author = 'bot' AND e.reply_to IS NOT NULL)",
            start=start, end=end,
        )  # fmt: skip
    assert said is not None and asked is not None
    return Replies(said["replies"], said["missed"], said["conversations"], asked["asked"])
