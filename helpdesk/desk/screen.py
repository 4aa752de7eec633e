"""Who is at the desk, and the page that they are given: the way in, the form's proof, the frame around every page."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml
from starlette.requests import Request
from starlette.responses import Response

from helpdesk.desk.door import cookie_of, to_sign_in
from helpdesk.desk.look import Clock, Texts, span, whole
from helpdesk.desk.service import MAX_REPLY, DeskService
from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.store.staff import AT_DESK, Staff
from helpdesk.web import read_form, same

HERE = Path(__file__).parent
STATIC = HERE / "static"
DEFAULTS = {"shortcuts": True}
ITSELF = "itself"  # in the address of what a page fetches by itself: nobody has used the desk by that
AUTHORS = {"visitor": "Visitor", "bot": "Bot", "navigator": "Navigator", "system": "Help desk"}
Form = dict[str, str]


@dataclass(frozen=True)
class Visit:
    """Who looks at the desk, with the proof that their forms must carry."""

    staff: Staff
    cookie: str
    csrf: str


Reads = Callable[[Request, Visit], Awaitable[Response]]
Writes = Callable[[Request, Visit, Form], Awaitable[Response]]
Answer = Callable[[Visit | None], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Screen:
    """Wraps what a page does: `reads` for a page that is looked at, `writes` for a form that is sent."""

    def __init__(self, service: DeskService) -> None:
        self.service = service
        hours = service.queueing.hours
        self.clock = Clock(hours.zone, hours.zone_name)
        self.words = words()
        self.env = environment(self.clock, self.words)

    def reads(self, handler: Reads, *, quiet: bool = False) -> Endpoint:
        """Let staff in; others are led to the sign-in, or told 401 where a script asks."""

        async def endpoint(request: Request) -> Response:
            async def answer(visit: Visit | None) -> Response:
                if visit is None:
                    return Response(status_code=401) if quiet else to_sign_in(request)
                return await handler(request, visit)

            return await self._guarded(request, {}, answer, touch=not quiet and ITSELF not in request.query_params)

        return endpoint

    def writes(self, handler: Writes) -> Endpoint:
        """Take a form from the page that was given to whoever sends it; from any other nothing is taken."""

        async def endpoint(request: Request) -> Response:
            async def answer(visit: Visit | None) -> Response:
                if visit is None:
                    raise Refusal("unauthorized")
                if not same(form.get("csrf", ""), visit.csrf):
                    raise Refusal("bad_form")
                return await handler(request, visit, form)

            try:
                form = await read_form(request)
            except Refusal as refusal:
                return await self.problem(None, refusal, {})
            return await self._guarded(request, form, answer)

        return endpoint

    async def visit(self, request: Request, *, touch: bool = True) -> Visit | None:
        """Return who is signed in, and note that their desk is open; without `touch` it is no use of the sign-in."""
        cookie, service = cookie_of(request), self.service
        staff = await service.store.run(lambda: service.accounts.enter(cookie, touch=touch))
        if staff is None:
            return None
        if staff.roles & AT_DESK:
            await service.seen(staff)
        return Visit(staff=staff, cookie=cookie, csrf=service.accounts.csrf(cookie))

    async def page(self, template: str, visit: Visit | None, *, status: int = 200, here: str = "", **values: Any) -> Response:
        staff = visit.staff if visit else None
        counts = await self.service.counts(staff) if staff else None
        warning = self.service.warning() if here in self.words["lists"] else None
        html = self.env.get_template(template).render(
            staff=staff, csrf=visit.csrf if visit else "", counts=counts, here=here, warning=warning, **values
        )
        return Response(html, status_code=status, media_type="text/html")

    def part(self, template: str, **values: Any) -> Response:
        """Return a part of a page, for a script to put into one."""
        return Response(self.env.get_template(template).render(**values), media_type="text/html")

    async def problem(self, visit: Visit | None, refusal: Refusal, form: Form) -> Response:
        """Say what went wrong on a page of its own; what was written stands there to be copied."""
        way = ("/desk/sign-in", "Sign in") if refusal.code == "unauthorized" else ("/desk", "Back to the desk")
        values = {"heading": "That did not work", "problem": self.sentence(refusal), "text": form.get("text", ""), "way": way}
        if refusal.code == "unavailable":
            html = self.env.get_template("problem.html").render(staff=None, csrf="", counts=None, here="problem", **values)
            return Response(html, status_code=refusal.status, media_type="text/html")
        return await self.page("problem.html", visit, status=refusal.status, here="problem", **values)

    def sentence(self, refusal: Refusal, *, is_mine: bool = False) -> str:
        """Return what staff read of a refusal."""
        code, holder = refusal.code, refusal.holder
        code = "taken_by_me" if code == "taken" and is_mine else code
        code = "not_held" if code == "not_holder" and not holder else code
        text: str = self.words["errors"].get(code) or self.service.words.errors[code]
        return text.replace("{holder}", holder or "a colleague").replace("{limit}", f"{MAX_REPLY:,}")

    def notice(self, request: Request) -> str:
        """Return what is said of an action that was done just before."""
        said: str = self.words["done"].get(request.query_params.get("said", ""), "")
        return said

    async def _guarded(self, request: Request, form: Form, answer: Answer, *, touch: bool = True) -> Response:
        """Find out who is there, and answer them; what goes wrong is said on a page of the desk, with what was written."""
        visit = None
        try:
            visit = await self.visit(request, touch=touch)
            if visit and not visit.staff.roles & AT_DESK:
                raise Refusal("forbidden")
            return await answer(visit)
        except Refusal as refusal:
            return await self.problem(visit, refusal, form)
        except StoreUnavailable:
            return await self.problem(visit, Refusal("unavailable"), form)


def words() -> Texts:
    """Return the desk's own texts."""
    found: Texts = yaml.safe_load((HERE / "words.yml").read_text(encoding="utf-8"))
    return found


def environment(clock: Clock, words: Texts) -> jinja2.Environment:
    """Return the templates. base.html wants staff (or none), csrf, counts (or none) and here; the rest is optional."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(words=words, authors=AUTHORS, clock=lambda: clock, now=time.time, span=span, whole=whole)
    env.globals.update(static=static_address, chosen=chosen, at_desk=AT_DESK)
    env.globals.update(problem="", notice="", back="", field="", what="", text="", warning="")
    return env


def chosen(staff: Staff) -> str:
    """Return the names of the options that are on."""
    return " ".join(name for name, on in {**DEFAULTS, **staff.options}.items() if on)


def static_address(name: str) -> str:
    """Return a static file's address: it changes with any of the files, which import each other by their names."""
    return f"/desk/static/{static_version()}/{name}"


@cache
def static_version() -> str:
    files = sorted(path for path in STATIC.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
