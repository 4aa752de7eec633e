"""The list of people to call, and what came of a call."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.desk.screen import Screen
from helpdesk.errors import Refusal
from helpdesk.hub import DESK
from helpdesk.staff_site import Form, Visit


class CallbackPages:
    """`/desk/callbacks` and the forms on it."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/desk/callbacks", self.screen.reads(self.show), methods=["GET"]),
            *(
                Route(f"/desk/callbacks/{{id}}/{what}", self.screen.writes(self.note_down), methods=["POST"])
                for what in ("done", "again", "give_up")
            ),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        await self.screen.note_reading(visit, "callbacks.read")
        return await self._page(visit, notice=self.screen.notice(request))

    async def note_down(self, request: Request, visit: Visit, form: Form) -> Response:
        callback, what = request.path_params["id"], request.scope["path"].rsplit("/", 1)[1]
        try:
            await self._note_down(what, callback, visit.staff.id, form)
        except Refusal as refusal:
            return await self._page(visit, refusal=refusal, wrong=callback, again_at=form.get("again_at", ""))
        self.service.hub.ring(DESK)
        return RedirectResponse("/desk/callbacks?said=callback", status_code=303)

    async def _note_down(self, what: str, callback: str, staff: str, form: Form) -> None:
        callbacks, run = self.service.store.callbacks, self.service.store.run
        if what == "again":
            again_at = self.screen.clock.read(form.get("again_at", ""), form.get("zone", ""))
            await run(callbacks.not_reached, callback, staff, again_at)
        else:
            await run(callbacks.done if what == "done" else callbacks.give_up, callback, staff)

    async def _page(
        self, visit: Visit, *, notice: str = "", refusal: Refusal | None = None, wrong: str = "", again_at: str = ""
    ) -> Response:
        store = self.service.store
        rows = await store.run(store.callbacks.open, self.service.queueing.clock())
        return await self.screen.page(
            "callbacks.html",
            visit,
            status=refusal.status if refusal else 200,
            here="callbacks",
            back="/desk/callbacks",
            notice=notice,
            problem=self._sentence(refusal) if refusal else "",
            callbacks=rows,
            ended=await store.run(store.callbacks.ended),
            wrong=wrong if refusal and refusal.field == "again_at" else "",
            again_at=again_at,
        )

    def _sentence(self, refusal: Refusal) -> str:
        own = (
            {"again_at": "again_at", None: "callback_gone"}.get(refusal.field)
            if refusal.code in ("invalid", "not_found")
            else None
        )
        return self.screen.words["errors"][own] if own else self.screen.sentence(refusal)
