"""The page of one conversation, and the forms on it."""

from __future__ import annotations

import uuid
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.conversation import Event
from helpdesk.desk.look import is_shown, shown
from helpdesk.desk.screen import Screen
from helpdesk.errors import Refusal
from helpdesk.staff_site import Form, Visit
from helpdesk.store.audit import subject_of
from helpdesk.store.staff import Staff
from helpdesk.teaching import can_teach
from helpdesk.web import query_number

# Where the page goes on after an action; a reply and a note stay where they were written.
AFTER = {"claim": "#reply", "reopen": "#reply", "reply": "#latest", "note": "#notes"}
ACTS = ("claim", "reply", "note", "teach", "forward", "requeue", "bot", "close", "reopen", "seen-to")
FIELDS = {"forward": "to", "close": "outcome"}
MAX_SEQ = 10**15


class ConversationPage:
    """`/desk/c/{id}` and everything below it but the stream."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service

    def routes(self) -> list[BaseRoute]:
        one, reads, writes = "/desk/c/{id}", self.screen.reads, self.screen.writes
        return [
            Route(one, reads(self.show), methods=["GET"]),
            Route(f"{one}/messages", reads(self.messages, quiet=True), methods=["GET"]),
            Route(f"{one}/transcript", reads(self.transcript), methods=["GET"]),
            Route(f"{one}/typing", writes(self.typing), methods=["POST"]),
            Route(f"{one}/erase", writes(self.erase), methods=["POST"]),
            *(Route(f"{one}/{act}", writes(self.act), methods=["POST"]) for act in ACTS),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        put = await self._put(request, visit)
        return await self._page(visit, request.path_params["id"], put=put)

    async def _read(self, visit: Visit, conversation: str) -> dict[str, Any]:
        chat = await self.service.conversation(visit.staff, conversation)
        await self.screen.note_reading(visit, "read", subject_of(conversation))
        return chat

    async def messages(self, request: Request, visit: Visit) -> Response:
        """Return what came after a message, as the page shows it."""
        after = int(query_number(request, "after", low=0, high=MAX_SEQ, default=0))
        chat = await self._read(visit, request.path_params["id"])
        events = [event for event in self._shown(chat) if event["seq"] > after]
        return self.screen.part("_messages.html", events=events, chat=chat, csrf=visit.csrf)

    async def transcript(self, request: Request, visit: Visit) -> Response:
        text = await self.service.export(visit.staff, request.path_params["id"])
        headers = {"Content-Disposition": 'attachment; filename="chat.txt"'}
        return PlainTextResponse(text.encode("utf-8", "replace"), headers=headers)

    async def typing(self, request: Request, visit: Visit, form: Form) -> Response:
        await self.service.typing(visit.staff, request.path_params["id"])
        return Response(status_code=204)

    async def erase(self, request: Request, visit: Visit, form: Form) -> Response:
        try:
            await self.service.erase(visit.staff, request.path_params["id"])
        except Refusal as refusal:
            return await self._page(visit, request.path_params["id"], refusal=refusal)
        return RedirectResponse("/desk/list/waiting?said=erased", status_code=303)

    async def act(self, request: Request, visit: Visit, form: Form) -> Response:
        """Do one thing; where it is refused the page comes back, with what was written in its box."""
        conversation, act = request.path_params["id"], request.scope["path"].rsplit("/", 1)[1]
        try:
            await self._do(act, visit.staff, conversation, form)
        except Refusal as refusal:
            return await self._page(visit, conversation, refusal=refusal, act=act, form=form)
        where = f"#m{form['seq']}" if act == "teach" else AFTER.get(act, "")
        return RedirectResponse(f"/desk/c/{conversation}{where}", status_code=303)

    async def _do(self, act: str, staff: Staff, conversation: str, form: Form) -> None:
        service, text = self.service, form.get("text", "")
        if act == "reply":
            await service.reply(staff, conversation, form.get("client_id"), text)
        elif act == "note":
            await service.note(staff, conversation, text)
        elif act == "teach":
            await service.teach(staff, conversation, form.get("seq", ""))
        elif act == "claim":
            await service.claim(staff, conversation, waits=form.get("held") == "waiting")
        elif act == "forward":
            await service.forward(staff, conversation, form.get("to", ""))
        elif act == "close":
            await service.close(staff, conversation, form.get("outcome", ""))
        else:
            plain = {
                "requeue": service.requeue,
                "bot": service.give_back,
                "reopen": service.reopen,
                "seen-to": service.clear_flag,
            }
            await plain[act](staff, conversation)

    async def _page(
        self,
        visit: Visit,
        conversation: str,
        *,
        put: str = "",
        refusal: Refusal | None = None,
        act: str = "",
        form: Form | None = None,
    ) -> Response:
        chat = await self._read(visit, conversation)
        sent = form or {}
        return await self.screen.page(
            "conversation.html",
            visit,
            status=refusal.status if refusal else 200,
            here="chat",
            back=f"/desk/c/{conversation}",
            problem=self.screen.sentence(refusal, is_mine=chat["is_mine"]) if refusal else "",
            what=act,
            text=sent.get("text", ""),
            field=FIELDS.get(act, ""),
            outcome=sent.get("outcome", ""),
            client_id=self._client_id(refusal, sent),
            put=put,
            **await self._content(visit.staff, chat),
        )

    async def _content(self, staff: Staff, chat: dict[str, Any]) -> dict[str, Any]:
        held = "mine" if chat["is_mine"] else "other" if chat["owner"] == "navigator" else chat["owner"]
        mine = [row for row in await self.service.queue(staff, "mine") if row["navigator"] == staff.id]
        return {
            "chat": chat,
            "events": self._shown(chat),
            "sheet": [(kind, list(lines)) for kind, lines in groupby(chat["sheet"], key=lambda line: line.kind)],
            "held": held,
            "held_words": self.screen.words["held"][held].replace("{name}", chat["holder_name"] or "A colleague"),
            "mine": mine,
            "colleagues": await self.service.colleagues(staff) if held == "mine" else [],
            "canned": self.service.canned_for(staff) if held == "mine" else [],
            "may_all": chat["is_mine"] or "admin" in staff.roles,
        }

    def _shown(self, chat: dict[str, Any]) -> list[dict[str, Any]]:
        replies = {event["reply_to"]: event for event in chat["events"] if event.get("reply_to")}
        return [
            {**shown(event, self.screen.words), "teach": _teach(event, chat, replies.get(event["seq"]))}
            for event in chat["events"]
            if is_shown(event)
        ]

    async def _put(self, request: Request, visit: Visit) -> str:
        """Return the text that was chosen for the reply, without the script that puts it there at once."""
        query = request.query_params
        if "canned" in query:
            return next((one["text"] for one in self.service.canned_for(visit.staff) if one["id"] == query["canned"]), "")
        if "answer" in query:
            found = await self.service.answers(query.get("q", ""))
            return next((one.text for one in found if one.topic == query["answer"]), "")
        return ""

    @staticmethod
    def _client_id(refusal: Refusal | None, sent: Form) -> str:
        """A reply that was refused was not stored, and keeps its id; a wrong or used one is not kept."""
        keep = refusal is not None and refusal.code not in ("conflict", "invalid")
        return (sent.get("client_id") if keep else None) or str(uuid.uuid4())


def _teach(event: Event, chat: dict[str, Any], reply: Event | None) -> str:
    """Return who marked a message to be learned; "offer" where it can be marked, and nothing where it cannot."""
    if not chat["teaching"] or event["author"] != "visitor" or not can_teach(event, reply):
        return ""
    return f"by {chat['marks'][event['seq']] or 'a former colleague'}" if event["seq"] in chat["marks"] else "offer"
