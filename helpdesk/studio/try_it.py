"""Try it: ask the live bot, see what the draft has that is near, keep the question as a test."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.editing.forms import Rejected, SavedTest
from helpdesk.errors import Refusal
from helpdesk.likeness import Near
from helpdesk.message import read_text
from helpdesk.staff_site import Form, Visit
from helpdesk.studio.inbox_acts import told
from helpdesk.studio.live_bot import Bot, Said
from helpdesk.studio.may import names_of, who
from helpdesk.studio.screen import Screen
from helpdesk.studio.try_view import all_choices, choices_of, near_of, reply_of, words_of

log = logging.getLogger(__name__)
NEAREST = 8


class TryPages:
    """`/studio/try`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service
        self.run = screen.service.store.run

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        return [
            Route("/studio/try", reads(self.show), methods=["GET"]),
            Route("/studio/try", writes(self.ask), methods=["POST"]),
            Route("/studio/try/save", writes(self.save), methods=["POST"]),
            Route("/studio/try/delete", writes(self.delete), methods=["POST"]),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        return await self._page(visit, notice=self.screen.notice(request))

    async def ask(self, request: Request, visit: Visit, form: Form) -> Response:
        """Ask the bots; the question stands in no address and in no log."""
        return await self._asked(visit, form.get("ask", ""))

    async def save(self, request: Request, visit: Visit, form: Form) -> Response:
        """Keep the question with what is right for it; no later version may break that."""
        chosen = form.get("right", "")
        route, _, topic = (form.get("other", "") if chosen in ("", "other") else chosen).partition(":")
        if not route:
            return await self._asked(visit, form.get("ask", ""), wrong="Choose what is right for this question.")
        test = SavedTest(form.get("ask", ""), route, topic or None)
        library, staff = self.service.library, visit.staff.id
        try:
            await self.run(lambda: library.add_test(test, staff=staff))
        except Rejected as rejected:
            return await self._asked(visit, test.ask, wrong=told(rejected))
        return RedirectResponse("/studio/try?said=try_saved#tests", status_code=303)

    async def delete(self, request: Request, visit: Visit, form: Form) -> Response:
        library, staff = self.service.library, visit.staff.id
        await self.run(lambda: library.remove_test(form.get("id", ""), staff=staff))
        return RedirectResponse("/studio/try?said=try_deleted#tests", status_code=303)

    async def _asked(self, visit: Visit, ask: str, wrong: str = "") -> Response:
        """Show what is made of a question; `wrong` is what keeps it from being saved as a test."""
        try:
            text = read_text(ask)
        except Refusal as refusal:
            values = {"ask": ask, "problem": self.screen.sentence(refusal), "field": "ask"}
            return await self._page(visit, status=refusal.status, **values)
        service, content = self.service, await self.run(self.service.library.content)
        live, candidate, near = await asyncio.gather(
            service.live_bot.ask(text), _ask(service.candidate_bot, text), self._nearest(text)
        )
        rows = near_of(near or (), content)
        return await self._page(
            visit,
            status=422 if wrong else 200,
            ask=text,
            asked=True,
            problem=wrong,
            field="right" if wrong else "",
            live=reply_of(live, content) if live else None,
            candidate=reply_of(candidate, content) if candidate else None,
            near=None if near is None else rows,
            choices=choices_of([said for said in (live, candidate) if said], rows, content),
            groups=all_choices(content),
        )

    async def _nearest(self, text: str) -> list[Near] | None:
        """Return the nearest examples of the draft; None where they cannot be compared."""
        try:
            return await self.run(self.service.likeness.nearest, text, NEAREST)
        except Exception as error:  # without the encoder's weights the rest of the page is of use all the same
            log.warning("The nearest examples could not be found: %s", type(error).__name__)
            return None

    async def _page(self, visit: Visit, *, status: int = 200, **values: object) -> Response:
        library = self.service.library
        tests, content = await self.run(library.tests), await self.run(library.content)
        names = await names_of(self.service.store)
        return await self.screen.page(
            "try.html",
            visit,
            status=status,
            here="try",
            tests=[(one, words_of(f"{one.route}:{one.topic or ''}", content), who(names, one.by)) for one in tests],
            **{"ask": "", "asked": False, **values},
        )


async def _ask(bot: Bot | None, text: str) -> Said | None:
    return await bot.ask(text) if bot else None
