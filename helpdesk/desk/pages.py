"""The pages of the desk: lists, conversations, callbacks, keys and options. Every action is a form that needs no script."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.desk.callback_pages import CallbackPages
from helpdesk.desk.conversation_page import ConversationPage
from helpdesk.desk.live import Live
from helpdesk.desk.screen import ASSETS, Screen
from helpdesk.desk.service import QUEUES, DeskService
from helpdesk.errors import Refusal
from helpdesk.staff_site import Form, Visit, inside

MAX_SEARCH = 100


class DeskPages:
    """Everything under `/desk` but the sign-in and the accounts."""

    def __init__(self, service: DeskService) -> None:
        self.service = service
        self.screen = Screen(service)

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        return [
            Route("/desk", self.home, methods=["GET"]),
            Route("/desk/list/{name}", reads(self.list), methods=["GET"]),
            Route("/desk/duty", writes(self.duty), methods=["POST"]),
            Route("/desk/answers", reads(self.answers), methods=["GET"]),
            Route("/desk/keys", reads(self.keys), methods=["GET"]),
            Route("/desk/options", reads(self.options), methods=["GET"]),
            Route("/desk/options", writes(self.choose), methods=["POST"]),
            ASSETS.route(),
            *Live(self.screen).routes(),
            *CallbackPages(self.screen).routes(),
            *ConversationPage(self.screen).routes(),
        ]

    async def home(self, request: Request) -> Response:
        return RedirectResponse("/desk/list/waiting", status_code=303)

    async def list(self, request: Request, visit: Visit) -> Response:
        name, search = request.path_params["name"], request.query_params.get("q", "").strip()[:MAX_SEARCH]
        if name not in QUEUES:
            raise Refusal("not_found")
        found = await self.service.queue(visit.staff, name, search)
        rows = [{**row, "is_mine": row["owner"] == "navigator" and row["navigator"] == visit.staff.id} for row in found]
        return await self.screen.page(
            "list.html", visit, here=name, back=f"/desk/list/{name}", notice=self.screen.notice(request), rows=rows, search=search
        )

    async def duty(self, request: Request, visit: Visit, form: Form) -> Response:
        await self.service.set_duty(visit.staff, form.get("on") == "yes")
        return RedirectResponse(inside(form.get("back", "")), status_code=303)

    async def answers(self, request: Request, visit: Visit) -> Response:
        """Show the bot's answers, from which one is put into the reply of a conversation."""
        query = request.query_params
        search, conversation = query.get("q", "").strip()[:MAX_SEARCH], query.get("for", "")
        if not conversation.isalnum():
            raise Refusal("not_found")
        found = await self.service.answers(search)
        if query.get("part") == "list":
            return self.screen.part("_answers.html", answers=found, conversation=conversation, search=search)
        back = f"/desk/c/{conversation}"
        return await self.screen.page(
            "answers.html", visit, here="answers", back=back, answers=found, conversation=conversation, search=search
        )

    async def keys(self, request: Request, visit: Visit) -> Response:
        return await self.screen.page("keys.html", visit, here="keys", back="/desk/keys")

    async def options(self, request: Request, visit: Visit) -> Response:
        return await self.screen.page(
            "options.html", visit, here="options", back="/desk/options", notice=self.screen.notice(request)
        )

    async def choose(self, request: Request, visit: Visit, form: Form) -> Response:
        names = [tick["name"] for group in self.screen.words["options"] for tick in group["ticks"]]
        options = {**visit.staff.options, **{name: form.get(name) == "yes" for name in names}}
        await self.service.store.run(self.service.store.staff.set_options, visit.staff.id, options)
        return RedirectResponse("/desk/options?said=options", status_code=303)
