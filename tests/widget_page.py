"""A page with the widget on it, as a visitor's hands and eyes and ears know it; and the help desk's side of the same chat."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.chromium import CHROMIUM
from tests.web import FakeAssistant, FakeSafety, RealServer, settings_for

NEEDS_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; .ci/run installs it"),
]
EMPTY_REPLY = {"actions": [], "answers": [], "route": None, "lang": "en", "danger": None}

# Notes what is put into the live regions, in order, whoever makes them and when.
LISTEN = """
window.spokenHere = [];
new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    if (!(target instanceof Element) || !target.matches("[slot=spoken]")) continue;
    for (const node of addedNodes) spokenHere.push([target.getAttribute("role"), node.textContent]);
  }
}).observe(document, { childList: true, subtree: true });
"""


class WidgetPage:
    """One tab with the widget. `page` is Playwright's."""

    def __init__(self, page: Any, server: RealServer) -> None:
        self.page = page
        self.server = server
        self.context = page.context
        self.element = page.locator("ms-navigator-chat")
        self.launcher = page.get_by_role("button", name=re.compile("^Chat about MS"))
        self.dialog = page.get_by_role("dialog")
        self.input = page.get_by_label("Your question", exact=True)
        self.items = page.locator("li.message")

    def button(self, name: str, **more: Any) -> Any:
        return self.dialog.get_by_role("button", name=name, exact=True, **more)

    def open(self) -> WidgetPage:
        self.launcher.click()
        self.input.wait_for()
        return self

    def close(self) -> None:
        self.page.keyboard.press("Escape")
        self.launcher.wait_for()

    def reload(self) -> None:
        self.page.reload()

    def say(self, text: str) -> None:
        """Send a message and wait for nothing."""
        self.input.fill(text)
        self.input.press("Enter")

    def ask(self, text: str) -> Any:
        """Send a message; return the reply, once it is there."""
        others = self.page.locator("li.message:not(.visitor)")
        reply = others.nth(others.count())
        self.say(text)
        reply.wait_for()
        return reply

    def options(self, name: str) -> None:
        """Go to one of the other views."""
        self.button("More options").click()
        self.button(name).click()

    def messages(self) -> list[tuple[str, str]]:
        """Return who said what, as it is shown, from the top."""
        found: list[list[str]] = self.items.evaluate_all(
            """(all) => all.map((one) => [one.querySelector(".who").textContent,
                [...one.querySelectorAll(":scope > .words")].map((part) => part.textContent).join("\\n\\n")])"""
        )
        return [(who, text) for who, text in found]

    def spoken(self) -> list[tuple[str, str]]:
        """Return what was put into the live regions since the page was loaded: ("log" or "alert", text)."""
        return [(role, text) for role, text in self.page.evaluate("spokenHere")]

    def until_spoken(self, part: str) -> None:
        self.page.wait_for_function("(part) => spokenHere.some(([, text]) => text.includes(part))", arg=part)

    def active(self) -> str:
        """Return the accessible name, roughly, of what has the focus: its label, its words or its id; "" for the page."""
        return str(
            self.page.evaluate(
                """() => {
                    let one = document.activeElement;
                    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
                    if (!one || one === document.body) return "";
                    return one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? (one.textContent.trim() || one.id);
                }"""
            )
        )

    # ---- the help desk's side

    @property
    def id(self) -> str:
        """The conversation's id."""
        return str(self.element.evaluate("(one) => one.chat.conversation.id"))

    @property
    def token(self) -> str:
        return str(self.element.evaluate("(one) => one.chat.conversation.token"))

    def on_server(self, work: Callable[[], Any]) -> Any:
        """Do something on the server's own loop, so that whoever waits there is woken at once."""

        async def run() -> Any:
            return work()

        loop = self.server.server.servers[0].get_loop()
        return asyncio.run_coroutine_threadsafe(run(), loop).result(10)

    def owner(self, owner: str, **event: Any) -> None:
        """Hand the conversation over, and tell it."""
        service, id = self.server.app.state.service, self.id

        def work() -> None:
            expected = service.store.ledger.find(id)["owner"]
            told = {"author": "system", "name": "MS Navigator help desk", "text": "", **event}
            assert service.store.ledger.set_owner(id, expected=expected, owner=owner, event=told) is not None
            service.hub.ring(id)

        self.on_server(work)

    def push(self, text: str, author: str = "navigator", name: str = "Ana", **event: Any) -> None:
        """Say something in the chat without being asked."""
        service, id = self.server.app.state.service, self.id

        def work() -> None:
            service.store.ledger.append(
                id, {**EMPTY_REPLY, "kind": "message", "author": author, "name": name, "text": text, **event}
            )
            service.hub.ring(id)

        self.on_server(work)

    def cut(self) -> None:
        """End every stream; the widget comes back by itself."""
        hub = self.server.app.state.service.hub

        def work() -> None:
            hub.close()
            hub.closing = False

        self.on_server(work)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright_api = pytest.importorskip("playwright.sync_api")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealServer, FakeAssistant]]:
    """One help desk for all tests of a module that do not stop it. The assistant stays as a test has left it."""
    assistant = FakeAssistant()
    server = RealServer(settings_for(tmp_path_factory.mktemp("shared")), assistant, FakeSafety()).start()
    yield server, assistant
    server.stop()


@pytest.fixture
def open_widget(browser: Any, server: RealServer) -> Iterator[Any]:
    """Open a page with the widget, closed; what the page complains of, or asks of another host, fails the test.

    `script` runs before the page's own scripts; `context` opens another tab of the same browser; the rest are options of a new
    browser context. `path` may be the address of another site. That a request failed is no complaint: tests look after it.
    """
    complaints: list[str] = []
    contexts = []

    def watch(page: Any, hosts: set[str]) -> None:
        def said(message: Any) -> None:
            if message.type == "error" and "Failed to load resource" not in message.text:
                complaints.append(message.text)

        def asked(request: Any) -> None:
            address = urlsplit(request.url)
            if address.scheme.startswith("http") and address.netloc not in hosts:
                complaints.append(f"request to {request.url}")

        page.on("console", said)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", asked)

    def open_it(path: str = "/", *, script: str = "", context: Any = None, **options: Any) -> WidgetPage:
        if context is None:
            context = browser.new_context(**{"base_url": server.url, **options})
            context.set_default_timeout(15000)
            context.add_init_script(LISTEN)
            contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        watch(page, {urlsplit(server.url).netloc, urlsplit(path).netloc})
        page.goto(path)
        return WidgetPage(page, server)

    open_it.complaints = complaints  # type: ignore[attr-defined]
    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
