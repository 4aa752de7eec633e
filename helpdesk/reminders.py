"""Once a day: answers whose date of review comes near, or has passed, are told to staff, each of them once."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Callable, Iterator
from typing import Protocol

from helpdesk.content import Content
from helpdesk.store import Store

log = logging.getLogger(__name__)

LATER = 30.0  # seconds; to read all of the content takes some, and a start has other things to do
LOOK_SECONDS = 3600.0  # how often it is asked whether another day has begun
AHEAD = datetime.timedelta(days=14)


class Drafts(Protocol):
    def content(self) -> Content: ...


class Reminders:
    """Runs in the web process. What was told stands in the store, so that a restart tells nothing twice."""

    def __init__(self, store: Store, library: Drafts, clock: Callable[[], float]) -> None:
        self.store = store
        self.library = library
        self.clock = clock
        self.told = datetime.date.min

    async def run(self) -> None:
        """Look soon after the start, and when another day has begun, until it is cancelled."""
        await asyncio.sleep(LATER)
        while True:
            try:
                await self.store.run(self.look)
            except Exception as error:
                log.warning("Nobody could be reminded of answers to be read again: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> int:
        """Tell of what was not told before; return how many answers that were."""
        today = datetime.datetime.fromtimestamp(self.clock(), datetime.timezone.utc).date()
        if today == self.told:
            return 0
        count = self.store.reminders.remind(due_by(self.library.content(), today + AHEAD))
        self.told = today
        return count


def due_by(content: Content, last: datetime.date) -> Iterator[tuple[str, str]]:
    """Yield the answers that are to be read again by this day, each with the soonest of its dates."""
    for entry in content.entries:
        dates = [str(one.metadata["review_by"]) for one in entry.variations if is_date(one.metadata.get("review_by"))]
        if dates and min(dates) <= last.isoformat():
            yield entry.name, min(dates)


def is_date(text: object) -> bool:
    try:
        return bool(datetime.date.fromisoformat(str(text)))
    except ValueError:
        return False
