"""The page on which a person can chat without JavaScript: ordinary forms, one cookie, an answer in the next page."""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from helpdesk.chat.page_view import STATIC, environment, view
from helpdesk.chat.routes import address, transcript_response
from helpdesk.chat.service import ChatService
from helpdesk.conversation import greeting
from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.web import Json, read_form, same

COOKIE = "helpdesk_chat"
REPLY_SECONDS = 8.0
NOTICES = {"callback", "feedback", "teaching_on", "teaching_off", "erased"}
NEW = re.compile(r"new\.[A-Za-z0-9_-]{22}")


@dataclass
class Visitor:
    """Who sends a form: the cookie, and the conversation that it opens, if any yet."""

    cookie: str
    conversation: str | None = None
    owner: str = "bot"


class KeptFiles(StaticFiles):
    """Static files: their addresses carry a hash of the content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class Pages:
    """`/chat` and the forms on it."""

    def __init__(self, service: ChatService) -> None:
        self.service = service
        self.templates = environment()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/chat", self.show, methods=["GET"]),
            Route("/chat", self.say, methods=["POST"]),
            Route("/chat/start", self.start, methods=["POST"]),
            Route("/chat/person", self.person, methods=["POST"]),
            Route("/chat/stop", self.stop, methods=["POST"]),
            Route("/chat/callback", self.callback, methods=["POST"]),
            Route("/chat/feedback", self.feedback, methods=["POST"]),
            Route("/chat/teaching", self.teaching, methods=["POST"]),
            Route("/chat/erase", self.erase, methods=["POST"]),
            Route("/chat/transcript", self.transcript, methods=["GET"]),
            Mount("/chat/static", KeptFiles(directory=STATIC)),
        ]

    async def show(self, request: Request) -> Response:
        visitor = await self._visitor(request)
        return await self._page(request, visitor)

    async def say(self, request: Request) -> Response:
        """Store the message, wait a little for the reply, and show the page again."""
        visitor, form, refused = await self._form(request)
        if refused:
            return refused
        body = {"client_id": form.get("client_id"), "text": form.get("text", "")}
        if form.get("choice"):
            body["choice"] = form["choice"]
        try:
            conversation = await self._conversation(request, visitor)
            accepted = await self.service.say(conversation, body, address(request))
        except (Refusal, StoreUnavailable) as error:
            return await self._page(request, visitor, problem=error, text=form.get("text", ""), what="message")
        seconds = REPLY_SECONDS if accepted.owner == "bot" else 0.0
        reply = await self.service.wait_for_reply(conversation, accepted.seq, seconds)
        return self._back(request, visitor, f"#m{reply or accepted.seq}")

    async def start(self, request: Request) -> Response:
        """Begin the conversation for the live page, which then talks to the API."""
        visitor, _, refused = await self._form(request)
        if refused:
            raise Refusal("bad_form")
        conversation = await self._conversation(request, visitor)
        response = Json({"id": conversation, "token": visitor.cookie, "csrf": self._csrf(visitor)}, status_code=201)
        self._set_cookie(request, response, visitor)
        return response

    async def person(self, request: Request) -> Response:
        visitor, _, refused = await self._form(request)
        if refused:
            return refused
        conversation = await self._conversation(request, visitor)
        await self.service.ask_person(conversation, {})
        last = await self.service.store.run(self.service.store.ledger.last_event, conversation)
        return self._back(request, visitor, f"#m{last['seq']}" if last else "")

    async def stop(self, request: Request) -> Response:
        """Stop waiting for a person."""
        visitor, _, refused = await self._form(request)
        if refused:
            return refused
        if visitor.conversation:
            await self.service.cancel_wait(visitor.conversation)
        return self._back(request, visitor, "")

    async def callback(self, request: Request) -> Response:
        visitor, form, refused = await self._form(request)
        if refused:
            return refused
        body: dict[str, Any] = {name: form.get(name, "") for name in ("name", "phone", "when", "topic")}
        body["consent"] = form.get("consent") == "yes"
        try:
            conversation = await self._conversation(request, visitor)
            await self.service.ask_callback(conversation, body)
        except (Refusal, StoreUnavailable) as error:
            return await self._page(request, visitor, problem=error, callback=body, what="callback")
        return self._back(request, visitor, "?said=callback#notice")

    async def feedback(self, request: Request) -> Response:
        visitor, form, refused = await self._form(request)
        if refused:
            return refused
        seq = form.get("seq", "")
        body = {
            "seq": int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 9 else None,
            "helpful": form.get("helpful") == "yes",
        }
        if visitor.conversation is None:
            raise Refusal("not_found")
        await self.service.rate(visitor.conversation, body)
        return self._back(request, visitor, f"?said=feedback#m{body['seq']}")

    async def teaching(self, request: Request) -> Response:
        """Let staff learn from the visitor's questions, or no longer."""
        visitor, form, refused = await self._form(request)
        if refused:
            return refused
        agreed = form.get("agreed") == "yes"
        conversation = await self._conversation(request, visitor)
        await self.service.allow_teaching(conversation, {"agreed": agreed})
        return self._back(request, visitor, f"?said={'teaching_on' if agreed else 'teaching_off'}#notice")

    async def erase(self, request: Request) -> Response:
        visitor, _, refused = await self._form(request)
        if refused:
            return refused
        if visitor.conversation:
            await self.service.erase(visitor.conversation)
        return self._back(request, _stranger(), "?said=erased#notice")

    async def transcript(self, request: Request) -> Response:
        visitor = await self._visitor(request)
        if visitor.conversation is None:
            raise Refusal("not_found")
        return transcript_response(await self.service.transcript(visitor.conversation))

    async def _visitor(self, request: Request) -> Visitor:
        cookie = request.cookies.get(COOKIE, "")
        row = await self.service.enter_by_token(cookie) if cookie else None
        if row is not None:
            return Visitor(cookie=cookie, conversation=row["id"], owner=row["owner"])
        return Visitor(cookie=cookie) if NEW.fullmatch(cookie) else _stranger()

    async def _form(self, request: Request) -> tuple[Visitor, dict[str, str], Response | None]:
        """Return who sent which form; a form that our own page did not make gets the page again, with its words."""
        form = await read_form(request)
        visitor = await self._visitor(request)
        if same(form.get("csrf", ""), self._csrf(visitor)):
            return visitor, form, None
        page = await self._page(request, visitor, problem=Refusal("bad_form"), text=form.get("text", ""), what="message")
        return visitor, form, page

    def _csrf(self, visitor: Visitor) -> str:
        return self.service.tokens.digest("form", visitor.cookie)

    async def _conversation(self, request: Request, visitor: Visitor) -> str:
        """Return the visitor's conversation; it begins with the first thing that is sent, not with a look at the page."""
        if visitor.conversation is None:
            minted = await self.service.start(address(request))
            visitor.cookie, visitor.conversation = minted.token, minted.id
        return visitor.conversation

    async def _page(
        self,
        request: Request,
        visitor: Visitor,
        *,
        problem: Exception | None = None,
        text: str = "",
        callback: dict[str, Any] | None = None,
        what: str = "",
    ) -> Response:
        refusal = problem if isinstance(problem, Refusal) else Refusal("unavailable") if problem else None
        said = request.query_params.get("said", "")
        html = self.templates.get_template("chat.html").render(
            messages=await self._messages(visitor),
            visitor=visitor,
            teaching=visitor.conversation is not None and await self.service.allows_teaching(visitor.conversation),
            csrf=self._csrf(visitor),
            client_id=str(uuid.uuid4()),
            notice=said if said in NOTICES else "",
            problem=self.service.words.errors[refusal.code] if refusal else "",
            field=(refusal.field or "") if refusal else "",
            what=what,
            text=text,
            callback={"consent": False, **(callback or {})},
            open_callback=what == "callback" or "callback" in request.query_params,
        )
        response = Response(html, status_code=refusal.status if refusal else 200, media_type="text/html")
        if refusal and refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        self._set_cookie(request, response, visitor)
        return response

    async def _messages(self, visitor: Visitor) -> list[dict[str, Any]]:
        if visitor.conversation is None:
            return [view({"seq": 1, **greeting(self.service.words)})]
        return [view(event) async for event in self.service.all_events(visitor.conversation) if event.get("text")]

    def _back(self, request: Request, visitor: Visitor, where: str) -> Response:
        response = RedirectResponse(f"/chat{where}", status_code=303)
        self._set_cookie(request, response, visitor)
        return response

    def _set_cookie(self, request: Request, response: Response, visitor: Visitor) -> None:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, visitor.cookie, path="/chat", httponly=True, samesite="lax", secure=secure)


def _stranger() -> Visitor:
    return Visitor(cookie=f"new.{secrets.token_urlsafe(16)}")
