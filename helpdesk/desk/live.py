"""The streams of the desk: what has changed in the lists, and what is said in one conversation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from helpdesk.desk.screen import Screen
from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.hub import DESK, Listener, at_desk
from helpdesk.staff_site import Visit
from helpdesk.store.audit import subject_of
from helpdesk.store.ledger import PAGE
from helpdesk.store.staff import AT_DESK
from helpdesk.streams import HEADERS, HEARTBEAT, as_lines, events_after
from helpdesk.web import dumps

GATHER = 0.2


@dataclass
class Reader:
    """Who reads a stream, and when to look again whether they still may."""

    visit: Visit
    look_at: float = field(default_factory=lambda: time.monotonic() + HEARTBEAT)

    def rest(self) -> float:
        return self.look_at - time.monotonic()


class Live:
    """An open stream shows that the desk is open, but not that anybody uses it: the sign-in still runs out."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/desk/stream", self.screen.reads(self.desk, quiet=True), methods=["GET"]),
            Route("/desk/c/{id}/stream", self.screen.reads(self.conversation, quiet=True), methods=["GET"]),
        ]

    async def desk(self, request: Request, visit: Visit) -> Response:
        return StreamingResponse(self._desk(visit), headers=HEADERS)

    async def conversation(self, request: Request, visit: Visit) -> Response:
        conversation = request.path_params["id"]
        if await self.service.store.run(self.service.store.ledger.find, conversation) is None:
            raise Refusal("not_found")
        await self.screen.note_reading(visit, "read", subject_of(conversation))
        last = request.headers.get("last-event-id") or request.query_params.get("after", "")
        after = int(last) if last.isascii() and last.isdigit() and len(last) < 16 else 0
        return StreamingResponse(self._conversation(visit, conversation, after), headers=HEADERS)

    async def _desk(self, visit: Visit) -> AsyncIterator[str]:
        counts: dict[str, int] = {}
        reader = Reader(visit)
        self.service.metrics.streams += 1
        try:
            with self.service.hub.listen(DESK) as listener:
                yield "retry: 2000\n\n"
                while not listener.ended:
                    counts = await self._counts(visit, counts)
                    yield f"data: {dumps({'counts': counts})}\n\n"
                    await asyncio.sleep(GATHER)  # many changes at once are told once
                    async for line in self._idle(reader, listener):
                        yield line
        finally:
            self.service.metrics.streams -= 1

    async def _conversation(self, visit: Visit, conversation: str, after: int) -> AsyncIterator[str]:
        reader = Reader(visit)
        self.service.metrics.streams += 1
        try:
            with self.service.hub.listen(conversation, at_desk(conversation)) as listener:
                yield "retry: 2000\n\n"
                is_rung = False
                while not listener.ended:
                    rows = await events_after(self.service.store, conversation, after)
                    if rows:
                        after = rows[-1][0]
                        yield as_lines(rows)
                    elif is_rung:
                        yield 'data: {"kind":"changed"}\n\n'  # a note, for example
                    if len(rows) == PAGE:
                        continue
                    async for line in self._idle(reader, listener):
                        yield line
                    passing = listener.take_passing()
                    yield "".join(f"data: {event}\n\n" for event in passing)
                    is_rung = not passing
        finally:
            self.service.metrics.streams -= 1

    async def _idle(self, reader: Reader, listener: Listener) -> AsyncIterator[str]:
        """Wait until there is news; at every heartbeat, however much happens, look whether they may still be here."""
        is_rung = False
        while not is_rung:
            is_rung = await listener.wait(reader.rest())
            if reader.rest() > 0:
                continue
            yield ": still here\n\n"
            if not await self._still_here(reader.visit):
                listener.ended = True
                return
            reader.look_at = time.monotonic() + HEARTBEAT

    async def _still_here(self, visit: Visit) -> bool:
        service = self.service
        try:
            staff = await service.store.run(lambda: service.accounts.enter(visit.cookie, touch=False))
            if staff is None or not staff.roles & AT_DESK:
                return False
            await service.seen(staff)
            return True
        except StoreUnavailable:
            return True

    async def _counts(self, visit: Visit, before: dict[str, int]) -> dict[str, int]:
        try:
            return await self.service.counts(visit.staff)
        except StoreUnavailable:
            return before
