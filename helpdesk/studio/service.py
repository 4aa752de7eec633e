"""What the studio's pages share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from helpdesk.accounts import Accounts
from helpdesk.editing.library import Library
from helpdesk.hub import Hub
from helpdesk.likeness import Likeness
from helpdesk.meaning import Meaning
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.staff import Staff
from helpdesk.studio.live_bot import Bot
from helpdesk.studio.survey import Survey
from helpdesk.words import Words
from helpdesk.workshop import Workshop

COUNTED_FOR = 5.0


@dataclass
class StudioService:
    """The parts below the pages; whoever needs more adds a field."""

    settings: Settings
    store: Store
    hub: Hub
    accounts: Accounts
    words: Words
    meaning: Meaning
    library: Library
    likeness: Likeness
    survey: Survey
    live_bot: Bot
    workshop: Workshop

    candidate_bot: Bot | None = None  # the newest version that was trained and is not live
    counters: dict[str, Callable[[], int]] = field(default_factory=dict)  # by a page's name in words.yml; blocking calls
    _counted: dict[str, tuple[float, int]] = field(default_factory=dict)

    async def counts(self, staff: Staff) -> dict[str, int]:
        """Return the numbers beside the names of the pages, some seconds old at most; a page that is not here shows none."""
        numbers = {}
        for name, count in self.counters.items():
            at, numbers[name] = self._counted.get(name, (-COUNTED_FOR, 0))
            if time.monotonic() - at >= COUNTED_FOR:
                numbers[name] = await self.store.run(count)
                self._counted[name] = (time.monotonic(), numbers[name])
        return numbers

    def recount(self) -> None:
        """Count anew for the next page: something was done."""
        self._counted.clear()
