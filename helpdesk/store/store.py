"""The store as the rest of the program uses it: blocking calls, and `run` to make them from the event loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from helpdesk.settings import Settings
from helpdesk.store.audit import Audit
from helpdesk.store.callbacks import Callbacks
from helpdesk.store.database import Database
from helpdesk.store.decisions import Decisions
from helpdesk.store.desk_view import DeskView
from helpdesk.store.devices import Devices
from helpdesk.store.extras import Extras
from helpdesk.store.handoffs import Handoffs
from helpdesk.store.inbox import Inbox
from helpdesk.store.insights import Insights
from helpdesk.store.jobs import Jobs
from helpdesk.store.kept_pairs import KeptPairs
from helpdesk.store.ledger import Ledger
from helpdesk.store.outbox import Outbox
from helpdesk.store.releases import Releases
from helpdesk.store.reminders import Reminders
from helpdesk.store.replays import Replays
from helpdesk.store.replicas import Replicas
from helpdesk.store.revisions import Revisions
from helpdesk.store.sources import Sources
from helpdesk.store.staff import StaffStore
from helpdesk.store.turns import Turns
from helpdesk.store.wakes import Wakes


class Store:
    """Its parts on one database. `await store.run(store.ledger.accept, …)` keeps the event loop free."""

    def __init__(
        self,
        url: str,
        callback_keys: Sequence[str],
        *,
        clock: Callable[[], float] = time.time,
        targets: Sequence[str] = (),
        audit_keys: Sequence[str] = ("",),
        keep_seconds: float = math.inf,
    ) -> None:
        self.clock = clock
        self.database = Database(url)
        self.database.audit_keys = audit_keys
        self.database.kept_since = lambda: max(0.0, clock() - keep_seconds)
        self.ledger = Ledger(self.database, clock)
        self.outbox = Outbox(self.database, clock, targets)
        self.turns = Turns(self.database, clock, self.outbox.tell)
        self.extras = Extras(self.database, clock)
        self.callbacks = Callbacks(self.database, callback_keys, clock)
        self.insights = Insights(self.database)
        self.devices = Devices(self.database, callback_keys, clock)
        self.handoffs = Handoffs(self.database, clock, self.outbox.tell)
        self.desk_view = DeskView(self.database, clock)
        self.staff = StaffStore(self.database, clock)
        self.audit = Audit(self.database, clock)
        self.jobs = Jobs(self.database, clock)
        self.replays = Replays(self.database)
        self.releases = Releases(self.database, clock, self.outbox.tell_of_release)
        self.revisions = Revisions(self.database, clock)
        self.sources = Sources(self.database, clock)
        self.inbox = Inbox(self.database, clock)
        self.decisions = Decisions(self.database, clock)
        self.kept_pairs = KeptPairs(self.database, clock)
        self.reminders = Reminders(self.database, clock, targets)
        self.replicas = Replicas(self.database, clock)
        self.wakes = Wakes(self.database)
        self.run = self.database.run

    @classmethod
    def open(cls, settings: Settings) -> Store:
        """Open the ledger that the settings name; made at the first start."""
        settings.prepare()
        keys = settings.secrets()
        keep = 86_400.0 * settings.keep_days
        return cls(settings.database_url, keys.callbacks, targets=settings.targets, audit_keys=keys.signing, keep_seconds=keep)

    @classmethod
    @contextmanager
    def opened(cls, settings: Settings) -> Iterator[Store]:
        """Open the ledger for a command, beside a help desk that may be running."""
        store = cls.open(settings)
        try:
            yield store
        finally:
            store.close()

    def set_switch(self, name: str, on: bool) -> None:
        self.extras.set_switch(name, on)

    def switches(self) -> dict[str, bool]:
        return self.extras.switches()

    def ping(self) -> None:
        """Raise StoreUnavailable where the database does not answer."""
        with self.database.read() as db:
            db.one("SELECT 1 AS one")

    def close(self) -> None:
        self.database.close()
