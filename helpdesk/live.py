"""What is live, as the supervisor tells the web process: state/live.json; and what the web process says to it: state/web.json."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from helpdesk import snapshots
from helpdesk.errors import SettingsError
from helpdesk.settings import Settings
from helpdesk.store import Store

log = logging.getLogger(__name__)

LIVE, WEB = "live.json", "web.json"
LOOK_SECONDS = 0.25
TRIES = 20  # for a Rasa that is there to answer a question
T = TypeVar("T")


@dataclass(frozen=True)
class Live:
    """The release that new turns go to: its publication, Rasa's address, and the folder of its content."""

    publication: str
    release: str
    rasa: str
    content: str

    @property
    def root(self) -> Path:
        return Path(self.content)


@dataclass(frozen=True)
class Ack:
    """What the web process made of a publication: it follows it, or refuses it and says why."""

    publication: str
    refused: str | None = None


def tell(state: Path, live: Live) -> None:
    """Say which release new turns are to go to."""
    _write(state / LIVE, vars(live))


def told(state: Path) -> Live | None:
    found = _read(state / LIVE)
    return Live(**found) if found and set(found) == set(Live.__dataclass_fields__) else None


def answer(state: Path, ack: Ack) -> None:
    """Say that the web process follows, or does not."""
    _write(state / WEB, vars(ack))


def answered(state: Path, publication: str) -> Ack | None:
    """Return what the web process said to this publication, if it has said something."""
    found = _read(state / WEB)
    return Ack(**found) if found and found.get("publication") == publication else None


def forget(state: Path) -> None:
    """Take away what an earlier run said: its addresses are nobody's now."""
    for name in (LIVE, WEB):
        (state / name).unlink(missing_ok=True)


def content_root(settings: Settings, store: Store) -> Path:
    """Return the folder of the content that is live: the last publication's, or the draft where nothing was ever published."""
    publication = store.releases.live()
    if publication and snapshots.is_whole(settings.state, publication.release):
        return snapshots.content(settings.state, publication.release)
    if publication and settings.follows_register:
        raise SettingsError(
            f"The files of version {publication.release}, which is live, are not in {settings.state / 'releases'}. "
            "Let all machines share that folder."
        )
    return settings.root


class Follower(Generic[T]):
    """Follows live.json: what a release needs is made ready beside what is in force, and takes its place whole."""

    def __init__(
        self,
        state: Path,
        root: Path,
        *,
        prepare: Callable[[Path], T],
        reachable: Callable[[str], Awaitable[bool]],
        answers: Callable[[str], Awaitable[bool]],
        switch: Callable[[Live, T | None], None],
    ) -> None:
        self.state = state
        self.prepare = prepare  # in a thread; what it raises is the reason for which the release is refused
        self.reachable = reachable
        self.answers = answers
        self.switch = switch  # on the event loop; without something prepared the content is the same
        self.snapshot = snapshots.snapshot_hash(root)
        self.done: Live | None = None

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:
                log.error("What is live could not be followed: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Follow what is told now, if it is something new."""
        live = told(self.state)
        if live is None or live == self.done:
            return
        try:
            snapshot = await asyncio.to_thread(snapshots.snapshot_hash, live.root)
            ready = await asyncio.to_thread(self.prepare, live.root) if snapshot != self.snapshot else None
        except Exception as error:
            self._refuse(live, str(error) or type(error).__name__)
            return
        tries = 0
        while not (await self.reachable(live.rasa) and await self.answers(live.rasa)):
            tries += await self.reachable(live.rasa)
            if tries >= TRIES:
                self._refuse(live, "Rasa has loaded the model, but answers no question with it.")
                return
            await asyncio.sleep(LOOK_SECONDS)
            if told(self.state) != live:
                return
        if told(self.state) != live:
            return
        self.switch(live, ready)
        self.done, self.snapshot = live, snapshot
        log.info("Publication %s is followed.", live.publication)
        answer(self.state, Ack(live.publication))

    def _refuse(self, live: Live, why: str) -> None:
        log.error("Publication %s is refused.", live.publication)
        self.done = live
        answer(self.state, Ack(live.publication, why))


def _write(path: Path, found: dict[str, Any]) -> None:
    snapshots.write_whole(path, (json.dumps(found) + "\n").encode())


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
