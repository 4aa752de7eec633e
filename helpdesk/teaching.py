"""Which messages of visitors the bot can learn from, and why. No network, no SQL."""

from __future__ import annotations

import re

from helpdesk.conversation import DANGER, Event, offered, topic_of

UNSURE = 0.6  # an answer given with less confidence is worth a look
HIDDEN = re.compile(r"\[[a-z -]+\]")  # what stands in the place of a personal detail
WORD = re.compile(r"[^\W\d_]{2}")
WHYS = ("missed", "asked_back", "unsure", "not_helpful", "marked")


def can_teach(said: Event, reply: Event | None) -> bool:
    """Say whether a visitor's message is one to learn from: their own words, of which something is left, and no danger."""
    is_danger = reply is not None and reply.get("route") in DANGER
    return not is_danger and "choice" not in said and bool(WORD.search(HIDDEN.sub(" ", said["text"])))


def why_of(reply: Event, helpful: bool | None) -> str | None:
    """Return why the message that was answered so is worth a look, or nothing."""
    if helpful is False:
        return "not_helpful"
    halves = reply["answers"]
    routes = {half["route"] for half in halves}
    if "miss" in routes:
        return "missed"
    if "clarify" in routes:
        return "asked_back"
    sure = [half["confidence"] for half in halves if half["route"] == "answer" and half["confidence"] is not None]
    return "unsure" if sure and min(sure) < UNSURE else None


def guesses_of(reply: Event) -> list[tuple[str, float | None]]:
    """Return the topics that the bot thought of, the likeliest first: those it named, then those it asked back about."""
    found: dict[str, float | None] = {}
    for half in reply["answers"]:
        if half["topic"]:
            found.setdefault(half["topic"], half["confidence"])
    asked_back = [half["confidence"] for half in reply["answers"] if half["route"] == "clarify"]
    for choice, _ in offered(reply) if asked_back else ():
        found.setdefault(topic_of(choice), asked_back.pop(0) if asked_back else None)
    return sorted(found.items(), key=lambda guess: -(guess[1] or 0.0))
