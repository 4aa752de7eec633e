"""The content of the draft, read again only where a file has changed, and where each sentence of it stands."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpdesk.content.across import heard
from helpdesk.content.entries import FOLLOW_UP, LEFT_OUT
from helpdesk.content.model import Content, Entry, load

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Place:
    """Where a sentence stands: the file; the topic whose follow-up it is, where it is one."""

    text: str
    file: str
    behind: str | None
    kind: str  # own, left_out, follow_up, question


Places = dict[str, list[Place]]


class Reader:
    """Keeps what it has read. Safe in several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._guard = threading.Lock()
        self._stamps: dict[Path, Stamp] = {}
        self._content: Content | None = None
        self._places: dict[str, tuple[object, Places]] = {}
        self._placed: Content | None = None
        self._all: Places = {}

    def content(self) -> Content:
        with self._guard:
            stamps = dict(self._stat())
            if self._content is None or stamps != self._stamps:
                changed = {path for path in {*stamps, *self._stamps} if stamps.get(path) != self._stamps.get(path)}
                self._content = load(self.root, self._content, changed)
                self._stamps = stamps
            return self._content

    def places(self) -> Places:
        """Return where each sentence stands: case and punctuation aside."""
        content = self.content()
        with self._guard:
            if self._placed is not content:
                self._placed, self._all = content, defaultdict(list)
                for found in self._by_file(content):
                    for key, places in found.items():
                        self._all[key] += places
            return self._all

    def _by_file(self, content: Content) -> Iterator[Places]:
        for entry in content.entries:
            known = self._places.get(entry.file)
            if known is None or known[0] is not entry:
                known = self._places[entry.file] = (entry, _by_sound(_of_entry(entry)))
            yield known[1]
        questions = self._places.get("")
        if questions is None or questions[0] != content.questions:
            asked = (Place(text, file, None, "question") for text, _, file in content.questions)
            questions = self._places[""] = (content.questions, _by_sound(asked))
        yield questions[1]

    def _stat(self) -> Iterator[tuple[Path, Stamp]]:
        for path in [*(self.root / "data").rglob("*.yml"), *(self.root / "data").glob("*.sha256")]:
            try:
                told = path.stat()
            except FileNotFoundError:
                continue
            yield path, (told.st_mtime_ns, told.st_size, told.st_ino)


def kind_of(intent: str) -> str:
    """Return which kind of example has this intent in an answer's file."""
    return {LEFT_OUT: "left_out", FOLLOW_UP: "follow_up"}.get(intent, "own")


def _of_entry(entry: Entry) -> Iterator[Place]:
    for example in entry.examples:
        yield Place(example.text, entry.file, example.behind, kind_of(example.intent))


def _by_sound(places: Iterator[Place]) -> Places:
    found: Places = defaultdict(list)
    for place in places:
        found[heard(place.text)].append(place)
    return dict(found)
