"""Who is in the studio, and the page that they are given."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jinja2
import yaml
from starlette.requests import Request
from starlette.responses import Response

from helpdesk.errors import Refusal
from helpdesk.staff_site import StaffSite, Static, Visit, cookie_of
from helpdesk.store.staff_rows import IN_STUDIO
from helpdesk.studio.service import StudioService

HERE = Path(__file__).parent
ASSETS = Static(HERE / "static", "/studio/static")
SHARED = Static(HERE.parent / "desk" / "static", "/desk/static")  # the look and the small scripts are the desk's
Texts = dict[str, Any]


class Screen(StaffSite):
    """The frame of every page of the studio; `reads` and `writes` are StaffSite's."""

    roles = IN_STUDIO
    way = ("/studio", "Back to the studio")

    def __init__(self, service: StudioService) -> None:
        self.service = service
        self.words = words()
        self.env = environment(self.words)

    async def visit(self, request: Request, *, touch: bool = True) -> Visit | None:
        cookie, service = cookie_of(request), self.service
        staff = await service.store.run(lambda: service.accounts.enter(cookie, touch=touch))
        return Visit(staff=staff, cookie=cookie, csrf=service.accounts.csrf(cookie)) if staff else None

    async def page(self, template: str, visit: Visit | None, *, status: int = 200, here: str = "", **values: Any) -> Response:
        """Render a page; `here` is its name in words.yml, `problem` and `notice` are what it says first."""
        staff = visit.staff if visit else None
        counts = await self.service.counts(staff) if staff else None
        html = self.env.get_template(template).render(
            staff=staff, csrf=visit.csrf if visit else "", counts=counts, here=here, **values
        )
        return Response(html, status_code=status, media_type="text/html")

    def sentence(self, refusal: Refusal) -> str:
        text: str = self.words["errors"].get(refusal.code) or self.service.words.errors[refusal.code]
        return text.replace("{holder}", refusal.holder or "a colleague")

    def notice(self, request: Request) -> str:
        """Return what is said of an action that was done just before: `?said=` names it in words.yml."""
        said: str = self.words["done"].get(request.query_params.get("said", ""), "")
        return said


def words() -> Texts:
    """Return the studio's own texts."""
    found: Texts = yaml.safe_load((HERE / "words.yml").read_text(encoding="utf-8"))
    return found


def moment(at: float) -> str:
    """Return "2026-11-20 17:04 UTC"; the script turns it into the reader's own time."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


def environment(words: Texts) -> jinja2.Environment:
    """Return the templates. base.html wants staff (or none), csrf, counts (or none) and here; the rest is optional."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(words=words, now=time.time, moment=moment, static=ASSETS.address, shared=SHARED.address)
    env.globals.update(iso=lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)))
    env.globals.update(problem="", notice="", field="", text="")
    return env
