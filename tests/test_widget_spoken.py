"""What a screen reader says of a chat: each thing once, in order, and nothing that was said before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from helpdesk.words import words
from tests.web import FakeAssistant, RealServer, answer
from tests.widget_page import NEEDS_BROWSER, WidgetPage

pytestmark = NEEDS_BROWSER
WIDGET = yaml.safe_load(Path("helpdesk/chat/widget/words.yml").read_text(encoding="utf-8"))
BOT, DESK = words().names["bot"], words().names["system"]

# A model of a screen reader, as strict as the strictest: it hears text that is put into a live region which was there before, in
# the page itself and not in a shadow root, and not hidden; politely spoken words are lost while it reads out a new focus, and
# where they come on each other's heels.
SCREEN_READER = """
window.heard = [];
window.faults = [];
(() => {
  const LIVE = "[role=log], [role=status], [role=alert], [aria-live]:not([aria-live=off]), output";
  const LOST_AFTER = { focus: 200, word: 300 };
  const known = new WeakSet();
  let focused = -1000, last = -1000;
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    watch(root);
    return root;
  };
  const textOf = (node) => node.textContent.replace(/\\s+/g, " ").trim();
  function hear(region, node) {
    const element = node instanceof Element ? node : node.parentElement;
    const text = textOf(node);
    const politeness = region.role === "alert" || region.getAttribute("aria-live") === "assertive" ? "assertive" : "polite";
    const now = performance.now();
    if (!text) return;
    if (region.getRootNode() !== document) return faults.push(`in a shadow root: ${text}`);
    if (!element.checkVisibility({ visibilityProperty: true })) return faults.push(`hidden: ${text}`);
    if (region.querySelector("a, button, input, select, textarea, [tabindex]")) faults.push(`can be focused: ${text}`);
    if (!known.has(region) && politeness === "polite") return faults.push(`in a region that was not there before: ${text}`);
    if (politeness === "polite" && now - focused < LOST_AFTER.focus) return faults.push(`lost to the new focus: ${text}`);
    if (now - last < LOST_AFTER.word) faults.push(`too soon after another: ${text}`);
    last = now;
    heard.push([politeness, text]);
  }
  function changed(changes) {
    for (const { target, addedNodes, type } of changes) {
      const region = (target instanceof Element ? target : target.parentElement)?.closest(LIVE);
      if (region) (type === "characterData" ? [target] : addedNodes).forEach((node) => hear(region, node));
    }
    const root = changes[0].target.getRootNode();
    for (const region of root.querySelectorAll?.(LIVE) ?? []) {
      if (!known.has(region) && region.role === "alert") hear(region, region);
      known.add(region);
    }
  }
  function watch(root) {
    new MutationObserver(changed).observe(root, { childList: true, subtree: true, characterData: true });
    root.addEventListener("focusin", () => { focused = performance.now(); }, true);
  }
  watch(document);
})();
"""


def own(key: str, **values: Any) -> str:
    """Return the widget's own words."""
    return WIDGET[key + "One" if values.get("n") == 1 else key].format(**values)


def said_by(name: str, text: str, asks: int = 0) -> str:
    """Return a message as it is spoken: the speaker first, the text in one line, and how many questions are suggested."""
    return " ".join([f"{name}:", *text.split(), *([own("suggested", n=asks)] if asks else [])])


def polite(text: str) -> list[str]:
    return ["polite", text]


def alarm(text: str) -> list[str]:
    return ["assertive", text]


GREETING = polite(said_by(BOT, words().greeting))


@pytest.fixture
def assistant(shared_server: tuple[RealServer, FakeAssistant]) -> FakeAssistant:
    """The assistant of the shared server, as it was made."""
    vars(shared_server[1]).update(vars(FakeAssistant()))
    return shared_server[1]


@pytest.fixture
def server(shared_server: tuple[RealServer, FakeAssistant], assistant: FakeAssistant) -> RealServer:
    return shared_server[0]


class Listener:
    """A visitor who hears the page: what was expected so far, and what was heard."""

    def __init__(self, widget: WidgetPage) -> None:
        self.widget = widget
        self.expected: list[list[str]] = []

    def expect(self, *spoken: list[str]) -> None:
        """Wait until so much was heard, and compare all of it from the beginning of the page."""
        self.expected += spoken
        self.widget.page.wait_for_function("(n) => heard.length + faults.length >= n", arg=len(self.expected))

        assert self.widget.page.evaluate("faults") == []
        assert self.widget.page.evaluate("heard") == self.expected

    def again(self) -> None:
        """Reload: the page begins anew, and so does what is heard."""
        self.widget.reload()
        self.expected = []


@pytest.fixture
def listener(open_widget: Any) -> Listener:
    return Listener(open_widget(script=SCREEN_READER))


@pytest.fixture
def replies(assistant: FakeAssistant) -> None:
    """An answer with suggested questions, a question back, and plain answers."""
    more = (("Vitamin D?", "/ask_vitamin_d"), ("Mice?", "/ask_mice"))
    which = (("Avonex?", "/ask_avonex"), ("Rebif?", "/ask_rebif"))
    known = {
        "what is tob1?": answer("Tob1 is a molecule.\n\nIt is in cells.", buttons=more),
        "drug": answer("Which one do you mean?", route="clarify", topic=None, buttons=which),
    }
    assistant.answers = lambda question: (known.get(question.text) or answer(f"About {question.text}"),)


TOB1 = polite(said_by(BOT, "Tob1 is a molecule. It is in cells.", asks=2))


@pytest.mark.point(34)
def test_the_live_regions_are_there_and_empty_before_the_first_word(listener: Listener):
    regions = listener.widget.page.evaluate(
        """() => [...document.querySelectorAll("[role=log], [role=alert], [role=status], [aria-live]")].map((one) => ({
            role: one.getAttribute("role"), inShadow: one.getRootNode() !== document, text: one.textContent,
            relevant: one.getAttribute("aria-relevant"), shown: one.checkVisibility({visibilityProperty: true}) }))"""
    )
    listener.widget.open()
    listener.widget.button("More options").click()
    visible = listener.widget.element.evaluate(
        """(one) => one.shadowRoot.querySelectorAll("[role=log], [role=status], [role=alert], [aria-live], output").length"""
    )

    assert regions == [
        {"role": role, "inShadow": False, "text": "", "relevant": None, "shown": True} for role in ("log", "alert")
    ]
    assert visible == 0


@pytest.mark.point(34, 2, 6)
def test_a_whole_conversation_is_spoken_each_thing_once(listener: Listener, replies: None, assistant: FakeAssistant):
    widget = listener.widget
    listener.expect()
    widget.open()
    listener.expect(GREETING)
    widget.say("what is tob1?")
    listener.expect(TOB1)
    widget.say("drug")
    listener.expect(polite(said_by(BOT, "Which one do you mean?", asks=2)))
    widget.button("Avonex?").click()
    listener.expect(polite(said_by(BOT, "About Avonex?")))
    widget.button("Helpful").last.click()
    listener.expect(polite(own("thanks")))

    widget.button("Talk to a person").click()
    listener.expect(polite(said_by(BOT, words().handoff)))
    widget.owner("waiting", on_duty=True, place=2, usual_wait_s=180)
    listener.expect(polite(" ".join([own("asked"), own("place", n=2), own("wait", n=3)])))
    widget.owner("navigator", navigator="Ana")
    listener.expect(polite(own("joined", name="Ana")))
    widget.push("Good morning.\n\nHow can I help?")
    listener.expect(polite(said_by("Ana", "Good morning. How can I help?")))
    widget.say("thank you, that is all")
    widget.push("Goodbye.")
    listener.expect(polite(said_by("Ana", "Goodbye.")))
    widget.owner("bot", reason="left")
    listener.expect(alarm(own("left", name="Ana")))
    widget.say("and the bot?")
    listener.expect(polite(said_by(BOT, "About and the bot?")))

    widget.context.set_offline(True)
    listener.expect(polite(own("offline")))
    widget.say("is this sent?")
    listener.expect(alarm(own("notSent")))
    widget.context.set_offline(False)
    listener.expect(polite(own("online")), polite(said_by(BOT, "About is this sent?")))

    widget.say("I think of suicide")
    listener.expect(alarm(said_by(DESK, words().danger["crisis"]["en"])))
    widget.say("what is tob1?")
    listener.expect(TOB1)


@pytest.mark.point(34)
def test_nothing_is_spoken_again_when_the_chat_is_opened_again(listener: Listener, replies: None):
    widget = listener.widget
    widget.open()
    listener.expect(GREETING)
    widget.say("what is tob1?")
    listener.expect(TOB1)
    widget.close()
    widget.open()
    widget.close()
    widget.push("Are you there?")
    widget.push("I am here.")
    widget.page.get_by_role("button", name="Chat about MS 2 new messages").click()
    listener.expect(polite(own("whileClosed", unread=own("unread", n=2))))
    widget.close()
    widget.open()
    widget.say("still there")
    listener.expect(polite(said_by(BOT, "About still there")))


@pytest.mark.point(34, 42)
def test_nothing_is_spoken_again_after_a_reload(listener: Listener, replies: None):
    widget = listener.widget
    widget.open()
    widget.ask("what is tob1?")
    listener.expect(GREETING, TOB1)
    listener.again()
    widget.items.nth(2).wait_for()
    widget.say("still there")
    listener.expect(polite(said_by(BOT, "About still there")))


@pytest.mark.point(34)
@pytest.mark.parametrize("was_open", [True, False])
def test_what_came_between_two_pages_is_counted_and_not_spoken(listener: Listener, replies: None, was_open: bool):
    widget = listener.widget
    widget.open()
    widget.ask("what is tob1?")
    listener.expect(GREETING, TOB1)
    if not was_open:
        widget.close()
    conversation = widget.id
    widget.page.goto("about:blank")
    _push_to(widget, conversation, "Are you there?")
    widget.page.goto("/")
    listener.expected = []
    if not was_open:
        widget.page.get_by_role("button", name="Chat about MS 1 new message").click()
    listener.expect(polite(own("whileClosed", unread=own("unread", n=1))))
    widget.say("still there")
    listener.expect(polite(said_by(BOT, "About still there")))


@pytest.mark.point(34)
def test_a_reply_to_what_was_sent_before_a_reload_is_spoken(listener: Listener, replies: None, assistant: FakeAssistant):
    widget = listener.widget
    widget.open()
    widget.ask("what is tob1?")
    listener.expect(GREETING, TOB1)
    assistant.delay = 1
    widget.say("still there")
    widget.items.nth(3).wait_for()
    listener.again()
    listener.expect(polite(said_by(BOT, "About still there")))


@pytest.mark.point(34)
def test_writing_is_spoken_once_and_only_when_it_takes_long(listener: Listener, replies: None, assistant: FakeAssistant):
    widget = listener.widget
    widget.open()
    listener.expect(GREETING)
    assistant.delay = 3.4
    widget.say("slow")
    widget.page.get_by_text(own("typing", name=BOT), exact=False).first.wait_for()
    listener.expect(polite(own("typing", name=BOT) + "."), polite(said_by(BOT, "About slow")))
    assistant.delay = 0
    widget.say("quick")
    listener.expect(polite(said_by(BOT, "About quick")))


@pytest.mark.point(34)
def test_asking_for_a_person_again_says_again_where_there_is_one(listener: Listener, replies: None):
    widget = listener.widget
    nobody = polite(said_by(BOT, words().handoff))
    widget.open()
    listener.expect(GREETING)
    widget.button("Talk to a person").first.click()
    listener.expect(nobody)
    widget.button("Talk to a person").first.click()
    listener.expect(nobody)

    assert len(widget.messages()) == 2


@pytest.mark.point(34)
def test_a_slow_line_does_not_make_the_last_answer_speak_again(listener: Listener, replies: None):
    """The person was asked for, and the word on it is long in coming."""
    widget = listener.widget
    widget.open()
    widget.ask("what is tob1?")
    listener.expect(GREETING, TOB1)
    held: list[Any] = []
    widget.page.route("**/events*", lambda route: held.append(route))
    with widget.page.expect_request("**/events*"):
        widget.cut()
    widget.button("Talk to a person").first.click()
    widget.page.wait_for_timeout(1200)  # Longer than the widget waits before it says the last word on it again.
    held[0].continue_()
    listener.expect(polite(said_by(BOT, words().handoff)))


@pytest.mark.point(34, 40)
def test_what_a_button_changes_is_spoken(listener: Listener):
    widget = listener.widget
    widget.open()
    listener.expect(GREETING)
    widget.say(" ")
    listener.expect(polite(own("empty")))
    widget.button("More options").click()
    widget.button("Larger text").click()
    listener.expect(polite(f"{own('size')} 20."))
    widget.button("Go on with another device").click()
    widget.button("Show me a code").click()
    shown = widget.dialog.locator(".code")
    widget.page.wait_for_function("() => heard.length > 3")
    listener.expect(polite(shown.inner_text()))


def _push_to(widget: WidgetPage, conversation: str, text: str) -> None:
    """Say something to a conversation that no page shows now."""
    ledger = widget.server.app.state.service.store.ledger
    event = {"kind": "message", "author": "navigator", "name": "Ana", "text": text, "actions": [], "answers": [], "route": None}
    widget.on_server(lambda: ledger.append(conversation, event))
