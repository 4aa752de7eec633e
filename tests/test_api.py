"""The public contract: who may call, what is stored, what is refused, and how."""

from __future__ import annotations

import contextlib
import json
import logging
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from helpdesk.app import create_app
from helpdesk.errors import STATUS
from helpdesk.words import words
from tests.web import Chat, FakeAssistant, FakeSafety, answer, settings_for

ID = "0a0a0a0a-0000-4000-8000-00000000000a"


def code(response):
    return response.json()["error"]["code"]


def test_a_conversation_begins_with_the_greeting_of_a_bot(chat):
    [first] = chat.events()

    assert (first["seq"], first["kind"], first["author"], first["reply_to"]) == (1, "message", "bot", None)
    for needed in ("bot, not a person", "stored", "erase", "medical advice", "2015", "1-800-344-4867", "911", "988"):
        assert needed in first["text"]


def test_a_message_and_its_reply_are_events(chat):
    client_id = str(uuid.uuid4())
    sent = chat.send("what is tob1", client_id=client_id)
    reply = chat.reply(sent.json()["seq"])
    said = chat.events(after=1)[0]

    assert (sent.status_code, sent.json()) == (202, {"seq": 2, "owner": "bot"})
    assert (said["seq"], said["author"], said["client_id"], said["text"]) == (2, "visitor", client_id, "what is tob1")
    assert (reply["seq"], reply["author"], reply["name"], reply["route"]) == (3, "bot", "MS Navigator bot", "answer")
    assert reply["answers"][0]["facts"] == ["F47"]
    assert set(reply["answers"][0]) == {
        "route",
        "text",
        "topic",
        "aspect",
        "facts",
        "question",
        "page",
        "section",
        "as_of",
        "review_by",
        "confidence",
    }


def test_every_message_gets_exactly_one_reply_in_order(chat):
    seqs = [chat.send(f"question {number}").json()["seq"] for number in range(12)]
    chat.reply(seqs[-1])
    replies = [event for event in chat.events() if event.get("reply_to")]

    assert [event["reply_to"] for event in replies] == seqs
    assert [event["seq"] for event in chat.events()] == list(range(1, 26))


def test_one_turn_of_a_conversation_at_a_time(chat, assistant):
    assistant.delay = 0.02
    for number in range(6):
        last = chat.send(f"question {number}").json()["seq"]
    chat.reply(last)

    assert assistant.most_in_flight == 1
    assert [question.text for question in assistant.asked] == [f"question {number}" for number in range(6)]


# ---- who


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic abc", "Bearer a.b.c", "Bearer " + "x" * 5000, "Bearer é"]
)
def test_without_a_token_of_ours_it_is_401(client, chat, header):
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}

    response = client.get(f"{chat.path}/events", headers=headers)

    assert (response.status_code, code(response), response.headers["www-authenticate"]) == (401, "unauthorized", "Bearer")


CALLS = [
    ("POST", "/messages"),
    ("GET", "/events"),
    ("POST", "/handoff"),
    ("DELETE", "/handoff"),
    ("POST", "/callback"),
    ("POST", "/feedback"),
    ("POST", "/device"),
    ("GET", "/transcript"),
    ("DELETE", ""),
]


@pytest.mark.parametrize(("method", "call"), CALLS)
def test_anothers_token_and_an_unknown_id_are_404(client, chat, method, call):
    other = Chat(client)

    for conversation in (chat.id, "0" * 32, "%00", "a%2Fb", "../x", "ä"):
        response = client.request(method, f"/api/conversations/{conversation}{call}", headers=other.headers)
        assert response.status_code == 404, conversation


@pytest.mark.parametrize(("method", "call"), CALLS)
def test_every_call_but_the_first_needs_the_token(client, chat, method, call):
    assert client.request(method, f"{chat.path}{call}").status_code == 401


def test_a_token_in_the_address_opens_nothing(client, chat):
    assert client.get(f"{chat.path}/events?token={chat.token}").status_code == 401


# ---- messages


def test_a_repeated_client_id_is_the_same_message(chat):
    first, second = chat.send("hello", client_id=ID), chat.send("hello", client_id=ID.upper())
    chat.reply(2)

    assert (second.status_code, second.json()) == (202, first.json())
    assert len(chat.events()) == 3


def test_a_repeated_client_id_with_another_text_is_a_conflict(chat):
    chat.ask("hello", client_id=ID)

    response = chat.send("hello!", client_id=ID)

    assert (response.status_code, code(response)) == (409, "conflict")
    assert len(chat.events()) == 3


def test_texts_that_differ_only_in_what_is_hidden_are_not_the_same(chat):
    chat.ask("call 555-0142", client_id=ID)

    assert chat.send("call 555-0143", client_id=ID).status_code == 409


def test_the_same_client_id_in_another_conversation_is_another_message(client, chat):
    chat.ask("hello", client_id=ID)

    assert Chat(client).ask("good day", client_id=ID)["route"] == "answer"


@pytest.mark.parametrize("text", ["", "   ", "/", " / ", "//", "\u200b/\u2060", "\x00\x01", "\n\n", "\u202e", "／"])
def test_nothing_left_is_empty(chat, text):
    response = chat.send(text)

    assert (response.status_code, code(response), response.json()["error"]["field"]) == (422, "empty", "text")
    assert len(chat.events()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        " /restart",
        "\u3000/restart",
        "\u200b/restart",
        "\ufeff//restart",
        "／restart",
        "/\u202erestart",
        "\r\n/restart",
    ],
)
def test_a_slash_is_never_a_command(chat, assistant, text):
    chat.ask(text)

    assert assistant.asked[0].text == "restart"
    assert assistant.asked[0].choice is None


def test_an_intent_typed_by_hand_is_ordinary_text(chat, assistant):
    chat.ask('/ask_tob1{"x":1}')

    assert (assistant.asked[0].text, assistant.asked[0].choice) == ('ask_tob1{"x":1}', None)


def test_two_thousand_characters_are_taken_and_one_more_is_refused(chat):
    assert chat.send("ä" * 2000).status_code == 202
    response = chat.send("ä" * 2001)

    assert (response.status_code, code(response)) == (413, "too_long")
    assert "911" in response.json()["error"]["message"]


def test_a_hundred_thousand_characters_are_refused_and_nothing_is_stored(chat):
    response = chat.send("a" * 100_000)

    assert (response.status_code, code(response)) == (413, "too_long")
    assert len(chat.events()) == 1
    assert chat.ask("still there?")["route"] == "answer"


def test_a_body_without_a_length_is_cut_off_too(client, chat):
    def parts():
        for _ in range(100):
            yield b" " * 1024

    assert client.post(f"{chat.path}/messages", content=parts(), headers=chat.headers).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"1",
        b"\xff\xfe",
        b"{'a':1}",
        b'{"text":NaN}',
        b"[" * 60_000,
        b"\xef\xbb\xbf{}",
        b"9" * 5000,
    ],
)
def test_a_body_that_is_no_json_object_is_bad_json(client, chat, body):
    response = client.post(f"{chat.path}/messages", content=body, headers=chat.headers)

    assert (response.status_code, code(response)) == (400, "bad_json")


@pytest.mark.parametrize("client_id", [None, 1, "", "x", "0" * 32, {}, "0a0a0a0a-0000-4000-8000-00000000000", "ä" * 36])
def test_a_client_id_is_a_uuid(chat, client_id):
    response = chat.post("messages", {"client_id": client_id, "text": "hello"})

    assert (response.status_code, code(response), response.json()["error"]["field"]) == (422, "invalid", "client_id")


@pytest.mark.parametrize(("field", "value"), [("text", 1), ("text", None), ("text", ["x"]), ("choice", 1), ("choice", {})])
def test_wrong_types_are_named(chat, field, value):
    response = chat.post("messages", {"client_id": ID, "text": "hello", field: value})

    assert (response.status_code, code(response), response.json()["error"]["field"]) == (422, "invalid", field)


def test_lone_surrogates_are_harmless(client, chat, assistant):
    body = json.dumps({"client_id": ID, "text": "what \ud800is\udfff this"}).encode()

    response = client.post(f"{chat.path}/messages", content=body, headers=chat.headers)

    assert response.status_code == 202
    chat.reply(2)
    assert assistant.asked[0].text == "what is this"
    assert assistant.asked[0].sender.startswith("c_")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_no_body_breaks_anything(client, chat, body):
    for call in ("messages", "handoff", "callback", "feedback"):
        response = client.post(f"{chat.path}/{call}", content=json.dumps(body).encode(), headers=chat.headers)
        assert response.status_code < 500


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=60))
def test_whatever_is_typed_gets_a_reply_or_a_clear_refusal(client, chat, text):
    body = json.dumps({"client_id": str(uuid.uuid4()), "text": text}).encode()

    response = client.post(f"{chat.path}/messages", content=body, headers=chat.headers)

    assert response.status_code == 202 or code(response) == "empty"
    if response.status_code == 202:
        assert chat.reply(response.json()["seq"])["text"]


# ---- buttons


def test_a_choice_must_have_been_offered(chat):
    response = chat.send("Vitamin D?", choice="/ask_vitamin_d")

    assert (response.status_code, code(response), response.json()["error"]["field"]) == (422, "bad_choice", "choice")
    assert len(chat.events()) == 1


def test_an_offered_choice_is_taken(chat, assistant):
    offer = chat.ask("what is tob1")["actions"][0]
    reply = chat.ask(offer["title"], choice=offer["choice"])

    assert reply["route"] == "answer"
    assert (assistant.asked[1].text, assistant.asked[1].choice) == ("Vitamin D?", "/ask_vitamin_d")


def test_a_choice_offered_to_another_is_not_offered_here(client, chat):
    chat.ask("what is tob1")

    assert code(Chat(client).send("Vitamin D?", choice="/ask_vitamin_d")) == "bad_choice"


def test_danger_written_beside_a_button_is_seen(chat):
    offer = chat.ask("what is tob1")["actions"][0]

    assert chat.ask("suicide", choice=offer["choice"])["route"] == "crisis"


# ---- danger


def test_a_crisis_gets_its_reply_at_once_and_nothing_else(chat, assistant):
    reply = chat.ask("suicide. my number is 555-0142")

    assert (reply["route"], reply["author"]) == ("crisis", "system")
    assert [(action["kind"], action["href"]) for action in reply["actions"]] == [
        ("call", "tel:988"),
        ("text", "sms:988"),
        ("call", "tel:911"),
        ("call", "tel:+18003444867"),
    ]
    assert assistant.asked == []
    assert "hid" not in reply["text"]


def test_an_emergency_is_911_and_the_line(chat):
    reply = chat.ask("i think i have a stroke")

    assert reply["route"] == "emergency"
    assert [action["href"] for action in reply["actions"]] == ["tel:911", "tel:+18003444867"]


def test_what_is_only_possible_is_asked_gently(chat):
    assert "safe right now" in chat.ask("i have put my affairs in order")["text"]


def test_a_crisis_in_spanish_is_answered_in_spanish(chat):
    reply = chat.ask("quiero el suicidio, no puedo más con mi vida")

    assert (reply["lang"], reply["route"]) == ("es", "crisis")
    assert "988" in reply["text"] and "Llame" in reply["text"]


def test_safety_reads_what_was_typed_and_the_ledger_keeps_what_is_masked(chat, safety):
    chat.ask("i am jane@example.com and i think of suicide")

    assert "jane@example.com" in safety.read[-1]
    assert "jane@example.com" not in json.dumps(chat.events())


def test_safety_works_while_rasa_is_down(chat, assistant):
    assistant.down = True

    assert chat.ask("suicide")["route"] == "crisis"
    assert chat.ask("what is tob1")["route"] == "down"


def test_safety_works_while_the_bot_is_off(client, chat):
    client.app.state.service.store.set_switch("bot", False)

    assert chat.ask("suicide")["route"] == "crisis"


def test_a_broken_safety_net_does_not_take_the_chat_away(chat, safety):
    safety.fail = True

    assert chat.ask("what is tob1")["route"] == "answer"


# ---- down and off


def test_down_is_a_reply_with_the_line_and_the_callback(chat, assistant):
    assistant.down = True
    reply = chat.ask("what is tob1")

    assert (reply["route"], reply["answers"][0]["facts"]) == ("down", [])
    assert {action["kind"] for action in reply["actions"]} == {"call", "person", "callback"}
    assert "1-800-344-4867" in reply["text"]


def test_after_down_the_next_question_is_answered(chat, assistant):
    chat.ask("one")
    assistant.down = True
    chat.ask("two")
    assistant.down = False
    reply = chat.ask("three")

    assert reply["route"] == "answer"
    assert assistant.asked[2].context == {"turns": 1}


def test_the_context_comes_back_with_the_next_turn(chat, assistant):
    chat.ask("one")
    chat.ask("two")

    assert [question.context for question in assistant.asked] == [None, {"turns": 1}]


def test_a_new_sender_with_every_turn(chat, assistant):
    for number in range(5):
        chat.ask(f"question {number}")

    assert len({question.sender for question in assistant.asked}) == 5


def test_the_bot_can_be_switched_off_and_on(client, chat, assistant):
    store = client.app.state.service.store
    store.set_switch("bot", False)
    off = chat.ask("what is tob1")
    store.set_switch("bot", True)

    assert (off["route"], assistant.asked) == ("down", [])
    assert "switched off" in off["text"] and "1-800-344-4867" in off["text"]
    assert chat.ask("what is tob1")["route"] == "answer"


def test_one_answer_can_be_switched_off(client, chat):
    client.app.state.service.store.set_switch("tob1", False)
    reply = chat.ask("what is tob1")

    assert (reply["route"], reply["answers"][0]["topic"], reply["answers"][0]["facts"]) == ("refer", "tob1", [])
    assert "call" in {action["kind"] for action in reply["actions"]}
    assert "Tob1 is" not in reply["text"]


# ---- the other calls


def test_asking_for_a_person_offers_the_line_and_a_callback_once(chat):
    first, second = chat.post("handoff", {"reason": "call me at 555-0142"}), chat.post("handoff", {})
    events = chat.events(after=1)

    assert (first.status_code, first.json(), second.json()) == (202, {"owner": "bot"}, {"owner": "bot"})
    assert [(event["route"], event["reply_to"]) for event in events] == [("handoff", None)]
    assert {action["kind"] for action in events[0]["actions"]} == {"call", "person", "callback"}
    assert "555-0142" not in json.dumps(events)


def test_asking_for_a_person_needs_no_body(client, chat):
    assert client.post(f"{chat.path}/handoff", headers=chat.headers).status_code == 202


def test_danger_in_the_reason_is_seen(chat):
    chat.post("handoff", {"reason": "suicide"})

    assert chat.events()[-1]["route"] == "crisis"


def test_cancelling_the_wait(client, chat):
    store = client.app.state.service.store
    store.ledger.set_owner(chat.id, expected="bot", owner="waiting", event={"author": "system", "name": "x", "text": "…"})
    waiting = chat.send("hello")
    cancelled = client.delete(f"{chat.path}/handoff", headers=chat.headers)

    assert waiting.json()["owner"] == "waiting"
    assert (cancelled.status_code, cancelled.json()) == (200, {"owner": "bot"})
    assert [event["kind"] for event in chat.events()] == ["message", "owner", "message", "owner"]
    assert chat.ask("hello again")["route"] == "answer"


CALLBACK = {"name": "Jane", "phone": "(303) 555-0142", "when": "tomorrow at 10", "topic": "costs", "consent": True}


def test_a_callback_is_kept_encrypted_and_outside_the_transcript(client, chat, tmp_path):
    response = chat.post("callback", CALLBACK)
    store = client.app.state.service.store
    [kept] = store.callbacks.open(0)
    _, told = chat.events()

    assert (response.status_code, response.json()) == (201, {"id": kept.id})
    assert (kept.name, kept.phone) == ("Jane", "+13035550142")
    assert (told["author"], told["route"], told["reply_to"]) == ("system", "callback", None)
    assert "5550142" not in json.dumps(told) and "Jane" not in json.dumps(told)
    for file in (tmp_path / "state").glob("ledger.db*"):
        assert b"5550142" not in file.read_bytes() and b"Jane" not in file.read_bytes()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("consent", False),
        ("consent", "yes"),
        ("consent", None),
        ("phone", "12"),
        ("phone", "hello"),
        ("phone", 5),
        ("phone", "555-0142"),
        ("name", ""),
        ("name", None),
        ("when", 5),
        ("topic", 3),
        ("name", "x" * 201),
    ],
)
def test_a_callback_is_checked(chat, field, value):
    response = chat.post("callback", {**CALLBACK, field: value})

    assert response.status_code in (413, 422)
    assert response.json()["error"]["field"] == field


def test_feedback_is_kept_masked_and_the_second_replaces_the_first(client, chat):
    seq = chat.ask("what is tob1")["seq"]
    first = chat.post("feedback", {"seq": seq, "helpful": False, "comment": "call 555-0142"})
    [kept] = client.app.state.service.store.extras.feedback(chat.id)
    chat.post("feedback", {"seq": seq, "helpful": True})
    [later] = client.app.state.service.store.extras.feedback(chat.id)

    assert (first.status_code, kept.helpful, kept.comment) == (204, False, "call [phone]")
    assert (later.helpful, later.comment) == (True, None)


@pytest.mark.parametrize(
    "body",
    [
        {"seq": 99, "helpful": True},
        {"seq": 2, "helpful": True},
        {"seq": True, "helpful": True},
        {"seq": 1},
        {"seq": "1", "helpful": True},
        {"seq": 1, "helpful": "yes"},
        {"seq": 10**30, "helpful": True},
    ],
)
def test_feedback_is_on_one_of_our_messages(chat, body):
    chat.ask("hello")

    assert chat.post("feedback", body).status_code == 422


def test_the_transcript_is_text(chat):
    chat.ask("what is tob1? write to jane@example.com")
    response = chat.get("transcript")

    assert response.headers["content-type"].startswith("text/plain")
    assert "what is tob1? write to [e-mail]" in response.text and "MS Navigator bot" in response.text


def test_after_erasing_everything_is_404(client, chat, tmp_path):
    chat.ask("a word that nobody else says: quokkaquokka")
    chat.post("callback", CALLBACK)
    erased = client.delete(chat.path, headers=chat.headers)

    assert erased.status_code == 204
    assert [client.request(method, f"{chat.path}{call}", headers=chat.headers).status_code for method, call in CALLS] == [
        404
    ] * len(CALLS)
    assert client.app.state.service.store.callbacks.open(0) == []
    for file in (tmp_path / "state").glob("ledger.db*"):
        assert b"quokkaquokka" not in file.read_bytes()


def test_erasing_in_mid_turn_leaves_nothing(client, chat, assistant):
    assistant.delay = 0.2
    chat.send("hello")
    client.delete(chat.path, headers=chat.headers)
    assistant.delay = 0
    Chat(client).ask("wait a little")

    store = client.app.state.service.store
    with store.database.read() as db:
        assert [
            db.one(f"SELECT count(*) AS n FROM {table} WHERE conversation = :id", id=chat.id)["n"]
            for table in ("events", "turns", "offers")
        ] == [0, 0, 0]


# ---- limits


@pytest.fixture
def limited(tmp_path: Path, assistant: FakeAssistant, safety: FakeSafety):
    app = create_app(settings_for(tmp_path, HELPDESK_RATE_LIMIT="on"), assistant=assistant, safety=safety)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_the_twenty_first_message_in_a_minute_must_wait(limited):
    chat = Chat(limited)
    codes = [chat.send("hello").status_code for _ in range(20)]
    refused = chat.send("hello")

    assert codes == [202] * 20
    assert (refused.status_code, code(refused)) == (429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert "911" in refused.json()["error"]["message"]


def test_danger_is_never_limited(limited):
    chat = Chat(limited)
    for _ in range(20):
        chat.send("hello")

    assert chat.ask("suicide")["route"] == "crisis"
    assert chat.send("hello").status_code == 429


def test_a_repeat_of_a_stored_message_is_never_limited(limited):
    chat = Chat(limited)
    chat.send("hello", client_id=ID)
    for _ in range(19):
        chat.send("hello")

    assert chat.send("hello", client_id=ID).status_code == 202
    assert chat.send("other", client_id=ID).status_code == 409


def test_an_address_block_begins_sixty_conversations_an_hour(limited):
    codes = [limited.post("/api/conversations").status_code for _ in range(61)]

    assert codes == [201] * 60 + [429]


# ---- origins, headers, errors


def test_a_listed_origin_may_call(tmp_path, assistant, safety):
    app = create_app(
        settings_for(tmp_path, HELPDESK_ORIGINS="https://www.example.org, https://example.org:8443/"),
        assistant=assistant,
        safety=safety,
    )
    with TestClient(app) as client:
        for origin in ("https://www.example.org", "https://example.org:8443"):
            response = client.post("/api/conversations", headers={"Origin": origin})
            assert (response.status_code, response.headers["access-control-allow-origin"]) == (201, origin)
            assert "Origin" in response.headers["vary"]
        refusal = client.get("/api/conversations/x/events", headers={"Origin": "https://www.example.org"})
        assert (refusal.status_code, refusal.headers["access-control-allow-origin"]) == (401, "https://www.example.org")


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "https://www.example.org.evil.example",
        "https://evil-www.example.org",
        "http://www.example.org",
        "https://www.example.org:444",
        "https://www.example.org/",
        "HTTPS://WWW.EXAMPLE.ORG",
        "https://www.example.org@evil.example",
        "file://",
        "https://sub.www.example.org",
        "",
        "http://testserver:81",
        "http://testserver.evil.example",
        "http://testserver/",
        "http://user@testserver",
        "ftp://testserver",
    ],
)
def test_no_other_origin_may(tmp_path, assistant, safety, origin):
    app = create_app(settings_for(tmp_path, HELPDESK_ORIGINS="https://www.example.org"), assistant=assistant, safety=safety)
    with TestClient(app) as client:
        for method in ("POST", "OPTIONS"):
            response = client.request(
                method, "/api/conversations", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
            )
            assert (response.status_code, code(response)) == (403, "bad_origin")
            assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("origin", [None, "http://testserver", "http://testserver:80", "https://testserver"])
def test_without_a_list_the_own_origin_and_none_may(client, origin):
    headers = {} if origin is None else {"Origin": origin}

    assert client.post("/api/conversations", headers=headers).status_code == 201


def test_a_preflight_names_the_headers_that_are_allowed(client):
    headers = {
        "Origin": "http://testserver",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }

    response = client.options("/api/conversations", headers=headers)

    assert response.status_code == 204
    assert response.headers["access-control-allow-headers"] == "authorization, content-type, last-event-id"
    assert "DELETE" in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-origin"] == "http://testserver"


def test_the_widget_may_be_loaded_by_anyone(client):
    assert (
        client.get("/widget/v1.js", headers={"Origin": "https://anywhere.example"}).headers["access-control-allow-origin"] == "*"
    )


@pytest.mark.parametrize("path", ["/api/conversations", "/chat", "/healthz", "/nowhere", "/api/nowhere"])
def test_every_response_has_the_headers_that_protect(client, path):
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"] and "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nowhere", 404),
        ("GET", "/api/conversations", 405),
        ("PUT", "/api/conversations/x", 405),
        ("GET", "/nowhere", 404),
        ("POST", "/healthz", 405),
        ("GET", "/webhooks/rest/webhook", 404),
        ("PUT", "/model", 404),
        ("GET", "//api/conversations", 404),
        ("GET", "/api/conversations/", 404),
    ],
)
def test_errors_are_json_everywhere(client, method, path, status):
    response = client.request(method, path)

    assert response.status_code == status
    assert set(response.json()["error"]) == {"code", "message"}


def test_a_fault_of_ours_is_a_500_without_a_trace_and_the_log_has_no_words(client, chat, monkeypatch, caplog):
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("".join(("secret", "word")))

    monkeypatch.setattr(client.app.state.service.store.ledger, "accept", fail)
    with caplog.at_level(logging.DEBUG):
        response = chat.send("secretword")

    assert (response.status_code, code(response)) == (500, "internal")
    assert "Traceback" not in response.text and "secretword" not in response.text
    assert "secretword" not in caplog.text


def test_a_ledger_that_is_away_is_503(client, chat):
    store = client.app.state.service.store
    with store.database.read() as db:
        db.connection.exec_driver_sql("ALTER TABLE events RENAME TO elsewhere")
    response = chat.send("hello")
    with store.database.read() as db:
        db.connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO events")

    assert (response.status_code, code(response)) == (503, "unavailable")
    assert response.headers["retry-after"] == "2"
    assert chat.ask("hello")["route"] == "answer"


@pytest.mark.parametrize("fault", ["max_page_count=1", "query_only=ON"])
def test_a_full_or_read_only_disk_loses_nothing_that_was_taken_and_needs_no_restart(client, chat, fault):
    database = client.app.state.service.store.database
    before = chat.ask("hello")

    def pragma(set_to: str) -> None:
        with contextlib.closing(database.writer.raw_connection()) as connection:
            connection.cursor().execute(f"PRAGMA {set_to}")

    pragma(fault)
    # A full disk still takes what fits on the pages that are there: long enough messages do not.
    refused = [chat.send(f"{number} " + "long " * 390, client_id=f"00000000-0000-4000-8000-{number:012}") for number in range(8)]
    taken = [sent for sent in refused if sent.status_code == 202]
    pragma("max_page_count=1000000" if "page" in fault else "query_only=OFF")

    assert refused[-1].status_code == 503 and code(refused[-1]) == "unavailable" and refused[-1].headers["retry-after"]
    assert "1-800-344-4867" in refused[-1].text
    for sent in taken:
        chat.reply(sent.json()["seq"])
    kept = [event["seq"] for event in chat.events() if event["author"] == "visitor"]
    assert kept == [before["reply_to"], *(sent.json()["seq"] for sent in taken)]
    again = chat.send("7 " + "long " * 390, client_id="00000000-0000-4000-8000-000000000007")
    assert again.status_code == 202 and chat.reply(again.json()["seq"])["route"] == "answer"


def test_liveness_and_readiness(client, assistant):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    assistant.down = True
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_no_personal_detail_is_stored_logged_or_sent_on(client, chat, assistant, tmp_path, caplog):
    details = ["303-555-0142", "jane@example.com", "123-45-6789", "4111 1111 1111 1111", "12 Oak Street", "00482913", "3/4/1961"]
    text = "call {}, {}, ssn {}, card {}, I live at {}, MRN {}, born {}".format(*details)
    with caplog.at_level(logging.DEBUG):
        reply = chat.ask(text)
        client.app.state.service.store.database.empty_log()

    kept = b"".join(file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file())
    everywhere = kept.decode("utf-8", "replace") + caplog.text + json.dumps(chat.events()) + repr(assistant.asked)
    assert [detail for detail in details if detail in everywhere] == []
    assert "callback" in {action["kind"] for action in reply["actions"]}
    assert "a phone number" in reply["text"]


def test_the_description_has_every_route_and_every_error(client):
    described = client.get("/api/openapi.json").json()
    routes = {(route.path, method) for route in client.app.routes if hasattr(route, "methods") for method in route.methods or ()}
    public = {(path, method) for path, method in routes if path.startswith(("/api", "/healthz", "/readyz")) and method != "HEAD"}

    assert public == {
        (path, method.upper()) for path, calls in described["paths"].items() for method in calls if method != "parameters"
    }
    assert (
        set(described["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]["enum"])
        == set(STATUS)
        == set(words().errors)
    )


def test_the_events_are_as_described(client, chat):
    jsonschema = pytest.importorskip("jsonschema")
    described = client.get("/api/openapi.json").json()
    chat.ask("what is tob1? 555-0142")
    chat.ask("suicide")
    chat.post("handoff", {})

    schema = {"$ref": "#/components/schemas/Event", "components": described["components"]}
    for event in chat.events():
        jsonschema.Draft202012Validator(schema).validate(event)


def test_two_halves_are_one_event(chat, assistant):
    assistant.answers = lambda question: (
        answer("First."),
        answer("The page doesn't say.", route="refer", topic="ocrelizumab_result", facts=()),
    )
    reply = chat.ask("two things")

    assert reply["text"] == "First.\n\nThe page doesn't say."
    assert (reply["route"], [half["route"] for half in reply["answers"]]) == ("answer", ["answer", "refer"])
    assert {"call", "person"} <= {action["kind"] for action in reply["actions"]}
