"""The pages that were given to the studio, and what became of each of their sentences."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from helpdesk.errors import Refusal
from helpdesk.store.audit import record
from helpdesk.store.database import Database, Row

OPEN, ACCEPTED, ASIDE = "open", "accepted", "aside"


@dataclass(frozen=True)
class Given:
    """One version of a page, as it was given."""

    id: str
    at: float
    staff: str | None
    name: str
    address: str
    as_of: str
    before: str | None  # the version before
    changes: list[dict[str, Any]]


@dataclass(frozen=True)
class Item:
    """One sentence of a page that may become a fact."""

    source: str
    number: int
    section: str
    paragraph: int
    sentence: str
    exact: tuple[str, ...]
    state: str
    fact: str | None
    staff: str | None


class Sources:
    """Every version stays: the next one is compared with it."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def add(
        self,
        *,
        staff: str,
        name: str,
        address: str,
        as_of: str,
        before: str | None,
        changes: Sequence[Any],
        items: Sequence[Item],
    ) -> str:
        """Keep a version of a page with its sentences; return its id."""
        now, made = self.clock(), f"{time.time_ns():016x}{secrets.token_hex(4)}"
        with self.database.write() as db:
            db.run(
                "INSERT INTO sources (id, at, staff, name, address, as_of, before, changes)"
                " VALUES (:id, :at, :staff, :name, :address, :as_of, :before, :changes)",
                id=made, at=now, staff=staff, name=name, address=address, as_of=as_of, before=before,
                changes=json.dumps(list(changes)),
            )  # fmt: skip
            db.run_many(
                "INSERT INTO sentences (source, number, section, paragraph, sentence, exact, state, fact)"
                " VALUES (:source, :number, :section, :paragraph, :sentence, :exact, :state, :fact)",
                [
                    {
                        "source": made, "number": item.number, "section": item.section, "paragraph": item.paragraph,
                        "sentence": item.sentence, "exact": json.dumps(list(item.exact)), "state": item.state, "fact": item.fact,
                    }
                    for item in items
                ],
            )  # fmt: skip
            record(db, at=now, staff=staff, action="source.given", detail=name)
        return made

    def all(self) -> list[tuple[Given, dict[str, int]]]:
        """Return every version, newest first, with how many of its sentences are in each state."""
        with self.database.read() as db:
            rows = db.all("SELECT * FROM sources ORDER BY id DESC")
            counted = db.all("SELECT source, state, COUNT(*) AS number FROM sentences GROUP BY source, state")
        return [(_given(row), {c["state"]: c["number"] for c in counted if c["source"] == row["id"]}) for row in rows]

    def find(self, source: str) -> Given:
        """Raises Refusal: not_found."""
        with self.database.read() as db:
            row = db.one("SELECT * FROM sources WHERE id = :id", id=source)
        if row is None:
            raise Refusal("not_found")
        return _given(row)

    def last_of(self, name: str) -> Given | None:
        """Return the newest version of the page of this name."""
        with self.database.read() as db:
            row = db.one("SELECT * FROM sources WHERE LOWER(name) = :name ORDER BY id DESC LIMIT 1", name=name.lower())
        return _given(row) if row else None

    def items(self, source: str) -> list[Item]:
        with self.database.read() as db:
            return [_item(row) for row in db.all("SELECT * FROM sentences WHERE source = :source ORDER BY number", source=source)]

    def decide(self, source: str, number: int, *, state: str, fact: str | None, staff: str, expected: str) -> None:
        """Note what became of a sentence. Raises Refusal: conflict where somebody else has decided meanwhile."""
        with self.database.write() as db:
            done = db.run(
                "UPDATE sentences SET state = :state, fact = :fact, staff = :staff, at = :at"
                " WHERE source = :source AND number = :number AND state = :expected",
                state=state, fact=fact, staff=staff, at=self.clock(), source=source, number=number, expected=expected,
            )  # fmt: skip
        if not done:
            raise Refusal("conflict")


def _given(row: Row) -> Given:
    return Given(
        row["id"], row["at"], row["staff"], row["name"], row["address"], row["as_of"], row["before"], json.loads(row["changes"])
    )


def _item(row: Row) -> Item:
    exact = tuple(json.loads(row["exact"]))
    return Item(
        row["source"],
        row["number"],
        row["section"],
        row["paragraph"],
        row["sentence"],
        exact,
        row["state"],
        row["fact"],
        row["staff"],
    )
