"""Measure a reply's way from the navigator's key to the visitor's screen, beside the least that it could take.

The real processes, started by `helpdesk up`, and one Chromium: the key is Ctrl+Enter on the desk, the screen is the widget's, and
both times are of the one clock of this machine. The floor is the same reply as a bare POST, until it comes out of the visitor's
stream of events, with no browser; each reply is measured both ways, one right after the other. `make bench` runs it.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from benchmarks.chromium import CHROMIUM  # noqa: E402
from benchmarks.machine import load  # noqa: E402
from benchmarks.soak_desk import Navigator, Visitor, links  # noqa: E402
from helpdesk.instance import Instance, instance  # noqa: E402

PAUSE = 0.15  # seconds between two replies; the desk's own traffic after a reply is over by then
WARM = 5  # replies that are not counted: the first ones of a browser are slower
# When the key went down, by the clock that both pages share.
KEY = """() => document.querySelector("#text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) window.pressed = performance.timeOrigin + event.timeStamp;
}, { capture: true })"""
# When the first frame with the reply in it has been made.
SCREEN = """() => {
    window.seen = {};
    const look = (changes) => {
        const texts = changes.flatMap(({ addedNodes }) => [...addedNodes])
            .filter((one) => one instanceof Element && one.matches("li.navigator"))
            .map((one) => one.querySelector(".words").textContent);
        if (!texts.length) return;
        requestAnimationFrame(() => setTimeout(() => {
            for (const text of texts) window.seen[text] = performance.timeOrigin + performance.now();
        }));
    };
    const { shadowRoot } = document.querySelector("ms-navigator-chat");
    new MutationObserver(look).observe(shadowRoot, { childList: true, subtree: true });
}"""
SEEN = """(text) => new Promise((resolve) => {
    const look = () => text in window.seen ? resolve(window.seen[text]) : setTimeout(look, 20);
    look();
})"""
NOW = "performance.timeOrigin + performance.now()"


class Floor:
    """A reply as a bare POST, and the visitor's stream with nothing that shows it."""

    def __init__(self, navigator: Navigator, url: str) -> None:
        self.visitor = Visitor(url, 0, random.Random(0))
        self.form = taken(navigator, self.visitor)
        self.address = urlsplit(url).netloc
        self.path = f"/desk/c/{self.visitor.id}/reply"
        cookies = "; ".join(f"{name}={value}" for name, value in navigator.client.cookies.items())
        self.headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        self.desk = http.client.HTTPConnection(self.address)
        self.came: Queue[float] = Queue()
        self.opened = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        self.opened.wait(30)

    def _listen(self) -> None:
        stream = http.client.HTTPConnection(self.address)
        headers = {**self.visitor.headers, "Accept": "text/event-stream"}
        stream.request("GET", f"/api/conversations/{self.visitor.id}/events", headers=headers)
        for line in stream.getresponse():
            at = time.perf_counter()
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                if event["kind"] == "owner" and event["owner"] == "navigator":
                    self.opened.set()
                elif event["kind"] == "message" and event["author"] == "navigator":
                    self.came.put(at)

    def measure(self, text: str) -> float:
        body = urlencode({**self.form, "client_id": str(uuid.uuid4()), "text": text}).encode()
        began = time.perf_counter()
        self.desk.request("POST", self.path, body=body, headers=self.headers)
        answer = self.desk.getresponse()
        answer.read()
        assert answer.status == 303, f"the desk took no reply: {answer.status}"
        return 1000 * (self.came.get(timeout=30) - began)


class Browsers:
    """A navigator's page and a visitor's, each in a browser context of its own."""

    def __init__(self, browser: Any, navigator: Navigator, url: str) -> None:
        self.desk, self.widget = (
            browser.new_context(base_url=url, viewport={"width": 1280, "height": 720}).new_page() for _ in "12"
        )
        self.widget.goto("/")
        self.widget.get_by_role("button", name="Chat about MS").click()
        self.widget.get_by_role("dialog").get_by_role("button", name="Talk to a person", exact=True).first.click()
        self.widget.get_by_role("button", name="Stop waiting").wait_for()
        chat = self.widget.evaluate("document.querySelector('ms-navigator-chat').chat.conversation.id")
        claim(navigator, chat)
        cookies = [{"name": name, "value": value, "url": url} for name, value in navigator.client.cookies.items()]
        self.desk.context.add_cookies(cookies)
        self.desk.goto(f"/desk/c/{chat}")
        self.box = self.desk.get_by_label("Reply to the visitor")
        self.box.wait_for()
        self.desk.evaluate(KEY)
        self.widget.evaluate(SCREEN)

    def measure(self, text: str) -> float:
        self.box.fill(text)
        self.box.press("Control+Enter")
        seen = self.widget.evaluate(SEEN, text)
        self.desk.locator("li.navigator:not(.pending)").filter(has_text=text).wait_for()
        return float(seen - self.desk.evaluate("window.pressed"))

    def apart(self) -> float:
        """Return by how many milliseconds the clocks of the two pages differ, as far as it can be seen from here."""
        return abs(skew(self.desk) - skew(self.widget))


def skew(page: Any) -> float:
    """Return how far a page's clock is before this program's: of several looks, the quickest one."""
    looks = []
    for _ in range(50):
        began = time.time()
        there = page.evaluate(NOW)
        took = time.time() - began
        looks.append((took, there - 1000 * (began + took / 2)))
    return float(min(looks)[1])


def claim(navigator: Navigator, chat: str) -> dict[str, str]:
    """Claim a chat; return what every form on its page must hold."""
    form = {"csrf": navigator.fields(f"/desk/c/{chat}")["csrf"]}
    navigator.client.post(f"/desk/c/{chat}/claim", data=form).raise_for_status()
    return form


def taken(navigator: Navigator, visitor: Visitor) -> dict[str, str]:
    visitor.ask_for_a_person()
    return claim(navigator, visitor.id)


@contextlib.contextmanager
def desk() -> Iterator[Instance]:
    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as folder, instance(Path(folder)) as running:
        yield running


def report(name: str, values: list[float]) -> str:
    return f"{name:<44}{statistics.median(values):>10,.1f}{p95(values):>10,.1f}"


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=int, default=100)
    args = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("No Chromium on this machine; .ci/run installs it.")
    done, screen, floor = threading.Event(), [], []
    with desk() as running, sync_playwright() as playwright:
        ana, ben = (Navigator(running.url, link, random.Random(0), done) for link in links(running.state, ["Ana", "Ben"]))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        pages, bare = Browsers(browser, ana, running.url), Floor(ben, running.url)
        for number in range(WARM + args.replies):
            text = f"This is reply {number:03} of a navigator to a visitor."
            for side, values in ((pages, screen), (bare, floor)):
                values.append(side.measure(text))
                time.sleep(PAUSE)
        apart = pages.apart()
        browser.close()
    screen, floor = screen[WARM:], floor[WARM:]
    print(f"A navigator's reply, {args.replies} times{'':<18}{'median':>10}{'p95':>10}")
    print(report("from the key to the visitor's screen, ms", screen))
    print(report("the floor: a bare POST to a bare stream, ms", floor))
    ratios = statistics.median(screen) / statistics.median(floor), p95(screen) / p95(floor)
    print(f"{'ratio':<44}{ratios[0]:>10.1f}{ratios[1]:>10.1f}")
    print(f"clocks of the two pages {apart:.1f} ms apart; {load()}")


if __name__ == "__main__":
    main()
