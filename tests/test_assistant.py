"""The client of Rasa's channel: any reply that is not whole and in time is Down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from helpdesk import assistant as module
from helpdesk.assistant import Question, RasaAssistant
from helpdesk.errors import AssistantDown
from tests.fake_rasas import Handler, cut_off, nobody, served

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


def ask(handler: Handler, *names: str, first: str = "") -> Any:
    """Ask the first address, if one is given, or the servers with these names."""

    async def run() -> Any:
        async with served(handler, *(names or ("rasa",))) as urls:
            rasa = RasaAssistant(" ".join([first, *urls]), "s3cret")
            try:
                return await rasa.turn(QUESTION)
            finally:
                await rasa.close()

    return asyncio.run(run())


def always(response: Callable[[], web.Response]) -> Handler:
    async def handler(name: str, request: web.BaseRequest) -> web.Response:
        return response()

    return handler


def test_a_turn_is_asked_as_the_channel_wants_it():
    seen: list[tuple[str, str, Any]] = []

    async def handler(name: str, request: web.BaseRequest) -> web.Response:
        seen.append((request.path, request.headers["x-helpdesk-secret"], await request.json()))
        return web.json_response(BODY)

    reply = ask(handler)

    path, secret, asked = seen[0]
    assert (path, secret) == ("/webhooks/helpdesk/turn", "s3cret")
    assert asked == {
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
        ask(always(lambda: web.json_response(body)))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"turn": NaN}', b"[" * 100_000])
def test_a_reply_that_is_no_json_is_down(content):
    with pytest.raises(AssistantDown):
        ask(always(lambda: web.Response(body=content)))


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 404, 422, 500, 503])
def test_any_other_status_is_down(status):
    with pytest.raises(AssistantDown, match=str(status)):
        ask(always(lambda: web.json_response(BODY, status=status)))


def test_no_connection_is_down():
    async def run() -> None:
        rasa = RasaAssistant(nobody(), "s")
        try:
            await rasa.turn(QUESTION)
        finally:
            await rasa.close()

    with pytest.raises(AssistantDown, match="ConnectError"):
        asyncio.run(run())


@pytest.mark.parametrize("url", ["", "rasa", "http://", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_is_down(url):
    async def run() -> bool:
        rasa = RasaAssistant(url, "s")
        assert not await rasa.ready()
        try:
            await rasa.turn(QUESTION)
        except AssistantDown:
            return True
        finally:
            await rasa.close()
        return False

    assert asyncio.run(run())


def test_where_nobody_takes_a_connection_the_next_one_is_asked():
    asked = []

    async def handler(name: str, request: web.BaseRequest) -> web.Response:
        asked.append(name)
        return web.json_response(BODY)

    assert ask(handler, "b", "c", first=nobody()).answers[0].topic == "tob1"
    assert asked == ["b"]


def test_a_turn_that_has_begun_is_not_run_again():
    asked = []

    async def handler(name: str, request: web.BaseRequest) -> web.StreamResponse:
        asked.append(name)
        return cut_off(request)

    with pytest.raises(AssistantDown):
        ask(handler, "a", "b")
    assert asked == ["a"]


def test_a_slow_reply_is_down(monkeypatch):
    monkeypatch.setattr(module, "TURN_SECONDS", 0.05)

    async def slow(name: str, request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(5)
        return web.json_response(BODY)

    with pytest.raises(AssistantDown, match="in time"):
        ask(slow)


def test_a_crowd_waits_its_turn_and_not_for_ever(monkeypatch):
    monkeypatch.setattr(module, "TURN_SECONDS", 60.0)
    monkeypatch.setattr(module, "QUEUE_SECONDS", 0.1)
    monkeypatch.setattr(module, "IN_FLIGHT", 2)
    asked = 0

    async def run() -> list[Any]:
        both, refused = asyncio.Event(), asyncio.Event()

        async def slow(name: str, request: web.BaseRequest) -> web.Response:
            nonlocal asked
            asked += 1
            if asked == 2:
                both.set()
            await refused.wait()
            return web.json_response(BODY)

        async with served(slow, "rasa") as [url]:
            rasa = RasaAssistant(url, "s")
            try:
                turns = [asyncio.create_task(rasa.turn(QUESTION)) for _ in range(5)]
                await asyncio.wait(turns[2:])
                await asyncio.wait_for(both.wait(), 60)
                refused.set()
                return await asyncio.gather(*turns, return_exceptions=True)
            finally:
                await rasa.close()

    results = asyncio.run(run())

    assert asked == 2
    assert [isinstance(result, AssistantDown) for result in results] == [False, False, True, True, True]
