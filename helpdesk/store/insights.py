"""Figures of what was asked, and how it ended, by spans of time. Read in pages, so that a year fits into little memory."""

from __future__ import annotations

import json
import math
import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from helpdesk.conversation import DANGER
from helpdesk.store.database import Database, Row
from helpdesk.store.queue_rows import UNASKED

PAGE = 2000
TOPICS = 20

# Each reads one page: the rows from :at on, after the one with the same key.
CONVERSATIONS = (
    "SELECT c.id, c.created_at AS at, CASE WHEN EXISTS (SELECT 1 FROM handoffs h WHERE h.conversation = c.id)"
    " OR EXISTS (SELECT 1 FROM callbacks b WHERE b.conversation = c.id)"
    " OR EXISTS (SELECT 1 FROM events e WHERE e.conversation = c.id AND e.route IN ('handoff', 'callback', 'down'))"
    " THEN 0 ELSE 1 END AS contained"
    " FROM conversations c WHERE c.created_at >= :at AND c.created_at < :end AND (c.created_at > :at OR c.id > :id)"
    " AND EXISTS (SELECT 1 FROM events e WHERE e.conversation = c.id AND e.author = 'visitor')"
    " ORDER BY c.created_at, c.id LIMIT :limit"
)
# Only a message of one of these routes can have a half that is an answer.
EVENTS = (
    "SELECT at, conversation, seq, author, route, reply_to,"
    " CASE WHEN author = 'bot' AND route IN ('answer', 'advice', 'handoff') THEN body END AS body"
    " FROM events WHERE at >= :at AND at < :end AND kind = 'message' AND author <> 'navigator'"
    " AND (at > :at OR conversation > :conversation OR (conversation = :conversation AND seq > :seq))"
    " ORDER BY at, conversation, seq LIMIT :limit"
)
HANDOFFS = (
    "SELECT id, asked_at AS at, reason, claimed_at, answered_at, ended FROM handoffs"
    " WHERE asked_at >= :at AND asked_at < :end AND (asked_at > :at OR id > :id) ORDER BY asked_at, id LIMIT :limit"
)
FEEDBACK = (
    "SELECT at, conversation, seq, helpful FROM feedback WHERE at >= :at AND at < :end"
    " AND (at > :at OR conversation > :conversation OR (conversation = :conversation AND seq > :seq))"
    " ORDER BY at, conversation, seq LIMIT :limit"
)
CALLBACKS = (
    "SELECT id, at, state FROM callbacks WHERE at >= :at AND at < :end AND (at > :at OR id > :id) ORDER BY at, id LIMIT :limit"
)
BY_ID: Mapping[str, Any] = {"id": ""}
BY_EVENT: Mapping[str, Any] = {"conversation": "", "seq": 0}


@dataclass
class Figures:
    """What happened in one span of time. What is followed up counts where it began: a conversation, a handoff, a callback."""

    conversations: int = 0  # with at least one message of the visitor
    contained: int = 0  # of them: no person was asked for, and the bot left nothing unanswered
    messages: int = 0
    replies: int = 0  # of the bot
    misses: int = 0
    danger: int = 0
    asked: int = 0
    claimed: int = 0
    answered: int = 0
    called_back: int = 0
    cancelled: int = 0
    line: int = 0
    feedback: int = 0
    helpful: int = 0
    callbacks: int = 0
    callbacks_done: int = 0
    callbacks_open: int = 0
    waits: list[float] = field(default_factory=list)
    topics: Counter[str] = field(default_factory=Counter)

    @property
    def is_empty(self) -> bool:
        return not (self.conversations or self.messages or self.asked or self.feedback or self.callbacks)

    @property
    def containment(self) -> float | None:
        return _share(self.contained, self.conversations)

    @property
    def miss_rate(self) -> float | None:
        return _share(self.misses, self.replies)

    @property
    def helpfulness(self) -> float | None:
        return _share(self.helpful, self.feedback)

    @property
    def median_wait(self) -> float | None:
        return statistics.median(self.waits) if self.waits else None

    @property
    def long_wait(self) -> float | None:
        """Return the wait that nine in ten were not longer than."""
        return sorted(self.waits)[math.ceil(0.9 * len(self.waits)) - 1] if self.waits else None

    @property
    def top_topics(self) -> list[tuple[str, int]]:
        """Return the topics that were answered most, each with how often."""
        return sorted(self.topics.items(), key=lambda item: (-item[1], item[0]))[:TOPICS]


@dataclass(frozen=True)
class Report:
    """The figures of each span, of all of them, and how each topic's question is put."""

    spans: list[Figures]
    total: Figures
    questions: dict[str, str]


class Insights:
    """Read only. What was erased is not counted."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def report(self, starts: Sequence[float], end: float) -> Report:
        """Return the figures of the spans that begin at `starts`, each up to the next one and the last up to `end`."""
        spans = [Figures() for _ in starts]
        questions: dict[str, str] = {}

        def at(row: Row) -> Figures:
            return spans[bisect_right(starts, row["at"]) - 1]

        for row in self._rows(CONVERSATIONS, BY_ID, starts[0], end):
            _count_conversation(at(row), row)
        for row in self._rows(EVENTS, BY_EVENT, starts[0], end):
            _count_event(at(row), row, questions)
        for row in self._rows(HANDOFFS, BY_ID, starts[0], end):
            _count_handoff(at(row), row)
        for row in self._rows(FEEDBACK, BY_EVENT, starts[0], end):
            at(row).feedback += 1
            at(row).helpful += row["helpful"]
        for row in self._rows(CALLBACKS, BY_ID, starts[0], end):
            _count_callback(at(row), row)
        return Report(spans=spans, total=_sum(spans), questions=questions)

    def _rows(self, sql: str, key: Mapping[str, Any], start: float, end: float) -> Iterator[Row]:
        after = {"at": start, **key}
        while True:
            with self.database.read() as db:
                rows = db.all(sql, end=end, limit=PAGE, **after)
            yield from rows
            if len(rows) < PAGE:
                return
            after = {name: rows[-1][name] for name in after}


def _count_conversation(figures: Figures, row: Row) -> None:
    figures.conversations += 1
    figures.contained += row["contained"]


def _count_event(figures: Figures, row: Row, questions: dict[str, str]) -> None:
    if row["author"] == "visitor":
        figures.messages += 1
    if row["route"] in DANGER:
        figures.danger += 1
    if row["author"] == "bot" and row["reply_to"] is not None:
        figures.replies += 1
        figures.misses += row["route"] == "miss"
    if row["body"]:
        for half in json.loads(row["body"])["answers"]:
            if half["route"] == "answer" and half["topic"]:
                figures.topics[half["topic"]] += 1
                questions[half["topic"]] = half["question"] or questions.get(half["topic"], half["topic"])


def _count_handoff(figures: Figures, row: Row) -> None:
    if row["reason"] in UNASKED:
        return
    figures.asked += 1
    figures.answered += row["answered_at"] is not None
    figures.called_back += row["ended"] == "called_back"
    figures.cancelled += row["ended"] == "cancelled"
    figures.line += row["ended"] == "line"
    if row["claimed_at"] is not None:
        figures.claimed += 1
        figures.waits.append(row["claimed_at"] - row["at"])


def _count_callback(figures: Figures, row: Row) -> None:
    figures.callbacks += 1
    figures.callbacks_done += row["state"] == "done"
    figures.callbacks_open += row["state"] == "open"


def _sum(spans: Sequence[Figures]) -> Figures:
    total = Figures()
    for span in spans:
        for one in fields(Figures):
            setattr(total, one.name, getattr(total, one.name) + getattr(span, one.name))
    return total


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
