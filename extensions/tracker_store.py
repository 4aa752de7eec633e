"""Rasa's tracker as the cache that it is: in memory, the oldest conversations dropped. The ledger is the record.

Events are kept as they are: to write them out and read them in again takes a millisecond for every few turns of a conversation.
"""

from __future__ import annotations

from typing import Any, List, Optional

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.conversation import Dialogue
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

KEPT = 500  # nobody comes back to one: the sender is new with every turn


class BoundedTrackerStore(InMemoryTrackerStore):
    """Keep the `kept` conversations that were saved last."""

    def __init__(self, domain: Domain, event_broker: Optional[EventBroker] = None, kept: int = KEPT, **kwargs: Any) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._kept = kept

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Save, and drop the oldest beyond the bound."""
        await self.stream_events(tracker)
        self.store.pop(tracker.sender_id, None)
        self.store[tracker.sender_id] = list(tracker.events)
        while len(self.store) > self._kept:
            del self.store[next(iter(self.store))]

    def deserialise_tracker(self, sender_id: str, serialised_tracker: List[Event]) -> DialogueStateTracker:
        """Return a tracker of its own: a turn that fails in the middle leaves nothing in what is kept."""
        tracker = self.init_tracker(sender_id)
        tracker.recreate_from_dialogue(Dialogue(sender_id, serialised_tracker))
        return tracker
