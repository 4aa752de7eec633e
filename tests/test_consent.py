"""The visitor's yes or no to staff who learn from their questions: by the API, on the page without a script, at the desk."""

from __future__ import annotations

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from helpdesk.app import create_app
from helpdesk.conversation import Answer
from tests.desk import DATA, Desk, Forms, opened, problem
from tests.test_desk_browser import house as house
from tests.web import Chat, FakeAssistant, FakeSafety, settings_for
from tests.widget_page import NEEDS_BROWSER, WidgetPage

needs_browser = NEEDS_BROWSER[1]
MISS = (Answer(route="miss", text="I did not understand that.", confidence=0.2),)


@pytest.fixture
def desk(tmp_path):
    with opened(tmp_path) as desk:
        yield desk


@pytest.fixture
def chat(desk):
    return Chat(desk.client)


def put(chat: Chat, body: object, **headers: str):
    return chat.client.put(f"{chat.path}/teaching", json=body, headers={**chat.headers, **headers})


def agreed(chat: Chat) -> bool:
    found = chat.get("teaching")
    assert found.status_code == 200
    return found.json()["agreed"]


def inbox(desk: Desk) -> list[str]:
    return [item.text for item in desk.store.inbox.items()]


# ---- the API


def test_nobody_has_agreed_until_they_say_so_and_they_can_take_it_back(chat):
    assert agreed(chat) is False

    assert put(chat, {"agreed": True}).status_code == 204
    assert agreed(chat) is True

    assert put(chat, {"agreed": False}).status_code == 204
    assert agreed(chat) is False


@pytest.mark.parametrize("body", [{}, {"agreed": "true"}, {"agreed": 1}, {"agreed": None}])
def test_another_value_is_refused_and_changes_nothing(chat, body):
    refused = put(chat, body)

    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "agreed")
    assert agreed(chat) is False


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_it_needs_the_token_of_this_conversation(desk, chat, method):
    other = Chat(desk.client)

    assert desk.client.request(method, f"{chat.path}/teaching", json={"agreed": True}).status_code == 401
    assert desk.client.request(method, f"{chat.path}/teaching", json={"agreed": True}, headers=other.headers).status_code == 404
    assert agreed(chat) is False


def test_no_json_is_400(chat):
    refused = chat.client.put(f"{chat.path}/teaching", content=b"yes", headers=chat.headers)

    assert refused.status_code == 400


def test_the_page_of_another_site_may_ask_for_it(desk):
    asked = {"Origin": "http://testserver", "Access-Control-Request-Method": "PUT"}

    assert "PUT" in desk.client.options("/api/conversations/x/teaching", headers=asked).headers["access-control-allow-methods"]


def test_each_visitor_agrees_for_themselves(desk):
    one, other = Chat(desk.client), Chat(desk.client)
    put(one, {"agreed": True})

    assert (agreed(one), agreed(other)) == (True, False)


def test_a_yes_is_told_nobody_else_and_adds_nothing_to_the_chat(chat):
    before = chat.events()
    put(chat, {"agreed": True})

    assert chat.events() == before


# ---- what it means


def test_without_a_yes_nothing_is_in_the_inbox(desk, chat):
    desk.client.app.state.service.worker.assistant.answers = lambda question: MISS
    chat.ask("what about my left foot")

    assert inbox(desk) == []


def test_a_yes_counts_for_what_was_said_before_and_after(desk, chat):
    desk.client.app.state.service.worker.assistant.answers = lambda question: MISS
    chat.ask("said before")
    put(chat, {"agreed": True})
    chat.ask("said after")

    assert inbox(desk) == ["said after", "said before"]


def test_a_no_takes_out_what_is_undecided(desk, chat):
    desk.client.app.state.service.worker.assistant.answers = lambda question: MISS
    chat.ask("a first question")
    put(chat, {"agreed": True})
    put(chat, {"agreed": False})
    chat.ask("another question")

    assert inbox(desk) == []
    with desk.store.database.read() as db:
        assert db.all("SELECT text FROM inbox") == []


def test_a_second_yes_brings_it_back(desk, chat):
    desk.client.app.state.service.worker.assistant.answers = lambda question: MISS
    chat.ask("a first question")
    for answer in (True, False, True):
        put(chat, {"agreed": answer})

    assert inbox(desk) == ["a first question"]


def test_erasing_takes_everything_with_it(desk, chat):
    desk.client.app.state.service.worker.assistant.answers = lambda question: MISS
    chat.ask("a first question")
    put(chat, {"agreed": True})
    assert inbox(desk) == ["a first question"]

    chat.client.delete(chat.path, headers=chat.headers)

    assert inbox(desk) == []
    with desk.store.database.read() as db:
        assert db.all("SELECT text FROM inbox") == []


# ---- the page without a script


@pytest.fixture
def page(tmp_path):
    app = create_app(settings_for(tmp_path, HELPDESK_DATA=str(DATA)), assistant=FakeAssistant(), safety=FakeSafety())
    with TestClient(app, headers={"Accept": "text/html"}, raise_server_exceptions=False) as client:
        yield client


def words(found) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found.text)).split())


def test_the_page_says_what_it_means_and_is_off(page):
    shown = words(page.get("/chat"))

    assert "Let staff learn from my questions This is off." in shown
    assert "You can stop at any time." in shown


def test_a_visitor_says_yes_and_no_with_plain_forms(page):
    path = "/chat/teaching"
    on = page.post(path, data=Forms(page.get("/chat").text).of(path))
    assert "Staff may learn from your questions." in words(on)
    assert "Let staff learn from my questions This is on." in words(page.get("/chat"))

    off = page.post(path, data=Forms(page.get("/chat").text).of(path))
    assert "Staff no longer learn from your questions." in words(off)
    assert "Let staff learn from my questions This is off." in words(page.get("/chat"))


def test_the_form_of_another_page_changes_nothing(page):
    assert page.post("/chat/teaching", data={"agreed": "yes", "csrf": "x"}).status_code == 403
    assert "This is off." in words(page.get("/chat"))


# ---- at the desk


def test_a_navigator_marks_a_message_only_where_the_visitor_agreed(desk):
    chat = desk.claimed("what is tob1?")
    seq = next(event["seq"] for event in chat.events() if event["author"] == "visitor")

    assert "teach" not in Forms(desk.ana.look(chat).text).actions
    assert "has not said that staff may learn" in words(desk.ana.look(chat))
    refused = desk.ana.raw(f"/desk/c/{chat.id}/teach", seq=str(seq))
    assert (refused.status_code, "has not agreed" in problem(refused)) == (409, True)

    put(chat, {"agreed": True})
    marked = desk.ana.act(chat, "teach")
    assert (marked.status_code, marked.headers["location"]) == (303, f"/desk/c/{chat.id}#m{seq}")
    assert "In the studio’s inbox, to be taught. Marked by Ana." in words(desk.ana.look(chat))
    assert [(item.text, item.why) for item in desk.store.inbox.items()] == [("what is tob1?", "marked")]


def test_what_was_said_to_a_navigator_is_there_only_where_it_is_marked(desk):
    chat = desk.claimed()
    put(chat, {"agreed": True})
    seq = chat.send("does heat make it worse?").json()["seq"]
    chat.send("thank you so much")
    assert inbox(desk) == []

    desk.ana.raw(f"/desk/c/{chat.id}/teach", seq=str(seq))

    assert [(item.text, item.route) for item in desk.store.inbox.items()] == [("does heat make it worse?", None)]


@pytest.mark.parametrize("text", ["he had a stroke", "303-555-0142", "???"])
def test_danger_and_what_says_nothing_cannot_be_marked(desk, text):
    chat = desk.claimed()
    put(chat, {"agreed": True})
    seq = chat.send(text).json()["seq"]

    assert "teach" not in Forms(desk.ana.look(chat).text).actions
    assert desk.ana.raw(f"/desk/c/{chat.id}/teach", seq=str(seq)).status_code == 422
    assert inbox(desk) == []


@pytest.mark.parametrize("seq", ["", "0", "1", "x", "9" * 30])
def test_only_a_message_of_the_visitor_can_be_marked(desk, seq):
    chat = desk.claimed("what is tob1?")
    put(chat, {"agreed": True})

    assert desk.ana.raw(f"/desk/c/{chat.id}/teach", seq=seq).status_code in (404, 422)
    assert inbox(desk) == []


def test_new_messages_come_with_their_own_button(desk):
    chat = desk.claimed()
    put(chat, {"agreed": True})
    seq = chat.send("does heat make it worse?").json()["seq"]

    part = desk.ana.get(f"/desk/c/{chat.id}/messages?after={seq - 1}")

    assert Forms(part.text).of(f"/desk/c/{chat.id}/teach")["seq"] == str(seq)


# ---- in the widget


def options(widget: WidgetPage):
    widget.button("More options").click()
    return widget.dialog.get_by_role("checkbox", name="Let staff learn from my questions")


@pytest.mark.browser
@needs_browser
def test_the_widget_has_one_plain_control_that_is_off_and_says_what_it_means(open_widget, server):
    widget = open_widget().open()
    box = options(widget)

    assert not box.is_checked()
    said = widget.dialog.locator(f"#{box.get_attribute('aria-describedby')}").inner_text()
    assert "You can stop at any time." in said
    assert widget.element.evaluate("(one) => one.chat.conversation") is None

    box.check()
    widget.until_spoken("Staff may learn from your questions.")
    assert server.app.state.service.store.inbox.agreed(widget.id) is True


@pytest.mark.browser
@needs_browser
def test_the_widget_remembers_a_yes_and_takes_a_no(open_widget, server):
    widget = open_widget().open()
    options(widget).check()
    widget.until_spoken("Staff may learn from your questions.")
    widget.reload()
    widget.input.wait_for()
    box = options(widget)
    widget.page.wait_for_function("(one) => one.checked", arg=box.element_handle())

    box.uncheck()
    widget.until_spoken("Staff no longer learn from your questions.")
    assert server.app.state.service.store.inbox.agreed(widget.id) is False


@pytest.mark.browser
@needs_browser
def test_what_could_not_be_kept_is_not_shown_as_kept(open_widget, server):
    widget = open_widget().open()
    widget.ask("what is tob1?")
    box = options(widget)
    widget.page.route("**/teaching", lambda route: route.abort())

    box.click()
    widget.page.wait_for_function("(one) => !one.checked", arg=box.element_handle())
    assert "That did not work." in widget.dialog.locator(".trouble").inner_text()
    assert server.app.state.service.store.inbox.agreed(widget.id) is False


# ---- at the desk, live


@pytest.mark.browser
@needs_browser
def test_teach_this_comes_with_the_yes_and_is_pressed_without_leaving_the_page(house):
    desk = house.enter("Ana")
    chat = house.claimed("Ana", "what is tob1?")
    page = house.tab(desk, f"/desk/c/{chat.id}")
    assert page.get_by_role("button", name="Teach this").count() == 0

    put(chat, {"agreed": True})
    page.get_by_role("button", name="Teach this").click()
    page.locator(".aside", has_text="Marked by Ana").wait_for()

    assert page.evaluate("document.activeElement.closest('[data-author=visitor]') !== null")
    assert [item.why for item in house.store.inbox.items()] == ["marked"]
