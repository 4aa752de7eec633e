"""The days or weeks that the insights are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from helpdesk.errors import Refusal

MAX_DAYS = 366
USUAL_DAYS = 28
STEPS = {"day": 1, "week": 7}
YEARS = range(2000, 2100)
PERIODS = (("Last 7 days", 7, "day"), ("Last 28 days", 28, "day"), ("Last 12 weeks", 84, "week"), ("Last 52 weeks", 364, "week"))
Asked = Mapping[str, str]


@dataclass(frozen=True)
class Spans:
    """The days or weeks between two days, both included; weeks are whole and begin on Monday."""

    first: date
    last: date
    by: str
    zone: tzinfo

    @property
    def each(self) -> list[tuple[date, date]]:
        step = STEPS[self.by]
        number = ((self.last - self.first).days + 1) // step
        firsts = [self.first + timedelta(days=step * count) for count in range(number)]
        return [(first, first + timedelta(days=step - 1)) for first in firsts]

    @property
    def starts(self) -> list[float]:
        return [self._midnight(first) for first, _ in self.each]

    @property
    def end(self) -> float:
        return self._midnight(self.last + timedelta(days=1))

    @property
    def labels(self) -> list[str]:
        before = "Week of " if self.by == "week" else ""
        return [f"{before}{day_words(first)}" for first, _ in self.each]

    def _midnight(self, day: date) -> float:
        return datetime.combine(day, time(), self.zone).timestamp()


def read_spans(asked: Asked, today: date, zone: tzinfo) -> Spans:
    """Return what the form asks for: without days the last four weeks."""
    last = _read_day(asked, "to", today)
    first = _read_day(asked, "from", last - timedelta(days=USUAL_DAYS - 1))
    by = asked.get("by") or "day"
    if by not in STEPS:
        raise Refusal("invalid", field="by")
    if last < first:
        raise Refusal("invalid", field="to")
    if (last - first).days >= MAX_DAYS:
        raise Refusal("invalid", field="from")
    if by == "week":
        first -= timedelta(days=first.weekday())
        last += timedelta(days=6 - last.weekday())
    return Spans(first, last, by, zone)


def periods(today: date) -> list[tuple[str, str]]:
    """Return the usual choices, each with its query; the present week is the last one."""
    found = []
    for title, days, by in PERIODS:
        back = days - 7 + today.weekday() if by == "week" else days - 1
        found.append((title, f"from={today - timedelta(days=back)}&to={today}&by={by}"))
    return found


def day_words(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def _read_day(asked: Asked, name: str, default: date) -> date:
    try:
        day = date.fromisoformat(asked[name]) if asked.get(name) else default
    except ValueError:
        raise Refusal("invalid", field=name) from None
    if day.year not in YEARS:
        raise Refusal("invalid", field=name)
    return day
