"""The widget for low vision, unsteady hands and small screens: axe, contrast, geometry, motion, hostile pages, names."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from helpdesk.chat.demo.other import other_site
from tests.looking import AXE
from tests.web import FakeAssistant, FakeSafety, RealServer, answer, settings_for
from tests.widget_page import LISTEN, NEEDS_BROWSER, WidgetPage

axe_api = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = NEEDS_BROWSER

MODES = {
    "light": {"color_scheme": "light", "forced_colors": "none", "contrast": "no-preference"},
    "dark": {"color_scheme": "dark", "forced_colors": "none", "contrast": "no-preference"},
    "forced": {"color_scheme": "light", "forced_colors": "active", "contrast": "no-preference"},
    "contrast": {"color_scheme": "light", "forced_colors": "none", "contrast": "more"},
}
# The states that are looked at in every mode; the others in light only.
MAIN = ("closed", "open", "answer", "options", "callback", "device", "erase", "crisis", "waiting", "navigator", "not sent")
SIZES = (16, 18, 32)
# As WCAG 1.4.12 has it, put over the widget's own rules.
SPACED = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-block-end: 2em !important; }
"""
HOSTILE = """
* { all: unset !important; }
button, a, textarea, section, ol { display: none !important; }
body, aside { transform: scale(.5); opacity: .1 !important; filter: blur(9px); }
ms-navigator-chat { display: none !important; visibility: hidden !important; }
ms-navigator-chat { font-size: 3px !important; color: yellow !important; }
"""

# What a look at the dialog needs; each function returns a list of faults in words.
LOOK = """
window.look = (() => {
  const root = () => document.querySelector("ms-navigator-chat").shadowRoot;
  const panel = () => root().querySelector("[role=dialog]");
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const called = (one) => (one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent).trim().slice(0, 60);
  const controls = () => [...panel().querySelectorAll("a, button, input, textarea, select, [tabindex='0']")]
    .filter((one) => seen(one) && !one.disabled && !one.closest("fieldset:disabled"));
  const isInline = (one) => one.localName === "a" && Boolean(one.closest("p"));
  const box = (one) => one.getClientRects()[0];
  const inside = (one, other) => one.left >= other.left - 1 && one.top >= other.top - 1 && one.right <= other.right + 1
    && one.bottom <= other.bottom + 1;
  const middle = ({ left, top, width, height }) => root().elementFromPoint(left + width / 2, top + height / 2);
  const screen = () => ({ left: 0, top: 0, right: innerWidth, bottom: innerHeight });
  /** The size of what can be pressed: for a tick box that is its row, for its label ticks it too. */
  const target = (one) => (one.type === "checkbox" ? one.parentElement : one).getBoundingClientRect();

  function geometry() {
    const faults = [];
    const outer = panel().getBoundingClientRect();
    if (!inside(outer, screen())) faults.push(`the dialog is outside: ${JSON.stringify(outer)}`);
    if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways");
    for (const one of [panel(), ...panel().querySelectorAll("*")]) {
      if (!seen(one) || one.localName === "textarea" || getComputedStyle(one).clipPath !== "none") continue;
      const { overflowX } = getComputedStyle(one);
      if (one.scrollWidth > one.clientWidth + 1 && overflowX !== "visible") faults.push(`${one.className} scrolls sideways`);
      if (one.getBoundingClientRect().right > outer.right + 1) faults.push(`${one.localName} “${called(one)}” is cut off`);
    }
    const isHelp = (one) => one.matches("a[href='tel:+18003444867']") || one.textContent === "Talk to a person";
    const always = controls().filter(isHelp).slice(0, 2);
    if (always.length !== 2) faults.push("no phone number or person");
    for (const one of controls()) {
      const name = called(one);
      if (one.getAttribute("role") !== "region") {
        one.scrollIntoView({ block: "center" });
        const hit = middle(box(one));
        if (one !== hit && !one.contains(hit)) faults.push(`“${name}” is under “${hit?.className}”`);
        if (!inside(box(one), outer)) faults.push(`“${name}” is not whole: ${JSON.stringify(box(one))}`);
        const { width, height } = target(one);
        if (!isInline(one) && Math.min(width, height) < 47.9) faults.push(`“${name}” is small: ${width} by ${height}`);
      }
      for (const other of always) {
        if (!inside(other.getBoundingClientRect(), outer)) faults.push(`“${called(other)}” is off the screen while at “${name}”`);
        if (!other.contains(middle(box(other)))) faults.push(`“${called(other)}” is covered while at “${name}”`);
      }
    }
    return [...new Set([...faults, ...gaps()])];
  }

  /** Two targets that are beside each other leave 8 px between them. */
  function gaps() {
    const places = [".top", ".log", ".say", ".view", ".strip"].map((name) => panel().querySelector(name));
    return places.flatMap((place) => {
      const all = controls().filter((one) => place?.contains(one) && one !== place && !isInline(one));
      return all.flatMap((one, number) => all.slice(number + 1).flatMap((other) => {
        const [a, b] = [target(one), target(other)];
        const gap = Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom);
        return gap < 7.5 ? [`“${called(one)}” and “${called(other)}” are ${gap} px apart`] : [];
      }));
    });
  }

  function newest() {
    const { top, bottom, left, width } = [...root().querySelectorAll("li.message")].at(-1).getBoundingClientRect();
    const [above, below] = [root().querySelector(".top").getBoundingClientRect().bottom, panel().getBoundingClientRect().bottom];
    const [from, to] = [Math.max(top, above), Math.min(bottom, below)];
    const hit = to - from >= 20 && root().elementFromPoint(left + width / 2, (from + to) / 2);
    return hit && hit.closest("li.message:last-of-type, li.message") === [...root().querySelectorAll("li.message")].at(-1)
      ? [] : [`the newest message is from ${top} to ${bottom}, seen is ${above} to ${below}`];
  }

  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  function colour(text) {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = text;
    brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data];
  }
  function luminance(rgb) {
    const linear = (one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.slice(0, 3).map((one) => linear(one / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function ratio(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }
  function ground(one) {
    for (let at = one; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  }
  function contrast() {
    const faults = [];
    const walk = document.createTreeWalker(root(), NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const { parentElement: one, data } = walk.currentNode;
      if (!data.trim() || !one || one.localName === "style" || !seen(one)) continue;
      const found = ratio(colour(getComputedStyle(one).color), ground(one));
      if (found < 7) faults.push(`“${data.slice(0, 40)}” ${found.toFixed(2)}`);
    }
    for (const one of controls().filter((one) => !isInline(one) && one.type !== "checkbox" && one.tabIndex === 0)) {
      if (one.getAttribute("role") === "region") continue;
      const around = ground(one.parentElement);
      const [edge, face] = [colour(getComputedStyle(one).borderTopColor), ground(one)].map((part) => ratio(part, around));
      if (edge < 3 && face < 3) faults.push(`the edge of “${called(one)}” ${edge.toFixed(2)}`);
    }
    return faults;
  }
  /** Only after a key was pressed, so that the browser shows the focus. */
  function rings() {
    return controls().flatMap((one) => {
      one.focus();
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
      const found = ratio(colour(outlineColor), ground(one.parentElement));
      const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 3 && found >= 3;
      return isSeen ? [] : [`the focus on “${called(one)}”: ${outlineStyle} ${outlineWidth} ${found.toFixed(2)}`];
    });
  }
  return { root, panel, controls, called, geometry, gaps, newest, contrast, rings };
})();
"""


def to_the_top(w: WidgetPage) -> None:
    w.page.get_by_role("region", name="Conversation").evaluate(
        "(one) => { for (const part of [one, one.closest('.rest')]) part.scrollTop = 0; }"
    )


def faults(w: WidgetPage, look: str = "geometry") -> list[str]:
    found: list[str] = w.page.evaluate(f"look.{look}()")
    return found


def views(w: WidgetPage) -> Iterator[str]:
    """Go through what stands in the chat's place, and come back to the chat."""
    w.button("More options").click()
    yield "options"
    w.button("Ask to be called").click()
    yield "callback"
    w.button("Next").click()
    yield "callback, wrong"
    w.page.get_by_label("Your name").fill("Jane")
    w.page.get_by_label("Phone number").fill("303-555-0142")
    w.page.get_by_label("A Navigator may call me").check()
    w.button("Next").click()
    yield "callback, review"
    w.button("Back to the chat").click()
    w.options("Summary for my doctor")
    yield "summary"
    w.button("Back to the chat").click()
    w.options("Go on with another device")
    w.button("Show me a code").click()
    w.dialog.get_by_text("Your code").wait_for()
    yield "device"
    w.button("Go on here").click()
    w.page.locator("#code-error:not(:empty)").wait_for()
    yield "device, wrong"
    w.button("Back to the chat").click()
    w.options("Erase my conversation")
    yield "erase"
    w.button("Yes, erase all").click()
    yield "erase, undo"
    w.button("Undo, keep my conversation").click()


def states(w: WidgetPage, assistant: FakeAssistant) -> Iterator[str]:
    """Bring the widget, closed at first, into each of its states."""
    yield "closed"
    w.open()
    yield "open"
    w.button("Send").click()
    yield "nothing typed"
    reply = w.ask("what is tob1?")
    yield "answer"
    reply.get_by_role("button", name="Not helpful").click()
    reply.get_by_label("What should we know?").wait_for()
    yield "comment"
    yield from views(w)
    w.ask("suicide")
    yield "crisis"
    assistant.delay = 2
    w.say("slow?")
    w.page.locator(".typing").filter(has_text="is writing").wait_for()
    yield "typing"
    assistant.delay = 0
    w.owner("waiting", on_duty=True, place=2, usual_wait_s=180, navigator=None)
    w.button("Stop waiting").wait_for()
    yield "waiting"
    w.owner("navigator", navigator="Ana")
    w.push("Hello, I am Ana.")
    w.items.filter(has_text="Hello, I am Ana.").wait_for()
    yield "navigator"
    to_the_top(w)
    w.push("Are you there?")
    w.dialog.get_by_role("button", name="1 new message").wait_for()
    yield "new message below"
    w.owner("bot", navigator=None, reason="left")
    w.page.locator("li.note").nth(2).wait_for()
    w.context.set_offline(True)
    w.say("one more")
    w.page.get_by_text("Not sent.", exact=True).wait_for()
    yield "not sent"
    w.context.set_offline(False)


# ---- contrast, colours, motion


@pytest.mark.point(1, 7, 10, 24, 33)
def test_axe_and_a_light_meter_find_nothing_in_any_state_and_mode(open_widget, assistant):
    axe = axe_api.Axe()
    w = open_widget(script=LOOK)
    w.page.evaluate(axe.axe_script)
    found = {}
    for state in states(w, assistant):
        part = None if state in ("closed", "open") else "ms-navigator-chat"  # The page around does not change.
        for mode, media in MODES.items() if state in MAIN else [("light", MODES["light"])]:
            w.page.emulate_media(**media)
            rules = {**AXE, "resultTypes": ["violations"]}
            ran = w.page.evaluate("([part, options]) => axe.run(part ?? document, options)", [part, rules])
            wrong = [(one["id"], [node["html"] for node in one["nodes"]]) for one in ran["violations"]]
            found[state, mode] = wrong + faults(w, "contrast")

    assert set(MAIN) <= {state for state, mode in found if mode == "contrast"}
    assert {at: wrong for at, wrong in found.items() if wrong} == {}


@pytest.mark.point(7)
def test_any_colour_of_the_site_stands_out(open_widget):
    w = open_widget(script=LOOK).open()
    w.ask("what is tob1?")
    found = {}
    for colour in ("#ffff00", "#fff", "#000", "#ff0000", "#00ff00", "#00f", "#777", "oklch(.5 .4 60)", "no colour"):
        w.element.evaluate("(one, colour) => one.setAttribute('colour', colour)", colour)
        for mode in ("light", "dark"):
            w.page.emulate_media(**MODES[mode])
            found[colour, mode] = faults(w, "contrast")

    assert {at: wrong for at, wrong in found.items() if wrong} == {}


@pytest.mark.point(10, 19)
@pytest.mark.parametrize("mode", MODES)
def test_the_focus_is_seen_on_every_control(open_widget, mode):
    w = open_widget(script=LOOK)
    w.page.emulate_media(**MODES[mode])
    w.open().ask("what is tob1?")
    w.page.keyboard.press("Tab")
    found = faults(w, "rings")
    w.page.keyboard.press("Escape")
    found += w.launcher.evaluate(
        "(one) => parseFloat(getComputedStyle(one).outlineWidth) >= 3 && one.matches(':focus-visible') ? [] : ['the launcher']"
    )

    assert found == []


@pytest.mark.point(6)
def test_what_matters_is_told_in_words_and_not_by_colour_alone(open_widget):
    w = open_widget(forced_colors="active").open()
    rate = w.ask("what is tob1?").get_by_role("button", name="Helpful", exact=True)
    marks = "(one) => getComputedStyle(one, '::before').content"
    before = rate.evaluate(marks)
    rate.click()
    w.page.locator("[aria-pressed=true]").wait_for()
    assert rate.evaluate(marks) != before
    w.context.set_offline(True)
    w.say("second question")
    w.page.get_by_text("Not sent.", exact=True).wait_for()
    w.button("Try again").wait_for()
    w.page.locator(".strip").get_by_text("No connection").wait_for()


MOVING = """() => {
    const smooth = [...look.root().querySelectorAll("*")].filter((one) => getComputedStyle(one).scrollBehavior !== "auto");
    return document.getAnimations().length + smooth.length + look.root().querySelectorAll("video, marquee, img").length;
}"""


@pytest.mark.point(16)
def test_nothing_moves_for_those_who_asked_for_that(open_widget, assistant):
    w = open_widget(script=LOOK, reduced_motion="reduce")

    assert {state: number for state in states(w, assistant) if (number := w.page.evaluate(MOVING))} == {}


# ---- sizes


def resize(w: WidgetPage, size: int) -> None:
    w.element.evaluate("(one, size) => { one.size = size; }", size)


@pytest.mark.point(8, 24, 29)
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (640, 512), (320, 568), (320, 256)])
def test_everything_can_be_reached_at_every_size(open_widget, width, height):
    w = open_widget(script=LOOK, viewport={"width": width, "height": height}).open()
    found = {}
    for size in SIZES:
        resize(w, size)
        found["open", size] = faults(w)
        w.ask("what is tob1?")
        found["answer", size] = faults(w, "newest") + faults(w)
        w.ask("suicide")
        found["crisis", size] = faults(w, "newest") + faults(w)
    for state in views(w):
        for size in SIZES:
            resize(w, size)
            found[state, size] = faults(w)
    w.owner("waiting", on_duty=True, place=2, usual_wait_s=180, navigator=None)
    w.button("Stop waiting").wait_for()
    for size in SIZES:
        resize(w, size)
        found["waiting", size] = faults(w)
    w.owner("navigator", navigator="Ana")
    w.push("Hello, I am Ana.")
    w.items.filter(has_text="Hello, I am Ana.").wait_for()
    to_the_top(w)
    w.push("Are you there?")
    w.dialog.get_by_role("button", name=re.compile("new message")).wait_for()
    for size in SIZES:
        resize(w, size)
        found["navigator", size] = faults(w)

    assert {at: wrong for at, wrong in found.items() if wrong} == {}


@pytest.mark.point(11)
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (320, 568)])
def test_wider_spacing_of_the_text_loses_nothing(open_widget, width, height):
    w = open_widget(script=LOOK, viewport={"width": width, "height": height}).open()
    w.ask("what is tob1?")
    w.element.evaluate(
        """(one, rules) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(rules);
            one.shadowRoot.adoptedStyleSheets.push(sheet);
        }""",
        SPACED,
    )
    found = {"answer": faults(w), **{state: faults(w) for state in views(w)}}

    assert {state: wrong for state, wrong in found.items() if wrong} == {}


@pytest.mark.point(4)
def test_the_phone_may_be_turned_in_mid_sentence(open_widget):
    w = open_widget(script=LOOK, viewport={"width": 360, "height": 640}, has_touch=True).open()
    w.ask("what is tob1?")
    w.input.fill("and what")
    w.page.set_viewport_size({"width": 640, "height": 360})
    assert faults(w) == []
    w.page.set_viewport_size({"width": 360, "height": 640})
    assert faults(w) == []
    assert w.input.input_value() == "and what"


@pytest.mark.point(40)
def test_the_text_grows_from_16_to_32_and_stays_so(open_widget):
    w = open_widget().open()
    size = "(one) => parseFloat(getComputedStyle(one).fontSize)"
    words = w.items.first.locator(".words").first
    w.button("More options").click()
    for _ in range(8):
        w.button("Larger text").click()
    w.button("Back to the chat").click()
    assert words.evaluate(size) == 32
    w.reload()
    w.input.wait_for()
    assert words.evaluate(size) == 32
    w.button("More options").click()
    for _ in range(8):
        w.button("Smaller text").click()
    w.button("Back to the chat").click()
    assert words.evaluate(size) == 16


@pytest.mark.point(9)
@pytest.mark.parametrize("size", SIZES)
def test_lines_are_short_and_wide_apart(open_widget, assistant, size):
    assistant.answers = lambda question: (answer("It is a molecule that was seen in blood. " * 8),)
    w = open_widget().open()
    resize(w, size)
    w.ask("what is tob1?")
    found = w.items.last.locator(".words").first.evaluate(
        """(one) => {
            const style = getComputedStyle(one);
            const brush = new OffscreenCanvas(1, 1).getContext("2d");
            brush.font = `${style.fontSize} ${style.fontFamily}`;
            const letter = brush.measureText(one.textContent).width / one.textContent.length;
            return [one.clientWidth / letter, parseFloat(style.lineHeight) / parseFloat(style.fontSize), style.textAlign];
        }"""
    )

    assert found[0] <= 80
    assert found[1] >= 1.5
    assert found[2] in ("start", "left")


# ---- the page around


def test_the_page_does_not_jump_when_the_chat_opens(open_widget):
    w = open_widget(
        script="""window.shift = 0;
        const isOfThePage = ({ node }) => node?.closest && !node.closest("ms-navigator-chat");
        new PerformanceObserver((list) => {
            for (const { value, sources } of list.getEntries()) if (sources.some(isOfThePage)) shift += value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    places = """() => [scrollX, scrollY, ...[...document.querySelectorAll("body, header, main *, aside, footer")]
        .map((one) => Object.values(one.getBoundingClientRect().toJSON()).join())]"""
    before = w.page.evaluate(places)
    w.open()
    w.ask("what is tob1?")

    assert w.page.evaluate(places) == before
    assert w.page.evaluate("shift") == 0


@pytest.fixture
def hostile(tmp_path: Any, assistant: FakeAssistant) -> Iterator[tuple[str, RealServer]]:
    """Serve a page of another site whose rules try to spoil everything."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = RealServer(settings_for(tmp_path / "own", HELPDESK_ORIGINS=address), assistant, FakeSafety()).start()
    site = other_site(server.url, port, hostile=HOSTILE)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield address, server
    site.shutdown()
    site.server_close()
    server.stop()


@pytest.fixture
def hostile_widget(browser: Any, hostile: tuple[str, RealServer]) -> Iterator[WidgetPage]:
    address, server = hostile
    context = browser.new_context(viewport={"width": 640, "height": 700})
    context.add_init_script(LISTEN + LOOK)
    page = context.new_page()
    page.goto(address)
    yield WidgetPage(page, server)
    context.close()


def test_a_hostile_page_cannot_spoil_it(hostile_widget):
    w = hostile_widget
    w.open()
    reply = w.ask("what is tob1?")
    assert reply.is_visible()
    assert faults(w, "newest") + faults(w) + faults(w, "contrast") == []
    found = {state: faults(w) + faults(w, "contrast") for state in views(w)}
    assert {state: wrong for state, wrong in found.items() if wrong} == {}
    w.until_spoken("About what is tob1?")
    hidden = w.page.locator("[slot=spoken]").evaluate_all(
        "(all) => all.map((one) => [getComputedStyle(one).display !== 'none', one.offsetWidth <= 1, one.offsetHeight <= 1])"
    )
    assert hidden == [[True, True, True]] * 2


@pytest.mark.point(41)
def test_the_launcher_has_words_a_landmark_and_a_skip_link(open_widget):
    w = open_widget()
    assert w.launcher.inner_text().strip() == "Chat about MS"
    assert w.page.get_by_role("complementary").get_by_role("button", name="Chat about MS").count() == 1
    link = w.page.get_by_role("link", name="Skip to the chat")
    link.focus()
    w.page.keyboard.press("Enter")
    w.page.keyboard.press("Tab")
    while w.active() != "Chat about MS":
        assert w.page.locator("#chat").evaluate("(one) => one.contains(document.activeElement)")
        w.page.keyboard.press("Tab")


@pytest.mark.point(17)
def test_it_keeps_quiet_and_never_opens_by_itself(open_widget):
    w = open_widget(
        script="""window.loud = [];
        const noted = (name) => () => { loud.push(name); };
        HTMLMediaElement.prototype.play = noted("sound");
        if (window.AudioContext) AudioContext.prototype.resume = noted("sound");
        if (window.Notification) Notification.requestPermission = noted("notification");
        if (window.SpeechSynthesis) SpeechSynthesis.prototype.speak = noted("voice");
        window.open = window.alert = window.confirm = noted("window");"""
    )
    w.page.clock.install()
    w.page.clock.fast_forward("01:00:00")
    assert not w.dialog.is_visible()
    w.open().ask("what is tob1?")
    w.close()
    w.push("Hello there")
    w.page.clock.fast_forward("01:00:00")
    w.page.get_by_role("button", name="1 new message").wait_for()

    assert not w.dialog.is_visible()
    assert w.page.evaluate("loud") == []


# ---- names and structure


@pytest.mark.point(1, 2)
def test_messages_are_items_of_a_list_with_their_speaker_in_words(open_widget):
    w = open_widget().open()
    w.ask("what is tob1?")
    w.owner("navigator", navigator="Ana")
    w.push("Hello, I am Ana.")
    w.items.filter(has_text="Hello, I am Ana.").wait_for()

    assert [who for who, _ in w.messages()] == ["MS Navigator bot", "You", "MS Navigator bot", "Ana"]
    items = w.page.get_by_role("region", name="Conversation").get_by_role("list").first.get_by_role("listitem").all()
    assert len(items) == 5
    for item, who in zip((items[0], items[1], items[2], items[4]), ("MS Navigator bot", "You", "MS Navigator bot", "Ana")):
        assert item.aria_snapshot().splitlines()[1].strip() == f"- paragraph: {who}"
    assert all(item.locator(".who").is_visible() for item in w.items.all())


@pytest.mark.point(1, 2)
def test_headings_stand_in_order_and_every_view_has_its_own(open_widget):
    w = open_widget().open()
    w.ask("what is tob1?")
    names = """() => [...look.panel().querySelectorAll("h1, h2, h3, h4, h5")]
        .filter((one) => one.checkVisibility()).map((one) => one.localName)"""
    w.page.evaluate(LOOK)
    for _ in views(w):
        found = [int(name[1]) for name in w.page.evaluate(names)]
        assert found[:2] == [2, 3]
        assert all(after - before <= 1 for before, after in zip(found, found[1:]))
        assert w.active()


@pytest.mark.point(33)
def test_controls_tell_their_state(open_widget):
    w = open_widget()
    assert w.launcher.get_attribute("aria-expanded") == "false"
    assert w.launcher.get_attribute("aria-haspopup") == "dialog"
    w.open()
    assert w.page.locator("button.launcher").get_attribute("aria-expanded") == "true"
    assert w.page.get_by_role("dialog", name="MS Navigator chat").get_attribute("aria-modal") == "false"
    rate = w.ask("what is tob1?").get_by_role("group", name="Did this answer help?")
    rate.get_by_role("button", name="Not helpful").click()
    rate.get_by_role("button", name="Not helpful", pressed=True).wait_for()
    assert rate.get_by_role("button", name="Helpful", exact=True, pressed=False).count() == 1


@pytest.mark.point(5)
def test_the_callback_form_can_be_filled_in_by_the_browser(open_widget):
    w = open_widget().open()
    w.options("Ask to be called")

    assert w.page.get_by_label("Your name").get_attribute("autocomplete") == "name"
    assert w.page.get_by_label("Phone number").get_attribute("autocomplete") == "tel"
    assert w.page.get_by_label("Phone number").get_attribute("type") == "tel"


@pytest.mark.point(37)
def test_how_data_is_kept_is_said_before_any_is_asked_for(open_widget):
    w = open_widget().open()
    assert "erase" in w.messages()[0][1]
    w.options("Ask to be called")
    words = w.page.get_by_text("kept safe").evaluate(
        "(one) => one.compareDocumentPosition(one.getRootNode().querySelector('input')) & Node.DOCUMENT_POSITION_FOLLOWING"
    )
    assert words


@pytest.mark.point(26)
def test_the_language_is_named_and_another_one_is_marked(open_widget, assistant):
    w = open_widget().open()
    assert w.dialog.get_attribute("lang") == "en"
    assert w.page.locator("button.launcher").get_attribute("lang") == "en"
    w.ask("quiero suicidio")
    assert w.items.last.get_attribute("lang") == "es"
    assert w.items.last.locator(".tools").get_attribute("lang") == "en"
    w.page.locator("[slot=spoken] [lang=es]").wait_for(state="attached")


# ---- presses, keys, time


NOTE_LISTENERS = """
window.heard = new Set();
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (type, ...rest) {
  if (new Error().stack.includes("/widget/")) heard.add(type);
  return add.call(this, type, ...rest);
};
"""
# What is read on a button or link is not in its name, says nothing by itself, or is told by a tooltip only.
MISNAMED = """() => look.controls().filter((one) => one.matches("a, button"))
    .map((one) => [one.innerText.trim(), (one.getAttribute("aria-label") ?? one.textContent).trim(), one.title])
    .filter(([shown, name, title]) => !shown || !name.includes(shown) || title || /^(here|more|click|link|ok)$/i.test(name))"""


@pytest.mark.point(12, 16, 20, 21, 22, 23, 25)
def test_controls_are_called_as_they_read_and_take_plain_presses(open_widget, assistant):
    w = open_widget(script=LOOK + NOTE_LISTENERS)
    found = {}
    for state in states(w, assistant):
        found[state] = [] if state == "closed" else w.page.evaluate(MISNAMED)
        found[state] += ["it moves"] * w.page.evaluate(MOVING)
    heard = set(w.page.evaluate("[...heard]"))
    presses = {"click", "submit", "keydown", "input", "scroll"}

    assert {state: wrong for state, wrong in found.items() if wrong} == {}
    assert presses <= heard <= presses | {"focusin", "abort", "online", "offline", "storage", "pagehide", "message"}


@pytest.mark.point(21)
def test_a_press_that_slips_off_a_button_does_nothing(open_widget):
    w = open_widget().open()
    w.button("More options").hover()
    w.page.mouse.down()
    assert not w.button("Ask to be called").is_visible()
    w.page.get_by_role("heading", name="MS Navigator chat").hover(force=True)
    w.page.mouse.up()
    assert not w.button("Ask to be called").is_visible()
    w.button("More options").click()
    assert w.button("Ask to be called").is_visible()


@pytest.mark.point(14, 39)
def test_no_letter_is_a_command_and_dictation_works(open_widget, assistant):
    w = open_widget().open()
    w.ask("what is tob1?")
    before = len(w.messages())
    w.page.get_by_role("region", name="Conversation").focus()
    w.page.keyboard.type("abcdefghijklmnopqrstuvwxyz0123456789?/!")
    assert (w.dialog.is_visible(), len(w.messages()), w.active()) == (True, before, "Conversation")
    w.input.focus()
    w.page.keyboard.insert_text("what is ")  # As dictation and input methods put words in: no key is pressed.
    w.page.keyboard.type("vitamin D, 50% & more?/")
    w.page.keyboard.press("Shift+Enter")
    w.page.keyboard.type("x")
    assert w.input.input_value() == "what is vitamin D, 50% & more?/\nx"
    w.input.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    assert len(assistant.asked) == 1


@pytest.mark.point(15)
def test_there_is_time_and_what_was_typed_is_kept(open_widget):
    w = open_widget()
    w.page.clock.install()
    w.open().ask("what is tob1?")
    w.input.press_sequentially("I am still wri")
    w.page.clock.fast_forward("23:00:00")
    assert w.input.input_value() == "I am still wri"
    w.reload()
    w.items.nth(2).wait_for()
    assert w.input.input_value() == "I am still wri"
    w.ask("another question")
    assert len(w.messages()) == 5


@pytest.mark.point(28)
def test_focus_and_choosing_lead_nowhere_and_links_stay_in_the_tab(open_widget):
    w = open_widget(script=LOOK).open()
    w.ask("what is tob1?")
    address = w.page.url
    for _ in views(w):
        heading = w.page.locator(".view h3").inner_text()
        w.page.evaluate("for (const one of look.controls()) one.focus()")
        for choice in w.page.locator(".view select:enabled").all():
            choice.select_option(index=1)
        assert w.page.locator(".view h3").inner_text() == heading

    assert (w.page.url, len(w.context.pages)) == (address, 1)
    assert w.element.evaluate("(one) => one.shadowRoot.querySelectorAll('[target]').length") == 0


@pytest.mark.point(35)
@pytest.mark.parametrize("height", [720, 400])
def test_a_reader_is_left_where_they_are(open_widget, height):
    w = open_widget(viewport={"width": 400, "height": height}).open()
    for number in range(4):
        w.ask(f"question {number}")
    to_the_top(w)
    tops = """() => [...document.querySelector("ms-navigator-chat").shadowRoot.querySelectorAll(".log, .rest")]
        .map((one) => one.scrollTop)"""
    w.push("Hello there")
    w.dialog.get_by_role("button", name="1 new message").wait_for()
    assert w.page.evaluate(tops) == [0, 0]
    w.push("Are you there?")
    w.dialog.get_by_role("button", name="2 new messages").click()
    assert w.page.evaluate(tops) != [0, 0]
    assert w.active() == "Conversation"
