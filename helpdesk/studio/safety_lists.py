"""The sentences beside the safety patterns: what must be found, what must not, what only hints at danger, and the look-alikes."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.editing.forms import Changed, Rejected
from helpdesk.editing.safety_forms import SafetyForm
from helpdesk.errors import Refusal
from helpdesk.staff_site import Form, Visit
from helpdesk.studio.safety_pages import NAMES
from helpdesk.studio.screen import Screen
from helpdesk.studio.topic_fields import examples_of
from helpdesk.studio.topic_page import LONGEST_FORM

SHOWN = 50
MAX_SEARCH = 100
TITLES = {
    "must": (
        "Sentences that must be found",
        "A pattern has to find each of these, or nothing can be saved and nothing goes live.",
    ),
    "must_not": (
        "Sentences that must not be found",
        "Nothing may find one of these: no pattern, and not the second look either.",
    ),
    "suspect": (
        "Sentences that only hint at danger",
        "No pattern finds them. The second look learns from them what to ask about gently.",
    ),
    "harmless": ("Look-alikes", "They sound like danger and are not. The second look learns from them what to leave alone."),
}


class SafetyLists:
    """`/studio/safety/<route>/sentences/<list>`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service
        self.run = screen.service.store.run

    def routes(self) -> list[BaseRoute]:
        at = "/studio/safety/{route}/sentences/{list}"
        return [
            Route(at, self.screen.reads(self.show), methods=["GET"]),
            Route(at, self.screen.writes(self.change, limit=LONGEST_FORM), methods=["POST"]),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        form, name = await self._find(request)
        search = request.query_params.get("q", "").strip()[:MAX_SEARCH]
        return await self._page(visit, form, name, search=search, notice=self.screen.notice(request))

    async def change(self, request: Request, visit: Visit, form: Form) -> Response:
        """Add sentences, or take one out; the whole set is proved before it is saved."""
        before, name = await self._find(request)
        had: tuple[str, ...] = getattr(before, name)
        out, more = form.get("out", ""), examples_of(form.get("more", ""))
        if not out and not more:
            return await self._page(visit, before, name, status=422, told=["Write a sentence first, one a line."])
        twice = [text for text in more if text in had]
        if twice and not out:
            told = [f"“{text}” stands here already." for text in twice]
            return await self._page(visit, before, name, status=422, told=told, more=form.get("more", ""))
        lists = {name: tuple(text for text in had if text != out) if out else (*had, *more)}
        try:
            kept = await self.run(self.service.library.save_safety, replace(before, **lists), staff=visit.staff.id)  # type: ignore[arg-type]
        except Rejected as rejected:
            told = [sentence for sentences in rejected.problems.values() for sentence in sentences]
            return await self._page(visit, before, name, status=422, told=told, more=form.get("more", ""))
        except Changed:
            raise Refusal("conflict") from None
        changed = kept.version != before.version
        if changed:
            subject = f"{before.route}/{name}"
            await self.run(self.service.store.audit.add, staff=visit.staff.id, action="safety.changed", subject=subject)
        said = "safety_saved" if changed else "safety_same"
        return RedirectResponse(f"/studio/safety/{before.route}/sentences/{name}?said={said}", status_code=303)

    async def _find(self, request: Request) -> tuple[SafetyForm, str]:
        name = request.path_params["list"]
        if name not in TITLES:
            raise Refusal("not_found")
        return await self.run(self.service.library.safety, request.path_params["route"]), name

    async def _page(
        self, visit: Visit, form: SafetyForm, name: str, *, search: str = "", more: str = "", told: list[str] | None = None,
        status: int = 200, notice: str = "",
    ) -> Response:  # fmt: skip
        texts: tuple[str, ...] = getattr(form, name)
        words = search.casefold().split()
        found = [text for text in texts if all(word in text.casefold() for word in words)]
        title, hint = TITLES[name]
        return await self.screen.page(
            "safety_list.html",
            visit,
            here="topics",
            status=status,
            problem="Not saved. What is not right stands beside the box." if told else "",
            notice=notice,
            path=f"/studio/safety/{form.route}/sentences/{name}",
            route_name=NAMES[form.route],
            title=title,
            hint=hint,
            texts=list(reversed(found))[:SHOWN],
            found=len(found),
            all=len(texts),
            search=search,
            more=more,
            told=told or [],
        )
