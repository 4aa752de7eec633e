"""The list of answers and referrals, and the switch of each."""

from __future__ import annotations

import datetime
import re
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.editing.forms import Rejected
from helpdesk.errors import Refusal
from helpdesk.staff_site import Form, Visit
from helpdesk.studio.screen import Screen
from helpdesk.studio.topic_rows import CHIPS, KINDS, SIZES, SORTS, Row, csv_of, narrowed, rows_of

MAX_SEARCH = 100
NAME = re.compile(r"[a-z0-9_]{1,60}")
Asked = dict[str, str]


class TopicList:
    """`/studio/topics`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        return [
            Route("/studio/topics", reads(self.show), methods=["GET"]),
            Route("/studio/topics.csv", reads(self.file), methods=["GET"]),
            Route("/studio/topics/{name}/switch", writes(self.switch), methods=["POST"]),
            Route("/studio/topics/{name}/restore", writes(self.restore), methods=["POST"]),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        asked, rows = _asked(request), await self._rows()
        library, words = self.service.library, asked["q"].casefold().split()
        retired = [name for name in await self.service.store.run(library.retired) if all(word in name for word in words)]
        found = narrowed(rows, search=asked["q"], chip=asked["show"], sort=asked["sort"])
        size = SIZES[asked["per"]]
        pages = max(1, -(-len(found) // size))
        page = min(int(asked["page"]), pages)
        return await self.screen.page(
            "topics.html",
            visit,
            here="topics",
            notice=self.screen.notice(request),
            asked=asked,
            rows=found[(page - 1) * size : page * size],
            found=len(found),
            retired=retired,
            counts_of={**{chip: sum(row.fits(chip) for row in rows) for chip in CHIPS}, "retired": len(retired)},
            chips=CHIPS,
            kinds=KINDS,
            sorts=SORTS,
            sizes=SIZES,
            page=page,
            pages=pages,
            query=lambda **other: _query({**asked, "page": "1", **other}),
        )

    async def file(self, request: Request, visit: Visit) -> Response:
        asked = _asked(request)
        rows = narrowed(await self._rows(), search=asked["q"], chip=asked["show"], sort=asked["sort"])
        headers = {"Content-Disposition": 'attachment; filename="topics.csv"'}
        return Response(csv_of(rows), media_type="text/csv", headers=headers)

    async def switch(self, request: Request, visit: Visit, form: Form) -> Response:
        """Switch an answer off, or on again: it holds from the next message, without a training."""
        name, store = name_of(request), self.service.store
        is_on = form.get("on") == "yes"
        if (await store.run(self.service.library.content)).entry(name) is None:
            raise Refusal("not_found")

        def work() -> None:
            store.set_switch(name, is_on)
            action = "topic.switched_on" if is_on else "topic.switched_off"
            store.audit.add(staff=visit.staff.id, action=action, subject=name)

        await store.run(work)
        where = "/studio/topics" if form.get("back") == "list" else f"/studio/topics/{name}"
        return RedirectResponse(f"{where}?said={'switched_on' if is_on else 'switched_off'}", status_code=303)

    async def restore(self, request: Request, visit: Visit, form: Form) -> Response:
        """Bring a retired topic back as it was."""
        name, service, run = name_of(request), self.service, self.service.store.run
        try:
            await run(service.library.restore, name, staff=visit.staff.id)
        except Rejected as rejected:
            told = " ".join(sentence for told in rejected.problems.values() for sentence in told)
            values = {"name": name, "problem": f"It cannot come back as it was. {told}"}
            return await self.screen.page("retired.html", visit, here="topics", status=422, **values)
        await run(service.store.audit.add, staff=visit.staff.id, action="topic.restored", subject=name)
        return RedirectResponse(f"/studio/topics/{name}?said=restored", status_code=303)

    async def _rows(self) -> list[Row]:
        store = self.service.store
        content = await store.run(self.service.library.content)
        switches = await store.run(store.switches)
        return rows_of(content, {name for name, is_on in switches.items() if not is_on}, datetime.date.today())


def name_of(request: Request) -> str:
    """Return the topic that the address names."""
    name: str = request.path_params["name"]
    if not NAME.fullmatch(name):
        raise Refusal("not_found")
    return name


def _asked(request: Request) -> Asked:
    """Return what the address asks of the list; what it cannot have becomes what is usual."""
    query = request.query_params
    page = query.get("page", "1")
    return {
        "q": query.get("q", "").strip()[:MAX_SEARCH],
        "show": query["show"] if query.get("show") in CHIPS else "all",
        "sort": query["sort"] if query.get("sort") in SORTS else "question",
        "per": query["per"] if query.get("per") in SIZES else "50",
        "page": page if re.fullmatch(r"[1-9]\d{0,3}", page) else "1",
    }


def _query(asked: Asked) -> str:
    usual = {"q": "", "show": "all", "sort": "question", "per": "50", "page": "1"}
    return urlencode({key: value for key, value in asked.items() if value != usual[key]})
