"""A studio with an author and an approver in it, on a copy of data/ that tests may change."""

from __future__ import annotations

import contextlib
import functools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from helpdesk.app import create_app
from helpdesk.editing.layout import layout_of
from tests.desk import Forms, Navigator, add_staff, problem, title
from tests.fake_encoder import FakeEncoder
from tests.web import Chat, FakeAssistant, FakeSafety, settings_for

ROOT = Path(__file__).resolve().parent.parent
FEW = 6  # examples of a block
QUESTIONS = "data/development/answers.yml"  # the one file of them that is kept
__all__ = ["Chat", "Forms", "Studio", "copied_root", "opened", "problem", "title"]


def copied_root(folder: Path, *, whole: bool = False) -> Path:
    """Return a folder with all that a draft needs: data/, domain.yml and config.yml; but for `whole` with few examples."""
    if whole:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(ROOT / "data", folder / "data")
        for name in ("domain.yml", "config.yml"):
            shutil.copy(ROOT / name, folder / name)
        return folder
    for name, text in small().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    return folder


@functools.cache
def small() -> dict[str, bytes]:
    """Return the files of the draft, with few examples in each block: as sound as the whole, and much quicker to check."""
    found = {name: (ROOT / name).read_bytes() for name in (QUESTIONS, "config.yml")}
    for name, text in texts(ROOT).items():
        layout = layout_of(text.decode()) if name.split("/")[1:2] in (["answers"], ["referrals"], ["dialogue"]) else None
        for block in layout.blocks if layout else ():
            block.examples = block.examples[:FEW]
        if not name.startswith("data/development/"):
            found[name] = layout.text().encode() if layout else text
    return found


def texts(root: Path) -> dict[str, bytes]:
    """Return every file of the draft, byte by byte."""
    paths = [path for path in (root / "data").rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in [*paths, root / "domain.yml"]}


class Studio:
    """The web process with Ada, who writes, and Paul, who publishes."""

    def __init__(self, client: TestClient, assistant: FakeAssistant, root: Path) -> None:
        self.client, self.assistant, self.root = client, assistant, root
        self.app: Any = client.app
        self.service = self.app.state.studio
        self.store = self.service.store
        self.service.meaning.load = FakeEncoder
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
