"""A visitor's message as it comes in: tidied, of a bearable length, and not a command."""

from __future__ import annotations

import re
import unicodedata
import uuid
from dataclasses import dataclass, field
from typing import Any

from helpdesk.errors import Refusal
from helpdesk.words import Words

MAX_TEXT = 2000

BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
SPACES = re.compile(r"[^\S\n]+")
EDGES = " \n\u200c\u200d"
SLASHES = "/／⁄∕⧸"
JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Incoming:
    """A visitor's message as it may be stored: masked, with what was hidden."""

    client_id: str
    text: str
    choice: str | None = None
    masked: tuple[str, ...] = field(default=())


def tidy(text: str) -> str:
    """Return the text in NFC without control, invisible and direction characters, and without leading slashes."""
    kept = "".join(map(_tidy_character, BREAKS.sub("\n", text)))
    lines = SPACES.sub(" ", unicodedata.normalize("NFC", kept))
    return lines.strip(EDGES).lstrip(SLASHES + EDGES)


def _tidy_character(char: str) -> str:
    if char == "\n" or char in JOINERS:
        return char
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    return "" if category in ("Cf", "Cs") or char in "\ufffe\uffff" else char


def read_text(value: object, *, field: str = "text", limit: int = MAX_TEXT) -> str:
    """Return a visitor's text, tidied; refuse what is no text, too long, or has nothing left."""
    if not isinstance(value, str):
        raise Refusal("invalid", field=field)
    if len(value) > limit:
        raise Refusal("too_long", field=field)
    text = tidy(value)
    if len(text) > limit:
        raise Refusal("too_long", field=field)
    if not text:
        raise Refusal("empty", field=field)
    return text


def read_client_id(value: object) -> str:
    """Return the sender's own id of the message: a UUID in its usual form of 36 characters."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
        raise Refusal("invalid", field="client_id")
    return str(uuid.UUID(value))


def read_choice(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refusal("invalid", field="choice")
    return value


def visitor_event(incoming: Incoming, words: Words) -> dict[str, Any]:
    """Return the event of a visitor's own message."""
    event: dict[str, Any] = {
        "kind": "message",
        "author": "visitor",
        "name": words.names["visitor"],
        "client_id": incoming.client_id,
    }
    event["text"] = incoming.text
    if incoming.choice is not None:
        event["choice"] = incoming.choice
    if incoming.masked:
        event["masked"] = list(incoming.masked)
    return event
