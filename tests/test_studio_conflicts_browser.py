"""Conflicts and Try it in a real browser: for every eye, in every size, by keyboard, and without a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk import comparing
from helpdesk.comparing import Comparison, Confusion
from helpdesk.snapshots import folder
from helpdesk.store.releases import Release
from tests.desk import COOKIE, add_staff, begin_session
from tests.fake_encoder import FakeEncoder
from tests.looking import Found, look
from tests.small_draft import small_root
from tests.web import FakeAssistant, FakeSafety, RealServer, answer, settings_for
from tests.widget_page import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER
ONE, TWO = "do blood tests show tob1 these days", "so do blood tests show tob1 these days?"


class House:
    """The web process on a real port, with an author at a draft that has one of each conflict."""

    def __init__(self, place: Path, browser: Any) -> None:
        self.root = small_root(place / "root")
        self.assistant = FakeAssistant()
        settings = settings_for(place / "state", HELPDESK_DATA=str(self.root / "data"))
        self.server = RealServer(settings, self.assistant, FakeSafety()).start()
        self.service = self.server.app.state.studio
        self.service.meaning.load = FakeEncoder
        self.complaints: list[str] = []
        self.staff = add_staff(self.server.app, "Ada", "author", on_duty=False)
        self.browser = browser
        self.contexts: list[Any] = []

    def plant(self) -> None:
        for topic, text in (("tob1", ONE), ("vitamin_d", TWO)):
            self.service.library.add_examples(topic, [text], staff=self.staff.id)

    def spoil(self) -> None:
        """Let there be something in every section."""
        (path,) = (self.root / "data").rglob("lipoic_acid.yml")
        form = self.service.library.topic("lipoic_acid")
        text = path.read_text(encoding="utf-8")
        for example in form.examples[20:]:
            text = text.replace(f"      - {example}\n", "", 1)
        path.write_text(text.replace("    examples: |\n", "    examples: |\n      - what is {this} thing\n", 1), encoding="utf-8")
        self.service.store.clock = lambda: 1_900_000_000.0
        measured = folder(self.service.settings.state, "r1")
        measured.mkdir(parents=True)
        made = Comparison("r1", confusions=(Confusion("tob1", "vitamin_d", 3), Confusion("tob1", "miss", 1)))
        (measured / comparing.FILE).write_text(made.as_json(), encoding="utf-8")
        self.service.store.releases.add(Release("r1", 1.0, None, "c", "s", gate=[]))

    def tab(self, path: str, **options: Any) -> Any:
        context = self.browser.new_context(base_url=self.server.url, viewport={"width": 1280, "height": 720}, **options)
        self.contexts.append(context)
        context.set_default_timeout(20000)
        cookie = {"name": COOKIE, "value": begin_session(self.server.app, self.staff), "url": self.server.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(path)
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.server.stop()


@pytest.fixture
def house(tmp_path: Path, browser: Any) -> Iterator[House]:
    house = House(tmp_path, browser)
    yield house
    house.close()
    assert [said for said in house.complaints if "Failed to load resource" not in said] == []


def looked_over(page: Any) -> None:
    """Look again until the draft is looked over."""
    page.goto("/studio/conflicts")
    for _ in range(200):
        if page.locator("[data-not-ready]").count() == 0:
            return
        page.wait_for_timeout(100)
        page.reload()
    raise AssertionError("the draft was not looked over in time")


def conflict_states(house: House, page: Any) -> Iterator[str]:
    yield "first look"
    looked_over(page)
    yield "nothing"
    house.plant()
    house.spoil()
    looked_over(page)
    page.get_by_text(ONE).first.wait_for()
    yield "everything"
    page.get_by_role("button", name="Delete it").first.click()
    page.locator("[data-toast]").wait_for()
    yield "done"
    page.get_by_role("button", name="Undo").click()
    looked_over(page)
    page.get_by_role("button", name="Keep both").click()
    page.locator("details.kept summary").click()
    yield "kept"


def try_states(house: House, page: Any) -> Iterator[str]:
    page.goto("/studio/try")
    yield "empty"
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("#problem").wait_for()
    yield "refused"
    ranking = (("ask_tob1", 0.62), ("ask_vitamin_d", 0.21))
    house.assistant.answers = lambda asked: (answer("Tob1 is a molecule.", topic="tob1", confidence=0.62, ranking=ranking),)
    page.fill("#ask", ONE)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("#live").wait_for()
    yield "asked"
    page.get_by_role("button", name="Save with this").click()
    page.locator("#right-wrong").wait_for()
    yield "nothing chosen"
    page.get_by_role("button", name="Save: ").first.click()
    page.locator("#tests").wait_for()
    yield "saved"


@pytest.mark.parametrize("states", [conflict_states, try_states])
def test_nothing_is_wrong_in_any_state_mode_and_size(house, states):
    page = house.tab("/studio/conflicts")
    found: dict[str, Found] = {"axe": {}, "geometry": {}}
    for state in states(house, page):
        look(page, state, found)

    assert sum(map(len, found.values())) == 40
    assert {at: wrong for looked in found.values() for at, wrong in looked.items() if wrong} == {}
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("script", [True, False])
def test_a_conflict_is_seen_and_solved_with_and_without_a_script(house, script):
    page = house.tab("/studio/conflicts", java_script_enabled=script)
    looked_over(page)
    house.plant()
    page.reload()
    page.get_by_text(TWO).first.wait_for()
    page.get_by_role("button", name="Move it to the other topic").first.click()
    page.locator("[data-toast]", has_text="moved").wait_for()

    assert page.get_by_role("button", name="Keep both").count() == 0
    examples = [house.service.library.topic(topic).examples for topic in ("tob1", "vitamin_d")]
    assert sum(text in some for some in examples for text in (ONE, TWO)) == 2
    assert any(ONE in some and TWO in some for some in examples)


def test_the_page_says_when_the_draft_is_looked_over_and_does_not_change_under_the_reader(house):
    page = house.tab("/studio/conflicts")
    if page.locator("[data-ready-line]").count():
        page.get_by_text("The draft is looked over.").wait_for()
        page.get_by_role("link", name="Look again").click()
    looked_over(page)

    assert page.locator("[data-ready-line]").count() == 0


def test_a_question_is_asked_and_kept_by_keyboard_alone(house):
    house.assistant.answers = lambda asked: (answer("Tob1 is a molecule.", topic="tob1"),)
    page = house.tab("/studio/try")
    page.locator("#ask").focus()
    page.keyboard.type(ONE)
    page.keyboard.press("Control+Enter")
    page.locator("#live").wait_for()
    assert page.evaluate("document.activeElement.id") == "found"
    page.get_by_role("button", name="Save: ").first.press("Enter")
    page.locator("#notice").wait_for()

    assert [(test.ask, test.topic) for test in house.service.library.tests()] == [(ONE, "tob1")]
