"""What the desk and the studio have in common: the cookie, the way in, the proof of a form, the frame around every page."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.store.staff import Staff
from helpdesk.web import MAX_BODY, read_form, same

COOKIE = "helpdesk_staff"
LONGEST_COOKIE = 100
HOME = "/desk"
# No dot and no backslash: a browser would read /desk/../x as /x, and /\host as another site.
INSIDE = re.compile(r"/(?:desk|studio)(?:/[A-Za-z0-9_-]+)*(?:\?[A-Za-z0-9_.~%+=&-]*)?")
ITSELF = "itself"  # in the address of what a page fetches by itself: nobody has used the desk by that
Form = dict[str, str]


@dataclass(frozen=True)
class Visit:
    """Who looks at a page, with the proof that their forms must carry."""

    staff: Staff
    cookie: str
    csrf: str


Reads = Callable[[Request, Visit], Awaitable[Response]]
Writes = Callable[[Request, Visit, Form], Awaitable[Response]]
Answer = Callable[[Visit | None], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class StaffSite:
    """Wraps what a page does: `reads` for a page that is looked at, `writes` for a form that is sent."""

    env: jinja2.Environment
    roles: frozenset[str]
    way = (HOME, "Back to the desk")

    async def visit(self, request: Request, *, touch: bool = True) -> Visit | None:
        """Return who is signed in; without `touch` it is no use of the sign-in."""
        raise NotImplementedError

    async def page(self, template: str, visit: Visit | None, *, status: int = 200, here: str = "", **values: Any) -> Response:
        raise NotImplementedError

    def sentence(self, refusal: Refusal) -> str:
        """Return what staff read of a refusal."""
        raise NotImplementedError

    def reads(self, handler: Reads, *, quiet: bool = False) -> Endpoint:
        """Let staff in; others are led to the sign-in, or told 401 where a script asks."""

        async def endpoint(request: Request) -> Response:
            async def answer(visit: Visit | None) -> Response:
                if visit is None:
                    return Response(status_code=401) if quiet else to_sign_in(request)
                return await handler(request, visit)

            return await self._guarded(request, {}, answer, touch=not quiet and ITSELF not in request.query_params)

        return endpoint

    def writes(self, handler: Writes, *, limit: int = MAX_BODY) -> Endpoint:
        """Take a form from the page that was given to whoever sends it; from any other nothing is taken."""

        async def endpoint(request: Request) -> Response:
            async def answer(visit: Visit | None) -> Response:
                if visit is None:
                    raise Refusal("unauthorized")
                if not same(form.get("csrf", ""), visit.csrf):
                    raise Refusal("bad_form")
                return await handler(request, visit, form)

            try:
                form = await read_form(request, limit=limit)
            except Refusal as refusal:
                return await self.problem(None, refusal, {})
            return await self._guarded(request, form, answer)

        return endpoint

    def part(self, template: str, **values: Any) -> Response:
        """Return a part of a page, for a script to put into one."""
        return Response(self.env.get_template(template).render(**values), media_type="text/html")

    async def problem(self, visit: Visit | None, refusal: Refusal, form: Form) -> Response:
        """Say what went wrong on a page of its own; what was written stands there to be copied."""
        way = ("/desk/sign-in", "Sign in") if refusal.code == "unauthorized" else self.way
        values = {"heading": "That did not work", "problem": self.sentence(refusal), "text": form.get("text", ""), "way": way}
        if refusal.code == "unavailable":
            html = self.env.get_template("problem.html").render(staff=None, csrf="", counts=None, here="problem", **values)
            return Response(html, status_code=refusal.status, media_type="text/html")
        return await self.page("problem.html", visit, status=refusal.status, here="problem", **values)

    async def _guarded(self, request: Request, form: Form, answer: Answer, *, touch: bool = True) -> Response:
        """Find out who is there, and answer them; what goes wrong is said on a page of the site, with what was written."""
        visit = None
        try:
            visit = await self.visit(request, touch=touch)
            if visit and not visit.staff.roles & self.roles:
                raise Refusal("forbidden")
            return await answer(visit)
        except Refusal as refusal:
            return await self.problem(visit, refusal, form)
        except StoreUnavailable:
            return await self.problem(visit, Refusal("unavailable"), form)


class Audited:
    """What has been noted as read: once for each sign-in."""

    def __init__(self, most: int = 10_000) -> None:
        self.most = most
        self.seen: dict[tuple[str, str], None] = {}

    def is_new(self, visit: Visit, what: str = "") -> bool:
        key = (visit.csrf, what)
        if key in self.seen:
            return False
        if len(self.seen) >= self.most:
            self.seen.pop(next(iter(self.seen)))
        self.seen[key] = None
        return True


class Static:
    """A folder of files that pages load, under an address that changes with any of them: they import each other by name."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self.folder = folder
        self.prefix = prefix

    @cached_property
    def version(self) -> str:
        files = sorted(path for path in self.folder.iterdir() if path.is_file())
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]

    def address(self, name: str) -> str:
        return f"{self.prefix}/{self.version}/{name}"

    def route(self) -> BaseRoute:
        return Route(self.prefix + "/{version}/{name}", self.send, methods=["GET"])

    async def send(self, request: Request) -> Response:
        """Send a file; the address of an earlier version leads to today's, since a page of yesterday may still ask for it."""
        name, version = request.path_params["name"], request.path_params["version"]
        if name not in {path.name for path in self.folder.iterdir()}:
            raise Refusal("not_found")
        if version != self.version:
            return RedirectResponse(self.address(name), status_code=307)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return FileResponse(self.folder / name, headers=headers, media_type=mimetypes.guess_type(name)[0])


def cookie_of(request: Request, name: str = COOKIE) -> str:
    value = request.cookies.get(_on_host(request, name), "")
    return value if len(value) <= LONGEST_COOKIE else ""


def set_cookie(request: Request, response: Response, value: str, name: str = COOKIE) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(_on_host(request, name), value, path="/", httponly=True, samesite="lax", secure=secure)


def drop_cookie(request: Request, response: Response) -> None:
    secure = request.url.scheme == "https"
    response.delete_cookie(_on_host(request, COOKIE), path="/", httponly=True, samesite="lax", secure=secure)


def to_sign_in(request: Request) -> Response:
    """Send who is not signed in to the sign-in page, and from there back to the page that was asked for."""
    where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = inside(where) if request.method == "GET" else HOME
    return RedirectResponse(
        f"/desk/sign-in?next={quote(wanted, safe='/')}" if wanted != HOME else "/desk/sign-in", status_code=303
    )


def inside(where: str) -> str:
    """Return a path of the staff's own pages; anything else becomes the desk."""
    return where if INSIDE.fullmatch(where) else HOME


def _on_host(request: Request, name: str) -> str:
    """Return the cookie's name; with `__Host-` a browser takes it from this very host alone, but over https only."""
    return f"__Host-{name}" if request.url.scheme == "https" else name
