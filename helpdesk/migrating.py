"""`helpdesk migrate`: what `helpdesk up` does before it serves, for several machines, once and before the others start."""

from __future__ import annotations

import time
from collections.abc import Callable

from helpdesk.console import Console
from helpdesk.fitting import Fitting
from helpdesk.settings import ROOT, Settings
from helpdesk.store import Store
from helpdesk.store.schema import SCHEMA_VERSION


def migrate(settings: Settings, console: Console, *, only_ledger: bool) -> None:
    """Bring the ledger up; then see that there is a publication, and that its model fits this program."""
    with Store.opened(settings) as store:
        console.line("ledger", f"version {SCHEMA_VERSION}")
        if only_ledger:
            return
        fitting = Fitting(settings, store, console, ROOT, _waiting(console))
        publication = fitting.begin_with()
        fitting.fit(publication)
        console.line("model", f"version {publication.release} fits this program")


def _waiting(console: Console) -> Callable[[Callable[[], bool]], None]:
    def until(done: Callable[[], bool]) -> None:
        while not done():
            time.sleep(0.2)
            console.tick()

    return until
