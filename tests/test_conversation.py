"""Tidying what is typed, and composing what is said in reply."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.conversation import (
    ROUTES,
    Answer,
    add_note,
    compose,
    danger_event,
    down_event,
    first_route,
    looks_spanish,
    masked_note,
    off_event,
    offered,
)
from helpdesk.errors import Refusal
from helpdesk.forms import read_callback
from helpdesk.message import read_text, tidy
from helpdesk.words import words, words_with
from tests.web import FakeFinding, answer

WORDS = words()


def made(*halves: Answer, masked: tuple[str, ...] = (), **switches: bool):
    return compose(halves, masked=masked, switches=switches, words=WORDS)


def kinds(event) -> list[str]:
    return [action["kind"] for action in event["actions"]]


# ---- tidying


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("  hello\t there  ", "hello there"),
        ("e\u0301", "é"),
        ("a\u200bb\u202ec\u2066d\ufeff", "abcd"),
        ("a\x00b\x1bc", "a b c"),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("/restart", "restart"),
        ("\u200b / \u2060/restart now", "restart now"),
        ("and/or", "and/or"),
        ("👩\u200d⚕️ hi", "👩\u200d⚕️ hi"),
        ("x\ud800y", "xy"),
        ("שלום", "שלום"),
    ],
)
def test_text_is_tidied(typed, tidied):
    assert tidy(typed) == tidied


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.characters(), max_size=80))
def test_tidied_text_is_clean_and_stays_as_it_is(text):
    tidied = tidy(text)

    assert tidy(tidied) == tidied
    assert not tidied.startswith(("/", " ", "\n"))
    tidied.encode("utf-8")
    assert not any(ord(char) < 32 and char != "\n" for char in tidied)


def test_the_limit_counts_code_points():
    assert len(read_text("😀" * 2000)) == 2000
    with pytest.raises(Refusal, match="too_long"):
        read_text("😀" * 2001)
    with pytest.raises(Refusal, match="too_long"):
        read_text("\u0958" * 1500)  # NFC makes two of each


# ---- composing


def test_the_weightiest_half_gives_the_route():
    assert first_route(["miss", "answer", "refer"]) == "answer"
    assert first_route(["answer", "advice"]) == "advice"
    assert first_route(["advice", "crisis", "emergency"]) == "emergency"
    assert first_route(["clarify", "decline", "refer"]) == "refer"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ROUTES), min_size=1, max_size=3))
def test_every_mix_of_routes_makes_an_event(routes):
    event = made(*(Answer(route=route, text=f"text {number}") for number, route in enumerate(routes)))

    assert event["route"] == first_route(routes)
    assert event["text"]
    if set(routes) - {"answer", "smalltalk"}:
        assert any(action.get("href") == "tel:+18003444867" for action in event["actions"])


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("answer", []),
        ("smalltalk", []),
        ("refer", ["call", "person"]),
        ("advice", ["call", "person"]),
        ("handoff", ["call", "person", "callback"]),
        ("down", ["call", "person", "callback"]),
        ("miss", ["call", "person"]),
        ("clarify", ["call"]),
        ("decline", ["call"]),
        ("privacy", ["call"]),
    ],
)
def test_each_route_offers_its_help(route, expected):
    assert kinds(made(Answer(route=route, text="x"))) == expected


def test_rasa_may_offer_more():
    assert kinds(made(Answer(route="answer", text="x", offer=("call", "person", "callback")))) == ["call", "person", "callback"]


def test_buttons_come_once_and_at_most_four_of_all_halves():
    one = answer("one", buttons=tuple((f"One {n}", f"/ask_{n}") for n in range(4)))
    two = answer("two", buttons=(("Two 0", "/ask_0"), ("Two 9", "/ask_9"), ("Two 8", "/ask_8")))
    event = made(one, two)

    assert offered(event) == [("/ask_0", "One 0"), ("/ask_1", "One 1"), ("/ask_9", "Two 9"), ("/ask_2", "One 2")]


def test_the_same_text_is_said_once():
    half = Answer(route="refer", text="The page doesn't say.")

    assert made(half, half)["text"] == "The page doesn't say."
    assert len(made(half, half)["answers"]) == 2


def test_a_topic_that_is_off_becomes_a_referral_and_its_buttons_go():
    event = made(answer("Tob1 is …"), answer("Vitamin D …", topic="vitamin_d", buttons=(("Tob1?", "/ask_tob1"),)), tob1=False)

    assert [half["route"] for half in event["answers"]] == ["refer", "answer"]
    assert "Tob1 is" not in event["text"] and "1-800-344-4867" in event["text"]
    assert kinds(event) == ["call", "person"]


def test_the_visitor_is_told_what_was_hidden():
    event = made(answer(), masked=("phone", "address"))

    assert "a phone number and a street address" in event["text"]
    assert "callback" in kinds(event)
    assert "callback" not in kinds(made(answer(), masked=("e-mail",)))


@pytest.mark.parametrize(
    "kind", ["phone", "e-mail", "social security number", "card", "record number", "address", "date of birth", "number"]
)
def test_every_kind_has_its_words(kind):
    assert kind in WORDS.masked["kinds"]
    assert WORDS.masked["kinds"][kind] in masked_note((kind,), WORDS)


def test_down_and_off_also_tell_what_was_hidden():
    for event in (down_event(WORDS), off_event(WORDS)):
        assert add_note(event, (), WORDS) == event
        assert "e-mail" in add_note(event, ("e-mail",), WORDS)["text"]


def test_danger_that_rasa_sees_is_asked_about_gently_and_carries_nothing_else():
    event = made(answer("Tob1 is …"), Answer(route="crisis", text="from rasa"), masked=("phone",))

    assert (event["route"], event["author"]) == ("crisis", "system")
    assert event["text"] == WORDS.danger["crisis_gentle"]["en"].strip()


def test_a_danger_reply_uses_the_text_of_its_kind(tmp_path):
    path = tmp_path / "replies.yml"
    path.write_text("crisis: {en: Call 988.}\nabuse: {en: Call 911 when it is safe.}\nbroken: 1\n", encoding="utf-8")
    texts = words_with(path)

    class Abuse(FakeFinding):
        text_key = "abuse"

    assert danger_event(FakeFinding("crisis"), "", texts)["text"] == "Call 988."
    assert danger_event(Abuse("emergency"), "", texts)["text"] == "Call 911 when it is safe."
    assert "911" in danger_event(FakeFinding("emergency", sure=False), "", texts)["text"]


@pytest.mark.parametrize("content", [None, "", "- a", "{", "\xff"])
def test_without_the_file_the_built_in_replies_are_used(tmp_path, content):
    path = tmp_path / "replies.yml"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))

    assert "988" in danger_event(FakeFinding("crisis"), "", words_with(path))["text"]


@pytest.mark.parametrize("route", ["crisis", "emergency"])
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", ["", "_gentle", "_still"])
def test_every_built_in_danger_reply_has_the_numbers(route, language, kind):
    text = WORDS.danger[route + kind][language]

    assert "911" in text and "1-800-344-4867" in text
    assert route == "emergency" or "988" in text


@pytest.mark.parametrize("text", ["quiero morir", "mi esposo no puede respirar", "no puedo más con mi vida", "me duele el pecho"])
def test_spanish_is_known(text):
    assert looks_spanish(text)


@pytest.mark.parametrize("text", ["i want to die", "my husband can't breathe", "no", "me", "i have no one", ""])
def test_english_is_not_taken_for_spanish(text):
    assert text in ("no", "me") or not looks_spanish(text)


def test_a_phone_number_for_a_callback_is_written_in_its_international_form():
    body = {"name": "Jane", "phone": "(303) 555-0142 ext 5", "when": "now", "consent": True}

    assert read_callback(body).phone == "+13035550142 ext. 5"
    assert read_callback({**body, "phone": "+44 20 7946 0958"}).phone == "+442079460958"
