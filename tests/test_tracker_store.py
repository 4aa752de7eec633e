"""Rasa's tracker is a cache: bounded, and the conversations of late are the ones that stay."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from extensions.tracker_store import BoundedTrackerStore

pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")  # Rasa's


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


def test_a_turn_that_was_not_saved_leaves_nothing_behind() -> None:
    store = BoundedTrackerStore(Domain.empty(), kept=2)
    asyncio.run(store.save(tracker("a", "hello")))
    begun = asyncio.run(store.retrieve("a"))
    assert begun is not None

    begun.update_with_events([UserUttered("what is tob1"), ActionExecuted("utter_tob1")], Domain.empty())

    found = asyncio.run(store.retrieve("a"))
    assert found is not None and [type(e) for e in found.events] == [UserUttered]
    assert found.latest_message is not None and found.latest_message.text == "hello"


def test_slots_and_sessions_are_found_as_rasas_own_store_gives_them() -> None:
    domain = Domain.from_yaml("slots: {topic: {type: text, mappings: [{type: custom}]}}")
    stores = [BoundedTrackerStore(domain), InMemoryTrackerStore(domain)]
    events = [UserUttered("hello"), SlotSet("topic", "tob1"), ActionExecuted("utter_tob1")]
    begun = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
    said = DialogueStateTracker.from_events("a", [*begun, *events, *begun, SlotSet("topic", "vitamin_d")], domain.slots)
    found = []

    for store in stores:
        asyncio.run(store.save(said))
        found.append([asyncio.run(store.retrieve("a")), asyncio.run(store.retrieve_full_tracker("a"))])

    assert [t.current_state(EventVerbosity.ALL) for t in found[0]] == [t.current_state(EventVerbosity.ALL) for t in found[1]]


def test_it_is_bounded_without_being_told() -> None:
    store = BoundedTrackerStore(Domain.empty())

    save(store, *(str(i) for i in range(600)))

    assert len(store.store) <= 500
