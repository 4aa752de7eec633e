"""The other web processes of one ledger: what wakes the readers here wakes theirs, and the other way round."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import uuid
from collections.abc import Iterable, Iterator

from helpdesk.errors import StoreUnavailable
from helpdesk.hub import Hub, Word
from helpdesk.store import Store
from helpdesk.store.wakes import LONGEST

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.02  # what happens within it goes out together
LOOK_SECONDS = 3.0  # so often the ledger is asked what has changed, should a word have been lost
LEAVE_SECONDS = 10.0
OVERLAP_SECONDS = 60.0  # a moment is taken before its row can be seen by others


class Neighbours:
    """A word that is lost costs some seconds: the ledger is looked at too."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self.store = store
        self.hub = hub
        self.own = uuid.uuid4().hex
        self.words: asyncio.Queue[Word] = asyncio.Queue()
        self.known: dict[str, int] = {}

    async def run(self) -> None:
        """Speak and listen until cancelled."""
        if not self.store.wakes.there:
            return
        loop, stop = asyncio.get_running_loop(), threading.Event()
        self.hub.tell = self.words.put_nowait

        def hear(text: str) -> None:
            loop.call_soon_threadsafe(self._hear, text)

        def begun() -> None:
            loop.call_soon_threadsafe(self.hub.wake_all)

        thread = threading.Thread(target=self.store.wakes.listen, args=(stop, hear, begun), name="neighbours", daemon=True)
        thread.start()
        try:
            await asyncio.gather(self._speak(), self._look_again())
        finally:
            self.hub.tell = None
            stop.set()
            await asyncio.to_thread(thread.join, LEAVE_SECONDS)  # it calls into this loop

    async def _speak(self) -> None:
        while True:
            words = [await self.words.get()]
            await asyncio.sleep(GATHER_SECONDS)
            while not self.words.empty():
                words.append(self.words.get_nowait())
            try:
                await self.store.run(self.store.wakes.send, list(self._packed(dict.fromkeys(words))))
            except StoreUnavailable:
                continue  # they look at the ledger themselves

    def _packed(self, words: Iterable[Word]) -> Iterator[str]:
        """Put as many words into each notification as it holds."""
        packed: list[Word] = []
        for word in words:
            if packed and len(json.dumps([*packed, word])) > LONGEST:
                yield json.dumps([self.own, packed])
                packed = []
            packed.append(word)
        if packed:
            yield json.dumps([self.own, packed])

    def _hear(self, text: str) -> None:
        try:
            who, words = json.loads(text)
            if who != self.own:
                for kind, name, event in words:
                    self.hub.hear((kind, name, event))
        except (ValueError, TypeError):
            log.warning("A notification of %d characters is not one of ours.", len(text))

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                changed = dict(await self.store.run(self.store.wakes.changed, self.store.clock() - OVERLAP_SECONDS))
            except StoreUnavailable:
                continue
            for name, seq in changed.items():
                if self.known.get(name) != seq:
                    self.hub.hear(("ring", name, ""))
            self.known = changed
