"""The public API: read the request, call the service, write the contract's JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.assistant import Assistant
from helpdesk.chat.devices import DeviceCodes
from helpdesk.chat.service import ChatService
from helpdesk.chat.stream import event_page, event_stream
from helpdesk.errors import StoreUnavailable
from helpdesk.store.database import Row
from helpdesk.web import Json, read_object

OPENAPI = Path(__file__).with_name("openapi.json")


class Api:
    """One method for each call of the contract."""

    def __init__(self, service: ChatService, assistant: Assistant) -> None:
        self.service = service
        self.assistant = assistant
        self.devices = DeviceCodes(service)

    def routes(self) -> list[BaseRoute]:
        one = "/api/conversations/{id}"
        return [
            Route("/api/conversations", self.start, methods=["POST"]),
            Route(one, self.erase, methods=["DELETE"]),
            Route(f"{one}/messages", self.say, methods=["POST"]),
            Route(f"{one}/events", self.events, methods=["GET"]),
            Route(f"{one}/handoff", self.handoff, methods=["POST", "DELETE"]),
            Route(f"{one}/typing", self.typing, methods=["POST"]),
            Route(f"{one}/callback", self.callback, methods=["POST"]),
            Route(f"{one}/feedback", self.feedback, methods=["POST"]),
            Route(f"{one}/teaching", self.teaching, methods=["GET", "PUT"]),
            Route(f"{one}/transcript", self.transcript, methods=["GET"]),
            Route(f"{one}/device", self.device, methods=["POST"]),
            Route("/api/device", self.go_on, methods=["POST"]),
            Route("/api/openapi.json", self.openapi, methods=["GET"]),
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
        ]

    async def start(self, request: Request) -> Response:
        minted = await self.service.start(address(request))
        return Json({"id": minted.id, "token": minted.token}, status_code=201)

    async def say(self, request: Request) -> Response:
        row = await self._entered(request)
        accepted = await self.service.say(row["id"], await read_object(request), address(request), found=row)
        return Json({"seq": accepted.seq, "owner": accepted.owner}, status_code=202)

    async def events(self, request: Request) -> Response:
        conversation = await self._enter(request)
        if "text/event-stream" in request.headers.get("accept", ""):
            return event_stream(self.service, conversation, request)
        return await event_page(self.service, conversation, request)

    async def handoff(self, request: Request) -> Response:
        conversation = await self._enter(request)
        if request.method == "DELETE":
            return Json({"owner": await self.service.cancel_wait(conversation)})
        owner = await self.service.ask_person(conversation, await read_object(request, empty_ok=True))
        return Json({"owner": owner}, status_code=202)

    async def typing(self, request: Request) -> Response:
        self.service.typing(await self._enter(request))
        return Response(status_code=204)

    async def callback(self, request: Request) -> Response:
        conversation = await self._enter(request)
        callback = await self.service.ask_callback(conversation, await read_object(request))
        return Json({"id": callback}, status_code=201)

    async def feedback(self, request: Request) -> Response:
        conversation = await self._enter(request)
        await self.service.rate(conversation, await read_object(request))
        return Response(status_code=204)

    async def teaching(self, request: Request) -> Response:
        """Tell whether staff may learn from this conversation, or take the visitor's word on it."""
        conversation = await self._enter(request)
        if request.method == "PUT":
            await self.service.allow_teaching(conversation, await read_object(request))
            return Response(status_code=204)
        return Json({"agreed": await self.service.allows_teaching(conversation)})

    async def transcript(self, request: Request) -> Response:
        conversation = await self._enter(request)
        return transcript_response(await self.service.transcript(conversation))

    async def erase(self, request: Request) -> Response:
        conversation = await self._enter(request)
        await self.service.erase(conversation)
        return Response(status_code=204)

    async def device(self, request: Request) -> Response:
        conversation = await self._enter(request)
        return Json(await self.devices.offer(conversation, _token(request) or ""), status_code=201)

    async def go_on(self, request: Request) -> Response:
        return Json(await self.devices.take(await read_object(request), address(request)))

    async def openapi(self, request: Request) -> Response:
        return Response(OPENAPI.read_bytes(), media_type="application/json")

    async def healthz(self, request: Request) -> Response:
        return Json({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """Say whether a question would be answered now: ledger, Rasa and the whole safety net are there."""
        settled = bool(getattr(self.service.safety, "settled", True))
        parts = {"ledger": await self._ledger_is_there(), "assistant": await self.assistant.ready(), "safety": settled}
        ready = all(parts.values())
        body: dict[str, Any] = {"status": "ready" if ready else "not ready", **parts}
        return Json(body, status_code=200 if ready else 503)

    async def _ledger_is_there(self) -> bool:
        try:
            await self.service.store.run(self.service.store.ping)
        except StoreUnavailable:
            return False
        return True

    async def _entered(self, request: Request) -> Row:
        return await self.service.enter(request.path_params["id"], _token(request))

    async def _enter(self, request: Request) -> str:
        return str((await self._entered(request))["id"])


def _token(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def address(request: Request) -> str | None:
    return request.client.host if request.client else None


def transcript_response(text: str) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="ms-navigator-chat.txt"'}
    return PlainTextResponse(text.encode("utf-8", "replace"), headers=headers)
