"""The admins' pages: who may come in, and who did what."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from helpdesk.desk.door import Door
from helpdesk.errors import Refusal
from helpdesk.staff_site import to_sign_in
from helpdesk.store.database import Row
from helpdesk.store.staff import ROLES, Staff

PAGE = 50
ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{48}")
DONE = {
    "deactivate": "{name} can no longer sign in, and is signed out everywhere.",
    "activate": "{name} can sign in again.",
    "change": "The changes to {name} are saved.",
}
DEEDS = {
    "sign_in": "Signed in",
    "sign_in_failed": "Somebody tried to sign in, and failed",
    "password": "Set a password",
    "staff.add": "Added to the staff",
    "staff.roles": "Changed the roles",
    "staff.name": "Changed the name",
    "staff.login": "Changed the e-mail address",
    "staff.link": "Made a sign-in link",
    "staff.activate": "Let in again",
    "staff.deactivate": "Shut out",
    "topic.added": "Added a topic to the draft",
    "topic.changed": "Changed a topic of the draft",
    "topic.retired": "Retired a topic of the draft",
    "topic.restored": "Brought a retired topic back",
    "topic.switched_off": "Switched an answer off",
    "topic.switched_on": "Switched an answer on again",
    "safety.changed": "Changed the safety patterns of the draft",
    "train.started": "Started a training",
    "train.cancelled": "Cancelled a training",
    "release.proposed": "Asked to publish a version",
    "release.withdrawn": "Put a version aside",
    "release.first": "Put the first version live",
    "release.published": "Published a version",
    "release.rolled_back": "Rolled back to a version",
    "release.failed": "Could not put a version live",
    "read": "Read a chat",
    "callbacks.read": "Read the callbacks",
    "inbox.read": "Read the inbox",
    "export": "Saved a chat",
    "erase": "Erased a chat",
    "erase.again": "Erased a chat once more, after a restore",
    "purge": "Erased what was due",
}


class StaffPages:
    """`/desk/staff` and `/desk/audit`."""

    def __init__(self, door: Door, public_url: str) -> None:
        self.door = door
        self.public_url = public_url
        self.accounts = door.accounts

    def routes(self) -> list[BaseRoute]:
        route = self.door.route
        return [
            route("/desk/staff", "GET", self.show),
            route("/desk/staff", "POST", self.change),
            route("/desk/audit", "GET", self.audit),
        ]

    async def show(self, request: Request) -> Response:
        admin = await self.door.me(request)
        return await self._staff(request, admin) if admin else to_sign_in(request)

    async def change(self, request: Request) -> Response:
        """Add somebody, make a link, change, deactivate or activate: what the form's `do` says."""
        admin = await self.door.me(request)
        if admin is None:
            return to_sign_in(request)
        form, refusal = await self.door.form(request)
        try:
            if refusal:
                raise refusal
            _must_be_admin(admin)
            do = form.get("do", "")
            if do in DONE:
                person = await self._done(do, admin, form)
                is_shut = person.id == admin.id and "admin" not in person.roles
                where = "/desk/account" if is_shut else f"/desk/staff?done={do}&id={person.id}"
                return RedirectResponse(where, status_code=303)
            if do not in ("add", "link"):
                raise Refusal("invalid", field="do")
            person = await (self._add(admin, form) if do == "add" else self._person(form.get("id", "")))
            secret = await self.door.run(self.accounts.link, person, by=admin.id)
        except Refusal as refused:
            return await self._staff(request, admin, form, refused)
        # Not 303: the link is shown here, once, and kept nowhere.
        link = f"{self.public_url}/desk/link/{secret}"
        return await self._staff(request, admin, link=link, invited=person)

    async def audit(self, request: Request) -> Response:
        admin = await self.door.me(request)
        if admin is None:
            return to_sign_in(request)
        _must_be_admin(admin)
        before = request.query_params.get("before", "")
        rows = await self.door.run(self.accounts.audit.rows, PAGE + 1, before if ID.fullmatch(before) else None)
        names = {one.id: one.name for one in await self.door.run(self.accounts.staff.all)}
        shown = [_deed(row, names) for row in rows[:PAGE]]
        older = rows[PAGE - 1]["id"] if len(rows) > PAGE else None
        return await self.door.page(request, "audit", staff=admin, deeds=shown, older=older, is_first=not before)

    async def _add(self, admin: Staff, form: dict[str, str]) -> Staff:
        return await self.door.run(self.accounts.add, form.get("login", ""), form.get("name", ""), _ticked(form), by=admin.id)

    async def _done(self, do: str, admin: Staff, form: dict[str, str]) -> Staff:
        """Change somebody who is there already; one admin who can sign in is always left."""
        person, run = await self._person(form.get("id", "")), self.door.run
        if do != "change":
            await run(self.accounts.staff.set_active, person.id, do == "activate", by=admin.id, keep_an_admin=True)
            return person
        login, name = form.get("login", ""), form.get("name", "")
        return await run(self.accounts.change, person, login, name, _ticked(form), by=admin.id, keep_an_admin=True)

    async def _person(self, staff_id: str) -> Staff:
        person = await self.door.run(self.accounts.staff.find, staff_id) if ID.fullmatch(staff_id) else None
        if person is None:
            raise Refusal("not_found")
        return person

    async def _staff(
        self,
        request: Request,
        admin: Staff,
        form: dict[str, str] | None = None,
        refusal: Refusal | None = None,
        *,
        link: str = "",
        invited: Staff | None = None,
    ) -> Response:
        _must_be_admin(admin)
        people = await self.door.run(self.accounts.staff.all)
        known = {one.id: one for one in people}
        done, person = request.query_params.get("done", ""), known.get(request.query_params.get("id", ""))
        notice = DONE[done].format(name=person.name) if done in DONE and person and not refusal else ""
        values: dict[str, Any] = {"people": people, "roles": ROLES, "form": form or {}, "link": link, "invited": invited}
        return await self.door.page(request, "staff", staff=admin, refusal=refusal, notice=notice, **values)


def _ticked(form: dict[str, str]) -> list[str]:
    return [role for role in ROLES if form.get(f"role-{role}")]


def _must_be_admin(staff: Staff) -> None:
    if "admin" not in staff.roles:
        raise Refusal("forbidden")


def _deed(row: Row, names: dict[str, str]) -> dict[str, Any]:
    """Return one row as people read it: names in the place of the ids of staff."""
    subject, detail = row["subject"] or "", row["detail"] or ""
    return {
        "at": row["at"],
        "who": names.get(row["staff"] or "", "Without signing in"),
        "deed": DEEDS.get(row["action"], row["action"].capitalize()),
        "subject": names.get(subject, subject),
        "detail": names.get(detail, detail),
    }
