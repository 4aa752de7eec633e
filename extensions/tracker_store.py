"""Rasa's tracker as the cache that it is: in memory, the oldest conversations dropped. The ledger is the record."""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

KEPT = 2000


class BoundedTrackerStore(InMemoryTrackerStore):
    """Keep the `kept` conversations that were saved last."""

    def __init__(self, domain: Domain, event_broker: Optional[EventBroker] = None, kept: int = KEPT, **kwargs: Any) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._kept = kept

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Save, and drop the oldest beyond the bound."""
        self.store.pop(tracker.sender_id, None)
        await super().save(tracker)
        while len(self.store) > self._kept:
            del self.store[next(iter(self.store))]
