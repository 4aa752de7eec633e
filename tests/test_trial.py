"""A model is asked beside the live one, and says what the live one would say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from helpdesk import measuring
from helpdesk.measuring import Asked
from helpdesk.questions import Case, Turn, Wanted
from helpdesk.replay import replay
from helpdesk.scoring import private_outcome
from helpdesk.store.replays import Spoken
from helpdesk.trial import Talk
from helpdesk.words import words
from tests.web import FakeAssistant, FakeSafety, RealServer

SAME = ("route", "text", "answers", "actions", "author", "lang")
ASKED = [
    "what is tob1",
    "I think of suicide",
    "pienso en el suicidio, ya no quiero la vida",
    "call me at 303-555-0142 about tob1",
    "",
    "   /  ",
    "x" * 2001,
    "/restart",
]


def ask(talk: Talk, assistant: FakeAssistant, *turns: Any) -> dict[str, Any]:
    with ThreadPoolExecutor(1) as looker:
        return asyncio.run(talk.converse(assistant, looker, {"id": "one", "turns": list(turns)}))


@pytest.fixture
def talk(safety: FakeSafety) -> Talk:
    return Talk(safety, words())


@pytest.mark.parametrize("text", ASKED, ids=lambda text: text[:20])
def test_the_reply_is_the_one_that_the_public_api_gives(
    text: str, talk: Talk, assistant: FakeAssistant, server: RealServer
) -> None:
    (public,) = replay([{"id": "one", "turns": ["what is vitamin d", text]}], server.url)

    direct = ask(talk, FakeAssistant(), "what is vitamin d", text)

    for theirs, ours in zip(public["replies"], direct["replies"], strict=True):
        assert {name: ours.get(name) for name in SAME} == {name: theirs.get(name) for name in SAME}


def test_the_safety_net_reads_the_words_and_the_model_reads_them_masked(
    talk: Talk, assistant: FakeAssistant, safety: FakeSafety
) -> None:
    result = ask(talk, assistant, "call me at 303-555-0142")

    assert safety.read == ["call me at 303-555-0142"]
    assert "303-555-0142" not in assistant.asked[0].text
    assert "303-555-0142" not in result["said"][0]["text"]


def test_the_context_is_carried_from_turn_to_turn_and_past_danger(talk: Talk, assistant: FakeAssistant) -> None:
    ask(talk, assistant, "what is tob1", "a stroke", "and who pays")

    assert [question.context for question in assistant.asked] == [None, {"turns": 1}]


def test_a_button_is_no_danger_whatever_its_title(talk: Talk, assistant: FakeAssistant, safety: FakeSafety) -> None:
    ask(talk, assistant, {"text": "What of a stroke?", "choice": "/ask_stroke"})

    assert safety.read == []
    assert assistant.asked[0].choice == "/ask_stroke"


def test_a_model_that_does_not_answer_is_down_and_not_silent(talk: Talk, assistant: FakeAssistant) -> None:
    assistant.down = True

    assert ask(talk, assistant, "what is tob1")["replies"][0]["route"] == "down"


def test_what_was_foreseen_is_not_looked_at_again(talk: Talk, assistant: FakeAssistant, safety: FakeSafety) -> None:
    talk.foreseen["what is tob1"] = None

    ask(talk, assistant, "what is tob1")

    assert safety.read == []


def told(lines: Any, reply: Callable[[str], dict[str, Any]]) -> Any:
    for line in lines:
        texts = [turn if isinstance(turn, str) else turn["text"] for turn in line["turns"]]
        said = [{"author": "visitor", "text": text} for text in texts]
        yield {"id": line["id"], "replies": [{**reply(text), "reply_to": n} for n, text in enumerate(texts, 1)], "said": said}


def event(text: str) -> dict[str, Any]:
    half = {"route": "answer", "topic": text.split()[-1], "facts": [], "confidence": 0.8, "text": text}
    return {"route": "answer", "text": text, "answers": [half], "actions": []}


def case(ask: str, topic: str) -> Case:
    return Case("one", "answers", (Turn(ask, (Wanted(("answer",), (topic,)),)),))


def test_every_question_gets_its_verdict() -> None:
    asked = [Asked("held out", case("what is tob1", "tob1")), Asked("held out", case("what is tob1 again", "tob1"))]
    ticks: list[int] = []

    found = measuring.hold_all(lambda lines: told(lines, event), asked, {}, lambda: ticks.append(1))

    assert [(held.verdict, held.turns[0].first.topic) for held in found] == [("right", "tob1"), ("wrong topic", "again")]
    assert len(ticks) == 2
    assert [one.key for one in asked] == [held.key for held in found]


def test_a_secret_that_is_stored_is_found() -> None:
    secret = Case("one", measuring.PRIVATE, (Turn("I am at 303-555-0142", ()),), secrets=("303-555-0142",))
    result = next(told([{"id": 0, "turns": ["I am at 303-555-0142"]}], event))

    assert measuring.verdict(secret, result, {}) == "leaked"
    assert private_outcome(secret, [{"text": "I am at [phone]"}, {"text": "ok", "reply_to": 1}]) == "right"


def test_visitors_messages_are_asked_in_order_and_their_words_are_not_kept() -> None:
    spoken = [Spoken("c1", ((2, "what is tob1", None), (4, "Vitamin D?", "/ask_vitamin_d"), (6, "and who pays", None)))]

    found = measuring.replay_visitors(lambda lines: told(lines, event), spoken, lambda: None)

    assert [held.source for held in found] == ["c1:2", "c1:6"]
    assert {held.turns[0].ask for held in found} == {""}
