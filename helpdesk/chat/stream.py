"""The stream of a conversation's events, and the same by asking again and again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from helpdesk.chat.service import ChatService
from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.hub import Listener
from helpdesk.limits import SERVER
from helpdesk.store.ledger import PAGE
from helpdesk.streams import HEADERS, HEARTBEAT, as_lines, events_after
from helpdesk.web import query_number

MAX_WAIT = 20.0
MAX_AFTER = 10**15
RETRY_SECONDS = 30


def event_stream(service: ChatService, conversation: str, request: Request) -> Response:
    """Return the stream, where this visitor, this network and the server have not too many of them already."""
    after = _resume_after(request)
    block = service.blocks.name(request.client.host if request.client else None)
    places = (("conversation_streams", conversation), ("block_streams", block), ("server_streams", SERVER))
    if not service.places.take(*places):
        raise Refusal("rate_limited", retry_after=RETRY_SECONDS)
    leave = partial(service.places.leave, *places)
    return Kept(_lines(service, conversation, after), headers=HEADERS, leave=leave)


class Kept(StreamingResponse):
    """A stream that has a place, until it ends in whatever way."""

    def __init__(self, lines: AsyncIterator[str], *, headers: Mapping[str, str], leave: Callable[[], None]) -> None:
        super().__init__(lines, headers=headers)
        self.leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.leave()


def _resume_after(request: Request) -> int:
    """Go on after `Last-Event-ID`, else after `after`."""
    last = request.headers.get("last-event-id", "").strip()
    if last.isascii() and last.isdigit() and len(last) < 16:
        return int(last)
    return int(query_number(request, "after", low=0, high=MAX_AFTER, default=0))


async def _lines(service: ChatService, conversation: str, after: int) -> AsyncIterator[str]:
    service.metrics.streams += 1
    try:
        with service.hub.listen(conversation) as listener:
            yield "retry: 2000\n\n"
            while not listener.ended:
                rows = await events_after(service.store, conversation, after)
                if rows:
                    after = rows[-1][0]
                    yield as_lines(rows)
                if len(rows) < PAGE:
                    async for line in _pause(service, conversation, listener):
                        yield line
    finally:
        service.metrics.streams -= 1


async def _pause(service: ChatService, conversation: str, listener: Listener) -> AsyncIterator[str]:
    """Wait for the next event; meanwhile pass on what is not stored, and keep the connection awake."""
    woken = await listener.wait(HEARTBEAT)
    for event in listener.take_passing():
        yield f"data: {event}\n\n"
    if not woken:
        yield ": still here\n\n"
        listener.ended = listener.ended or await _is_gone(service, conversation)


async def _is_gone(service: ChatService, conversation: str) -> bool:
    """Say whether another process has erased the conversation."""
    try:
        return await service.store.run(service.store.ledger.find, conversation) is None
    except StoreUnavailable:
        return False


async def event_page(service: ChatService, conversation: str, request: Request) -> Response:
    """Return the events after one: at once if there are any, else when there are or the wait is over."""
    after = int(query_number(request, "after", low=0, high=MAX_AFTER, default=0))
    wait = query_number(request, "wait", low=0, high=MAX_WAIT, default=0)
    deadline = time.monotonic() + wait
    with service.hub.listen(conversation) as listener:
        while True:
            rows = await service.store.run(service.store.ledger.events, conversation, after)
            left = deadline - time.monotonic()
            if rows or left <= 0 or listener.ended:
                return _page(rows, after)
            await listener.wait(left)


def _page(rows: list[tuple[int, str]], after: int) -> Response:
    following = rows[-1][0] if rows else after
    body = f'{{"events":[{",".join(body for _, body in rows)}],"next":{following}}}'
    return Response(body, media_type="application/json")
