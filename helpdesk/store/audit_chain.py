"""The chain of the audit: a row's id ends in a keyed hash over the row and the id before, so that a change or a gap shows.

The end of the chain stands in `meta`, signed too, so that the last rows cannot be taken away unseen. What came before there was a
chain is hashed into its first row.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Protocol

END = "audit_end"
STAMP, SEAL = 16, 32  # hexadecimal digits of the time and of the hash
PAGE = 1000
Row = Mapping[str, Any]


class Db(Protocol):
    """What is needed of a transaction."""

    def run(self, sql: str, **values: Any) -> int: ...
    def one(self, sql: str, **values: Any) -> Row | None: ...
    def all(self, sql: str, **values: Any) -> list[Row]: ...


@dataclass
class Verdict:
    """What a look at the whole audit came to; `end` is the entry to note down for the next time."""

    rows: int = 0
    end: str = ""
    problems: list[str] = field(default_factory=list)


def chain(db: Db, deeds: Iterable[Row], *, key: str, lock_row: str) -> None:
    """Add rows to the end of the chain. One transaction at a time does it: the end is locked until it is over."""
    db.run("INSERT INTO meta (name, value) VALUES (:name, '') ON CONFLICT DO NOTHING", name=END)
    row = db.one(f"SELECT value FROM meta WHERE name = :name{lock_row}", name=END)
    noted = json.loads(row["value"]) if row and row["value"] else None
    end: dict[str, Any] = noted or {"first": "", "last": _beginning(_rows(db)), "count": 0}
    newest = db.one("SELECT MAX(id) AS id FROM audit") or {}
    floor = int((newest.get("id") or "0")[:STAMP], 16) + 1  # whatever the clock says, the order of the ids is that of the deeds
    for stamp, deed in enumerate(deeds, max(time.time_ns(), floor)):
        id = f"{stamp:0{STAMP}x}"
        id += _seal(key, end["last"], id, deed)
        db.run(
            "INSERT INTO audit (id, at, staff, action, subject, detail) VALUES (:id, :at, :staff, :action, :subject, :detail)",
            id=id, **deed,
        )  # fmt: skip
        end = {"first": end["first"] or id, "last": id, "count": end["count"] + 1}
    value = json.dumps({**end, "seal": _seal_of_end(key, end)})
    db.run("UPDATE meta SET value = :value WHERE name = :name", name=END, value=value)


def verify(db: Db, keys: Sequence[str], noted: str | None) -> Verdict:
    """Go through the whole chain."""
    verdict = Verdict()
    row = db.one("SELECT value FROM meta WHERE name = :name", name=END)
    end = json.loads(row["value"]) if row and row["value"] else None
    if end is None:
        if db.one("SELECT id FROM audit LIMIT 1"):
            verdict.problems.append("The end of the audit is not noted, though there are entries: it was taken away.")
        return verdict
    if not any(hmac.compare_digest(end.get("seal", ""), _seal_of_end(key, end)) for key in keys):
        verdict.problems.append("The note of where the audit ends was changed, or made with a key that is no longer given.")
    before = _beginning(row for row in _rows(db) if row["id"] < end["first"])
    found, count = noted is None, 0
    for row in _rows(db):
        verdict.rows += 1
        found = found or row["id"] == noted
        if row["id"] < end["first"]:
            continue
        if not any(hmac.compare_digest(row["id"][STAMP:], _seal(key, before, row["id"][:STAMP], row)) for key in keys):
            verdict.problems.append(
                f"The entry {row['id']} of {_date(row['at'])} ({row['action']}) does not fit the one before it: it was changed, "
                "or one before it was changed, added or taken away, or its key is no longer given."
            )
        before, count = row["id"], count + 1
    verdict.end = before if count else ""
    if (verdict.end, count) != (end["last"], end["count"]):
        verdict.problems.append(f"There are {count} entries where {end['count']} were made, or the last one is another.")
    if not found:
        verdict.problems.append(f"The entry {noted}, which was noted earlier, is not there: the audit was set back.")
    return verdict


def _rows(db: Db) -> Iterator[Row]:
    """Yield every row in the order of the ids, which is the chain's."""
    after = ""
    while rows := db.all("SELECT * FROM audit WHERE id > :after ORDER BY id LIMIT :limit", after=after, limit=PAGE):
        yield from rows
        after = rows[-1]["id"]


def _beginning(rows: Iterable[Row]) -> str:
    """Return what the first row of the chain stands on: a hash of all that was there before it."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(_text(row["id"], row).encode())
    return digest.hexdigest()


def _seal(key: str, before: str, stamp: str, row: Row) -> str:
    return hmac.new(_audit_key(key), f"{before} {_text(stamp, row)}".encode(), hashlib.sha256).hexdigest()[:SEAL]


def _seal_of_end(key: str, end: Row) -> str:
    return hmac.new(_audit_key(key), f"{end['first']} {end['last']} {end['count']}".encode(), hashlib.sha256).hexdigest()


def _audit_key(key: str) -> bytes:
    return hashlib.sha256(f"audit {key}".encode()).digest()


def _text(stamp: str, row: Row) -> str:
    """Write a row in the one way that can be hashed."""
    return json.dumps([stamp, repr(float(row["at"])), row["staff"], row["action"], row["subject"], row["detail"]])


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
