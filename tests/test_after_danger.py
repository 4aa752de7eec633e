"""Who was answered as in danger is not spoken to of research, until they ask something plain."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.after_danger import STAYS
from helpdesk.conversation import Answer
from helpdesk.words import words
from tests.web import Chat, FakeAssistant

DANGER = words().danger


def says(assistant: FakeAssistant, route: str, **more: Any) -> None:
    assistant.answers = lambda question: [Answer(route=route, text="Something else.", **more)]


@pytest.mark.parametrize(("said", "route", "number"), [("suicide", "crisis", "988"), ("a stroke", "emergency", "911")])
@pytest.mark.parametrize("then", ["smalltalk", "advice", "miss", "clarify", "decline"])
def test_what_is_written_after_danger_is_answered_as_part_of_it(
    chat: Chat, assistant: FakeAssistant, said: str, route: str, number: str, then: str
) -> None:
    chat.ask(said)
    says(assistant, then)

    reply = chat.ask("no")

    assert (reply["route"], reply["author"], reply["text"]) == (route, "system", DANGER[f"{route}_still"]["en"].strip())
    assert any(number in action.get("href", "") for action in reply["actions"])


def test_a_plain_question_ends_it(chat: Chat, assistant: FakeAssistant) -> None:
    chat.ask("suicide")
    says(assistant, "answer", topic="tob1")
    assert chat.ask("what is tob1")["text"] == "Something else."

    says(assistant, "smalltalk")
    assert chat.ask("ok")["route"] == "smalltalk"


def test_what_the_pages_leave_out_of_a_topic_ends_it(chat: Chat, assistant: FakeAssistant) -> None:
    chat.ask("suicide")
    says(assistant, "refer", topic="tob1")

    assert chat.ask("who pays for tob1")["text"] == "Something else."


@pytest.mark.parametrize("then", ["handoff", "refer"])
def test_a_person_who_is_asked_for_is_offered_with_the_numbers(chat: Chat, assistant: FakeAssistant, then: str) -> None:
    chat.ask("suicide")
    says(assistant, then)

    reply = chat.ask("i cannot call anybody")
    done = [(action["kind"], action.get("href")) for action in reply["actions"]]

    assert reply["route"] == then
    assert "988" in reply["text"] and reply["text"].endswith("Something else.")
    assert ("call", "tel:988") in done and any(kind == "person" for kind, _ in done)
    assert len(done) == len(set(done))


def test_it_does_not_go_on_for_ever(chat: Chat, assistant: FakeAssistant) -> None:
    chat.ask("suicide")
    says(assistant, "smalltalk")

    assert [chat.ask("ok")["route"] for _ in range(STAYS + 1)] == ["crisis"] * STAYS + ["smalltalk"]


def test_after_danger_told_in_spanish_it_stays_spanish(chat: Chat, assistant: FakeAssistant) -> None:
    chat.ask("pienso en el suicidio")
    says(assistant, "miss")

    assert chat.ask("no")["text"] == DANGER["crisis_still"]["es"].strip()


def test_danger_that_rasa_saw_is_remembered_too(chat: Chat, assistant: FakeAssistant) -> None:
    says(assistant, "crisis")
    chat.ask("something")
    says(assistant, "smalltalk")

    assert chat.ask("no")["route"] == "crisis"


def test_where_the_bot_is_down_the_numbers_still_stand_first(chat: Chat, assistant: FakeAssistant) -> None:
    chat.ask("a stroke")
    assistant.down = True

    reply = chat.ask("he does not wake up")

    assert reply["route"] == "down" and reply["text"].startswith(DANGER["emergency_still"]["en"].strip())


def test_danger_written_while_a_question_is_being_answered_is_not_forgotten(chat: Chat, assistant: FakeAssistant) -> None:
    assistant.delay = 0.3
    question = chat.send("what is tob1").json()["seq"]
    chat.ask("suicide")
    chat.reply(question)
    assistant.delay = 0
    says(assistant, "smalltalk")

    assert chat.ask("no")["route"] == "crisis"


def test_danger_written_into_a_form_is_remembered(chat: Chat, assistant: FakeAssistant) -> None:
    chat.post("feedback", {"seq": chat.ask("what is tob1")["seq"], "helpful": False, "comment": "suicide"})
    says(assistant, "smalltalk")

    assert chat.ask("no")["route"] == "crisis"
