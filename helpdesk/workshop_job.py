"""One training from its beginning to its end, in this process: `helpdesk compare`, and the studio's child.

One at a time in each state folder. The numerical libraries are loaded only where the work is done.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from helpdesk.console import Console
from helpdesk.errors import CommandError, HelpdeskError, Refusal, StoreError
from helpdesk.processes import give_way, on_stop
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.releases import Release
from helpdesk.workshop_meter import Cancelled, Meter, Timings

LOCK, TIMINGS, LOG = "workshop.lock", "workshop.json", "train.job.log"
MAKING = ".making-"
NICE = 10
TOLD = {
    "check": "copying and checking the draft",
    "train": "training the model",
    "safety": "making the second safety net",
    "load": "loading the model",
    "measure": "asking every question",
    "compare": "comparing with what is live",
}

Report = Callable[[str, float], bool]


def run(
    settings: Settings,
    store: Store,
    *,
    staff: str | None,
    report: Report,
    cancelled: Callable[[], bool] = lambda: False,
    id: str | None = None,
) -> Release:
    """Make a release of the draft as it stands now. Raises CommandError with the reason, or Cancelled; then nothing is left.

    `report(step, share)` is called twice a second and returns whether to go on.
    """
    from helpdesk.store.releases import new_id
    from helpdesk.workshop_run import Making

    with turn(settings.state) as mine:
        if not mine:
            raise CommandError("Another training is running here. Wait for it, or stop it, then try again.")
        tidy(settings, store)
        kept = settings.state / TIMINGS
        last = Timings.read(kept)
        meter = Meter(report, last, cancelled=cancelled)
        release = Making(settings, store, id or new_id(store.clock()), meter).release(staff)
        meter.now.and_before(last).write(kept)
        return release


@contextlib.contextmanager
def turn(state: Path) -> Iterator[bool]:
    """Let one process work at a time. Yields whether it is this one's turn."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def tidy(settings: Settings, store: Store) -> None:
    """Take away what processes that died have left: folders of no release. The caller's is the turn."""
    folder = settings.state / "releases"
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith((MAKING, ".taking-")) or _came_to_nothing(store, path.name):
            shutil.rmtree(path, ignore_errors=True)


def _came_to_nothing(store: Store, name: str) -> bool:
    """Say whether a folder is that of a job which died between naming its folder and noting its release."""
    job = store.jobs.find(name)
    return job is not None and not job.is_open and store.releases.find(name) is None


def carry_out(settings: Settings, store: Store, id: str, *, tell: Callable[[str, float], None] | None = None) -> Release:
    """Do a job that was begun, in this process, and say in its row what came of it. SIGTERM and Ctrl-C stop it."""
    asked = threading.Event()
    os.nice(max(0, NICE - os.nice(0)))
    give_way(os.getpid(), NICE)
    job = store.jobs.find(id)

    def report(step: str, share: float) -> bool:
        if tell:
            tell(step, share)
        try:
            return store.jobs.step(id, step, share)
        except StoreError:  # it is busy for a moment
            return True

    with on_stop(asked.set):
        try:
            release = run(settings, store, staff=job.staff if job else None, report=report, cancelled=asked.is_set, id=id)
            store.jobs.end(id, "done", release=release.id)
            return release
        except Cancelled:
            store.jobs.end(id, "cancelled")
            raise CommandError("It was stopped. Nothing has changed.") from None
        except HelpdeskError as error:
            store.jobs.end(id, "failed", str(error))
            raise
        except BaseException as error:
            store.jobs.end(id, "failed", f"Something went wrong that should not ({type(error).__name__}). See {log(settings)}.")
            raise


def by_hand(settings: Settings, store: Store, console: Console) -> Release:
    """Make a release for somebody at the terminal, who sees each step. The studio shows it too."""
    try:
        id = store.jobs.begin(None, store.jobs.expected())
    except Refusal:
        raise CommandError("Another training is under way. Wait for it, or stop it in the studio, then try again.") from None
    last = Timings.read(settings.state / TIMINGS).seconds
    now, began = "", time.monotonic()

    def tell(step: str, share: float) -> None:
        nonlocal now, began
        if step != now:
            if now:
                console.end(now, f"{TOLD[now]}: {time.monotonic() - began:.0f} s")
            console.begin(step, TOLD[step], last.get(step))
            now, began = step, time.monotonic()
        console.tick()

    try:
        return carry_out(settings, store, id, tell=tell)
    finally:
        console.end(now, f"{TOLD[now]}: {time.monotonic() - began:.0f} s" if now else "nothing was done")


def log(settings: Settings) -> Path:
    return settings.state / "logs" / LOG
