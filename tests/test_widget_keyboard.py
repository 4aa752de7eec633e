"""The widget by keyboard alone: everything is reached, seen and used; the focus is where a visitor left it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.web import FakeAssistant, RealServer, answer
from tests.widget_page import NEEDS_BROWSER, WidgetPage

pytestmark = NEEDS_BROWSER
LONG = "\n\n".join(f"This is part {number} of an answer that is longer than the window." for number in range(30))

# Looks at what has the focus: is it seen, is its ring, does the bar or another part cover it?
FOCUS = """
window.focused = () => {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one;
};
window.faultsOfFocus = () => {
  const one = focused(), panel = one.closest("[role=dialog]");
  const { left, top, right, bottom } = one.getClientRects()[0];
  const bar = panel.querySelector(".top"), edge = bar.contains(one) ? 0 : bar.getBoundingClientRect().bottom;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const hit = one.getRootNode().elementFromPoint((left + right) / 2, (Math.max(top, edge) + Math.min(bottom, innerHeight)) / 2);
  const tall = bottom - top > innerHeight - edge;
  return [
    outlineStyle === "none" && "has no ring", parseFloat(outlineWidth) < 3 && "has a thin ring",
    !one.matches(":focus-visible") && "does not look focused",
    !one.contains(hit) && `is covered by ${hit?.outerHTML.slice(0, 60)}`,
    top < edge - 1 && !tall && "is under the bar", bottom > innerHeight + 1 && !tall && "is below the window",
  ].filter(Boolean).map((fault) => `${one.outerHTML.slice(0, 80)} ${fault}`);
};
"""


@pytest.fixture
def assistant(shared_server: tuple[RealServer, FakeAssistant]) -> FakeAssistant:
    """The assistant of the shared server, as it was made."""
    vars(shared_server[1]).update(vars(FakeAssistant()))
    return shared_server[1]


@pytest.fixture
def server(shared_server: tuple[RealServer, FakeAssistant], assistant: FakeAssistant) -> RealServer:
    return shared_server[0]


class Keys:
    """A visitor without a mouse."""

    def __init__(self, widget: WidgetPage) -> None:
        self.widget = widget
        self.page = widget.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def to(self, name: str, key: str = "Tab", most: int = 40) -> None:
        """Press Tab until something is reached."""
        passed = []
        for _ in range(most):
            self.press(key)
            passed.append(self.widget.active())
            if passed[-1] == name:
                return
        raise AssertionError(f"{name} is not among {passed}")

    def back_to(self, name: str) -> None:
        self.to(name, "Shift+Tab")

    def open(self) -> None:
        self.to("Chat about MS")
        self.press("Enter")

    def ask(self, text: str) -> Any:
        """Type a question; return the reply, once it is there."""
        replies = self.page.locator("li.message:not(.visitor)")
        reply = replies.nth(replies.count())
        self.type(text)
        self.press("Enter")
        reply.wait_for()
        return reply


@pytest.fixture
def keys(open_widget: Any) -> Keys:
    return Keys(open_widget(script=FOCUS))


@pytest.mark.point(13, 33, 41, 28)
def test_the_chat_is_opened_used_and_left_without_a_mouse(keys: Keys):
    widget = keys.widget
    keys.to("Skip to the chat")
    keys.press("Enter")
    keys.to("Chat about MS", most=4)
    assert widget.launcher.get_attribute("aria-expanded") == "false"
    keys.press("Enter")
    assert widget.active() == "Your question"
    keys.ask("what is tob1?")
    assert (widget.active(), widget.input.input_value()) == ("Your question", "")
    keys.back_to("Vitamin D?")
    keys.press("Enter")
    assert widget.active() == "Your question"
    widget.items.filter(has_text="About Vitamin D?").wait_for()
    assert [who for who, _ in widget.messages()].count("You") == 2
    keys.type("not sent yet")
    keys.press("Escape")
    widget.dialog.wait_for(state="hidden")
    assert widget.active() == "Chat about MS"
    keys.press("Enter")

    assert (widget.active(), widget.input.input_value()) == ("Your question", "not sent yet")
    assert widget.dialog.is_visible()


@pytest.mark.point(13)
def test_a_long_conversation_is_read_with_the_arrow_keys(keys: Keys, assistant: FakeAssistant):
    assistant.answers = lambda question: (answer(LONG),)
    keys.open()
    keys.ask("tell me all")
    keys.back_to("Conversation")
    region = keys.widget.page.get_by_role("region", name="Conversation")
    top = "() => focused().scrollTop"
    before = region.evaluate("(one) => one.scrollTop")
    keys.press("ArrowDown", "ArrowDown")
    keys.page.wait_for_function(f"(before) => ({top})() > before", arg=before)
    keys.press("Home")
    keys.page.wait_for_function(f"() => ({top})() === 0")
    keys.press("PageDown")
    keys.page.wait_for_function(f"() => ({top})() > 100")

    assert keys.widget.active() == "Conversation"


@pytest.mark.point(13, 33)
def test_an_answer_is_rated_with_a_comment(keys: Keys, server: RealServer):
    widget = keys.widget
    keys.open()
    reply = keys.ask("what is tob1?")
    keys.back_to("Helpful")
    assert reply.get_by_role("button", name="Helpful", exact=True).get_attribute("aria-pressed") == "false"
    keys.press("Space")
    reply.get_by_role("button", name="Helpful", exact=True, pressed=True).wait_for()
    assert widget.active() == "Helpful"
    keys.to("What should we know? You may leave this empty.")
    keys.type("Easy to read.")
    keys.to("Send comment")
    keys.press("Enter")
    reply.get_by_text("Thank you").wait_for()
    assert widget.active() == "Helpful"

    with server.app.state.service.store.database.read() as db:
        row = db.one("SELECT helpful, comment FROM feedback WHERE conversation = :id", id=widget.id)
    assert (row["helpful"], row["comment"]) == (1, "Easy to read.")


@pytest.mark.point(13, 28, 40, 42)
def test_options_text_size_and_saving(keys: Keys):
    widget = keys.widget
    keys.open()
    keys.ask("what is tob1?")
    keys.type("half a question")
    keys.to("More options")
    keys.press("Enter")
    assert widget.active() == "More options"
    assert widget.page.get_by_role("heading", name="More options").evaluate("(one) => one === focused()")
    before = _size(widget)
    keys.to("Larger text")
    keys.press("Enter", "Enter")
    assert (_size(widget) > before, widget.active()) == (True, "Larger text")
    keys.to("Save this chat as text")
    with widget.page.expect_download() as download:
        keys.press("Enter")
    assert "what is tob1?" in Path(download.value.path()).read_text(encoding="utf-8")
    keys.back_to("Back to the chat")
    keys.press("Enter")
    assert (widget.active(), widget.input.input_value()) == ("More options", "half a question")
    larger = _size(widget)
    widget.reload()
    widget.items.nth(2).wait_for()

    assert (_size(widget), widget.input.input_value()) == (larger, "half a question")


def _size(widget: WidgetPage) -> float:
    return float(widget.input.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)"))


@pytest.mark.point(5, 13, 30, 31, 37)
def test_the_callback_form_leads_to_what_is_wrong(keys: Keys, server: RealServer):
    widget = keys.widget
    keys.open()
    keys.to("More options")
    keys.press("Enter")
    keys.to("Ask to be called")
    keys.press("Enter")
    assert widget.page.get_by_role("heading", name="Ask to be called").evaluate("(one) => one === focused()")
    assert "kept safe" in widget.dialog.locator("form:visible").inner_text()
    keys.to("Next")
    keys.press("Enter")
    assert widget.active() == "Your name"
    assert _description(keys) == "Please type your name."
    keys.type("Jane")
    keys.press("Enter")
    assert widget.active() == "Phone number, with area code"
    assert "area code" in _description(keys)
    keys.type("303-555-0142")
    keys.press("Enter")
    assert widget.active() == "A Navigator may call me at this number."
    assert _description(keys)
    keys.press("Space")
    keys.to("Next")
    keys.press("Enter")
    assert widget.active() == "Is this right?"
    keys.to("Change it")
    keys.press("Enter")
    assert (widget.active(), widget.dialog.get_by_label("Phone number").input_value()) == ("Your name", "303-555-0142")
    keys.to("Next")
    keys.press("Enter")
    keys.to("Yes, ask for the call")
    keys.press("Enter")
    widget.page.locator("li.message.system").wait_for()
    widget.dialog.get_by_text("Is this right?").wait_for(state="hidden")
    assert widget.active() == "Your question"
    assert [callback.phone for callback in server.app.state.service.store.callbacks.open(0)] == ["+13035550142"]

    widget.options("Ask to be called")
    filled = [widget.dialog.get_by_label(label).input_value() for label in ("Your name", "Phone number, with area code")]
    assert filled == ["Jane", "303-555-0142"]
    kinds = [widget.dialog.get_by_label(label).get_attribute("autocomplete") for label in ("Your name", "Phone number")]
    assert kinds == ["name", "tel"]


def _description(keys: Keys) -> str:
    """Return what describes the field that has the focus, as it is announced with it."""
    return str(
        keys.page.evaluate(
            """() => {
                const one = focused();
                const says = one.getRootNode().getElementById(one.getAttribute("aria-describedby"));
                return one.getAttribute("aria-invalid") === "true" && says.checkVisibility() ? says.textContent : "";
            }"""
        )
    )


@pytest.mark.point(13, 29)
def test_a_person_is_asked_for_and_no_longer(keys: Keys):
    widget = keys.widget
    keys.open()
    keys.ask("what is tob1?")
    keys.back_to("Talk to a person")
    keys.press("Enter")
    widget.items.nth(3).wait_for()
    assert widget.active() == "Talk to a person"
    widget.owner("waiting", on_duty=True, place=2, usual_wait_s=180)
    widget.page.locator("li.note").wait_for()
    assert widget.active() == "Talk to a person"
    keys.to("Stop waiting")
    keys.press("Enter")
    widget.button("Stop waiting").wait_for(state="hidden")

    assert widget.active() == "Your question"
    assert widget.server.app.state.service.store.ledger.find(widget.id)["owner"] == "bot"


@pytest.mark.point(13, 18, 19)
@pytest.mark.parametrize("width, height", [(1280, 720), (320, 568)])
def test_tab_goes_as_the_eye_does_shows_where_it_is_and_leaves(open_widget: Any, width: int, height: int):
    widget = open_widget(script=FOCUS, viewport={"width": width, "height": height})
    keys = Keys(widget)
    widget.element.evaluate(
        """(one) => ["before", "after"].forEach((place) => {
            const button = document.createElement("button");
            button.textContent = `the page ${place}`;
            one.closest("aside")[place](button);
        })"""
    )
    widget.open()
    keys.ask("what is tob1?")
    widget.button("Close chat").focus()
    keys.press("Shift+Tab", "Tab")
    there = _walk(keys, "Tab", until="the page after")
    back = _walk(keys, "Shift+Tab", until="the page before")

    names = [name for name, _ in there]
    assert names[:4] == ["Close chat", "Call 1-800-344-4867", "Talk to a person", "Conversation"]
    assert names[-4:] == ["Vitamin D?", "Your question", "Send", "More options"]
    assert {"Listen", "Helpful", "Not helpful"} < set(names) or {"Helpful", "Not helpful"} < set(names)
    assert [name for name, _ in back] == names[::-1]
    assert [fault for _, faults in there + back for fault in faults] == []
    assert widget.page.evaluate(ORDER) == []
    assert widget.dialog.is_visible()


def _walk(keys: Keys, key: str, until: str) -> list[tuple[str, list[str]]]:
    """Go on with Tab until something of the page is reached; return the parts of the dialog on the way, with their faults."""
    found: list[tuple[str, list[str]]] = []
    keys.page.evaluate("window.stops = []")
    while (name := keys.widget.active()) != until:
        assert len(found) < 60, [name for name, _ in found]
        if keys.page.evaluate("focused().closest('[role=dialog]') !== null && stops.push(focused()) > 0"):
            found.append((name, keys.page.evaluate("faultsOfFocus()")))
        keys.press(key)
    return found


# The stops of the walk back, turned round: each stands below the one before it, or in the same line on its right.
ORDER = """() => stops.reverse().flatMap((one, number) => {
  const last = stops[number - 1], log = (node) => node.closest(".log") !== null && !node.matches(".log");
  if (!last || log(one) !== log(last) || last.matches(".log") || one.matches(".log")) return [];
  const [a, b] = [last.getBoundingClientRect(), one.getBoundingClientRect()];
  const isLine = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(a.height, b.height) / 2;
  return (isLine ? b.left >= a.right - 1 : b.top >= a.bottom - 1) ? [] : [`${last.outerHTML} ${one.outerHTML}`];
})"""


@pytest.mark.point(34, 28)
@pytest.mark.parametrize("name", ["Your question", "Close chat", "Vitamin D?", "Conversation", "Skip to the text"])
def test_the_focus_stays_when_something_arrives(keys: Keys, name: str):
    widget = keys.widget
    keys.open()
    keys.ask("what is tob1?")
    if name == "Your question":
        keys.type("half a sentence")
        keys.press("ArrowLeft", "ArrowLeft")
    elif name == "Skip to the text":
        widget.page.get_by_role("link", name=name).focus()
    else:
        keys.back_to(name)
    focused = widget.page.evaluate_handle("focused()")
    arrivals = [
        lambda: widget.push("Hello there."),
        lambda: widget.owner("waiting", on_duty=False),
        lambda: widget.owner("navigator", navigator="Ana"),
        lambda: widget.push("In danger, call.", author="system", name="Desk", route="crisis"),
        lambda: widget.owner("bot"),
    ]
    for arrive in arrivals:
        entries = widget.page.locator("li")
        arrived = entries.nth(entries.count())
        arrive()
        arrived.wait_for(state="attached")
        assert focused.evaluate("(one) => one === focused()"), widget.active()

    if name == "Your question":
        assert widget.input.evaluate("(one) => [one.value, one.selectionStart]") == ["half a sentence", 13]
    if name == "Vitamin D?":
        keys.press("Enter")
        widget.items.filter(has_text="About Vitamin D?").wait_for()
        assert widget.active() == "Your question"


@pytest.mark.point(13, 28)
def test_a_control_that_goes_hands_the_focus_to_the_input(keys: Keys):
    widget = keys.widget
    keys.open()
    keys.ask("what is tob1?")
    widget.owner("waiting", on_duty=True, place=1)
    widget.button("Stop waiting").focus()
    widget.owner("bot")
    widget.button("Stop waiting").wait_for(state="hidden")
    assert widget.active() == "Your question"
    widget.context.set_offline(True)
    keys.type("later")
    keys.press("Enter")
    widget.button("Try again").wait_for()
    keys.back_to("Try again")
    widget.context.set_offline(False)
    widget.items.filter(has_text="About later").wait_for()

    assert widget.active() == "Your question"


@pytest.mark.point(14, 39)
def test_no_key_alone_does_anything_but_type(keys: Keys):
    widget = keys.widget
    keys.open()
    keys.ask("what is tob1?")
    keys.back_to("Conversation")
    before = (widget.messages(), widget.active())
    keys.press(*"abcdefghijklmnopqrstuvwxyz0123456789?/", "Alt+Shift+A", "Alt+c", "Alt+s")
    assert (widget.messages(), widget.active(), widget.dialog.is_visible()) == (*before, True)
    keys.to("Your question")
    keys.type("one?")
    keys.press("Shift+Enter")
    keys.type("two")

    assert widget.input.input_value() == "one?\ntwo"


@pytest.mark.point(35)
def test_a_reader_who_is_further_up_is_not_scrolled_away(keys: Keys, assistant: FakeAssistant):
    assistant.answers = lambda question: (answer(LONG),)
    widget = keys.widget
    keys.open()
    keys.ask("tell me all")
    keys.back_to("Conversation")
    keys.press("Home")
    keys.page.wait_for_function("() => focused().scrollTop === 0")
    widget.push("Hello there.")
    news = widget.button("1 new message")
    news.wait_for()
    assert keys.page.evaluate("focused().scrollTop") == 0
    widget.push("Still there?")
    widget.button("2 new messages").wait_for()
    keys.back_to("2 new messages")
    keys.press("Enter")

    assert widget.active() == "Conversation"
    assert widget.items.nth(3).evaluate(
        "(one) => one.getBoundingClientRect().top >= focused().getBoundingClientRect().top - 1 "
        "&& one.getBoundingClientRect().top < focused().getBoundingClientRect().bottom"
    )
    assert widget.button("2 new messages").is_hidden()
