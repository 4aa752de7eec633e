"""The file of opening hours: read it, or say which value is wrong and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import yaml

from helpdesk.errors import SettingsError

KEYS = ("time_zone", "name_of_zone", "days", "holidays")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = 24 * 60
NIGHT = 12 * 60  # a longer span over midnight is more likely one that is written backwards
SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ZONES = {
    "America/New_York": "Eastern Time",
    "America/Chicago": "Central Time",
    "America/Denver": "Mountain Time",
    "America/Los_Angeles": "Pacific Time",
    "America/Anchorage": "Alaska Time",
    "Pacific/Honolulu": "Hawaii Time",
    "UTC": "UTC",
}

Span = tuple[int, int]  # minutes from the day's midnight; the end may be in the next day
Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Timetable:
    """The hours of a week, Monday first, by the clock on the wall of `zone`."""

    zone: ZoneInfo
    zone_name: str
    week: tuple[Spans, ...]
    holidays: tuple[tuple[date, date], ...] = ()

    def on(self, day: date) -> Spans:
        """Return the spans that begin on a day."""
        return () if self.is_holiday(day) else self.week[day.weekday()]

    def is_holiday(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.holidays)


def read(path: Path) -> Timetable | None:
    """Return what the file sets, None where it is missing or empty. Raises SettingsError."""
    try:
        found = _load(path)
        return _timetable(found) if found else None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


class _Loader(yaml.BaseLoader):
    """Takes every value as the text that it is, and refuses a key that stands twice: one of them would be lost unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key for key, _ in node.value]
        for number, key in enumerate(keys):
            if key.value in [before.value for before in keys[:number]]:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands there twice", key.start_mark)
        return super().construct_mapping(node, deep)


def _load(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        return None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise SettingsError(f"{line}this is not readable YAML: {error.problem}. Mind indents and quotes.") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"the file cannot be read ({type(error).__name__}). Save it as plain text in UTF-8.") from None


def _timetable(found: Any) -> Timetable:
    if not isinstance(found, dict):
        raise SettingsError(f"{found} is not understood. Give time_zone and days, as the file's first lines show.")
    for key in found:
        _known(key, KEYS, "a setting")
    for key in ("time_zone", "days"):
        if not found.get(key):
            raise SettingsError(f"{key} is missing. Give it, or empty the file: then no hours are set.")
    zone = _zone(str(found["time_zone"]))
    name = found.get("name_of_zone") or ZONES.get(zone.key) or f"{zone.key.split('/')[-1].replace('_', ' ')} time"
    return Timetable(zone, str(name), _week(found["days"]), _holidays(found.get("holidays") or []))


def _known(key: str, allowed: Iterable[str], what: str) -> str:
    """Return the key in lower case, or say which one may be meant."""
    name = str(key).lower()
    if name not in allowed:
        near = difflib.get_close_matches(name, allowed, 1)
        do = f"Is it {near[0]}?" if near else f"Known are {', '.join(allowed)}."
        raise SettingsError(f"{key} is not {what}. {do}")
    return name


def _zone(name: str) -> ZoneInfo:
    # EST and its like are zones too, but without summer time: they would be an hour wrong for half of the year.
    try:
        if "/" in name or name == "UTC":
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    places = [zone for zone in available_timezones() if "/" in zone]
    near = difflib.get_close_matches(name.replace(" ", "_"), places, 1, 0.8) or ["America/New_York"]
    raise SettingsError(f"time_zone: {name} is not known. Name the zone by a place, as in {near[0]}.")


def _week(found: Any) -> tuple[Spans, ...]:
    if not isinstance(found, dict):
        raise SettingsError(f'days: {found} is not understood. Give each day its hours, as in monday: ["09:00-17:00"].')
    given: dict[str, Spans] = {}
    for key, value in found.items():
        day = _known(key, DAYS, "a day of the week")
        if day in given:
            raise SettingsError(f"days: {key} stands there twice. Keep one.")
        given[day] = _spans(day, value)
    week = tuple(given.get(day, ()) for day in DAYS)
    if not any(week):
        raise SettingsError("days: no day has hours. Give one, or empty the file: then no hours are set.")
    for number, spans in enumerate(week):
        _check_overlap(DAYS[number], spans, week[(number + 1) % len(DAYS)])
    return week


def _spans(day: str, value: Any) -> Spans:
    if str(value).lower() == "closed":
        return ()
    return tuple(sorted(_span(day, one) for one in (value if isinstance(value, list) else [value])))


def _span(day: str, value: Any) -> Span:
    where = f"days, {day}: {value or 'nothing'}"
    found = SPAN.fullmatch(str(value).strip())
    if found is None or any(int(found[group]) > 59 for group in (2, 4)):
        raise SettingsError(f'{where} is not a span of hours. Write it as "09:00-17:00", or closed.')
    hour, minute, to_hour, to_minute = map(int, found.groups())
    start, end = hour * 60 + minute, to_hour * 60 + to_minute
    if start >= DAY or end > DAY:
        raise SettingsError(f"{where} goes beyond the day. Write from 00:00 to 24:00; over midnight it is 22:00-02:00.")
    if end > start:
        return start, end
    if end + DAY - start > NIGHT:
        do = "Give the earlier hour first, and a whole day as 00:00-24:00."
        raise SettingsError(f"{where} ends before it begins. {do} Over midnight a span has 12 hours at most.")
    return start, end + DAY


def _check_overlap(day: str, spans: Spans, tomorrow: Spans) -> None:
    """Look at a day's spans and the next day's first, which the last one may run into."""
    both = [*spans, *((start + DAY, end + DAY) for start, end in tomorrow[:1])]
    for one, other in zip(both, both[1:]):
        if other[0] < one[1]:
            named = " and ".join(f"{_digits(start % DAY)}-{_digits(end % DAY or DAY)}" for start, end in (one, other))
            raise SettingsError(f"days, {day}: {named} overlap. Make one of the two, or move one.")


def _digits(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _holidays(found: Any) -> tuple[tuple[date, date], ...]:
    if not isinstance(found, list):
        raise SettingsError(f'holidays: {found} is not a list. Write ["2027-01-01", "2026-12-24/2026-12-26"].')
    return tuple(_holiday(str(one)) for one in found)


def _holiday(text: str) -> tuple[date, date]:
    first, _, last = text.partition("/")
    days = _date(first, text), _date(last or first, text)
    if days[1] < days[0]:
        raise SettingsError(f"holidays: {text} ends before it begins. Give the earlier date first.")
    return days


def _date(text: str, whole: str) -> date:
    try:
        return date.fromisoformat(text.strip() if DATE.fullmatch(text.strip()) else "")
    except ValueError:
        raise SettingsError(f'holidays: {whole} is not a date. Write "2027-01-01", or "2026-12-24/2026-12-26".') from None
