"""What is said in reply: compose one event of what Rasa or the safety net found. No network, no SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from helpdesk.words import PHONE_HREF, Words

MAX_ASKS = 4
ROUTES = (
    "emergency", "crisis", "advice", "handoff", "callback", "answer", "refer", "clarify", "privacy", "smalltalk", "decline",
    "miss", "down",
)  # fmt: skip
WITHOUT_LINE = frozenset(("answer", "smalltalk"))
WITH_PERSON = frozenset(("handoff", "advice", "refer", "miss", "down"))
WITH_CALLBACK = frozenset(("handoff", "down"))
DANGER = ("emergency", "crisis")
BOT_OFF = "bot"

Event = dict[str, Any]
Action = dict[str, str]


class Finding(Protocol):
    """What the safety net found."""

    @property
    def route(self) -> str: ...
    @property
    def text_key(self) -> str: ...
    @property
    def sure(self) -> bool: ...


class Safety(Protocol):
    """The safety net, as this program needs it."""

    def look(self, text: str, passed: Callable[[], object] | None = None) -> Finding | None:
        """Return what is found; `passed` is called as soon as the plain words are known to hold no danger."""
        ...


class Wish(Protocol):
    """What a conversation may hold of a callback."""

    @property
    def when(self) -> str: ...
    @property
    def topic(self) -> str | None: ...


@dataclass(frozen=True)
class SuspectedByRasa:
    """Danger that Rasa saw where the safety net did not: the gentle reply."""

    route: str
    sure: bool = False

    @property
    def text_key(self) -> str:
        return f"{self.route}_gentle"


@dataclass(frozen=True)
class Answer:
    """One half of Rasa's reply."""

    route: str
    text: str
    topic: str | None = None
    aspect: str | None = None
    facts: tuple[str, ...] = ()
    question: str | None = None
    page: str | None = None
    section: str | None = None
    as_of: str | None = None
    review_by: str | None = None
    confidence: float | None = None
    buttons: tuple[tuple[str, str], ...] = ()
    offer: tuple[str, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()  # what else it may have meant; for staff, in no event


def greeting(words: Words) -> Event:
    return message_of("smalltalk", words.greeting, words, actions=[_call(words), _act("person", words)])


def down_event(words: Words) -> Event:
    return message_of("down", words.down, words)


def off_event(words: Words) -> Event:
    return message_of("down", words.off, words)


def call_and(kind: str, words: Words) -> list[Action]:
    return [_call(words), _act(kind, words)]


def asks_for_person(answers: Iterable[Answer]) -> bool:
    """Say whether Rasa's reply is to somebody who wants a person now; who wants to be called wants the form."""
    return any(answer.route == "handoff" and "person" in answer.offer for answer in answers)


def person_coming(answers: Iterable[Answer], words: Words) -> list[Answer]:
    """Return the halves with the words for somebody who is put into the queue."""
    taken = Answer(route="handoff", text=words.owner["taken"])
    return [taken if asks_for_person([answer]) else answer for answer in answers]


def callback_event(callback: Wish, words: Words) -> Event:
    """Tell of a callback that is kept: when, and about what; never who, and at which number."""
    parts = [words.callback_kept.format(when=_unpunctuated(callback.when))]
    if callback.topic:
        parts.append(words.callback_topic.format(topic=_unpunctuated(callback.topic)))
    event = message_of("callback", " ".join(parts), words, actions=[_call(words)])
    return {**event, "author": "system", "name": words.names["system"]}


def _unpunctuated(text: str) -> str:
    return text.rstrip(" .,;:!?") or text


def danger_event(finding: Finding, text: str, words: Words) -> Event:
    """Return the safety reply: it carries nothing else."""
    return danger_message(finding.route, finding.text_key, "es" if looks_spanish(text) else "en", words)


def danger_message(route: str, key: str, language: str, words: Words) -> Event:
    """Return a message about danger, with the text that the key names."""
    event = message_of(route, words.danger_reply(key, route, language), words, actions=danger_actions(route, words))
    return {**event, "author": "system", "name": words.names["system"], "lang": language}


def danger_actions(route: str, words: Words) -> list[Action]:
    titles = words.actions
    call_911 = {"kind": "call", "title": titles["call_911"], "href": "tel:911"}
    if route == "emergency":
        return [call_911, _call(words)]
    call_988 = {"kind": "call", "title": titles["call_988"], "href": "tel:988"}
    return [call_988, {"kind": "text", "title": titles["text_988"], "href": "sms:988"}, call_911, _call(words)]


def compose(answers: Iterable[Answer], *, masked: Iterable[str], switches: Mapping[str, bool], words: Words) -> Event:
    """Make one event of the halves of a reply."""
    halves = [_switched(answer, switches, words) for answer in answers]
    route = first_route(half.route for half in halves)
    if route in DANGER:
        return danger_event(SuspectedByRasa(route), "", words)
    kinds = tuple(masked)
    event = message_of(route, "", words)
    texts = list(dict.fromkeys(half.text for half in halves))
    note = masked_note(kinds, words)
    event["text"] = "\n\n".join([*texts, note] if note else texts)
    event["answers"] = [_entry(half) for half in halves]
    event["actions"] = _actions(halves, kinds, switches, words)
    return event


def first_route(routes: Iterable[str]) -> str:
    """Return the route of the whole message: the first in order of weight."""
    return min(routes, key=lambda route: ROUTES.index(route) if route in ROUTES else len(ROUTES))


def masked_note(kinds: tuple[str, ...], words: Words) -> str:
    """Return the sentence that tells the visitor what was hidden, or nothing."""
    if not kinds:
        return ""
    names = [words.masked["kinds"].get(kind, kind) for kind in kinds]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    note: str = words.masked["note"].format(kinds=listed)
    return f"{note} {words.masked['callback']}" if _phone_hidden(kinds) else note


def add_note(event: Event, kinds: tuple[str, ...], words: Words) -> Event:
    """Tell of hidden details in a reply that Rasa had no part in."""
    note = masked_note(kinds, words)
    return {**event, "text": f"{event['text']}\n\n{note}"} if note else event


def as_text(event: Event) -> str:
    """Return an event as it stands in a transcript that is read."""
    return f"{event['name']}, {event['at']}\n{event['text']}"


def offered(event: Event) -> list[tuple[str, str]]:
    """Return the choices that an event's buttons offer, with their titles."""
    return [(action["choice"], action["title"]) for action in event["actions"] if action["kind"] == "ask"]


def topic_of(choice: str) -> str:
    return choice.removeprefix("/ask_")


def looks_spanish(text: str) -> bool:
    """Say whether a message is in Spanish rather than English: by its commonest words."""
    found = re.findall(r"[a-záéíóúñü]+", text.lower())
    spanish = sum(word in SPANISH for word in found)
    return spanish > sum(word in ENGLISH for word in found)


SPANISH = frozenset(
    """me mi el la los las un una que qué no es está estoy esta de del en y o por para con quiero puedo puede yo él ella se su sus
    ya muy más mas esposo esposa hijo hija madre padre mamá mama ayuda ayúdame morir muerte vida vivir quitarme matarme suicidarme
    respirar duele pecho casa tengo tiene siento hacer hace nada todo como cómo ahora hoy le lo al si sí""".split()
)
ENGLISH = frozenset(
    """i me my the a an to is are was and or of in on it he she his her not don't no want can can't please he's with for have has
    what""".split()
)


def message_of(route: str, text: str, words: Words, *, actions: list[Action] | None = None) -> Event:
    """Return one of our own messages; without `actions` it has those of its route."""
    half = Answer(route=route, text=text)
    return {
        "kind": "message",
        "author": "bot",
        "name": words.names["bot"],
        "text": text,
        "route": route,
        "answers": [_entry(half)],
        "actions": _actions([half], (), {}, words) if actions is None else actions,
    }


def _switched(answer: Answer, switches: Mapping[str, bool], words: Words) -> Answer:
    if answer.topic is None or switches.get(answer.topic, True):
        return answer
    return Answer(route="refer", text=words.topic_off, topic=answer.topic, aspect=answer.aspect, confidence=answer.confidence)


def _entry(half: Answer) -> Event:
    """Return the half as the contract has it."""
    return {
        "route": half.route,
        "text": half.text,
        "topic": half.topic,
        "aspect": half.aspect,
        "facts": list(half.facts),
        "question": half.question,
        "page": half.page,
        "section": half.section,
        "as_of": half.as_of,
        "review_by": half.review_by,
        "confidence": half.confidence,
    }


def _actions(halves: list[Answer], masked: tuple[str, ...], switches: Mapping[str, bool], words: Words) -> list[Action]:
    routes = {half.route for half in halves}
    offers = {offer for half in halves for offer in half.offer}
    actions = _asks(halves, switches)
    if routes - WITHOUT_LINE or "call" in offers:
        actions.append(_call(words))
    if routes & WITH_PERSON or "person" in offers:
        actions.append(_act("person", words))
    if routes & WITH_CALLBACK or "callback" in offers or _phone_hidden(masked):
        actions.append(_act("callback", words))
    return actions


def _asks(halves: list[Answer], switches: Mapping[str, bool]) -> list[Action]:
    """Return the halves' buttons in turn, each choice and each title once, without those of a topic that is off."""
    titles: dict[str, str] = {}
    rows = max((len(half.buttons) for half in halves), default=0)
    for row in range(rows):
        for half in halves:
            for title, choice in half.buttons[row : row + 1]:
                if switches.get(topic_of(choice), True) and title not in titles.values():
                    titles.setdefault(choice, title)
    return [{"kind": "ask", "title": title, "choice": choice} for choice, title in titles.items()][:MAX_ASKS]


def _phone_hidden(kinds: tuple[str, ...]) -> bool:
    return "phone" in kinds or "number" in kinds


def _call(words: Words) -> Action:
    return {"kind": "call", "title": words.actions["call"], "href": PHONE_HREF}


def _act(kind: str, words: Words) -> Action:
    return {"kind": kind, "title": words.actions[kind]}
