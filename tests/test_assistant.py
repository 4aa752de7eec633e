"""The client of Rasa's channel: any reply that is not whole and in time is Down."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from helpdesk import assistant as module
from helpdesk.assistant import Question, RasaAssistant
from helpdesk.errors import AssistantDown

QUESTION = Question(sender="c_" + "0" * 32, turn="t1", text="what is tob1", choice=None, context={"topic": None})
HALF = {
    "intent": "ask_tob1",
    "route": "answer",
    "text": "Tob1 is …",
    "topic": "tob1",
    "aspect": "whole",
    "facts": ["F47"],
    "question": None,
    "page": "Progressive MS Research",
    "section": "Recent progress",
    "as_of": "2015",
    "review_by": "2027-05-01",
    "short": None,
    "confidence": 0.93,
    "buttons": [{"title": "Vitamin D?", "choice": "/ask_vitamin_d"}],
    "offer": ["call"],
}
BODY: dict[str, Any] = {"turn": "t1", "answers": [HALF], "context": {"topic": "tob1"}}


def ask(handler, url: str = "http://rasa") -> Any:
    async def run():
        rasa = RasaAssistant(url, "s3cret", transport=httpx.MockTransport(handler))
        try:
            return await rasa.turn(QUESTION)
        finally:
            await rasa.close()

    return asyncio.run(run())


def test_a_turn_is_asked_as_the_channel_wants_it():
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=BODY)

    reply = ask(handler)

    assert str(seen[0].url) == "http://rasa/webhooks/helpdesk/turn"
    assert seen[0].headers["x-helpdesk-secret"] == "s3cret"
    assert json.loads(seen[0].content) == {
        "sender": "c_" + "0" * 32,
        "turn": "t1",
        "text": "what is tob1",
        "choice": None,
        "context": {"topic": None},
    }
    assert reply.context == {"topic": "tob1"}
    assert (reply.answers[0].facts, reply.answers[0].buttons, reply.answers[0].offer) == (
        ("F47",),
        (("Vitamin D?", "/ask_vitamin_d"),),
        ("call",),
    )


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        {},
        {**BODY, "turn": "another"},
        {**BODY, "answers": []},
        {**BODY, "answers": [{}]},
        {**BODY, "answers": [{**HALF, "route": "?"}]},
        {**BODY, "answers": [{**HALF, "text": ""}]},
        {**BODY, "answers": [{**HALF, "text": None}]},
        {**BODY, "answers": [{**HALF, "confidence": "x"}]},
        {**BODY, "answers": [{**HALF, "buttons": [1]}]},
        {**BODY, "answers": "x"},
    ],
)
def test_a_reply_of_another_shape_is_down(body):
    with pytest.raises(AssistantDown):
        ask(lambda request: httpx.Response(200, json=body))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"turn": NaN}', b"[" * 100_000])
def test_a_reply_that_is_no_json_is_down(content):
    with pytest.raises(AssistantDown):
        ask(lambda request: httpx.Response(200, content=content))


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 404, 422, 500, 503])
def test_any_other_status_is_down(status):
    with pytest.raises(AssistantDown, match=str(status)):
        ask(lambda request: httpx.Response(status, json=BODY))


def test_no_connection_is_down():
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(AssistantDown, match="ConnectError"):
        ask(refuse)


def test_where_nobody_takes_a_connection_the_next_one_is_asked():
    asked = []

    def handler(request):
        asked.append(request.url.host)
        if request.url.host == "a":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json=BODY)

    assert ask(handler, "http://a http://b,http://c").answers[0].topic == "tob1"
    assert asked == ["a", "b"]


def test_a_turn_that_has_begun_is_not_run_again_elsewhere():
    asked = []

    def handler(request):
        asked.append(request.url.host)
        raise httpx.ReadError("cut off")

    with pytest.raises(AssistantDown):
        ask(handler, "http://a http://b")
    assert asked == ["a"]


def test_a_slow_reply_is_down(monkeypatch):
    monkeypatch.setattr(module, "TURN_SECONDS", 0.05)

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(5)
        return httpx.Response(200, json=BODY)

    with pytest.raises(AssistantDown, match="in time"):
        ask(slow)


def test_a_crowd_waits_its_turn_and_not_for_ever(monkeypatch):
    monkeypatch.setattr(module, "TURN_SECONDS", 0.5)
    monkeypatch.setattr(module, "QUEUE_SECONDS", 0.1)
    monkeypatch.setattr(module, "IN_FLIGHT", 2)
    most = now = 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.3)
        now -= 1
        return httpx.Response(200, json=BODY)

    async def run() -> list[Any]:
        rasa = RasaAssistant("http://rasa", "s", transport=httpx.MockTransport(slow))
        return await asyncio.gather(*(rasa.turn(QUESTION) for _ in range(5)), return_exceptions=True)

    results = asyncio.run(run())

    assert most == 2
    assert [isinstance(result, AssistantDown) for result in results] == [False, False, True, True, True]
