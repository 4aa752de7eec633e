"""A studio with an author and an approver in it, on a copy of data/ that tests may change."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from helpdesk.app import create_app
from tests.desk import Forms, Navigator, add_staff, problem, title
from tests.web import Chat, FakeAssistant, FakeSafety, settings_for

ROOT = Path(__file__).resolve().parent.parent
__all__ = ["Chat", "Forms", "Studio", "copied_root", "opened", "problem", "title"]


def copied_root(folder: Path) -> Path:
    """Return a folder with all that a draft needs: data/, domain.yml and config.yml."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "data", folder / "data")
    for name in ("domain.yml", "config.yml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


class Studio:
    """The web process with Ada, who writes, and Paul, who publishes."""

    def __init__(self, client: TestClient, assistant: FakeAssistant, root: Path) -> None:
        self.client, self.assistant, self.root = client, assistant, root
        self.app: Any = client.app
        self.service = self.app.state.studio
        self.store = self.service.store
        self.ada = self.staff("Ada", "author")
        self.paul = self.staff("Paul", "approver")

    def staff(self, name: str, *roles: str) -> Navigator:
        return Navigator(self.app, add_staff(self.app, name, *roles, on_duty=False), self.client)

    def file(self, name: str) -> Path:
        """Return the one file of data/ with this name."""
        (found,) = (self.root / "data").rglob(f"{name}.yml")
        return found


@contextlib.contextmanager
def opened(folder: Path, **environ: str) -> Iterator[Studio]:
    root, assistant = copied_root(folder / "root"), FakeAssistant()
    settings = settings_for(folder / "state", HELPDESK_DATA=str(root / "data"), **environ)
    with TestClient(
        create_app(settings, assistant=assistant, safety=FakeSafety()), raise_server_exceptions=False, follow_redirects=False
    ) as client:
        yield Studio(client, assistant, root)
