"""A process that is kept up: started again when it dies or no longer answers."""

from __future__ import annotations

import time
from collections.abc import Callable

from helpdesk.processes import Child


class Kept:
    """A child that is started again when it dies or goes deaf, each time after a longer pause."""

    PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
    LONGEST_PAUSE = 2.0  # for a child that has answered: somebody may be waiting for it
    STEADY = 60.0  # a child that ran this long starts again with the shortest pause
    TRIES = 3  # how often a child that has never answered is tried

    def __init__(self, name: str, start: Callable[[], Child]) -> None:
        self.name = name
        self.child: Child | None = None
        self.ever_ready = False
        self.last_lines: list[str] = []
        self._start = start
        self._deaths = 0
        self._due = 0.0

    @property
    def ready(self) -> bool:
        return self.child is not None and self.child.ready

    @property
    def said_last(self) -> list[str]:
        return list(self.child.last_lines) if self.child is not None else self.last_lines

    @property
    def hopeless(self) -> bool:
        """Whether it never answered and has been tried often enough."""
        return not self.ever_ready and self._deaths >= self.TRIES

    def look(self) -> str | None:
        """Do what is due, and say what happened: started, ready, or died."""
        if self.child is None:
            return self._begin() if time.monotonic() >= self._due and not self.hopeless else None
        if self.child.deaf or not self.child.running:
            return self._bury(self.child)
        if self.child.was_ready and not self.ever_ready:
            self.ever_ready = True
            return "ready"
        return None

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()

    def _begin(self) -> str:
        self.child = self._start()
        return "started"

    def _bury(self, child: Child) -> str:
        if child.was_ready and child.age > self.STEADY:
            self._deaths = 0
        pause = self.PAUSES[min(self._deaths, len(self.PAUSES) - 1)]
        self._due = time.monotonic() + (min(pause, self.LONGEST_PAUSE) if child.was_ready else pause)
        self._deaths += 1
        child.stop(patience=0.0 if child.deaf else 1.0)
        self.last_lines = list(child.last_lines)  # whole only now: its last words may still have been in the pipe
        self.child = None
        return "died"
