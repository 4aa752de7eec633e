"""The page that compares a candidate with what is live, and where it is proposed, published or put aside."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk import comparing
from helpdesk.comparing import Change, Comparison
from helpdesk.editing.forms import Rejected, SavedTest
from helpdesk.errors import Refusal
from helpdesk.snapshots import content, folder
from helpdesk.staff_site import Form, Visit
from helpdesk.studio.candidates import register_of
from helpdesk.studio.charts import Confusions, confusions, paired_bars, swatch
from helpdesk.studio.compared import (
    VERDICTS,
    WITH_TOPIC,
    Topics,
    csv_of,
    key_of,
    rows_of,
    side_of,
    topics_of,
    wanted_words,
)
from helpdesk.studio.figures import bins_of, figures_of
from helpdesk.studio.may import may_train, must
from helpdesk.studio.screen import Screen

PAGE = 50
BARS = "Confidence of the live and the new model"


class ComparePages:
    """`/studio/compare`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        return [
            Route("/studio/compare", reads(self.newest), methods=["GET"]),
            Route("/studio/compare/{id}", reads(self.show), methods=["GET"]),
            Route("/studio/compare/{id}/changes.csv", reads(self.file), methods=["GET"]),
            Route("/studio/compare/{id}/test", writes(self.test), methods=["POST"]),
        ]

    async def newest(self, request: Request, visit: Visit) -> Response:
        found = await self.service.store.run(self.service.store.releases.all, 1)
        return RedirectResponse(f"/studio/compare/{found[0].id}" if found else "/studio/train?said=none_yet", status_code=303)

    async def show(self, request: Request, visit: Visit) -> Response:
        return await self.page(request, visit, notice=self.screen.notice(request))

    async def page(self, request: Request, visit: Visit, **more: Any) -> Response:
        """Show the comparison; `more` is what went wrong with a form of this page, and what was written in it."""
        service, id = self.service, request.path_params["id"]
        register = await register_of(service.store)
        release = register.find(id)
        if release is None:
            raise Refusal("not_found")
        made = await self._comparison(id)
        return await self.screen.page(
            "compare.html",
            visit,
            here="train",
            one=register.candidate(release, visit.staff, service.settings),
            live=register.live,
            made=made,
            may_test=may_train(visit.staff),
            **(await service.store.run(self._view, made, id, request) if made else {}),
            **more,
        )

    async def file(self, request: Request, visit: Visit) -> Response:
        id = request.path_params["id"]
        made = await self._comparison(id)
        if made is None:
            raise Refusal("not_found")
        rows = rows_of(made, *await self.service.store.run(self._topics, made, id))
        headers = {"Content-Disposition": f'attachment; filename="changes-{id}.csv"'}
        return Response(csv_of(rows), media_type="text/csv", headers=headers)

    async def test(self, request: Request, visit: Visit, form: Form) -> Response:
        """Keep one of the two answers to a question as a test that no later version may break."""
        must(may_train(visit.staff))
        made = await self._comparison(request.path_params["id"])
        test = _test(made.changes if made else (), form)
        library, staff = self.service.library, visit.staff.id
        try:
            await self.service.store.run(lambda: library.add_test(test, staff=staff))
        except Rejected as rejected:
            told = [sentence for sentences in rejected.problems.values() for sentence in sentences]
            return await self.page(request, visit, status=422, problem=" ".join(told))
        return RedirectResponse(f"/studio/compare/{request.path_params['id']}?said=test_saved", status_code=303)

    async def _comparison(self, id: str) -> Comparison | None:
        """Return the comparison of a release, with the visitors' words that are still there."""
        service = self.service
        if await service.store.run(service.store.releases.find, id) is None:
            return None
        return await service.store.run(self._read, id)

    def _read(self, id: str) -> Comparison | None:
        made = comparing.read(folder(self.service.settings.state, id))
        if made is None:
            return None
        sources = [change.source for change in made.changes if change.source]
        return made.with_words(self.service.store.replays.words(sources))

    def _topics(self, made: Comparison, id: str) -> tuple[Topics, Topics]:
        state = self.service.settings.state
        return topics_of(content(state, made.live)) if made.live else {}, topics_of(content(state, id))

    def _view(self, made: Comparison, id: str, request: Request) -> dict[str, Any]:
        before, after = self._topics(made, id)
        rows, show = rows_of(made, before, after), request.query_params.get("show", "")
        found = [row for row in rows if row.verdict == show] if show in VERDICTS else rows
        pages = max(1, -(-len(found) // PAGE))
        page = min(_number(request.query_params.get("page", "")), pages)
        return {
            "show": show if show in VERDICTS else "",
            "chips": [(verdict, title, sum(row.verdict == verdict for row in rows)) for verdict, title in VERDICTS.items()],
            "all_rows": len(rows),
            "rows": found[(page - 1) * PAGE : page * PAGE],
            "page": page,
            "pages": pages,
            "figures": figures_of(made.figures),
            "failures": [(one.ask, wanted_words(one.wanted, after), side_of(one.got, after), one.said) for one in made.failures],
            "heat": _heat(made, after),
            **_bars(made),
        }


def _heat(made: Comparison, topics: Topics) -> Confusions | None:
    def named(name: str) -> str:
        told = topics.get(name)
        return told.question if told else side_of(comparing.Half(name), topics).words

    return confusions("heat", [(named(one.wanted), named(one.got), one.count) for one in made.confusions])


def _bars(made: Comparison) -> dict[str, Any]:
    bins = bins_of(made)
    words = f"How sure the models are of their answers, from 0 to 100 %. The table below holds the figures of {len(bins)} steps."
    return {
        "bins": bins if any(one or other for _, one, other in bins) else [],
        "bars": paired_bars("sure", BARS, words, bins),
        "legend": [(swatch("legend-hatch", hatched=True), "Live"), (swatch("", hatched=False), "New")],
    }


def _test(changes: tuple[Change, ...], form: Form) -> SavedTest:
    """Return the test that a form of the page asks for: one side of one change."""
    change = next((one for one in changes if key_of(one) == form.get("change")), None)
    half = {"before": change.before, "after": change.after}.get(form.get("right", "")) if change else None
    if change is None or half is None:
        raise Refusal("invalid")
    return SavedTest(ask=change.ask, route=half.route, topic=half.topic if half.route in WITH_TOPIC else None)


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
