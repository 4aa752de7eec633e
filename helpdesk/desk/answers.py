"""The bot's answers, for a navigator to put into a reply: read from data/answers, and again when a file there has changed."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

MOST = 20
LOOK_SECONDS = 3.0  # so long the files are not looked at again
Stamp = tuple[tuple[Path, int, int], ...]


@dataclass(frozen=True)
class Kept:
    """One whole answer, with the page that it comes from."""

    topic: str
    question: str
    text: str
    page: str
    section: str
    as_of: str


class Answers:
    """All answers of the content, found by the words of their question and text."""

    def __init__(self, data: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.data = data
        self.clock = clock
        self.lock = threading.Lock()
        self.kept: tuple[Kept, ...] = ()
        self.stamp: Stamp | None = None
        self.look_at = 0.0

    def follow(self, data: Path) -> None:
        """Read these from now on: another release is live."""
        with self.lock:
            self.data, self.stamp = data, None

    def find(self, search: str = "", off: Collection[str] = ()) -> list[Kept]:
        """Return the answers that hold every word, but for the topics that are off.

        Those with more of the words in their question come first.
        """
        words = search.casefold().split()
        held = (one for one in self._fresh() if one.topic not in off)
        found = [one for one in held if all(word in f"{one.question} {one.text}".casefold() for word in words)]
        return sorted(found, key=lambda one: -sum(word in one.question.casefold() for word in words))[:MOST]

    def _fresh(self) -> tuple[Kept, ...]:
        with self.lock:
            if self.stamp is None or self.clock() >= self.look_at:
                self.look_at = self.clock() + LOOK_SECONDS
                stamp = _stamp(self.data)
                if stamp != self.stamp:
                    self.kept, self.stamp = tuple(_read(stamp)), stamp
            return self.kept


def _stamp(data: Path) -> Stamp:
    """Return the files with when each was written, and how long it is."""
    found = []
    for path in sorted((data / "answers").rglob("*.yml")):
        with contextlib.suppress(OSError):
            state = path.stat()
            found.append((path, state.st_mtime_ns, state.st_size))
    return tuple(found)


def _read(stamp: Stamp) -> Iterator[Kept]:
    """Yield the answers without a condition. A file that cannot be read is left out: the checker of the content tells of it."""
    for path, *_ in stamp:
        try:
            found = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            for one in found["responses"][f"utter_{path.stem}"]:
                if not one.get("condition"):
                    about = one["metadata"]
                    yield Kept(
                        path.stem, about["question"], one["text"].strip(), about["page"], about["section"], str(about["as_of"])
                    )
        except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
            continue
