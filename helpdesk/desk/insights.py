"""The insights: what was asked and how it ended, by day or week, as charts, tables and a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timezone, tzinfo
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.desk.charts import Bar, bar_chart, flat_bar, swatch, top_of
from helpdesk.desk.measures import MEASURES, Measure, csv_of
from helpdesk.desk.service import DeskService
from helpdesk.desk.spans import MAX_DAYS, Spans, day_words, periods, read_spans
from helpdesk.errors import Refusal
from helpdesk.store.insights import Report

PROBLEMS = {
    "from": f"Give the first day like 2026-11-20, and at most {MAX_DAYS} days.",
    "to": "Give the last day like 2026-11-20. It must not be before the first day.",
    "by": "Choose day or week.",
}


class InsightsPages:
    """`enter` returns who is signed in, or none; `render` makes the page of a template for them."""

    def __init__(
        self,
        service: DeskService,
        enter: Callable[[Request], Awaitable[Any]],
        render: Callable[..., Awaitable[Response]],
    ) -> None:
        self.service = service
        self.enter = enter
        self.render = render

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/desk/insights", self.show, methods=["GET"]),
            Route("/desk/insights.csv", self.file, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the figures; where the days cannot be used, the form with what is wrong with it."""
        visit = await self.enter(request)
        if visit is None:
            return _to_sign_in(request)
        values: dict[str, Any]
        try:
            spans = self._spans(request)
            values = {"status": 200, **_view(spans, await self._report(spans))}
        except Refusal as refusal:
            asked = {name: request.query_params.get(name, "") for name in PROBLEMS}
            field = refusal.field or ""
            values = {"status": refusal.status, "asked": asked, "charts": None, "problem": PROBLEMS[field], "field": field}
        values["zone_name"] = self.service.queueing.hours.zone_name
        return await self.render("insights.html", visit, here="insights", periods=periods(self._today()), **values)

    async def file(self, request: Request) -> Response:
        visit = await self.enter(request)
        if visit is None:
            return _to_sign_in(request)
        spans = self._spans(request)
        report = await self._report(spans)
        text = csv_of((first, last, figures) for (first, last), figures in zip(spans.each, report.spans))
        headers = {"Content-Disposition": f'attachment; filename="insights-{spans.first}-{spans.last}.csv"'}
        return Response(text, media_type="text/csv", headers=headers)

    def _spans(self, request: Request) -> Spans:
        return read_spans(request.query_params, self._today(), self._zone)

    def _today(self) -> date:
        return datetime.fromtimestamp(self.service.queueing.clock(), self._zone).date()

    @property
    def _zone(self) -> tzinfo:
        return self.service.queueing.hours.zone or timezone.utc

    async def _report(self, spans: Spans) -> Report:
        store = self.service.store
        return await store.run(store.insights.report, spans.starts, spans.end)


def _view(spans: Spans, report: Report) -> dict[str, Any]:
    topics = report.total.top_topics
    return {
        "asked": {"from": spans.first.isoformat(), "to": spans.last.isoformat(), "by": spans.by},
        "label": f"{day_words(spans.first)} to {day_words(spans.last)}",
        "is_empty": report.total.is_empty,
        "charts": [_chart(measure, spans, report) for measure in MEASURES],
        "topics": [(report.questions[topic], number, flat_bar(number, topics[0][1])) for topic, number in topics],
    }


def _chart(measure: Measure, spans: Spans, report: Report) -> dict[str, Any]:
    """Return one measure as the template shows it: what it comes to, the picture, and the same as a table."""
    whole, part, labels = measure.whole, measure.part, spans.labels
    bars = []
    for label, figures in zip(labels, report.spans):
        value, filled = whole.of(figures), part.of(figures) if part else None
        more = f"; {part.head.lower()}: {part.shown(filled)}" if part else ""
        bars.append(Bar(f"{label}: {whole.shown(value)}{more}", value, filled))
    top = top_of([bar.whole for bar in bars], whole.kind)
    total = whole.shown(whole.of(report.total))
    title = f"{measure.title}, by {spans.by}"
    return {
        "key": measure.key,
        "title": measure.title,
        "hint": measure.hint,
        "totals": [(column.shown(column.of(report.total)), column.head if part else "") for column in (whole, part) if column],
        "top": whole.shown(top),
        "picture": bar_chart(measure.key, title, f"{whole.head}, in all: {total}.{_highest(bars)}", bars, top),
        "legend": [(swatch(pale=True), whole.head), (swatch(pale=False), part.head)] if part else [],
        "ends": (labels[0], labels[-1]),
        "heads": [column.head for column in measure.columns],
        "rows": [(label, _cells(measure, figures)) for label, figures in zip(labels, report.spans)],
        "sums": _cells(measure, report.total),
    }


def _cells(measure: Measure, figures: Any) -> list[str]:
    return [column.shown(column.of(figures)) for column in measure.columns]


def _highest(bars: list[Bar]) -> str:
    highest = max(bars, key=lambda bar: bar.whole or 0.0)
    return f" The highest: {highest.label}." if highest.whole else ""


def _to_sign_in(request: Request) -> Response:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/desk/sign-in?next={quote(path, safe='/')}", status_code=303)
