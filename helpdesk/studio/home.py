"""The studio's first page: what there is to do."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from helpdesk.staff_site import Visit
from helpdesk.studio.screen import Screen


class HomePages:
    """`/studio`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    def routes(self) -> list[BaseRoute]:
        return [Route("/studio", self.screen.reads(self.home), methods=["GET"])]

    async def home(self, request: Request, visit: Visit) -> Response:
        return await self.screen.page("home.html", visit, here="home", notice=self.screen.notice(request))
