"""What the studio's pages share."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.accounts import Accounts
from helpdesk.hub import Hub
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.staff import Staff
from helpdesk.words import Words


@dataclass
class StudioService:
    """The parts below the pages; whoever needs more adds a field."""

    settings: Settings
    store: Store
    hub: Hub
    accounts: Accounts
    words: Words

    async def counts(self, staff: Staff) -> dict[str, int]:
        """Return the numbers beside the names of the pages; a page that is not here shows none."""
        return {}
