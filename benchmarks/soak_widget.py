"""Hold many conversations through the widget while the wire is cut, the server is killed, and visitors reload and go offline.

Real Chromium, the real web process as a child that is killed with SIGKILL, an assistant of the tests that takes its time. Counts
what is lost and what is doubled, in the ledger and on the screen. `make soak` runs it; the same `--seed` makes the same faults,
though not at the very same moment.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.async_api import Error, async_playwright  # noqa: E402

from benchmarks.chromium import CHROMIUM  # noqa: E402
from benchmarks.machine import load  # noqa: E402
from helpdesk.processes import LEASH  # noqa: E402
from tests.wire import Wire  # noqa: E402

PATIENCE = 120.0
LAUNCHER = "ms-navigator-chat .launcher"
INPUT = "ms-navigator-chat #text"


@dataclass
class Tally:
    """What was found, over all conversations."""

    conversations: int = 0
    messages: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.disordered or self.gaps)


# ---- the help desk, in a child that can be killed


def serve(folder: Path, seed: int) -> None:
    from tests.web import FakeAssistant, FakeSafety, RealServer, settings_for

    assistant = FakeAssistant()
    rng = random.Random(seed)
    turn = assistant.turn

    async def slowly(question: Any) -> Any:
        assistant.delay = rng.uniform(0.02, 0.5)
        return await turn(question)

    assistant.turn = slowly  # type: ignore[method-assign]
    server = RealServer(settings_for(folder, HELPDESK_DATA=str(ROOT / "data")), assistant, FakeSafety())
    print(server.port, flush=True)
    server.server.run()


class Desk:
    """The running help desk behind its wire."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.folder, self.rng, self.start_s = folder, rng, 0.0
        self.process = self._start()
        self.wire = Wire(self._port())

    def _start(self) -> subprocess.Popen[str]:
        self.began = time.monotonic()
        argv = [
            sys.executable,
            "-I",
            "-S",
            str(LEASH),
            str(os.getpid()),
            sys.executable,
            str(Path(__file__)),
            "--serve",
            str(self.folder),
            "--seed",
            str(self.rng.randrange(1 << 30)),
        ]
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

    def _port(self) -> int:
        assert self.process.stdout is not None
        port = int(self.process.stdout.readline())
        while not answers(f"http://127.0.0.1:{port}/healthz"):
            assert self.process.poll() is None, "the help desk did not start"
            time.sleep(0.02)
        self.start_s = time.monotonic() - self.began
        return port

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def start_again(self) -> None:
        self.process = self._start()
        self.wire.to = self._port()

    def close(self) -> None:
        self.wire.close()
        self.kill()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


async def weather(desk: Desk, rng: random.Random, tally: Tally, every: float) -> None:
    """Cut the wire, lose acknowledgements and kill the server, again and again; a busy machine gets more time in between."""
    while True:
        await asyncio.sleep(rng.uniform(0.3, 1.7) * every * max(1.0, desk.start_s / 2))
        fault = rng.choices(("cut", "lost acknowledgement", "server kill"), (5, 4, 1))[0]
        tally.faults[fault] += 1
        if fault == "cut":
            desk.wire.cut()
        elif fault == "lost acknowledgement":
            desk.wire.lose_acknowledgements(rng.randint(1, 3))
        else:
            await asyncio.to_thread(desk.kill)
            await asyncio.sleep(rng.uniform(0, 2))
            await asyncio.to_thread(desk.start_again)


# ---- a visitor


class Visitor:
    """One browser profile and what its person does."""

    def __init__(self, browser: Any, url: str, rng: random.Random, tally: Tally) -> None:
        self.browser, self.url, self.rng, self.tally = browser, url, rng, tally
        self.sent: list[str] = []
        self.context: Any = None
        self.page: Any = None

    async def talk(self, number: int) -> None:
        self.context = await self.browser.new_context(base_url=self.url)
        try:
            self.page = await self.context.new_page()
            await self.visit()
            faults: list[Callable[[str], Awaitable[None]]] = [
                self.plain, self.reload, self.offline, self.offline_and_reload, self.next_page, self.other_tab, self.closed_tab,
            ]  # fmt: skip
            for part in range(self.rng.randint(3, 6)):
                fault = self.rng.choice(faults)
                self.tally.faults[fault.__name__.replace("_", " ")] += 1
                await fault(f"Question {part + 1} of visitor {number}?")
                await asyncio.sleep(self.rng.choice((0.0, 0.1, 0.6, 1.5)))
            await self.settle(number)
        finally:
            await self.context.close()

    async def visit(self, path: str = "/") -> None:
        """Go to a page of the site, as often as it takes, until the chat is open."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                await self.page.goto(path, timeout=10000)
                await self.page.locator(LAUNCHER).wait_for(state="attached", timeout=5000)
                if await self.page.locator(LAUNCHER).is_visible():
                    await self.page.locator(LAUNCHER).click(timeout=5000)
                await self.page.locator(INPUT).wait_for(timeout=5000)
                return
            except Error:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(0.3)

    async def say(self, text: str) -> None:
        """Type and send; from here on it must not be lost."""
        await self.page.locator(INPUT).fill(text)
        await self.page.locator(INPUT).press("Enter")
        self.sent.append(text)

    async def plain(self, text: str) -> None:
        await self.say(text)

    async def reload(self, text: str) -> None:
        await self.say(text)
        await asyncio.sleep(self.rng.choice((0.0, 0.02, 0.2)))
        await self.visit()

    async def offline(self, text: str) -> None:
        await self.context.set_offline(True)
        await self.say(text)
        await asyncio.sleep(self.rng.uniform(0, 2))
        await self.context.set_offline(False)

    async def offline_and_reload(self, text: str) -> None:
        await self.context.set_offline(True)
        await self.say(text)
        with contextlib.suppress(Error):
            await self.page.reload(timeout=3000)
        await self.context.set_offline(False)
        await self.visit()

    async def next_page(self, text: str) -> None:
        await self.say(text)
        await self.visit("/?next")

    async def other_tab(self, text: str) -> None:
        first, self.page = self.page, await self.context.new_page()
        await self.visit()
        await self.say(text)
        if self.rng.random() < 0.5:
            await self.page.close()
            self.page = first
        else:
            await first.close()

    async def closed_tab(self, text: str) -> None:
        await self.say(text)
        before, self.page = self.page, await self.context.new_page()
        await before.close()
        await self.visit()

    async def settle(self, number: int) -> None:
        """Wait until nothing is on its way, then compare what was sent with the ledger and with the screen."""
        events: list[dict[str, Any]] = []
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            await asyncio.sleep(0.3)
            waiting = await self.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('outbox')).length")
            if waiting:
                continue
            events = await self.ledger()
            replies = {event["reply_to"] for event in events if event.get("reply_to")}
            asked = {event["seq"] for event in events if event["author"] == "visitor"}
            shown = await self.shown()
            if asked <= replies and len(shown) == len([event for event in events if event["kind"] == "message"]):
                break
        self.compare(number, events, [text for is_ours, text in await self.shown() if is_ours])

    async def ledger(self) -> list[dict[str, Any]]:
        """Ask the help desk itself, past the widget."""
        kept = await self.page.evaluate(
            "JSON.parse(localStorage[Object.keys(localStorage).find((key) => key.endsWith(' conversation'))])"
        )
        with contextlib.suppress(Error):
            headers = {"Authorization": f"Bearer {kept['token']}"}
            response = await self.context.request.get(f"/api/conversations/{kept['id']}/events?after=0", headers=headers)
            if response.ok:
                return list((await response.json())["events"])
        return []

    async def shown(self) -> list[list[Any]]:
        found: list[list[Any]] = await self.page.locator("li.message").evaluate_all(
            "(all) => all.map((one) => [one.classList.contains('visitor'), one.querySelector('.words').textContent])"
        )
        return found

    def compare(self, number: int, events: list[dict[str, Any]], screen: list[str]) -> None:
        tally = self.tally
        tally.conversations += 1
        tally.messages += len(self.sent)
        stored = [event["text"] for event in events if event["author"] == "visitor"]
        replies = Counter(event["reply_to"] for event in events if event.get("reply_to"))
        for where, texts in (("in the ledger", stored), ("on the screen", screen)):
            times = Counter(texts)
            tally.lost += [f"{text} {where}" for text in self.sent if not times[text]]
            tally.doubled += [f"{text} {where}" for text in self.sent if times[text] > 1]
            if not Counter(self.sent) - times and [text for text in texts if text in self.sent] != self.sent:
                tally.disordered.append(f"visitor {number} {where}: {texts}")
        for event in events:
            if event["author"] == "visitor" and replies[event["seq"]] != 1:
                (tally.doubled if replies[event["seq"]] else tally.lost).append(f"the reply to: {event['text']}")
        if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
            tally.gaps.append(f"visitor {number}: the numbers have a gap or a double")


# ---- all of it


async def soak(args: argparse.Namespace, folder: Path) -> Tally:
    tally = Tally()
    desk = Desk(folder, random.Random(args.seed))
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            storm = asyncio.create_task(weather(desk, random.Random(args.seed + 1), tally, args.every))
            places = asyncio.Semaphore(args.at_once)

            async def one(number: int) -> None:
                async with places:
                    rng = random.Random(f"{args.seed} {number}")
                    await Visitor(browser, desk.wire.url, rng, tally).talk(number)
                    if not args.quiet and tally.conversations % 20 == 0:
                        found = f"{len(tally.lost)} lost, {len(tally.doubled)} doubled"
                        print(f"{tally.conversations} conversations, {found}, {load()}", flush=True)

            talks = asyncio.gather(*(one(number) for number in range(1, args.conversations + 1)))
            await asyncio.wait([talks, storm], return_when=asyncio.FIRST_COMPLETED)
            if storm.done():
                talks.cancel()
                storm.result()  # it never ends by itself: the server did not come back
            storm.cancel()
            await talks
            await browser.close()
    finally:
        desk.close()
    tally.faults["lost acknowledgement"] = desk.wire.lost
    return tally


def report(tally: Tally) -> str:
    lines = [f"conversations  {tally.conversations}", f"messages       {tally.messages}"]
    lines += [f"    {count:5} {fault}" for fault, count in sorted(tally.faults.items())]
    for name in ("lost", "doubled", "disordered", "gaps"):
        found = getattr(tally, name)
        lines += [f"{name:<14} {len(found)}", *(f"    {one}" for one in found[:20])]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=6, help="how many of them at the same time")
    parser.add_argument("--every", type=float, default=1.5, help="mean seconds between two faults of the wire or the server")
    parser.add_argument("--seed", type=int, default=2015)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--json", type=Path, help="write the counts there too")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return serve(args.serve, args.seed)
    if CHROMIUM is None:
        sys.exit("No Chromium on this machine; .ci/run installs it.")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="helpdesk-soak-") as folder:
        tally = asyncio.run(soak(args, Path(folder)))
    print(report(tally))
    print(f"seed {args.seed}, {time.monotonic() - began:.0f} s, {load()}")
    if args.json:
        args.json.write_text(json.dumps(vars(tally), indent=1) + "\n", encoding="utf-8")
    sys.exit(0 if tally.clean else 1)


if __name__ == "__main__":
    main()
