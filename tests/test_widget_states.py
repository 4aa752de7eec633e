"""What a visitor sees of a handoff, and what else it does: callback, Listen, summary, other devices, erasing, the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.web import FakeAssistant, RealServer, answer
from tests.widget_page import NEEDS_BROWSER, WidgetPage

pytestmark = NEEDS_BROWSER

EVENTS = """
window.told = [];
for (const name of ["opened", "answered", "handoff", "closed"]) {
  addEventListener(name, (event) => told.push([name, event.detail, event.target.localName]));
}
"""
VOICE = """
window.voice = { said: [], stopped: 0, current: null };
Object.defineProperty(window, "speechSynthesis", { value: {
  speak(one) { voice.said.push(one.text); voice.current = one; },
  cancel() { voice.stopped += 1; const one = voice.current; voice.current = null; one?.onerror?.(new Event("error")); },
} });
"""
PRINTER = "window.print = () => { top.printed = document.body.textContent; };"
COLOURS = """(button) => {
  const { backgroundColor, color } = getComputedStyle(button);
  const paint = new OffscreenCanvas(1, 1).getContext("2d");
  return [backgroundColor, color].map((one) => {
    paint.fillStyle = one;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
  });
}"""


@pytest.fixture
def assistant(shared_server: tuple[RealServer, FakeAssistant]) -> FakeAssistant:
    """The assistant of the shared server, as it was made."""
    vars(shared_server[1]).update(vars(FakeAssistant()))
    return shared_server[1]


@pytest.fixture
def server(shared_server: tuple[RealServer, FakeAssistant], assistant: FakeAssistant) -> RealServer:
    return shared_server[0]


def notes(widget: WidgetPage) -> list[str]:
    return list(widget.page.locator("li.note").all_inner_texts())


# ---- handoff


def test_who_wants_a_person_shortly_after_danger_sees_whom_to_call(open_widget: Any, assistant: FakeAssistant):
    widget = open_widget().open()
    widget.ask("i think of suicide")
    assistant.answers = lambda question: [answer("Somebody can call you.", route="handoff")]
    widget.ask("can somebody talk to me")
    reply = widget.items.filter(has_text="Somebody can call you.")

    links = reply.locator(".offers a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")

    assert links == ["tel:988", "sms:988", "tel:911", "tel:+18003444867"]
    assert widget.dialog.get_by_role("button", name="Ask to be called").is_visible()


@pytest.mark.point(29, 2)
def test_each_state_of_a_handoff_is_shown_in_words(open_widget: Any):
    widget = open_widget().open()
    widget.ask("what is tob1?")
    strip = widget.dialog.locator(".strip")
    steps = [
        ("waiting", {"on_duty": True, "place": 2, "usual_wait_s": 180}, "waiting for a person", ["asked", "2 in", "3 minutes"]),
        ("navigator", {"navigator": "Ana"}, "talking to Ana", ["Ana has joined", "a person"]),
        ("bot", {"reason": "left"}, "talking to a bot", ["Ana has left", "the bot again"]),
        ("waiting", {"on_duty": False, "hours": "on workdays"}, "waiting for a person", ["No Navigator is in", "on workdays"]),
        ("bot", {"reason": "cancelled"}, "talking to a bot", ["the bot again"]),
        ("waiting", {"text": "We open at nine."}, "waiting for a person", ["We open at nine."]),
        ("closed", {}, "has ended", ["has ended", "call"]),
    ]
    for number, (owner, event, state, words) in enumerate(steps):
        widget.owner(owner, **event)
        note = widget.page.locator("li.note").nth(number)
        note.wait_for()
        assert [word for word in words if word not in note.inner_text()] == []
        assert state in strip.inner_text()
        assert widget.button("Stop waiting").is_visible() == (owner == "waiting")

    widget.reload()
    widget.page.locator("li.note").nth(len(steps) - 1).wait_for()
    assert "Ana has left" in notes(widget)[2]
    assert state in strip.inner_text()


@pytest.mark.point(2)
def test_a_navigator_is_named_and_the_bot_keeps_silent(open_widget: Any, assistant: FakeAssistant):
    widget = open_widget().open()
    widget.ask("what is tob1?")
    widget.owner("navigator", navigator="Ana")
    widget.page.locator("li.note").wait_for()
    widget.say("are you there?")
    widget.items.filter(has_text="are you there?").locator(".state").wait_for(state="detached")
    widget.push("Yes, I am here.")
    widget.items.filter(has_text="Yes, I am here.").wait_for()

    assert widget.messages()[-2:] == [("You", "are you there?"), ("Ana", "Yes, I am here.")]
    assert [question.text for question in assistant.asked] == ["what is tob1?"]


@pytest.mark.point(29)
def test_where_nobody_is_there_the_line_and_a_call_are_offered(open_widget: Any):
    widget = open_widget().open()
    widget.button("Talk to a person").click()
    reply = widget.items.nth(1)
    reply.wait_for()

    assert reply.get_by_role("link", name="1-800-344-4867").get_attribute("href") == "tel:+18003444867"
    assert widget.dialog.get_by_role("group", name="Suggested questions").get_by_role("button").all_inner_texts() == [
        "Ask to be called",
        "Talk to a person",
    ]


@pytest.mark.point(36, 38)
def test_few_questions_are_suggested_and_a_person_comes_last(open_widget: Any, assistant: FakeAssistant):
    asks = tuple((f"Question {number}?", f"/ask_{number}") for number in range(6))
    assistant.answers = lambda question: (answer("Which one?", route="clarify", topic=None, buttons=asks, offer=("person",)),)
    widget = open_widget().open()
    widget.ask("drug")
    offers = widget.dialog.get_by_role("group", name="Suggested questions").get_by_role("button").all_inner_texts()

    assert (offers[0], offers[-1], len(offers)) == ("Question 0?", "Talk to a person", 5)


# ---- callback


@pytest.mark.point(31, 37)
def test_a_number_that_was_typed_is_not_asked_for_again(open_widget: Any, server: RealServer):
    widget = open_widget().open()
    widget.ask("please call me at 303-555-0142")
    shown = " ".join(text for _, text in widget.messages())
    widget.dialog.get_by_role("group", name="Suggested questions").get_by_role("button", name="Ask to be called").click()
    assert widget.dialog.get_by_label("Phone number").input_value() == "303-555-0142"
    widget.dialog.get_by_label("Your name").fill("Jane")
    widget.dialog.get_by_label("A Navigator may call me").check()
    widget.button("Next").click()
    widget.button("Yes, ask for the call").click()
    told = widget.page.locator("li.message.system")
    told.wait_for()

    assert "555-0142" not in shown and "555-0142" not in told.inner_text()
    callback = server.app.state.service.store.callbacks.open(0)[-1]
    assert (callback.name, callback.phone) == ("Jane", "+13035550142")


@pytest.mark.point(30)
def test_a_number_that_the_help_desk_refuses_is_said_at_its_field(open_widget: Any, server: RealServer):
    callbacks = server.app.state.service.store.callbacks
    before = callbacks.open(0)
    widget = open_widget().open()
    widget.options("Ask to be called")
    widget.dialog.get_by_label("Your name").fill("Jane")
    widget.dialog.get_by_label("Phone number").fill("303-555-0142-303-555-0142")
    widget.dialog.get_by_label("A Navigator may call me").check()
    widget.button("Next").click()
    widget.button("Yes, ask for the call").click()
    widget.dialog.locator("#phone-error:not(:empty)").wait_for()

    assert widget.active() == "Phone number, with area code"
    assert widget.dialog.get_by_label("Your name").input_value() == "Jane"
    assert callbacks.open(0) == before


# ---- Listen


@pytest.mark.point(39, 17)
def test_listen_reads_that_text_and_stops(open_widget: Any, assistant: FakeAssistant):
    assistant.answers = lambda question: (answer(f"About {question.text}.\n\nThe end."),)
    widget = open_widget(script=VOICE).open()
    first, second = widget.ask("one"), widget.ask("two")
    assert widget.page.evaluate("voice.said") == []
    first.get_by_role("button", name="Listen").click()
    assert widget.page.evaluate("voice.said") == ["About one.", "The end."]
    assert widget.button("Stop").count() == 1
    second.get_by_role("button", name="Listen").click()
    second.get_by_role("button", name="Stop").wait_for()
    assert widget.page.evaluate("voice.said.slice(2)") == ["About two.", "The end."]
    assert widget.button("Stop").count() == 1
    second.get_by_role("button", name="Stop").click()
    assert (widget.page.evaluate("voice.current"), widget.button("Stop").count()) == (None, 0)
    first.get_by_role("button", name="Listen").click()
    widget.page.evaluate("voice.current.onend()")
    first.get_by_role("button", name="Listen").wait_for()
    first.get_by_role("button", name="Listen").click()
    widget.close()

    assert widget.page.evaluate("voice.current") is None


@pytest.mark.point(39)
def test_without_a_voice_there_is_no_listen(open_widget: Any):
    widget = open_widget(script="Object.defineProperty(window, 'speechSynthesis', { value: undefined });").open()
    widget.ask("one")

    assert widget.button("Listen").count() == 0


# ---- the host page


def test_the_element_tells_the_page_what_happens(open_widget: Any):
    widget = open_widget(script=EVENTS).open()
    widget.ask("my secret")
    widget.owner("navigator", navigator="Ana")
    widget.page.locator("li.note").wait_for()
    widget.close()

    told = widget.page.evaluate("told")
    assert [(name, detail) for name, detail, _ in told] == [
        ("opened", {"byHand": True}),
        ("answered", {"seq": 3, "author": "bot", "route": "answer"}),
        ("handoff", {"owner": "navigator", "navigator": "Ana"}),
        ("closed", {}),
    ]
    assert {target for _, _, target in told} == {"ms-navigator-chat"}
    assert "secret" not in str(told)


def test_a_handoff_that_nobody_takes_and_a_callback_are_told(open_widget: Any):
    widget = open_widget(script=EVENTS).open()
    widget.button("Talk to a person").click()
    widget.items.nth(1).wait_for()
    widget.options("Ask to be called")
    widget.dialog.get_by_label("Your name").fill("Jane")
    widget.dialog.get_by_label("Phone number").fill("303-555-0142")
    widget.dialog.get_by_label("A Navigator may call me").check()
    widget.button("Next").click()
    widget.button("Yes, ask for the call").click()
    widget.page.locator("li.message.system").wait_for()
    widget.page.wait_for_function("told.filter(([name]) => name === 'handoff').length === 2")

    details = [detail for name, detail, _ in widget.page.evaluate("told") if name == "handoff"]
    assert details == [{"owner": "bot"}, {"owner": "bot", "state": "callback"}]


@pytest.mark.point(17)
def test_what_was_open_on_the_page_before_is_open_and_takes_no_focus(open_widget: Any):
    widget = open_widget(script=EVENTS)
    assert widget.dialog.is_hidden()
    widget.open()
    widget.reload()
    widget.dialog.wait_for()

    assert widget.active() == ""
    assert widget.page.evaluate("told.map(([name, detail]) => [name, detail])") == [["opened", {"byHand": False}]]


@pytest.mark.point(7, 9)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_colour_of_the_site_is_always_strong_enough(open_widget: Any, scheme: str):
    widget = open_widget(color_scheme=scheme).open()
    send, close = widget.button("Send"), widget.button("Close chat")
    plain = send.evaluate(COLOURS)
    for colour in ("#ffd400", "#c00000", "rebeccapurple", "white"):
        widget.element.evaluate("(one, colour) => one.setAttribute('colour', colour)", colour)
        assert [colour for button in (send, close) if _contrast(*button.evaluate(COLOURS)) < 7] == []
        assert send.evaluate(COLOURS) != plain


def _contrast(one: list[int], other: list[int]) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: list[int]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_heading_and_position_can_be_changed(open_widget: Any):
    widget = open_widget()
    middle = widget.page.viewport_size["width"] / 2
    assert widget.launcher.bounding_box()["x"] > middle
    widget.element.evaluate("(one) => { one.setAttribute('heading', 'Ask us'); one.setAttribute('position', 'left'); }")
    assert widget.launcher.bounding_box()["x"] < middle
    widget.open()

    assert widget.page.get_by_role("dialog", name="Ask us").bounding_box()["x"] < middle


@pytest.mark.point(26)
@pytest.mark.parametrize("way", ["attribute", "script", "property"])
def test_the_words_can_be_another_language(open_widget: Any, way: str):
    widget = open_widget()
    widget.element.evaluate(
        """(old, way) => {
            const words = { lang: "es", launch: "Preguntas sobre la EM", label: "Su pregunta" };
            const made = document.createElement("ms-navigator-chat");
            if (way === "attribute") made.setAttribute("strings", JSON.stringify(words));
            if (way === "property") made.strings = words;
            if (way === "script") {
                const script = document.createElement("script");
                script.type = "application/json";
                script.textContent = JSON.stringify(words);
                made.append(script);
            }
            old.replaceWith(made);
        }""",
        way,
    )
    widget.page.get_by_role("button", name="Preguntas sobre la EM").click()
    input = widget.page.get_by_label("Su pregunta")
    input.wait_for()

    assert widget.dialog.get_attribute("lang") == "es"
    assert widget.items.first.get_attribute("lang") == "en"
    assert widget.button("Send").is_visible()


@pytest.mark.point(26)
def test_a_reply_in_another_language_is_marked(open_widget: Any):
    widget = open_widget().open()
    reply = widget.ask("pienso en el suicidio")

    assert reply.get_attribute("lang") == "es"
    assert widget.dialog.get_attribute("lang") == "en"


@pytest.mark.point(21)
def test_a_press_counts_only_when_it_is_let_go_on_the_button(open_widget: Any):
    widget = open_widget()
    mouse = widget.page.mouse
    widget.launcher.hover()
    mouse.down()
    assert widget.dialog.is_hidden()
    mouse.move(10, 10)
    mouse.up()
    assert widget.dialog.is_hidden()
    widget.launcher.hover()
    mouse.down()
    mouse.up()

    assert widget.dialog.is_visible()


@pytest.mark.point(15)
def test_a_chat_left_for_a_day_goes_on_as_it_was(open_widget: Any):
    widget = open_widget()
    widget.page.clock.install()
    widget.reload()
    widget.open()
    widget.ask("what is tob1?")
    widget.input.fill("half a question")
    widget.page.clock.fast_forward("24:00:00")
    assert (widget.input.input_value(), len(widget.messages())) == ("half a question", 3)
    widget.reload()
    widget.items.nth(2).wait_for()

    assert widget.input.input_value() == "half a question"
    widget.ask("still there?")
    assert len(widget.messages()) == 5


# ---- what is taken away: summary, transcript, another device, erasing


@pytest.mark.point(42)
def test_the_summary_has_what_was_said_and_what_to_ask(open_widget: Any, assistant: FakeAssistant):
    known = {"what does it cost?": answer("The pages do not say.", route="refer", topic=None, facts=(), page=None)}
    assistant.answers = lambda question: (known.get(question.text) or answer("Tob1 is a molecule."),)
    widget = open_widget(script=PRINTER).open()
    widget.ask("what is tob1?")
    widget.ask("what does it cost?")
    widget.options("Summary for my doctor")
    for name in ("What the pages say", "what is tob1?", "What I could ask my doctor", "My notes"):
        assert widget.dialog.get_by_role("heading", name=name, exact=True).is_visible()
    widget.button("Print").click()
    widget.page.wait_for_function("() => window.printed")

    printed = widget.page.evaluate("printed")
    parts = ["what is tob1?", "Tob1 is a molecule.", "Progressive MS Research", "ask my doctor", "what does it cost?"]
    places = [printed.find(part) for part in parts]
    assert -1 not in places and places == sorted(places)
    assert "Help with progressive MS" not in printed


@pytest.mark.point(42)
def test_the_chat_is_saved_as_text(open_widget: Any):
    widget = open_widget().open()
    widget.ask("what is tob1?")
    widget.owner("navigator", navigator="Ana")
    widget.push("Hello there.")
    widget.items.filter(has_text="Hello there.").wait_for()
    widget.button("More options").click()
    with widget.page.expect_download() as download:
        widget.button("Save this chat as text").click()
    saved = Path(download.value.path()).read_text(encoding="utf-8")

    assert download.value.suggested_filename.endswith(".txt")
    parts = ["MS Navigator bot", "You", "what is tob1?", "About what is tob1?", "Ana", "Hello there."]
    places = [saved.find(part) for part in parts]
    assert -1 not in places and places == sorted(places)


@pytest.mark.point(42)
def test_the_chat_goes_on_with_another_device(open_widget: Any):
    here, there = open_widget().open(), open_widget().open()
    here.ask("what is tob1?")
    here.options("Go on with another device")
    here.button("Show me a code").click()
    here.dialog.locator(".code:not(:empty)").wait_for()
    code = re.search(r"[A-Z0-9]{4} [A-Z0-9]{4}", here.dialog.locator(".code").inner_text())
    assert code

    there.options("Go on with another device")
    _enter(there, "WRONG")
    there.dialog.locator("#code-error:not(:empty)").wait_for()
    assert (there.active(), there.dialog.get_by_label("Code").get_attribute("aria-invalid")) == ("Code", "true")
    _enter(there, code[0].lower().replace(" ", "-"))
    there.items.filter(has_text="About what is tob1?").wait_for()
    assert there.active() == "Your question"
    there.say("from there")
    here.button("Back to the chat").click()
    here.items.filter(has_text="About from there").wait_for()
    there.items.filter(has_text="About from there").wait_for()
    assert here.messages() == there.messages()

    third = open_widget().open()
    third.options("Go on with another device")
    _enter(third, code[0])
    third.dialog.locator("#code-error:not(:empty)").wait_for()


def _enter(widget: WidgetPage, code: str) -> None:
    widget.dialog.get_by_label("Code").fill(code)
    widget.button("Go on here").click()


@pytest.mark.point(37)
def test_erasing_is_asked_undone_and_done(open_widget: Any, server: RealServer):
    widget = open_widget()
    widget.page.clock.install()
    widget.page.reload()
    widget.open()
    widget.ask("what is tob1?")
    id, find = widget.id, server.app.state.service.store.ledger.find
    widget.options("Erase my conversation")
    widget.button("No, keep it").click()
    widget.options("Erase my conversation")
    widget.button("Yes, erase all").click()
    widget.button("Undo, keep my conversation").click()
    widget.page.clock.fast_forward(60_000)
    widget.ask("still there?")
    assert find(id) is not None
    assert len(widget.messages()) == 5

    widget.options("Erase my conversation")
    widget.button("Yes, erase all").click()
    widget.button("Undo, keep my conversation").wait_for()
    widget.page.clock.fast_forward(11_000)
    widget.page.locator("li.note").wait_for()
    assert find(id) is None
    assert [who for who, _ in widget.messages()] == ["MS Navigator bot"]
    widget.ask("a new beginning")
    assert widget.id != id


@pytest.mark.point(37)
def test_erasing_is_done_at_once_when_the_page_is_left(open_widget: Any, server: RealServer):
    widget = open_widget().open()
    widget.ask("what is tob1?")
    id = widget.id
    widget.options("Erase my conversation")
    widget.button("Yes, erase all").click()
    widget.button("Undo, keep my conversation").wait_for()
    widget.reload()
    widget.page.wait_for_function("() => document.querySelector('ms-navigator-chat').chat.conversation === null")

    assert server.app.state.service.store.ledger.find(id) is None
