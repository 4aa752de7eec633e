"""The files of the draft: changed one author at a time, whole or not at all, and every text that they had is kept."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpdesk.store.revisions import Revision, Revisions, new_change

OUTSIDE = "Changed outside the studio."
FIRST = "As it was before the first change in the studio."


class Draft:
    """The folder that holds data/ and domain.yml. Several processes may change it: each takes the lock first."""

    def __init__(self, root: Path, state: Path, revisions: Revisions, clock: Callable[[], float] = time.time) -> None:
        self.root = root
        self.revisions = revisions
        self.clock = clock
        self._lock = state / "draft.lock"
        self._journal = state / "draft.journal"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else change the draft; first end what a process that died has left half done."""
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._end_what_was_begun()
            yield

    def settle(self) -> None:
        """Wait for a change that is being written; end one whose process died."""
        if self._journal.exists():
            with self.locked():
                pass

    def read(self, file: str) -> str | None:
        """Return the text of a file, byte by byte; None where there is none."""
        try:
            return (self.root / file).read_bytes().decode("utf-8", "surrogateescape")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def notice(self, file: str) -> None:
        """Keep the present text of a file that was changed outside the studio. Call it under the lock."""
        self.revisions.add(list(self._unknown({file: self.read(file)})))

    def change(self, files: Mapping[str, str | None], *, staff: str | None, note: str) -> str:
        """Write all the files, and a revision for each; None takes a file away. Call it under the lock.

        Returns the id of the first file's revision, or nothing where no file has changed.
        """
        before = {file: self.read(file) for file, text in files.items() if self.read(file) != text}
        if not before:
            return ""
        unknown = list(self._unknown(before))
        change, now = new_change(), self.clock()
        rows = [
            Revision(f"{change}-{number:03}", now, staff, file, _stored(files[file]), note) for number, file in enumerate(before)
        ]
        plan = {"rows": [vars(row) for row in rows], "before": before, "after": {file: files[file] for file in before}}
        _replace(self._journal, json.dumps(plan))
        try:
            self.revisions.add([*unknown, *rows])
        except BaseException:
            self._journal.unlink()
            raise
        self._write(plan)
        return rows[0].id

    def _unknown(self, present: Mapping[str, str | None]) -> Iterator[Revision]:
        """Yield a revision for each file whose text is not the last one that we know."""
        for file, text in present.items():
            last = self.revisions.latest(file)
            if (last.text if last else None) != _stored(text):
                yield Revision(f"{new_change()}-000", self.clock(), None, file, _stored(text), OUTSIDE if last else FIRST)

    def _end_what_was_begun(self) -> None:
        try:
            plan = json.loads(self._journal.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        self.revisions.add([Revision(**row) for row in plan["rows"]])
        self._write(plan)

    def _write(self, plan: Mapping[str, Any]) -> None:
        """Bring each file from its text before to the one after; one that somebody has changed meanwhile stays."""
        for file, text in plan["after"].items():
            path = self.root / file
            if self.read(file) != plan["before"][file]:
                continue
            if text is None:
                path.unlink(missing_ok=True)
                _drop_empty(path.parent, self.root / "data")
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace(path, text)
        self._journal.unlink()


def _stored(text: str | None) -> str | None:
    """Return the text as a database can hold it."""
    return None if text is None else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd")


def _replace(path: Path, text: str) -> None:
    """Replace the file whole or not at all, also where the power fails."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode("utf-8", "surrogateescape"))
        file.flush()
        os.fsync(file.fileno())
    os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
    os.replace(name, path)


def _drop_empty(folder: Path, top: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
