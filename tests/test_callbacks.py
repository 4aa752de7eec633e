"""Callbacks: durable before they are told of, told without who and where, and called until they are done."""

from __future__ import annotations

import base64
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpdesk.conversation import callback_event, greeting
from helpdesk.errors import Refusal
from helpdesk.forms import Callback, phone_href, phone_shown, read_callback, without_details
from helpdesk.store import Store
from helpdesk.words import words
from tests.clock import Clock

HOUR = 3600.0
KEY, OTHER_KEY = (base64.urlsafe_b64encode(letter * 32).decode() for letter in (b"k", b"o"))
WORDS = words()
JANE = Callback("Jane Doe", "+13035550142", "In the morning (America/New_York)", "costs")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock):
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}", [KEY], clock=clock)
    yield store
    store.close()


def begin(store: Store) -> str:
    conversation = uuid.uuid4().hex
    store.ledger.start(conversation, token_hash="h", token_key="k", first=greeting(WORDS))
    return conversation


def told(callback: Callback):
    return callback_event(without_details(callback), WORDS)


def add(store: Store, callback: Callback = JANE, conversation: str | None = None, **more) -> str:
    return store.callbacks.add(conversation or begin(store), callback, event=told(callback), **more)


def listed(store: Store, clock: Clock) -> list[str]:
    return [row.id for row in store.callbacks.open(clock.now)]


def audit(store: Store) -> list[tuple[str, str, str]]:
    with store.database.read() as db:
        return [(row["staff"], row["action"], row["subject"]) for row in db.all("SELECT * FROM audit ORDER BY at, id")]


# ---- keeping one


@pytest.mark.databases
def test_a_callback_and_the_word_of_it_are_kept_together(store, clock):
    conversation = begin(store)
    callback = add(store, conversation=conversation)
    [row] = store.callbacks.open(clock.now)
    seq, body = store.ledger.events(conversation)[-1]
    event = json.loads(body)

    assert (row.id, row.conversation, row.at, row.tries, row.overdue) == (callback, conversation, clock.now, 0, False)
    assert (row.name, row.phone, row.when, row.topic) == (
        "Jane Doe",
        "+13035550142",
        "In the morning (America/New_York)",
        "costs",
    )
    assert (seq, event["kind"], event["author"], event["route"], event["reply_to"]) == (2, "message", "system", "callback", None)
    assert [action["kind"] for action in event["actions"]] == ["call"]
    assert store.ledger.find(conversation)["last_seq"] == 2


@pytest.mark.databases
def test_a_callback_that_cannot_be_told_of_is_not_kept(store, clock):
    conversation = begin(store)
    with pytest.raises(KeyError):
        store.callbacks.add(conversation, JANE, event={"kind": "message"})

    assert (store.callbacks.open(clock.now), store.ledger.find(conversation)["last_seq"]) == ([], 1)


@pytest.mark.databases
def test_what_is_to_happen_in_the_same_commit_sees_the_conversation_as_it_is_then(store):
    conversation = begin(store)
    seen = []
    add(store, conversation=conversation, after=lambda db, row: seen.append((row["id"], row["owner"], row["last_seq"])))

    assert seen == [(conversation, "bot", 2)]


@pytest.mark.databases
def test_where_that_fails_nothing_is_kept(store, clock):
    conversation = begin(store)

    def fail(db, row):
        raise Refusal("invalid")

    with pytest.raises(Refusal):
        add(store, conversation=conversation, after=fail)
    assert (store.callbacks.open(clock.now), store.ledger.find(conversation)["last_seq"]) == ([], 1)


@pytest.mark.databases
def test_an_unknown_conversation_gets_no_callback(store, clock):
    with pytest.raises(Refusal, match="not_found"):
        add(store, conversation="nobody")
    assert store.callbacks.open(clock.now) == []


def test_neither_name_nor_number_is_in_the_files(store, tmp_path):
    add(store)
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("ledger.db*"))

    assert b"5550142" not in raw and b"Jane" not in raw


@pytest.mark.databases
def test_erasing_the_conversation_takes_its_callbacks_along(store, clock):
    conversation = begin(store)
    add(store, conversation=conversation)
    add(store)
    store.extras.erase(conversation)

    assert [row.conversation != conversation for row in store.callbacks.open(clock.now)] == [True]
    assert store.callbacks.of_conversation(conversation) == []


# ---- what the transcript says of it


def test_the_transcript_says_when_and_about_what():
    both, one = told(JANE), told(replace(JANE, topic=None))

    assert "In the morning (America/New_York)." in both["text"] and "costs." in both["text"]
    assert "In the morning (America/New_York)." in one["text"] and "costs" not in one["text"]


def test_what_is_typed_into_the_other_fields_does_not_give_the_caller_away():
    callback = replace(JANE, when="at 303-555-0142 after 5 pm.", topic="ask for JANE; doe's wife knows")
    event = told(callback)

    assert "after 5 pm." in event["text"]
    assert not any(word in event["text"].lower() for word in ("555", "0142", "jane", "doe"))


@given(
    digits=st.from_regex(r"[2-9]\d\d[2-9]\d{6}", fullmatch=True),
    gap=st.sampled_from(["", " ", "-", ".", ") ", "  ", "/", " - "]),
    before=st.sampled_from(["", "mornings ", "call ", "{", "my number: "]),
)
@example(digits="3035550142", gap="ext", before="x")
def test_the_number_never_comes_into_the_transcript(digits, gap, before):
    typed = f"{before}{digits[:3]}{gap}{digits[3:6]}{gap}{digits[6:]} please"
    event = told(Callback("Jo", f"+1{digits}", typed, typed))

    assert digits[3:] not in "".join(filter(str.isdigit, event["text"]))


def test_braces_and_odd_signs_are_words_like_others():
    assert "{name} %s" in told(replace(JANE, when="{name} %s"))["text"]
    assert told(replace(JANE, when="?"))["text"]


# ---- the number


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("(303) 555-0142", "+13035550142"),
        ("1-303-555-0142", "+13035550142"),
        ("303 555 0142 x12", "+13035550142 ext. 12"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+49 30 901820", "+4930901820"),
        ("+52 55 1234 5678", "+525512345678"),
    ],
)
def test_a_number_of_the_united_states_or_with_its_country_is_taken(typed, kept):
    asked = {"name": "Jane", "phone": typed, "when": "Any time", "consent": True}

    assert read_callback(asked).phone == kept


@pytest.mark.parametrize(
    "typed", ["12", "555-0142", "911", "020 7946 0958", "123-456-7890", "303-155-0142", "0000000000", "+44 1"]
)
def test_what_can_be_no_number_is_refused(typed):
    with pytest.raises(Refusal) as refused:
        read_callback({"name": "Jane", "phone": typed, "when": "Any time", "consent": True})

    assert (refused.value.code, refused.value.field) == ("invalid", "phone")


def test_a_number_is_shown_as_people_write_it_and_can_be_called():
    assert (phone_shown("+13035550142"), phone_href("+13035550142")) == ("+1 303-555-0142", "tel:+1-303-555-0142")
    assert phone_shown("+442079460958") == "+44 20 7946 0958"
    assert phone_href("+13035550142 ext. 12").endswith(";ext=12")


# ---- the list


@pytest.mark.databases
def test_overdue_calls_come_first_then_by_when_they_are_due_then_the_oldest(store, clock):
    old = add(store)
    clock.now += 20 * HOUR
    later, sooner, passed, fresh = add(store), add(store), add(store), add(store)
    store.callbacks.not_reached(later, "ana", clock.now + 90 * HOUR)
    store.callbacks.not_reached(sooner, "ana", clock.now + 80 * HOUR)
    store.callbacks.not_reached(passed, "ana", clock.now + HOUR)
    clock.now += 6 * HOUR

    assert listed(store, clock) == [old, passed, fresh, sooner, later]
    assert [row.overdue for row in store.callbacks.open(clock.now)] == [True, True, False, False, False]


@pytest.mark.databases
def test_a_call_that_is_put_off_is_not_overdue_until_then(store, clock):
    callback = add(store)
    clock.now += 25 * HOUR
    [late] = store.callbacks.open(clock.now)
    store.callbacks.not_reached(callback, "ana", clock.now + 3 * HOUR)
    [put_off] = store.callbacks.open(clock.now)
    [late_again] = store.callbacks.open(clock.now + 4 * HOUR)

    assert [late.overdue, put_off.overdue, late_again.overdue] == [True, False, True]


@pytest.mark.databases
def test_a_callback_of_a_lost_key_is_listed_as_unreadable(store, clock, tmp_path):
    lost, found = add(store), None
    again = Store(f"sqlite:///{tmp_path / 'ledger.db'}", [OTHER_KEY], clock=clock)
    found = add(again)
    rows = {row.id: row for row in again.callbacks.open(clock.now)}
    again.callbacks.give_up(lost, "ana")

    assert (rows[found].readable, rows[found].phone_shown) == (True, "+1 303-555-0142")
    assert (rows[lost].readable, rows[lost].name, rows[lost].phone_shown, rows[lost].phone_href) == (False, None, None, None)
    assert [row.id for row in again.callbacks.ended(5)] == [lost]
    again.close()


def test_a_new_key_before_the_old_one_keeps_both_readable(store, clock, tmp_path):
    add(store)
    again = Store(f"sqlite:///{tmp_path / 'ledger.db'}", [OTHER_KEY, KEY], clock=clock)
    add(again)

    assert [row.readable for row in again.callbacks.open(clock.now)] == [True, True]
    again.close()


# ---- calling


@pytest.mark.databases
def test_a_call_that_was_made_leaves_the_list_and_the_audit_says_by_whom(store, clock):
    ana = store.staff.add("ana@example.org", "Ana", ["navigator"]).id
    callback = add(store)
    store.callbacks.not_reached(callback, ana, None)
    clock.now += HOUR
    store.callbacks.done(callback, ana)
    [row] = store.callbacks.ended(10)

    assert listed(store, clock) == []
    assert (row.id, row.state, row.tries, row.ended_at, row.staff_name, row.overdue) == (
        callback,
        "done",
        1,
        clock.now,
        "Ana",
        False,
    )
    deeds = [deed for deed in audit(store) if deed[2] == callback]
    assert deeds == [(ana, "callback.not_reached", callback), (ana, "callback.done", callback)]


@pytest.mark.databases
def test_who_was_not_reached_is_called_again_at_that_time(store, clock):
    callback = add(store)
    store.callbacks.not_reached(callback, "ana", clock.now + HOUR)
    store.callbacks.not_reached(callback, "ben", clock.now + 2 * HOUR)
    [row] = store.callbacks.open(clock.now)

    assert (row.tries, row.due, row.staff) == (2, clock.now + 2 * HOUR, "ben")


@pytest.mark.parametrize("hours", [-1, 366 * 24 + 1, float("nan"), float("inf")])
def test_a_call_cannot_be_put_off_into_the_past_or_out_of_sight(store, clock, hours):
    callback = add(store)
    with pytest.raises(Refusal) as refused:
        store.callbacks.not_reached(callback, "ana", clock.now + hours * HOUR)

    assert (refused.value.code, refused.value.field) == ("invalid", "again_at")
    assert (store.callbacks.open(clock.now)[0].tries, audit(store)) == (0, [])


@pytest.mark.databases
def test_what_has_ended_or_never_was_cannot_be_changed(store, clock):
    callback = add(store)
    store.callbacks.done(callback, "ana")
    before = audit(store)
    for call in (
        lambda: store.callbacks.done(callback, "ben"),
        lambda: store.callbacks.give_up(callback, "ben"),
        lambda: store.callbacks.not_reached(callback, "ben", None),
        lambda: store.callbacks.done("nothing", "ben"),
    ):
        with pytest.raises(Refusal, match="not_found"):
            call()

    assert audit(store) == before
    assert [(row.state, row.staff) for row in store.callbacks.ended(10)] == [("done", "ana")]


@pytest.mark.databases
def test_of_many_who_end_one_call_at_once_one_is_noted(store):
    callback = add(store)

    def end(number: int) -> bool:
        try:
            (store.callbacks.done if number % 2 else store.callbacks.give_up)(callback, f"staff {number}")
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(end, range(16)))

    assert (sum(won), len(audit(store))) == (1, 1)


@pytest.mark.databases
def test_a_conversation_shows_all_its_calls(store, clock):
    conversation = begin(store)
    first = add(store, conversation=conversation)
    clock.now += HOUR
    second = add(store, conversation=conversation)
    add(store)
    store.callbacks.give_up(first, "ana")

    assert [(row.id, row.state) for row in store.callbacks.of_conversation(conversation)] == [
        (first, "given_up"),
        (second, "open"),
    ]


# ---- over the API


def test_a_callback_is_announced_to_the_visitor_and_matches_the_contract(client, chat):
    jsonschema = pytest.importorskip("jsonschema")
    asked = {"name": "Jane", "phone": "+44 20 7946 0958", "when": "mornings", "topic": "costs", "consent": True}
    response = chat.post("callback", asked)
    described = client.get("/api/openapi.json").json()
    schema = {"$ref": "#/components/schemas/Event", "components": described["components"]}
    event = chat.events()[-1]
    jsonschema.Draft202012Validator(schema).validate(event)

    assert response.status_code == 201
    assert "mornings" in event["text"] and "mornings" in chat.get("transcript").text
    assert chat.ask("what is tob1")["route"] == "answer"
    client.cookies.set("helpdesk_chat", chat.token)
    assert "mornings" in client.get("/chat").text


def test_a_refused_callback_leaves_no_trace(client, chat):
    response = chat.post("callback", {"name": "Jane", "phone": "12", "when": "mornings", "consent": True})

    assert response.status_code == 422
    assert (len(chat.events()), client.app.state.service.store.callbacks.open(0)) == (1, [])
