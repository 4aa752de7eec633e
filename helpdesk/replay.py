"""Replay conversations through the public API of a running server, and return what was said."""

from __future__ import annotations

import asyncio
import functools
import queue
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx

from helpdesk.errors import ReplayError

CONCURRENCY = 8
REPLY_SECONDS = 60.0
POLL_SECONDS = 20
MOST_WAITS = 30

Line = Mapping[str, Any]
Result = dict[str, Any]
Converse = Callable[[Line], Awaitable[Result]]
Opening = Callable[[], AbstractAsyncContextManager[Converse]]


def replay(lines: Iterable[Line], base_url: str, *, concurrency: int = CONCURRENCY) -> Iterator[Result]:
    """Say the `turns` of each line in a conversation of its own; give {"id", "replies"} in the order of the lines.

    A turn is a text, or {"text", "choice"} for a button. A reply is the event that answers it, or, where the server
    refuses the message, {"route": "refused", "text": "", "error": {…}}.
    """

    @asynccontextmanager
    async def opening() -> AsyncIterator[Converse]:
        limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=REPLY_SECONDS, trust_env=False) as client:
            yield functools.partial(_conversation, client)

    return hold(lines, opening, concurrency=concurrency)


def hold(lines: Iterable[Line], opening: Opening, *, concurrency: int) -> Iterator[Result]:
    """Hold a conversation for each line, some at a time, in an event loop of their own; give the results in the lines' order."""
    results: queue.Queue[Result | BaseException | None] = queue.Queue()
    stop = threading.Event()
    thread = threading.Thread(target=_run, args=(list(lines), opening, concurrency, results, stop), daemon=True)
    thread.start()
    try:
        while (result := results.get()) is not None:
            if isinstance(result, BaseException):
                raise result
            yield result
    finally:
        stop.set()
        thread.join()


def _run(lines: list[Line], opening: Opening, concurrency: int, results: queue.Queue[Any], stop: threading.Event) -> None:
    try:
        asyncio.run(_hold_all(lines, opening, concurrency, results, stop))
    except Exception as error:
        results.put(error)
    finally:
        results.put(None)


async def _hold_all(
    lines: list[Line], opening: Opening, concurrency: int, results: queue.Queue[Any], stop: threading.Event
) -> None:
    places = asyncio.Semaphore(concurrency)
    async with opening() as converse:

        async def one(line: Line) -> Result:
            async with places:
                return {} if stop.is_set() else await converse(line)

        tasks = [asyncio.create_task(one(line)) for line in lines]
        try:
            for task in tasks:
                results.put(await task)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _conversation(client: httpx.AsyncClient, line: Line) -> Result:
    begun = (await _send(client, "POST", "/api/conversations", expect=201)).json()
    address = f"/api/conversations/{begun['id']}"
    headers = {"Authorization": f"Bearer {begun['token']}"}
    replies = []
    after = 1
    for turn in line["turns"]:
        said = {"text": turn} if isinstance(turn, str) else dict(turn)
        said.setdefault("client_id", str(uuid.uuid4()))
        response = await _send(client, "POST", f"{address}/messages", expect=202, headers=headers, json=said, or_refused=True)
        if response.status_code != 202:
            replies.append({"route": "refused", "text": "", **response.json()})
            continue
        reply, after = await _reply(client, address, headers, response.json()["seq"], after)
        replies.append(reply)
    return {"id": line.get("id"), "replies": replies}


async def _reply(client: httpx.AsyncClient, address: str, headers: dict[str, str], seq: int, after: int) -> tuple[Any, int]:
    """Wait for the event that answers the message."""
    for _ in range(MOST_WAITS):
        path = f"{address}/events?after={after}&wait={POLL_SECONDS}"
        page = (await _send(client, "GET", path, expect=200, headers=headers)).json()
        after = page["next"]
        for event in page["events"]:
            if event.get("reply_to") == seq:
                return event, event["seq"]
    raise ReplayError(f"No reply to message {seq} came.")


async def _send(
    client: httpx.AsyncClient, method: str, path: str, *, expect: int, or_refused: bool = False, **options: Any
) -> httpx.Response:
    """Send a request; wait and send it again where the server asks for that."""
    for _ in range(MOST_WAITS):
        try:
            response = await client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise ReplayError(f"{method} {path.split('?')[0]} failed: {type(error).__name__}.") from error
        if response.status_code not in (429, 503):
            break
        await asyncio.sleep(float(response.headers.get("Retry-After", 1)))
    refused = or_refused and response.status_code in (400, 409, 413, 422)
    if response.status_code != expect and not refused:
        raise ReplayError(f"{method} gave {response.status_code} instead of {expect}: {response.text[:200]}")
    return response
