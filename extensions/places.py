"""The first, the second, the last: which of the things that an answer tells of somebody means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from extensions.grid import Grid
from extensions.vocabulary import Subject, Vocabulary

PLACES = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "sixth": 5, "6th": 5, "seventh": 6, "7th": 6, "last": -1, "final": -1,
}  # fmt: skip
NEXT = "next"
COUNTED = re.compile(
    rf"\b(?:the|that|your|number|no\.?) ({'|'.join(PLACES)}|{NEXT})"
    r"(?: (?:one|thing|drug|trial|study|medicine|treatment|finding))?"
    r"(?: (?:of (?:them|those|these)|(?:on|in) (?:the|that|your) list))?"
    r"(?= *(?:$|[,.;:?!]|(?:who|what|which|how|when|where|why|is|was|does|did|do|has|have|again|please|you|then)\b))",
    re.I,
)
THE_REST = re.compile(r"\b(?:the )?(?:others|rest|other (?:ones|drugs|trials|studies|treatments|findings))\b\W*$", re.I)
DESCRIBED = re.compile(
    r"\b(?:the|which) (?:one|study|trial|drug)s?(?: (?:is|was|are|were))? (?:about|with|on|in|for|from|of|where)(?: \w+){1,4}"
    r"|\bthe (?!(?:other|same|only|right|bad|good|best|new)\b)\w+ one\b",
    re.I,
)
AMONG = re.compile(
    r"\W*(?:(?:the|number|no\.?|option|choice|take|please) )*"
    rf"(?:({'|'.join(PLACES)})(?: (?:one|option|choice))?|#?([1-9]))(?: please)?\W*",
    re.I,
)
NAMED_THINGS = ("therapy", "trial", "study", "media")


def lists_of(grid: Grid, vocabulary: Vocabulary) -> dict[str, list[str]]:
    """Return for each answer that tells of several other topics' things those topics, in the order of its text."""
    found = {topic: _told(topic, text, grid, vocabulary) for topic, text in grid.texts.items()}
    return {topic: told for topic, told in found.items() if len(told) > 1}


def _told(topic: str, text: str, grid: Grid, vocabulary: Vocabulary) -> list[str]:
    named = (_topic_of(topic, mention.subject, grid) for mention in vocabulary.mentions(text))
    return list(dict.fromkeys(one for one in named if one))


def _topic_of(topic: str, subject: Subject, grid: Grid) -> str | None:
    """Return the topic of a thing that an answer names in passing; a subject is one where both answers give the same fact."""
    if subject.kind == "organisation":
        return None
    facts = set(grid.facts.get(topic, ()))
    shares = [one for one in subject.topics if one != topic and facts & set(grid.facts.get(one, ()))]
    if subject.topic and subject.topic != topic and (subject.topic in shares or subject.kind in NAMED_THINGS):
        return subject.topic
    return shares[0] if shares else None


def among(choices: Sequence[str], text: str) -> str | None:
    """Return the choice that a text means by its place alone, "the first one" or "2"; none where it says more, or too high."""
    match = AMONG.fullmatch(text) if choices else None
    place = (PLACES[match[1].lower()] if match[1] else int(match[2]) - 1) if match else len(choices)
    return choices[place] if place < len(choices) else None


def counted(text: str, lists: Mapping[str, Sequence[str]], context: Mapping[str, Any]) -> str | None:
    """Return the topic that a text means by its place in what was told, and what told of all for "the others"; else none."""
    match = COUNTED.search(text)
    said_by = teller(lists, context) if match or THE_REST.search(text) else None
    if said_by is None or not match:
        return said_by if said_by != context.get("topic") else None
    told, held, word = lists[said_by], context.get("topic"), match[1].lower()
    place = (told.index(held) + 1 if held in told else 0) if word == NEXT else PLACES[word]
    return told[place] if place < len(told) else None


def teller(lists: Mapping[str, Sequence[str]], context: Mapping[str, Any]) -> str | None:
    """Return the topic in hand where it tells of several, or the one before it that told of the topic in hand."""
    held = context.get("topic")
    if held in lists:
        return held
    return next((one for one in reversed(context.get("past") or ()) if held in lists.get(one, ())), None)
