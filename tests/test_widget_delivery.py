"""No message is lost, none arrives twice, and nothing of it depends on the site that the widget stands on."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from helpdesk.chat.demo.other import other_site
from helpdesk.processes import free_port
from tests.web import FakeAssistant, FakeSafety, RealServer, settings_for
from tests.widget_page import NEEDS_BROWSER, WidgetPage
from tests.wire import Wire

pytestmark = NEEDS_BROWSER
ROOT = Path(__file__).resolve().parent.parent
LINE = "1-800-344-4867"
DENIED = """for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });"""


@pytest.fixture
def site_port() -> int:
    return free_port()


@pytest.fixture
def server(tmp_path: Path, assistant: FakeAssistant, safety: FakeSafety, site_port: int) -> Iterator[RealServer]:
    """A help desk that another site, on `site_port`, may use too."""
    allowed = settings_for(tmp_path, HELPDESK_ORIGINS=f"http://127.0.0.1:{site_port}")
    server = RealServer(allowed, assistant, safety).start()
    yield server
    server.stop()


@pytest.fixture
def wire(server: RealServer) -> Iterator[Wire]:
    wire = Wire(server.port)
    yield wire
    wire.close()


@pytest.fixture
def serve_site(server: RealServer) -> Iterator[Callable[[int], str]]:
    """Serve the page of another site, with the strictest content policy; return its address."""
    sites = []

    def serve(port: int, desk: str = server.url) -> str:
        site = other_site(desk, port)
        sites.append(site)
        Thread(target=site.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{port}/"

    yield serve
    for site in sites:
        site.shutdown()
        site.server_close()


def questions(assistant: FakeAssistant) -> list[str]:
    return [question.text for question in assistant.asked]


def mine(widget: WidgetPage) -> list[str]:
    """Return what the visitor said, as it is shown."""
    return [text for who, text in widget.messages() if who == "You"]


def replied(widget: WidgetPage, text: str) -> Any:
    reply = widget.page.locator("li.message.bot").filter(has_text=f"About {text}")
    reply.wait_for()
    return reply


def until(widget: WidgetPage, condition: Callable[[], Any], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        widget.page.wait_for_timeout(50)


def kept(widget: WidgetPage) -> list[str]:
    """Return what the browser still has to send, or has not seen come back."""
    keys: list[str] = widget.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('outbox'))")
    return keys


def is_stream(request: Any) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")


def on_streams(widget: WidgetPage, handle: Callable[[Any], None]) -> None:
    """Handle the requests for a stream otherwise; all others go through."""
    widget.context.route("**/events*", lambda route: handle(route) if is_stream(route.request) else route.continue_())


# ---- each message exactly once


@pytest.mark.point(6, 15)
def test_what_is_typed_offline_arrives_once_after_a_reload(open_widget, assistant: FakeAssistant):
    widget = open_widget().open()
    widget.ask("first")

    widget.context.set_offline(True)
    widget.say("second")
    widget.page.get_by_text("Not sent.", exact=True).wait_for()
    widget.say("third")
    widget.page.goto("about:blank")
    widget.context.set_offline(False)
    widget.page.goto("/")
    replied(widget, "second")
    replied(widget, "third")

    assert questions(assistant) == ["first", "second", "third"] == mine(widget)
    assert kept(widget) == []


def test_what_is_sent_in_the_moment_of_a_reload_arrives_once(open_widget, assistant: FakeAssistant):
    widget = open_widget().open()
    for number in range(3):
        widget.say(f"question {number}")
        widget.reload()
    replied(widget, "question 2")

    assert questions(assistant) == ["question 0", "question 1", "question 2"] == mine(widget)


@pytest.mark.parametrize("losses", [1, 2])
def test_a_lost_acknowledgement_doubles_nothing(open_widget, assistant: FakeAssistant, losses):
    widget = open_widget().open()
    lost: list[str] = []

    def lose(route: Any) -> None:
        if len(lost) == losses:
            return route.continue_()
        lost.append(json.loads(route.request.post_data)["client_id"])
        route.fetch()  # The help desk has it, and nobody here knows.
        route.abort()

    widget.page.route("**/messages", lose)
    widget.say("first")
    widget.say("second")
    replied(widget, "first")
    replied(widget, "second")
    until(widget, lambda: not kept(widget))

    assert questions(assistant) == ["first", "second"] == mine(widget)
    assert len(lost) == losses


@pytest.mark.point(3)
def test_five_cut_streams_lose_and_double_nothing(open_widget, assistant: FakeAssistant):
    widget = open_widget().open()
    widget.ask("question 0")
    for number in range(1, 6):
        widget.say(f"question {number}")
        until(widget, lambda n=number: len(assistant.asked) == n + 1)
        widget.cut()
        widget.push(f"From Ana {number}")
        replied(widget, f"question {number}")
        widget.page.locator("li.navigator").filter(has_text=f"From Ana {number}").wait_for()

    told = Counter(text for _, text in widget.messages())
    assert set(told.values()) == {1} and len(told) == 1 + 2 * 6 + 5
    assert mine(widget) == questions(assistant)


def test_a_wire_that_is_cut_in_the_middle_loses_and_doubles_nothing(open_widget, assistant: FakeAssistant, wire: Wire):
    widget = open_widget(f"{wire.url}/").open()
    wire.lose_acknowledgements(2)
    for number in range(4):
        widget.say(f"question {number}")
        wire.cut()
    for number in range(4):
        replied(widget, f"question {number}")
    until(widget, lambda: not kept(widget))

    assert questions(assistant) == [f"question {number}" for number in range(4)] == mine(widget)


@pytest.mark.point(3)
def test_events_out_of_order_and_doubled_are_shown_in_order_and_once(open_widget):
    widget = open_widget().open()
    widget.ask("first")
    for number in range(4):
        widget.push(f"From Ana {number}")
    widget.page.locator("li.navigator").nth(3).wait_for()
    shown = widget.messages()
    streams: list[str] = []

    def shuffle(route: Any) -> None:
        """Give the first stream everything from the last to the first, and twice."""
        streams.append(route.request.url)
        if len(streams) > 1:
            return route.continue_()
        events = route.fetch(url=f"{route.request.url}?after=0", headers={**route.request.headers, "accept": "application/json"})
        blocks = [f"id: {event['seq']}\ndata: {json.dumps(event)}\n\n" for event in reversed(events.json()["events"])]
        route.fulfill(headers={"Content-Type": "text/event-stream"}, body="".join(blocks * 2))

    def history(route: Any) -> None:
        """Hold the history back, so that the stream is all there is."""
        if is_stream(route.request):
            return shuffle(route)
        if "wait=0" in route.request.url and not streams:
            return route.fulfill(json={"events": [], "next": 0})
        route.continue_()

    widget.page.route("**/events*", history)
    widget.reload()
    until(widget, lambda: len(widget.messages()) == len(shown))
    channel = "(one) => { const {prefix} = one.kept; const to = new BroadcastChannel(prefix + one.chat.conversation.id);"
    widget.element.evaluate(f"{channel} [...one.chat.events].reverse().forEach((event) => to.postMessage(event)); to.close(); }}")
    widget.push("The last word")
    widget.page.locator("li.navigator").filter(has_text="The last word").wait_for()

    assert len(streams) > 1
    assert widget.messages() == [*shown, ("Ana", "The last word")]


def test_a_server_that_restarts_in_the_middle_of_the_chat(
    open_widget, server: RealServer, wire: Wire, tmp_path: Path, assistant: FakeAssistant, safety: FakeSafety
):
    widget = open_widget(f"{wire.url}/").open()
    widget.ask("before")
    server.stop()
    widget.say("while it is down")
    widget.page.locator(".state").wait_for()

    next_one = RealServer(settings_for(tmp_path), assistant, safety).start()
    try:
        wire.to = next_one.port
        replied(widget, "while it is down")
        widget.ask("after")
    finally:
        next_one.stop()

    assert questions(assistant) == ["before", "while it is down", "after"] == mine(widget)


@pytest.mark.point(6, 34)
def test_too_many_messages_are_said_so_in_words_and_sent_later(open_widget, assistant: FakeAssistant):
    widget = open_widget().open()
    widget.ask("first")
    refused: list[Any] = []

    def limit(route: Any) -> None:
        refused.append(route)
        if len(refused) > 1:
            return route.continue_()
        error = {"code": "rate_limited", "message": "That is a lot at once. Your message is sent in a moment."}
        route.fulfill(status=429, headers={"Retry-After": "2"}, json={"error": error})

    widget.page.route("**/messages", limit)
    widget.say("second")
    widget.page.get_by_text("Waiting to send", exact=True).wait_for()
    replied(widget, "second")

    assert questions(assistant) == ["first", "second"] == mine(widget)
    assert widget.page.locator(".state").count() == 0
    assert [role for role, text in widget.spoken() if "a lot at once" in text] == ["log"]


# ---- one browser, several pages


def test_two_tabs_share_one_stream(open_widget, server: RealServer, assistant: FakeAssistant):
    one = open_widget().open()
    one.ask("from the first tab")
    until(one, lambda: server.app.state.service.metrics.streams == 1)  # The reply may have come with the history.
    streams: list[str] = []
    one.context.on("request", lambda request: streams.append(request.url) if is_stream(request) else None)

    other = open_widget(context=one.context).open()
    replied(other, "from the first tab")
    other.ask("from the second tab")
    replied(one, "from the second tab")
    one.push("Hello to both")
    other.page.locator("li.navigator").filter(has_text="Hello to both").wait_for()

    assert streams == [] and server.app.state.service.metrics.streams == 1
    assert one.messages() == other.messages()

    one.page.close()
    other.ask("alone")

    until(other, lambda: len(streams) == 1)
    assert questions(assistant) == ["from the first tab", "from the second tab", "alone"] == mine(other)


@pytest.mark.point(15, 42)
def test_the_history_is_there_after_a_reload_and_on_the_next_page(open_widget):
    widget = open_widget().open()
    widget.ask("first")
    widget.ask("second")
    said = widget.messages()
    widget.input.fill("half a thou")

    widget.reload()
    replied(widget, "second")
    assert widget.messages() == said and widget.input.input_value() == "half a thou"

    widget.page.goto("/?next")
    replied(widget, "second")
    assert widget.messages() == said and widget.input.input_value() == "half a thou"
    assert widget.page.evaluate("document.activeElement === document.body"), "a page that was just loaded keeps its focus"


@pytest.mark.point(10, 17)
def test_what_came_while_the_chat_was_closed_is_counted_until_it_is_opened(open_widget):
    widget = open_widget().open()
    widget.ask("first")
    widget.close()
    for number in (1, 2):
        widget.push(f"From Ana {number}")
    two = widget.page.get_by_role("button", name="Chat about MS 2 new messages", exact=True)
    two.wait_for()
    assert not widget.dialog.is_visible()

    widget.reload()
    two.wait_for()
    widget.open()
    widget.page.locator("li.navigator").nth(1).wait_for()
    widget.close()

    widget.page.get_by_role("button", name="Chat about MS", exact=True).wait_for()
    widget.reload()
    widget.page.get_by_role("button", name="Chat about MS", exact=True).wait_for()


def test_where_nothing_may_be_kept_the_chat_works_all_the_same(open_widget, assistant: FakeAssistant):
    widget = open_widget(script=DENIED).open()
    widget.ask("first")
    widget.ask("second")

    assert questions(assistant) == ["first", "second"] == mine(widget)


# ---- what is typed


@pytest.mark.point(15)
@pytest.mark.parametrize("text", ["x" * 100_000, "🙂" * 2001, "   \n "], ids=["long", "long emoji", "empty"])
def test_what_cannot_be_sent_is_refused_in_words_and_kept(open_widget, assistant: FakeAssistant, text):
    widget = open_widget().open()
    widget.say(text)
    problem = widget.page.locator("#problem")
    problem.filter(has_text=".").wait_for()

    assert widget.input.input_value() == text
    assert widget.input.get_attribute("aria-invalid") == "true"
    assert widget.input.get_attribute("aria-describedby") == problem.get_attribute("id")
    assert (mine(widget), assistant.asked) == ([], [])


HARMLESS = [
    "🙂🙂🙂",
    "<img src=x onerror='window.hit = 1'>",
    "<script>window.hit = 1</script>",
    "**b** [l](javascript:hit=1) &amp;",
    "{{7*7}}",
]


def test_markup_and_script_are_shown_as_they_were_typed(open_widget):
    widget = open_widget().open()
    for text in HARMLESS:
        widget.ask(text)
    widget.reload()
    replied(widget, HARMLESS[-1])

    assert mine(widget) == HARMLESS
    assert widget.page.evaluate("window.hit") is None
    assert widget.page.locator("li.message :is(img, script, b)").count() == 0


def test_what_the_help_desk_refuses_is_given_back(open_widget):
    widget = open_widget().open()
    widget.say("\u200b")
    widget.page.locator("#problem").filter(has_text=".").wait_for()

    assert widget.input.input_value() == "\u200b"
    assert kept(widget) == []


# ---- the site around it


def test_the_strictest_site_has_nothing_to_complain_of(open_widget, serve_site, site_port, server: RealServer):
    widget = open_widget(serve_site(site_port))
    said: list[str] = []
    hosts: set[str] = set()
    widget.page.on("console", lambda message: said.append(message.text))
    widget.page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    widget.reload()
    widget.open()
    widget.ask("first")
    widget.options("Summary for my doctor")
    widget.button("Print").click()
    widget.button("Back to the chat").click()
    widget.button("More options").click()
    with widget.page.expect_download():
        widget.button("Save this chat as text").click()
    widget.button("Back to the chat").click()
    shown = widget.messages()
    widget.page.get_by_role("link", name="Next page").press("Enter")
    widget.page.wait_for_url("**/next")
    replied(widget, "first")

    assert widget.messages() == shown
    assert said == []
    assert hosts - {""} == {urlsplit(server.url).netloc, f"127.0.0.1:{site_port}"}


def line_stands_there(widget: WidgetPage) -> bool:
    line = widget.page.locator("ms-navigator-chat > p").get_by_role("link", name=LINE)
    return bool(line.is_visible() and line.get_attribute("href") == "tel:+18003444867") and LINE in widget.page.inner_text("body")


@pytest.mark.point(29, 43)
def test_a_site_that_is_not_allowed_still_shows_the_line(open_widget, serve_site, assistant: FakeAssistant):
    widget = open_widget(serve_site(free_port())).open()
    widget.say("first")
    widget.page.get_by_text("Not sent.", exact=True).wait_for()

    assert line_stands_there(widget) and assistant.asked == []
    assert widget.input.is_visible() and len(kept(widget)) == 1
    assert any("CORS" in complaint for complaint in open_widget.complaints)
    open_widget.complaints.clear()


@pytest.mark.point(43)
def test_a_help_desk_that_is_not_there_leaves_the_line(open_widget, serve_site):
    widget = open_widget(serve_site(free_port(), f"http://127.0.0.1:{free_port()}"))

    assert line_stands_there(widget)
    open_widget.complaints.clear()


@pytest.mark.point(29, 43)
def test_without_javascript_the_line_stands_there_with_another_way_to_chat(open_widget):
    widget = open_widget(java_script_enabled=False)

    assert line_stands_there(widget)
    widget.element.get_by_role("link", name="chat on its own page").click()
    label = widget.page.get_by_label("Ask about progressive MS")
    label.wait_for()
    assert label.is_visible()


def test_a_whole_chat_asks_no_other_host(open_widget, server: RealServer):
    widget = open_widget()
    hosts: set[str] = set()
    widget.context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    widget.reload()
    widget.open()
    widget.ask("first")
    widget.ask("suicide")
    widget.button("Talk to a person").first.click()
    widget.page.locator("li.message.bot").nth(2).wait_for()

    assert hosts == {urlsplit(server.url).netloc}


# ---- where streams do not come through


@pytest.mark.parametrize("status", [502, 0], ids=["a proxy's error", "cut at once"])
def test_where_streams_are_refused_the_chat_asks_instead(open_widget, assistant: FakeAssistant, status):
    widget = open_widget()
    on_streams(widget, lambda route: route.fulfill(status=status, body="Bad gateway") if status else route.abort())
    widget.open()
    widget.ask("first")
    widget.push("Hello from Ana")
    widget.page.locator("li.navigator").filter(has_text="Hello from Ana").wait_for()
    widget.ask("second")

    assert questions(assistant) == ["first", "second"] == mine(widget)


def test_where_streams_are_held_back_the_chat_asks_instead(open_widget, assistant: FakeAssistant):
    widget = open_widget()
    held: list[Any] = []
    on_streams(widget, held.append)
    widget.page.clock.install()
    widget.open()
    widget.say("first")
    until(widget, lambda: held)
    for _ in range(4):
        widget.page.clock.fast_forward(11_000)
        widget.page.wait_for_timeout(200)
    replied(widget, "first")
    widget.ask("second")

    assert questions(assistant) == ["first", "second"] == mine(widget)


# ---- size, and all of it at once


def test_the_module_is_small_as_it_is_sent(server: RealServer, record_property):
    with server.client() as client:
        folder = client.get("/widget/v1.js").text.split('"./')[1].split("/")[0]
        sent = client.get(f"/widget/{folder}/widget.js", headers={"Accept-Encoding": "gzip"})
    lines = len(sent.text.splitlines())
    record_property("gzip bytes", sent.headers["content-length"])
    record_property("lines", lines)
    print(f"widget.js: {sent.headers['content-length']} bytes gzip, {lines} lines as sent")

    assert sent.headers["content-encoding"] == "gzip"
    assert int(sent.headers["content-length"]) <= 15_000
    assert len(gzip.compress(sent.content, 9)) <= 15_000


def test_a_short_soak_loses_and_doubles_nothing(tmp_path: Path):
    counts = tmp_path / "counts.json"
    argv = [
        sys.executable,
        str(ROOT / "benchmarks" / "soak_widget.py"),
        "--conversations",
        "4",
        "--at-once",
        "4",
        "--json",
        str(counts),
    ]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

    tally = json.loads(counts.read_text(encoding="utf-8"))
    assert tally["conversations"] == 4
    assert [tally[name] for name in ("lost", "doubled", "disordered", "gaps")] == [[], [], [], []]
