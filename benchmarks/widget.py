"""Measure the widget as a visitor meets it: how long it takes to open, what is transferred, and whether the page around it moves.

Real Chromium and the real web process with an assistant of the tests; every run has an empty cache. `make bench` runs it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from benchmarks.chromium import CHROMIUM  # noqa: E402
from benchmarks.machine import load  # noqa: E402
from helpdesk.chat.assets import HERE, joined  # noqa: E402
from tests.web import FakeAssistant, FakeSafety, RealServer, settings_for  # noqa: E402

# From the press to the first frame in which the box has the focus. Every shift counts, also one that a press excuses.
WATCH = """() => {
    const root = document.querySelector("ms-navigator-chat").shadowRoot;
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => { window.shift += value; }))
        .observe({ type: "layout-shift", buffered: true });
    window.opened = new Promise((resolve) => root.addEventListener("click", (press) => {
        const look = () => root.activeElement?.id === "text" ? setTimeout(() => resolve(performance.now() - press.timeStamp))
            : requestAnimationFrame(look);
        requestAnimationFrame(look);
    }, { once: true, capture: true }));
}"""


@contextmanager
def desk() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as folder:
        settings = settings_for(Path(folder), HELPDESK_DATA=str(ROOT / "data"))
        server = RealServer(settings, FakeAssistant(), FakeSafety()).start()
        try:
            yield server.url
        finally:
            server.stop()


def run(browser: Any, url: str) -> dict[str, float]:
    """Open the page and the chat once, in a browser that has seen neither."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}
    wire.on("Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(url)
    launcher = page.get_by_role("button", name="Chat about MS")
    launcher.wait_for()
    page.evaluate(WATCH)
    before = len(addresses)
    launcher.click()
    took = page.evaluate("window.opened")
    page.wait_for_timeout(500)
    widget = [number for number, address in addresses.items() if "/widget/" in address]
    found = {
        "press to ready for typing, ms": took,
        "requests for the widget": len(widget),
        "bytes for the widget": sum(sizes.get(number, 0) for number in widget),
        "requests on opening": len(addresses) - before,
        "layout shift": page.evaluate("window.shift"),
    }
    context.close()
    return found


def report(runs: list[dict[str, float]]) -> str:
    lines = []
    for name in runs[0]:
        values = sorted(one[name] for one in runs)
        lines.append(f"{name:<36}{statistics.median(values):>10,.1f}   ({values[0]:,.1f} to {values[-1]:,.1f})")
    sources = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in HERE.glob("*.js"))
    lines.append(f"{'lines of the module as sent':<36}{len(joined().splitlines()):>10}   ({sources} with comments and imports)")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    args = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("No Chromium on this machine; .ci/run installs it.")
    with desk() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        run(browser, url)  # The first page of a browser is slower.
        runs = [run(browser, url) for _ in range(args.runs)]
        browser.close()
    print(f"The widget, median of {args.runs} runs")
    print(report(runs))
    print(load())


if __name__ == "__main__":
    main()
