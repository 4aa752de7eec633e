"""The inbox in a real browser: for every eye, by keyboard alone, and with keys switched off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk.conversation import Answer
from tests.desk import COOKIE, add_staff, begin_session
from tests.looking import Found, look
from tests.studio import copied_root
from tests.test_inbox import pretend
from tests.web import Chat, FakeAssistant, FakeSafety, RealServer, settings_for
from tests.widget_page import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER
QUESTIONS = ("zebra toes tingle", "zebra feet tingle", "foot hurts at night", "hair falls out")


class House:
    """The web process on a real port, with an author, and visitors who agreed."""

    def __init__(self, folder: Path, browser: Any) -> None:
        self.root = copied_root(folder / "root")
        self.assistant = FakeAssistant()
        settings = settings_for(folder / "state", HELPDESK_DATA=str(self.root / "data"))
        self.server = RealServer(settings, self.assistant, FakeSafety()).start()
        pretend(self.server.app.state.studio)
        self.public = self.server.client()
        self.complaints: list[str] = []
        staff = add_staff(self.server.app, "Ada", "author", on_duty=False)
        self.context = browser.new_context(base_url=self.server.url, viewport={"width": 1280, "height": 720})
        self.context.set_default_timeout(10000)
        cookie = {"name": COOKIE, "value": begin_session(self.server.app, staff), "url": self.server.url}
        self.context.add_cookies([cookie])

    def visitor(self, *questions: str) -> None:
        self.assistant.answers = lambda question: (Answer(route="miss", text="I did not understand that.", confidence=0.2),)
        chat = Chat(self.public)
        self.public.put(f"{chat.path}/teaching", json={"agreed": True}, headers=chat.headers)
        for question in questions:
            chat.ask(question)

    def tab(self, path: str = "/studio/inbox") -> Any:
        page = self.context.new_page()
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(path)
        return page

    def file(self, name: str) -> str:
        (found,) = (self.root / "data").rglob(f"{name}.yml")
        return found.read_text("utf-8")

    def close(self) -> None:
        self.context.close()
        self.public.close()
        self.server.stop()


@pytest.fixture
def house(tmp_path: Path, browser: Any) -> Iterator[House]:
    house = House(tmp_path, browser)
    yield house
    house.close()
    assert [said for said in house.complaints if "Failed to load resource" not in said] == []


def heading(page: Any) -> str:
    """Return the question in whose group the focus is."""
    return page.evaluate("document.activeElement.closest('[data-group]')?.querySelector('h2').textContent ?? ''")


def wait_for(page: Any, condition: str) -> None:
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {condition}")


def states(house: House, page: Any) -> Iterator[str]:
    yield "empty"
    house.visitor(*QUESTIONS)
    page.goto("/studio/inbox")
    yield "full"
    page.evaluate("document.querySelectorAll('.group details').forEach((one) => (one.open = true))")
    yield "unfolded"
    page.locator("summary", has_text="Keys").click()
    yield "keys"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete").last.click()
    page.locator("[data-toast]").wait_for()
    yield "decided"
    page.get_by_role("button", name="Another topic").nth(1).click()
    page.locator("#narrow").wait_for()
    yield "choosing"
    page.fill("#narrow", "zzz")
    yield "nothing found"
    page.goto("/studio/inbox?why=marked")
    yield "nothing of this kind"
    page.goto("/studio/inbox")
    page.locator("#bulk button", has_text="Delete").click()
    page.locator("#problem").wait_for()
    yield "refused"


def test_nothing_is_wrong_in_any_state_mode_and_size(house):
    page = house.tab()
    found: dict[str, Found] = {"axe": {}, "geometry": {}}
    for state in states(house, page):
        look(page, state, found)

    assert sum(map(len, found.values())) > 70
    assert {at: wrong for looked in found.values() for at, wrong in looked.items() if wrong} == {}
    assert page.evaluate("document.getAnimations().length") == 0


def test_an_inbox_is_emptied_by_single_keys_and_taken_back(house):
    house.visitor(*QUESTIONS)
    page = house.tab()
    keys = page.keyboard

    keys.press("j")
    assert heading(page).startswith("zebra")
    keys.press("j")
    keys.press("k")
    assert heading(page).startswith("zebra")
    keys.press("1")
    page.locator("[data-toast]", has_text="2 sentences taught").wait_for()
    assert house.file("tob1").count("- zebra ") == 2
    assert heading(page) == page.locator("[data-group] h2").first.text_content()
    assert page.locator("nav.lists .count.some").first.text_content() == "2"

    keys.press("x")
    page.locator("[data-toast]", has_text="not our subject").wait_for()
    keys.press("d")
    page.locator(".empty").wait_for()
    assert page.evaluate("document.activeElement.localName") == "h1"

    for left in (1, 2, 3):
        keys.press("u")
        wait_for(page, f"document.querySelectorAll('[data-group]').length === {left}")
    assert "- zebra " not in house.file("tob1")
    assert page.locator(".last").count() == 0


def test_another_topic_is_found_by_typing(house):
    house.visitor("zebra toes tingle")
    page = house.tab()

    page.keyboard.press("o")
    page.locator("#narrow").wait_for()
    page.keyboard.type("what should I eat diet")
    page.fill("#narrow", "diet")
    page.keyboard.press("Enter")
    page.locator("[data-toast]").wait_for()

    assert "- zebra toes tingle\n" in house.file("diet")


def test_the_keys_do_nothing_where_they_are_switched_off_or_one_writes(house):
    house.visitor("zebra toes tingle")
    page = house.tab()
    page.locator("summary", has_text="Keys").click()
    page.get_by_role("button", name="Switch the keys off").click()
    page.locator("#notice").wait_for()

    page.keyboard.press("d")
    page.keyboard.press("1")
    page.wait_for_timeout(300)

    assert page.locator("[data-group]").count() == 1
    assert "zebra" not in house.file("tob1")


def test_the_word_of_undo_goes_after_ten_seconds_and_the_list_stays(house):
    house.visitor("zebra toes tingle", "hair falls out")
    page = house.tab("/studio/inbox")
    page.clock.install()
    page.goto("/studio/inbox")
    page.keyboard.press("d")
    page.locator("[data-toast]").wait_for()

    page.clock.fast_forward(11_000)
    wait_for(page, "!document.querySelector('[data-toast]')")
    page.get_by_role("button", name="Undo").click()

    wait_for(page, "document.querySelectorAll('[data-group]').length === 2")


def test_without_a_script_everything_is_done_by_forms(house):
    house.visitor("zebra toes tingle")
    cookies = house.context.cookies()
    plain = house.context.browser.new_context(base_url=house.server.url, java_script_enabled=False)
    plain.add_cookies(cookies)
    page = plain.new_page()
    page.goto("/studio/inbox")

    page.get_by_role("button", name="How is the molecule Tob1").click()
    page.locator(".toast", has_text="1 sentence taught").wait_for()
    assert "- zebra toes tingle\n" in house.file("tob1")
    page.get_by_role("button", name="Undo").first.click()
    page.locator("#notice", has_text="It is undone").wait_for()
    plain.close()

    assert "zebra" not in house.file("tob1")
