"""The staff's pages together."""

from __future__ import annotations

from starlette.routing import BaseRoute

from helpdesk.desk.insights import InsightsPages
from helpdesk.desk.pages import DeskPages
from helpdesk.desk.service import DeskService
from helpdesk.desk.signin import SignIn


def desk_routes(service: DeskService, *, public_url: str) -> list[BaseRoute]:
    """Return everything under `/desk`; sign-in links begin with `public_url`."""
    pages = DeskPages(service)
    screen = pages.screen
    return [
        *SignIn(service.accounts, screen.env, public_url=public_url, counts=service.counts).routes(),
        *InsightsPages(service, screen.visit, screen.page).routes(),
        *pages.routes(),
    ]
