"""The studio's first page: what needs somebody, and what is live."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from helpdesk.content.model import Content
from helpdesk.snapshots import content, differing
from helpdesk.staff_site import Visit
from helpdesk.studio.candidates import Register, register_of
from helpdesk.studio.may import names_of, who
from helpdesk.studio.progress import progress_of
from helpdesk.studio.screen import Screen

COUNTED = {"inbox": ("waits in the inbox", "wait in the inbox", "message"), "conflicts": ("is open", "are open", "conflict")}


@dataclass(frozen=True)
class Need:
    """Something that needs somebody, and where it is done."""

    words: str
    title: str
    path: str


class HomePages:
    """`/studio`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service

    def routes(self) -> list[BaseRoute]:
        return [Route("/studio", self.screen.reads(self.home), methods=["GET"])]

    async def home(self, request: Request, visit: Visit) -> Response:
        service, store = self.service, self.service.store
        register, names = await register_of(store), await names_of(store)
        progress = progress_of(await store.run(service.workshop.state), names, store.clock())
        draft = await store.run(service.library.content)
        needs = [
            *_training(progress),
            *_went_wrong(register),
            *_waiting(register),
            *_counted(await service.counts(visit.staff)),
            *_past_review(draft, datetime.date.today()),
            *await store.run(lambda: list(self._draft(register))),
        ]
        live = register.live
        return await self.screen.page(
            "home.html",
            visit,
            here="home",
            notice=self.screen.notice(request),
            needs=needs,
            live=live,
            live_by=who(names, live.staff) if live else "",
            wanted=register.wanted,
        )

    def _draft(self, register: Register) -> Iterator[Need]:
        """Say how far the draft is from what is live."""
        settings, live = self.service.settings, register.live
        changed = differing(content(settings.state, live.release), settings.root) if live else []
        number = len([one for one in changed if one.file.startswith("data/")])
        if number:
            words = "The draft differs from what is live in"
            yield Need(f"{words} {_many(number, 'topic or list', 'topics and lists')}.", "Train", "/studio/train")


def _training(progress: Any) -> Iterator[Need]:
    if progress and progress.is_open:
        yield Need(f"A training is under way, {progress.percent} % done.", "Follow it", "/studio/train")


def _went_wrong(register: Register) -> Iterator[Need]:
    """Tell of a publication that failed, or was taken back by the watch, as long as nothing was done since."""
    last = register.publications[0] if register.publications else None
    if last and last.state == "failed":
        yield Need(f"The last publication failed: {last.why}", "See the history", "/studio/releases")
    elif last and last.kind == "auto":
        yield Need(f"The watch went back to the version before: {last.note}", "See the history", "/studio/releases")


def _waiting(register: Register) -> Iterator[Need]:
    for one in register.proposed:
        by = who(register.names, one.proposed_by)
        yield Need(f"A new version waits for approval, proposed by {by}.", "Look at it", f"/studio/compare/{one.id}")


def _counted(counts: dict[str, int]) -> Iterator[Need]:
    for name, (is_one, are_many, thing) in COUNTED.items():
        number = counts.get(name, 0)
        if number:
            words = f"{_many(number, thing, thing + 's')} {is_one if number == 1 else are_many}."
            yield Need(words, f"Go to the {name}", f"/studio/{name}")


def _past_review(draft: Content, today: datetime.date) -> Iterator[Need]:
    """Count the topics with a text whose day of review is past."""
    dates = ({str(text.metadata.get("review_by") or "9999") for text in entry.variations} for entry in draft.entries)
    number = sum(min(found, default="9999") < today.isoformat() for found in dates)
    if number:
        words = f"{_many(number, 'answer is', 'answers are')} past the day of review."
        yield Need(words, "See which", "/studio/topics?show=past")


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
