"""`helpdesk rasa`: a Rasa among several, which follows the register: the next release is loaded beside the live one."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from helpdesk import snapshots
from helpdesk.assistant import LEAVE_SECONDS, RasaAssistant
from helpdesk.console import Console
from helpdesk.errors import CommandError, StoreUnavailable
from helpdesk.kept import Kept
from helpdesk.processes import LEFT, Child, claimed, free_port, on_stop
from helpdesk.programs import start_rasa, write_rasa_files
from helpdesk.settings import ROOT, Settings
from helpdesk.store import Store
from helpdesk.store.release_rows import Publication
from helpdesk.store.replicas import RASA, Ready, Seen

TICK = 0.3
BEAT_SECONDS = 2.0
EVERYWHERE = ("0.0.0.0", "::")


@dataclass
class Served:
    """One publication with its Rasa. `answered`: it has answered our first question; `leaves`: when it ends."""

    publication: Publication
    address: str
    rasa: Kept | None
    refused: str | None = None
    answered: bool = False
    leaves: float | None = None

    def look(self, secret: str) -> None:
        if self.rasa is None:
            return
        self.rasa.look()
        if self.rasa.hopeless:
            self.refused = "Rasa does not start with it. Its last words:\n" + "\n".join(self.rasa.last_lines)
        elif self.rasa.ready and not self.answered:
            self.answered = asyncio.run(_answers(self.address, secret))

    @property
    def ready(self) -> Ready | None:
        """Return what to say of it: nothing while it loads."""
        if self.refused is not None:
            return Ready(refused=self.refused)
        return Ready(self.address) if self.answered and self.rasa and self.rasa.ready else None

    def stop(self) -> None:
        if self.rasa:
            self.rasa.stop()


class RasaReplica:
    """At most two Rasas at a time: the live one's and the one that is wanted, or the one that ends."""

    def __init__(self, settings: Settings, store: Store, console: Console, start: Callable[[Path, int], Child]) -> None:
        self.settings = settings
        self.store = store
        self.console = console
        self.start = start
        self.host = own_address(settings.rasa_host)
        self.id = f"rasa-{uuid.uuid4().hex}"
        self.served: dict[str, Served] = {}
        self.said: dict[str, Ready] | None = None
        self.beat_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Serve until told to stop."""
        try:
            while not stop.wait(TICK):
                with suppress(StoreUnavailable):  # what is served goes on being served
                    self.tick()
        finally:
            with suppress(StoreUnavailable):
                self.store.replicas.leave(self.id)
            for served in self.served.values():
                served.stop()

    def tick(self) -> None:
        """Do what is due. Raises CommandError where what is live cannot be served: whoever keeps us up tries again."""
        seen, now = self.store.replicas.seen(), time.monotonic()
        due = [one for one in (seen.live, seen.wanted) if one]
        for publication in due:
            if publication.id not in self.served and sum(one.rasa is not None for one in self.served.values()) < 2:
                self.served[publication.id] = self._begin(publication)
        for id, served in list(self.served.items()):
            served.look(self.settings.rasa_secret)
            self._may_leave(id, served, is_due=id in {one.id for one in due}, now=now)
        self._say(seen, now)
        live = self.served.get(seen.live.id) if seen.live else None
        if live and live.refused is not None:
            raise CommandError(f"Version {live.publication.release}, which is live, cannot be served. {live.refused}")

    def _begin(self, publication: Publication) -> Served:
        release, state = publication.release, self.settings.state
        self.console.line("rasa", f"loading version {release}")
        port = free_port()
        address = f"http://{self.host}:{port}"
        why = self._why_not(publication)
        if why:
            self.console.line("rasa", f"version {release}: {why}")
            return Served(publication, address, None, why)
        return Served(publication, address, Kept("rasa", lambda: self.start(snapshots.archive(state, release), port)))

    def _why_not(self, publication: Publication) -> str | None:
        state = self.settings.state
        if not snapshots.is_whole(state, publication.release):
            return "Its files are not there: is the folder releases/ shared?"
        if not snapshots.is_ours(state, publication.release, self.settings.secrets().signing):
            return "Its model is not the one that was made: have all machines the same HELPDESK_SECRET_KEY?"
        code = snapshots.code_hash(self.settings.root / "config.yml", ROOT)
        if snapshots.noted_code(state, publication.release) not in (None, code):
            return "It was trained by another version of the program. Run helpdesk migrate."
        return None

    def _may_leave(self, id: str, served: Served, *, is_due: bool, now: float) -> None:
        if is_due:
            served.leaves = None
        elif served.leaves is None:
            served.leaves = now + LEAVE_SECONDS
        elif now >= served.leaves:
            del self.served[id]
            threading.Thread(target=served.stop, name="leaving").start()

    def _say(self, seen: Seen, now: float) -> None:
        ready = {id: one.ready for id, one in self.served.items() if one.ready and one.leaves is None}
        told = {id: one for id, one in ready.items() if one}
        if told != self.said or now >= self.beat_at:
            self.store.replicas.beat(self.id, RASA, told)
            for id in told.keys() - (self.said or {}).keys():
                self.console.line("rasa", f"ready: version {self.served[id].publication.release}")
            self.said, self.beat_at = told, now + BEAT_SECONDS


def serve(settings: Settings, root: Path = ROOT) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises CommandError or SettingsError where the settings are for one machine."""
    if settings.database_url.startswith("sqlite"):
        raise CommandError("helpdesk rasa is for several machines: set HELPDESK_DATABASE_URL to PostgreSQL, or run helpdesk up.")
    settings.check_shared()
    stop = threading.Event()
    with claimed(settings.state), on_stop(stop.set, LEFT), Store.opened(settings) as store:
        secret = settings.state / "secrets" / "channel"
        secret.parent.mkdir(exist_ok=True, mode=0o700)
        snapshots.write_whole(secret, f"{settings.rasa_secret}\n".encode())
        secret.chmod(0o600)
        write_rasa_files(root, settings.state, secret)

        def start(model: Path, port: int) -> Child:
            return start_rasa(root, settings.state, model, port, settings.rasa_host)

        RasaReplica(settings, store, Console(), start).run(stop)


def own_address(host: str) -> str:
    """Return the address under which others reach what listens on `host`."""
    found = socket.gethostbyname(socket.gethostname()) if host in EVERYWHERE else host
    return f"[{found}]" if ":" in found else found


async def _answers(address: str, secret: str) -> bool:
    assistant = RasaAssistant(address, secret)
    try:
        return await assistant.answers(address)
    finally:
        await assistant.close()
