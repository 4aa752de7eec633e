"""What became of a topic: its history, the way back, and retiring it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.content.files import parse
from helpdesk.editing.forms import Changed, Rejected, TopicForm
from helpdesk.editing.leads import leads_to
from helpdesk.editing.library import Library
from helpdesk.editing.reading import form_of, version_of
from helpdesk.errors import Refusal
from helpdesk.staff_site import Form, Visit
from helpdesk.store.revisions import Revision
from helpdesk.studio.may import names_of, who
from helpdesk.studio.screen import Screen
from helpdesk.studio.topic_diff import Change, changes
from helpdesk.studio.topics import name_of

SHOWN = 50
LINKED = ("button", "follow_up")  # what stands on the page of another topic
ID = re.compile(r"[0-9a-f]{16,40}-\d{3}")


@dataclass(frozen=True)
class Step:
    """One change of a topic, as its history shows it."""

    id: str
    at: float
    by: str
    note: str
    is_gone: bool
    changes: list[Change]
    is_newest: bool
    can_return: bool


class TopicPast:
    """`/studio/topics/<name>/history` and `/studio/topics/<name>/retire`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service
        self.run = screen.service.store.run

    @property
    def library(self) -> Library:
        return self.service.library

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        return [
            Route("/studio/topics/{name}/history", reads(self.history), methods=["GET"]),
            Route("/studio/topics/{name}/history", writes(self.bring_back), methods=["POST"]),
            Route("/studio/topics/{name}/undo", writes(self.undo), methods=["POST"]),
            Route("/studio/topics/{name}/retire", reads(self.ask), methods=["GET"]),
            Route("/studio/topics/{name}/retire", writes(self.retire), methods=["POST"]),
        ]

    async def history(self, request: Request, visit: Visit) -> Response:
        return await self._history(visit, name_of(request), notice=self.screen.notice(request))

    async def _history(self, visit: Visit, name: str, *, status: int = 200, **told: str) -> Response:
        form = await self.run(self.library.topic, name)
        names = await names_of(self.service.store)
        found = await self.run(self._revisions, name)
        steps = await self.run(_steps, found, form, names)
        return await self.screen.page(
            "topic_history.html", visit, here="topics", status=status, name=name, form=form, steps=steps, **told
        )

    def _revisions(self, name: str) -> list[Revision]:
        entry = self.library.content().entry(name)
        if entry is None:
            raise Refusal("not_found")
        return self.library.history(entry.file)

    async def bring_back(self, request: Request, visit: Visit, form: Form) -> Response:
        """Save the topic as it was at an earlier time; what came between stays in the history."""
        name, wanted = name_of(request), form.get("revision", "")
        now = await self.run(self.library.topic, name)
        found = next((one for one in await self.run(self._revisions, name) if one.id == wanted), None)
        then = await self.run(form_at, found, now) if found else None
        if then is None:
            raise Refusal("not_found")
        note = "Brought back as it was."
        try:
            await self.run(self.library.save, replace(then, version=now.version), staff=visit.staff.id, note=note)
        except Rejected as rejected:
            told = " ".join(sentence for told in rejected.problems.values() for sentence in told)
            return await self._history(visit, name, status=422, problem=f"It cannot come back as it was. {told}")
        except Changed:
            raise Refusal("conflict") from None
        await self._note(visit, "topic.changed", name)
        return RedirectResponse(f"/studio/topics/{name}/history?said=topic_back", status_code=303)

    async def undo(self, request: Request, visit: Visit, form: Form) -> Response:
        """Take one change back, in all files that it touched; what was changed since elsewhere stays."""
        name, wanted = name_of(request), form.get("revision", "")
        if not ID.fullmatch(wanted):
            raise Refusal("not_found")
        try:
            await self.run(self.library.undo, wanted, staff=visit.staff.id)
        except Changed:
            told = "The same lines have been changed since. Undo the later change first, or bring an earlier version back."
            return await self._history(visit, name, status=409, problem=told)
        except Rejected as rejected:
            told = " ".join(sentence for told in rejected.problems.values() for sentence in told)
            return await self._history(visit, name, status=422, problem=f"It cannot be undone. {told}")
        await self._note(visit, "topic.changed", name)
        return RedirectResponse(f"/studio/topics/{name}/history?said=topic_undone", status_code=303)

    async def ask(self, request: Request, visit: Visit) -> Response:
        """Say what leads to the topic, before it is retired."""
        return await self._ask(visit, name_of(request))

    async def _ask(self, visit: Visit, name: str, *, status: int = 200, problem: str = "") -> Response:
        form, content = await self.run(self.library.topic, name), await self.run(self.library.content)
        leads = await self.run(lambda: list(leads_to(name, content)))
        shown = [(lead.name if lead.kind in LINKED and content.entry(lead.name) else "", lead.told) for lead in leads]
        must_stay = any(lead.kind == "aspect" for lead in leads)
        values = {"form": form, "leads": shown, "must_stay": must_stay, "problem": problem}
        return await self.screen.page("retire.html", visit, here="topics", status=status, **values)

    async def retire(self, request: Request, visit: Visit, form: Form) -> Response:
        """Retire the topic; what leads to it goes too, where the form says so."""
        name, clean = name_of(request), form.get("leads") == "take-out"
        try:
            await self.run(self.library.retire, name, staff=visit.staff.id, and_buttons=clean)
        except Rejected:
            return await self._ask(visit, name, status=422, problem="It cannot be retired yet. The reasons stand below.")
        await self._note(visit, "topic.retired", name)
        return RedirectResponse("/studio/topics?show=retired&said=topic_retired", status_code=303)

    async def _note(self, visit: Visit, action: str, name: str) -> None:
        await self.run(self.service.store.audit.add, staff=visit.staff.id, action=action, subject=name)


def _steps(found: list[Revision], form: TopicForm, names: Mapping[str, str]) -> list[Step]:
    """Return the changes, newest first, each against the text before it."""
    forms = [form_at(one, form) for one in found[: SHOWN + 1]]
    before = [*forms[1:], None]
    return [
        Step(
            id=one.id,
            at=one.at,
            by=who(names, one.staff) if one.staff else "changed outside the studio",
            note=one.note,
            is_gone=one.text is None,
            changes=changes(before[number], forms[number]) if number + 1 < len(found) else [],
            is_newest=number == 0,
            can_return=number > 0 and forms[number] is not None,
        )
        for number, one in enumerate(found[:SHOWN])
    ]


def form_at(revision: Revision, now: TopicForm) -> TopicForm | None:
    """Return the topic as a revision has it; what stands in the table of topics stays as it is now."""
    found, problems = parse(revision.text) if revision.text is not None else (None, ())
    if found is None or problems:
        return None
    try:
        form = form_of(found, now.name, now.kind, now.group)
    except (KeyError, TypeError, AttributeError):
        return None
    return replace(form, title=now.title, overview=now.overview)


def as_of_version(library: Library, name: str, version: str) -> TopicForm | None:
    """Return the topic as it stood when its page was given out; none where nobody has kept that."""
    now, text_version = library.topic(name), version.partition("-")[0]
    entry = library.content().entry(name)
    found = (one for one in library.history(entry.file) if one.text and version_of(one.text) == text_version) if entry else ()
    return next((form for form in (form_at(one, now) for one in found) if form), None)
