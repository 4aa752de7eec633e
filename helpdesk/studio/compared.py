"""A comparison as people read it: routes and topics in words, figures with what became of them, the changes as a file."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from helpdesk.comparing import Change, Comparison
from helpdesk.content import load
from helpdesk.measured import HELD_OUT, MUST, REAL, SAVED, Half

VERDICTS = {"worse": "Worse", "person": "Now goes to a person", "different": "Different", "better": "Better"}
SETS = {MUST: "Must be right", SAVED: "Saved test", HELD_OUT: "Question kept for testing", REAL: "A visitor asked this"}
ROUTES = {
    "answer": "answers",
    "refer": "says that the pages do not answer it, and gives the line",
    "clarify": "asks back what is meant",
    "advice": "gives no medical advice, and gives the line",
    "handoff": "brings a person",
    "crisis": "gives the crisis lines",
    "emergency": "says to call 911",
    "privacy": "speaks of privacy",
    "smalltalk": "answers in passing",
    "decline": "says that it is not its subject",
    "miss": "does not understand it",
    "down": "gives no answer: it was down",
    "nothing": "gives no answer",
    "any": "anything but an alarm",
}
WITH_TOPIC = ("answer", "refer")
SILENT = ("miss", "down", "nothing")
UNUSUAL = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Told:
    """What a topic is: its question, and its answer in a line."""

    question: str
    short: str


Topics = Mapping[str, Told]


@lru_cache(maxsize=4)
def topics_of(root: Path) -> Topics:
    """Return every answer and referral of a release's content, which never changes."""
    found = {}
    for entry in load(root).entries:
        if entry.kind != "dialogue" and entry.whole:
            metadata = entry.whole.metadata
            short = str(metadata.get("short") or " ".join(entry.whole.text.split()))
            found[entry.name] = Told(str(metadata.get("question") or entry.name), short)
    return found


@dataclass(frozen=True)
class Side:
    """What one of the two models makes of a question; `topic` has a page in the studio."""

    words: str
    question: str
    short: str
    topic: str | None
    sure: str

    @property
    def in_a_line(self) -> str:
        return f"{self.words}: {self.question}" if self.question else self.words

    @property
    def title(self) -> str:
        return first_up(self.words)


@dataclass(frozen=True)
class Row:
    """One change; `rights` are the sides that a test can be made of."""

    key: str
    ask: str
    verdict: str
    set: str
    before: Side
    after: Side
    wanted: str
    said: str
    rights: tuple[str, ...]

    @property
    def title(self) -> str:
        return VERDICTS[self.verdict]


def rows_of(made: Comparison, before: Topics, after: Topics) -> list[Row]:
    """Return the changes whose words are there, the worse first."""
    return [_row(one, before, after) for one in made.changes if one.ask]


def key_of(one: Change) -> str:
    """Return what names a change in a form."""
    return hashlib.sha256(f"{one.set}\0{one.source}\0{one.ask}".encode()).hexdigest()[:16]


def _row(one: Change, before: Topics, after: Topics) -> Row:
    return Row(
        key=key_of(one),
        ask=one.ask,
        verdict=one.verdict,
        set=f"{SETS[one.set]} ({one.group})" if one.set in (MUST, HELD_OUT) else SETS[one.set],
        before=side_of(one.before, before),
        after=side_of(one.after, after),
        wanted=first_up(wanted_words(one.wanted, after)),
        said=one.said,
        rights=_rights(one),
    )


def _rights(one: Change) -> tuple[str, ...]:
    """Return the sides that may be kept as a test: of one question for itself, and where the bot has something to say."""
    if one.set == SAVED or one.group == "dialogues" or " + " in one.wanted:
        return ()
    sides = {"better": ("after",), "worse": ("before",)}.get(one.verdict, ("after", "before"))
    return tuple(side for side in sides if (one.after if side == "after" else one.before).route not in SILENT)


def side_of(half: Half, topics: Topics) -> Side:
    words = ROUTES.get(half.route, half.route)
    topic = half.topic if half.route in WITH_TOPIC else None
    told = topics.get(topic) if topic else None
    question = told.question if told else (topic or "").replace("_", " ")
    sure = f"{half.confidence:.0%} sure" if half.confidence is not None else ""
    return Side(words, question, told.short if told else "", topic if told else None, sure)


def wanted_words(wanted: str, topics: Topics) -> str:
    """Turn "answer tob1 + refer" into words."""
    parts = []
    for part in filter(None, wanted.split(" + ")):
        route, _, topic = part.partition(" ")
        parts.append(side_of(Half(route, topic or None), topics).in_a_line)
    return "; and ".join(parts)


def first_up(text: str) -> str:
    """Begin a sentence, and leave names as they are written."""
    return text[:1].upper() + text[1:]


def csv_of(rows: Iterable[Row]) -> str:
    """Return the changes as RFC 4180 has them."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["question", "what became of it", "from", "live", "new", "wanted", "what is wrong"])
    for row in rows:
        cells = (row.ask, row.title, row.set, row.before.in_a_line, row.after.in_a_line, row.wanted, row.said)
        writer.writerow([_harmless(cell) for cell in cells])
    return file.getvalue()


def _harmless(text: str) -> str:
    """Keep a spreadsheet from reading a text as a formula."""
    return f"'{text}" if text.startswith(UNUSUAL) else text
