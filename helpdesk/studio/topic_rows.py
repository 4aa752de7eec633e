"""The answers and referrals as a list shows them: searched, narrowed down, sorted, and as a file."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from helpdesk.content.model import Content, Entry

FEW = 20  # fewer examples than this are worth a look; the checker refuses fewer than 15
KINDS = {"answers": "Answer", "referrals": "Referral"}
CHIPS = {
    "all": "All",
    "answers": "Answers",
    "referrals": "Referrals",
    "off": "Switched off",
    "past": "Past review",
    "few": "Few examples",
    "retired": "Retired",
}
SORTS = {
    "question": "Question, A to Z",
    "name": "Name, A to Z",
    "few": "Fewest examples first",
    "many": "Most examples first",
    "review": "Review date, soonest first",
}
SIZES = {"25": 25, "50": 50, "all": 10_000}
HEADS = ("name", "kind", "group", "question", "examples", "left_out", "follow_ups", "answers", "page", "review_by", "state")


@dataclass(frozen=True)
class Row:
    """One topic of the list."""

    name: str
    kind: str
    group: str
    question: str
    examples: int
    left_out: int
    follow_ups: int
    answers: int
    page: str
    review_by: str  # the soonest of its texts; "" where a referral has none
    is_past: bool
    is_on: bool

    @property
    def is_few(self) -> bool:
        return self.examples < FEW

    def fits(self, chip: str) -> bool:
        """Whether the row stays when the list is narrowed down to this."""
        asked = {"off": not self.is_on, "past": self.is_past, "few": self.is_few, "retired": False}
        return asked.get(chip, chip in ("all", self.kind))

    def holds(self, words: Iterable[str]) -> bool:
        text = f"{self.question} {self.name.replace('_', ' ')} {self.name}".casefold()
        return all(word in text for word in words)


def rows_of(content: Content, off: Collection[str], today: datetime.date) -> list[Row]:
    """Return every answer and referral of the draft."""
    return [_row(entry, entry.name not in off, today) for entry in content.entries if entry.kind in KINDS]


def _row(entry: Entry, is_on: bool, today: datetime.date) -> Row:
    whole = entry.whole
    dates = sorted(str(one.metadata["review_by"]) for one in entry.variations if one.metadata.get("review_by"))
    parts = entry.file.split("/")
    return Row(
        name=entry.name,
        kind=entry.kind,
        group=parts[2] if len(parts) > 3 else "",
        question=str(whole.metadata.get("question") or entry.name) if whole else entry.name,
        examples=sum(example.intent == entry.intent for example in entry.examples),
        left_out=sum(example.leaves_out is not None for example in entry.examples),
        follow_ups=sum(example.behind is not None for example in entry.examples),
        answers=len(entry.variations),
        page=str(whole.metadata.get("page") or "") if whole else "",
        review_by=dates[0] if dates else "",
        is_past=bool(dates) and dates[0] < today.isoformat(),
        is_on=is_on,
    )


def narrowed(rows: Iterable[Row], *, search: str, chip: str, sort: str) -> list[Row]:
    """Return the rows that were asked for, in the order that was asked for."""
    words = search.casefold().split()
    found = sorted((row for row in rows if row.fits(chip) and row.holds(words)), key=lambda row: row.question.casefold())
    if sort == "name":
        return sorted(found, key=lambda row: row.name)
    if sort in ("few", "many"):
        return sorted(found, key=lambda row: row.examples if sort == "few" else -row.examples)
    if sort == "review":
        return sorted(found, key=lambda row: row.review_by or "9999")
    return found


def csv_of(rows: Iterable[Row]) -> str:
    """Return the rows as a table for a spreadsheet."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADS)
    for row in rows:
        values = [getattr(row, head) for head in HEADS[:-1]]
        writer.writerow([*map(_harmless, values), "on" if row.is_on else "off"])
    return file.getvalue()


def _harmless(value: object) -> object:
    """Keep a spreadsheet from reading a text as a formula."""
    risky = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    return f"'{value}" if risky else value
