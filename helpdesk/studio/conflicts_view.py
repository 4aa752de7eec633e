"""What would confuse the bot, as a page shows it: each thing with its topics in words, the most pressing first."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from helpdesk.comparing import Comparison
from helpdesk.content import Content, Problem
from helpdesk.content.model import Entry
from helpdesk.likeness import Pair, Place
from helpdesk.reminders import due_by
from helpdesk.store.kept_pairs import KeptPair
from helpdesk.studio.inbox_view import question_of

TOPICS = ("answers", "referrals")
FEWEST, ENOUGH = 15, 25  # examples: the least that the checker asks for, and what makes the bot sure
SOON = datetime.timedelta(days=30)
KINDS = {"answers": "Answer", "referrals": "Referral", "dialogue": "The bot’s own talk"}
TALK = {"not_covered": "The page does not say", "nlu_fallback": "Not understood", "fallback": "Not understood"}
FOR_PEOPLE = (
    ("`", ""),
    ("readable YAML", "readable"),
    ("a YAML ", "an odd "),
    ("intent", "topic"),
    ("Run helpdesk check --write.", "Save any topic."),
)
# What a section of its own shows already.
ELSEWHERE = re.compile(r"There are \d+ examples\.|The answer was to be looked at by |The button leads to ")
ROUTES = {
    "miss": "Not understood",
    "refer": "The pages do not say",
    "clarify": "The bot asks back",
    "handoff": "A person is offered",
}


@dataclass(frozen=True)
class Side:
    """One of the two sentences of a pair, and where it stands."""

    topic: str
    title: str
    kind: str
    text: str
    leaves_out: bool  # it stands among what the page leaves out
    is_topic: bool  # there is an editor for it
    is_question: bool  # it is how the topic is put, which cannot be taken away


@dataclass(frozen=True)
class Shown:
    """A pair of sentences, side by side."""

    key: str
    left: Side
    right: Side
    same: bool
    percent: int
    kept: KeptPair | None = None

    def other(self, side: Side) -> Side:
        return self.right if side is self.left else self.left

    def movable(self, side: Side) -> bool:
        """Whether it may be moved to the other's topic; where that has the very same one, it is only to be deleted."""
        return not (self.same or side.is_question) and self.other(side).is_topic


@dataclass(frozen=True)
class Row:
    """A topic that something is to be done about: `what` says what, `pressing` that it does not wait."""

    topic: str
    title: str
    what: str
    pressing: bool


@dataclass(frozen=True)
class Confused:
    """A topic that was wanted, what came instead, and how often; a name is None where it is no topic."""

    wanted: str
    wanted_title: str
    got: str | None
    got_title: str
    count: int


@dataclass(frozen=True)
class Told:
    """What the checker says: of a topic, or of another file."""

    topic: str | None
    title: str
    line: int | None
    what: str
    do: str
    pressing: bool


def pairs_of(pairs: Iterable[Pair], kept: Mapping[str, KeptPair], content: Content) -> tuple[list[Shown], list[Shown]]:
    """Return the pairs that are open, and those that staff want to keep."""
    shown = [_pair(pair, kept.get(pair.key), content) for pair in pairs]
    return [one for one in shown if not one.kept], [one for one in shown if one.kept]


def _pair(pair: Pair, kept: KeptPair | None, content: Content) -> Shown:
    return Shown(pair.key, _side(pair.first, content), _side(pair.second, content), pair.same, round(100 * pair.alike), kept)


def _side(place: Place, content: Content) -> Side:
    title = title_of(place.topic, content)
    is_topic = place.folder in TOPICS
    return Side(place.topic, title, KINDS[place.folder], place.text, place.kind == "left_out", is_topic, place.text == title)


def title_of(topic: str, content: Content) -> str:
    """Return a topic's question; what is no topic is named in words."""
    if content.entry(topic):
        return question_of(topic, content)
    return TALK.get(topic) or ROUTES.get(topic) or topic.replace("_", " ").capitalize()


def few_of(content: Content) -> list[Row]:
    """Return the topics with too few examples, the fewest first."""
    counts = {entry.name: sum(example.intent == entry.intent for example in entry.examples) for entry in topics(content)}
    found = sorted((count, name) for name, count in counts.items() if count < ENOUGH)
    return [Row(name, title_of(name, content), _of_examples(count), count < FEWEST) for count, name in found]


def _of_examples(count: int) -> str:
    return f"{count} example{'s' * (count != 1)}"


def topics(content: Content) -> list[Entry]:
    return [entry for entry in content.entries if entry.kind in TOPICS]


def _title(entry: Entry) -> str:
    return str(entry.whole.metadata.get("question") or entry.name) if entry.whole else entry.name


def confused_of(made: Comparison | None, content: Content) -> list[Confused] | None:
    """Return which topics were taken for another when it was last measured; None: it was not."""
    if made is None:
        return None
    found = [
        (one.wanted, one.got if content.entry(one.got) else None, one) for one in made.confusions if content.entry(one.wanted)
    ]
    return [Confused(wanted, title_of(wanted, content), got, title_of(one.got, content), one.count) for wanted, got, one in found]


def due_of(content: Content, today: datetime.date) -> list[Row]:
    """Return the answers that are to be read again, the longest due first."""
    found = sorted((date, topic) for topic, date in due_by(content, today + SOON))
    return [
        Row(
            topic,
            title_of(topic, content),
            f"{'was due' if date < today.isoformat() else 'is due'} on {date}",
            date < today.isoformat(),
        )
        for date, topic in found
    ]


def buttons_of(content: Content, off: Collection[str]) -> list[Row]:
    """Return the buttons that lead nowhere: to nothing, to a retired topic, to the same answer, to one that is switched off."""
    return [row for entry in topics(content) for row in _buttons(entry, content, off)]


def _buttons(entry: Entry, content: Content, off: Collection[str]) -> Iterator[Row]:
    for variation in entry.variations:
        for button in variation.buttons:
            intent = str(button["payload"]).removeprefix("/")
            name = intent.removeprefix("ask_")
            if intent not in content.intents:
                why = f"leads to {name.replace('_', ' ')}, which is retired or was never there"
            elif intent == entry.intent:
                why = "leads to this same answer"
            elif name in off:
                why = f"leads to “{title_of(name, content)}”, which is switched off"
            else:
                continue
            yield Row(entry.name, _title(entry), f"The button “{button['title']}” {why}.", True)


def problems_of(problems: Iterable[Problem], content: Content, pairs: Sequence[Shown]) -> list[Told]:
    """Return what the checker says and no other section shows."""
    twice = {text for pair in pairs if pair.same for text in (pair.left.text, pair.right.text)}
    return [
        _told(problem, content)
        for problem in problems
        if not ELSEWHERE.match(problem.what) and not any(problem.what.startswith(f"“{text}” stands also in") for text in twice)
    ]


def _told(problem: Problem, content: Content) -> Told:
    entry = next((entry for entry in topics(content) if entry.file == problem.file), None)
    title = _title(entry) if entry else problem.file
    what, do = (_plainly(said) for said in (problem.what, problem.do))
    return Told(entry.name if entry else None, title, problem.line, what, do, not problem.warning)


def _plainly(said: str) -> str:
    """Return what the checker says for people who open no files."""
    for word, plain in FOR_PEOPLE:
        said = said.replace(word, plain)
    return said
