"""A studio on a draft of a few topics, small enough to be looked over while one waits."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from starlette.testclient import TestClient

from helpdesk.app import create_app
from tests.desk import Navigator
from tests.studio import ROOT, Studio
from tests.web import FakeAssistant, FakeSafety, settings_for

KEPT = {"tob1", "vitamin_d", "lipoic_acid", "cost", "join", "greet", "fallback"}
SHARED = ("facts.yml", "topics.yml", "vocabulary", "desk", "safety")


def small_root(folder: Path) -> Path:
    """Return a folder with the draft; one that is there already stays as it is."""
    if folder.exists():
        return folder
    for name in ("domain.yml", "config.yml"):
        folder.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for path in (ROOT / "data").rglob("*"):
        inside = path.relative_to(ROOT / "data")
        if path.is_file() and (inside.parts[0] in SHARED or path.stem in KEPT):
            (folder / "data" / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / "data" / inside)
    return folder


class SmallStudio(Studio):
    """After a restart its people are there already."""

    def staff(self, name: str, *roles: str) -> Navigator:
        known = self.store.staff.by_login(f"{name.lower()}@example.org")
        return Navigator(self.app, known, self.client) if known else super().staff(name, *roles)


@contextlib.contextmanager
def opened_small(folder: Path, **environ: str) -> Iterator[Studio]:
    root, assistant = small_root(folder / "root"), FakeAssistant()
    settings = settings_for(folder / "state", HELPDESK_DATA=str(root / "data"), **environ)
    app = create_app(settings, assistant=assistant, safety=FakeSafety())
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield SmallStudio(client, assistant, root)


def looked_over(studio: Studio) -> str:
    """Wait until the draft is looked over as it is now; return the page of conflicts."""
    end = time.monotonic() + 60
    while studio.ada.get("/studio/conflicts/ready").status_code != 200:
        assert time.monotonic() < end, "the draft was not looked over in time"
        time.sleep(0.05)
    page = studio.ada.get("/studio/conflicts")
    assert page.status_code == 200, page.text
    return str(page.text)
