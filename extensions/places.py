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
NUMBERS = {name: place for place, name in enumerate("one two three four five six seven eight nine".split())}
NEXT = "next"
# "Number four", and after a list also "and five".
NUMBERED = re.compile(
    rf"(?:\b(?:number|no\.?|nr\.?|item|point) ?|#)({'|'.join(NUMBERS)}|[1-9])\b"
    rf"|^\W*(?:(?:and|then|now|ok|so|next)\W+)*({'|'.join(NUMBERS)}|[1-9])(?: please)?\W*$",
    re.I,
)
COUNTED = re.compile(
    rf"\b(?:the|that|your|number|no\.?) ({'|'.join(PLACES)}|{NEXT})"
    r"(?: (?:one|thing|drug|trial|study|medicine|treatment|finding))?"
    r"(?: (?:of (?:them|those|these)|(?:on|in) (?:the|that|your) list))?"
    r"(?= *(?:$|[,.;:?!]|(?:who|what|which|how|when|where|why|is|was|does|did|do|has|have|again|please|you|then)\b))",
    re.I,
)
THINGS_TOLD = r"(?:ones|drugs|trials|studies|treatments|findings)"
THE_REST = re.compile(
    rf"\b(?:the )?(?:others|rest|other (?:(?:two|three|four|five|six|[2-6])(?: {THINGS_TOLD})?|{THINGS_TOLD}))\b\W*$", re.I
)
ONE = r"(?:one|study|trial|drug|thing|team|group|lot)"
DESCRIBED = re.compile(
    rf"\b(?:(?:the|that) {ONE}s?|which (?:{ONE}|of (?:those|them|these|the \w+)))"
    r"(?: (?:is|was|are|were|had|has|got|did|who|that|which|about|with|on|in|at|by|for|from|of|where))+(?: [\w%-]+){1,4}"
    rf"|\bthe (?!(?:other|same|only|right|bad|good|best|new|{'|'.join(PLACES)})\b)[\w-]+(?: [\w-]+)? {ONE}s?\b",
    re.I,
)
SEVERAL = re.compile(rf"the (?:[\w-]+ ){{0,2}}{ONE}s\b", re.I)
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
    place = _place(text)
    said_by = teller(lists, context) if place is not None or THE_REST.search(text) else None
    if said_by is None or place is None:
        return said_by if said_by != context.get("topic") else None
    told, held = lists[said_by], context.get("topic")
    if place == NEXT:
        place = told.index(held) + 1 if held in told else 0
    return told[place] if isinstance(place, int) and place < len(told) else None


def _place(text: str) -> int | str | None:
    """Return the place that a text names, counted from nought or from the end, or that it is the next one; none of no place."""
    match = COUNTED.search(text)
    if match:
        return PLACES.get(match[1].lower(), NEXT)
    match = NUMBERED.search(text)
    word = (match[1] or match[2]).lower() if match else ""
    return int(word) - 1 if word.isdigit() else NUMBERS.get(word)


def teller(lists: Mapping[str, Sequence[str]], context: Mapping[str, Any]) -> str | None:
    """Return the topic in hand where it tells of several, or the one before it that told of the topic in hand."""
    held = context.get("topic")
    if held in lists:
        return held
    return next((one for one in reversed(context.get("past") or ()) if held in lists.get(one, ())), None)
