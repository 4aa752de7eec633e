"""The studio's pages together."""

from __future__ import annotations

from starlette.routing import BaseRoute

from helpdesk.studio.home import HomePages
from helpdesk.studio.screen import ASSETS, Screen
from helpdesk.studio.service import StudioService


def studio_routes(service: StudioService) -> list[BaseRoute]:
    """Return everything under `/studio`."""
    screen = Screen(service)
    return [
        *HomePages(screen).routes(),
        ASSETS.route(),
    ]
