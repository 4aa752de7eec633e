"""The content as Python values: entries, facts, topics, vocabulary."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helpdesk.content.files import Lined, Problem, read
from helpdesk.content.forms import ENTRY, FACTS, KINDS, TOPICS, VOCABULARY

RUNS = "pages.sha256"


@dataclass(frozen=True)
class Example:
    """One thing that people say; `leaves_out` is the topic whose page does not say what it asks.

    A follow-up written for one topic names it in `behind`; `asks` is another topic that answers it, or `not_covered`.
    """

    text: str
    intent: str
    aspect: str | None
    line: int
    leaves_out: str | None = None
    behind: str | None = None
    asks: str | None = None


@dataclass(frozen=True)
class Variation:
    """One text of a response; `aspect` is None for the whole answer."""

    response: str
    text: str
    aspect: str | None
    condition: tuple[Lined, ...]
    buttons: tuple[Lined, ...]
    metadata: Lined
    line: int

    @property
    def facts(self) -> list[str]:
        return list(self.metadata["facts"])

    @property
    def covers(self) -> list[str]:
        return list(self.metadata.get("covers") or [])


@dataclass(frozen=True)
class Entry:
    """One file of answers, referrals or dialogue; `kind` is its folder, `name` its file name."""

    file: str
    kind: str
    name: str
    examples: tuple[Example, ...]
    variations: tuple[Variation, ...]
    rules: tuple[Lined, ...]
    stray: tuple[int, ...] = ()

    @property
    def intent(self) -> str:
        """Return the intent that a file of this name has."""
        if self.kind == "dialogue":
            return "nlu_fallback" if self.name == "fallback" else self.name
        return f"ask_{self.name}"

    @property
    def whole(self) -> Variation | None:
        """Return the answer that is not for one aspect only."""
        return next((v for v in self.variations if not v.condition), None)


@dataclass(frozen=True)
class Fact:
    """One fact of the pages, in our words; `exact` are the strings that an answer giving it must hold."""

    id: str
    page: str
    section: str
    says: str
    exact: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Topic:
    """One row of the table of topics."""

    id: str
    title: str
    facts: tuple[str, ...]
    overview: bool
    line: int


@dataclass(frozen=True)
class Subject:
    """One entry of the vocabulary."""

    id: str
    name: str
    kind: str
    topic: str | None
    topics: tuple[str, ...]
    says: tuple[str, ...]
    referral: str | None
    file: str
    line: int


@dataclass(frozen=True)
class Content:
    """All of data/. `problems` are what kept a file from being read."""

    root: Path
    entries: list[Entry] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    vocabulary: list[Subject] = field(default_factory=list)
    questions: list[tuple[str, int, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    runs: frozenset[str] = frozenset()  # hashes of the runs of ten words on the pages that were given to the studio

    @functools.cached_property
    def intents(self) -> set[str]:
        """Return every intent that an example or a rule names."""
        named = {e.intent for entry in self.entries for e in entry.examples}
        return named | {s["intent"] for entry in self.entries for rule in entry.rules for s in rule["steps"] if "intent" in s}

    def entry(self, name: str) -> Entry | None:
        """Return the answer or referral of this name."""
        return next((e for e in self.entries if e.name == name and e.kind != "dialogue"), None)


def load(root: Path, before: Content | None = None, changed: Collection[Path] = ()) -> Content:
    """Read all of data/ under `root`. A file that cannot be used is left out and stands in `problems`.

    `before` is what was read earlier: of that, only the files of `changed` are different now.
    """
    known = {root / entry.file: entry for entry in before.entries if root / entry.file not in changed} if before else {}
    data = root / "data"
    content = Content(root, runs=_runs(data / RUNS))
    for kind in KINDS:
        for path in sorted((data / kind).rglob("*.yml")):
            entry = known.get(path)
            found = None if entry else _read(content, path, ENTRY)
            if found is not None:
                entry = entry_of(found, path, root, kind)
            if entry is not None:
                content.entries.append(entry)
    for one in _rows(content, data / "facts.yml", FACTS, "facts"):
        _keep(
            content,
            content.facts,
            Fact(one["id"], one["page"], one["section"], one["says"], tuple(one["exact"]), one.line),
            "facts.yml",
        )
    for one in _rows(content, data / "topics.yml", TOPICS, "topics"):
        row = Topic(one["id"], one["title"], tuple(one["facts"]), one.get("overview", False), one.line)
        _keep(content, content.topics, row, "topics.yml")
    for path in sorted((data / "vocabulary").glob("*.yml")):
        name = path.relative_to(root).as_posix()
        for o in _rows(content, path, VOCABULARY, "vocabulary"):
            told = (o["id"], o["name"], o["kind"], o["topic"], tuple(o["topics"]), tuple(o["says"]), o.get("referral"))
            content.vocabulary.append(Subject(*told, name, o.line))
    if before and not before.problems and not any(path.parent == data / "development" for path in changed):
        return replace(content, questions=before.questions)
    for path in sorted((data / "development").glob("*.yml")):
        _questions(content, path)
    return content


def _runs(path: Path) -> frozenset[str]:
    return frozenset(path.read_text(encoding="ascii").split()) if path.is_file() else frozenset()


def _read(content: Content, path: Path, shape: Any) -> Any:
    found, problems = read(path, content.root, shape)
    content.problems.extend(problems)
    return found


def _rows(content: Content, path: Path, shape: Any, key: str) -> list[Lined]:
    if not path.is_file():
        content.problems.append(Problem(path.relative_to(content.root).as_posix(), None, "The file is missing.", "Put it back."))
        return []
    found = _read(content, path, shape)
    return found[key] if found else []


def _keep(content: Content, table: dict[str, Any], one: Any, file: str) -> None:
    if one.id in table:
        content.problems.append(Problem(f"data/{file}", one.line, f"{one.id} stands here twice.", "Take one out."))
    table[one.id] = one


def _questions(content: Content, path: Path) -> None:
    found = _read(content, path, {"questions?": [{str: object}], "dialogues?": [{str: object}]})
    name = path.relative_to(content.root).as_posix()
    for one in (found or {}).get("questions") or []:
        content.questions.append((str(one.get("ask", "")), one.line, name))


def entry_of(found: Lined, path: Path, root: Path, kind: str) -> Entry:
    """Return the entry of what a file holds."""
    examples: list[Example] = []
    stray: list[int] = []
    for block in found.get("nlu") or []:
        metadata = block.get("metadata") or {}
        more = tuple(metadata.get(name) for name in ("topic", "behind", "asks"))
        for line, text in enumerate(block["examples"].split("\n"), block.text_lines["examples"] + 1):
            if text.startswith("- "):
                examples.append(Example(text[2:].strip(), block["intent"], metadata.get("aspect"), line, *more))
            elif text.strip():
                stray.append(line)
    name = path.relative_to(root).as_posix()
    return Entry(
        name, kind, path.stem, tuple(examples), tuple(_variations(found["responses"])), tuple(found["rules"]), tuple(stray)
    )


def _variations(responses: Lined) -> Iterator[Variation]:
    for response, variations in responses.items():
        for v in variations:
            condition = tuple(v.get("condition") or ())
            aspect = next((c["value"] for c in condition if c["name"] == "aspect"), None)
            yield Variation(
                response, v["text"].strip(), aspect, condition, tuple(v.get("buttons") or ()), v["metadata"], v.at("text")
            )
