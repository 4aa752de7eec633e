"""The version that is not live yet, asked in the studio."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from helpdesk.errors import CommandError
from helpdesk.store.releases import Release
from helpdesk.studio import candidate_bot
from helpdesk.studio.candidate_bot import CandidateBot
from helpdesk.studio.live_bot import LiveBot, Said
from helpdesk.words import words
from tests.web import FakeSafety, settings_for


class Stands:
    """Stands in for a Rasa that was started."""

    urls, secret, net = ["http://127.0.0.1:1"], "secret", FakeSafety()

    def __init__(self, log: list[str], release: str) -> None:
        self.log, self.release = log, release
        log.append(f"start {release}")

    def close(self) -> None:
        self.log.append(f"end {self.release}")


class Register:
    def __init__(self) -> None:
        self.made: list[str] = []
        self.live_one: Any = None

    def live(self) -> Any:
        return self.live_one

    def all(self, limit: int) -> list[Release]:
        return [Release(one, 0.0, None, "", "") for one in reversed(self.made)][:limit]


class Kept:
    """As much of the store as the bot looks at."""

    def __init__(self) -> None:
        self.releases, self.now = Register(), 0.0

    def clock(self) -> float:
        return self.now

    async def run(self, call: Any, *args: Any) -> Any:
        return call(*args)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Kept:
    async def ask(self: LiveBot, text: str) -> Said:
        return Said("answer", f"{text}!")

    monkeypatch.setattr(LiveBot, "ask", ask)
    monkeypatch.setattr(candidate_bot.snapshots, "is_whole", lambda state, release: True)
    monkeypatch.setattr(candidate_bot, "LOOK_SECONDS", 0.01)
    return Kept()


def bot_of(tmp_path: Any, store: Any, log: list[str]) -> CandidateBot:
    return CandidateBot(settings_for(tmp_path), store, words(), lambda settings, release: Stands(log, release))


def test_it_is_started_once_for_each_version_and_ended_with_the_program(tmp_path, store):
    log: list[str] = []

    async def use() -> list[Any]:
        bot = bot_of(tmp_path, store, log)
        beside = asyncio.create_task(bot.run())
        said = [await bot.ask("one")]
        for release in ("a", "b"):
            store.releases.made.append(release)
            said += [await bot.ask("two"), await bot.ask("three")]
        await asyncio.sleep(0.05)
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
        return said

    said = asyncio.run(use())

    assert said[0] is None and [one.text for one in said[1:]] == ["two!", "three!"] * 2
    assert log == ["start a", "end a", "start b", "end b"]


def test_it_ends_when_nobody_has_asked_for_long_and_begins_anew(tmp_path, store):
    log: list[str] = []
    store.releases.made.append("a")

    async def use() -> None:
        bot = bot_of(tmp_path, store, log)
        beside = asyncio.create_task(bot.run())
        await bot.ask("one")
        store.now += candidate_bot.IDLE_SECONDS + 1
        while "end a" not in log:
            await asyncio.sleep(0.01)
        assert await bot.ask("two")
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)

    asyncio.run(use())

    assert log == ["start a", "end a"] * 2


def test_what_is_live_is_no_candidate(tmp_path, store):
    store.releases.made.append("a")
    store.releases.live_one = type("Publication", (), {"release": "a"})

    assert asyncio.run(bot_of(tmp_path, store, []).ask("one")) is None


def test_one_that_does_not_start_says_nothing(tmp_path, store):
    def broken(settings: Any, release: str) -> Any:
        raise CommandError("The new model could not be loaded.")

    store.releases.made.append("a")

    assert asyncio.run(CandidateBot(settings_for(tmp_path), store, words(), broken).ask("one")) is None
