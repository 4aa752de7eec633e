"""The newest trained version that is not live, as a visitor would find it: its Rasa is started when somebody asks it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from helpdesk import snapshots
from helpdesk.assistant import RasaAssistant
from helpdesk.conversation import Safety
from helpdesk.errors import CommandError
from helpdesk.settings import ROOT, Settings
from helpdesk.store import Store
from helpdesk.studio.live_bot import LiveBot, Said
from helpdesk.words import Words

IDLE_SECONDS = 600.0
LOOK_SECONDS = 15.0


class Tried(Protocol):
    """A model that runs, with the safety net of its content."""

    urls: list[str]
    secret: str

    @property
    def net(self) -> Safety: ...

    def close(self) -> None: ...


class CandidateBot:
    """At most one such Rasa runs; it ends when a newer version is there, or when nobody has asked for ten minutes."""

    def __init__(
        self, settings: Settings, store: Store, words: Words, start: Callable[[Settings, str], Tried] | None = None
    ) -> None:
        self.settings, self.store, self.words = settings, store, words
        self._start = start or start_tried
        # What a thread has started ends with that thread.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="candidate")
        self._turn = asyncio.Lock()
        self._release = ""
        self._tried: Tried | None = None
        self._bot: LiveBot | None = None
        self._asked_at = 0.0

    async def ask(self, text: str) -> Said | None:
        """Return what it says; None where there is no such version, or it cannot be started. The first question waits for it."""
        async with self._turn:
            release = await self.store.run(self._newest)
            if release is None:
                return None
            if release != self._release:
                await self._begin(release)
            self._asked_at = self.store.clock()
            return await self._bot.ask(text) if self._bot else None

    async def run(self) -> None:
        """Run beside the web process: end what nobody asks any more, and all of it at the end."""
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                if self._tried and self.store.clock() - self._asked_at > IDLE_SECONDS:
                    async with self._turn:
                        await self._end()
        finally:
            await self._end()
            self._thread.shutdown()

    def _newest(self) -> str | None:
        live, releases = self.store.releases.live(), self.store.releases.all(limit=1)
        newest = releases[0].id if releases else None
        there = newest is not None and (live is None or live.release != newest)
        return newest if there and newest and snapshots.is_whole(self.settings.state, newest) else None

    async def _begin(self, release: str) -> None:
        await self._end()
        self._release = release
        try:
            self._tried = await self._in_thread(functools.partial(self._start, self.settings, release))
        except (CommandError, OSError):
            return
        helper = RasaAssistant(self._tried.urls[0], self._tried.secret)
        self._bot = LiveBot(helper, self._tried.net, self.store, self.words)

    async def _end(self) -> None:
        tried, bot = self._tried, self._bot
        self._tried, self._bot, self._release = None, None, ""
        if bot:
            await bot.helper.close()
        if tried:
            await self._in_thread(tried.close)

    async def _in_thread(self, call: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def start_tried(settings: Settings, release: str) -> Tried:
    """Start the release's Rasa and load its safety net. Raises CommandError."""
    from extensions.encoder import Encoder
    from helpdesk.rasas import Rasas
    from helpdesk.trial import Trial, safety_of

    if not snapshots.is_ours(settings.state, release, settings.secrets().signing):
        raise CommandError("The model of this version is not the one that was made. Train again.")
    content, cache = snapshots.content(settings.state, release), settings.state / "encoder"
    net, _ = safety_of(content, Encoder.load(cache), Path(settings.state / "safety"))
    with ExitStack() as stack:
        rasas = stack.enter_context(Rasas(ROOT, cache))
        trial = Trial(content, snapshots.archive(settings.state, release), net, rasas)
        trial.wait()
        stack.pop_all()
    return trial
