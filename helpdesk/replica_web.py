"""A web process among several: it follows the register in the ledger, so that all of them change to a release together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from helpdesk import snapshots
from helpdesk.errors import StoreUnavailable
from helpdesk.live import Live
from helpdesk.store import Store
from helpdesk.store.release_rows import Publication
from helpdesk.store.replicas import WEB, Ready, Seen

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
BEAT_SECONDS = 2.0
READY_SECONDS = 600.0  # after so long without every replica ready a publication fails
T = TypeVar("T")


@dataclass(frozen=True)
class Prepared(Generic[T]):
    """What a release needs here: `parts` are none where its content is the one in force."""

    snapshot: str
    parts: T | None = None
    refused: str | None = None


class WebReplica(Generic[T]):
    """Makes ready what is wanted, says so, and switches when it is live; new turns go to the Rasas that serve the same."""

    def __init__(
        self,
        store: Store,
        state: Path,
        root: Path,
        *,
        prepare: Callable[[Path], T],
        switch: Callable[[Live, T | None], None],
        put_back: Callable[[Publication], None] | None,
        tidy: Callable[[], object] = lambda: None,
    ) -> None:
        self.store = store
        self.state = state
        self.prepare = prepare  # in a thread; what it raises is the reason for which the release is refused
        self.switch = switch  # on the event loop
        self.put_back = put_back  # into the draft, for a way back; none: the draft is elsewhere, and so are the decisions
        self.tidy = tidy  # after a publication
        self.id = f"web-{uuid.uuid4().hex}"
        self.snapshot = snapshots.snapshot_hash(root)
        self.followed: Live | None = None
        live = store.releases.live()  # what was loaded at the start
        self.prepared: dict[str, Prepared[T]] = {live.id: Prepared(self.snapshot)} if live else {}
        self.preparing: dict[str, asyncio.Task[None]] = {}
        self.said: dict[str, Ready] | None = None
        self.beat_at = 0.0

    async def run(self) -> None:
        """Look again and again, until it is cancelled; then leave, so that nobody waits for this process."""
        try:
            while True:
                try:
                    await self.look()
                except StoreUnavailable:
                    pass  # what was followed goes on being followed
                except Exception as error:
                    log.error("What is live could not be followed: %s", type(error).__name__)
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            with contextlib.suppress(Exception):
                await asyncio.shield(self.store.run(self.store.replicas.leave, self.id))

    async def look(self) -> None:
        """Do what is due now."""
        seen = await self.store.run(self.store.replicas.seen)
        for publication in filter(None, (seen.wanted, seen.live)):
            self._begin(publication)
        self._follow(seen)
        await self._say(seen)
        if self.put_back and seen.wanted:
            await self.store.run(self._decide, seen, seen.wanted)

    def _begin(self, publication: Publication) -> None:
        if publication.id not in self.prepared and publication.id not in self.preparing:
            self.preparing[publication.id] = asyncio.create_task(self._prepare(publication))

    async def _prepare(self, publication: Publication) -> None:
        root = snapshots.content(self.state, publication.release)
        try:
            if not snapshots.is_whole(self.state, publication.release):
                raise FileNotFoundError("Its files are not there: is the folder releases/ shared?")
            snapshot = await asyncio.to_thread(snapshots.snapshot_hash, root)
            parts = await asyncio.to_thread(self.prepare, root) if snapshot != self.snapshot else None
            self.prepared[publication.id] = Prepared(snapshot, parts)
        except Exception as error:
            log.error("Publication %s is refused: %s", publication.id, type(error).__name__)
            self.prepared[publication.id] = Prepared("", refused=str(error) or type(error).__name__)
        finally:
            del self.preparing[publication.id]

    def _follow(self, seen: Seen) -> None:
        """Ask the Rasas of what is live, from the next turn on. Where none of them gives a sign of life, the last ones."""
        live = seen.live
        addresses = " ".join(seen.rasas(live.id)) if live else ""
        made = self.prepared.get(live.id) if live else None
        if not (live and addresses and made and made.refused is None):
            return
        told = Live(live.id, live.release, addresses, str(snapshots.content(self.state, live.release)))
        if told == self.followed:
            return
        is_new = self.followed is None or self.followed.publication != told.publication
        # What was prepared beside another content has to be made again; what has the content in force needs nothing.
        if is_new and made.parts is None and made.snapshot != self.snapshot:
            del self.prepared[live.id]
            return
        self.switch(told, made.parts if is_new else None)
        self.followed, self.snapshot = told, made.snapshot
        if is_new:
            log.info("Publication %s is followed.", live.id)
            self.prepared = {name: one for name, one in self.prepared.items() if name == live.id}

    async def _say(self, seen: Seen) -> None:
        """Give a sign of life, at once where there is something new to say."""
        ids = {one.id for one in (seen.live, seen.wanted) if one}
        ready = {name: Ready(refused=one.refused) for name, one in self.prepared.items() if name in ids}
        now = asyncio.get_running_loop().time()
        if ready != self.said or now >= self.beat_at:
            await self.store.run(self.store.replicas.beat, self.id, WEB, ready)
            self.said, self.beat_at = ready, now + BEAT_SECONDS

    def _decide(self, seen: Seen, wanted: Publication) -> None:
        """Let what is wanted go live when everybody is ready for it; of several that say so the first one counts."""
        missing = seen.missing(wanted.id)
        why = seen.refusal(wanted.id)
        if why is None and missing and self.store.clock() - wanted.at > READY_SECONDS:
            why = f"Not everybody was ready for it in {READY_SECONDS:.0f} s: {', '.join(missing)}."
        if why is not None:
            self.store.releases.failed(wanted.id, why)
        elif not missing:
            if self.put_back and wanted.is_way_back:
                self.put_back(wanted)
            if self.store.releases.went_live(wanted.id):
                self.tidy()
