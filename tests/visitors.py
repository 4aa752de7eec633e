"""Visitors who send under one id until they are told that it is taken, read their stream at the same time, and keep account."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE = 60.0


@dataclass
class Tally:
    """What came of it, over all visitors; whatever is in a list should not be."""

    conversations: int = 0
    messages: int = 0
    again: int = 0  # times that something was sent once more
    streams: int = 0  # times that a stream was opened
    down: int = 0  # replies that say that the bot is away
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)  # in the ledger, and never in the stream

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.disordered or self.unseen)

    def told(self) -> str:
        """Return the account, line by line, with whatever is wrong."""
        wrong = {"lost": self.lost, "doubled": self.doubled, "out of order": self.disordered, "not in the stream": self.unseen}
        lines = [
            f"messages          {self.messages} by {self.conversations} visitors, {self.again} tries again",
            f"streams           opened {self.streams} times",
            *(f"{name:17} {len(found)}" for name, found in wrong.items()),
            f"down replies      {self.down}",
        ]
        return "\n".join([*lines, *(f"   {line}" for found in wrong.values() for line in found)])

    def add(self, other: Tally) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Visitor:
    """One visitor in a thread of their own."""

    def __init__(self, url: str, messages: int, *, pause: float = 0.0, seed: int = 0) -> None:
        self.url = url
        self.count = messages
        self.pause = pause
        self.random = random.Random(seed)
        self.tally = Tally(conversations=1)
        self.acknowledged: dict[str, int] = {}
        self.seen: list[int] = []
        self.over = threading.Event()

    def run(self) -> Tally:
        """Say everything, wait for every reply, and compare the ledger with what was acknowledged and what was seen."""
        with httpx.Client(base_url=self.url, timeout=25, trust_env=False) as client:
            self.client = client
            made = self._until(lambda: client.post("/api/conversations"), 201)
            self.at, headers = f"/api/conversations/{made['id']}", {"Authorization": f"Bearer {made['token']}"}
            client.headers.update(headers)
            reader = threading.Thread(target=self._read, args=(headers,))
            reader.start()
            try:
                for number in range(self.count):
                    time.sleep(self.random.uniform(0, 2 * self.pause))
                    self._say(f"{made['id'][:6]} {number}")
                events = self._all_answered()
                self._see_the_rest(events)
            finally:
                self.over.set()
                reader.join(30)
            self._judge(events)
        return self.tally

    def _say(self, text: str) -> None:
        body = {"client_id": str(uuid.uuid4()), "text": text}
        sent = self._until(lambda: self.client.post(f"{self.at}/messages", json=body), 202)
        self.tally.messages += 1
        self.acknowledged[body["client_id"]] = sent["seq"]

    def _until(self, call: Any, status: int) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                response = call()
                if response.status_code == status:
                    return response.json()
                assert response.status_code >= 500 or response.status_code == 429, response.text
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, f"{self.url} took nothing for {PATIENCE:.0f} s"
            self.tally.again += 1
            time.sleep(self.random.uniform(0.05, 0.3))

    def _events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            page = self._until(lambda after=after: self.client.get(f"{self.at}/events?after={after}"), 200)["events"]
            found += page
            if len(page) < 200:
                return found

    def _all_answered(self) -> list[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE
        while True:
            events = self._events()
            answered = {event.get("reply_to") for event in events}
            if all(seq in answered for seq in self.acknowledged.values()) or time.monotonic() > deadline:
                return events
            time.sleep(0.2)

    def _see_the_rest(self, events: list[dict[str, Any]]) -> None:
        """Give the stream time to bring what is there."""
        there = {event["seq"] for event in events}
        deadline = time.monotonic() + PATIENCE
        while not there <= set(self.seen) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _read(self, headers: dict[str, str]) -> None:
        with httpx.Client(base_url=self.url, timeout=httpx.Timeout(25, read=40), trust_env=False, headers=headers) as client:
            while not self.over.is_set():
                last = str(self.seen[-1]) if self.seen else "0"
                try:
                    asked = {"Accept": "text/event-stream", "Last-Event-ID": last}
                    with client.stream("GET", f"{self.at}/events", headers=asked) as it:
                        self.tally.streams += it.status_code == 200
                        self._take(it)
                except httpx.HTTPError:
                    pass
                self.over.wait(self.random.uniform(0.05, 0.3))

    def _take(self, response: httpx.Response) -> None:
        if response.status_code != 200:
            return
        for line in response.iter_lines():
            if line.startswith("id: "):
                self.seen.append(int(line[4:]))
            if self.over.is_set():
                return

    def _judge(self, events: list[dict[str, Any]]) -> None:
        who = self.at[-6:]
        kept = Counter(event["client_id"] for event in events if event["author"] == "visitor")
        replies = Counter(event["reply_to"] for event in events if event.get("reply_to"))
        tally = self.tally
        tally.down += sum(event.get("route") == "down" for event in events)
        tally.lost += [f"{who}: message {seq}" for id, seq in self.acknowledged.items() if not kept[id]]
        tally.lost += [f"{who}: reply to {seq}" for seq in self.acknowledged.values() if not replies[seq]]
        tally.doubled += [f"{who}: {one}" for one, count in [*kept.items(), *replies.items()] if count > 1]
        tally.doubled += [f"{who}: event {seq} in the stream" for seq, count in Counter(self.seen).items() if count > 1]
        in_order = [event["reply_to"] for event in events if event.get("reply_to")]
        wrong = [event["seq"] for event in events] != list(range(1, len(events) + 1)) or in_order != sorted(in_order)
        tally.disordered += [who] * (wrong or self.seen != sorted(self.seen))
        tally.unseen += [f"{who}: event {event['seq']}" for event in events if event["seq"] not in self.seen]


def run_all(visitors: list[Visitor]) -> Tally:
    """Let them all talk at once; return what came of it."""
    total, problems = Tally(), []

    def one(visitor: Visitor) -> None:
        try:
            visitor.run()
        except BaseException as error:
            problems.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=one, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for visitor in visitors:
        total.add(visitor.tally)
    total.lost += problems
    return total
