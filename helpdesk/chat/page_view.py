"""What the page's templates need to know of an event."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from helpdesk.conversation import Event
from helpdesk.words import PHONE, PHONE_HREF

HERE = Path(__file__).parent
STATIC = HERE / "static"
Piece = tuple[str, str | None]


def environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(HERE / "templates")
    env = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.globals.update(static=static_address, phone=PHONE, phone_href=PHONE_HREF)
    return env


@cache
def static_address(name: str) -> str:
    """Return a static file's address with the hash of its content, so that it can be kept for good."""
    return f"/chat/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def view(event: Event) -> dict[str, Any]:
    """Return one event as the template shows it."""
    return {
        "seq": event["seq"],
        "author": event["author"],
        "name": event["name"],
        "lang": event.get("lang", "en"),
        "paragraphs": [pieces(part) for part in re.split(r"\n{2,}", event["text"])],
        "sources": list(sources(event.get("answers", ()))),
        "actions": event.get("actions", ()),
        "can_rate": event.get("route") == "answer",
    }


def pieces(text: str) -> list[Piece]:
    """Split a paragraph at the phone line, which becomes a link."""
    found: list[Piece] = []
    for number, part in enumerate(text.split(PHONE)):
        if number:
            found.append((PHONE, PHONE_HREF))
        if part:
            found.append((part, None))
    return found


def sources(answers: Iterable[dict[str, Any]]) -> Iterable[str]:
    """Name the page, its part and its age, once for each that was used."""
    told = set()
    for answer in answers:
        source = (answer.get("page"), answer.get("section"), answer.get("as_of"))
        if not source[0] or source in told:
            continue
        told.add(source)
        section = f", “{source[1]}”" if source[1] else ""
        age = f", about {source[2]}" if source[2] else ""
        yield f"From the page “{source[0]}”{section}{age}."
