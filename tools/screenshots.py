#!/usr/bin/env python3
"""Take the pictures of the widget for the README, docs/images/*.png: `make screenshots`.

The web process is the real one, with the real texts of data/ and an assistant of the tests; `--url` takes a running help desk
instead, without the picture of a handoff.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.web import FakeAssistant, FakeSafety, RealServer, answer, settings_for  # noqa: E402
from tests.widget_page import CHROMIUM, WidgetPage  # noqa: E402

OUT = ROOT / "docs" / "images"
ANSWER = ROOT / "data" / "answers" / "findings" / "vitamin_d.yml"
LARGEST = 150_000
DESK = {"viewport": {"width": 960, "height": 780}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 320, "height": 568}, "color_scheme": "dark", "device_scale_factor": 2}
QUESTION = "What was found about vitamin D?"


@contextlib.contextmanager
def desk() -> Iterator[RealServer]:
    """A help desk whose assistant gives one answer of data/."""
    told = yaml.safe_load(ANSWER.read_text(encoding="utf-8"))["responses"]
    one = next(iter(told.values()))[0]
    meta = one["metadata"]
    assistant = FakeAssistant()
    known = {name: meta[name] for name in ("page", "section", "as_of") if meta.get(name)}
    buttons = tuple((button["title"], button["payload"]) for button in one["buttons"])
    assistant.answers = lambda question: (answer(one["text"].strip(), buttons=buttons, **known),)
    with tempfile.TemporaryDirectory(prefix="helpdesk-pictures-") as folder:
        server = RealServer(settings_for(Path(folder), HELPDESK_DATA=str(ROOT / "data")), assistant, FakeSafety()).start()
        try:
            yield server
        finally:
            server.stop()


class Camera:
    """Opens the demo page, and keeps what it looks like."""

    def __init__(self, browser: Any, url: str, server: Any) -> None:
        self.browser, self.url, self.server = browser, url, server

    def open(self, look: dict[str, Any]) -> WidgetPage:
        page = self.browser.new_context(base_url=self.url, reduced_motion="reduce", **look).new_page()
        page.goto("/")
        widget = WidgetPage(page, self.server)
        widget.launcher.wait_for()
        return widget

    def take(self, widget: WidgetPage, name: str) -> None:
        widget.page.wait_for_timeout(400)  # What scrolls has come to rest.
        path = OUT / f"{name}.png"
        widget.page.screenshot(path=path)
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}  {size:,} bytes")
        if size > LARGEST:
            sys.exit(f"{path.name} is larger than {LARGEST:,} bytes.")


def take_all(camera: Camera) -> None:
    widget = camera.open(DESK)
    camera.take(widget, "closed")
    widget.open().ask(QUESTION)
    camera.take(widget, "answer")
    widget.ask("I think of suicide")
    camera.take(widget, "crisis")
    phone = camera.open(PHONE).open()
    phone.ask(QUESTION)
    camera.take(phone, "phone-dark")
    if camera.server is not None:
        camera.take(handed_over(camera.open(DESK).open()), "handoff")


def handed_over(widget: WidgetPage) -> WidgetPage:
    """A person was asked for, and came."""
    widget.ask(QUESTION)
    widget.owner("waiting", reason="asked", navigator=None, on_duty=True, place=1, usual_wait_s=120)
    widget.owner("navigator", navigator="Ana")
    widget.push("Hello, I am Ana. I have read what you asked. How can I help?")
    widget.page.locator("li.navigator").wait_for()
    widget.input.fill("I would like to talk about my next visit")
    return widget


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="of a help desk that runs")
    args = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("No Chromium on this machine; .ci/run installs it.")
    OUT.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        server = None if args.url else stack.enter_context(desk())
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take_all(Camera(browser, args.url or server.url, server))  # type: ignore[union-attr]
        browser.close()


if __name__ == "__main__":
    main()
