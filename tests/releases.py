"""A state folder with releases in it, whose models are empty files."""

from __future__ import annotations

from pathlib import Path

from helpdesk import snapshots
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.releases import Publication, Release
from helpdesk.store.staff_rows import Staff
from tests.clock import Clock
from tests.web import settings_for

KEY = "b2theCBva2F5IG9rYXkgb2theSBva2F5IG9rYXkgISE="


def draft(root: Path, **texts: str) -> Path:
    """Write a draft of these topics; one that is not named is taken away."""
    answers = root / "data" / "answers"
    answers.mkdir(parents=True, exist_ok=True)
    for path in answers.glob("*.yml"):
        path.unlink()
    for name, text in texts.items():
        (answers / f"{name}.yml").write_text(text, encoding="utf-8")
    for name in ("domain.yml", "config.yml"):
        (root / name).write_text("one: 1\n", encoding="utf-8")
    return root


class Register:
    """A store with a clock, a draft, and releases of it."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.clock = Clock()
        self.root = draft(folder / "root", tob1="tob1: 1\n")
        self.settings: Settings = settings_for(folder, HELPDESK_DATA=str(self.root / "data"), **environ)
        self.settings.prepare()
        self.store = Store(self.settings.database_url, [KEY], clock=self.clock, targets=("webhook:1", "notify:1"))
        self.releases = self.store.releases

    def add(self, id: str, *, gate: list[str] | None = None, staff: str | None = None) -> Release:
        """Register the draft as it is."""
        self.clock.now += 1
        snapshot = snapshots.take(self.root, snapshots.content(self.settings.state, id))
        snapshots.archive(self.settings.state, id).write_bytes(b"")
        release = Release(id, self.clock.now, staff, "made from", snapshot, gate=gate)
        self.releases.add(release)
        return release

    def bring_live(self, id: str, kind: str = "first", note: str = "") -> Publication:
        self.clock.now += 1
        live = self.releases.live()
        wanted = self.releases.want(id, staff=None, kind=kind, note=note, expected=live.id if live else None)
        assert self.releases.went_live(wanted.id)
        found = self.releases.live()
        assert found
        return found

    def told(self) -> list[tuple[str, str]]:
        return [(out.target, out.kind) for out in self.store.outbox.due(50)]

    def close(self) -> None:
        self.store.close()


def person(id: str, *roles: str) -> Staff:
    return Staff(id, f"{id}@example.org", id.title(), frozenset(roles), True, False, {})
