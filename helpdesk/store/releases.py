"""The register: every trained model with what it was made from, and what went live when, by whom and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from helpdesk.errors import Refusal
from helpdesk.store.audit import record
from helpdesk.store.database import Database, Transaction
from helpdesk.store.release_rows import WITHOUT_GATE, Publication, Release, new_id, publication_of, release_of

__all__ = ["Publication", "Release", "Releases", "new_id"]

DEEDS = {
    "first": "release.first",
    "publish": "release.published",
    "rollback": "release.rolled_back",
    "auto": "release.rolled_back",
}
Tell = Callable[[Transaction, str, str, bool, float], None]


class Releases:
    """At most one publication is wanted, and at most one is live."""

    def __init__(self, database: Database, clock: Callable[[], float], tell: Tell) -> None:
        self.database = database
        self.clock = clock
        self.tell = tell

    # -- releases

    def add(self, release: Release) -> None:
        with self.database.write() as db:
            db.run(
                "INSERT INTO releases"
                " (id, made_at, staff, content, snapshot, seconds, gate, summary, proposed_by, proposed_at, note) VALUES"
                " (:id, :made_at, :staff, :content, :snapshot, :seconds, :gate, :summary, :proposed_by, :proposed_at, :note)",
                **{**vars(release), "gate": _dumps(release.gate), "summary": json.dumps(release.summary)},
            )

    def find(self, id: str) -> Release | None:
        with self.database.read() as db:
            return release_of(db.one("SELECT * FROM releases WHERE id = :id", id=id))

    def all(self, limit: int = 200) -> list[Release]:
        """Return the releases, newest first."""
        with self.database.read() as db:
            rows = db.all("SELECT * FROM releases ORDER BY made_at DESC, id DESC LIMIT :limit", limit=limit)
        return [found for row in rows if (found := release_of(row))]

    def measured(self, id: str, gate: list[str], summary: dict[str, Any]) -> None:
        """Keep what was measured, and why the release must not be published, if it must not."""
        with self.database.write() as db:
            done = db.run(
                "UPDATE releases SET gate = :gate, summary = :summary WHERE id = :id",
                id=id, gate=_dumps(gate), summary=json.dumps(summary),
            )  # fmt: skip
            _must(done == 1, "not_found")

    def trained_again(self, id: str, content: str, seconds: float | None) -> None:
        """Note that the same content was trained again, by another program."""
        with self.database.write() as db:
            db.run(
                "UPDATE releases SET content = :content, seconds = :seconds WHERE id = :id",
                id=id, content=content, seconds=seconds,
            )  # fmt: skip

    def propose(self, id: str, staff: str, note: str) -> None:
        """Ask for the release to be published. Raises Refusal("not_ready") for one that must not be."""
        with self.database.write() as db:
            _check_gate(self._locked(db, id))
            now = self.clock()
            db.run(
                "UPDATE releases SET proposed_by = :staff, proposed_at = :now, note = :note WHERE id = :id",
                id=id, staff=staff, now=now, note=note,
            )  # fmt: skip
            record(db, at=now, staff=staff, action="release.proposed", subject=id, detail=note or None)

    def withdraw(self, id: str, staff: str) -> None:
        """Take the proposal back."""
        with self.database.write() as db:
            self._locked(db, id)
            db.run("UPDATE releases SET proposed_by = NULL, proposed_at = NULL WHERE id = :id", id=id)
            record(db, at=self.clock(), staff=staff, action="release.withdrawn", subject=id)

    def remove(self, id: str) -> bool:
        """Forget a release that was never to go live; say whether it was one."""
        with self.database.write() as db:
            self.database.one_at_a_time(db)
            done = db.run(
                "DELETE FROM releases WHERE id = :id AND id NOT IN (SELECT release FROM publications WHERE state <> 'failed')",
                id=id,
            )
        return done == 1

    # -- publications

    def publications(self, limit: int = 200) -> list[Publication]:
        """Return what went live, or was to, newest first."""
        with self.database.read() as db:
            rows = db.all("SELECT * FROM publications ORDER BY at DESC, id DESC LIMIT :limit", limit=limit)
        return [found for row in rows if (found := publication_of(row))]

    def publication(self, id: str) -> Publication | None:
        with self.database.read() as db:
            return publication_of(db.one("SELECT * FROM publications WHERE id = :id", id=id))

    def live(self) -> Publication | None:
        with self.database.read() as db:
            return _in_state(db, "live")

    def wanted(self) -> Publication | None:
        with self.database.read() as db:
            return _in_state(db, "wanted")

    def want(self, release: str, *, staff: str | None, kind: str, note: str, expected: str | None) -> Publication:
        """Note that the release is to go live.

        Raises Refusal: conflict, where another publication than `expected` is live or one is on its way; not_ready, where the
        measures are against it.
        """
        with self.database.write() as db:
            self.database.one_at_a_time(db)
            found = self._locked(db, release)
            if kind not in WITHOUT_GATE:
                _check_gate(found)
            live = _in_state(db, "live")
            _must((live.id if live else None) == expected and _in_state(db, "wanted") is None, "conflict")
            now = self.clock()
            made = Publication(new_id(now), now, release, staff, kind, note, "wanted", None, None, "")
            db.run(
                "INSERT INTO publications (id, at, release, staff, kind, note, state, live_at, ended_at, why)"
                " VALUES (:id, :at, :release, :staff, :kind, :note, :state, :live_at, :ended_at, :why)",
                **vars(made),
            )
        return made

    def went_live(self, publication: str) -> bool:
        """Note that the publication is live and the one before is not; False where it was no longer wanted."""
        with self.database.write() as db:
            self.database.one_at_a_time(db)
            found = self._wanted(db, publication)
            if found is None:
                return False
            now = self.clock()
            db.run(
                "UPDATE publications SET state = 'ended', ended_at = :now, why = :why WHERE state = 'live'",
                now=now, why=found.note if found.is_way_back else "",
            )  # fmt: skip
            db.run("UPDATE publications SET state = 'live', live_at = :now WHERE id = :id", id=publication, now=now)
            record(
                db, at=now, staff=found.staff, action=DEEDS[found.kind], subject=found.release, detail=found.note or None
            )  # fmt: skip
            if found.kind != "first":
                kind = "model.rolled_back" if found.is_way_back else "model.published"
                self.tell(db, kind, found.release, found.kind == "auto", now)
        return True

    def failed(self, publication: str, why: str) -> bool:
        """Note that the publication cannot go live; what was live stays so."""
        with self.database.write() as db:
            self.database.one_at_a_time(db)
            found = self._wanted(db, publication)
            if found is None:
                return False
            now = self.clock()
            db.run(
                "UPDATE publications SET state = 'failed', ended_at = :now, why = :why WHERE id = :id",
                id=publication, now=now, why=why,
            )  # fmt: skip
            record(db, at=now, staff=found.staff, action="release.failed", subject=found.release, detail=why)
        return True

    def _wanted(self, db: Transaction, publication: str) -> Publication | None:
        row = db.one("SELECT * FROM publications WHERE id = :id AND state = 'wanted'", id=publication)
        return publication_of(row)

    def _locked(self, db: Transaction, id: str) -> Release:
        found = release_of(db.one(f"SELECT * FROM releases WHERE id = :id{self.database.lock_row}", id=id))
        if found is None:
            raise Refusal("not_found")
        return found


def _in_state(db: Transaction, state: str) -> Publication | None:
    return publication_of(db.one("SELECT * FROM publications WHERE state = :state ORDER BY at DESC LIMIT 1", state=state))


def _check_gate(release: Release) -> None:
    _must(release.may_be_published, "not_ready")


def _must(well: bool, code: str) -> None:
    if not well:
        raise Refusal(code)


def _dumps(gate: list[str] | None) -> str | None:
    return None if gate is None else json.dumps(gate)
