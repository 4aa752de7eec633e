"""Publish, go back and train while the supervisor, the web process, a Rasa or the trainer is killed with SIGKILL at random.

The real processes, started by `helpdesk up`. After each kill the publication must come to its end: one release live, nothing on
its way, its files whole, its model answering, the draft put back where it was a way back. After each kill of a training nothing
of it may be left, and at the end one must come to its end. Visitors ask all the time; a message that is answered "we are down" is
counted and allowed, one without a reply is not. `make soak` runs it with 50 kills, and 10 of a training.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from benchmarks.machine import MARKS, add_state, children, marked, state_folder  # noqa: E402
from benchmarks.publish import QUESTIONS, begin, one_message, second_release  # noqa: E402
from helpdesk import publishing, snapshots  # noqa: E402
from helpdesk.instance import Instance, instance  # noqa: E402
from helpdesk.settings import Settings, read_settings  # noqa: E402
from helpdesk.store import Store  # noqa: E402
from tests.alive import lives  # noqa: E402

PATIENCE = 600.0
TARGETS = ("supervisor", "web", "live rasa", "next rasa")
LONGEST_TRAINING = 60.0  # seconds from the wish to the kill
GONE = 40.0  # seconds until all of a killed training is gone: the web process looks for its sign of life
TRAINERS = {"job": b"helpdesk\0compare", "trainer": b"\0rasa\0train\0", "trial rasa": b"extensions.forks"}
LONGEST = 20.0  # seconds from the wish to the kill: a swap takes less where nothing else runs


@dataclass
class Tally:
    """What was found."""

    kills: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Soak:
    """One state folder, with the help desk that runs in it now."""

    def __init__(self, state: Path, rng: random.Random) -> None:
        self.rng, self.tally = rng, Tally()
        self.root = state / "draft"  # the draft is put back: not the one of this checkout
        snapshots.take(ROOT, self.root)
        self.environ = {"HELPDESK_DATA": str(self.root / "data"), "HELPDESK_WATCH_MINUTES": "0", "HELPDESK_RATE_LIMIT": "off"}
        self.settings: Settings = read_settings({**os.environ, "HELPDESK_STATE": str(state), **self.environ})
        self.stack = contextlib.ExitStack()
        self.desk: Instance | None = None
        self.done = threading.Event()

    def start(self) -> None:
        self.desk = self.stack.enter_context(instance(self.settings.state, environ=self.environ))

    def visit(self) -> None:
        """Ask without a pause; only a message that a living web process has taken must be answered."""
        number = 0
        while not self.done.is_set():
            desk = self.desk
            try:
                with httpx.Client(base_url=desk.url if desk else "", timeout=30, trust_env=False) as client:
                    at, headers = begin(client)
                    for _ in range(10):
                        number += 1
                        said = one_message(client, at, headers, QUESTIONS[number % len(QUESTIONS)])
                        self.tally.replies[said or "answered"] += 1
                        if said and said.endswith(("Error", "Timeout")):
                            break
            except (httpx.HTTPError, ValueError):
                time.sleep(0.2)

    def pid(self, target: str) -> int | None:
        """Return the process that is to be killed, if there is such a one now."""
        assert self.desk is not None
        if target == "supervisor":
            return self.desk.child.pid
        found = marked(children(self.desk.child.pid), MARKS["web" if target == "web" else "rasa"])
        return None if not found or (target == "next rasa" and len(found) < 2) else found[-1 if target == "next rasa" else 0]

    def once(self, store: Store, target: str, release: str, *, back: bool) -> None:
        """Want a release, kill something on its way, and look at what came of it."""
        if back:
            (self.root / "data" / "facts.yml").open("a", encoding="utf-8").write(f"# {self.rng.random()}\n")
            wanted = publishing.roll_back(store, self.settings, release, staff=None)
        else:
            wanted = publishing.publish(store, self.settings, release, staff=None, note="soak")
        time.sleep(self.rng.uniform(0.0, LONGEST))
        pid = self.pid(target)
        if pid is None:
            target, pid = "supervisor", self.pid("supervisor")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self.tally.kills[target] += 1
        if target == "supervisor":
            self.stack.close()
            self.start()
        self._check(store, wanted.id, release, back)

    def _check(self, store: Store, publication: str, release: str, back: bool) -> None:
        deadline = time.monotonic() + PATIENCE
        while (now := store.releases.publication(publication)) and now.state == "wanted" and time.monotonic() < deadline:
            time.sleep(0.2)
        live, found = store.releases.live(), store.releases.find(release)
        wrong = []
        if now is None or now.state != "live":
            wrong.append(f"{now and now.state}: {now and now.why}")
        if live is None or live.release != release or store.releases.wanted():
            wrong.append("the register")
        if not snapshots.is_whole(self.settings.state, release):
            wrong.append("the files of the release")
        if back and (found is None or found.snapshot != snapshots.snapshot_hash(self.root)):
            wrong.append("the draft")
        if not self._answers():
            wrong.append("no answer")
        self.tally.wrong += [f"{publication}: {one}" for one in wrong]

    def train(self, store: Store, target: str) -> None:
        """Train, kill something of it on its way, and look at what is left."""
        before, live = len(store.releases.all()), store.releases.live()
        one = next((self.root / "data" / "answers").rglob("tob1.yml"))
        text = one.read_text(encoding="utf-8")
        said = rf"\g<0>      - tob1 and the number {self.rng.random()}\n"  # behind the first one, which is the question itself
        one.write_text(re.sub(r"examples: \|\n.*\n", said, text, count=1), encoding="utf-8")
        draft = snapshots.snapshot_hash(self.root)
        with self._job() as job:
            time.sleep(self.rng.uniform(0.0, LONGEST_TRAINING))
            pids = [job.pid, *children(job.pid)]
            for pid in marked(pids, TRAINERS[target]):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                    self.tally.kills[target] += 1
            if job.wait() == 0:
                before += 1  # it was over before, or needed nothing of what was killed
        until = time.monotonic() + GONE
        while (left := self._left(store, pids)) and time.monotonic() < until:
            time.sleep(0.5)
        now = store.releases.live()
        wrong = left + ["a release"] * (len(store.releases.all()) != before)
        wrong += ["the register"] * (now != live) + ["the draft"] * (snapshots.snapshot_hash(self.root) != draft)
        wrong += ["no answer"] * (not self._answers())
        self.tally.wrong += [f"training killed at its {target}: {one}" for one in wrong]

    def train_whole(self, store: Store) -> None:
        """Train once more, to the end."""
        before = len(store.releases.all())
        with self._job() as job:
            if job.wait() or len(store.releases.all()) != before + 1:
                self.tally.wrong.append("the training after all that")

    @contextlib.contextmanager
    def _job(self) -> Iterator[subprocess.Popen[bytes]]:
        env = {**os.environ, **self.environ, "HELPDESK_STATE": str(self.settings.state), "PYTHONPATH": str(ROOT)}
        argv = [sys.executable, "-m", "helpdesk", "compare"]
        with subprocess.Popen(argv, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
            try:
                yield job
            finally:
                job.kill()

    def _left(self, store: Store, pids: list[int]) -> list[str]:
        folders = [path.name for path in (self.settings.state / "releases").glob(".making-*")]
        # The folder of a job that was killed is taken away by the next one.
        return ["a job"] * (store.jobs.running() is not None) + [f"process {pid}" for pid in pids if lives(pid)] + folders[1:]

    def _answers(self) -> bool:
        """Say whether a visitor is answered within two minutes."""
        assert self.desk is not None
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(httpx.HTTPError),
                httpx.Client(base_url=self.desk.url, timeout=30, trust_env=False) as client,
            ):
                at, headers = begin(client)
                if one_message(client, at, headers, "What is Tob1?") is None:
                    return True
            time.sleep(0.5)
        return False

    @contextlib.contextmanager
    def visitors(self, count: int) -> Iterator[None]:
        threads = [threading.Thread(target=self.visit) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.done.set()
            for thread in threads:
                thread.join()


def soak(state: Path, *, kills: int, trainings: int, seed: int = 2015) -> Tally:
    """Kill so many times, and so many trainings; return what was found."""
    one = Soak(state, random.Random(seed))
    one.start()
    try:
        with Store.opened(one.settings) as store, one.visitors(2):
            while (live := store.releases.live()) is None:
                time.sleep(0.2)
            pair = [second_release(store, one.settings, live.release), live.release]
            for number in range(kills):
                release = pair[number % 2]
                one.once(store, one.rng.choice(TARGETS), release, back=number % 2 == 1)
                print(f"{number + 1:3} {dict(one.tally.kills)} {one.tally.wrong}", file=sys.stderr, flush=True)
            for number in range(trainings):
                one.train(store, one.rng.choice(sorted(TRAINERS)))
                print(f"{number + 1:3} {dict(one.tally.kills)} {one.tally.wrong}", file=sys.stderr, flush=True)
            if trainings:
                one.train_whole(store)
    finally:
        one.done.set()
        one.stack.close()
    return one.tally


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--kills", type=int, default=50)
    reader.add_argument("--trainings", type=int, default=10, help="that are killed")
    reader.add_argument("--seed", type=int, default=2015)
    add_state(reader)
    given = reader.parse_args()
    with state_folder(given.state) as state:
        tally = soak(state, kills=given.kills, trainings=given.trainings, seed=given.seed)
    print("killed with SIGKILL: " + ", ".join(f"{count} × {name}" for name, count in tally.kills.items()))
    print("visitors' messages: " + ", ".join(f"{count} × {name}" for name, count in tally.replies.most_common()))
    print("wrong afterwards: " + ("; ".join(tally.wrong) or "nothing"))
    raise SystemExit(1 if tally.wrong or tally.replies["no reply"] else 0)


if __name__ == "__main__":
    main()
