"""The bot's answers, for a navigator to put into a reply: read from data/answers when they are first asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

MOST = 20


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

    def __init__(self, data: Path) -> None:
        self.data = data
        self.lock = threading.Lock()
        self.kept: tuple[Kept, ...] | None = None

    def find(self, search: str = "") -> list[Kept]:
        """Return the answers that hold every word; those with more of the words in their question come first."""
        with self.lock:
            if self.kept is None:
                self.kept = tuple(_read(self.data))
        words = search.casefold().split()
        found = [one for one in self.kept if all(word in f"{one.question} {one.text}".casefold() for word in words)]
        return sorted(found, key=lambda one: -sum(word in one.question.casefold() for word in words))[:MOST]


def _read(data: Path) -> Iterator[Kept]:
    """Yield the answers without a condition. A file that cannot be read is left out: the checker of the content tells of it."""
    for path in sorted((data / "answers").rglob("*.yml")):
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
