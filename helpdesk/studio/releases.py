"""What is live, what was and what may be: propose, publish, put aside, and go back."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk import publishing
from helpdesk.errors import Refusal
from helpdesk.publishing import LONGEST_NOTE
from helpdesk.snapshots import content, is_whole
from helpdesk.staff_site import Form, Visit
from helpdesk.store.releases import Publication
from helpdesk.studio.candidates import KINDS, STATES, Candidate, Register, read_register, register_of
from helpdesk.studio.changed import changes
from helpdesk.studio.compare import ComparePages
from helpdesk.studio.may import may_publish, may_train, must, who
from helpdesk.studio.screen import Screen
from helpdesk.studio.watched import watched

HERE = "/studio/releases"
MEANWHILE = "Another version has gone live in the meantime, or is on its way. Nothing was done. Please look again."


class ReleasePages:
    """`/studio/releases`, and what is done from the page that compares."""

    def __init__(self, screen: Screen, compare: ComparePages) -> None:
        self.screen = screen
        self.service = screen.service
        self.compare = compare
        store = screen.service.store
        screen.service.counters["releases"] = lambda: len(read_register(store).proposed)

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        one = HERE + "/{id}"
        return [
            Route(HERE, reads(self.show), methods=["GET"]),
            Route(f"{HERE}/now", reads(self.now, quiet=True), methods=["GET"]),
            Route(f"{one}/back", reads(self.back), methods=["GET"]),
            Route(f"{one}/back", writes(self.go_back), methods=["POST"]),
            Route(f"{one}/propose", writes(self.propose), methods=["POST"]),
            Route(f"{one}/publish", writes(self.publish), methods=["POST"]),
            Route(f"{one}/aside", writes(self.put_aside), methods=["POST"]),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        values = await self._register(visit)
        return await self.screen.page("releases.html", visit, here="releases", notice=self.screen.notice(request), **values)

    async def now(self, request: Request, visit: Visit) -> Response:
        """Return what is live and what is on its way, for a script that asks again and again."""
        return self.screen.part("_live.html", **await self._register(visit), csrf=visit.csrf)

    async def back(self, request: Request, visit: Visit) -> Response:
        return await self._confirm(request, visit)

    async def go_back(self, request: Request, visit: Visit, form: Form) -> Response:
        """Make an earlier release live again, its model and its files."""
        must(may_publish(visit.staff))
        id, note = request.path_params["id"], form.get("note", "").strip()
        try:
            await self._run(publishing.roll_back, id, visit, note, form)
        except Refusal as refusal:
            return await self._confirm(request, visit, **self._wrong(refusal, note))
        return RedirectResponse(f"{HERE}?said=back_wanted", status_code=303)

    async def propose(self, request: Request, visit: Visit, form: Form) -> Response:
        """Ask an approver to publish it."""
        must(may_train(visit.staff))
        id, note, store = request.path_params["id"], form.get("note", "").strip(), self.service.store
        try:
            if not note or len(note) > LONGEST_NOTE:
                raise Refusal("too_long" if note else "no_note", field="note")
            await store.run(store.releases.propose, id, visit.staff.id, note)
        except Refusal as refusal:
            return await self.compare.page(request, visit, **self._wrong(refusal, note))
        self.service.recount()
        return RedirectResponse(f"/studio/compare/{id}?said=proposed", status_code=303)

    async def publish(self, request: Request, visit: Visit, form: Form) -> Response:
        must(may_publish(visit.staff))
        id, note = request.path_params["id"], form.get("note", "").strip()
        try:
            await self._run(publishing.publish, id, visit, note, form)
        except Refusal as refusal:
            return await self.compare.page(request, visit, **self._wrong(refusal, note))
        return RedirectResponse(f"{HERE}?said=publish_wanted", status_code=303)

    async def put_aside(self, request: Request, visit: Visit, form: Form) -> Response:
        """Take a proposal back; the release stays in the list."""
        store = self.service.store
        await store.run(store.releases.withdraw, request.path_params["id"], visit.staff.id)
        self.service.recount()
        return RedirectResponse(f"{HERE}?said=version_aside", status_code=303)

    async def _run(self, call: Any, id: str, visit: Visit, note: str, form: Form) -> None:
        """Publish or roll back, unless another version is live by now than the one that stood on the reader's page."""
        service, expected = self.service, form.get("live") or None
        await service.store.run(
            lambda: call(service.store, service.settings, id, staff=visit.staff, note=note, expected=expected)
        )

    def _wrong(self, refusal: Refusal, note: str) -> dict[str, Any]:
        return {
            "status": refusal.status,
            "problem": MEANWHILE if refusal.code == "conflict" else self.screen.sentence(refusal),
            "field": refusal.field or "",
            "note": note,
        }

    async def _confirm(self, request: Request, visit: Visit, **more: Any) -> Response:
        """Say what going back to a release will do, and ask for a note."""
        register, id = await register_of(self.service.store), request.path_params["id"]
        release = register.find(id)
        state, root = self.service.settings.state, self.service.settings.root
        if release is None or id not in register.were_live() or not is_whole(state, id):
            raise Refusal("not_found")
        return await self.screen.page(
            "back.html",
            visit,
            here="releases",
            one=register.candidate(release, visit.staff, self.service.settings),
            live=register.live,
            may_publish=may_publish(visit.staff),
            files=await self.service.store.run(lambda: changes(root, content(state, id))),
            **more,
        )

    async def _register(self, visit: Visit) -> dict[str, Any]:
        register = await register_of(self.service.store)
        made = {one.id: one for one in self._candidates(register, visit)}
        state = self.service.settings.state
        published = [_line(one, register, made, is_whole(state, one.release)) for one in register.publications]
        live, wanted = register.live, register.wanted
        return {
            "live": live,
            "live_by": who(register.names, live.staff) if live else "",
            "live_release": made.get(live.release) if live else None,
            "watched": await self.service.store.run(watched, self.service.store, self.service.settings, live),
            "watch_points": self.service.settings.watch_points,
            "wanted": wanted,
            "wanted_by": who(register.names, wanted.staff) if wanted else "",
            "history": published,
            "candidates": [one for one in made.values() if not one.was_live],
            "may_publish": may_publish(visit.staff),
        }

    def _candidates(self, register: Register, visit: Visit) -> list[Candidate]:
        return [register.candidate(one, visit.staff, self.service.settings) for one in register.releases]


def _line(one: Publication, register: Register, made: dict[str, Candidate], whole: bool) -> dict[str, Any]:
    """Return one publication as the history shows it."""
    can_return = whole and one.state == "ended" and one.release in made and not made[one.release].is_live
    return {
        "one": one,
        "by": who(register.names, one.staff) if one.kind != "auto" else "the watch",
        "kind": KINDS.get(one.kind, one.kind),
        "state": STATES.get(one.state, one.state),
        "release": made.get(one.release),
        "can_return": can_return,
    }
