"""The swap: the next release is started beside the live one, and takes its place between two turns."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpdesk import live, publishing, snapshots
from helpdesk.assistant import LEAVE_SECONDS
from helpdesk.console import Console
from helpdesk.errors import CommandError, StoreUnavailable
from helpdesk.fitting import Fitting
from helpdesk.kept import Kept
from helpdesk.processes import Child, free_port
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.releases import Publication

LOOK_SECONDS = 0.5
AGAIN_SECONDS = 3.0  # after the ledger was away, or the draft could not be written
LOAD_SECONDS = 180.0  # for Rasa to answer with a model that is to take the place of another
FOLLOW_SECONDS = 300.0  # for the web process, which may have to train its safety net

GIVE_WAY = 10  # as `nice`: how much a Rasa that loads leaves to the others

Start = Callable[[Path, int], Child]


@dataclass
class Served:
    """One publication with its Rasa; `told`: when the web process was told of it."""

    publication: Publication
    port: int
    rasa: Kept
    began: float
    preparing: Child | None  # makes the safety net
    told: float | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.rasa.stop()
        if self.preparing:
            self.preparing.stop()


class Swapping:
    """At most one Rasa that is live, one that is to be, and some that end."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        console: Console,
        fitting: Fitting,
        start: Start,
        prepare: Callable[[Path], Child],
    ) -> None:
        self.settings = settings
        self.store = store
        self.console = console
        self.fitting = fitting
        self.start = start
        self.prepare = prepare
        self.first_port = free_port()
        self.current: Served | None = None
        self.next: Served | None = None
        self._leaving: list[tuple[Served, float]] = []
        self._due = 0.0
        self._busy = False
        self._said = ""

    @property
    def kept(self) -> list[Kept]:
        """Return what is to be kept up."""
        return [one.rasa for one in (self.current, self.next) if one]

    @property
    def url(self) -> str:
        """Return where a web process that starts now is to ask."""
        served = self.current or self.next
        return served.url if served else f"http://127.0.0.1:{self.first_port}"

    def begin_with(self, publication: Publication) -> None:
        """Begin the first one of this run; where that cannot be, what was live. Raises CommandError."""
        try:
            self.begin(publication)
        except CommandError as error:
            before = self.store.releases.live()
            if publication.state != "wanted" or before is None:
                raise
            self._fail(publication, str(error))
            self.begin(before)

    def begin(self, publication: Publication) -> None:
        """Start the release's Rasa. Raises CommandError where there is no model of it that fits this program."""
        self.fitting.fit(publication)
        archive = snapshots.archive(self.settings.state, publication.release)
        port = free_port() if self.current or self._leaving else self.first_port
        rasa = Kept("rasa", lambda: self._started(archive, port))
        # The net of what was live is there, and that of the first one the web process makes itself.
        new = publication.state == "wanted" and publication.kind != "first"
        preparing = self.prepare(snapshots.content(self.settings.state, publication.release)) if new else None
        self.next = Served(publication, port, rasa, time.monotonic(), preparing)

    def _started(self, archive: Path, port: int) -> Child:
        """Start one; while another answers, it is not to be felt."""
        child = self.start(archive, port)
        if self.current and self.current.port != port:
            child.give_way(GIVE_WAY)
        return child

    def step(self) -> None:
        """Do what is due. Raises CommandError where nothing can be served."""
        now = time.monotonic()
        for served, end in self._leaving:
            if now >= end:  # beside us: it may take its time
                threading.Thread(target=served.stop, name="leaving").start()
        self._leaving = [one for one in self._leaving if now < one[1]]
        if self._busy or now < self._due:
            return
        self._busy = True
        try:
            if self.next:
                self._see_to(self.next)
            else:
                self._due = now + LOOK_SECONDS
                self._look_for_wanted()
            self._said = ""
        except (StoreUnavailable, OSError) as error:
            if str(error) != self._said:
                self.console.line("publish", f"waits: {error}")
            self._said, self._due = str(error), time.monotonic() + AGAIN_SECONDS
        finally:
            self._busy = False

    @property
    def started(self) -> list[Kept | Child]:
        """Return everything that is to be stopped at the end."""
        served = [one for one in (self.current, self.next, *(one for one, _ in self._leaving)) if one]
        return [*(one.rasa for one in served), *(one.preparing for one in served if one.preparing)]

    def _look_for_wanted(self) -> None:
        wanted = self.store.releases.wanted()
        if wanted is None or self._leaving:  # at most two at a time
            return
        self.console.begin("publish", f"loading version {wanted.release}")
        if not snapshots.is_whole(self.settings.state, wanted.release):
            self._fail(wanted, "Its files are not there.")
            return
        try:
            self.begin(wanted)
        except CommandError as error:
            self._fail(wanted, str(error))

    def _see_to(self, served: Served) -> None:
        why = self._why_not(served)
        if why:
            self._give_up(served, why)
        elif served.told is None and served.rasa.ready and not self._is_preparing(served):
            if served.rasa.child:
                served.rasa.child.give_way(0)
            self._tell(served)
            served.told = time.monotonic()
        elif served.told is not None:
            ack = live.answered(self.settings.state, served.publication.id)
            if ack and not (ack.refused and served.publication.state == "wanted"):
                self._take_over(served)

    def _is_preparing(self, served: Served) -> bool:
        """Say whether its safety net is being made; after so long the web process makes it itself."""
        made = served.preparing
        return made is not None and made.running and time.monotonic() - served.began < FOLLOW_SECONDS

    def _why_not(self, served: Served) -> str | None:
        """Say why the release cannot be served, where that is plain by now."""
        now = time.monotonic()
        if served.rasa.hopeless:
            return "rasa does not start with it. Its last words:\n" + "\n".join(served.rasa.last_lines)
        if served.publication.state != "wanted":
            return None  # it is the one to fall back to
        ack = live.answered(self.settings.state, served.publication.id)
        if served.told is None:
            slow = not served.rasa.ready and now - served.began > LOAD_SECONDS
            late = slow and self._fallback(served) is not None
            return f"rasa did not answer with it in {LOAD_SECONDS:.0f} s." if late else None
        if ack and ack.refused:
            return ack.refused
        late = ack is None and now - served.told > FOLLOW_SECONDS and self.current is not None
        return f"The web process did not follow in {FOLLOW_SECONDS:.0f} s." if late else None

    def _take_over(self, served: Served) -> None:
        """The web process asks the new one. What is left: the draft, where this is a way back; the register; the old one."""
        wanted = served.publication
        if wanted.state == "wanted":
            if wanted.is_way_back:
                publishing.put_back(wanted, self.settings, self.store.revisions)
            if not self.store.releases.went_live(wanted.id):
                self._give_up(served, "It was no longer wanted.")
                return
            self.console.end("publish", f"version {wanted.release} is live")
        if self.current:
            self._leave(self.current)
        self.current, self.next = served, None
        publishing.prune(self.store, self.settings)

    def _give_up(self, served: Served, why: str) -> None:
        """Let what was live stay so, or come back."""
        if served.publication.state == "wanted":
            self._fail(served.publication, why)
        before = self._fallback(served)
        if before is None:
            raise CommandError(why)
        self.next = None
        self._leave(served)
        if self.current:
            self._tell(self.current)
        else:
            self.begin(before)

    def _fallback(self, served: Served) -> Publication | None:
        if self.current:
            return self.current.publication
        before = self.store.releases.live()
        return before if before and before.id != served.publication.id else None

    def _fail(self, wanted: Publication, why: str) -> None:
        self.store.releases.failed(wanted.id, why)
        self.console.end("publish", f"version {wanted.release} cannot go live; what was live stays so. {why}")

    def _tell(self, served: Served) -> None:
        content = str(snapshots.content(self.settings.state, served.publication.release))
        live.tell(self.settings.state, live.Live(served.publication.id, served.publication.release, served.url, content))

    def _leave(self, served: Served) -> None:
        self._leaving.append((served, time.monotonic() + LEAVE_SECONDS))
