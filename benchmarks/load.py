"""Put one machine under load, over the whole path: streams, the knee, half of it, above it, recovery, and a long soak.

The real processes, started by `helpdesk up`; visitors post messages at a given rate, whether the last ones were answered or not,
and each reads a stream of their own. A wait lasts from the beginning of the POST until the reply is in the stream. The visitors
take processor time from the same cores. `make soak` runs it with half an hour at half load.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import statistics
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from benchmarks import machine  # noqa: E402
from benchmarks.machine import MARKS, children, marked, memory, state_folder  # noqa: E402
from benchmarks.publish import QUESTIONS  # noqa: E402
from helpdesk.instance import Instance, instance  # noqa: E402
from helpdesk.streams import HEARTBEAT  # noqa: E402

PATIENCE = 60.0  # seconds until a message counts as unanswered
EACH = 12  # messages of one conversation
IDLE = 2.0  # messages a second
RATES = (5, 10, 15, 20, 25, 30, 35, 40, 50, 60, 70, 80, 90, 100)  # messages a second
KEPT_UP, SOON = 0.95, 1.0  # a rate is kept up if this share is answered meanwhile, and 95 of 100 within so many seconds
MOST_BYTES, TIMES_IDLE, GROWTH = 60_000, 3.0, 0.03  # the goals


@dataclass
class Load:
    """What came of the messages of one stretch."""

    rate: float
    offered: int = 0
    in_time: int = 0  # answered before the stretch was over, or within SOON after
    waits: list[float] = field(default_factory=list)
    routes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    silent: int = 0
    longest_refusal: float = 0.0

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.waits, n=20)[18] if len(self.waits) > 1 else float("inf")

    @property
    def kept_up(self) -> bool:
        wrong = self.refused or self.silent or self.routes["down"]
        return not wrong and self.in_time >= KEPT_UP * self.offered and self.p95 <= SOON

    def refuse(self, response: httpx.Response, began: float) -> None:
        polite = "with Retry-After" if "retry-after" in response.headers else "without Retry-After"
        self.refused[f"{response.status_code} {polite}"] += 1
        self.longest_refusal = max(self.longest_refusal, time.perf_counter() - began)

    def told(self) -> str:
        middle, longest = (statistics.median(self.waits), max(self.waits)) if self.waits else (0.0, 0.0)
        return (
            f"{self.rate:5.1f} a second: {len(self.waits):5} answered, median {1000 * middle:5.0f} ms, "
            f"p95 {1000 * self.p95:6.0f} ms, longest {longest:5.2f} s, down {self.routes['down']}, "
            f"refused {sum(self.refused.values())}, silent {self.silent}"
        )


class Visitor:
    """One visitor with a conversation and a stream."""

    def __init__(self, client: httpx.AsyncClient, url: str, number: int) -> None:
        self.client, self.where = client, urlsplit(url)
        # Addresses of many networks, as the nginx in front would tell them: the limits are meant for one of them.
        self.headers = {"X-Forwarded-For": f"198.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"}
        self.at = ""
        self.said = 0
        self.last = 0
        self.replies: dict[int, asyncio.Future[str]] = {}
        self.stream: asyncio.Task[None] | None = None
        self.heard = asyncio.Event()

    async def open(self) -> None:
        made = (await self.client.post("/api/conversations", headers=self.headers)).raise_for_status().json()
        self.at = f"/api/conversations/{made['id']}"
        self.headers["Authorization"] = f"Bearer {made['token']}"

    def listen(self) -> None:
        self.stream = asyncio.create_task(self._listen())

    async def close(self) -> None:
        if self.stream:
            self.stream.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.stream

    async def say(self, text: str, load: Load) -> None:
        """Send one message, wait for its reply, and count both."""
        began = time.perf_counter()
        self.said += 1
        try:
            body = {"client_id": str(uuid.uuid4()), "text": text}
            sent = await self.client.post(f"{self.at}/messages", json=body, headers=self.headers)
        except httpx.HTTPError as error:
            load.refused[type(error).__name__] += 1
            return
        if sent.status_code != 202:
            load.refuse(sent, began)
            return
        try:
            load.routes[await asyncio.wait_for(self._reply(sent.json()["seq"]), PATIENCE)] += 1
            load.waits.append(time.perf_counter() - began)
        except asyncio.TimeoutError:
            load.silent += 1

    def _reply(self, seq: int) -> asyncio.Future[str]:
        return self.replies.setdefault(seq, asyncio.get_running_loop().create_future())

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                await self._hear()
            await asyncio.sleep(0.2)

    async def _hear(self) -> None:
        # Plain sockets: of thousands of streams, a client's own objects would cost more than the server's.
        reader, writer = await asyncio.open_connection(self.where.hostname, self.where.port)
        try:
            asked = {**self.headers, "Host": self.where.netloc, "Accept": "text/event-stream", "Last-Event-ID": str(self.last)}
            lines = "".join(f"{name}: {value}\r\n" for name, value in asked.items())
            writer.write(f"GET {self.at}/events HTTP/1.1\r\n{lines}\r\n".encode())
            if b" 200 " not in await reader.readline():
                return
            async for line in reader:
                if line.startswith(b"data: "):
                    self._take(json.loads(line[6:]))
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _take(self, event: dict[str, Any]) -> None:
        self.heard.set()
        self.last = max(self.last, event.get("seq", 0))
        if (seq := event.get("reply_to")) and not (reply := self._reply(seq)).done():
            reply.set_result(event["route"])


class Crowd:
    """Visitors who come, say some things, and go."""

    def __init__(self, url: str) -> None:
        self.url = url
        limits = httpx.Limits(max_connections=400, max_keepalive_connections=400)
        self.client = httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False, limits=limits)
        self.numbers = itertools.count(random.randrange(2**24))
        self.idle: list[Visitor] = []
        self.texts = itertools.cycle(QUESTIONS)

    async def visitor(self, *, listening: bool = True) -> Visitor:
        one = Visitor(self.client, self.url, next(self.numbers))
        await one.open()
        if listening:
            one.listen()
        return one

    async def run(self, rate: float, seconds: float) -> Load:
        """Send so many messages a second, at random moments, and wait for what they come to."""
        load, tasks = Load(rate), set()
        began = time.perf_counter()
        due = 0.0
        while (due := due + random.expovariate(rate)) < seconds:
            await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
            tasks.add(task := asyncio.create_task(self._one(load)))
            task.add_done_callback(tasks.discard)
            load.offered += 1
        await asyncio.sleep(max(0.0, began + seconds + SOON - time.perf_counter()))
        load.in_time = len(load.waits)
        if tasks:
            await asyncio.wait(set(tasks))
        return load

    async def _one(self, load: Load) -> None:
        began = time.perf_counter()
        try:
            visitor = self.idle.pop() if self.idle else await self.visitor()
        except httpx.HTTPStatusError as error:
            load.refuse(error.response, began)
            return
        except httpx.HTTPError as error:
            load.refused[type(error).__name__] += 1
            return
        await visitor.say(next(self.texts), load)
        if visitor.said >= EACH:
            await visitor.close()
        else:
            self.idle.insert(0, visitor)

    async def close(self) -> None:
        for one in self.idle:
            await one.close()
        await self.client.aclose()


@contextlib.asynccontextmanager
async def crowd(url: str) -> AsyncIterator[Crowd]:
    made = Crowd(url)
    try:
        yield made
    finally:
        await made.close()


def processes(desk: Instance) -> dict[str, int]:
    """Return the process of the supervisor, of the web process and of Rasa."""
    below = children(desk.child.pid)
    found = {name: pid for name, mark in MARKS.items() for pid in marked(below, mark)}
    return {"supervisor": desk.child.pid, **found}


def held(desk: Instance) -> dict[str, float]:
    """Return the memory of each process, in MB."""
    return {name: memory(pid) for name, pid in processes(desk).items()}


async def streams(desk: Instance, count: int, stay: float = HEARTBEAT + 5, asked: int = 100) -> tuple[bool, float]:
    """Open so many streams for so many seconds; return whether all live and bring replies, and the bytes of each."""
    async with crowd(desk.url) as people:
        await people.run(5, 5)
        before = held(desk)["web"]  # before the conversations: what these took and left would be used again by the streams
        ones = []
        for _ in range(count // 50):
            ones += await asyncio.gather(*(people.visitor(listening=False) for _ in range(50)))
        began = time.perf_counter()
        for start in range(0, len(ones), 100):
            for one in ones[start : start + 100]:
                one.listen()
            await asyncio.wait_for(asyncio.gather(*(one.heard.wait() for one in ones[start : start + 100])), PATIENCE)
        opened = time.perf_counter() - began
        await asyncio.sleep(stay)
        each = 1024**2 * (held(desk)["web"] - before) / len(ones)
        load = Load(0)
        for one in random.sample(ones, asked):
            await one.say("What is Tob1?", load)
        alive = sum(one.stream is not None and not one.stream.done() for one in ones)
        await asyncio.gather(*(one.close() for one in ones))
    goal = f"goal: 2,000, at most {MOST_BYTES // 1000} kB each"
    print(f"streams           {alive} of {len(ones)} held, opened in {opened:.0f} s, {each / 1000:.0f} kB each ({goal})")
    print(f"all of them open  {load.told()}")
    return alive == len(ones) and not load.silent and not load.refused, each


async def knee(desk: Instance, step: float, quiet: float) -> tuple[bool, float]:
    """Find the highest rate that is kept up; measure at half of it and at twice."""
    async with crowd(desk.url) as people:
        await people.run(2, 10)
        idle = await people.run(IDLE, quiet)
        print(f"idle              {idle.told()}")
        most = 0.0
        for rate in RATES:
            load = await people.run(rate, step)
            print(f"                  {load.told()}{'' if load.kept_up else '   not kept up'}", flush=True)
            if not load.kept_up:
                break
            most = rate
        half = await people.run(most / 2, quiet)
        print(f"half of the knee  {half.told()}; p95 {half.p95 / idle.p95:.1f} times the idle one (goal: under {TIMES_IDLE:.0f})")
        above = await people.run(2 * most, step)
        print(f"twice the knee    {above.told()}; {dict(above.refused)}")
        again = await people.run(IDLE, quiet)
        print(f"idle again        {again.told()}")
    fine = half.p95 < TIMES_IDLE * idle.p95 and not above.silent and not again.silent and not again.routes["down"]
    return fine, most


async def refused(state: Path, rate: float, step: float) -> bool:
    """Send more than a server takes as it is shipped, with its limits, from many networks."""
    with instance(state, environ={"HELPDESK_RATE_LIMIT": "on"}) as desk:
        async with crowd(desk.url) as people:
            await people.run(IDLE, 15)
            load = await people.run(rate, step)
            print(f"limits as shipped {load.told()}; {dict(load.refused)}, none later than {load.longest_refusal:.2f} s")
    rude = {why: count for why, count in load.refused.items() if not why.startswith("429 with Retry")}
    return not rude and not load.silent


async def recovery(desk: Instance, times: int) -> bool:
    """Kill the web process and Rasa; see how soon a question is answered again, and what is said until then."""
    silent = 0
    for target in ("web", "rasa"):
        took: list[float] = []
        said: Counter[str] = Counter()
        for _ in range(times):
            os.kill(processes(desk)[target], signal.SIGKILL)
            began, answered = time.perf_counter(), False
            while not answered and time.perf_counter() - began < PATIENCE:
                load = Load(0)
                with contextlib.suppress(httpx.HTTPError):
                    async with crowd(desk.url) as people:
                        one = await people.visitor()
                        await one.say("What is Tob1?", load)
                        await one.close()
                said += load.routes
                silent += load.silent
                answered = bool(load.routes) and not load.routes["down"]
                await asyncio.sleep(0.1)
            took.append(time.perf_counter() - began)
            silent += not answered
            await asyncio.sleep(3)
        print(
            f"killed -9: {target:6} answered again after {statistics.median(took):.1f} s ({min(took):.1f} to {max(took):.1f}, "
            f"{times} times); {said['down']} replies that we are down meanwhile, silent {silent}"
        )
    return not silent


async def soak(desk: Instance, rate: float, minutes: float) -> bool:
    """Keep a steady load; see that nothing goes wrong and that the memory stays."""
    async with crowd(desk.url) as people:
        # What is made at first use, and caches of bounded size, are there before anything is counted.
        warm = await people.run(rate, max(60.0, 6 * minutes))
        before = held(desk)
        load = await people.run(rate, 60 * minutes)
        after = held(desk)
    growth = sum(after.values()) / sum(before.values()) - 1
    wrong = load.silent + warm.silent + sum(load.refused.values()) + load.routes["down"]
    print(f"soak              {minutes:.0f} minutes at {rate:.1f} a second: {load.told()}")
    told = ", ".join(f"{name} {before[name]:.0f} to {after[name]:.0f} MB" for name in before)
    print(f"                  memory {100 * growth:+.1f} % (goal: at most {100 * GROWTH:.0f}): {told}")
    return not wrong and growth <= GROWTH


async def measure(state: Path, given: argparse.Namespace) -> bool:
    fine = []
    with instance(state) as desk:
        if given.streams:
            well, each = await streams(desk, given.streams)
            fine.append(well and each <= MOST_BYTES)
        found, most = (True, 2 * given.rate) if given.rate else await knee(desk, given.step, given.quiet)
        fine.append(found)
        if given.kills:
            fine.append(await recovery(desk, given.kills))
        if given.minutes:
            fine.append(await soak(desk, most / 2, given.minutes))
    fine.append(await refused(state, 2 * most, given.step))
    return all(fine)


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--streams", type=int, default=2000)
    reader.add_argument("--step", type=float, default=15.0, help="seconds at each rate")
    reader.add_argument("--quiet", type=float, default=60.0, help="seconds at idle and at half of the knee")
    reader.add_argument("--rate", type=float, help="of the soak, messages a second; else half of the knee that is found first")
    reader.add_argument("--kills", type=int, default=3, help="of each process")
    reader.add_argument("--minutes", type=float, default=30.0, help="of the soak")
    machine.add_state(reader)
    given = reader.parse_args()
    with state_folder(given.state) as state:
        fine = asyncio.run(measure(state, given))
    print(machine.load())
    raise SystemExit(0 if fine else 1)


if __name__ == "__main__":
    main()
