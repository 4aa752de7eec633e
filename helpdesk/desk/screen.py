"""Who is at the desk, and the page that they are given: the way in, the form's proof, the frame around every page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jinja2
import yaml
from starlette.requests import Request
from starlette.responses import Response

from helpdesk.desk.look import Clock, Texts, span, whole
from helpdesk.desk.service import MAX_REPLY, DeskService
from helpdesk.errors import Refusal
from helpdesk.staff_site import Audited, StaffSite, Static, Visit, cookie_of
from helpdesk.store.staff import AT_DESK, Staff
from helpdesk.store.staff_rows import IN_STUDIO

HERE = Path(__file__).parent
STATIC = HERE / "static"
ASSETS = Static(STATIC, "/desk/static")
DEFAULTS = {"shortcuts": True}
AUTHORS = {"visitor": "Visitor", "bot": "Bot", "navigator": "Navigator", "system": "Help desk"}


class Screen(StaffSite):
    """The desk's own."""

    roles = AT_DESK

    def __init__(self, service: DeskService) -> None:
        self.service = service
        hours = service.queueing.hours
        self.clock = Clock(hours.zone, hours.zone_name)
        self.words = words()
        self.env = environment(self.clock, self.words)
        self.audited = Audited()

    async def note_reading(self, visit: Visit, action: str, subject: str | None = None) -> None:
        """Note in the audit that somebody reads this, once for each sign-in."""
        if self.audited.is_new(visit, f"{action} {subject}"):
            await self.service.store.run(self.service.store.audit.add, staff=visit.staff.id, action=action, subject=subject)

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
    env.globals.update(static=ASSETS.address, chosen=chosen, at_desk=AT_DESK, in_studio=IN_STUDIO)
    env.globals.update(problem="", notice="", back="", field="", what="", text="", warning="")
    return env


def chosen(staff: Staff) -> str:
    """Return the names of the options that are on."""
    return " ".join(name for name, on in {**DEFAULTS, **staff.options}.items() if on)
