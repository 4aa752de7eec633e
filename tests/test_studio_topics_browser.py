"""The topic editor in a real browser: live, by keyboard alone, for tired eyes, with the widget's own preview."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.looking import Found, look
from tests.studio import copied_root
from tests.test_desk_browser import House, until
from tests.web import FakeAssistant, FakeSafety, RealServer, settings_for
from tests.widget_page import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER

TOB1 = "/studio/topics/tob1"
DRAFTS = "Object.keys(localStorage).filter((name) => name.includes('draft'))"
SMALL = "/studio/topics/complementary_therapies"  # quicker to look at than most
TEXT = "Tob1 is a molecule linked to immune cells. One day it may show who is likely to go on to full MS after a first attack."
FOCUSED = "(({ activeElement: one }) => [one.id, one.textContent, one.getAttribute('href')])(document)"
DIE = "/studio/safety/crisis/patterns/wants_to_die"


@contextlib.contextmanager
def studio_in(folder: Path, browser: Any) -> Iterator[House]:
    root = copied_root(folder / "root")
    server = RealServer(settings_for(folder, HELPDESK_DATA=str(root / "data")), FakeAssistant(), FakeSafety()).start()
    house = House(server, browser)
    house.root = root
    server.app.state.studio.counters.clear()  # what the other pages count is not looked at here
    try:
        yield house
    finally:
        for context in house.contexts:
            context.close()
        house.public.close()
        server.stop()
    assert house.complaints == []


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[House]:
    with studio_in(tmp_path_factory.mktemp("studio"), browser) as house:
        yield house


def open_page(house: House, path: str = TOB1, name: str = "Ada", **context: Any) -> Any:
    return house.tab(house.enter(name, "author", **context), path)


def file_of(house: House, name: str = "tob1") -> Path:
    (found,) = (house.root / "data").rglob(f"{name}.yml")
    return found


def judged(page: Any) -> None:
    """Wait until the page has been judged and shown."""
    page.locator("ms-navigator-preview li.message.bot").nth(1).wait_for()


def press_to(page: Any, sought: str, most: int = 300) -> None:
    """Go with the Tab key until what has the focus is this: an id, an address, or what it says."""
    for _ in range(most):
        names = page.evaluate(FOCUSED)
        if sought in names:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"never at {sought}")


# ---- for every eye


def states(page: Any) -> Iterator[str]:
    """Bring the pages into their states."""
    for path in ("topics", "topics?q=zebra", "topics?show=retired", "topics/cost", "topics/new", "topics/tob1/retire"):
        page.goto(f"/studio/{path}")
        yield path
    page.goto(SMALL)
    judged(page)
    yield "topic"
    for details in page.locator("details.more").all():
        details.locator("summary").click()
    page.locator("#review_by-0").fill("2027-99-99")
    page.locator("#question").fill("")
    page.get_by_role("button", name="Save the draft").first.click()
    page.locator("main > #problem").wait_for()
    yield "topic, refused"
    page.goto(SMALL)
    page.locator("[data-offer]:not([hidden])").wait_for()
    yield "topic, something is offered back"
    page.get_by_role("button", name="Throw it away").click()
    page.locator("#examples-0").press_sequentially("\nsome one more of those herbs and needles")
    page.get_by_role("button", name="Save the draft").first.click()
    page.locator("#notice").wait_for()
    page.goto(f"{SMALL}/history")
    yield "history"
    page.goto("/studio/safety")
    page.locator("#sentence").fill("I want to die")
    page.get_by_role("button", name="Try it").click()
    page.locator(".found-by").wait_for()
    yield "safety, tried"
    page.goto(DIE)
    page.locator("#match").fill("(unclosed")
    page.get_by_role("button", name="Prove and save").click()
    page.locator("main > #problem").wait_for()
    yield "pattern, refused"
    page.goto("/studio/safety/crisis/sentences/must")
    yield "sentences"


def changed_meanwhile(house: House, page: Any) -> None:
    """Leave the page that somebody sees whose topic was changed while they wrote."""
    other = open_page(house, "/studio/topics/vitamin_d", "Paul")
    page.goto("/studio/topics/vitamin_d")
    for one, date in ((other, "2028-03-03"), (page, "2028-04-04")):
        one.locator("#review_by-0").evaluate("(one, date) => { one.value = date; }", date)
        one.get_by_role("button", name="Save the draft").first.click()
        one.locator("#notice, .problem[role=alert]").wait_for()


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[dict[str, dict[Any, Any]]]:
    """Go through all states once, and look at each in every mode and at every size; return what is wrong."""
    with studio_in(tmp_path_factory.mktemp("looked"), browser) as house:
        page = open_page(house, "/studio")
        found: dict[str, Found] = {"axe": {}, "geometry": {}}

        def all_states() -> Iterator[str]:
            yield from states(page)
            changed_meanwhile(house, page)
            yield "changed meanwhile"

        for state in all_states():
            look(page, state, found)
        yield found


@pytest.mark.parametrize("what", ["axe", "geometry"])
def test_nothing_is_wrong_in_any_state_mode_and_size(looked, what):
    found = looked[what]

    assert len(found) > 40
    assert {at: wrong for at, wrong in found.items() if wrong} == {}


def test_nothing_moves_by_itself(house):
    page = open_page(house, reduced_motion="reduce")
    judged(page)

    assert page.evaluate("document.getAnimations().length") == 0


# ---- by keyboard alone


def test_find_change_save_look_and_undo_by_keyboard_alone(tmp_path, browser):
    with studio_in(tmp_path, browser) as house:
        before = file_of(house).read_bytes()
        page = open_page(house, "/studio/topics")
        keys = page.keyboard
        press_to(page, "q")
        keys.type("tob1")
        keys.press("Enter")
        page.wait_for_url("**q=tob1*")
        press_to(page, TOB1)
        keys.press("Enter")
        page.wait_for_url(f"**{TOB1}")
        judged(page)
        press_to(page, "text-0")
        keys.press("Control+End")
        measured = page.locator("#text-0-measured").inner_text()
        keys.type(" Notwithstanding considerable heterogeneity, characterisation necessitates multidisciplinary collaboration.")
        until(page, f"document.querySelector('#text-0-measured').textContent !== {measured!r}")
        until(page, "document.querySelector('[data-status]').textContent.includes('too hard')")
        assert page.evaluate("document.activeElement.id") == "text-0"
        keys.press("Control+A")
        keys.type(TEXT)
        until(page, "document.querySelector('#text-0-wrong').textContent === ''")
        press_to(page, "examples-0")
        count = page.locator("#examples-0-count").inner_text()
        keys.press("Control+End")
        keys.type("\nwhat on earth is a tob one marker")
        until(page, f"document.querySelector('#examples-0-count').textContent !== {count!r}")
        press_to(page, "Save the draft")
        keys.press("Enter")
        page.wait_for_url("**said=topic_saved")
        assert "what on earth is a tob one marker" in file_of(house).read_text() and TEXT in file_of(house).read_text()
        press_to(page, "History")
        keys.press("Enter")
        page.wait_for_url("**/history")
        assert page.get_by_text("what on earth is a tob one marker").first.is_visible()
        press_to(page, "Undo this change")
        keys.press("Enter")
        page.wait_for_url("**said=topic_undone")

        assert file_of(house).read_bytes() == before


# ---- as it is written


def test_the_preview_is_the_widget_and_shows_what_is_typed(house):
    asked: list[str] = []
    context = house.enter("Ada", "author")
    context.on("request", lambda one: asked.append(one.url) if "/api/" in one.url else None)
    page = house.tab(context, TOB1)
    judged(page)
    page.locator("#text-0").fill("Tob1 is a molecule, and this is not saved.")
    reply = page.locator("ms-navigator-preview li.message.bot").filter(has_text="and this is not saved")
    reply.wait_for()

    assert "Progressive MS Research" in reply.locator(".source").inner_text()
    assert page.locator("ms-navigator-preview .offers button").all_inner_texts() == [
        page.input_value(f"#title-0-{number}") for number in range(3)
    ]
    page.locator("ms-navigator-preview .offers button").first.click()
    page.locator("ms-navigator-preview li.message.visitor").nth(1).wait_for()
    assert asked == [] and "not saved" not in file_of(house).read_text()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('conversation')).length") == 0


def test_the_preview_turns_to_the_text_in_hand(house):
    page = open_page(house)
    judged(page)
    page.locator("#text-1").focus()

    page.locator("ms-navigator-preview li.message.bot").filter(has_text=page.input_value("#text-1")[:40]).wait_for()


def test_figures_that_no_fact_carries_are_told_beside_the_text_as_it_is_typed(house):
    page = open_page(house)
    judged(page)
    page.locator("#text-0").press_sequentially(" It helps 37 people.")
    page.locator("#text-0-wrong").filter(has_text="37").wait_for()
    assert page.locator("#text-0").get_attribute("aria-invalid") == "true"
    page.locator("#text-0").fill(page.input_value("#text-0").replace(" It helps 37 people.", ""))
    until(page, "document.querySelector('#text-0-wrong').textContent === ''")

    assert page.locator("#text-0").get_attribute("aria-invalid") is None


def test_a_new_page_does_not_complain_of_what_nobody_has_written_yet(house):
    page = open_page(house, "/studio/topics/new")
    page.locator("[data-said]").filter(has_text="not right").wait_for()

    assert "".join(page.locator("[data-wrong]").all_inner_texts()).strip() == ""


def test_a_fact_that_is_chosen_is_ticked_at_once(house):
    page = open_page(house)
    judged(page)
    page.locator("#add-fact-0").select_option("F01")

    assert page.locator("#facts-0-F01").is_checked() and page.input_value("#add-fact-0") == ""


# ---- nothing typed is lost


def test_what_was_not_saved_is_offered_back_also_after_the_sign_in_ran_out(house):
    page = open_page(house, "/studio/topics/lipoic_acid_trial" if list(house.root.rglob("lipoic_acid_trial.yml")) else TOB1)
    judged(page)
    page.locator("#examples-0").press_sequentially("\nonly in this browser")
    page.wait_for_timeout(500)
    address = page.url
    with house.store.database.write() as db:
        db.run("DELETE FROM sessions")
    page.get_by_role("button", name="Save the draft").first.click()
    page.locator("main > #problem").wait_for()
    again = house.enter("Ada", "author")
    page.context.clear_cookies()
    page.context.add_cookies(again.cookies())
    page.goto(address)
    page.get_by_role("button", name="Put it back").click()
    page.locator("#notice").wait_for()

    assert "only in this browser" in page.input_value("#examples-0")


def test_who_signs_out_leaves_nothing_typed_in_the_browser(house):
    page = open_page(house, "/studio/topics/cost")
    page.locator("#text-0").press_sequentially(" Really.")
    until(page, f"({DRAFTS}).length > 0")
    page.locator("header summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/desk/sign-in**")

    assert page.evaluate(DRAFTS) == []


def test_what_is_thrown_away_is_not_offered_again(house):
    page = open_page(house, "/studio/topics/cost")
    page.locator("#text-0").press_sequentially(" Really.")
    page.wait_for_timeout(500)
    page.goto("/studio/topics/cost")
    page.get_by_role("button", name="Throw it away").click()
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.reload()

    assert not page.locator("[data-offer]").is_visible()


def test_what_is_saved_is_not_offered_again(house):
    page = open_page(house)
    judged(page)
    page.locator("#examples-0").press_sequentially("\nplease tell me of the tob one molecule once more")
    page.get_by_role("button", name="Save the draft").first.click()
    page.wait_for_url(re.compile("said=topic_saved"))
    page.goto(TOB1)

    assert not page.locator("[data-offer]").is_visible()
