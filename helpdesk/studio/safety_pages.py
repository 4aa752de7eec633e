"""The safety patterns in plain view: tried on a sentence, and changed with sentences that prove them before they are saved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.editing.forms import Changed, Rejected
from helpdesk.editing.safety import ROUTES
from helpdesk.editing.safety_forms import Pattern, SafetyForm
from helpdesk.errors import CommandError, Refusal
from helpdesk.staff_site import Form, Visit
from helpdesk.studio.safety_try import Trial
from helpdesk.studio.screen import Screen
from helpdesk.studio.topic_fields import examples_of
from helpdesk.studio.topic_page import LONGEST_FORM

NAMES = {"crisis": "Crisis", "emergency": "Emergency"}
NEW = "new"
LONGEST_TRY = 2000
LISTS = ("must", "must_not")


@dataclass(frozen=True)
class Edited:
    """A pattern as it stands in its page, with sentences that come to the tests."""

    pattern: Pattern
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()


class SafetyPages:
    """`/studio/safety` and the page of each pattern."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service
        self.run = screen.service.store.run
        self.trial = Trial(screen.service.settings.data / "safety")

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        at = "/studio/safety/{route}/patterns/{pattern}"
        return [
            Route("/studio/safety", reads(self.show), methods=["GET"]),
            Route("/studio/safety", writes(self.try_it), methods=["POST"]),
            Route(at, reads(self.edit), methods=["GET"]),
            Route(at, writes(self.save, limit=LONGEST_FORM), methods=["POST"]),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        return await self._all(visit, notice=self.screen.notice(request))

    async def try_it(self, request: Request, visit: Visit, form: Form) -> Response:
        """Say which patterns of the draft find a sentence; it is kept nowhere."""
        sentence = form.get("sentence", "").strip()
        if not sentence or len(sentence) > LONGEST_TRY:
            told = "Write a sentence first." if not sentence else f"This is too long: {LONGEST_TRY:,} letters at most."
            return await self._all(visit, status=422, problem=told, field="sentence", sentence=sentence[:LONGEST_TRY])
        try:
            return await self._all(visit, sentence=sentence, tried=await self.run(self.trial.finds, sentence))
        except CommandError as error:
            return await self._all(visit, status=422, problem=str(error), sentence=sentence)

    async def _all(self, visit: Visit, **values: object) -> Response:
        forms = [await self.run(self.service.library.safety, route) for route in ROUTES]
        values = {"sentence": "", "tried": None, "forms": forms, "names": NAMES, **values}
        return await self.screen.page("safety.html", visit, here="topics", **values)  # type: ignore[arg-type]

    async def edit(self, request: Request, visit: Visit) -> Response:
        form, pattern = await self._find(request)
        return await self._page(visit, form, pattern, Edited(pattern), notice=self.screen.notice(request))

    async def save(self, request: Request, visit: Visit, form: Form) -> Response:
        """Prove the files with the changed pattern and its new sentences; save them only then."""
        before, had = await self._find(request)
        edited = Edited(_pattern(form, had), *(tuple(examples_of(form.get(name, ""))) for name in LISTS))
        if form.get("was", "") != _digest(had):
            problem = (
                "Somebody has changed this pattern meanwhile. How it stands now is below. Save again to put yours in its place."
            )
            return await self._page(visit, before, had, edited, status=409, problem=problem, now=had)
        wanted = _with(before, had, edited, is_out=form.get("do") == "take-out")
        try:
            kept = await self.run(self.service.library.save_safety, wanted, staff=visit.staff.id, note=form.get("note", ""))
        except Rejected as rejected:
            return await self._page(visit, before, had, edited, _beside(wanted, edited, rejected.problems), status=422)
        except Changed:
            raise Refusal("conflict") from None
        said = "safety_same"
        if kept.version != before.version:
            said = "safety_saved"
            subject = f"{before.route}/{edited.pattern.id}"
            await self.run(self.service.store.audit.add, staff=visit.staff.id, action="safety.changed", subject=subject)
        return RedirectResponse(f"/studio/safety?said={said}", status_code=303)

    async def _find(self, request: Request) -> tuple[SafetyForm, Pattern]:
        form = await self.run(self.service.library.safety, request.path_params["route"])
        name = request.path_params["pattern"]
        found = Pattern("") if name == NEW else next((one for one in form.patterns if one.id == name), None)
        if found is None:
            raise Refusal("not_found")
        return form, found

    async def _page(
        self,
        visit: Visit,
        form: SafetyForm,
        had: Pattern,
        edited: Edited,
        wrong: Mapping[str, list[str]] | None = None,
        **values: object,
    ) -> Response:
        finds = await self.run(self.trial.found_by, form.route, had.id, form.must)
        problems = dict(wrong or {})
        number = sum(map(len, problems.values()))
        if number:
            values["problem"] = (
                f"Not saved: {number} {'thing is' if number == 1 else 'things are'} not right. What you wrote is below."
            )
        values = {"now": None, **values, "form": form, "edited": edited, "had": had, "finds": finds, "problems": problems}
        names = {"route_name": NAMES[form.route], "was": _digest(had)}
        return await self.screen.page("safety_pattern.html", visit, here="topics", **names, **values)  # type: ignore[arg-type]


def _pattern(form: Form, had: Pattern) -> Pattern:
    return Pattern(
        id=had.id or form.get("id", "").strip().casefold(),
        means=" ".join(form.get("means", "").split()),
        match=tuple(line.strip() for line in form.get("match", "").splitlines() if line.strip()),
        unless=tuple(line.strip() for line in form.get("unless", "").splitlines() if line.strip()),
        gentle=form.get("gentle") == "yes",
        reply="abuse" if form.get("reply") == "abuse" else "",
    )


def _with(form: SafetyForm, had: Pattern, edited: Edited, *, is_out: bool) -> SafetyForm:
    """Return the route with the changed pattern, or without it, and with the sentences that come to its tests."""
    new = () if is_out else (edited.pattern,)
    patterns = [one for pattern in form.patterns for one in (new if pattern.id == had.id else (pattern,))]
    all_of_them = tuple(patterns if had.id else [*patterns, *new])
    return replace(form, patterns=all_of_them, must=(*form.must, *edited.must), must_not=(*form.must_not, *edited.must_not))


def _beside(wanted: SafetyForm, edited: Edited, problems: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the problems by the fields of the page: those of this pattern, those of the sentences, the rest."""
    number = next((n for n, one in enumerate(wanted.patterns) if one is edited.pattern), -1)
    found: dict[str, list[str]] = {}
    for field, told in problems.items():
        place = "match" if field == f"pattern-{number}" else field if field in LISTS else ""
        found.setdefault(place, []).extend(told)
    return found


def _digest(pattern: Pattern) -> str:
    return hashlib.sha256(repr(pattern).encode()).hexdigest()[:16]
