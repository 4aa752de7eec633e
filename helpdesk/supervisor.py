"""`helpdesk up`: start the web process and what was published last, keep both up, swap when told, stop all of it together."""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from helpdesk import live, snapshots
from helpdesk.console import Console
from helpdesk.errors import CommandError, StoreError
from helpdesk.fitting import Fitting
from helpdesk.kept import Kept
from helpdesk.processes import LEFT, Child, claimed, on_stop, port_is_free
from helpdesk.programs import address, answers, start_preparing, start_rasa, start_web, write_rasa_files, write_secret
from helpdesk.settings import ROOT, Settings
from helpdesk.staff_cli import first_link
from helpdesk.store import Store
from helpdesk.store.releases import Publication
from helpdesk.swapping import Swapping

TICK = 0.2
PATIENCE = 120.0  # seconds of loading after which it is said what is not ready


class Stopped(Exception):
    """Ctrl-C or SIGTERM came."""


class Supervisor:
    """One running help desk in one state folder."""

    def __init__(self, settings: Settings, console: Console, *, root: Path = ROOT) -> None:
        self.settings = settings
        self.console = console
        self.root = root
        self.state = settings.state
        self.kept: list[Kept] = []
        self.swapping: Swapping | None = None
        self._stop = threading.Event()
        self._timings = Timings(self.state / "timings.json")
        self._began = time.monotonic()
        self._patience = PATIENCE

    def run(self) -> int:
        """Run until asked to stop. Raises CommandError where the start is impossible."""
        with ExitStack() as stack:
            stack.enter_context(claimed(self.state))
            stack.enter_context(on_stop(self._stop.set, LEFT))
            self._check_port()
            stack.callback(self._stop_all)
            with suppress(Stopped):
                self._serve()
        return 0

    def _serve(self) -> None:
        secret = write_secret(self.state / "secrets" / "channel")
        write_rasa_files(self.root, self.state, secret)
        live.forget(self.state)
        with Store.opened(self.settings) as store:
            fitting = Fitting(self.settings, store, self.console, self.root, self._until)
            rasa = functools.partial(start_rasa, self.root, self.state)
            prepare = functools.partial(start_preparing, self.settings, self.root)
            swapping = Swapping(self.settings, store, self.console, fitting, rasa, prepare)
            # The page comes first: while the rest starts it says so and gives the line.
            self._keep("web", lambda: start_web(self.settings, self.root, swapping.url, secret))
            publication = fitting.begin_with()
            swapping.begin_with(publication)
            self.swapping = swapping
            self._wait_until_ready(publication)
            self._compare_draft(store)
            self._invite()
            self._until(lambda: False)

    def _wait_until_ready(self, publication: Publication) -> None:
        self.console.begin("start", f"loading version {publication.release}", self._timings.last("start"))
        loading = time.monotonic()
        self._until(lambda: all(kept.ready for kept in self._all_kept) or self._told_of_delay(loading))
        self._until(lambda: answers(f"{address(self.settings)}/readyz"))
        self._timings.note("start", time.monotonic() - loading)
        self.console.end("ready", f"{address(self.settings)}   after {time.monotonic() - self._began:.0f} s. Ctrl-C stops it.")

    def _compare_draft(self, store: Store) -> None:
        """Say where the draft is not what is live: nothing of it goes live by itself."""
        publication = store.releases.wanted() or store.releases.live()
        release = store.releases.find(publication.release) if publication else None
        if release and release.snapshot != snapshots.snapshot_hash(self.settings.root):
            told = f"{self.settings.data} differs from what is live. To bring it live: helpdesk compare, then helpdesk publish"
            self.console.line("draft", told)

    def _invite(self) -> None:
        """Where nobody can sign in yet, give the person at the terminal the link for the first admin."""
        try:
            link = first_link(self.settings)
        except StoreError as error:
            self.console.line("sign in", f"no link could be made: {error} Later: helpdesk staff link admin")
            return
        if link:
            self.console.line("sign in", f"{link}   once, within 24 hours: makes the first account of the desk")

    def _told_of_delay(self, since: float) -> bool:
        """Say, once every PATIENCE seconds, which program is not ready and what it said last. Returns False: wait on."""
        if time.monotonic() - since > self._patience:
            self._patience += PATIENCE
            for kept in self._all_kept:
                if not kept.ready:
                    words = "\n".join(kept.said_last) or "nothing"
                    waited = f"not ready after {time.monotonic() - since:.0f} s. Logs: {self.state / 'logs'}."
                    self.console.line(kept.name, f"{waited} It said last:\n{words}")
        return False

    @property
    def _all_kept(self) -> list[Kept]:
        return self.kept + (self.swapping.kept if self.swapping else [])

    def _keep(self, name: str, start: Callable[[], Child]) -> None:
        self.kept.append(Kept(name, start))
        self._tick(0)

    def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            self._tick(TICK)

    def _tick(self, seconds: float) -> None:
        """Wait a moment, then see to the children. Raises Stopped."""
        if self._stop.wait(seconds):
            raise Stopped
        for kept in self._all_kept:
            was_up = kept.ever_ready
            if kept.look() == "died" and was_up:
                self.console.line(kept.name, "died; it is started again")
        for kept in self.kept:
            if kept.hopeless:
                raise CommandError(f"{kept.name} does not start. Its last words:\n" + "\n".join(kept.last_lines))
        if self.swapping:
            self.swapping.step()
        self.console.tick()

    def _check_port(self) -> None:
        host, port = self.settings.host, self.settings.port
        if not port_is_free(host, port):
            raise CommandError(
                f"Port {port} on {host} is taken. Stop what listens there, or choose another: HELPDESK_PORT={port + 1} make run"
            )

    def _stop_all(self) -> None:
        """Stop everything, all at the same time, so that it takes as long as the slowest."""
        self.console.end("stop", "stopping every process …")
        started = [*self.kept, *(self.swapping.started if self.swapping else [])]
        threads = [threading.Thread(target=one.stop) for one in started]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.console.line("stop", "stopped")


class Timings:
    """How long things took last time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self, name: str) -> float | None:
        found = self._read().get(name)
        return float(found) if isinstance(found, (int, float)) else None

    def note(self, name: str, seconds: float) -> None:
        self._path.write_text(json.dumps({**self._read(), name: round(seconds, 1)}) + "\n", encoding="utf-8")

    def _read(self) -> dict[str, object]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
