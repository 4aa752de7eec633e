"""What is due goes by itself: conversations some time after their last word, callbacks some time after they were made."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable

from helpdesk.hub import DESK, Hub
from helpdesk.metrics import Metrics
from helpdesk.settings import Settings
from helpdesk.store import Store, keeping
from helpdesk.store.standing import standing

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
BATCH = 100
DAY = 86_400.0


class Retention:
    """Erases what is due, and tells the counters how things stand. What is due is seen by nobody, even before it is erased."""

    def __init__(self, store: Store, settings: Settings, hub: Hub, metrics: Metrics, clock: Callable[[], float]) -> None:
        self.store = store
        self.settings = settings
        self.hub = hub
        self.metrics = metrics
        self.clock = clock

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:
                log.warning("What is due could not be erased now: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Erase what is due now; return how many conversations that were."""
        number, now = 0, self.clock()
        while gone := await self.store.run(keeping.purge, self.store, self.store.database.kept_since(), limit=BATCH):
            for conversation in gone:
                self.hub.end(conversation)
            self.hub.ring(DESK)
            number += len(gone)
        calls = await self.store.run(keeping.purge_callbacks, self.store, now - DAY * self.settings.keep_callback_days)
        if number or calls:
            await self.store.run(self.store.database.empty_log)
            log.info("%d conversations and %d callbacks were due, and are erased.", number, calls)
        free = await asyncio.to_thread(shutil.disk_usage, self.settings.state)
        self.metrics.standing = {
            **await self.store.run(standing, self.store.database, now),
            "helpdesk_disk_free_bytes": {"": free.free},
        }
        return number
