"""The answer as a visitor will see it: the events of a conversation that never was, made of what stands in the page."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from helpdesk.conversation import Answer, compose
from helpdesk.editing.forms import Text, TopicForm
from helpdesk.errors import Refusal
from helpdesk.staff_site import Form, Visit
from helpdesk.studio.screen import Screen
from helpdesk.studio.topic_fields import form_of, named, saved
from helpdesk.studio.topic_page import LONGEST_FORM
from helpdesk.studio.topic_view import measured, summary
from helpdesk.studio.topics import name_of
from helpdesk.web import Json
from helpdesk.words import Words

NEW = "new"
ROUTES = {"answers": "answer", "referrals": "refer"}


class PreviewPages:
    """`/studio/preview/<name>`: figures, problems and the events of a chat, for what is typed and not saved."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service
        self.run = screen.service.store.run

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/studio/preview/{name}", self.screen.reads(self.other, quiet=True), methods=["GET"]),
            Route("/studio/preview/{name}", self.screen.writes(self.draft, limit=LONGEST_FORM), methods=["POST"]),
        ]

    async def draft(self, request: Request, visit: Visit, form: Form) -> Response:
        """Return what is right and wrong with the page as it is typed, and the chat that would come of it."""
        name, library = name_of(request), self.service.library
        draft = saved(named(form_of(form, "" if name == NEW else name), form))
        problems = await self.run(library.check, draft)
        figures = measured(draft, await self.run(library.content))
        number = len(summary(draft, problems))
        return Json(
            {
                "problems": problems,
                "measured": [one.said for one in figures],
                "said": f"{number} {'thing is' if number == 1 else 'things are'} not right." if number else "Nothing is wrong.",
                "chats": [chat(draft, text, self.service.words) for text in draft.texts],
            }
        )

    async def other(self, request: Request, visit: Visit) -> Response:
        """Return what a button leads to: the other topic, as the draft has it."""
        form = await self.run(self.service.library.topic, name_of(request))
        whole = form.whole
        if whole is None:
            raise Refusal("not_found")
        return Json({"chat": chat(form, whole, self.service.words)})


def chat(form: TopicForm, text: Text, words: Words) -> list[Mapping[str, Any]]:
    """Return a visitor's question and the reply, as the public contract has them; nothing where nothing is written."""
    if not text.text:
        return []
    answer = Answer(
        route=ROUTES[form.kind],
        text=text.text,
        topic=form.name,
        aspect=text.aspect or "whole",
        facts=text.facts,
        question=form.question,
        page=text.page or None,
        section=text.section or None,
        as_of=text.as_of or None,
        review_by=text.review_by or None,
        buttons=tuple((title, f"/ask_{topic}") for title, topic in text.buttons if title and topic),
    )
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    asked = {"seq": 2, "kind": "message", "author": "visitor", "name": "", "at": at, "text": _asked(form, text.aspect)}
    reply = compose([answer], masked=(), switches={}, words=words)
    return [asked, {**reply, "seq": 3, "at": at, "reply_to": 2}]


def _asked(form: TopicForm, aspect: str | None) -> str:
    """Return an example that gets this text."""
    if aspect is None:
        return form.question or "…"
    texts = (text for block in form.blocks if (block.kind, block.aspect) == ("own", aspect) for text in block.texts)
    return next(texts, form.question or "…")
