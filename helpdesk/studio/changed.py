"""What a folder of content holds that another does not, topic by topic, as people read it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpdesk.content.files import misfits, parse
from helpdesk.content.forms import ENTRY
from helpdesk.snapshots import Change as Differing
from helpdesk.snapshots import differing

KINDS = {"data/answers/": "Answer", "data/referrals/": "Referral", "data/dialogue/": "Conversation"}
TOPICS = tuple(KINDS)
BESIDE = {
    "data/facts.yml": "The facts",
    "data/topics.yml": "The list of topics",
    "data/tests/saved.yml": "The saved tests",
    "data/safety/": "Safety",
    "data/vocabulary/": "Words it knows",
    "data/development/": "Questions to tune with",
    "domain.yml": "The names of topics and answers",
}
FOLLOWS = "domain.yml"  # is written by the studio with every change of a topic

Diff = list[tuple[str, str]]  # "in" or "out", and the line


@dataclass(frozen=True)
class Change:
    """One file that is not the same on both sides; `topic` is the name of the topic that it is."""

    file: str
    state: str  # added, changed, removed
    kind: str
    title: str
    topic: str | None
    words: str

    @property
    def has_page(self) -> bool:
        """Whether the studio has a page where it can be changed: a topic of the draft that is no small talk."""
        return self.topic is not None and self.state != "removed" and self.kind != KINDS["data/dialogue/"]


@dataclass(frozen=True)
class _Reading:
    """A topic's file as people read it."""

    title: str
    examples: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        told = [f"Question: {self.title}"] if self.title else []
        told += [f"Example: {text}" for text in self.examples]
        return told + [f"Answer: {text}" for text in self.texts] + list(self.beside)


def changes(live: Path, draft: Path) -> list[Change]:
    """Return what differs in the draft, the topics first; what merely follows from them is left out."""
    found = [_change(one) for one in differing(live, draft)]
    told = [one for one in found if one.file != FOLLOWS] or found
    return sorted(told, key=lambda one: (one.topic is None, one.kind, one.title.casefold()))


def diff(file: str, live: Path, draft: Path) -> Diff:
    """Return what was taken out of one of the files that differ, and what came in; none where it is no such file."""
    found = next((one for one in differing(live, draft) if one.file == file), None)
    return list(_in_and_out(_lines(file, found.then), _lines(file, found.now))) if found else []


def _in_and_out(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (("out", line) for line in old[a:b])
            yield from (("in", line) for line in new[c:d])


def _change(one: Differing) -> Change:
    file, state = one.file, "added" if one.then is None else "removed" if one.now is None else "changed"
    folder = next((folder for folder in TOPICS if file.startswith(folder)), None)
    if folder is None:
        kind, title = _beside(file)
        return Change(file, state, kind, title, None, _line_words(_lines(file, one.then), _lines(file, one.now)))
    was, now = _reading(one.then), _reading(one.now)
    title = now.title or was.title or Path(file).stem.replace("_", " ")
    return Change(file, state, KINDS[folder], title, Path(file).stem, _words(state, was, now))


def _beside(file: str) -> tuple[str, str]:
    for start, kind in BESIDE.items():
        if file.startswith(start):
            return kind, kind if start == file else f"{kind}: {Path(file).stem.replace('_', ' ')}"
    return "Another file", file.removeprefix("data/")


def _words(state: str, was: _Reading, now: _Reading) -> str:
    """Say of a topic what came in and what went out."""
    if state == "removed":
        return f"{_examples(len(was.examples))} taken away with it"
    if state == "added":
        return f"new, with {_examples(len(now.examples))}"
    old, new = Counter(was.examples), Counter(now.examples)
    more, less = (new - old).total(), (old - new).total()
    told = [f"{_examples(more)} added"] if more else []
    told += [f"{_examples(less)} taken out"] if less else []
    told += ["the question changed"] if was.title != now.title else []
    told += ["the text of the answer changed"] if was.texts != now.texts else []
    told += ["its facts, dates or buttons changed"] if was.beside != now.beside else []
    return ", ".join(told) or "the order or the spacing changed"


def _examples(number: int) -> str:
    return "1 example" if number == 1 else f"{number} examples"


def _line_words(old: list[str], new: list[str]) -> str:
    kinds = Counter(kind for kind, _ in _in_and_out(old, new))
    told = [f"{kinds['in']} {'line' if kinds['in'] == 1 else 'lines'} added"] if kinds["in"] else []
    told += [f"{kinds['out']} {'line' if kinds['out'] == 1 else 'lines'} taken out"] if kinds["out"] else []
    return ", ".join(told) or "the spacing changed"


def _lines(file: str, text: str | None) -> list[str]:
    return _reading(text).lines if file.startswith(TOPICS) else _raw(text)


def _raw(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _reading(text: str | None) -> _Reading:
    """Read a topic's file; one that cannot be understood is shown line by line."""
    if text is None:
        return _Reading("")
    found, problems = parse(text)
    if problems or any(misfits(found, ENTRY)):
        return _Reading("", beside=tuple(_raw(text)))
    examples = [
        line[2:].strip() for block in found.get("nlu") or [] for line in block["examples"].splitlines() if line[:2] == "- "
    ]
    answers = [one for variations in found["responses"].values() for one in variations]
    question = next((one["metadata"]["question"] for one in answers if "question" in one["metadata"]), "")
    texts = tuple(" ".join(one["text"].split()) for one in answers)
    return _Reading(question, tuple(examples), texts, tuple(_beside_lines(answers)))


def _beside_lines(answers: list[Any]) -> Iterator[str]:
    """Yield what stands beside the texts: the source, the facts, the dates, the buttons."""
    for number, one in enumerate(answers, start=1):
        which = f"Answer {number}, " if len(answers) > 1 else ""
        told = {**one["metadata"], "button": [button["title"] for button in one.get("buttons") or []]}
        for name, value in told.items():
            if name not in ("topic", "referral", "dialogue", "question", "route") and value:
                shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
                line = f"{which}{name.replace('_', ' ')}: {shown}"
                yield line[0].upper() + line[1:]
