"""Wake the readers of a conversation when something new is in the ledger."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import anyio

Word = tuple[str, str, str]  # what happened (ring, passing, end), to which name, and what passes
PASSING = 50  # what is kept of what passes for a reader who does not read
DESK = "desk"  # what every desk listens to; no conversation has such an id


def at_desk(conversation: str) -> str:
    """Return the name under which the desk alone hears of a conversation what is never stored."""
    return f"{DESK} {conversation}"


class Listener:
    """One reader: it is woken, looks into the ledger, and finds here what is never stored."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self.passing: list[str] = []
        self.ended = False

    async def wait(self, seconds: float) -> bool:
        """Return True when woken, False when the time is up."""
        with anyio.move_on_after(max(0.0, seconds)):
            await self.bell.wait()
        woken = self.bell.is_set()
        self.bell.clear()
        return woken

    def take_passing(self) -> list[str]:
        taken, self.passing = self.passing, []
        return taken


class Hub:
    """All readers of this process, by conversation. `tell` lets other processes on the same ledger wake theirs."""

    def __init__(self) -> None:
        self.listeners: dict[str, set[Listener]] = {}
        self.closing = False
        self.tell: Callable[[Word], None] | None = None

    @contextlib.contextmanager
    def listen(self, *names: str) -> Iterator[Listener]:
        """Be woken when one of these is rung: conversations, the desk, or a conversation at the desk."""
        listener = Listener()
        listener.ended = self.closing
        for name in names:
            self.listeners.setdefault(name, set()).add(listener)
        try:
            yield listener
        finally:
            for name in names:
                rest = self.listeners[name]
                rest.discard(listener)
                if not rest:
                    del self.listeners[name]

    def ring(self, conversation: str) -> None:
        """Wake who reads the conversation, and every desk: its lists show all of them."""
        self._say(("ring", conversation, ""))

    def passing(self, conversation: str, event: str) -> None:
        """Send what is not stored, such as "typing", to whoever reads now."""
        self._say(("passing", conversation, event))

    def end(self, conversation: str) -> None:
        """End the readers of a conversation that is erased."""
        self._say(("end", conversation, ""))

    def hear(self, word: Word) -> None:
        """Do here what happened, here or elsewhere."""
        kind, name, event = word
        for listener in self._listening(name, DESK) if kind == "ring" else self._listening(name):
            if kind == "passing" and len(listener.passing) < PASSING:
                listener.passing.append(event)
            listener.ended = listener.ended or kind == "end"
            listener.bell.set()

    def wake_all(self) -> None:
        """Let every reader look into the ledger."""
        for listener in self._listening(*self.listeners):
            listener.bell.set()

    def close(self) -> None:
        """End every reader: the process stops, and they come back to the next one."""
        self.closing = True
        for name in list(self.listeners):
            self.hear(("end", name, ""))

    def _listening(self, *names: str) -> list[Listener]:
        return [listener for name in names for listener in self.listeners.get(name, ())]

    def _say(self, word: Word) -> None:
        self.hear(word)
        if self.tell:
            self.tell(word)
