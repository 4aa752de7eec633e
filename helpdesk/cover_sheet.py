"""The cover sheet: what a navigator must see at a glance, taken from the transcript line by line. No network, no SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from helpdesk.conversation import DANGER, Event

LONGEST = 160
MOST = 12
FAILED = ("advice", "refer", "clarify", "decline", "miss", "down")  # the first of them names what failed
APART = {*DANGER, "handoff", "callback", "smalltalk"}  # what is told under another kind, or not at all
BACK = ("dropped", "requeued")  # why a conversation waits again, where it was not the visitor's wish
CUT = re.compile(rf"(?s)(.{{1,{LONGEST}}})(?=\s)")
SENTENCE = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True)
class Line:
    """One line, held by the event of that number; a text that was cut ends in `…`.

    kind: flag, wanted, asked, failed, answered, shared. label: the route that warned or failed; whether a person was `asked` for
    by the button or in `words`; `callback` or `hidden` of what was shared.
    """

    kind: str
    text: str
    seq: int
    label: str = ""
    page: str = ""
    as_of: str = ""


def cover_sheet(events: Iterable[Event]) -> list[Line]:
    """Return the lines, the newest of each kind first. While a navigator talks, no question is added to what they read."""
    told = [event for event in events if event["kind"] in ("message", "owner")]
    visitor = {event["seq"]: event for event in told if event["author"] == "visitor"}
    before = _claim(told)
    earlier = [event for event in told if event["seq"] < before]
    return [
        *reversed(list(_flags(told, visitor))),
        *_once(_wanted(told, visitor))[:MOST],
        *_once(_asked(earlier))[:MOST],
        *_once(_failed(earlier))[:MOST],
        *_once(_answered(earlier))[:MOST],
        *_once(_shared(told)),
    ]


def cut(text: str) -> str:
    """Return a text; of a long one what goes up to a word, with `…`."""
    text = text.strip()
    if len(text) <= LONGEST:
        return text
    found = CUT.match(text)
    return f"{(found[1] if found else text[:LONGEST]).rstrip()}…"


def _claim(told: list[Event]) -> float:
    """Return the number of the event by which the navigator came who talks, or talked last; no end where the bot is back."""
    claim = float("inf")
    for event in told:
        if event["kind"] == "owner" and event["owner"] != "closed":
            claim = event["seq"] if event["owner"] == "navigator" else float("inf")
    return claim


def _flags(told: list[Event], visitor: dict[int, Event]) -> Iterator[Line]:
    """Yield the words that led to a safety reply, whole.

    What was written into a form is in the transcript only as the reason that follows; else the reply stands for it.
    """
    for event, following in zip(told, [*told[1:], {}]):
        route = next((route for route in DANGER if route in _routes(event)), None)
        said = visitor.get(event.get("reply_to") or 0)
        if route and said:
            yield Line("flag", said["text"].strip(), said["seq"], route)
        elif route and following.get("said"):
            yield Line("flag", following["said"].strip(), following["seq"], route)
        elif route:
            yield Line("flag", _first_sentence(event), event["seq"], route)


def _wanted(told: list[Event], visitor: dict[int, Event]) -> Iterator[Line]:
    """Yield what a person was asked for: the reason that was given, the words, or that it was asked."""
    for event in told:
        waits = event["kind"] == "owner" and event["owner"] == "waiting" and event.get("reason") not in BACK
        if not waits and not (event["author"] == "bot" and "handoff" in _routes(event)):
            continue
        said = visitor.get(event.get("reply_to") or 0)
        if said:
            yield Line("wanted", cut(said["text"]), said["seq"], "words")
        elif event.get("said"):
            yield Line("wanted", cut(event["said"]), event["seq"], "asked")
        elif event.get("reason") != "words":  # whose words stand there already
            yield Line("wanted", _first_sentence(event), event["seq"], "asked")


def _asked(earlier: list[Event]) -> Iterator[Line]:
    routes = _routes_of_replies(earlier)
    for event in earlier:
        found = routes.get(event["seq"], set())
        if event["author"] == "visitor" and (not found or found - APART):
            yield Line("asked", cut(event["text"]), event["seq"])


def _failed(earlier: list[Event]) -> Iterator[Line]:
    routes = _routes_of_replies(earlier)
    for event in earlier:
        route = next((route for route in FAILED if route in routes.get(event["seq"], set())), None)
        if route:
            yield Line("failed", cut(event["text"]), event["seq"], route)


def _answered(earlier: list[Event]) -> Iterator[Line]:
    for event in earlier:
        for half in event.get("answers") or ():
            if half["route"] == "answer":
                text = half.get("question") or cut(half["text"])
                yield Line("answered", text, event["seq"], page=half.get("page") or "", as_of=half.get("as_of") or "")


def _shared(told: list[Event]) -> Iterator[Line]:
    """Yield the wish to be called, and the kinds of details that were hidden."""
    for event in told:
        if event["author"] == "system" and event.get("route") == "callback":
            yield Line("shared", event["text"].strip(), event["seq"], "callback")
        for kind in event.get("masked") or ():
            yield Line("shared", f"[{kind}]", event["seq"], "hidden")


def _routes(event: Event) -> set[str]:
    """Return the routes of a reply and of its halves."""
    return {route for route in (event.get("route"), *(half["route"] for half in event.get("answers") or ())) if route}


def _routes_of_replies(told: list[Event]) -> dict[int, set[str]]:
    return {event["reply_to"]: _routes(event) for event in told if event.get("reply_to")}


def _once(lines: Iterator[Line]) -> list[Line]:
    """Return each line once, the newest first."""
    found: dict[tuple[str, str], Line] = {}
    for line in reversed(list(lines)):
        found.setdefault((_heard(line.text), line.label), line)
    return list(found.values())


def _heard(text: str) -> str:
    """Return the text without case and punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold())) or text


def _first_sentence(event: Event) -> str:
    return cut(SENTENCE.split(event["text"].strip(), 1)[0])
