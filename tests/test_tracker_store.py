"""Rasa's tracker is a cache: bounded, and the conversations of late are the ones that stay."""

from __future__ import annotations

import asyncio

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from extensions.tracker_store import BoundedTrackerStore


def tracker(sender: str, *said: str) -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender, [UserUttered(text) for text in said])


def kept(store: BoundedTrackerStore, *senders: str) -> set[str]:
    return {s for s in senders if asyncio.run(store.retrieve(s)) is not None}


def save(store: BoundedTrackerStore, *senders: str) -> None:
    for sender in senders:
        asyncio.run(store.save(tracker(sender, "hello")))


def test_no_more_than_the_bound_are_kept() -> None:
    store = BoundedTrackerStore(Domain.empty(), kept=3)

    save(store, *(str(i) for i in range(50)))

    assert len(store.store) == 3
    assert kept(store, *(str(i) for i in range(50))) == {"47", "48", "49"}


def test_who_speaks_again_is_not_dropped() -> None:
    store = BoundedTrackerStore(Domain.empty(), kept=2)

    save(store, "a", "b", "a", "c")

    assert kept(store, "a", "b", "c") == {"a", "c"}


def test_what_is_kept_is_what_was_saved_last() -> None:
    store = BoundedTrackerStore(Domain.empty(), kept=2)
    asyncio.run(store.save(tracker("a", "hello")))
    asyncio.run(store.save(tracker("a", "hello", "what is tob1")))

    found = asyncio.run(store.retrieve("a"))

    assert found is not None
    assert [e.text for e in found.events if isinstance(e, UserUttered)] == ["hello", "what is tob1"]


def test_it_is_bounded_without_being_told() -> None:
    store = BoundedTrackerStore(Domain.empty())

    save(store, *(str(i) for i in range(2100)))

    assert len(store.store) <= 2000
