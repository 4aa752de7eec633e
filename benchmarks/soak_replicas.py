"""Kill web processes, Rasas and PostgreSQL at random while many visitors talk through nginx; count what is lost or doubled.

Real PostgreSQL, nginx (deploy/nginx.conf), web processes and `helpdesk rasa`; Rasa itself is a stand-in that answers at once, or
the real one with `--real`. Before that versions are published, and it is printed for how long the processes answered from
different ones. `make soak` runs it.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.machine import Faults, load  # noqa: E402
from tests.postgres import Postgres, postgres_server  # noqa: E402
from tests.replicas import Place, client, place  # noqa: E402
from tests.visitors import Visitor, run_all  # noqa: E402
from tests.web import Chat  # noqa: E402

SENDERS = 8


class Kills(Faults):
    """Kills one part after the other."""

    apart = (0.5, 3.0)

    def __init__(self, made: Place, postgres: Postgres, kills: int, seed: int) -> None:
        super().__init__(kills, seed)
        self.made, self.postgres = made, postgres
        self.back: dict[str, list[float]] = {"web": [], "postgres": []}

    def hurt(self) -> None:
        what = self.random.choice(["web", "web", "rasa", "rasa", "postgres", "nginx reload"])
        began = time.monotonic()
        if what == "postgres":
            self.postgres.kill()
            self.postgres.start()
        elif what == "nginx reload":
            self.made.nginx.reload()
        else:
            program = self.random.choice(self.made.webs if what == "web" else self.made.rasas)
            program.kill()
            program.start()
            program.wait()
        self.done[what] += 1
        if what in self.back:
            self.back[what].append(time.monotonic() - began)


class Versions(threading.Thread):
    """Publishes versions, and asks every web process in turn which one answers."""

    def __init__(self, made: Place, count: int) -> None:
        super().__init__()
        self.made, self.count = made, count
        self.mixes: list[float] = []
        self.over = threading.Event()

    def run(self) -> None:
        for number in range(self.count):
            if self.over.is_set():
                return
            self.mixes.append(self._publish(f"version{number}"))

    def _publish(self, text: str) -> float:
        """Return for how long some answered from this version and others still from the one before."""
        wanted = self.made.add(text)
        with client(self.made.url) as through:
            chat = Chat(through)
        first_new, last_old = None, time.monotonic()
        deadline = time.monotonic() + 120
        new: set[int] = set()
        while len(new) < len(self.made.ports) and time.monotonic() < deadline:
            for number in range(len(self.made.ports)):
                with client(self.made.web(number)) as one:
                    chat.client = one
                    said = str(chat.ask("hello")["text"]).partition(":")[0]
                if said == text:
                    first_new = first_new or time.monotonic()
                    new.add(number)
                else:
                    last_old = time.monotonic()
        assert first_new and len(new) == len(self.made.ports), f"{text}: {self.made.store.releases.publication(wanted.id)}"
        return max(0.0, last_old - first_new)


def one_conversation(made: Place, turns: int) -> list[str]:
    """Send to one conversation through every web process at once; return what is wrong with the order or the number."""
    with client(made.url) as through:
        chat = Chat(through)
    ids = [str(uuid.uuid4()) for _ in range(turns)]

    def say(start: int) -> None:
        with client(made.web(start % len(made.ports))) as one:
            for number in range(start, turns, SENDERS):
                body = {"client_id": ids[number], "text": f"message {number}"}
                one.post(f"{chat.path}/messages", json=body, headers=chat.headers).raise_for_status()

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(say, range(SENDERS)))
    deadline = time.monotonic() + 300
    while True:
        events = made.store.desk_view.events(chat.id)
        replies = [event for event in events if event.get("reply_to")]
        if len(replies) >= turns or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    said = {event["seq"]: event for event in events if event["author"] == "visitor"}
    found = [f"{len(said)} of {turns} messages, {len(replies)} replies"] * ((len(said), len(replies)) != (turns, turns))
    found += ["a gap"] * ([event["seq"] for event in events] != list(range(1, 2 * turns + 2)))
    found += ["not in order"] * ([event["reply_to"] for event in replies] != sorted(said))
    if not made.real:
        found += [f"reply to {one['reply_to']}" for one in replies if not one["text"].endswith(said[one["reply_to"]]["text"])]
    return found


def throughput(*, real: bool) -> None:
    """Print how much 1 + 1 and 2 + 2 processes take on the same cores: what the second ones cost, not what they bring."""
    for count in (1, 2):
        with postgres_server(durable=True) as postgres, tempfile.TemporaryDirectory() as folder:
            with place(Path(folder), postgres.new(), webs=count, rasas=count, real=real) as made:
                began = time.monotonic()
                tally = run_all([Visitor(made.url, 20, seed=number) for number in range(16)])
                seconds = time.monotonic() - began
        told = "well" if tally.clean else "NOT WELL"
        rate = f"{tally.messages / seconds:.0f} messages a second"
        print(f"{count} web + {count} rasa    {rate}, 16 visitors without a pause, on the same {os.cpu_count()} cores; {told}")


def soak(*, messages: int, visitors: int, kills: int, publications: int, turns: int, seed: int, real: bool) -> bool:
    """Run all of it, print the figures, and return whether all is well."""
    each = max(1, messages // visitors)
    with postgres_server(durable=True) as postgres, tempfile.TemporaryDirectory() as folder:
        with place(Path(folder), postgres.new(), real=real) as made:
            versions = Versions(made, 0 if real else publications)  # without faults: a process that is dead follows nothing
            versions.start()
            versions.join()
            wrong = one_conversation(made, turns)
            faults = Kills(made, postgres, kills, seed)
            began = time.monotonic()
            faults.start()
            # The visitors talk for about as long as the kills take.
            pause = min(30.0, kills * 4.0 / each)
            tally = run_all([Visitor(made.url, each, pause=pause, seed=seed + number) for number in range(visitors)])
            faults.end()
            seconds = time.monotonic() - began
    rasa = "2 rasa" if real else "2 rasa (stand-in)"
    print(f"replicas          2 web, {rasa}, PostgreSQL (fsync on), nginx; {load()}")
    print(f"killed            {dict(faults.done)} in {seconds:.0f} s")
    print(tally.told())
    for what, times in faults.back.items():
        if times:
            print(f"{what} back in     {sorted(times)[len(times) // 2]:.1f} s in the middle, {max(times):.1f} s at most")
    if versions.mixes:
        print(f"mix of versions   {', '.join(f'{one:.1f}' for one in versions.mixes)} s (at most 5)")
    print(f"one conversation  {turns} turns through both web processes at once: {'; '.join(wrong) or 'all there, in order'}")
    for line in faults.problems:
        print("  ", line)
    return tally.clean and not wrong and not faults.problems and max(versions.mixes, default=0.0) <= 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--publications", type=int, default=5)
    parser.add_argument("--turns", type=int, default=1000, help="of one conversation through both web processes at once")
    parser.add_argument("--real", action="store_true", help="with Rasa itself and the whole safety net")
    parser.add_argument("--throughput", action="store_true", help="only how much one and two of each take")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = vars(parser.parse_args())
    if given.pop("throughput"):
        throughput(real=given["real"])
        return
    print(f"seed              {given['seed']}")
    raise SystemExit(0 if soak(**given) else 1)


if __name__ == "__main__":
    main()
