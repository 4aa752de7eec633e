"""From a draft to a release that may be published: what the web process needs of it. The work is done by a child."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import threading
import time
from dataclasses import dataclass
from typing import TextIO

from helpdesk.errors import StoreError
from helpdesk.processes import Child
from helpdesk.settings import ROOT, Settings
from helpdesk.store import Store
from helpdesk.store.jobs import Job
from helpdesk.workshop_job import MAKING, carry_out, log, run, turn

__all__ = ["State", "Workshop", "carry_out", "run"]

DEAD_SECONDS = 15.0  # without a sign of life, where nobody holds the lock
STOP_SECONDS = 1.5


@dataclass(frozen=True)
class State:
    """The job that runs or ran last, and how many seconds are left where that can be told."""

    job: Job | None
    left: float | None = None

    @property
    def running(self) -> bool:
        return self.job is not None and self.job.is_open


class Workshop:
    """What the web process does with trainings: begin one in a child, stop it, and say how far it is. Blocking calls."""

    def __init__(self, settings: Settings, store: Store, *, argv: tuple[str, ...] = (sys.executable, "-m", "helpdesk")) -> None:
        self.settings, self.store, self.argv = settings, store, argv
        self._watcher: threading.Thread | None = None
        self._children: dict[str, Child] = {}  # the one that works, and for a moment the one before it

    def start(self, staff: str | None) -> str:
        """Begin a training and return the job's id. Refuses with `busy` where one is under way."""
        self._bury_dead()
        id = self.store.jobs.begin(staff, self.store.jobs.expected())
        # A child ends with the thread that began it (PR_SET_PDEATHSIG), so that it has one of its own.
        begun = threading.Event()
        self._watcher = threading.Thread(target=self._watch, args=(id, begun), name=f"job {id}", daemon=True)
        self._watcher.start()
        begun.wait()
        return id

    def cancel(self) -> bool:
        """Stop what is running, wherever it runs; within two seconds all of it is gone. Returns whether something was."""
        job = self.store.jobs.running()
        if job is None or not self.store.jobs.stop(job.id):
            return False
        child = self._children.get(job.id)
        if child is not None:
            child.ask_to_stop()
        return True

    def state(self) -> State:
        self._bury_dead()
        job = self.store.jobs.latest()
        if job is None or not job.is_open or not job.expected:
            return State(job)
        return State(job, max(0.0, job.expected * (1.0 - job.share)))

    async def attend(self) -> None:
        """Run beside the web process: see when a job's process has died, and stop the child at the end."""
        try:
            while True:
                await asyncio.sleep(DEAD_SECONDS / 2)
                with contextlib.suppress(StoreError):
                    await self.store.run(self._bury_dead)
        finally:
            self.close()

    def close(self) -> None:
        for child in list(self._children.values()):
            child.ask_to_stop()
        if self._watcher is not None:
            self._watcher.join(STOP_SECONDS * 2)

    def _bury_dead(self) -> None:
        """Close a job whose process died unseen: nobody holds the lock, and it gives no sign of life."""
        job = self.store.jobs.running()
        if job is None or self.store.clock() - job.beat_at < DEAD_SECONDS:
            return
        with turn(self.settings.state) as free:
            if free:
                self.store.jobs.close_dead(DEAD_SECONDS)

    def _watch(self, id: str, begun: threading.Event) -> None:
        """Start the child, wait until it has ended, and close its row where it could not do so itself."""
        said = ""
        try:
            path = log(self.settings)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with path.open("w", encoding="utf-8") as file:
                argv = [*self.argv, "job", id]
                child = Child(argv, env=self._environment(), cwd=str(ROOT), hear=lambda line, _: _put(file, line))
                self._children[id] = child
                begun.set()
                self._see_it_end(id, child)
                child.stop(STOP_SECONDS)
        except Exception as error:  # a thread's error would otherwise be lost
            said = f"It could not be begun ({type(error).__name__}: {error})."
        finally:
            begun.set()
            self._children.pop(id, None)
            self._close(id, said)

    def _see_it_end(self, id: str, child: Child) -> None:
        asked: float | None = None
        while child.running and (asked is None or time.monotonic() - asked < STOP_SECONDS):
            time.sleep(0.1)
            if asked is None and self._told_to_stop(id):
                child.ask_to_stop()
                asked = time.monotonic()

    def _told_to_stop(self, id: str) -> bool:
        try:
            job = self.store.jobs.find(id)
        except StoreError:
            return False
        return job is not None and job.state == "stopping"

    def _close(self, id: str, said: str) -> None:
        with contextlib.suppress(StoreError):
            job = self.store.jobs.find(id)
            if job is not None and job.is_open:
                state = "cancelled" if job.state == "stopping" else "failed" if said else "broken"
                self.store.jobs.end(id, state, said)
                shutil.rmtree(self.settings.state / "releases" / f"{MAKING}{id}", ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        """Return our own environment, with the settings that this process really has."""
        return {
            **os.environ,
            "HELPDESK_STATE": str(self.settings.state),
            "HELPDESK_DATA": str(self.settings.data),
            "HELPDESK_DATABASE_URL": self.settings.database_url,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        }


def _put(file: TextIO, line: str) -> None:
    file.write(line + "\n")
    file.flush()
