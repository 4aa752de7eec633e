"""The page in a real browser: live with JavaScript, whole without it, usable for tired eyes and unsteady hands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM
from tests.looking import AXE
from tests.web import FakeAssistant, RealServer

playwright_api = pytest.importorskip("playwright.sync_api")
axe_api = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; .ci/run installs it"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Any, server: RealServer) -> Iterator[Any]:
    """Open the chat; what the page complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_it(path: str = "/chat", **options: Any) -> Any:
        context = browser.new_context(base_url=server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text) if message.type == "error" and "ERR_INTERNET" not in message.text else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(server.url) else None)
        page.goto(path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def ask(page: Any, text: str) -> Any:
    page.get_by_label("Ask about progressive MS").fill(text)
    page.get_by_role("button", name="Send").click()
    return page.locator("li.message.bot").filter(has_text=f"About {text}")


def test_a_question_is_answered_without_a_new_page(open_page):
    page = open_page()
    page.evaluate("window.same = true")
    reply = ask(page, "what is tob1?")

    reply.wait_for()
    assert page.evaluate("window.same") is True
    assert reply.locator(".source").inner_text().startswith("From the page “Progressive MS Research”")
    assert page.evaluate("document.activeElement.id") == "text"
    assert page.locator("li.message.visitor").count() == 1


def test_a_suggested_question_and_a_person_are_one_press_away(open_page, assistant: FakeAssistant):
    page = open_page()
    ask(page, "what is tob1?").get_by_role("button", name="Vitamin D?").click()
    page.locator("li.message.bot").filter(has_text="About Vitamin D?").wait_for()
    page.get_by_role("banner").get_by_role("button", name="Talk to a person").click()
    page.locator("li.message.bot").filter(has_text="by phone").wait_for()

    assert assistant.asked[1].choice == "/ask_vitamin_d"


def test_the_reply_is_spoken_once_and_with_the_speakers_name(open_page):
    page = open_page()
    page.evaluate(
        "window.spoken = []; new MutationObserver((all) => all.forEach((one) => one.addedNodes.forEach("
        "(node) => spoken.push(node.textContent))))"
        ".observe(document.querySelector('[role=log]'), {childList: true})"
    )
    ask(page, "what is tob1?").wait_for()
    page.wait_for_timeout(1500)

    assert page.evaluate("spoken") == ["MS Navigator bot: About what is tob1? 1 suggested question."]


def test_after_a_reload_everything_is_still_there_and_goes_on(open_page):
    page = open_page()
    ask(page, "first question").wait_for()
    page.reload()
    ask(page, "second question").wait_for()

    assert page.locator("li.message").count() == 5
    assert [item.get_attribute("data-seq") for item in page.locator("li.message").all()] == ["1", "2", "3", "4", "5"]


def test_what_is_not_sent_can_be_sent_again_and_arrives_once(open_page, assistant: FakeAssistant):
    page = open_page()
    ask(page, "first question").wait_for()
    page.context.set_offline(True)
    page.get_by_label("Ask about progressive MS").fill("second question")
    page.keyboard.press("Enter")
    page.get_by_text("Not sent.", exact=True).wait_for()
    assert "not sent" in page.locator("[data-alert]").inner_text()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    page.locator("li.message.bot").filter(has_text="About second question").wait_for()

    assert [question.text for question in assistant.asked] == ["first question", "second question"]
    assert page.locator("li.message.visitor").count() == 2


def test_a_number_that_was_typed_is_filled_into_the_callback_form(open_page, server: RealServer):
    page = open_page()
    page.get_by_label("Ask about progressive MS").fill("call me at 303-555-0142")
    page.get_by_role("button", name="Send").click()
    reply = page.locator("li.message.bot").filter(has_text="I hid")
    reply.get_by_role("button", name="Ask to be called").click()
    assert page.get_by_label("Phone number").input_value() == "303-555-0142"
    page.get_by_label("Your name").fill("Jane")
    page.get_by_label("When may we call?").fill("mornings")
    page.get_by_label("A Navigator may call me").check()
    page.locator("[data-callback]").get_by_role("button", name="Ask to be called").click()
    page.get_by_text("Your number is kept safe").wait_for()

    assert [callback.phone for callback in server.app.state.service.store.callbacks.open(0)] == ["+13035550142"]


def test_an_answer_is_rated_in_place(open_page, server: RealServer):
    page = open_page()
    ask(page, "what is tob1?").get_by_role("button", name="Yes, this answer helped").click()
    page.get_by_text("Thank you. That helps us.").wait_for()

    with server.app.state.service.store.database.read() as db:
        assert db.one("SELECT helpful FROM feedback")["helpful"] == 1


def test_the_chat_is_erased_in_two_steps(open_page):
    page = open_page()
    ask(page, "what is tob1?").wait_for()
    page.get_by_text("Erase this chat").click()
    page.get_by_role("button", name="Yes, erase everything").click()
    page.get_by_text("Everything from this chat has been erased.").wait_for()

    assert page.locator("li.message").count() == 1


def test_the_keyboard_is_enough(open_page):
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to your message"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab") if page.evaluate("document.activeElement.id") != "text" else None
    page.keyboard.type("what is tob1?")
    page.keyboard.press("Enter")
    page.locator("li.message.bot").filter(has_text="About what is tob1?").wait_for()

    assert page.get_by_label("Ask about progressive MS").input_value() == ""


def test_without_javascript_the_same_works(open_page):
    page = open_page(java_script_enabled=False)
    reply = ask(page, "what is tob1?")
    assert reply.is_visible()
    reply.get_by_role("button", name="Vitamin D?").click()

    assert page.locator("li.message.bot").filter(has_text="About Vitamin D?").is_visible()


MODES = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "contrast": {"contrast": "more"},
    "phone": {"viewport": {"width": 320, "height": 568}},
}


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing(open_page, mode):
    page = open_page(**MODES[mode])
    states = [
        lambda: None,
        lambda: ask(page, "what is tob1?").wait_for(),
        lambda: page.get_by_text("Ask to be called").first.click(),
    ]
    for go_on in states:
        go_on()
        found = axe_api.Axe().run(page, options=AXE).response["violations"]
        assert [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in found] == []


@pytest.mark.parametrize(
    ("width", "height", "size"), [(1280, 720, 18), (640, 512, 18), (320, 568, 18), (320, 256, 18), (640, 512, 32), (320, 568, 32)]
)
def test_everything_can_be_reached_at_every_size(open_page, width, height, size):
    page = open_page(viewport={"width": width, "height": height})
    ask(page, "what is tob1?").wait_for()
    page.evaluate(f"document.documentElement.style.fontSize = '{size}px'")
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.evaluate("document.querySelector('[data-stop]').hidden = false")  # as it is while somebody waits
    outside = page.evaluate(
        """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), textarea, summary')].filter((one) => {
            if (one.classList.contains('skip')) return false;
            one.scrollIntoView({block: 'center'});
            const box = one.getClientRects()[0];
            const hit = box && document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            return !hit || !(one === hit || one.contains(hit) || hit.contains(one));
        }).map((one) => one.outerHTML)"""
    )
    assert outside == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_targets_are_large(open_page):
    page = open_page()
    ask(page, "what is tob1?").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.evaluate("document.querySelector('[data-stop]').hidden = false")  # as it is while somebody waits
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .button, .phone, summary, textarea, input[type=text], input[type=tel]')]
            .filter((one) => one.getBoundingClientRect().height < 48 || one.getBoundingClientRect().width < 48)
            .map((one) => one.outerHTML)"""
    )

    assert small == []


def test_the_line_stays_on_screen(open_page):
    page = open_page(viewport={"width": 375, "height": 667})
    for number in range(4):
        ask(page, f"question {number}").wait_for()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")

    assert page.evaluate("document.querySelector('.phone').getBoundingClientRect().top") >= 0
    assert re.fullmatch(r"tel:\+18003444867", page.locator(".phone").get_attribute("href"))
