"""Numbers that stand in the ledger at a moment, for the operator's counters: what waits, since when, and what was published."""

from __future__ import annotations

from helpdesk.store.database import Database

WAITING = (
    "SELECT COUNT(*) AS number, MIN(h.queued_at) AS since FROM conversations c"
    " LEFT JOIN handoffs h ON h.conversation = c.id AND h.ended_at IS NULL WHERE c.owner = 'waiting'"
)
TURNS = (
    "SELECT COUNT(*) AS number, MIN(e.at) AS since FROM turns t"
    " JOIN events e ON e.conversation = t.conversation AND e.seq = t.seq"
)
CALLBACKS = "SELECT COUNT(*) AS number, MIN(at) AS since FROM callbacks WHERE state = 'open'"
OUTBOX = "SELECT COUNT(*) AS number, MIN(at) AS since FROM outbox WHERE state = 'open'"
WAITS = {"waiting": WAITING, "turns_open": TURNS, "callbacks_open": CALLBACKS, "outbox_open": OUTBOX}
PUBLISHED = "SELECT kind, COUNT(*) AS number FROM publications WHERE live_at IS NOT NULL GROUP BY kind"
FAILED = "SELECT COUNT(*) AS number FROM publications WHERE state = 'failed'"


def standing(database: Database, now: float) -> dict[str, dict[str, float]]:
    """Return every number by its name and its labels."""
    found: dict[str, dict[str, float]] = {}
    with database.read() as db:
        for name, sql in WAITS.items():
            row = db.one(sql) or {}
            since = row.get("since")
            found[f"helpdesk_{name}"] = {"": row["number"]}
            found[f"helpdesk_{name}_oldest_seconds"] = {"": 0.0 if since is None else max(0.0, now - since)}
        found["helpdesk_publications_total"] = {f'kind="{row["kind"]}"': row["number"] for row in db.all(PUBLISHED)}
        failed = db.one(FAILED)
    found["helpdesk_publications_failed_total"] = {"": failed["number"] if failed else 0}
    return found
