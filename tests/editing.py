"""A library on a copy of data/, that tests may change."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

from helpdesk.content import check
from helpdesk.editing.library import Library
from helpdesk.store.database import Database
from helpdesk.store.revisions import Revisions
from tests.studio import QUESTIONS, ROOT, copied_root, texts

__all__ = ["QUESTIONS", "ROOT", "failures", "library", "texts"]


@contextlib.contextmanager
def library(folder: Path, *, whole: bool = False) -> Iterator[Library]:
    """Open a library on a copy of data/, of the whole of it or with few examples; or on the copy that is there."""
    root = folder / "root"
    if not root.exists():
        copied_root(root, whole=whole)
    database = Database(f"sqlite:///{folder / 'ledger.sqlite3'}")
    try:
        yield Library(root, folder / "state", Revisions(database), itertools.count(1_800_000_000.0).__next__)
    finally:
        database.close()


def failures(root: Path) -> list[str]:
    return [str(problem) for problem in check(root) if not problem.warning]
