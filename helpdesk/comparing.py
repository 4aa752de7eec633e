"""The live model beside the candidate: what would be answered differently, in sentences first, then in figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from helpdesk.measured import Half

__all__ = ["Change", "Comparison", "Confusion", "Failure", "Figure", "Half", "read", "write"]

FILE = "comparison.json"
BINS = 10
WORST_FIRST = ("worse", "person", "different", "better")


@dataclass(frozen=True)
class Change:
    """One question that the two models answer differently. `verdict`: better, worse, person (no longer answered), different.

    `said`: what is wrong with the new answer. Of a visitor's message only `source` is kept; `with_words` fills in the rest.
    """

    ask: str
    set: str
    group: str
    verdict: str
    before: Half
    after: Half
    wanted: str = ""
    said: str = ""
    source: str | None = None


@dataclass(frozen=True)
class Figure:
    """How many of a group's questions are right. `before` counts the same questions, asked of the live model."""

    set: str
    group: str
    of: int
    after: int
    before: int | None = None


@dataclass(frozen=True)
class Confusion:
    """How often the candidate answers with one topic where another was wanted; `got` may be a route: refer, miss …"""

    wanted: str
    got: str
    count: int


@dataclass(frozen=True)
class Failure:
    """A question that must be right and is not."""

    ask: str
    set: str
    group: str
    wanted: str
    got: Half
    said: str


@dataclass(frozen=True)
class Comparison:
    """All of it. `live` is the release that is live; none: nothing is, and there is no `before` anywhere."""

    candidate: str
    live: str | None = None
    sentences: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    figures: tuple[Figure, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    confidence_before: tuple[int, ...] = ()
    confidence_after: tuple[int, ...] = ()
    failures: tuple[Failure, ...] = ()  # of the saved tests and of the sets that must be right
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, verdict: str) -> int:
        return sum(change.verdict == verdict for change in self.changes)

    def with_words(self, words: Mapping[str, str]) -> Comparison:
        """Return it with the visitors' messages that are still there, by their `source`; the others are left out."""
        told = [replace(change, ask=words.get(change.source or "", change.ask)) for change in self.changes]
        return replace(self, changes=tuple(change for change in told if change.source is None or change.source in words))

    @property
    def summary(self) -> dict[str, Any]:
        """Return what the register keeps: the sentences and the figures."""
        return {
            "live": self.live,
            "sentences": list(self.sentences),
            "figures": [asdict(figure) for figure in self.figures],
            "changes": {verdict: self.count(verdict) for verdict in WORST_FIRST},
            "seconds": self.seconds,
        }

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Comparison:
        found = json.loads(text)
        found["changes"] = tuple(
            Change(**{**one, "before": Half(**one["before"]), "after": Half(**one["after"])}) for one in found["changes"]
        )
        found["failures"] = tuple(Failure(**{**one, "got": Half(**one["got"])}) for one in found["failures"])
        found["figures"] = tuple(Figure(**one) for one in found["figures"])
        found["confusions"] = tuple(Confusion(**one) for one in found["confusions"])
        for name in ("sentences", "confidence_before", "confidence_after"):
            found[name] = tuple(found[name])
        return cls(**found)


def read(folder: Path) -> Comparison | None:
    """Return the comparison that is kept in a release's folder."""
    try:
        return Comparison.from_json((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, comparison: Comparison) -> None:
    """Keep the comparison in a release's folder, whole or not at all."""
    new = folder / f"{FILE}.new"
    new.write_text(comparison.as_json() + "\n", encoding="utf-8")
    new.replace(folder / FILE)
