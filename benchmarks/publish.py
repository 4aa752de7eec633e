"""Publish again and again while visitors ask without a pause, and compare with the same visitors when nothing is published.

The real processes, started by `helpdesk up`: two releases that differ in a topic's examples take each other's place. Counts every
message that failed, got no reply or the one that says that we are down; measures the longest wait from the POST to the reply, and
the memory of the web process and of the live Rasa. `make bench` runs it with 20 publications.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from benchmarks.machine import MARKS, add_state, load, memory, state_folder  # noqa: E402
from helpdesk import publishing, snapshots  # noqa: E402
from helpdesk.instance import Instance, instance  # noqa: E402
from helpdesk.live import told  # noqa: E402
from helpdesk.settings import Settings, read_settings  # noqa: E402
from helpdesk.store import Store  # noqa: E402
from helpdesk.store.releases import new_id  # noqa: E402

VISITORS = 4
PATIENCE = 300.0
EACH = 12  # messages of one conversation
QUESTIONS = (
    "What is Tob1?", "is there a pill for progressive ms", "who pays for it", "does ibudilast work", "thanks", "tell me more",
    "what is the weather in paris", "how many people have ppms", "is ocrelizumab approved", "what does simvastatin do",
)  # fmt: skip
ADDED = "      - a sentence that only the second version has learnt about tob1\n"


@dataclass
class Waits:
    """How long each reply took, in seconds, by what happened meanwhile; and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"quiet": [], "publishing": []})
    wrong: Counter[str] = field(default_factory=Counter)
    now: str = "quiet"
    done: threading.Event = field(default_factory=threading.Event)


def ask(url: str, waits: Waits) -> None:
    """Be one visitor, who asks until it is done."""
    number = 0
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        while not waits.done.is_set():
            at, headers = begin(client)
            for _ in range(EACH):
                number += 1
                phase, began = waits.now, time.perf_counter()
                wrong = one_message(client, at, headers, QUESTIONS[number % len(QUESTIONS)])
                if wrong:
                    waits.wrong[wrong] += 1
                waits.seconds[phase].append(time.perf_counter() - began)
                if waits.done.is_set():
                    return


def begin(client: httpx.Client) -> tuple[str, dict[str, str]]:
    """Begin a conversation; return its address and the headers that open it."""
    made = client.post("/api/conversations").raise_for_status().json()
    return f"/api/conversations/{made['id']}", {"Authorization": f"Bearer {made['token']}"}


def one_message(client: httpx.Client, at: str, headers: dict[str, str], text: str) -> str | None:
    """Send it and wait for its reply; return what was wrong."""
    try:
        sent = client.post(f"{at}/messages", json={"client_id": str(uuid.uuid4()), "text": text}, headers=headers)
        if sent.status_code != 202:
            return f"status {sent.status_code}"
        seq = sent.json()["seq"]
        until = time.monotonic() + 25
        while time.monotonic() < until:
            found = client.get(f"{at}/events", params={"after": seq, "wait": 10}, headers=headers).json()["events"]
            for event in found:
                if event.get("reply_to") == seq:
                    return "down" if event["route"] == "down" else None
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return type(error).__name__
    return "no reply"


@contextlib.contextmanager
def visitors(url: str) -> Iterator[Waits]:
    waits = Waits()
    threads = [threading.Thread(target=ask, args=(url, waits)) for _ in range(VISITORS)]
    for thread in threads:
        thread.start()
    try:
        yield waits
    finally:
        waits.done.set()
        for thread in threads:
            thread.join()


def second_release(store: Store, settings: Settings, first: str) -> str:
    """Add a release whose content has one sentence more; its model is the first one's, so that nothing has to be trained."""
    found = store.releases.find(first)
    assert found is not None
    id = new_id(store.clock())
    content = snapshots.content(settings.state, id)
    snapshots.take(snapshots.content(settings.state, first), content)
    (topic,) = (content / "data" / "answers").rglob("tob1.yml")
    text = topic.read_text(encoding="utf-8")
    head, mark, rest = text.partition("examples: |\n")
    topic.write_text(head + mark + ADDED + rest, encoding="utf-8")
    snapshots.keep_archive(snapshots.archive(settings.state, first), snapshots.archive(settings.state, id))
    snapshots.note_code(settings.state, id, snapshots.noted_code(settings.state, first) or "")
    snapshots.seal(settings.state, id, settings.secrets().signing[0])
    store.releases.add(replace(found, id=id, made_at=store.clock(), snapshot=snapshots.snapshot_hash(content)))
    for one in (first, id):
        store.releases.measured(one, [], {})
    return id


def publish(store: Store, settings: Settings, release: str) -> float:
    """Publish and wait until it is live; return how long that took."""
    began = time.monotonic()
    wanted = publishing.publish(store, settings, release, staff=None, note="measuring")
    while time.monotonic() - began < PATIENCE:
        now = store.releases.publication(wanted.id)
        assert now is not None and now.state != "failed", now
        if now.state == "live":
            return time.monotonic() - began
        time.sleep(0.1)
    raise SystemExit("It did not go live in time.")


def process(state: Path, port: int | None, mark: bytes) -> int:
    """Return the process of this state folder whose command has the mark, and listens on the port where one is given."""
    wanted = [mark, *([str(port).encode()] if port else [])]
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command, environ = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
            if all(one in command for one in wanted) and f"HELPDESK_STATE={state}\0".encode() in environ + b"\0":
                return int(folder.name)
    raise SystemExit(f"no process with {mark!r}")


def rss(state: Path) -> tuple[float, float]:
    """Return what the web process and the live Rasa hold."""
    live = told(state)
    assert live is not None
    rasa = process(state, int(live.rasa.rpartition(":")[2]), MARKS["rasa"])
    return memory(process(state, None, MARKS["web"])), memory(rasa)


def measure(desk: Instance, times: int, quiet: float, warm: float) -> bool:
    settings = read_settings({**os.environ, "HELPDESK_STATE": str(desk.state)})
    with Store.opened(settings) as store, visitors(desk.url) as waits:
        while (live := store.releases.live()) is None:
            time.sleep(0.2)
        pair = [second_release(store, settings, live.release), live.release]
        # Both safety nets have been made, and every part was in use, before anything is counted.
        for release in pair:
            publish(store, settings, release)
        time.sleep(warm)
        for one in waits.seconds.values():
            one.clear()
        waits.wrong.clear()
        time.sleep(quiet / 2)
        before = rss(desk.state)
        waits.now = "publishing"
        took = []
        for number in range(times):
            took.append(publish(store, settings, pair[number % 2]))
            time.sleep(1.0)
        time.sleep(12.0)  # the last old Rasa has ended
        waits.now = "quiet"
        time.sleep(quiet / 2)
        after = rss(desk.state)
    return told_of(waits, took, before, after)


def told_of(waits: Waits, took: list[float], before: tuple[float, float], after: tuple[float, float]) -> bool:
    for phase, seconds in waits.seconds.items():
        median, nine = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
        print(
            f"{phase:<11} {len(seconds):6} messages: median {median:.2f} s, 99 in 100 {nine:.2f} s, longest {max(seconds):.2f} s"
        )
    print(f"{len(took)} publications, each live after {statistics.median(took):.0f} s (longest {max(took):.0f} s)")
    wrong = ", ".join(f"{count} × {what}" for what, count in waits.wrong.items()) or "none"
    print(f"failed or unanswered messages: {wrong}   (goal: none)")
    times = max(waits.seconds["publishing"]) / max(waits.seconds["quiet"])
    print(f"longest wait while publishing: {times:.1f} times the longest without   (goal: at most 2)")
    grown = [after[i] / before[i] - 1 for i in (0, 1)]
    for name, was, now, share in zip(("web", "live Rasa"), before, after, grown):
        print(f"{name:<11} {was:.0f} MB before, {now:.0f} MB after: {100 * share:+.1f} %   (goal: at most +5 %)")
    print(load())
    return not waits.wrong and times <= 2 and all(share <= 0.05 for share in grown)


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--times", type=int, default=20)
    reader.add_argument("--quiet", type=float, default=120.0, help="seconds without a publication, half before and half after")
    reader.add_argument("--warm", type=float, default=30.0, help="seconds before anything is counted")
    add_state(reader)
    given = reader.parse_args()
    environ = {"HELPDESK_WATCH_MINUTES": "0", "HELPDESK_PUBLISH_ALONE": "on"}
    with state_folder(given.state) as state, instance(state, environ=environ) as desk:
        well = measure(desk, given.times, given.quiet, given.warm)
    raise SystemExit(0 if well else 1)


if __name__ == "__main__":
    main()
