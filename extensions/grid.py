"""The grid of subject and aspect: what the answer files say that they cover."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable

WHOLE = "whole"
FACTS = ("answer", "refer")  # the routes of a question of fact
SIMPLER = "simpler"
ASPECTS = (
    "what", "result", "people", "who", "funding", "where", "ms_type", "how_taken", "use",
    "names", "count", "when", "status", "next", "how", "why", "access",
)  # fmt: skip


def aspects_of(variation: dict[str, Any]) -> set[str]:
    """Return the aspects that a variation of a response is for; the empty set where it is for any."""
    return {c["value"] for c in variation.get("condition") or [] if c.get("name") == "aspect"}


@dataclass
class Grid:
    """Which topic covers which aspect, and which referral speaks for an aspect that a topic does not cover."""

    covers: dict[str, set[str]] = field(default_factory=dict)
    variations: dict[str, set[str]] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    referral_of: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    facts: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, responses: dict[str, list[dict[str, Any]]], labelled: Iterable[tuple[str, str | None]]) -> Grid:
        """Read the grid from the responses; `labelled` gives intent and aspect of each example: some referrals are an aspect."""
        grid = cls()
        for name, variations in responses.items():
            for variation in variations:
                grid._add(name.removeprefix("utter_"), variation)
        for intent, aspect in labelled:
            if aspect and aspect not in ASPECTS and grid.routes.get(intent) == "refer" and intent.startswith("ask_"):
                grid.referral_of[aspect] = intent
        return grid

    def _add(self, name: str, variation: dict[str, Any]) -> None:
        metadata = variation.get("metadata") or {}
        topic = metadata.get("topic")
        intent = f"ask_{name}" if topic or "referral" in metadata else name
        if not variation.get("condition"):
            self.routes[intent] = metadata.get("route", "answer" if topic else "smalltalk")
            self.questions[intent] = metadata.get("question", "")
            if topic:
                self.texts[topic], self.facts[topic] = variation.get("text", ""), metadata.get("facts") or []
        if topic:
            found = aspects_of(variation)
            self.covers.setdefault(topic, set()).update(found, metadata.get("covers") or [])
            self.variations.setdefault(topic, set()).update(found)

    def gives_whole(self, topic: str | None, aspect: str) -> bool:
        """Say whether the reply to this aspect is the topic's whole answer: it has no text of its own."""
        return topic in self.covers and aspect not in {SIMPLER, *self.variations[topic]}

    def covered(self, topic: str, aspect: str) -> bool:
        """Say whether the page answers this aspect of the topic."""
        return aspect == WHOLE or aspect in self.covers.get(topic, ())

    def as_json(self) -> dict[str, Any]:
        """Return the form that `from_json` reads."""
        return {
            "covers": {k: sorted(v) for k, v in self.covers.items()},
            "variations": {k: sorted(v) for k, v in self.variations.items()},
            "routes": self.routes,
            "questions": self.questions,
            "referral_of": self.referral_of,
            "texts": self.texts,
            "facts": self.facts,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Grid:
        """Read what `as_json` wrote."""
        return cls(
            {k: set(v) for k, v in data["covers"].items()},
            {k: set(v) for k, v in data["variations"].items()},
            data["routes"],
            data["questions"],
            data["referral_of"],
            data.get("texts", {}),
            data.get("facts", {}),
        )
