"""Signing in and out, the one-time link, and a person's own account."""

from __future__ import annotations

from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from helpdesk.accounts import FIRST_LOGIN, Accounts
from helpdesk.desk.door import Counts, Door
from helpdesk.desk.staff_pages import StaffPages
from helpdesk.errors import Refusal
from helpdesk.staff_site import HOME, cookie_of, drop_cookie, inside, set_cookie, to_sign_in
from helpdesk.store.staff import Staff

DONE = {
    "password": "Your password is changed. You are signed out everywhere else.",
    "others": "You are signed out everywhere else.",
}


class SignIn:
    """Every page that a person needs to come in, and the admins' pages about who may."""

    def __init__(
        self, accounts: Accounts, templates: jinja2.Environment, *, public_url: str, counts: Counts | None = None
    ) -> None:
        self.accounts = accounts
        self.door = Door(accounts, templates, counts)
        self.staff_pages = StaffPages(self.door, public_url)

    def routes(self) -> list[BaseRoute]:
        route = self.door.route
        return [
            route("/desk/sign-in", "GET", self.sign_in_page),
            route("/desk/sign-in", "POST", self.sign_in),
            route("/desk/link/{secret}", "GET", self.link_page),
            route("/desk/link/{secret}", "POST", self.use_link),
            route("/desk/sign-out", "POST", self.sign_out),
            route("/desk/account", "GET", self.account_page),
            route("/desk/account", "POST", self.change_account),
            *self.staff_pages.routes(),
        ]

    async def sign_in_page(self, request: Request) -> Response:
        where = inside(request.query_params.get("next", HOME))
        if await self.door.me(request):
            return RedirectResponse(where, status_code=303)
        return await self.door.page(request, "sign_in", login="", next=where)

    async def sign_in(self, request: Request) -> Response:
        form, refusal = await self.door.form(request)
        login, where = form.get("login", ""), inside(form.get("next", HOME))
        try:
            if refusal:
                raise refusal
            cookie = await self.accounts.sign_in(login, form.get("password", ""), _address(request))
        except Refusal as refused:
            return await self.door.page(request, "sign_in", refusal=refused, login=login, next=where)
        return await self.door.come_in(request, cookie, where)

    async def link_page(self, request: Request) -> Response:
        """Show the form; only sending it uses the link up."""
        return await self._link(request, {})

    async def use_link(self, request: Request) -> Response:
        form, refusal = await self.door.form(request)
        try:
            if refusal:
                raise refusal
            if form.get("password", "") != form.get("again", ""):
                raise Refusal("invalid", field="again")
            secret = request.path_params["secret"]
            cookie = await self.accounts.use_link(secret, form.get("password", ""), form.get("name", ""), form.get("login"))
        except Refusal as refused:
            return await self._link(request, form, refused)
        return await self.door.come_in(request, cookie, HOME)

    async def sign_out(self, request: Request) -> Response:
        staff = await self.door.me(request)
        _, refusal = await self.door.form(request)
        if staff and refusal:
            return await self._account(request, staff, refusal)
        response = to_sign_in(request)
        if not refusal:
            await self.door.run(self.accounts.sign_out, cookie_of(request))
            drop_cookie(request, response)
        return response

    async def account_page(self, request: Request) -> Response:
        staff = await self.door.me(request)
        return await self._account(request, staff) if staff else to_sign_in(request)

    async def change_account(self, request: Request) -> Response:
        staff = await self.door.me(request)
        if staff is None:
            return to_sign_in(request)
        form, refusal = await self.door.form(request)
        try:
            if refusal:
                raise refusal
            if form.get("do") == "others":
                await self.door.run(self.accounts.sign_out_elsewhere, staff, cookie_of(request))
                return RedirectResponse("/desk/account?done=others", status_code=303)
            cookie = await self._change_password(request, staff, form)
        except Refusal as refused:
            return await self._account(request, staff, refused)
        response = RedirectResponse("/desk/account?done=password", status_code=303)
        set_cookie(request, response, cookie)
        return response

    async def _change_password(self, request: Request, staff: Staff, form: dict[str, str]) -> str:
        if form.get("password", "") != form.get("again", ""):
            raise Refusal("invalid", field="again")
        return await self.accounts.change_password(staff, form.get("present", ""), form.get("password", ""), _address(request))

    async def _link(self, request: Request, form: dict[str, str], refusal: Refusal | None = None) -> Response:
        owner = await self.door.run(self.accounts.whose_link, request.path_params["secret"])
        if owner is None:
            return await self.door.page(request, "link", refusal=Refusal("bad_link"), owner=None)
        first = owner.login == FIRST_LOGIN
        name = form.get("name", "" if first else owner.name)
        values: dict[str, Any] = {"owner": owner, "first": first, "name": name, "login": form.get("login", "")}
        return await self.door.page(request, "link", refusal=refusal, **values)

    async def _account(self, request: Request, staff: Staff, refusal: Refusal | None = None) -> Response:
        notice = "" if refusal else DONE.get(request.query_params.get("done", ""), "")
        return await self.door.page(request, "account", staff=staff, refusal=refusal, notice=notice)


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None
