"""Rasa reads a message while the second safety net looks at it, and nobody hears of it before the net has spoken."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from helpdesk import limits
from helpdesk.assistant import Question
from helpdesk.chat.worker import Asked
from helpdesk.store import Turn
from tests.alive import until
from tests.web import Chat, FakeAssistant, FakeFinding, FakeSafety

PATIENCE = 10.0


class SlowSafety(FakeSafety):
    """Lets a message pass its patterns at once, and looks on until `let_go`; then finds what `finding` says."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.let_go.set()
        self.held = ""  # only these words are held, if any
        self.finding: FakeFinding | None = None

    def look(self, text: str, passed: Any = None) -> FakeFinding | None:
        found = super().look(text, passed)
        if self.held in ("", text):
            assert self.let_go.wait(PATIENCE)
        return found or self.finding


@pytest.fixture
def safety() -> SlowSafety:
    return SlowSafety()


@pytest.fixture
def limited(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Put the limits on."""
    monkeypatch.setattr(client.app.state.service.limiter, "on", True)  # type: ignore[attr-defined]
    return monkeypatch


def texts(chat: Chat) -> list[str]:
    return [str(event.get("text")) for event in chat.events()]


def test_rasa_is_asked_once_and_before_the_net_has_spoken(chat: Chat, assistant: FakeAssistant, safety: SlowSafety) -> None:
    safety.let_go.clear()
    sending = threading.Thread(target=chat.send, args=("what is tob1",))
    sending.start()
    until(lambda: assistant.asked)
    before = texts(chat)
    safety.let_go.set()
    sending.join(PATIENCE)
    reply = chat.reply(2)

    assert "About what is tob1" not in before and "what is tob1" not in before
    assert reply["text"] == "About what is tob1"
    assert [question.text for question in assistant.asked] == ["what is tob1"]


def test_what_the_net_finds_after_rasa_has_replied_gets_the_safety_reply_alone(
    chat: Chat, assistant: FakeAssistant, safety: SlowSafety
) -> None:
    safety.finding = FakeFinding("crisis", sure=False)
    safety.let_go.clear()
    sending = threading.Thread(target=chat.send, args=("it would be a relief to be done",))
    sending.start()
    until(lambda: assistant.asked)
    time.sleep(0.05)  # Rasa's stand-in answers at once
    safety.let_go.set()
    sending.join(PATIENCE)
    reply = chat.reply(2)

    assert (reply["route"], reply["author"]) == ("crisis", "system")
    assert not [text for text in texts(chat) if "About" in text]


def test_the_words_after_a_danger_are_read_without_what_was_dropped(
    chat: Chat, assistant: FakeAssistant, safety: SlowSafety
) -> None:
    safety.finding = FakeFinding("crisis", sure=False)
    chat.ask("it would be a relief to be done")
    safety.finding = None
    reply = chat.ask("what is tob1")

    assert reply["text"] == "About what is tob1"
    assert set(assistant.asked[-1].context) == {"danger"}
    assert len({question.sender for question in assistant.asked}) == 2


def test_rasa_gets_the_masked_words(chat: Chat, assistant: FakeAssistant) -> None:
    chat.ask("call me at 555-867-5309 about tob1")

    assert "5309" not in repr(assistant.asked)


def test_what_is_refused_is_not_asked(chat: Chat, assistant: FakeAssistant, limited: pytest.MonkeyPatch) -> None:
    limited.setitem(limits.LIMITS, "conversation_messages", (2, limits.MINUTE))
    chat.ask("one")
    chat.ask("two")
    refused = chat.send("three")
    in_danger = chat.ask("suicide")

    assert refused.status_code == 429
    assert [question.text for question in assistant.asked] == ["one", "two"]
    assert in_danger["route"] == "crisis"


def test_danger_does_not_count_against_what_one_may_say(
    chat: Chat, assistant: FakeAssistant, limited: pytest.MonkeyPatch
) -> None:
    limited.setitem(limits.LIMITS, "conversation_messages", (1, limits.MINUTE))
    for _ in range(3):
        assert chat.ask("suicide")["route"] == "crisis"

    assert chat.ask("what is tob1")["route"] == "answer"


def test_a_message_that_another_one_overtook_is_asked_again_with_what_that_one_left(
    chat: Chat, assistant: FakeAssistant, safety: SlowSafety
) -> None:
    safety.held = "slow"
    safety.let_go.clear()
    sent: list[int] = []
    sending = threading.Thread(target=lambda: sent.append(chat.send("slow").json()["seq"]))
    sending.start()
    until(lambda: assistant.asked)
    overtaking = chat.ask("quick")
    safety.let_go.set()
    sending.join(PATIENCE)
    reply = chat.reply(sent[0])

    assert (overtaking["text"], reply["text"]) == ("About quick", "About slow")
    assert [(question.text, question.context is None) for question in assistant.asked] == [
        ("slow", True),
        ("quick", True),
        ("slow", False),
    ]


def test_a_message_that_is_sent_twice_is_put_to_rasa_once(chat: Chat, assistant: FakeAssistant) -> None:
    client_id = str(uuid.uuid4())
    first = chat.ask("what is tob1", client_id=client_id)
    again = chat.send("what is tob1", client_id=client_id)

    assert (again.status_code, first["text"]) == (202, "About what is tob1")
    assert len(assistant.asked) == 1


@pytest.mark.parametrize("other", [{"text": "another"}, {"choice": "/ask_tob1"}, {"context": {"topic": "tob1"}}])
def test_what_was_asked_ahead_fits_no_other_turn(other: dict[str, Any]) -> None:
    asked = {"text": "what is tob1", "choice": None, "context": None}
    turn = Turn(conversation="c", seq=2, epoch=0, sender="c_1", masked=(), **{**asked, **other})

    assert Asked(Question("c_2", "t", **asked), None, 0.0).fits(replace(turn, **asked))  # type: ignore[arg-type]
    assert not Asked(Question("c_2", "t", **asked), None, 0.0).fits(turn)  # type: ignore[arg-type]


def test_where_rasa_is_down_the_visitor_is_told_so(chat: Chat, assistant: FakeAssistant) -> None:
    assistant.down = True

    assert chat.ask("what is tob1")["route"] == "down"


def test_a_person_in_charge_hears_it_and_rasa_does_not(client: TestClient, chat: Chat, assistant: FakeAssistant) -> None:
    store = client.app.state.service.store  # type: ignore[attr-defined]
    taken = {"kind": "owner", "author": "system", "name": "system", "text": "Sam is here.", "owner": "navigator"}
    store.ledger.set_owner(chat.id, expected="bot", owner="navigator", event=taken)

    sent = chat.send("what is tob1")

    assert sent.json()["owner"] == "navigator"
    assert assistant.asked == []
