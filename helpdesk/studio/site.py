"""The studio's pages together."""

from __future__ import annotations

from starlette.routing import BaseRoute

from helpdesk.studio.compare import ComparePages
from helpdesk.studio.conflicts import ConflictPages
from helpdesk.studio.home import HomePages
from helpdesk.studio.inbox import InboxPages
from helpdesk.studio.preview import PreviewPages
from helpdesk.studio.releases import ReleasePages
from helpdesk.studio.safety_lists import SafetyLists
from helpdesk.studio.safety_pages import SafetyPages
from helpdesk.studio.screen import ASSETS, Screen
from helpdesk.studio.service import StudioService
from helpdesk.studio.sources import SourcePages
from helpdesk.studio.topic_page import TopicPages
from helpdesk.studio.topic_past import TopicPast
from helpdesk.studio.topics import TopicList
from helpdesk.studio.train import TrainPages
from helpdesk.studio.try_it import TryPages


def studio_routes(service: StudioService) -> list[BaseRoute]:
    """Return everything under `/studio`."""
    screen = Screen(service)
    compare = ComparePages(screen)
    return [
        *HomePages(screen).routes(),
        *InboxPages(screen).routes(),
        *SourcePages(screen).routes(),
        *TrainPages(screen).routes(),
        *compare.routes(),
        *ReleasePages(screen, compare).routes(),
        *TopicList(screen).routes(),
        *TopicPages(screen).routes(),
        *TopicPast(screen).routes(),
        *PreviewPages(screen).routes(),
        *ConflictPages(screen).routes(),
        *TryPages(screen).routes(),
        *SafetyPages(screen).routes(),
        *SafetyLists(screen).routes(),
        ASSETS.route(),
    ]
