"""Pairs of nearly equal examples that staff want to keep where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpdesk.store.database import Database


@dataclass(frozen=True)
class KeptPair:
    """Who kept a pair, and when; `pair` is its key."""

    pair: str
    at: float
    staff: str


class KeptPairs:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock

    def all(self) -> dict[str, KeptPair]:
        with self.database.read() as db:
            return {row["pair"]: KeptPair(**row) for row in db.all("SELECT pair, at, staff FROM kept_pairs")}

    def keep(self, pair: str, staff: str) -> None:
        with self.database.write() as db:
            db.run(
                "INSERT INTO kept_pairs (pair, at, staff) VALUES (:pair, :at, :staff) ON CONFLICT (pair) DO NOTHING",
                pair=pair, at=self.clock(), staff=staff,
            )  # fmt: skip

    def drop(self, pair: str) -> None:
        """Let the pair count as a conflict again."""
        with self.database.write() as db:
            db.run("DELETE FROM kept_pairs WHERE pair = :pair", pair=pair)
