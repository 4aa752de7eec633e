"""The parts of the web process that change with a release: Rasa's address, the safety net and its replies, the desk's answers."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from helpdesk import publishing
from helpdesk.assistant import RasaAssistant
from helpdesk.conversation import Finding, Safety
from helpdesk.live import Follower, Live
from helpdesk.programs import start_preparing
from helpdesk.replica_web import WebReplica
from helpdesk.settings import ROOT, Settings
from helpdesk.store import Store
from helpdesk.words import Words, danger_with

log = logging.getLogger(__name__)
PREPARING_SECONDS = 300.0  # after that it is made here
Replies = dict[str, dict[str, str]]


class Answers(Protocol):
    """The desk's answers, as they are told to be read from elsewhere."""

    def follow(self, data: Path) -> None: ...


class SafetyInForce:
    """The safety net that looks now. The next one takes its place whole, between two messages."""

    def __init__(self, net: Safety) -> None:
        self.net = net

    def look(self, text: str, passed: Callable[[], object] | None = None) -> Finding | None:
        return self.net.look(text, passed)

    @property
    def warning(self) -> str | None:
        return getattr(self.net, "warning", None)

    @property
    def settled(self) -> bool:
        return bool(getattr(self.net, "settled", True))


def load_safety(settings: Settings) -> Safety:
    """Load the safety net. Its patterns look at once; the second net is made beside us, or read from the state folder."""
    from helpdesk.safety import SafetyNet, train  # numerical libraries: only where a real net is wanted
    from helpdesk.safety.kept import Ending

    settings.prepare()
    cache = settings.state / "safety"
    net = SafetyNet.load_or_keep(settings.data / "safety", None, cache)

    def elsewhere() -> None:
        """In a process of its own, which takes with it when it ends the memory that the making needs."""
        try:
            prepare_beside(settings, settings.data.parent)
        except OSError as error:
            log.warning("The second safety net is made here, since no process can be started (%s).", error)
        if not threading.main_thread().is_alive():
            raise Ending("the program ends")

    encoder = functools.partial(_encoder, settings.state / "encoder")
    told = (net, encoder, cache, elsewhere if settings.data.name == "data" else None)
    threading.Thread(target=train, args=told, name="safety-net").start()
    return net


def next_safety(settings: Settings, before: Safety | None = None) -> Safety:
    """Make a safety net that is whole before it looks at a message. Raises SafetyError where it fails its own sentences."""
    from helpdesk.safety import SafetyNet

    known = before if isinstance(before, SafetyNet) else None
    cache, folder = settings.state / "safety", settings.data / "safety"
    try:
        encoder = _encoder(settings.state / "encoder")
    except Exception as error:
        log.warning("The sentence encoder cannot be loaded (%s); the patterns work alone.", type(error).__name__)
        return SafetyNet.load(folder, None, cache, known)
    return SafetyNet.load(folder, encoder, cache, known)


def prepare_beside(settings: Settings, content: Path) -> None:
    """Let a process of its own make the safety net, where no supervisor does: here it would hold up every message."""
    child, deadline = start_preparing(settings, ROOT, content), time.monotonic() + PREPARING_SECONDS
    while child.running and time.monotonic() < deadline and threading.main_thread().is_alive():
        time.sleep(0.2)
    child.stop()


def follower(
    settings: Settings,
    root: Path,
    *,
    store: Store,
    assistant: RasaAssistant,
    safety: SafetyInForce,
    words: Words,
    answers: Answers,
) -> Follower[tuple[Safety, Replies]] | WebReplica[tuple[Safety, Replies]]:
    """Return what follows the release that is live; `root` holds the content that was loaded at the start."""

    def prepare(root: Path) -> tuple[Safety, Replies]:
        data = root / "data"
        if settings.follows_register:
            prepare_beside(settings, root)
        return next_safety(replace(settings, data=data), safety.net), danger_with(data / "safety" / "replies.yml")

    def switch(live: Live, ready: tuple[Safety, Replies] | None) -> None:
        assistant.follow(live.rasa)
        answers.follow(live.root / "data")
        if ready:
            safety.net, replies = ready
            words.put_danger(replies)

    if settings.follows_register:
        back = functools.partial(publishing.put_back, settings=settings, revisions=store.revisions) if settings.studio else None
        tidy = functools.partial(publishing.prune, store, settings)
        return WebReplica(store, settings.state, root, prepare=prepare, switch=switch, put_back=back, tidy=tidy)
    reachable, answers_there = assistant.reaches, assistant.answers
    return Follower(settings.state, root, prepare=prepare, reachable=reachable, answers=answers_there, switch=switch)


@functools.lru_cache(maxsize=1)
def _encoder(cache: Path) -> Any:
    """Return the sentence encoder, loaded once for every safety net of this process."""
    from extensions.encoder import Encoder

    return Encoder.load(cache)
