"""Hand many visitors to navigators while the web process and Rasa are killed with SIGKILL, again and again.

The real processes, started by `helpdesk up`; visitors use the public API, navigators the desk's own forms, signed in by a link.
Counts every request for a person that was acknowledged and then lost, every gap, double and difference between the visitor's
transcript and the desk's, and every word of the bot inside a navigator's chat. Then, in a ledger of its own, many navigators
claim the same chat at once. `make soak` runs it with 500 requests. No action server runs: no answer needs one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from benchmarks.machine import MARKS, children, load, marked  # noqa: E402
from helpdesk.accounts import Accounts  # noqa: E402
from helpdesk.conversation import greeting  # noqa: E402
from helpdesk.errors import Refusal  # noqa: E402
from helpdesk.handoff import navigator_event, waiting_event  # noqa: E402
from helpdesk.instance import Instance, instance  # noqa: E402
from helpdesk.limits import Limiter  # noqa: E402
from helpdesk.settings import read_settings  # noqa: E402
from helpdesk.store import Store  # noqa: E402
from helpdesk.store.queue_rows import Asking  # noqa: E402
from helpdesk.store.staff import Staff  # noqa: E402
from helpdesk.words import words  # noqa: E402

PASSWORD = "a soak of many words"
PATIENCE = 120.0
AWAY = (httpx.TransportError, httpx.HTTPStatusError)
CHAT = re.compile(r"/desk/c/([0-9a-f]{32})")
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
SHOWN = re.compile(r'<li id="m(\d+)"')
ENDS = frozenset(("answered", "called_back", "cancelled"))


@dataclass
class Tally:
    """What was found."""

    requests: int = 0
    messages: int = 0
    replies: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    replies_wrong: list[str] = field(default_factory=list)
    bot_inside: list[str] = field(default_factory=list)
    unended: int = 0

    @property
    def clean(self) -> bool:
        transcripts = (self.differing, self.unlike, self.gaps, self.doubled, self.replies_wrong)
        return not any((self.lost, *transcripts, self.bot_inside, self.unended))


def patiently(work: Callable[[], Any], until: float) -> Any:
    """Do it again until the server is there: whatever is sent again carries the same id."""
    while True:
        try:
            return work()
        except AWAY as error:
            if isinstance(error, httpx.HTTPStatusError) and error.response.status_code < 500:
                raise
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


class Visitor:
    """Asks for a person, writes meanwhile, and reads until the navigator has ended the chat."""

    def __init__(self, url: str, number: int, rng: random.Random) -> None:
        self.number, self.rng, self.until = number, rng, time.monotonic() + PATIENCE
        self.client = httpx.Client(base_url=url, timeout=30, trust_env=False)
        made = patiently(lambda: self.client.post("/api/conversations").raise_for_status().json(), self.until)
        self.id = made["id"]
        self.headers = {"Authorization": f"Bearer {made['token']}", "Accept": "application/json"}
        self.events: list[dict[str, Any]] = []
        self.sent: list[str] = []
        self.transcript = ""

    def say(self, text: str) -> None:
        body = {"client_id": str(uuid.uuid4()), "text": text}
        self.sent.append(body["client_id"])
        patiently(lambda: self._post("messages", body), self.until)

    def _post(self, call: str, body: dict[str, Any]) -> httpx.Response:
        return self.client.post(f"/api/conversations/{self.id}/{call}", json=body, headers=self.headers).raise_for_status()

    @property
    def last(self) -> int:
        return int(self.events[-1]["seq"]) if self.events else 0

    @property
    def is_over(self) -> bool:
        """No person has the chat or is awaited, and the bot, which may ask for one itself, owes no reply."""
        at = max((place for place, event in enumerate(self.events) if event["kind"] == "owner"), default=None)
        if at is None or self.events[at]["owner"] not in ("closed", "bot"):
            return False
        asked = {event["seq"] for event in self.events[at:] if event["author"] == "visitor"}
        seen = {event.get("client_id") for event in self.events}
        return seen >= set(self.sent) and asked <= {event.get("reply_to") for event in self.events}

    def read(self, wait: int = 1) -> None:
        self.events += self.get("events", after=self.last, wait=wait).json()["events"]

    def get(self, call: str, **params: int) -> httpx.Response:
        address = f"/api/conversations/{self.id}/{call}"
        found: httpx.Response = patiently(
            lambda: self.client.get(address, params=params, headers=self.headers).raise_for_status(), time.monotonic() + PATIENCE
        )
        return found

    def follow(self, number: int) -> None:
        """Read the stream, and cut it after so many events, or when the chat is over."""
        headers = {**self.headers, "Accept": "text/event-stream", "Last-Event-ID": str(self.last)}
        with self.client.stream("GET", f"/api/conversations/{self.id}/events", headers=headers) as stream:
            for line in stream.raise_for_status().iter_lines():
                event = json.loads(line[6:]) if line.startswith("data: ") else {}
                if "seq" in event:
                    self.events.append(event)
                    number -= 1
                if number == 0 or self.is_over or time.monotonic() > self.until:
                    return

    def ask_for_a_person(self) -> None:
        while patiently(lambda: self._post("handoff", {}), self.until).json()["owner"] == "bot":
            assert time.monotonic() < self.until, "nobody was ever on duty"
            time.sleep(1)

    def run(self) -> None:
        if self.rng.random() < 0.5:
            self.say(f"visitor {self.number} asks something first")
        self.ask_for_a_person()
        for turn in range(self.rng.randint(1, 3)):
            self.say(f"visitor {self.number}, line {turn}")
            time.sleep(self.rng.uniform(0, 0.5))
        while not self.has_ended() and time.monotonic() < self.until:
            if self.rng.random() < 0.5:
                self.read()
            else:
                with contextlib.suppress(*AWAY):
                    self.follow(self.rng.randint(1, 4))

    def has_ended(self) -> bool:
        """Over, and nothing came in the same moment: the bot's reply may be followed by the wait for a person."""
        if self.is_over:
            self.read(wait=0)
        return self.is_over


class Navigator:
    """Takes the longest wait, answers, and ends the chat; another one may be quicker."""

    def __init__(self, url: str, link: str, rng: random.Random, done: threading.Event) -> None:
        self.client = httpx.Client(base_url=url, timeout=30, trust_env=False, follow_redirects=True)
        self.rng, self.done, self.acknowledged = rng, done, list[str]()
        form = {**self.fields(f"/desk/link/{link}"), "name": f"Navigator {link[:4]}", "password": PASSWORD, "again": PASSWORD}
        self.client.post(f"/desk/link/{link}", data=form).raise_for_status()
        self.duty("yes")

    def duty(self, on: str) -> None:
        self.client.post("/desk/duty", data={**self.fields("/desk/list/waiting"), "on": on}).raise_for_status()

    def sees(self, chat: str) -> tuple[list[int], str]:
        """Return the numbers of the events on the desk's page of a conversation, and its transcript."""
        page, text = (self.client.get(f"/desk/c/{chat}{part}").raise_for_status().text for part in ("", "/transcript"))
        return [int(seq) for seq in SHOWN.findall(page)], text

    def fields(self, path: str, after: str = "") -> dict[str, str]:
        """Return the hidden fields of a page's form; `after` stands before them in the page."""
        page = self.client.get(path).raise_for_status().text
        return dict(FIELD.findall(page[page.find(after) if after else 0 :]))

    def run(self) -> None:
        while not self.done.is_set():
            try:
                self._serve_one()
            except AWAY:
                time.sleep(0.3)

    def _serve_one(self) -> None:
        """Go on with a chat of one's own, else claim the longest wait; a colleague may be quicker."""
        mine = [chat for chat in CHAT.findall(self._main("/desk/list/mine")) if self._is_mine(chat)]
        waiting = CHAT.findall(self._main("/desk/list/waiting"))
        if not (mine or waiting):
            time.sleep(0.3)
            return
        one = (mine or waiting)[0]
        chat, csrf = f"/desk/c/{one}", self.fields(f"/desk/c/{one}")["csrf"]
        if not mine:
            self.client.post(f"{chat}/claim", data={"csrf": csrf, "held": "waiting"})
        if not self._is_mine(one):
            return
        if self.rng.random() < 0.2:
            self.client.post(f"{chat}/requeue", data={"csrf": csrf})
            return
        for _ in range(self.rng.randint(1, 3)):
            body = {"csrf": csrf, "client_id": str(uuid.uuid4()), "text": f"a navigator's word {uuid.uuid4().hex[:6]}"}
            answer = patiently(lambda body=body: self.client.post(f"{chat}/reply", data=body), time.monotonic() + 30)
            if answer.history:  # led back to the page: it is taken
                self.acknowledged.append(body["client_id"])
        end = self.rng.choice([("close", {"outcome": "answered"}), ("bot", {})])
        self.client.post(f"{chat}/{end[0]}", data={"csrf": csrf, **end[1]})

    def _is_mine(self, chat: str) -> bool:
        return f'action="/desk/c/{chat}/reply"' in self.client.get(f"/desk/c/{chat}").raise_for_status().text

    def _main(self, path: str) -> str:
        page = self.client.get(path).raise_for_status().text
        return page[page.find("<main") :]


def links(state: Path, names: Sequence[str]) -> list[str]:
    """Add navigators on the ledger that is in use, and return their sign-in links."""
    settings = read_settings({"HELPDESK_STATE": str(state)})
    store = Store.open(settings)
    try:
        accounts = Accounts(store.staff, store.audit, settings.secrets().signing, Limiter(on=False))
        made = [accounts.add(f"{name.lower().replace(' ', '.')}@example.org", name, ["navigator"]) for name in names]
        return [accounts.link(staff) for staff in made]
    finally:
        store.close()


def pid_of(desk: Instance, mark: bytes) -> int | None:
    return next(iter(marked(children(desk.child.pid), mark)), None)


def is_up(desk: Instance) -> bool:
    try:
        return httpx.get(f"{desk.url}/healthz", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def kill_again_and_again(desk: Instance, rng: random.Random, tally: Tally, done: threading.Event, every: float) -> None:
    while not done.wait(rng.uniform(0.5, 1.5) * every):
        name = rng.choices(("web", "rasa"), (3, 1))[0]
        pid = pid_of(desk, MARKS[name])
        if pid is not None and is_up(desk):  # else it would never be up long enough to be asked anything
            os.kill(pid, signal.SIGKILL)
            tally.kills[name] += 1


def soak(desk: Instance, *, requests: int, at_once: int = 8, navigators: int = 3, every: float = 5.0, seed: int = 2015) -> Tally:
    """Hand over so many visitors while processes are killed every few seconds; return what was found."""
    rng, tally, done = random.Random(seed), Tally(requests=requests), threading.Event()
    secrets = links(desk.state, [f"Navigator {one}" for one in range(navigators)])
    team = [Navigator(desk.url, link, random.Random(seed + one), done) for one, link in enumerate(secrets)]
    threads = [threading.Thread(target=one.run) for one in team]
    threads.append(threading.Thread(target=kill_again_and_again, args=(desk, rng, tally, done, every)))
    for thread in threads:
        thread.start()
    try:
        with ThreadPoolExecutor(at_once) as pool:
            visitors = list(pool.map(lambda number: _visit(desk.url, number, seed), range(requests)))
    finally:
        done.set()
        for thread in threads:
            thread.join()
    _check(desk, visitors, [id for one in team for id in one.acknowledged], tally)
    _compare(visitors, team[0], tally)
    for one in team:
        patiently(lambda one=one: one.duty("no"), time.monotonic() + PATIENCE)
        one.client.close()
    return tally


def _visit(url: str, number: int, seed: int) -> Visitor:
    visitor = Visitor(url, number, random.Random(seed * 1000 + number))
    with contextlib.closing(visitor.client):
        visitor.run()
        visitor.transcript = visitor.get("transcript").text
    return visitor


def _check(desk: Instance, visitors: list[Visitor], acknowledged: list[str], tally: Tally) -> None:
    """Hold what the visitors have, and what the navigators were told is sent, against the ledger."""
    replies: Counter[str] = Counter()
    store = Store.open(read_settings({"HELPDESK_STATE": str(desk.state)}))
    try:
        for visitor in visitors:
            ledger = store.desk_view.events(visitor.id)
            tally.messages += len(ledger)
            ends = [row["ended"] for row in store.desk_view.handoffs(visitor.id) if row["ended"] != "line"]
            if not ends or not ENDS.issuperset(ends):
                tally.lost.append(visitor.id)
            if visitor.events != ledger:
                tally.differing.append(f"{visitor.id}: {_apart(visitor.events, ledger)}")
            if [event["seq"] for event in ledger] != list(range(1, len(ledger) + 1)):
                tally.gaps.append(visitor.id)
            ids = [event["client_id"] for event in ledger if event.get("client_id") and event["author"] == "visitor"]
            if sorted(ids) != sorted(visitor.sent):
                tally.doubled.append(visitor.id)
            tally.bot_inside += [f"{visitor.id}:{seq}" for seq in bot_inside(ledger)]
            replies.update(event["client_id"] for event in ledger if event["author"] == "navigator")
        tally.replies = sum(replies.values())
        tally.replies_wrong = [id for id, times in replies.items() if times > 1] + [id for id in acknowledged if not replies[id]]
        tally.unended = store.desk_view.counts("")["unended"]
    finally:
        store.close()


def _compare(visitors: list[Visitor], navigator: Navigator, tally: Tally) -> None:
    """Hold what a visitor has of a conversation against what the desk shows of it."""
    for visitor in visitors:
        seqs, text = patiently(lambda id=visitor.id: navigator.sees(id), time.monotonic() + PATIENCE)
        if seqs != [event["seq"] for event in visitor.events] or text != visitor.transcript:
            tally.unlike.append(visitor.id)


def _apart(seen: list[dict[str, Any]], ledger: list[dict[str, Any]]) -> str:
    """Tell from where on two transcripts differ, and what stands there in each; no words of theirs."""
    same = next((place for place, (one, other) in enumerate(zip(seen, ledger)) if one != other), min(len(seen), len(ledger)))

    def told(events: list[dict[str, Any]]) -> str:
        return ", ".join(f"{one['seq']} {one['author']} {one.get('owner') or one.get('route')}" for one in events[same:])

    return f"the visitor has {told(seen) or 'no more'}; the ledger {told(ledger) or 'no more'}"


def bot_inside(events: list[dict[str, Any]]) -> list[int]:
    """Return the bot's messages that stand where a person owned the chat."""
    owner, found = "bot", []
    for event in events:
        if event["kind"] == "owner":
            owner = event["owner"]
        elif event["author"] == "bot" and owner in ("waiting", "navigator"):
            found.append(event["seq"])
    return found


# ---- many who claim one chat


@dataclass
class Race:
    """What came of the claims: `wrong` names the rounds without exactly one winner of whom all the others were told."""

    rounds: int = 0
    claims: int = 0
    wrong: list[str] = field(default_factory=list)


def race(folder: Path, rounds: int = 200, navigators: tuple[int, int] = (2, 20), doors: int = 4) -> Race:
    """Let few and many navigators claim the same chat at once, through as many openings of one ledger as there are `doors`."""
    settings, (least, most) = read_settings({"HELPDESK_STATE": str(folder)}), navigators
    stores = [Store.open(settings) for _ in range(doors)]
    try:
        staff = [stores[0].staff.add(f"racer{one}@example.org", f"Racer {one}", ["navigator"]) for one in range(most)]
        stores[0].staff.set_duty(staff[0].id, True)
        found = Race()
        with ThreadPoolExecutor(most) as pool:
            for number in range(rounds):
                _claim_at_once(pool, stores, staff[: least + number % (most - least + 1)], found)
        return found
    finally:
        for store in stores:
            store.close()


def _claim_at_once(pool: ThreadPoolExecutor, stores: list[Store], staff: list[Staff], found: Race) -> None:
    chat, ready = _waiting(stores[0], staff[0]), threading.Barrier(len(staff))

    def claim(number: int) -> str | None:
        """Return who had it already, none for the winner."""
        ready.wait(PATIENCE)
        try:
            event = navigator_event(words(), "joined", staff[number].name)
            stores[number % len(stores)].handoffs.claim(chat, staff[number], event)
            return None
        except Refusal as refusal:
            return refusal.holder or refusal.code

    outcomes = list(pool.map(claim, range(len(staff))))
    found.rounds += 1
    found.claims += len(staff)
    row = stores[0].desk_view.conversation(chat)
    joined = [event["navigator"] for event in stores[0].desk_view.events(chat) if event.get("owner") == "navigator"]
    winners = [who.name for who, holder in zip(staff, outcomes) if holder is None]
    if not row or [row["holder"]] != winners or joined != winners or set(outcomes) - {None} != set(winners):
        found.wrong.append(chat)


def _waiting(store: Store, there: Staff) -> str:
    """Begin a conversation that waits for a person."""
    chat = uuid.uuid4().hex
    store.staff.seen(there.id)
    store.ledger.start(chat, token_hash="x", token_key="k", first=greeting(words()))
    line = Asking("asked", True, 0.0, PATIENCE, lambda line: waiting_event(words(), "asked", line.place, line.usual_wait_s))
    assert store.handoffs.ask(chat, line, None) == "waiting"
    return chat


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--requests", type=int, default=500)
    reader.add_argument("--at-once", type=int, default=8, help="how many visitors at the same time")
    reader.add_argument("--every", type=float, default=5.0, help="mean seconds between two kills")
    reader.add_argument("--rounds", type=int, default=200, help="of claims at once")
    reader.add_argument("--seed", type=int, default=2015)
    given = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder, instance(Path(folder)) as desk:
        began = time.monotonic()
        tally = soak(desk, requests=given.requests, at_once=given.at_once, every=given.every, seed=given.seed)
    kills = ", ".join(f"{number} × {name}" for name, number in sorted(tally.kills.items())) or "none"
    print(f"{tally.requests} requests for a person, {tally.messages} events, seed {given.seed}, {time.monotonic() - began:.0f} s")
    print(f"killed with SIGKILL: {kills}")
    print(f"requests lost: {len(tally.lost)}; ended in none of the three ways: {tally.unended}")
    print(f"transcripts with a gap: {len(tally.gaps)}; that differ between visitor and ledger: {len(tally.differing)}")
    print(f"transcripts that differ between visitor and desk: {len(tally.unlike)}")
    print(f"conversations with a visitor's message lost or doubled: {len(tally.doubled)}")
    print(f"navigators' replies lost or doubled: {len(tally.replies_wrong)} of {tally.replies}")
    print(f"words of the bot inside a navigator's chat: {len(tally.bot_inside)}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        raced = race(Path(folder), rounds=given.rounds)
    took = time.monotonic() - began
    print(f"2 to 20 navigators claim one chat at once: {raced.rounds} rounds, {raced.claims} claims, {took:.0f} s")
    print(f"rounds without exactly one winner: {len(raced.wrong)}; {load()}")
    raise SystemExit(0 if tally.clean and not raced.wrong else 1)


if __name__ == "__main__":
    main()
