"""The door of the staff's pages: the cookie, the form's token, and where a person goes once in."""

from __future__ import annotations

import math
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from helpdesk.accounts import Accounts
from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.staff_site import HOME, cookie_of, set_cookie
from helpdesk.store.staff import Staff
from helpdesk.web import read_form, same
from helpdesk.words import words

FORM_COOKIE = "helpdesk_form"
PROBLEMS = {
    ("bad_sign_in", "present"): "Your present password is not right.",
    ("empty", "name"): "Please give a name.",
    ("forbidden", "admin"): "This is the last admin who can sign in. Add another admin first.",
    ("invalid", "again"): "The two passwords are not the same.",
    ("invalid", "login"): "Please give an e-mail address.",
    ("invalid", "roles"): "Please choose one role or more.",
    ("unavailable", ""): "The desk cannot store anything right now. Please try again in a moment.",
    ("taken", "login"): "Somebody has this e-mail address already.",
    ("too_long", ""): "This form is too long. Nothing was done.",
    ("too_long", "name"): "Please give a shorter name.",
}
Counts = Callable[[Staff], Awaitable[dict[str, int]]]
Handler = Callable[[Request], Awaitable[Response]]


class Door:
    """What the pages around signing in have in common."""

    def __init__(self, accounts: Accounts, templates: jinja2.Environment, counts: Counts | None = None) -> None:
        self.accounts = accounts
        self.templates = templates
        self.counts = counts
        self.run = accounts.staff.database.run

    def route(self, path: str, method: str, handler: Handler) -> Route:
        """Return the route; what its handler cannot tell on its own page is told on a page that says nothing else."""

        async def endpoint(request: Request) -> Response:
            try:
                return await handler(request)
            except Refusal as refused:
                refusal = refused
            except StoreUnavailable:
                refusal = Refusal("unavailable", retry_after=2)
            way = (HOME, "Back to the desk")
            return await self.page(request, "problem", refusal=refusal, heading="That did not work", text="", way=way)

        return Route(path, endpoint, methods=[method])

    async def me(self, request: Request) -> Staff | None:
        return await self.run(self.accounts.enter, cookie_of(request))

    async def form(self, request: Request) -> tuple[dict[str, str], Refusal | None]:
        """Return the fields, and the refusal where the form does not come from a page that we gave to this browser.

        Every form holds a keyed hash of the cookie, the one to sign in as well: a browser that is not signed in is given a
        cookie of its own for that, which opens nothing. Another site can neither read our page nor set a `__Host-` cookie, and
        SameSite keeps the cookie out of what it posts. Origin alone would not do: sites that embed the chat may send theirs, and
        old browsers send none. The two cookies differ in name, so that no answer to a foreign form takes a session's place.
        """
        cookie, form = _form_cookie(request), await read_form(request)
        ours = bool(cookie) and same(form.get("csrf", ""), self.accounts.csrf(cookie))
        return form, None if ours else Refusal("bad_form")

    async def page(
        self,
        request: Request,
        template: str,
        /,
        *,
        staff: Staff | None = None,
        refusal: Refusal | None = None,
        notice: str = "",
        **values: Any,
    ) -> Response:
        cookie = _form_cookie(request) or secrets.token_urlsafe(32)
        html = self.templates.get_template(f"{template}.html").render(
            staff=staff,
            csrf=self.accounts.csrf(cookie),
            counts=await self.counts(staff) if staff and self.counts else None,
            here=template,
            back=request.url.path if staff else HOME,
            problem=_problem(refusal) if refusal else "",
            field=(refusal.field or "") if refusal else "",
            code=refusal.code if refusal else "",
            notice=notice,
            **values,
        )
        response = HTMLResponse(html, status_code=refusal.status if refusal else 200)
        if refusal and refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        if not _form_cookie(request):
            set_cookie(request, response, cookie, FORM_COOKIE)
        return response

    async def come_in(self, request: Request, cookie: str, where: str) -> Response:
        """Give the browser its new cookie; what the old one opened is ended."""
        old = cookie_of(request)
        if old:
            await self.run(self.accounts.sign_out, old)
        response = RedirectResponse(where, status_code=303)
        set_cookie(request, response, cookie)
        return response


def _form_cookie(request: Request) -> str:
    return cookie_of(request) or cookie_of(request, FORM_COOKIE)


def _problem(refusal: Refusal) -> str:
    if refusal.code == "rate_limited":
        minutes = math.ceil((refusal.retry_after or 60) / 60)
        return f"Too many tries. Please try again in {minutes} minute{'s' if minutes > 1 else ''}."
    return PROBLEMS.get((refusal.code, refusal.field or "")) or words().errors[refusal.code]
