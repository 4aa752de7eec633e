"""Wake the readers of a conversation when something new is in the ledger."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import anyio

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
    """All readers of this process, by conversation."""

    def __init__(self) -> None:
        self.listeners: dict[str, set[Listener]] = {}
        self.closing = False

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
        for name in (conversation, DESK):
            for listener in self.listeners.get(name, ()):
                listener.bell.set()

    def passing(self, conversation: str, event: str) -> None:
        """Send what is not stored, such as "typing", to whoever reads now."""
        for listener in self.listeners.get(conversation, ()):
            listener.passing.append(event)
            listener.bell.set()

    def end(self, conversation: str) -> None:
        """End the readers of a conversation that is erased."""
        for listener in self.listeners.get(conversation, ()):
            listener.ended = True
            listener.bell.set()

    def close(self) -> None:
        """End every reader: the process stops, and they come back to the next one."""
        self.closing = True
        for conversation in list(self.listeners):
            self.end(conversation)
