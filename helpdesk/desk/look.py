"""How the desk shows things: an event of the ledger, a moment, a span of time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup, escape

from helpdesk.conversation import DANGER, Event
from helpdesk.errors import Refusal
from helpdesk.words import PHONE

ZONE = re.compile(r"[A-Za-z]{2,}(/[A-Za-z0-9_+-]+){0,2}")
Texts = dict[str, Any]


def shown(event: Event, words: Texts) -> dict[str, Any]:
    """Return an event as the template shows it: something said, or a turn of who has the chat."""
    common = {"seq": event["seq"], "at": event["at"], "author": event["author"], "name": event.get("name", "")}
    if event["kind"] == "owner":
        return {**common, "kind": "owner", "owner": event["owner"], "text": event.get("text", ""), "wish": event.get("said")}
    return {
        **common,
        "kind": "message",
        "lang": event.get("lang") or "en",
        "paragraphs": [part for part in re.split(r"\n{2,}", event["text"]) if part],
        "understood": list(understood(event, words)),
        "hidden": event.get("masked", ()),
        "danger": event.get("route") in DANGER,
        "pressed": "choice" in event,
        "wish": event.get("said"),
    }


def is_shown(event: Event) -> bool:
    return event["kind"] in ("message", "owner")


def understood(event: Event, words: Texts) -> Iterable[dict[str, Any]]:
    """Tell what the bot made of each half of what it was asked."""
    if event["author"] != "bot" or event.get("reply_to") is None:
        return
    for half in event.get("answers", ()):
        sure = half.get("confidence")
        yield {
            "route": words["routes"].get(half["route"], half["route"]),
            "failed": half["route"] in ("miss", "down"),
            "topic": half.get("question") or half.get("topic"),
            "percent": None if sure is None else round(100 * sure),
            "page": half.get("page"),
            "section": half.get("section"),
            "as_of": half.get("as_of"),
        }


def whole(text: str) -> Markup:
    """Return the text as HTML in which the line's number is not broken."""
    return escape(text).replace(PHONE, Markup('<span class="nowrap">{}</span>').format(PHONE))


def span(seconds: float | None) -> str:
    """Say how long in words that can be read at a glance; static/times.js says the same."""
    minutes = int(max(0.0, seconds or 0.0) // 60)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest} min"
    days = hours // 24
    return "1 day" if days == 1 else f"{days} days"


class Clock:
    """Moments in the desk's time zone; the script turns them into the reader's own."""

    def __init__(self, zone: tzinfo | None, name: str) -> None:
        self.zone = zone or timezone.utc
        self.name = name if zone else "UTC"

    def iso(self, at: float | str) -> str:
        return at if isinstance(at, str) else datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def words(self, at: float | str) -> str:
        """Return "Nov 20, 5:04 pm EST"."""
        seconds = datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp() if isinstance(at, str) else at
        moment = datetime.fromtimestamp(seconds, self.zone)
        hour, half = moment.hour % 12 or 12, "am" if moment.hour < 12 else "pm"
        return f"{moment:%b} {moment.day}, {hour}:{moment:%M} {half} {moment.tzname()}"

    def read(self, text: str, zone: str) -> float | None:
        """Return the moment that a form's field names, by the clock of the reader's zone where it is known; empty: none."""
        if not text.strip():
            return None
        try:
            wall = datetime.fromisoformat(text.strip()).replace(tzinfo=_zone(zone) or self.zone)
        except ValueError:
            raise Refusal("invalid", field="again_at") from None
        return wall.timestamp()


def _zone(name: str) -> tzinfo | None:
    if not ZONE.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
