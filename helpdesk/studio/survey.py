"""What is wrong with the draft, found in threads of its own while authors work and visitors are answered."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from helpdesk.content import Content, Problem
from helpdesk.likeness import Pair, Rest
from helpdesk.studio.checkup import Checkup

log = logging.getLogger(__name__)
LATER = 30.0  # seconds
T = TypeVar("T")


class Drafts(Protocol):
    def content(self) -> Content: ...


class Compares(Protocol):
    def pairs(self, rest: Rest) -> list[Pair]: ...


class Ending(Exception):
    """The program ends."""


class Behind(Generic[T]):
    """Does what takes long, once for each state of the draft; who asks is given the last result meanwhile."""

    def __init__(self, name: str, content: Callable[[], Content], work: Callable[[Content], T]) -> None:
        self._name = name
        self._content = content
        self._work = work
        self._done = threading.Condition()
        self._of: Content | None = None
        self._failed: Content | None = None  # not tried again before the draft changes
        self._result: T | None = None
        self._thread: threading.Thread | None = None

    def look(self, content: Content, wait: float) -> tuple[T | None, bool]:
        """Return the last result, and whether it is of this content; wait for it so many seconds."""
        with self._done:
            if self._of is not content and self._failed is not content and self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._done.wait_for(lambda: self._of is content or self._thread is None, wait)
            return self._result, self._of is content

    def join(self) -> None:
        if thread := self._thread:
            thread.join()

    def _run(self) -> None:
        try:
            while True:
                content = self._failed = self._content()
                result = self._work(content)
                with self._done:
                    self._of, self._result, self._failed = content, result, None
                    self._done.notify_all()
                    if content is self._content():
                        return
        except Ending:
            pass
        except Exception as error:
            log.warning("The %s could not be looked over: %s", self._name, type(error).__name__)
        finally:
            with self._done:
                self._thread = None
                self._done.notify_all()


@dataclass(frozen=True)
class Found:
    """What was found last; `is_fresh`: in the draft as it is now. None: it was not looked at yet."""

    pairs: list[Pair] | None
    problems: list[Problem] | None
    is_fresh: bool


class Survey:
    """Looks for near-duplicates, and for what the checker says. Begins when somebody asks, or a while after they came."""

    def __init__(self, library: Drafts, likeness: Compares) -> None:
        self._library = library
        self._ends = threading.Event()
        self._wanted = False  # somebody is in the studio
        self._begun = False
        self._turn = threading.Lock()  # one after the other: two at once would slow visitors down
        checkup = Checkup()
        self._pairs = Behind("examples", library.content, self._in_turn(lambda content: likeness.pairs(self._rest)))
        self._problems = Behind("files", library.content, self._in_turn(lambda content: checkup.of(content, self._rest)))

    def look(self, content: Content, wait: float = 0.0) -> Found:
        """Return what is known; wait so many seconds for what is found in this very content."""
        self._begun = True
        until = time.monotonic() + wait
        pairs, first = self._pairs.look(content, wait)
        problems, second = self._problems.look(content, max(0.0, until - time.monotonic()))
        return Found(pairs, problems, first and second)

    def glance(self, content: Content) -> Found:
        """Return what is known, as `look` does; but nobody who only passes by has to wait for the first look."""
        self._wanted = True
        return self.look(content) if self._begun else Found(None, None, is_fresh=False)

    async def run(self) -> None:
        """Begin where somebody came to the studio; when the program ends, end what is under way."""
        try:
            while True:
                await asyncio.sleep(LATER)
                if self._wanted and not self._begun:
                    await asyncio.to_thread(lambda: self.look(self._library.content()))
        finally:
            self._ends.set()
            await asyncio.to_thread(self._join)

    def _join(self) -> None:
        self._pairs.join()
        self._problems.join()

    def _in_turn(self, work: Callable[[Content], T]) -> Callable[[Content], T]:
        def done(content: Content) -> T:
            with self._turn:
                self._rest(0.0)
                return work(content)

        return done

    def _rest(self, seconds: float) -> None:
        if self._ends.is_set():
            raise Ending
        time.sleep(seconds)
