"""Kill the supervisor, the web process and Rasa of one machine at random while many visitors talk; count what is lost or doubled.

The real processes, started by `helpdesk up`, on SQLite. A killed supervisor takes all with it and is started again, as systemd
would; the others it must bring back by itself. `make soak` runs it, and `benchmarks/soak_replicas.py` for PostgreSQL.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.machine import MARKS, Faults, add_state, children, load, marked, state_folder  # noqa: E402
from helpdesk.processes import free_port  # noqa: E402
from helpdesk.programs import answers  # noqa: E402
from tests.replicas import Program  # noqa: E402
from tests.visitors import Tally, Visitor, run_all  # noqa: E402

TARGETS = ("supervisor", "web", "web", "rasa", "rasa")
START = 900.0  # seconds, at most: the first start makes the model
RATE = 16  # messages a second, under the knee of two cores


class Machine:
    """One `helpdesk up`, at the same address after every start."""

    def __init__(self, state: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        env = {**os.environ, "HELPDESK_STATE": str(state), "HELPDESK_PORT": str(port), "HELPDESK_HOST": "127.0.0.1"}
        env.update(HELPDESK_RATE_LIMIT="off", PYTHONPATH=str(ROOT))
        argv = [sys.executable, "-m", "helpdesk", "up"]
        self.program = Program(argv, env, state / "soak.log", lambda: answers(f"{self.url}/readyz"))
        self.program.wait(START)

    def kill(self, target: str) -> bool:
        """Kill it where it is there now."""
        supervisor = self.program.process
        assert supervisor
        if target == "supervisor":
            self.program.kill()
            self.program.start()
            return True
        for pid in marked(children(supervisor.pid), MARKS[target])[:1]:
            os.kill(pid, signal.SIGKILL)
            return True
        return False


class Kills(Faults):
    """Kills one part after the other."""

    def __init__(self, machine: Machine, kills: int, seed: int) -> None:
        super().__init__(kills, seed)
        self.machine = machine

    def hurt(self) -> None:
        target = self.random.choice(TARGETS)
        self.done[target] += self.machine.kill(target)


@contextlib.contextmanager
def machine(state: Path) -> Iterator[Machine]:
    made = Machine(state)
    try:
        yield made
    finally:
        made.program.stop()


def soak(state: Path, *, messages: int, visitors: int, kills: int, seed: int) -> tuple[Tally, Counter[str]]:
    """Return what came of it, and what was killed."""
    each = max(1, messages // visitors)
    with machine(state) as one:
        faults = Kills(one, kills, seed)
        faults.start()
        # The visitors talk for about as long as the kills take, and as long as a Rasa of 2 cores takes for so many messages.
        pause = max(kills * sum(faults.apart) / 2, messages / RATE) / each
        people = [Visitor(one.url, each, pause=pause, seed=seed + number) for number in range(visitors)]
        tally = run_all(people)
        faults.end()
        tally.lost += faults.problems
    return tally, faults.done


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--messages", type=int, default=10_000)
    reader.add_argument("--visitors", type=int, default=200)
    reader.add_argument("--kills", type=int, default=50)
    reader.add_argument("--seed", type=int, default=random.randrange(10**6))
    add_state(reader)
    given = vars(reader.parse_args())
    print(f"seed              {given['seed']}", flush=True)
    began = time.monotonic()
    with state_folder(given.pop("state")) as state:
        tally, killed = soak(state, **given)
    print(f"one machine       web, rasa and supervisor, SQLite; {load()}")
    print(f"time              {time.monotonic() - began:.0f} s, the start with it")
    print(f"killed            {dict(killed)}")
    print(tally.told())
    raise SystemExit(0 if tally.clean and killed.total() >= given["kills"] else 1)


if __name__ == "__main__":
    main()
