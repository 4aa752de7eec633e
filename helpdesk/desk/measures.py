"""What the insights measure: for the charts, their tables and the file alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from helpdesk.store.insights import Figures

Value = float | None
NOTHING = "–"


@dataclass(frozen=True)
class Column:
    """One figure of a span: its name in the file, its head in a table, and how it is written."""

    key: str
    head: str
    kind: str = "number"

    def of(self, figures: Figures) -> Value:
        value: Value = getattr(figures, self.key)
        return value

    def shown(self, value: Value) -> str:
        return NOTHING if value is None else SHOWN[self.kind](value)

    def filed(self, value: Value) -> str:
        return "" if value is None else f"{value:.4f}" if self.kind == "share" else f"{value:.0f}"


@dataclass(frozen=True)
class Measure:
    """A chart: the column that it draws, and perhaps a second one that is a part of it."""

    key: str
    title: str
    hint: str
    columns: tuple[Column, ...]
    whole: Column
    part: Column | None = None


def _measure(title: str, hint: str, *columns: Column, whole: int = 0, part: int | None = None) -> Measure:
    drawn = columns[whole]
    return Measure(drawn.key, title, hint, columns, drawn, None if part is None else columns[part])


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float) -> str:
    return f"{100 * value:.0f}%"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{hours} h {minutes_left} min"


SHOWN: dict[str, Callable[[float], str]] = {"number": _number, "share": _share, "seconds": _duration}
MEASURES = (
    _measure(
        "Chats",
        "Chats that began in this time, with one message from the visitor or more.",
        Column("conversations", "Chats"),
    ),
    _measure("Messages", "Messages that visitors sent.", Column("messages", "Messages")),
    _measure(
        "With the bot alone",
        "The share of chats in which no one asked for a person or a call, no navigator came, and every message got a reply.",
        Column("contained", "Chats with the bot alone"),
        Column("conversations", "All chats"),
        Column("containment", "Share", "share"),
        whole=2,
    ),
    _measure(
        "Not understood",
        "The share of the bot's replies that say that it did not understand.",
        Column("misses", "Not understood"),
        Column("replies", "All replies"),
        Column("miss_rate", "Share", "share"),
        whole=2,
    ),
    _measure(
        "Asked for a person",
        "By when they asked. “Given the line”: nobody was on duty, so they were given the phone line and the form.",
        Column("asked", "Asked"),
        Column("claimed", "Taken"),
        Column("answered", "Answered"),
        Column("called_back", "Called back"),
        Column("cancelled", "Cancelled"),
        Column("line", "Given the line"),
        part=2,
    ),
    _measure(
        "Wait for a person",
        "From when they asked until a navigator took the chat. Nine in ten waited no longer than the longer time.",
        Column("median_wait", "Half waited at most", "seconds"),
        Column("long_wait", "Nine in ten at most", "seconds"),
        whole=1,
        part=0,
    ),
    _measure(
        "Said to be helpful",
        "The share of “helpful” among all that visitors said of a reply.",
        Column("helpful", "Helpful"),
        Column("feedback", "All that was said"),
        Column("helpfulness", "Share", "share"),
        whole=2,
    ),
    _measure(
        "Callbacks",
        "By when they were asked for. Done and open are as they stand now.",
        Column("callbacks", "Asked for"),
        Column("callbacks_done", "Done"),
        Column("callbacks_open", "Open"),
        part=1,
    ),
    _measure("Replies to danger", "Replies with 911 or 988, because a message spoke of danger.", Column("danger", "Replies")),
)
COLUMNS = tuple({column.key: column for measure in MEASURES for column in measure.columns}.values())


def csv_of(rows: Iterable[tuple[date, date, Figures]]) -> str:
    """Return one row a span, as RFC 4180 has it; shares from 0 to 1, waits in seconds, and the topics in one cell."""
    file = io.StringIO()
    writer = csv.writer(file)  # its own form is RFC 4180's: commas, quotes where needed, CR LF
    writer.writerow(["from", "to", *(column.key for column in COLUMNS), "topics"])
    for first, last, figures in rows:
        topics = "; ".join(f"{topic}: {number}" for topic, number in figures.top_topics)
        values = [column.filed(column.of(figures)) for column in COLUMNS]
        writer.writerow([first.isoformat(), last.isoformat(), *values, _harmless(topics)])
    return file.getvalue()


def _harmless(text: str) -> str:
    """Keep a spreadsheet from reading a text as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
