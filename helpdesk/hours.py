"""When Navigators are in the chat, by the clock on the wall where they are. No network, no SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from helpdesk.hours_file import DAY, DAYS, Spans, Timetable, read

AHEAD = 366  # days in which an opening is looked for


@dataclass(frozen=True)
class Hours:
    """Opening hours; without a timetable none are known."""

    table: Timetable | None = None

    @classmethod
    def from_file(cls, path: Path) -> Hours:
        """Read the file; one that is missing or empty sets no hours. Raises SettingsError where it cannot be used."""
        return cls(read(path))

    @property
    def zone(self) -> ZoneInfo | None:
        """Return the time zone, None where no hours are set."""
        return self.table.zone if self.table else None

    @property
    def zone_name(self) -> str:
        """Return the zone as people call it, UTC where no hours are set."""
        return self.table.zone_name if self.table else "UTC"

    def is_open(self, at: float) -> bool | None:
        """Say whether Navigators are there; None where no hours are set."""
        if self.table is None:
            return None
        today, minute = _wall(at, self.table)
        before = self.table.on(today - timedelta(days=1))
        here = any(start <= minute < end for start, end in self.table.on(today))
        return here or (not self.table.is_holiday(today) and any(minute < end - DAY for _, end in before))

    def start_of_day(self, at: float) -> float:
        """Return when the day began, in UTC where no hours are set."""
        zone = self.zone or timezone.utc
        return datetime.combine(datetime.fromtimestamp(at, zone).date(), time(), zone).timestamp()

    def next_opening(self, at: float) -> str | None:
        """Return in words when Navigators come next; None where they are there, or no opening is known."""
        if self.table is None or self.is_open(at):
            return None
        today, minute = _wall(at, self.table)
        for ahead in range(AHEAD):
            day = today + timedelta(days=ahead)
            start = next((start for start, _ in self.table.on(day) if ahead or start > minute), None)
            if start is not None:
                return _opening(day, ahead, start)
        return None

    def words(self) -> str | None:
        """Return the hours of a week in words; None where none are set."""
        if self.table is None:
            return None
        week = self.table.week
        alike = {spans: [day for day, others in enumerate(week) if others == spans] for spans in week if spans}
        groups = [f"{_days(days)} {_hours(spans)}" for spans, days in alike.items()]
        between = "; " if any("," in group for group in groups) else ", "
        return f"{between.join(groups)}, {self.zone_name}"


def _wall(at: float, table: Timetable) -> tuple[date, int]:
    """Return the day and its minute there."""
    local = datetime.fromtimestamp(at, table.zone)
    return local.date(), local.hour * 60 + local.minute


def _opening(day: date, ahead: int, start: int) -> str:
    named = DAYS[day.weekday()].capitalize()
    if ahead >= len(DAYS):
        named += f", {day:%B} {day.day},"
    if start == 0:
        return "tonight at midnight" if ahead == 1 else f"at midnight, as {named.rstrip(',')} begins"
    return f"{('today', 'tomorrow')[ahead] if ahead < 2 else f'on {named}'} at {_clock(start)}"


def _days(days: list[int]) -> str:
    """Name the days of a group; three or more in a row as `Monday to Friday`."""
    if len(days) == len(DAYS):
        return "every day"
    names: list[str] = []
    for run in _runs(days):
        named = [DAYS[day].capitalize() for day in run]
        names += [f"{named[0]} to {named[-1]}"] if len(run) > 2 else named
    return _listed(names)


def _runs(days: list[int]) -> Iterator[list[int]]:
    starts = [i for i, day in enumerate(days) if i == 0 or days[i - 1] != day - 1]
    return (days[start:stop] for start, stop in zip(starts, [*starts[1:], len(days)]))


def _hours(spans: Spans) -> str:
    return _listed(["all day" if span == (0, DAY) else f"{_clock(span[0])} to {_clock(span[1])}" for span in spans])


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes % DAY, 60)
    if minute == 0 and hour % 12 == 0:
        return "noon" if hour else "midnight"
    shown = f"{hour % 12 or 12}:{minute:02}" if minute else str(hour % 12)
    return f"{shown} {'am' if hour < 12 else 'pm'}"
