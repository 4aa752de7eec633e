"""The client of Rasa's channel: one turn over loopback, an answer or `AssistantDown`."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import aiohttp
import anyio

from helpdesk.conversation import ROUTES, Answer
from helpdesk.errors import AssistantDown

TURN_SECONDS = 5.0
QUEUE_SECONDS = 3.0
LEAVE_SECONDS = QUEUE_SECONDS + TURN_SECONDS + 2.0  # after the last turn was sent to a Rasa, it has ended by then
IN_FLIGHT = 16
MAX_TEXT = 20_000


@dataclass(frozen=True)
class Question:
    """What Rasa is asked: the sender is minted by us, the text is masked, the context is Rasa's own of the turn before."""

    sender: str
    turn: str
    text: str
    choice: str | None
    context: Any


@dataclass(frozen=True)
class Reply:
    """Rasa's answers, one for each half of the message, and the context to give it with the next turn."""

    answers: tuple[Answer, ...]
    context: Any


class Assistant(Protocol):
    """What the chat needs of an assistant."""

    async def turn(self, question: Question) -> Reply: ...
    async def ready(self) -> bool: ...
    async def close(self) -> None: ...


class NotThere(AssistantDown):
    """Nobody takes a connection, so that nothing was asked."""


class RasaAssistant:
    """Ask Rasa, at most so many turns at once; none waits longer than the visitor is promised."""

    def __init__(self, url: str, secret: str) -> None:
        self.urls: tuple[str, ...] = ()
        self.turns = itertools.count()
        self.follow(url)
        self.headers = {"X-Helpdesk-Secret": secret}
        self._client: aiohttp.ClientSession | None = None
        self.places = anyio.CapacityLimiter(IN_FLIGHT)

    def follow(self, url: str) -> None:
        """Ask this Rasa from the next turn on, or these by turns; the turns in hand end where they began."""
        self.urls = tuple(one.rstrip("/") for one in re.split(r"[,\s]+", url) if one)

    @property
    def client(self) -> aiohttp.ClientSession:
        """Return the connections; made at first use, since they belong to the event loop that runs then."""
        if self._client is None:
            connector = aiohttp.TCPConnector(limit=IN_FLIGHT + 4, keepalive_timeout=60)
            forever = aiohttp.ClientTimeout(total=None)  # the turn has its own
            self._client = aiohttp.ClientSession(connector=connector, timeout=forever, cookie_jar=aiohttp.DummyCookieJar())
        return self._client

    @property
    def url(self) -> str:
        return self.urls[0] if self.urls else ""

    async def turn(self, question: Question) -> Reply:
        with anyio.move_on_after(QUEUE_SECONDS) as queue:
            await self.places.acquire()
        if queue.cancelled_caught:
            raise AssistantDown("too many turns at once")
        try:
            with anyio.fail_after(TURN_SECONDS):
                return await self._ask_one(question)
        except TimeoutError:
            raise AssistantDown("no reply in time") from None
        finally:
            self.places.release()

    async def _ask_one(self, question: Question) -> Reply:
        """Ask the next one; where nobody is there, the one after it. A turn that has begun is never run again."""
        urls = self.urls
        first = next(self.turns) % len(urls) if urls else 0
        for url in (*urls[first:], *urls[:first]):
            try:
                return await self._ask(question, url)
            except NotThere:
                continue
        raise AssistantDown("ConnectError")

    async def _ask(self, question: Question, url: str) -> Reply:
        try:
            asked = {"json": dict(vars(question)), "headers": self.headers, "allow_redirects": False}
            async with self.client.post(f"{url}/webhooks/helpdesk/turn", **asked) as response:
                status, content = response.status, await response.read()
        except aiohttp.ClientConnectorError:
            raise NotThere("ConnectError") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise AssistantDown(type(error).__name__) from None
        if status != 200:
            raise AssistantDown(f"status {status}")
        try:
            return read_reply(json.loads(content, parse_constant=_refuse_constant), question.turn)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise AssistantDown(f"a reply of another shape: {type(error).__name__}") from None

    async def ready(self) -> bool:
        """Say whether Rasa's server has a model that would answer."""
        return any([await self.reaches(url) for url in self.urls])

    async def reaches(self, url: str) -> bool:
        """Say the same of the Rasa at another address."""
        try:
            soon = aiohttp.ClientTimeout(total=1.0)
            async with self.client.get(f"{url}/webhooks/helpdesk/", timeout=soon, allow_redirects=False) as response:
                return response.status == 200
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, OSError):
            return False

    async def answers(self, url: str) -> bool:
        """Say whether the Rasa at this address answers a question; its first one takes longer than those of visitors may."""
        try:
            await self._ask(Question(f"c_{uuid.uuid4().hex}", str(uuid.uuid4()), "hello", None, None), url)
        except AssistantDown:
            return False
        return True

    async def close(self) -> None:
        if self._client:
            await self._client.close()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def read_reply(body: Mapping[str, Any], turn: str) -> Reply:
    """Check that the reply is one of this turn and of the channel's shape; any error here means Down."""
    answers = tuple(_answer(entry) for entry in body["answers"])
    if body["turn"] != turn or not answers:
        raise ValueError("turn")
    return Reply(answers=answers, context=body.get("context"))


def _answer(entry: Mapping[str, Any]) -> Answer:
    route, text = entry["route"], entry["text"]
    if route not in ROUTES or not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT:
        raise ValueError("route or text")
    confidence = entry.get("confidence")
    return Answer(
        route=route,
        text=text,
        topic=_text(entry, "topic"),
        aspect=_text(entry, "aspect"),
        facts=tuple(str(fact) for fact in entry.get("facts") or ()),
        question=_text(entry, "question"),
        page=_text(entry, "page"),
        section=_text(entry, "section"),
        as_of=_text(entry, "as_of"),
        review_by=_text(entry, "review_by"),
        confidence=None if confidence is None else float(confidence),
        buttons=tuple((str(button["title"]), str(button["choice"])) for button in entry.get("buttons") or ()),
        offer=tuple(str(offer) for offer in entry.get("offer") or ()),
        ranking=tuple((str(one["name"]), float(one["confidence"])) for one in entry.get("ranking") or ()),
    )


def _text(entry: Mapping[str, Any], name: str) -> str | None:
    value = entry.get(name)
    return None if value is None else str(value)
