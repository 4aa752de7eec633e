"""The desk in a real browser: live, by keyboard alone, for tired eyes, with several tabs and several navigators."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.desk import CALLBACK, COOKIE, DATA, add_staff, begin_session
from tests.looking import Found, look
from tests.web import Chat, FakeAssistant, FakeSafety, RealServer, settings_for
from tests.widget_page import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER

# Counts tones and notifications instead of making them.
QUIET = """
window.made = [];
window.AudioContext = class {
  createGain() { return { gain: {}, connect() {} }; }
  createOscillator() { window.made.push("tone"); return { frequency: {}, connect() {}, start() {}, stop() {} }; }
  close() {}
};
window.Notification = class {
  static permission = "granted";
  static async requestPermission() { return "granted"; }
  constructor(title, { body }) { window.made.push(body); }
};
"""


class House:
    """The web process on a real port, its navigators' browsers, and visitors who come."""

    def __init__(self, server: RealServer, browser: Any) -> None:
        self.server, self.browser = server, browser
        self.service = server.app.state.desk
        self.store = self.service.store
        self.public = server.client()
        self.contexts: list[Any] = []
        self.complaints: list[str] = []

    def enter(self, name: str, *roles: str, script: str = "", options: dict[str, bool] | None = None, **context: Any) -> Any:
        """Return a browser context in which this person is signed in, at their desk."""
        staff = self.store.staff.by_login(f"{name.lower()}@example.org") or add_staff(self.server.app, name, *roles)
        if options:
            self.store.staff.set_options(staff.id, options)
        opened = self.browser.new_context(**{"base_url": self.server.url, "viewport": {"width": 1280, "height": 720}, **context})
        opened.set_default_timeout(10000)
        opened.add_cookies([{"name": COOKIE, "value": begin_session(self.server.app, staff), "url": self.server.url}])
        if script:
            opened.add_init_script(script)
        self.contexts.append(opened)
        return opened

    def tab(self, context: Any, path: str) -> Any:
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(self.server.url) else self.complaints.append(asked.url))
        page.goto(path)
        return page

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def visitor(self, *questions: str, waits: bool = True) -> Chat:
        chat = Chat(self.public)
        for question in questions:
            chat.ask(question)
        if waits:
            assert chat.post("handoff", {}).json() == {"owner": "waiting"}
        return chat

    def do(self, act: str, name: str, chat: Chat, *values: Any) -> Any:
        """Let a navigator do something elsewhere, so that whoever looks is woken."""
        staff = self.store.staff.by_login(f"{name.lower()}@example.org")

        async def work() -> Any:
            return await getattr(self.service, act)(staff, chat.id, *values)

        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(10)

    def on_server(self, work: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    @property
    def loop(self) -> Any:
        return self.server.server.servers[0].get_loop()

    def claimed(self, name: str = "Ana", *questions: str) -> Chat:
        chat = self.visitor(*(questions or ("what is tob1?",)))
        self.do("claim", name, chat)
        return chat

    def said(self, chat: Chat) -> list[str]:
        return [event["text"] for event in chat.events() if event["author"] == "navigator" and event["kind"] == "message"]


@contextlib.contextmanager
def house_in(folder: Path, browser: Any) -> Iterator[House]:
    server = RealServer(settings_for(folder, HELPDESK_DATA=str(DATA)), FakeAssistant(), FakeSafety()).start()
    house = House(server, browser)
    yield house
    for context in house.contexts:
        context.close()
    house.public.close()
    server.stop()
    assert house.complaints == []


@pytest.fixture
def house(tmp_path: Path, browser: Any) -> Iterator[House]:
    with house_in(tmp_path, browser) as house:
        yield house


def used_at(house: House) -> list[float]:
    """Return when each sign-in was last used."""
    with house.store.database.read() as db:
        return [row["seen_at"] for row in db.all("SELECT seen_at FROM sessions ORDER BY hash")]


def rows(page: Any) -> list[str]:
    return [row.get_attribute("data-row") for row in page.locator("[data-row]").all()]


def until(page: Any, condition: str) -> None:
    """Wait until it is so; `wait_for_function` evaluates strings in the page, which its policy forbids."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {condition}")


def held(page: Any, state: str) -> None:
    page.locator(f"[data-held={state}]").wait_for()


# ---- for every eye


def states(house: House, page: Any) -> Iterator[str]:
    """Bring the desk into each of its states."""
    for path in ("list/waiting", "list/mine", "list/bot", "list/closed", "callbacks", "keys", "options", "insights", "account"):
        page.goto(f"/desk/{path}")
        yield f"{path}, empty"
    waiting, danger, mine = house.visitor("what is tob1?"), house.visitor("suicide"), house.claimed("Ana", "what is tob1?")
    his, over = house.claimed("Ben"), house.claimed("Ana")
    house.visitor("hello", waits=False)
    house.do("close", "Ana", over, "cancelled")
    house.do("note", "Ana", mine, "Prefers the phone.")
    his.post("callback", CALLBACK)
    mine.post("callback", {**CALLBACK, "phone": "+44 20 7946 0958"})
    house.do("claim", "Ben", his) if house.store.ledger.find(his.id)["owner"] != "navigator" else None
    house.do("claim", "Ana", mine) if house.store.ledger.find(mine.id)["owner"] != "navigator" else None
    for path in ("list/waiting", "list/mine", "list/bot", "list/closed", "list/waiting?q=zebra", "callbacks"):
        page.goto(f"/desk/{path}")
        yield path
    page.locator("main summary").first.click()
    yield "callbacks, not reached"
    for name, chat in (("waiting", waiting), ("danger", danger), ("his", his), ("over", over), ("mine", mine)):
        page.goto(f"/desk/c/{chat.id}")
        yield f"chat, {name}"
    for menu in ("Hand over", "Close", "More", "Ready replies", "Ana"):
        page.locator("summary").filter(has_text=re.compile(f"^{menu}$")).click()
        yield f"menu, {menu}"
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Answers of the bot").click()
    page.locator("[data-answers-list] li").first.wait_for()
    yield "answers"
    page.keyboard.press("Escape")
    page.locator(".key-close summary").click()
    page.get_by_role("button", name="Close this chat").click()
    page.locator("#problem").wait_for()
    yield "refused"
    house.do("clear_flag", "Ana", danger)
    house.store.callbacks.done(house.store.callbacks.of_conversation(his.id)[0].id, "nobody")
    page.goto("/desk/callbacks")
    page.locator(".ended summary").click()
    yield "callbacks, ended"
    page.goto(f"/desk/c/{his.id}")
    yield "chat, called"
    page.goto("/desk/staff")
    page.locator("main summary").first.click()
    yield "staff, change"
    house.service.warning = lambda: "The safety files were refused and the last good copy is in force."
    page.goto("/desk/list/bot")
    yield "warning"
    page.goto(f"/desk/answers?for={mine.id}")
    yield "answers, a page"
    page.goto("/desk/c/0")
    yield "not there"
    page.goto("/desk/list/waiting")
    page.evaluate("document.querySelector('.row .cover').focus()")
    house.visitor("one more")
    page.get_by_role("button", name="1 new – show").wait_for()
    yield "one more waits"


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[dict[str, dict[Any, Any]]]:
    """Go through all states once, and look at each in every mode and at every size; return what is wrong."""
    with house_in(tmp_path_factory.mktemp("looked"), browser) as house:
        house.enter("Ben")
        page = house.tab(house.enter("Ana", "navigator", "admin"), "/desk")
        found: dict[str, Found] = {"axe": {}, "geometry": {}}
        for state in states(house, page):
            look(page, state, found)
        yield found


@pytest.mark.parametrize("what", ["axe", "geometry"])
def test_nothing_is_wrong_in_any_state_mode_and_size(looked, what):
    found = looked[what]

    assert len(found) > 100
    assert {at: wrong for at, wrong in found.items() if wrong} == {}


def test_nothing_moves_by_itself(house):
    context = house.enter("Ana", reduced_motion="reduce")
    page = house.tab(context, f"/desk/c/{house.claimed().id}")

    assert page.evaluate("document.getAnimations().length") == 0


# ---- by keyboard alone


def test_a_whole_conversation_by_keyboard_alone(house):
    context = house.enter("Ana")
    chat = house.visitor("what is tob1?")
    page = house.tab(context, "/desk")
    keys = page.keyboard

    keys.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    keys.press("Enter")
    keys.press("Alt+j")
    assert page.evaluate("document.activeElement.className") == "cover"
    keys.press("Alt+c")
    held(page, "mine")
    keys.press("Alt+l")
    keys.type("Hello, I am Ana.")
    keys.press("Control+Enter")
    page.locator("li.navigator:not(.pending)").filter(has_text="Hello, I am Ana.").wait_for()
    assert page.evaluate("document.activeElement.id") == "text"
    keys.press("Alt+p")
    keys.type("Prefers the phone.")
    keys.press("Tab")
    keys.press("Enter")
    page.locator(".notes li").filter(has_text="Prefers the phone.").wait_for()
    keys.press("Alt+e")
    assert page.evaluate("document.activeElement.id") == "outcome"
    keys.press("Tab")
    keys.press("Enter")
    held(page, "closed")

    assert house.said(chat) == ["Hello, I am Ana."]
    assert page.evaluate("document.activeElement !== document.body")


def test_shortcuts_can_be_switched_off_and_single_keys_on(house):
    context = house.enter("Ana", options={"shortcuts": False, "single_keys": True})
    house.visitor("hello")
    off = house.tab(context, "/desk/list/waiting")
    off.keyboard.press("Alt+j")
    assert off.evaluate("document.activeElement === document.body")
    off.keyboard.press("/")
    assert off.evaluate("document.activeElement.id") == "q"
    off.keyboard.press("?")
    assert off.input_value("#q") == "?"
    off.evaluate("document.activeElement.blur()")
    off.keyboard.press("?")
    off.wait_for_url("**/desk/keys")


def test_single_keys_do_nothing_until_they_are_chosen(house):
    page = house.tab(house.enter("Ana"), "/desk/list/waiting")
    page.keyboard.press("/")
    page.keyboard.press("?")

    assert page.evaluate("document.activeElement === document.body") and page.url.endswith("/waiting")


def test_escape_leaves_a_menu_and_goes_back_to_its_button(house):
    context = house.enter("Ana")
    page = house.tab(context, f"/desk/c/{house.claimed().id}")
    page.keyboard.press("Alt+e")
    page.keyboard.press("Escape")

    assert page.locator(".key-close[open]").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Close"


def test_enter_sends_only_for_who_has_chosen_it(house):
    context = house.enter("Ana")
    chat = house.claimed()
    page = house.tab(context, f"/desk/c/{chat.id}")
    page.locator("#text").press_sequentially("one")
    page.keyboard.press("Enter")
    assert page.input_value("#text") == "one\n" and house.said(chat) == []
    house.enter("Ana", options={"enter_sends": True})
    page.reload()
    page.locator("#text").fill("two")
    page.keyboard.press("Enter")
    page.locator("li.navigator:not(.pending)").filter(has_text="two").wait_for()


# ---- live lists


def test_a_list_is_fresh_by_itself(house):
    page = house.tab(house.enter("Ana"), "/desk/list/waiting")
    page.get_by_text("Nobody is waiting.").wait_for()
    chat = house.visitor("hello")
    page.locator(f"[data-row='{chat.id}']").wait_for()
    until(page, "document.title.startsWith('(1) ')")

    assert page.locator("[data-count=waiting]").first.inner_text() == "1"


@pytest.mark.parametrize("by", ["pointer", "focus"])
def test_rows_do_not_move_under_the_pointer_or_the_focus(house, by):
    context = house.enter("Ana")
    first = house.visitor("first")
    page = house.tab(context, "/desk/list/waiting")
    row = page.locator(".row")
    row.hover() if by == "pointer" else row.locator(".cover").focus()
    before = row.bounding_box()
    second, third = house.visitor("second"), house.visitor("third")
    button = page.get_by_role("button", name="2 new – show")
    button.wait_for()

    assert (rows(page), row.bounding_box()) == ([first.id], before)
    assert "2 new" in page.locator("[data-status]").inner_text()
    button.click()
    assert rows(page) == [first.id, second.id, third.id]
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"/desk/c/{second.id}"
    assert not button.is_visible()


def test_one_tab_of_a_browser_holds_the_stream_and_tells_the_others(house):
    context = house.enter("Ana")
    asked: list[str] = []
    context.on("request", lambda one: asked.append(one.url) if one.url.endswith("/desk/stream") else None)
    one, two = house.tab(context, "/desk/list/waiting"), house.tab(context, "/desk/list/bot")
    house.visitor("hello")
    for page in (one, two):
        until(page, "document.title.startsWith('(1) ')")
    assert len(asked) == 1
    one.close()
    house.visitor("hello")
    until(two, "document.title.startsWith('(2) ')")


def test_a_sound_and_a_notification_come_only_to_who_has_asked_for_them(house):
    quiet = house.tab(house.enter("Ana", script=QUIET), "/desk/list/waiting")
    loud = house.tab(house.enter("Ben", script=QUIET, options={"sound": True, "notify": True}), "/desk/list/waiting")
    house.visitor("my private words")
    until(loud, "window.made.length >= 2")
    until(quiet, "document.title.startsWith('(1) ')")

    assert quiet.evaluate("window.made") == []
    assert loud.evaluate("window.made") == ["tone", "Someone is waiting for a person."]


def test_a_chat_that_is_handed_over_is_told_to_whom_it_is_handed_alone(house):
    loud = {"sound": True, "notify": True}
    ben = house.tab(house.enter("Ben", script=QUIET, options=loud), "/desk/list/mine")
    cora = house.tab(house.enter("Cora", script=QUIET, options=loud), "/desk/list/mine")
    house.enter("Ana")
    chat = house.visitor()
    for page in (ben, cora):
        until(page, "window.made.length >= 2")
        page.evaluate("window.made.length = 0")
    house.do("claim", "Ana", chat)
    house.do("forward", "Ana", chat, house.store.staff.by_login("ben@example.org").id)
    until(ben, "window.made.length >= 2")
    until(ben, "document.querySelector('[data-count=mine]').textContent === '1'")

    assert ben.evaluate("window.made") == ["tone", "A colleague has handed a chat to you."]
    assert cora.evaluate("window.made") == []


def test_danger_in_a_chat_that_is_marked_already_is_told_again(house):
    ben = house.tab(house.enter("Ben", script=QUIET, options={"notify": True}), "/desk/list/waiting")
    chat = house.visitor("suicide", waits=False)
    until(ben, "window.made.length >= 1")
    chat.ask("suicide again")
    until(ben, "window.made.length >= 2")

    assert ben.evaluate("window.made") == ["The safety net has found danger in a chat."] * 2


def test_what_the_pages_fetch_by_themselves_is_no_use_of_the_sign_in(house):
    context = house.enter("Ana")
    chat = house.claimed("Ana", "hello")
    pages = [house.tab(context, path) for path in ("/desk/list/mine", f"/desk/c/{chat.id}")]
    pages[1].locator(f"[data-chat='{chat.id}']").wait_for()
    with house.store.database.write() as db:
        db.run("UPDATE sessions SET seen_at = seen_at - 3600")
    before = used_at(house)
    other = house.claimed("Ana", "another")
    pages[0].locator(f"[data-row='{other.id}']").wait_for()
    pages[1].locator(f"[data-chat='{other.id}']").wait_for()
    chat.send("are you there?")
    pages[1].locator(".message.visitor").filter(has_text="are you there?").wait_for()

    assert used_at(house) == before


# ---- one conversation, live


def test_what_the_visitor_writes_comes_by_itself_and_what_is_written_goes_out(house):
    context = house.enter("Ana")
    chat = house.claimed()
    page = house.tab(context, f"/desk/c/{chat.id}")
    page.evaluate("window.same = true")
    chat.send("are you there?")
    page.locator("li.visitor").filter(has_text="are you there?").wait_for()
    page.locator("[data-speaker] p").filter(has_text="Visitor: are you there?").wait_for(state="attached")
    page.locator("#text").fill("Yes, I am here.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator("li.navigator:not(.pending)").filter(has_text="Yes, I am here.").wait_for()

    assert house.said(chat) == ["Yes, I am here."]
    assert page.evaluate("window.same") and page.input_value("#text") == ""
    assert page.locator("li.navigator").count() == 1


def test_what_is_read_does_not_move_when_something_new_comes(house):
    context = house.enter("Ana")
    chat = house.claimed("Ana", *(f"question {number} " * 12 for number in range(6)))
    page = house.tab(context, f"/desk/c/{chat.id}")
    place = page.locator("#m4")
    place.scroll_into_view_if_needed()
    before = place.bounding_box()
    chat.send("a new one")
    button = page.get_by_role("button", name="1 new message")
    button.wait_for()

    assert abs(place.bounding_box()["y"] - before["y"]) < 2
    button.click()
    assert page.locator("li.visitor").filter(has_text="a new one").is_visible()
    until(page, "document.querySelector('[data-show-messages]').hidden")


def test_a_long_conversation_begins_at_its_end(house):
    context = house.enter("Ana")
    chat = house.claimed("Ana", *(f"question {number} " * 12 for number in range(6)))
    page = house.tab(context, f"/desk/c/{chat.id}")

    assert page.evaluate(
        "() => { const box = document.querySelector('#latest').getBoundingClientRect(); return box.bottom <= innerHeight; }"
    )


def test_both_see_that_the_other_writes(house):
    context = house.enter("Ana")
    chat = house.claimed()
    page = house.tab(context, f"/desk/c/{chat.id}")
    page.wait_for_timeout(300)
    house.on_server(lambda: house.server.app.state.service.typing(chat.id))
    page.get_by_text("The visitor is writing …").wait_for()
    seen: list[str] = []
    house.on_server(lambda: setattr(house.service.hub, "passing", lambda name, event: seen.append(event)))
    page.locator("#text").press_sequentially("He")
    page.wait_for_timeout(500)

    assert len(seen) == 1 and '"navigator"' in seen[0]


def test_a_draft_is_kept_for_each_chat_until_it_is_sent(house):
    context = house.enter("Ana")
    one, two = house.claimed(), house.claimed()
    page = house.tab(context, f"/desk/c/{one.id}")
    page.locator("#text").fill("half a thought")
    page.goto(f"/desk/c/{two.id}")
    assert page.input_value("#text") == ""
    page.goto(f"/desk/c/{one.id}")
    assert page.input_value("#text") == "half a thought"
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator("li.navigator:not(.pending)").wait_for()
    page.reload()

    assert page.input_value("#text") == ""


def test_a_reply_that_could_not_be_sent_is_sent_once_later(house):
    context = house.enter("Ana")
    chat = house.claimed()
    page = house.tab(context, f"/desk/c/{chat.id}")
    page.wait_for_timeout(300)
    context.set_offline(True)
    page.locator("#text").fill("Hello.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Not sent.", exact=True).wait_for()
    assert "not sent" in page.locator("[data-wrong]").inner_text()
    context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    page.locator("li.navigator:not(.pending)").filter(has_text="Hello.").wait_for()
    page.locator("li.pending").wait_for(state="detached")

    assert house.said(chat) == ["Hello."]


def test_a_reply_that_is_refused_goes_back_into_the_box(house):
    context = house.enter("Ana")
    chat = house.claimed()
    page = house.tab(context, f"/desk/c/{chat.id}")
    page.locator("#text").fill("x" * 4001)
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator("[data-wrong]").filter(has_text="too long").wait_for()

    assert len(page.input_value("#text")) == 4001
    assert page.locator("li.pending").count() == 0 and house.said(chat) == []


def test_the_grade_of_reading_is_shown_while_one_writes(house):
    context = house.enter("Ana")
    page = house.tab(context, f"/desk/c/{house.claimed().id}")
    grade = page.locator("[data-grade]")
    page.locator("#text").fill("We can talk now. Do you have time?")
    easy = int(re.findall(r"\d+", grade.inner_text())[0])
    page.locator("#text").fill(
        "Notwithstanding considerable methodological limitations, neurodegenerative investigations continue."
    )

    assert easy <= 3 and "try shorter words" in grade.inner_text()


def test_a_ready_reply_is_found_by_a_keyword_that_it_does_not_say(house):
    one, word = next(
        (one, word)
        for one in house.service.canned
        for word in one.keywords
        if word.lower() not in f"{one.title} {one.text}".lower() and "{hours}" not in one.text
    )
    page = house.tab(house.enter("Ana"), f"/desk/c/{house.claimed().id}")
    page.keyboard.press("Alt+r")
    page.locator("[data-filter]").fill(word)

    assert one.title in page.locator("[data-picks] li:visible strong").all_inner_texts()


def test_a_ready_reply_and_an_answer_come_where_the_cursor_is(house):
    context = house.enter("Ana")
    page = house.tab(context, f"/desk/c/{house.claimed().id}")
    page.locator("#text").fill("Hello.")
    page.keyboard.press("Alt+r")
    page.locator("[data-picks] a").first.wait_for()
    text = page.locator("[data-picks] a").first.get_attribute("data-put")
    page.locator("[data-picks] a").first.click()
    assert page.input_value("#text") == f"Hello.\n\n{text}"
    page.locator("#text").fill("")
    page.get_by_role("link", name="Answers of the bot").click()
    page.get_by_label("Search the answers").fill("tob1")
    page.locator("[data-answers-list] a").filter(has_text="Tob1").first.click()

    assert "Tob1" in page.input_value("#text")
    assert page.evaluate("document.activeElement.id") == "text"
    assert page.locator("dialog[open]").count() == 0


def test_a_note_of_a_colleague_comes_by_itself_and_ones_own_words_stay(house):
    ana = house.enter("Ana")
    house.enter("Ben")
    chat = house.claimed()
    page = house.tab(ana, f"/desk/c/{chat.id}")
    page.wait_for_timeout(300)
    page.locator("#note").fill("my own")
    house.do("note", "Ben", chat, "I know them.")
    page.locator(".notes li").filter(has_text="I know them.").wait_for()

    assert page.input_value("#note") == "my own"


# ---- several tabs, several navigators


def test_two_tabs_of_one_navigator_are_never_at_odds(house):
    context = house.enter("Ana")
    chat = house.visitor("hello")
    one = house.tab(context, f"/desk/c/{chat.id}")
    two = house.tab(context, f"/desk/c/{chat.id}")
    one.bring_to_front()
    one.get_by_role("button", name="Claim").click()
    held(one, "mine")
    two.bring_to_front()
    held(two, "mine")
    two.locator("#text").fill("From the other tab.")
    two.get_by_role("button", name="Send", exact=True).click()
    two.locator("li.navigator:not(.pending)").wait_for()
    one.bring_to_front()
    one.locator("li.navigator").filter(has_text="From the other tab.").wait_for()

    assert house.said(chat) == ["From the other tab."]


def test_who_looks_at_a_chat_that_a_colleague_claims_is_told_and_can_only_read(house):
    ana, ben = house.enter("Ana"), house.enter("Ben")
    chat = house.visitor("hello")
    hers = house.tab(ana, f"/desk/c/{chat.id}")
    his = house.tab(ben, f"/desk/c/{chat.id}")
    his.get_by_role("button", name="Claim").click()
    held(his, "mine")
    held(hers, "other")

    assert "Ben is in this chat" in hers.locator(".held").inner_text()
    assert "Ben is in this chat" in hers.locator("[data-status]").inner_text()
    assert hers.locator("#text").count() == 0 and hers.locator("#note").count() == 1


def test_the_one_who_claims_too_late_is_told_who_has_it(house):
    ana, ben = house.enter("Ana"), house.enter("Ben")
    chat = house.visitor("hello")
    hers = house.tab(ana, f"/desk/c/{chat.id}")
    hers.route("**/stream*", lambda route: route.abort())
    hers.reload()
    house.do("claim", "Ben", chat)
    hers.get_by_role("button", name="Claim").click()
    hers.locator("#problem").filter(has_text="Ben has this chat already.").wait_for()

    held(hers, "other")
    assert hers.title().startswith("Error: ")
    assert ben


def test_a_chat_that_is_taken_away_keeps_what_was_typed(house):
    ana = house.enter("Ana")
    house.enter("Ben")
    chat = house.claimed()
    page = house.tab(ana, f"/desk/c/{chat.id}")
    page.wait_for_timeout(300)
    page.locator("#text").fill("half a thought")
    house.do("requeue", "Ana", chat)
    held(page, "waiting")
    page.get_by_text("What you had typed is kept").wait_for()
    assert page.evaluate("document.activeElement.localName") == "h1"
    page.get_by_role("button", name="Claim").click()
    held(page, "mine")

    assert page.input_value("#text") == "half a thought"


def test_who_is_signed_out_elsewhere_is_told_and_loses_no_word(house):
    context = house.enter("Ana")
    chat = house.claimed()
    page = house.tab(context, f"/desk/c/{chat.id}")
    page.locator("#text").fill("half a thought")
    house.store.staff.end_sessions(house.store.staff.by_login("ana@example.org").id)
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator("[data-trouble]").filter(has_text="You are signed out.").wait_for()

    assert page.input_value("#text") == "half a thought" and house.said(chat) == []
