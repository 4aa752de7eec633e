"""Who serves on several machines, and the publication that each is ready for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from helpdesk.store.database import Database
from helpdesk.store.release_rows import Publication, publication_of

ALIVE_SECONDS = 10.0  # without a sign of life for so long a replica is not waited for, and not asked
FORGOTTEN_SECONDS = 3600.0
RASA, WEB = "rasa", "web"
PRESENT = ""  # stands for no publication: the replica is there


@dataclass(frozen=True)
class Ready:
    """What one replica says of one publication: where it is asked, or why it cannot serve it."""

    address: str = ""
    refused: str | None = None


@dataclass(frozen=True)
class Replica:
    """One row."""

    id: str
    publication: str
    kind: str
    address: str
    refused: str | None


@dataclass(frozen=True)
class Seen:
    """The register and the replicas at one moment."""

    live: Publication | None
    wanted: Publication | None
    replicas: tuple[Replica, ...]

    def rasas(self, publication: str) -> tuple[str, ...]:
        """Return where a publication is served."""
        return tuple(one.address for one in self._of(publication) if one.kind == RASA and one.refused is None)

    def refusal(self, publication: str) -> str | None:
        """Return why a replica cannot serve it, where one cannot."""
        return next((one.refused for one in self._of(publication) if one.refused is not None), None)

    def missing(self, publication: str) -> list[str]:
        """Return who is not ready for it: replicas that are there, and a kind of which there is none."""
        there = {one.id: one.kind for one in self._of(PRESENT)}
        for one in self._of(publication):
            there.pop(one.id, None)
        ready = {one.kind for one in self._of(publication)}
        return sorted({*there.values(), *({RASA, WEB} - ready)})

    def _of(self, publication: str) -> list[Replica]:
        return [one for one in self.replicas if one.publication == publication]


class Replicas:
    """Their clocks must agree within some seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock

    def seen(self) -> Seen:
        """Return what is live, what is wanted, and who is there."""
        with self.database.read() as db:
            found = db.all("SELECT * FROM publications WHERE state IN ('live', 'wanted') ORDER BY at")
            rows = db.all(
                "SELECT id, publication, kind, address, refused FROM replicas WHERE beat_at >= :since ORDER BY id, publication",
                since=self.clock() - ALIVE_SECONDS,
            )
        state = {row["state"]: publication_of(row) for row in found}
        return Seen(state.get("live"), state.get("wanted"), tuple(Replica(**row) for row in rows))

    def beat(self, id: str, kind: str, ready: Mapping[str, Ready]) -> None:
        """Give a sign of life, with all that the replica is ready for; what it said before is forgotten."""
        now = self.clock()
        with self.database.write() as db:
            db.run("DELETE FROM replicas WHERE id = :id OR beat_at < :old", id=id, old=now - FORGOTTEN_SECONDS)
            db.run_many(
                "INSERT INTO replicas (id, publication, kind, address, beat_at, refused)"
                " VALUES (:id, :publication, :kind, :address, :now, :refused)",
                [
                    {"id": id, "publication": name, "kind": kind, "now": now, "address": one.address, "refused": one.refused}
                    for name, one in {PRESENT: Ready(), **ready}.items()
                ],
            )

    def leave(self, id: str) -> None:
        with self.database.write() as db:
            db.run("DELETE FROM replicas WHERE id = :id", id=id)
