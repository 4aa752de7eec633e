"""What one web process says to the others, and what becomes of it when a word, or the server, is lost."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet

from helpdesk import neighbours
from helpdesk.conversation import greeting
from helpdesk.hub import DESK, Hub
from helpdesk.neighbours import Neighbours
from helpdesk.store import Store
from helpdesk.words import words
from tests.postgres import Postgres

KEY = Fernet.generate_key().decode()


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    yield postgres.url("wakes")
    postgres.give_back()


@contextlib.asynccontextmanager
async def process(url: str) -> AsyncIterator[Any]:
    """One web process' store, readers and neighbours; `listening` is set when it hears the others."""
    hub, store = Hub(), Store(url, [KEY])
    made = Neighbours(store, hub)
    listening = asyncio.Event()
    hub.wake_all, wake_all = lambda: (listening.set(), wake_all()), hub.wake_all  # type: ignore[method-assign]
    task = asyncio.create_task(made.run())
    await asyncio.wait_for(listening.wait(), 30)
    try:
        yield SimpleNamespace(hub=hub, store=store, neighbours=made, listening=listening)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        store.close()


@pytest.mark.asyncio
async def test_a_ring_a_passing_word_and_an_end_are_heard_in_the_other_process_once(url: str) -> None:
    async with process(url) as here, process(url) as there:
        with there.hub.listen("abc") as reader, here.hub.listen("abc") as own, there.hub.listen(DESK) as desk:
            here.hub.passing("abc", '{"kind": "typing"}')
            assert await reader.wait(30)
            here.hub.ring("abc")
            assert await reader.wait(30) and await desk.wait(30)
            here.hub.end("abc")
            assert await reader.wait(30)

            assert reader.take_passing() == own.take_passing() == ['{"kind": "typing"}']
            assert reader.ended and own.ended and not desk.ended


@pytest.mark.asyncio
async def test_a_process_that_stops_does_not_end_the_readers_of_others(url: str) -> None:
    async with process(url) as here, process(url) as there:
        with there.hub.listen("abc") as reader, here.hub.listen("abc") as own:
            here.hub.close()
            here.hub.ring("abc")
            assert await reader.wait(30)

            assert (own.ended, reader.ended) == (True, False)


@pytest.mark.asyncio
async def test_many_words_and_long_ones_arrive(url: str) -> None:
    async with process(url) as here, process(url) as there:
        with there.hub.listen("abc") as reader:
            said = [f"{number} " + "x" * 3000 for number in range(20)]
            for word in said:
                here.hub.passing("abc", word)
            heard: list[str] = []
            while len(heard) < 20:
                assert await reader.wait(30)
                heard += reader.take_passing()

            assert heard == said


@pytest.mark.asyncio
async def test_what_was_not_told_is_found_in_the_ledger(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "LOOK_SECONDS", 0.05)
    conversation = uuid.uuid4().hex
    async with process(url) as here, process(url) as there:
        with there.hub.listen(conversation) as reader:
            first = greeting(words())
            # As by a process that dies between the commit and the word of it.
            await here.store.run(here.store.ledger.start, conversation, token_hash="h", token_key="k", first=first)

            assert await reader.wait(30)


@pytest.mark.asyncio
async def test_when_the_server_was_away_everybody_looks_and_words_arrive_again(url: str, postgres: Postgres) -> None:
    async with process(url) as here, process(url) as there:
        with there.hub.listen("abc") as reader:
            for one in (here, there):
                one.listening.clear()
            await asyncio.to_thread(postgres.kill)
            here.hub.passing("abc", "lost")
            await asyncio.to_thread(postgres.start)
            for one in (here, there):
                await asyncio.wait_for(one.listening.wait(), 60)
            assert await reader.wait(30)
            reader.take_passing()
            here.hub.passing("abc", "heard")
            while "heard" not in reader.take_passing():
                assert await reader.wait(30)


def test_on_sqlite_there_is_nobody_to_tell(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}", [KEY])

    asyncio.run(Neighbours(store, Hub()).run())

    store.close()
