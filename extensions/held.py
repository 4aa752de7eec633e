"""The topic in hand: a text with the topic's name before it, read by a classifier that has seen such texts.

"How many people?" after an answer on ibudilast is read as "sprint ms ibudilast: how many people?". The classifier learns from
loose questions, each put behind topics that cover what it asks and behind some that do not, and from examples of every kind
behind a topic that they do not lean on.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from extensions.grid import FACTS, WHOLE, Grid

if TYPE_CHECKING:
    from extensions.reader import Example

NOT_COVERED, FOLLOW_UP = "not_covered", "follow_up"
COVERED_EACH, LEFT_EACH, ELSEWHERE_EACH = 14, 14, 10
UNLEANING_EVERY = 4
BRIEF, BRIEF_EACH = 4, 3
PAST = 5


def name_of(topic: str) -> str:
    """Return the words of a topic's id."""
    return topic.replace("_", " ")


def behind(topic: str, text: str) -> str:
    """Return the text as it reads with the topic in hand."""
    return f"{name_of(topic)}: {text}"


def moved(context: dict[str, Any], topic: str | None) -> dict[str, Any]:
    """Return the context with this topic in hand, the one that was in hand before it, and some before that."""
    held = context.get("topic")
    kept = {name: value for name, value in context.items() if name != "beyond"}
    if not held or held == topic:
        return {**kept, "topic": topic}
    return {**kept, "topic": topic, "before": held, "past": [*context.get("past", ()), held][-PAST:]}


def without_topic(context: dict[str, Any]) -> dict[str, Any]:
    """Return the context with no topic in hand."""
    return {name: value for name, value in context.items() if name not in ("topic", "aspect", "answered", "asked")}


def left_behind(context: dict[str, Any], topic: str | None, beyond: str | None) -> dict[str, Any]:
    """Return the context after a question that spoke of this topic, or of what is no topic: a subject that the pages do not
    know, a type of MS."""
    if topic:
        return moved(context, topic)
    return {**context, "beyond": beyond} if beyond else context


def label_of(example: Example) -> str:
    """Return the class of an example: its intent, with the topic where it asks for what that topic leaves out."""
    return f"{NOT_COVERED}/{example.topic}" if example.intent == NOT_COVERED and example.topic else example.intent


def asked_behind(example: Example) -> str:
    """Return the class of an example with the topic in hand that it is written for."""
    if example.asks == NOT_COVERED:
        return f"{NOT_COVERED}/{example.behind}"
    return f"ask_{example.asks or example.behind}"


def picked(text: str, every: int) -> bool:
    """Say whether this is one of so many texts: by the text itself, so that one sentence more changes no other's part."""
    return zlib.crc32(text.encode()) % every == 0


def lessons(examples: Sequence[Example], named: Sequence[bool], grid: Grid) -> list[tuple[str, str]]:
    """Return texts behind a topic in hand with the class that each belongs to. `named`: the example names a subject."""
    return list(dict.fromkeys([*_leaning(examples, named, grid), *_unleaning(examples, named, grid)]))


def _leaning(examples: Sequence[Example], named: Sequence[bool], grid: Grid) -> Iterator[tuple[str, str]]:
    loose = [e for e, name in zip(examples, named) if e.aspect and not e.topic and not e.behind and not name]
    asked = [e for e in loose if e.intent == FOLLOW_UP]
    elsewhere = [e for e in loose if grid.routes.get(e.intent) == "refer"]
    for topic in sorted(grid.covers):
        dice = random.Random(topic)
        here = [e for e in asked if grid.covered(topic, e.aspect or WHOLE)]
        left = [e for e in asked if not grid.covered(topic, e.aspect or WHOLE)]
        beyond = [e for e in elsewhere if not grid.covered(topic, e.aspect or WHOLE)]
        for some, count, label in (
            (here, COVERED_EACH, f"ask_{topic}"),
            (left, LEFT_EACH, f"{NOT_COVERED}/{topic}"),
            (beyond, ELSEWHERE_EACH, ""),
        ):
            for one in dice.sample(some, min(count, len(some))):
                yield behind(topic, one.text), label or one.intent
    for one, name in zip(examples, named):
        if one.behind and not name:
            yield behind(one.behind, one.text), asked_behind(one)
        elif one.topic and not name:
            yield behind(one.topic, one.text), label_of(one)


def _unleaning(examples: Sequence[Example], named: Sequence[bool], grid: Grid) -> Iterator[tuple[str, str]]:
    topics = sorted(grid.covers)
    for one, name in zip(examples, named):
        route = grid.routes.get(one.intent)
        leans = (one.intent == FOLLOW_UP or (one.aspect and route == "refer") or one.topic) and not name
        dice = random.Random(one.text)
        if not leans and route not in FACTS and len(one.text.split()) <= BRIEF:
            # "ok", "thanks", "a person please": as short as a loose question, and said after any answer.
            for topic in dice.sample(topics, min(BRIEF_EACH, len(topics))):
                yield behind(topic, one.text), label_of(one)
            continue
        if leans or not picked(one.text, UNLEANING_EVERY):
            continue
        own = one.intent[4:] if one.intent[4:] in grid.covers else None
        yield behind(own if own and dice.random() < 0.3 else dice.choice(topics), one.text), label_of(one)
