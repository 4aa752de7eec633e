"""Conflicts: what would confuse the bot, seen before a training, each with what to do beside it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk import comparing
from helpdesk.comparing import Comparison
from helpdesk.editing.forms import Changed, Rejected
from helpdesk.errors import Refusal
from helpdesk.snapshots import folder
from helpdesk.staff_site import Form, Visit
from helpdesk.studio.conflicts_view import (
    Confused,
    Row,
    Shown,
    Told,
    buttons_of,
    confused_of,
    due_of,
    few_of,
    pairs_of,
    problems_of,
)  # fmt: skip
from helpdesk.studio.inbox_acts import told
from helpdesk.studio.may import names_of, who
from helpdesk.studio.screen import Screen

WAIT = 1.0  # seconds: so long a page waits for what an edit has changed
MOST = 50  # pairs on the page, and lines of the checker
RECENT = 20  # releases: the last one that was measured is among them
DEEDS = ("move_left", "move_right", "delete_left", "delete_right", "keep")
OF_PAIRS = ("pair_moved", "pair_deleted", "pair_kept", "pair_unkept", "pair_undone", "pair_gone")  # said where the pairs stand


@dataclass(frozen=True)
class Overview:
    """Everything on the page. `pairs` and `problems` are None before they were first looked for."""

    pairs: list[Shown] | None
    kept: list[Shown]
    few: list[Row]
    confused: list[Confused] | None
    due: list[Row]
    buttons: list[Row]
    problems: list[Told] | None
    is_fresh: bool

    @property
    def number(self) -> int:
        """Return how many things do not wait."""
        rows = [row.pressing for row in (*self.few, *self.due, *self.buttons)]
        return len(self.pairs or ()) + sum(rows) + sum(one.pressing for one in self.problems or ())


class ConflictPages:
    """`/studio/conflicts`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service
        self.run = screen.service.store.run
        self.service.counters["conflicts"] = lambda: self.overview(None).number

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        return [
            Route("/studio/conflicts", reads(self.show), methods=["GET"]),
            Route("/studio/conflicts/ready", reads(self.ready, quiet=True), methods=["GET"]),
            Route("/studio/conflicts/pair", writes(self.pair), methods=["POST"]),
            Route("/studio/conflicts/unkeep", writes(self.unkeep), methods=["POST"]),
            Route("/studio/conflicts/undo", writes(self.undo), methods=["POST"]),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        return await self._page(visit, said=request.query_params.get("said", ""), undo=request.query_params.get("undo", ""))

    async def ready(self, request: Request, visit: Visit) -> Response:
        """Say to the page's script whether the draft is looked over: 200, or 202 where it is not yet."""
        content = await self.run(self.service.library.content)
        return Response(status_code=200 if self.service.survey.look(content).is_fresh else 202)

    async def pair(self, request: Request, visit: Visit, form: Form) -> Response:
        """Do with a pair what a button says."""
        key, deed = form.get("pair", ""), form.get("do", "")
        if deed not in DEEDS:
            raise Refusal("invalid")
        found = await self.run(self._open_pair, key)
        if found is None:
            return _back("pair_gone")
        if deed == "keep":
            await self.run(self.service.store.kept_pairs.keep, key, visit.staff.id)
            self.service.recount()
            return _back("pair_kept")
        try:
            revision = await self.run(self._change, found, deed, visit.staff.id)
        except Rejected as rejected:
            return await self._page(visit, problem=f"Nothing was done. {told(rejected)}", status=422)
        except Refusal as refusal:
            return _back("pair_gone") if refusal.code == "not_found" else await self.screen.problem(visit, refusal, form)
        self.service.recount()
        return _back("pair_moved" if deed.startswith("move") else "pair_deleted", undo=revision)

    async def unkeep(self, request: Request, visit: Visit, form: Form) -> Response:
        """Let a pair that was kept count as a conflict again."""
        await self.run(self.service.store.kept_pairs.drop, form.get("pair", ""))
        self.service.recount()
        return _back("pair_unkept")

    async def undo(self, request: Request, visit: Visit, form: Form) -> Response:
        library = self.service.library
        try:
            await self.run(lambda: library.undo(form.get("revision", ""), staff=visit.staff.id))
        except Rejected as rejected:
            return await self._page(visit, problem=f"It could not be undone. {told(rejected)}", status=422)
        except Changed:
            return await self._page(visit, problem="It could not be undone: the topic was changed since.", status=409)
        self.service.recount()
        return _back("pair_undone")

    def overview(self, wait: float | None) -> Overview:
        """Return all that is known, after so many seconds at most; None: of what was looked at already. Blocking."""
        service = self.service
        content = service.library.content()
        found = service.survey.glance(content) if wait is None else service.survey.look(content, wait)
        pairs, kept = pairs_of(found.pairs or (), service.store.kept_pairs.all(), content)
        off = {name for name, is_on in service.store.switches().items() if not is_on}
        today = datetime.datetime.fromtimestamp(service.store.clock(), datetime.timezone.utc).date()
        return Overview(
            pairs=None if found.pairs is None else pairs,
            kept=kept,
            few=few_of(content),
            confused=confused_of(self._measured(), content),
            due=due_of(content, today),
            buttons=buttons_of(content, off),
            problems=None if found.problems is None else problems_of(found.problems, content, pairs + kept),
            is_fresh=found.is_fresh,
        )

    def _measured(self) -> Comparison | None:
        """Return what the last version that was measured came to."""
        for release in self.service.store.releases.all(RECENT):
            made = comparing.read(folder(self.service.settings.state, release.id))
            if made:
                return made
        return None

    def _open_pair(self, key: str) -> Shown | None:
        pairs = self.overview(WAIT).pairs or ()
        return next((pair for pair in pairs if pair.key == key), None)

    def _change(self, pair: Shown, deed: str, staff: str) -> str:
        library = self.service.library
        side = pair.left if deed.endswith("left") else pair.right
        if deed.startswith("move"):
            return library.move_example(side.text, side.topic, pair.other(side).topic, staff=staff)
        return library.remove_example(side.topic, side.text, staff=staff)

    async def _page(self, visit: Visit, *, problem: str = "", said: str = "", undo: str = "", status: int = 200) -> Response:
        found, names = await self.run(self.overview, WAIT), await names_of(self.service.store)
        return await self.screen.page(
            "conflicts.html",
            visit,
            status=status,
            here="conflicts",
            problem=problem,
            found=found,
            most=MOST,
            said=self.screen.words["done"].get(said, "") if said in OF_PAIRS else "",
            undo=undo if said in ("pair_moved", "pair_deleted") else "",
            kept_by=lambda kept: who(names, kept.staff),
        )


def _back(said: str, **more: str) -> Response:
    return RedirectResponse(f"/studio/conflicts?{urlencode({'said': said, **more})}#pairs", status_code=303)
