"""The page of one topic: read it, change it, check it, save it; nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.editing.forms import Changed, Rejected, TopicForm
from helpdesk.editing.library import Library
from helpdesk.errors import Refusal
from helpdesk.staff_site import Form, Visit
from helpdesk.studio.inbox_acts import sentence
from helpdesk.studio.may import names_of, who
from helpdesk.studio.screen import Screen
from helpdesk.studio.topic_diff import changes, together
from helpdesk.studio.topic_fields import altered, fields_of, form_of, named, saved
from helpdesk.studio.topic_past import as_of_version
from helpdesk.studio.topic_view import empty, shown, wrong
from helpdesk.studio.topics import NAME, name_of

LONGEST_FORM = 1_000_000
SAVED = ("topic_saved", "topic_same", "topic_theirs")  # what was kept in the browser is no longer needed
RESERVED = frozenset(("new",))  # an address of its own
MAX_GIVEN = 200  # characters of what another page puts into a new topic


class TopicPages:
    """`/studio/topics/new` and `/studio/topics/<name>`."""

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
            Route("/studio/topics/new", reads(self.new), methods=["GET"]),
            Route("/studio/topics/new", writes(self.create, limit=LONGEST_FORM), methods=["POST"]),
            Route("/studio/topics/new/check", writes(self.check, limit=LONGEST_FORM), methods=["POST"]),
            Route("/studio/topics/{name}", reads(self.show), methods=["GET"]),
            Route("/studio/topics/{name}", writes(self.save, limit=LONGEST_FORM), methods=["POST"]),
            Route("/studio/topics/{name}/check", writes(self.check, limit=LONGEST_FORM), methods=["POST"]),
        ]

    async def new(self, request: Request, visit: Visit) -> Response:
        """Show an empty form; other pages give it a question, examples and facts to begin with."""
        query = request.query_params
        asked = await self.run(self.service.store.decisions.texts_with, query.get("from", ""))  # set apart in the inbox
        given = [text.strip()[:MAX_GIVEN] for text in (*map(sentence, asked), *query.getlist("example"))]
        kind = "referrals" if query.get("kind") == "referrals" else "answers"
        facts = tuple(fact[:8] for fact in query.getlist("fact"))
        known = (await self.run(self.library.content)).facts
        form = empty(
            kind,
            query.get("question", "").strip()[:MAX_GIVEN],
            tuple(filter(None, given)),
            facts,
            known.get(facts[0]) if facts else None,
        )
        return await self._editor(visit, form)

    async def show(self, request: Request, visit: Visit) -> Response:
        name = name_of(request)
        try:
            form = await self.run(self.library.topic, name)
        except Refusal:
            if name in await self.run(self.library.retired):
                return await self.screen.page("retired.html", visit, here="topics", name=name)
            raise
        said = request.query_params.get("said", "")
        forget = f"{name} new-{form.kind}" if said == "topic_added" else name if said in SAVED else ""
        return await self._editor(visit, form, notice=self.screen.notice(request), forget=forget)

    async def check(self, request: Request, visit: Visit, form: Form) -> Response:
        """Show the page again as it was typed, with what is wrong, or with what its button adds; nothing is saved."""
        draft = form_of(form, "" if "name" not in request.path_params else name_of(request))
        draft, done = altered(named(draft, form), form)
        if done:
            return await self._editor(visit, draft, notice=done)
        problems = {} if form.get("do") == "put-back" else await self.run(self.library.check, draft)
        told = (
            "This is what you had written. It is not saved yet."
            if form.get("do") == "put-back"
            else "Nothing is wrong. It is not saved yet."
        )
        return await self._editor(visit, draft, problems, notice=told)

    async def create(self, request: Request, visit: Visit, form: Form) -> Response:
        draft = saved(named(form_of(form, ""), form))
        if not NAME.fullmatch(draft.name) or draft.name in RESERVED:
            told = "Write a short name of small letters, digits and _, such as vitamin_d."
            return await self._editor(visit, draft, {"name": [told]}, status=422, typed=True)
        try:
            await self.run(self.library.create, draft, staff=visit.staff.id, note=form.get("note", ""))
        except Rejected as rejected:
            return await self._editor(visit, draft, rejected.problems, status=422, typed=True)
        await self._note(visit, "topic.added", draft.name)
        return RedirectResponse(f"/studio/topics/{draft.name}?said=topic_added", status_code=303)

    async def save(self, request: Request, visit: Visit, form: Form) -> Response:
        draft = saved(form_of(form, name_of(request)))
        try:
            kept = await self.run(self.library.save, draft, staff=visit.staff.id, note=form.get("note", ""))
        except Rejected as rejected:
            return await self._editor(visit, draft, rejected.problems, status=422, typed=True)
        except Changed as changed:
            return await self._changed(visit, draft, changed)
        if kept.version != draft.version:
            await self._note(visit, "topic.changed", draft.name)
        said = "topic_saved" if kept.version != draft.version else "topic_same"
        return RedirectResponse(f"/studio/topics/{draft.name}?said={said}", status_code=303)

    async def _editor(
        self,
        visit: Visit,
        form: TopicForm,
        problems: Mapping[str, list[str]] | None = None,
        *,
        status: int = 200,
        notice: str = "",
        typed: bool = False,
        forget: str = "",
    ) -> Response:
        """Show the form; `typed` is what is not saved, `forget` the drafts that the browser need not keep any more."""
        store = self.service.store
        content = await self.run(self.library.content)
        values = await self.run(shown, form, content, problems or {})
        number = len(values["summary"])
        told = {"problem": wrong(number, is_refused=status != 200)} if number else {"notice": notice}
        values |= {"typed": typed, "forget": forget}
        is_on = (await self.run(store.switches)).get(form.name, True)
        return await self.screen.page("topic.html", visit, here="topics", status=status, is_on=is_on, **told, **values)

    async def _changed(self, visit: Visit, mine: TopicForm, changed: Changed) -> Response:
        """Show what a colleague has changed meanwhile, and both texts put together."""
        theirs = changed.theirs
        if theirs is None:
            values = {"name": mine.name, "mine": changes(None, mine)}
            return await self.screen.page("topic_gone.html", visit, here="topics", status=409, **values)
        base = await self.run(as_of_version, self.library, mine.name, mine.version)
        both = replace(together(base or theirs, mine, theirs), version=theirs.version)
        return await self.screen.page(
            "topic_changed.html",
            visit,
            here="topics",
            status=409,
            form=theirs,
            by=who(await names_of(self.service.store), changed.by),
            theirs=changes(base, theirs) if base else changed.diff,
            is_plain=base is None,
            mine=changes(theirs, both),
            fields=fields_of(both),
        )

    async def _note(self, visit: Visit, action: str, name: str) -> None:
        await self.run(self.service.store.audit.add, staff=visit.staff.id, action=action, subject=name)
