"""The inbox as it is shown: messages of the same meaning together, most frequent first, each with three guesses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from helpdesk.content import Content
from helpdesk.store.inbox import Item

PAGE = 50
GUESSES = 3
WORDINGS = 300  # of one group at once; a form has 400 fields at most
WHYS = {
    "missed": "Not understood",
    "asked_back": "The bot asked back",
    "unsure": "The bot was unsure",
    "not_helpful": "Not helpful, the visitor said",
    "marked": "Marked by a navigator",
}
ROUTES = {
    "answer": "Answered",
    "clarify": "Asked back",
    "refer": "The pages do not say",
    "advice": "Advice, refused",
    "handoff": "A person was offered",
    "decline": "Not our subject",
    "miss": "Not understood",
    "smalltalk": "Small talk",
    "down": "The bot was not there",
}
SURE = ((0.85, "sure"), (0.6, "fairly sure"), (0.35, "unsure"), (0.0, "very unsure"))
ALIKE = ((0.85, "nearly the same as an example"), (0.7, "like an example"), (0.0, "a little like an example"))


class Place(Protocol):
    @property
    def topic(self) -> str: ...
    @property
    def kind(self) -> str: ...


class Near(Protocol):
    @property
    def place(self) -> Place: ...
    @property
    def alike(self) -> float: ...


class Nearest(Protocol):
    """What is needed of the likeness of examples."""

    def nearest(self, text: str, count: int) -> Sequence[Near]: ...


@dataclass(frozen=True)
class Guess:
    """A topic that a message may belong to, and how sure that is, in words."""

    topic: str
    question: str
    sure: str


@dataclass(frozen=True)
class Group:
    """Messages of the same meaning, the newest first; `wordings` are their different texts, the most frequent first."""

    items: tuple[Item, ...]

    @property
    def key(self) -> str:
        return self.items[0].id

    @property
    def wordings(self) -> list[tuple[Item, int]]:
        times = Counter(item.text for item in self.items)
        first = {item.text: item for item in reversed(self.items)}
        return [(first[text], number) for text, number in times.most_common(WORDINGS)]

    @property
    def whys(self) -> list[tuple[str, int]]:
        return [(WHYS[why], number) for why, number in Counter(item.why for item in self.items).most_common()]

    @property
    def replied(self) -> list[tuple[str, str]]:
        """Return what the bot replied: each different reply once, its kind first."""
        told = [(ROUTES.get(item.route or "", item.route or ""), item.reply) for item in self.items if item.reply]
        return list(dict.fromkeys(told))


class Grouping:
    """Remembers what belongs together: after a decision nothing is compared again."""

    def __init__(self, groups: Callable[[Sequence[str]], list[list[int]]]) -> None:
        self.groups = groups
        self.known: dict[str, int] = {}

    def of(self, items: Iterable[Item]) -> list[Group]:
        """Return the groups, the most frequent first, then the newest."""
        found: dict[int, list[Item]] = {}
        given = list(items)
        texts = list(dict.fromkeys(item.text for item in given))
        if not self.known.keys() >= set(texts):
            self.known = {texts[place]: number for number, group in enumerate(self.groups(texts)) for place in group}
        known = self.known
        for item in given:
            found.setdefault(known[item.text], []).append(item)
        return sorted(
            (Group(tuple(group)) for group in found.values()), key=lambda group: (-len(group.items), -group.items[0].at)
        )


def guesses(group: Group, content: Content, likeness: Nearest) -> list[Guess]:
    """Return up to three topics: those that the bot thought of, then those of the nearest examples."""
    thought: dict[str, float] = {}
    for topic, sure in (guess for item in group.items for guess in item.guesses):
        thought[topic] = max(sure or 0.0, thought.get(topic, 0.0))
    found = {
        topic: f"the bot was {percent(sure, SURE)}" if sure else "the bot asked whether it is this"
        for topic, sure in sorted(thought.items(), key=lambda guess: -guess[1])
        if content.entry(topic)
    }
    if len(found) < GUESSES:
        for near in likeness.nearest(group.wordings[0][0].text, 4 * GUESSES):
            if near.place.kind == "own" and content.entry(near.place.topic):
                found.setdefault(near.place.topic, percent(near.alike, ALIKE))
    return [Guess(topic, question_of(topic, content), sure) for topic, sure in list(found.items())[:GUESSES]]


def percent(share: float, words: Sequence[tuple[float, str]]) -> str:
    """Return a share in words and per cent: "fairly sure, 62 %"."""
    said = next((word for least, word in words if share >= least), words[-1][1])
    return f"{said}, {round(100 * min(1.0, max(0.0, share)))} %"


def question_of(topic: str, content: Content) -> str:
    """Return how a topic's question is put."""
    entry = content.entry(topic)
    question = entry.whole.metadata.get("question") if entry and entry.whole else None
    return str(question or topic.replace("_", " "))


def topics_of(content: Content, kinds: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the topics of each kind, each with its question, by the alphabet."""
    found = [(e.kind, e.name, question_of(e.name, content)) for e in content.entries]
    found.sort(key=lambda one: one[2].casefold())
    return [(kind, [(name, question) for of, name, question in found if of == kind]) for kind in kinds]
