"""A new page: its sentences, which become facts in an author's own words, and what a new version of it has changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.content.borrowed import borrowed, hashes_of
from helpdesk.content.files import plain
from helpdesk.content.model import RUNS
from helpdesk.editing.forms import Rejected
from helpdesk.errors import Refusal
from helpdesk.source_facts import compared, missing_facts, proposals
from helpdesk.source_page import LARGEST, Page, read_page
from helpdesk.staff_site import Form, Visit
from helpdesk.store.sources import ACCEPTED, ASIDE, OPEN, Given, Item
from helpdesk.studio.screen import Screen

MOST_NAME = 120
MOST_WORDS = 40
AS_OF = re.compile(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
NAMED = {
    "name": "Give the page's name, as it stands at its top.",
    "as_of": "Give the year or the day that the page speaks of, as 2015 or 2026-11-21.",
}
SAID = {"accept": "fact_kept", "aside": "put_aside", "open": "taken_up"}
EMPTY = "There is no sentence in it. Choose the page's file, or copy its text into the box."


class SourcePages:
    """`/studio/sources`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service
        self.sources = screen.service.store.sources
        self.run = screen.service.store.run

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        at = "/studio/sources/{source:str}"
        return [
            Route("/studio/sources", reads(self.index), methods=["GET"]),
            Route("/studio/sources", writes(self.give, limit=LARGEST + 100_000), methods=["POST"]),
            Route(at, reads(self.show), methods=["GET"]),
            Route(at + "/{number:int}", writes(self.decide), methods=["POST"]),
        ]

    async def index(self, request: Request, visit: Visit) -> Response:
        return await self._list(visit, {}, {}, notice=self.screen.notice(request))

    async def give(self, request: Request, visit: Visit, form: Form) -> Response:
        """Take a page, and lead to its sentences; what is wrong is said beside its field, and nothing typed is lost."""
        wrong = {field: text for field, text in NAMED.items() if not _given_well(field, form.get(field, "").strip())}
        content = form.get("text", "").strip() or form.get("file", "")
        page = None
        try:
            page = await self.run(read_page, content)
        except Refusal as refusal:
            too_long = "The page is too long: 2 MB and 3,000 sentences are the most. Give it in parts."
            wrong["text"] = too_long if refusal.code == "too_long" else EMPTY
        if wrong or page is None:
            return await self._list(visit, form, wrong, status=422)
        made = await self.run(self._keep, page, form, visit)
        return RedirectResponse(f"/studio/sources/{made}?said=page_given", status_code=303)

    async def show(self, request: Request, visit: Visit) -> Response:
        return await self._show(request.path_params["source"], visit, notice=self.screen.notice(request))

    async def decide(self, request: Request, visit: Visit, form: Form) -> Response:
        """Make a fact of a sentence, put it aside, or take it up again."""
        source, number, deed = request.path_params["source"], request.path_params["number"], form.get("deed", "")
        item = next((item for item in await self.run(self.sources.items, source) if item.number == number), None)
        if item is None:
            raise Refusal("not_found")
        if deed == "accept":
            wrong = await self.run(self._accept, item, form, visit)
            if wrong:
                return await self._show(source, visit, wrong={number: wrong}, form=form, status=422)
        elif deed in ("aside", "open"):
            state, expected = (ASIDE, OPEN) if deed == "aside" else (OPEN, ASIDE)
            await self.run(
                lambda: self.sources.decide(source, number, state=state, fact=None, staff=visit.staff.id, expected=expected)
            )
        else:
            raise Refusal("invalid", field="deed")
        return RedirectResponse(f"/studio/sources/{source}?said={SAID[deed]}#s{number}", status_code=303)

    # ---- what waits for files and the database

    def _keep(self, page: Page, form: Form, visit: Visit) -> str:
        name = form["name"].strip()
        content, before = self.service.library.content(), self.sources.last_of(name)
        known = self._said(before)
        changes = compared(known, page, content) if before else missing_facts(page, name, content)
        found = proposals(page, content, self.service.meaning.vectors)
        earlier = {plain(text): fact for text, fact in known if fact}
        items = []
        for number, one in enumerate(found, 1):
            fact = earlier.get(plain(one.sentence.text)) or one.known
            state = ACCEPTED if fact else OPEN
            section, paragraph, text = one.sentence.section, one.sentence.paragraph, one.sentence.text
            items.append(Item("", number, section, paragraph, text, one.exact, state, fact, None))
        self._keep_runs(page)
        return self.sources.add(
            staff=visit.staff.id,
            name=name,
            address=form.get("address", "").strip()[:500],
            as_of=form["as_of"].strip(),
            before=before.id if before else None,
            changes=[vars(change) for change in changes],
            items=items,
        )

    def _keep_runs(self, page: Page) -> None:
        """Keep the hashes of the page's runs of words in the draft: no answer may borrow its sentences."""
        path = Path(self.service.settings.data) / RUNS
        known = path.read_text(encoding="ascii").split() if path.is_file() else []
        fresh = sorted({one for one in hashes_of(page.text)} - set(known))
        if fresh:
            self.service.library.keep(path, "\n".join([*known, *fresh]) + "\n")

    def _said(self, before: Given | None) -> list[tuple[str, str | None]]:
        return [(item.sentence, item.fact) for item in self.sources.items(before.id)] if before else []

    def _accept(self, item: Item, form: Form, visit: Visit) -> dict[str, str]:
        """Add the fact. Returns what is wrong, by field."""
        given = self.sources.find(item.source)
        says, exact = " ".join(form.get("says", "").split()), _lines(form.get("exact", ""))
        wrong = _problems(says, exact, item.sentence)
        if wrong or item.state != OPEN:
            return wrong or {"says": "Somebody has made a fact of this sentence already."}
        try:
            (fact,) = self.service.library.add_facts(
                [{"page": given.name, "section": item.section, "says": says, "exact": list(exact)}], staff=visit.staff.id
            )
        except Rejected as rejected:
            return {"says": " ".join(text for texts in rejected.problems.values() for text in texts)}
        self.sources.decide(item.source, item.number, state=ACCEPTED, fact=fact, staff=visit.staff.id, expected=OPEN)
        return {}

    # ---- pages

    async def _list(self, visit: Visit, form: Form, wrong: dict[str, str], *, status: int = 200, notice: str = "") -> Response:
        given = await self.run(self.sources.all)
        problem = "Please look at the marked fields. Nothing was stored." if wrong else ""
        return await self.screen.page(
            "sources.html",
            visit,
            here="sources",
            status=status,
            notice=notice,
            problem=problem,
            given=given,
            form=form,
            wrong=wrong,
        )

    async def _show(
        self,
        source: str,
        visit: Visit,
        *,
        wrong: dict[int, dict[str, str]] | None = None,
        form: Form | None = None,
        status: int = 200,
        notice: str = "",
    ) -> Response:
        given, items = await self.run(self.sources.find, source), await self.run(self.sources.items, source)
        content = await self.run(self.service.library.content)
        sections = [(name, list(some)) for name, some in groupby(items, key=lambda item: item.section)]
        answered = {fact for entry in content.entries for variation in entry.variations for fact in variation.facts}
        problem = "Please look at the marked sentence. Nothing was stored." if wrong else ""
        return await self.screen.page(
            "source.html", visit, here="sources", status=status, notice=notice, problem=problem, given=given, sections=sections,
            facts=content.facts, wrong=wrong or {}, form=form or {}, draft=lambda some: _draft(some, answered),
        )  # fmt: skip


def _given_well(field: str, text: str) -> bool:
    return 0 < len(text) <= MOST_NAME if field == "name" else AS_OF.fullmatch(text) is not None


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _problems(says: str, exact: tuple[str, ...], sentence: str) -> dict[str, str]:
    """Return what is wrong with a fact in somebody's own words."""
    wrong: dict[str, str] = {}
    if not says:
        wrong["says"] = "Say it in your own words."
    elif len(says.split()) > MOST_WORDS:
        wrong["says"] = f"This has {len(says.split())} words. Say it in {MOST_WORDS}, or make two facts of it."
    elif run := borrowed(says, exact, frozenset(hashes_of(sentence))):
        wrong["says"] = f"These words stand on the page: “{run}”. Say it in your own words."
    elif plain(says) == plain(sentence):
        wrong["says"] = "This is the page's own sentence. Say it in your own words."
    missing = [string for string in exact if plain(string) not in plain(says)]
    if missing:
        wrong["exact"] = f"“{missing[0]}” is to be exact and is not in your sentence. Write it there, or take it out here."
    return wrong


def _draft(items: Sequence[Item], answered: set[str]) -> str:
    """Return where a new answer from a section's facts that no answer gives yet is begun; empty where there is none."""
    facts = [("fact", item.fact) for item in items if item.fact and item.fact not in answered]
    return f"/studio/topics/new?{urlencode(facts)}" if facts else ""
