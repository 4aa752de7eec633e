"""The watch after a publication: where more visitors than before are not understood, the help desk goes back by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from helpdesk import publishing
from helpdesk.errors import Refusal
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.releases import Publication
from helpdesk.store.replies import Replies, replies_between

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
BEFORE_SECONDS = 7 * 86_400.0
FEWEST_REPLIES = 20  # on either side: fewer say nothing
FEWEST = 5  # misses, or wishes for a person


class Watch:
    """Looks at the publication that is live, for so many minutes."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], float]) -> None:
        self.store = store
        self.settings = settings
        self.clock = clock

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while self.settings.watch_minutes:
            try:
                await self.store.run(self.look)
            except Exception as error:
                log.warning("The watch could not look: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> Publication | None:
        """Compare; return the publication that goes back, where there is reason for one."""
        live = self.store.releases.live()
        why = self._why(live) if live and self._is_watched(live) else None
        if live is None or why is None or self.store.releases.wanted():
            return None
        try:
            back = publishing.take_back(self.store, self.settings, live, why)
        except Refusal as refusal:
            log.warning("Publication %s is not taken back (%s): %s", live.id, refusal.code, why)
            return None
        log.warning("Publication %s is taken back: %s", live.id, why)
        return back

    def _is_watched(self, live: Publication) -> bool:
        until = (live.live_at or 0.0) + 60.0 * self.settings.watch_minutes
        return live.kind == "publish" and self.clock() <= until

    def _why(self, live: Publication) -> str | None:
        went = live.live_at or 0.0
        database = self.store.database
        since = replies_between(database, went, self.clock() + 1.0)
        if since.replies < FEWEST_REPLIES:
            return None
        before = replies_between(database, went - BEFORE_SECONDS, went)
        return self._compared(before, since) if before.replies >= FEWEST_REPLIES else None

    def _compared(self, before: Replies, since: Replies) -> str | None:
        if since.missed >= FEWEST and self._is_above(since.missed_share, before.missed_share):
            return (
                f"{since.missed} of {since.replies} replies since the publication were no answer"
                f" ({_percent(since.missed_share)}); in the week before it was {_percent(before.missed_share)}."
            )
        if since.asked >= FEWEST and self._is_above(since.asked_share, before.asked_share):
            return (
                f"In {since.asked} of {since.conversations} conversations since the publication a person was asked for"
                f" ({_percent(since.asked_share)}); in the week before it was {_percent(before.asked_share)}."
            )
        return None

    def _is_above(self, share: float, before: float) -> bool:
        return 100.0 * (share - before) > self.settings.watch_points


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"
