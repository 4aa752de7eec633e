"""The handoff as a visitor has it, through the public API: with a navigator on duty, and without."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from helpdesk.app import create_app
from helpdesk.store.staff import Staff
from tests.web import Chat, FakeAssistant, FakeSafety, answer, settings_for

PERSON = answer(
    "Of course.", route="handoff", topic=None, facts=(), page=None, section=None, offer=("call", "person", "callback")
)


@pytest.fixture
def ana(client) -> Staff:
    return on_duty(client)


def on_duty(client: TestClient, name: str = "Ana") -> Staff:
    staff = client.app.state.service.store.staff  # type: ignore[attr-defined]
    found = staff.add(f"{name.lower()}@example.org", name, ["navigator"])
    staff.set_duty(found.id, True)
    staff.seen(found.id)
    return found


def at_desk(client: TestClient, call: str, *values: Any) -> Any:
    """Do something as the desk's pages do it."""
    return client.portal.call(getattr(client.app.state.desk, call), *values)  # type: ignore[attr-defined, union-attr]


def last(chat: Chat) -> dict[str, Any]:
    return chat.events()[-1]


def test_without_a_navigator_on_duty_the_bot_stays_and_offers_line_and_form(chat):
    asked = chat.post("handoff", {})

    assert asked.status_code == 202 and asked.json() == {"owner": "bot"}
    assert {"call", "callback"} <= {action["kind"] for action in last(chat)["actions"]}
    assert chat.ask("what is tob1?")["route"] == "answer"


def test_with_a_navigator_on_duty_the_visitor_waits_and_hears_the_place(chat, ana):
    assert chat.post("handoff", {"reason": "my number is 212-555-0123, please hurry"}).json() == {"owner": "waiting"}

    event = last(chat)
    assert (event["kind"], event["owner"], event["place"], event["on_duty"]) == ("owner", "waiting", 1, True)
    assert "hurry" in event["said"] and not re.search(r"555\D?01", str(chat.events()))
    assert chat.post("handoff", {}).json() == {"owner": "waiting"} and last(chat)["seq"] == event["seq"]


@pytest.mark.parametrize("text", ["hello?", "/restart", "/greet", "what is tob1?"])
def test_while_waiting_and_with_a_navigator_the_bot_says_nothing(client, chat, ana, assistant, text):
    chat.post("handoff", {})
    assert chat.send(text).json()["owner"] == "waiting"
    at_desk(client, "claim", ana, chat.id)
    assert chat.send(text).json()["owner"] == "navigator"

    assert assistant.asked == [] and [event["author"] for event in chat.events() if event["author"] == "bot"] == ["bot"]


def test_whoever_asks_in_words_gets_a_reply_and_the_queue(chat, ana, assistant):
    assistant.answers = lambda question: (PERSON,)
    reply = chat.ask("a human please")

    assert reply["route"] == "handoff" and "person" not in {action["kind"] for action in reply["actions"]}
    assert (last(chat)["kind"], last(chat)["owner"]) == ("owner", "waiting")


def test_whoever_asks_in_words_with_nobody_there_gets_the_line_and_the_bot(chat, assistant):
    assistant.answers = lambda question: (PERSON,)
    reply = chat.ask("a human please")

    assert {"call", "person", "callback"} <= {action["kind"] for action in reply["actions"]} and last(chat) == reply
    assistant.answers = lambda question: (answer(),)
    assert chat.ask("then tell me of tob1")["route"] == "answer"


def test_whoever_wants_to_be_called_is_not_put_into_the_queue(chat, ana, assistant):
    assistant.answers = lambda question: (replace(PERSON, offer=("callback", "call")),)

    assert chat.ask("please call me")["route"] == "handoff" and last(chat)["kind"] == "message"


def test_the_navigators_words_reach_the_visitor_and_the_bot_comes_back_with_the_context(client, chat, ana, assistant):
    chat.ask("first question")
    chat.post("handoff", {})
    at_desk(client, "claim", ana, chat.id)
    at_desk(client, "reply", ana, chat.id, "00000000-0000-4000-8000-000000000001", "Hello, I am Ana.")
    assert (last(chat)["author"], last(chat)["name"], last(chat)["text"]) == ("navigator", "Ana", "Hello, I am Ana.")

    at_desk(client, "give_back", ana, chat.id)
    assert last(chat)["owner"] == "bot"
    chat.ask("hello")
    assert last(chat)["author"] == "bot" and assistant.asked[-1].context == {"turns": 1}


@pytest.mark.parametrize("owner", ["waiting", "navigator"])
def test_danger_is_answered_by_the_help_desk_itself_and_the_owner_does_not_change(client, chat, ana, owner):
    chat.post("handoff", {})
    if owner == "navigator":
        at_desk(client, "claim", ana, chat.id)
    sent = chat.send("I think of suicide").json()

    assert sent["owner"] == owner and (last(chat)["author"], last(chat)["route"]) == ("system", "crisis")
    [row] = at_desk(client, "queue", ana, "waiting" if owner == "waiting" else "mine")
    assert row["flagged"] == "crisis" and at_desk(client, "counts", ana)["danger"] == 1


def test_danger_in_the_reason_gets_help_and_a_person(chat, ana):
    assert chat.post("handoff", {"reason": "suicide"}).json() == {"owner": "waiting"}

    assert [event.get("route") for event in chat.events()[1:]] == ["crisis", None]


def test_the_wait_can_be_stopped_and_the_bot_answers_again(client, chat, ana):
    chat.post("handoff", {})
    chat.send("typed while waiting")
    assert client.delete(f"{chat.path}/handoff", headers=chat.headers).json() == {"owner": "bot"}

    assert last(chat)["owner"] == "bot" and chat.ask("and now?")["author"] == "bot"
    assert "typed while waiting" in [event.get("text") for event in chat.events()]


def test_a_callback_left_while_waiting_gives_the_chat_back_to_the_bot(chat, ana):
    chat.post("handoff", {})
    wish = {"name": "Kim", "phone": "212-555-0123", "when": "in the morning", "consent": True}
    assert chat.post("callback", wish).status_code == 201

    assert last(chat)["owner"] == "bot" and "Kim" not in str(chat.events()) and not re.search(r"555\D?01", str(chat.events()))


def test_a_message_after_the_end_is_answered_by_the_bot(client, chat, ana):
    chat.post("handoff", {})
    at_desk(client, "claim", ana, chat.id)
    at_desk(client, "reply", ana, chat.id, "00000000-0000-4000-8000-000000000001", "Hello.")
    at_desk(client, "close", ana, chat.id, "answered")
    assert last(chat)["owner"] == "closed"

    assert chat.ask("one more thing")["author"] == "bot"


def test_a_navigator_who_goes_home_in_mid_chat_leaves_the_visitor_in_the_queue_and_told(client, chat, ana):
    chat.post("handoff", {})
    at_desk(client, "claim", ana, chat.id)
    client.app.state.service.store.staff.set_active(ana.id, False)
    client.app.state.desk.began -= 3600  # it has run for a while
    at_desk(client, "look_after")

    reasons = [event.get("reason") for event in chat.events() if event["kind"] == "owner"]
    assert reasons[-1] == "dropped" and last(chat)["route"] == "handoff"  # nobody else is there: the next step is offered at once
    seq = last(chat)["seq"]
    at_desk(client, "look_after")
    assert last(chat)["seq"] == seq


def test_who_waits_is_still_waiting_after_a_restart(tmp_path, assistant, safety):
    settings = settings_for(tmp_path)
    with TestClient(create_app(settings, assistant=assistant, safety=safety)) as client:
        ana, chat = on_duty(client), Chat(client)
        chat.post("handoff", {})
    with TestClient(create_app(settings, assistant=FakeAssistant(), safety=FakeSafety())) as client:
        chat.client = client
        assert chat.send("still here").json()["owner"] == "waiting"
        at_desk(client, "claim", ana, chat.id)
        assert last(chat)["owner"] == "navigator"


def test_outside_the_hours_the_line_is_given_though_somebody_is_on_duty(tmp_path, assistant, safety):
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "hours.yml").write_text(
        'time_zone: America/New_York\ndays:\n  monday: ["09:00-17:00"]\nholidays: ["2000-01-01/2099-12-31"]\n', encoding="utf-8"
    )
    with TestClient(create_app(settings_for(tmp_path), assistant=assistant, safety=safety)) as client:
        on_duty(client)
        chat = Chat(client)
        assert chat.post("handoff", {}).json() == {"owner": "bot"}
        assert "Monday" in last(chat)["text"]


def test_after_a_start_nobody_is_taken_for_gone_before_the_desks_came_back(tmp_path, assistant, safety):
    settings = settings_for(tmp_path)
    with TestClient(create_app(settings, assistant=assistant, safety=safety)) as client:
        ana, chat = on_duty(client), Chat(client)
        chat.post("handoff", {})
        at_desk(client, "claim", ana, chat.id)
    with TestClient(create_app(settings, assistant=assistant, safety=safety)) as client:
        chat.client = client
        with client.app.state.service.store.database.write() as db:  # the help desk was down for an hour
            db.run("UPDATE staff SET seen_at = seen_at - 3600")
        at_desk(client, "look_after")
        assert last(chat)["owner"] == "navigator"
        client.app.state.desk.began -= 3600
        at_desk(client, "look_after")
        assert "dropped" in [event.get("reason") for event in chat.events()]


def test_that_a_visitor_writes_is_for_the_desk_and_is_not_stored(client, chat, ana):
    desk = client.app.state.desk
    chat.post("handoff", {})
    at_desk(client, "claim", ana, chat.id)
    before = len(chat.events())

    async def hear() -> list[str]:
        from helpdesk.hub import at_desk as name

        with desk.hub.listen(name(chat.id)) as listener, desk.hub.listen(chat.id) as visitor:
            client.app.state.service.typing(chat.id)
            return [*listener.take_passing(), "|", *visitor.take_passing()]

    heard = client.portal.call(hear)
    assert "visitor" in heard[0] and heard[-1] == "|"
    assert chat.post("typing", {}).status_code == 204 and len(chat.events()) == before


def test_the_page_without_javascript_shows_the_wait_and_ends_it(client, ana):
    page = client.get("/chat").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    client.post("/chat/person", data={"csrf": csrf})
    page = client.get("/chat").text
    assert "number" in page or "next in line" in page
    csrf = page.split('name="csrf" value="')[1].split('"')[0]

    assert client.post("/chat/stop", data={"csrf": csrf}).status_code == 303
    assert "data-stop hidden" in client.get("/chat").text
