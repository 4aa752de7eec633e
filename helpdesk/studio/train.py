"""The page to train: what has changed, what stands in the way, and how far a training is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.errors import Refusal
from helpdesk.snapshots import content
from helpdesk.staff_site import Form, Visit
from helpdesk.store.releases import Publication
from helpdesk.studio.changed import changes, diff
from helpdesk.studio.may import may_train, must, names_of, who
from helpdesk.studio.progress import expected_words, progress_of
from helpdesk.studio.screen import Screen

RENEW_SECONDS = 5


class TrainPages:
    """`/studio/train`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        return [
            Route("/studio/train", reads(self.show), methods=["GET"]),
            Route("/studio/train/now", reads(self.now, quiet=True), methods=["GET"]),
            Route("/studio/train/hindrances", reads(self.stands, quiet=True), methods=["GET"]),
            Route("/studio/train/change", reads(self.change), methods=["GET"]),
            Route("/studio/train/start", writes(self.start), methods=["POST"]),
            Route("/studio/train/cancel", writes(self.cancel), methods=["POST"]),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        store = self.service.store
        live, names, renew = await store.run(store.releases.live), await names_of(store), _renew(request)
        page = await self.screen.page(
            "train.html",
            visit,
            here="train",
            notice=self.screen.notice(request),
            **await self._job(),
            live=live,
            live_by=who(names, live.staff) if live else "",
            changes=await store.run(self._changes, live),
            hindrances=await store.run(self._hindrances),
            expected=expected_words(await store.run(store.jobs.expected)),
            may_train=may_train(visit.staff),
            renew=renew,
        )
        if renew:
            page.headers["Refresh"] = str(RENEW_SECONDS)
        return page

    async def now(self, request: Request, visit: Visit) -> Response:
        """Return how far the training is, for a script that asks again and again."""
        return self.screen.part("_job.html", **await self._job(), csrf=visit.csrf, may_train=may_train(visit.staff), renew=False)

    async def stands(self, request: Request, visit: Visit) -> Response:
        """Return what would stop a training."""
        return self.screen.part("_hindrances.html", hindrances=await self.service.store.run(self._hindrances))

    async def change(self, request: Request, visit: Visit) -> Response:
        """Show what came into one topic and what went out since the live release."""
        store, file = self.service.store, request.query_params.get("file", "")
        before = self._content(await store.run(store.releases.live))
        found = next((one for one in await store.run(self._changes_in, before) if one.file == file), None)
        if found is None or before is None:
            raise Refusal("not_found")
        lines = await store.run(diff, file, before, self.service.settings.root)
        return await self.screen.page("change.html", visit, here="train", change=found, lines=lines)

    async def start(self, request: Request, visit: Visit, form: Form) -> Response:
        must(may_train(visit.staff))
        service, store = self.service, self.service.store
        job = await store.run(service.workshop.start, visit.staff.id)
        await store.run(lambda: store.audit.add(staff=visit.staff.id, action="train.started", subject=job))
        return RedirectResponse("/studio/train?said=train_started", status_code=303)

    async def cancel(self, request: Request, visit: Visit, form: Form) -> Response:
        must(may_train(visit.staff))
        service, store = self.service, self.service.store
        if not await store.run(service.workshop.cancel):
            return RedirectResponse("/studio/train", status_code=303)  # it has ended in the meantime: the page says how
        await store.run(lambda: store.audit.add(staff=visit.staff.id, action="train.cancelled"))
        return RedirectResponse("/studio/train?said=train_cancelled", status_code=303)

    async def _job(self) -> dict[str, Any]:
        store = self.service.store
        found = await store.run(self.service.workshop.state)
        return {"progress": progress_of(found, await names_of(store), store.clock())}

    def _hindrances(self) -> int | None:
        """Count what would stop a training; none: the draft is being looked over."""
        found = self.service.survey.look(self.service.library.content())
        return sum(not one.warning for one in found.problems or ()) if found.is_fresh else None

    def _content(self, live: Publication | None) -> Path | None:
        return content(self.service.settings.state, live.release) if live else None

    def _changes(self, live: Publication | None) -> Any:
        return self._changes_in(self._content(live))

    def _changes_in(self, before: Path | None) -> Any:
        return changes(before, self.service.settings.root) if before else []


def _renew(request: Request) -> bool:
    """Whether the reader has chosen that the page comes again by itself."""
    return request.query_params.get("renew") == "yes"
