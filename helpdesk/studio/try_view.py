"""What a bot said, and what the draft has that is near it, as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from helpdesk.content import Content
from helpdesk.conversation import Answer
from helpdesk.likeness import Near
from helpdesk.studio.conflicts_view import KINDS, title_of
from helpdesk.studio.inbox_view import SURE, percent
from helpdesk.studio.live_bot import Said

ROUTES = {
    "answer": "It answers",
    "refer": "It says that the pages do not answer this, and gives the line",
    "clarify": "It asks back what is meant",
    "advice": "It gives no medical advice, and gives the line",
    "handoff": "It brings a person",
    "crisis": "It gives the crisis lines",
    "emergency": "It says to call 911",
    "privacy": "It speaks of privacy",
    "smalltalk": "It answers in passing",
    "decline": "It says that this is not its subject",
    "miss": "It does not understand",
    "down": "It gives no answer",
}
WITHOUT_TOPIC = ("advice", "handoff", "crisis", "emergency", "privacy", "smalltalk", "decline", "clarify", "miss")
ROUTE_OF = {"answers": "answer", "referrals": "refer"}
RUNNERS_UP = 4
ALIKE = ((0.85, "nearly the same"), (0.7, "alike"), (0.5, "a little alike"), (0.0, "hardly alike"))


@dataclass(frozen=True)
class Half:
    """One half of a reply: what the bot does, about which topic, how sure it is, and what else it thought of."""

    does: str
    topic: str | None
    title: str
    sure: str
    others: tuple[tuple[str | None, str, str], ...]  # topic where there is an editor for it, title, how sure


@dataclass(frozen=True)
class Reply:
    """A bot's whole reply."""

    text: str
    does: str
    halves: tuple[Half, ...]
    by_safety_net: bool


@dataclass(frozen=True)
class NearRow:
    """An example of the draft that is like the question."""

    text: str
    topic: str | None
    title: str
    kind: str
    leaves_out: bool
    alike: str


@dataclass(frozen=True)
class Choice:
    """What may be right for a question: the value of a form's field, in words."""

    value: str
    words: str


def reply_of(said: Said, content: Content) -> Reply:
    halves = tuple(_half(answer, content) for answer in said.halves)
    return Reply(said.text, ROUTES.get(said.route, said.route), halves, by_safety_net=not said.halves)


def _half(answer: Answer, content: Content) -> Half:
    topic = answer.topic if answer.topic and content.entry(answer.topic) else None
    others = [(name.removeprefix("ask_"), sure) for name, sure in answer.ranking[1:]]
    return Half(
        does=ROUTES.get(answer.route, answer.route),
        topic=topic,
        title=title_of(answer.topic, content) if answer.topic else "",
        sure=percent(answer.confidence, SURE) if answer.confidence is not None else "",
        others=tuple(
            (name if content.entry(name) else None, title_of(name, content), percent(sure, SURE))
            for name, sure in others[:RUNNERS_UP]
        ),
    )


def near_of(found: Iterable[Near], content: Content) -> list[NearRow]:
    return [
        NearRow(
            near.place.text,
            near.place.topic if content.entry(near.place.topic) else None,
            title_of(near.place.topic, content),
            KINDS[near.place.folder],
            near.place.kind == "left_out",
            percent(near.alike, ALIKE),
        )
        for near in found
    ]


def choices_of(said: Sequence[Said], near: Iterable[NearRow], content: Content) -> list[Choice]:
    """Return what was shown as choices of what is right, each once: what the bots did, then the topics that are near."""
    values = [*_done(said), *(value_of(row.topic, content) for row in near if row.topic)]
    return [Choice(value, words_of(value, content)) for value in dict.fromkeys(values)]


def _done(said: Iterable[Said]) -> Iterator[str]:
    for one in said:
        if one.route == "down":
            continue
        topic = one.halves[0].topic if len(one.halves) == 1 else None
        yield f"{one.route}:{topic}" if topic and one.route in ROUTE_OF.values() else f"{one.route}:"


def value_of(topic: str, content: Content) -> str:
    """Return the choice that a topic is what it leads to."""
    entry = content.entry(topic)
    return f"{ROUTE_OF[entry.kind]}:{topic}" if entry else ""


def words_of(value: str, content: Content) -> str:
    """Return a choice in words."""
    route, _, topic = value.partition(":")
    return f"{ROUTES.get(route, route)}: {title_of(topic, content)}" if topic else ROUTES.get(route, route)


def all_choices(content: Content) -> list[tuple[str, list[Choice]]]:
    """Return every choice, in groups: the answers, the referrals, and what has no topic."""
    groups = []
    for kind, title in (("answers", "Answers"), ("referrals", "Referrals")):
        topics = [e.name for e in content.entries if e.kind == kind]
        choices = [Choice(value_of(topic, content), title_of(topic, content)) for topic in topics]
        groups.append((title, sorted(choices, key=lambda choice: choice.words.casefold())))
    return [*groups, ("Without a topic", [Choice(f"{route}:", ROUTES[route]) for route in WITHOUT_TOPIC])]
