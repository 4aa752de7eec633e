"""How one question is read: subject, aspect, what the page covers, the topic in hand, advice."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from extensions.held import left_behind
from extensions.reader import MISS, Reader, of_somebody
from extensions.splitting import read_message
from tests import small_reader

IN_HAND: dict[str, Any] = {"topic": "lamprexol", "aspect": "people", "answered": True}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return small_reader.reader()


@pytest.mark.parametrize(
    ("text", "topic", "aspect"),
    [
        ("how many people took part in lamprexol?", "lamprexol", "people"),
        ("who funds the harbor study", "harbor_study", "funding"),
        ("where was brimadone done", "brimadone", "where"),
        ("where can i watch the lantern film", "lantern_film", "access"),
        ("how many people took part in lamprexl", "lamprexol", "people"),
        ("did lamprexol work", "lamprexol", None),
        ("tell me about the harbour study", "harbor_study", "whole"),
    ],
)
def test_what_the_page_covers_is_answered(reader: Reader, text: str, topic: str, aspect: str | None) -> None:
    reading = reader.read(text)

    assert (reading.intent, reading.topic) == (f"ask_{topic}", topic)
    assert aspect is None or reading.aspect == aspect
    assert 0.0 < reading.confidence <= 1.0


@pytest.mark.parametrize(
    ("text", "topic", "intent"),
    [
        ("what are the side effects of lamprexol", "lamprexol", "ask_side_effects"),
        ("how much does brimadone cost?", "brimadone", "ask_cost"),
        ("who funds brimadone?", "brimadone", "not_covered"),
        ("where was lamprexol done?", "lamprexol", "not_covered"),
        ("how many people took part in brimadone", "brimadone", "not_covered"),
    ],
)
def test_what_the_page_leaves_out_is_referred_and_the_subject_named(reader: Reader, text: str, topic: str, intent: str) -> None:
    reading = reader.read(text)

    assert (reading.intent, reading.topic) == (intent, topic)
    assert reading.subject and reading.subject.lower() in text.lower()


def test_the_reply_to_an_aspect_of_ours_that_is_left_out_names_that_aspect(reader: Reader) -> None:
    assert reader.read("where was lamprexol done?").aspect == "where"


@pytest.mark.parametrize("text", ["lamprexol", "lamprexol?", "Lamprexol please", "what about lamprexol", "the walking pill"])
def test_a_bare_subject_gets_the_whole_answer(reader: Reader, text: str) -> None:
    reading = reader.read(text)

    assert (reading.intent, reading.aspect) == ("ask_lamprexol", "whole")


def test_another_subject_gets_the_aspect_in_hand_where_its_page_has_it(reader: Reader) -> None:
    assert (reader.read("and the harbor study?", IN_HAND).topic, reader.read("and the harbor study?", IN_HAND).aspect) == (
        "harbor_study",
        "people",
    )
    left_out = reader.read("and brimadone?", IN_HAND)

    assert (left_out.intent, left_out.topic, left_out.aspect) == ("not_covered", "brimadone", "people")
    assert reader.read("what about brimadone?", IN_HAND).intent == "ask_brimadone"


@pytest.mark.parametrize("text", ["zorvatine", "tell me about zorvatine"])
def test_a_subject_that_the_pages_do_not_know_is_never_answered(reader: Reader, text: str) -> None:
    assert reader.grid.routes[reader.read(text).intent] == "refer"


@pytest.mark.parametrize(
    "named", ["tell me about zorvatine", "tell me about zorvatine for spms", "should I take zorvatine for spms"]
)
@pytest.mark.parametrize("text", ["who pays for it?", "tell me more", "how many people took part in it?", "where was it done?"])
def test_what_leans_on_a_subject_that_the_pages_do_not_know_is_not_answered_from_the_topic_before(
    reader: Reader, text: str, named: str
) -> None:
    unknown = reader.read(named, IN_HAND)
    context = left_behind(IN_HAND, unknown.topic, unknown.beyond)

    assert reader.grid.routes[reader.read(text, context).intent] == "refer"
    assert reader.read("who funds the harbor study?", context).intent == "ask_harbor_study"


@pytest.mark.parametrize("text", ["where was lamprexol done", "how many minutes is lamprexol"])
def test_a_named_drug_is_never_answered_from_another_topic(reader: Reader, text: str) -> None:
    found = reader.read(text)

    assert (reader.grid.routes[found.intent], found.topic) == ("refer", "lamprexol")


def test_what_a_drug_is_gets_its_whole_answer(reader: Reader) -> None:
    assert reader.read("what is brimadone").intent == "ask_brimadone"


@pytest.mark.parametrize("text", ["who funds the harbuor study", "who pays for the harbor-study"])
def test_a_name_written_otherwise_is_read_as_it_is_usually_written(reader: Reader, text: str) -> None:
    found = reader.read(reader.spelled(text))

    assert (found.topic, found.aspect) == ("harbor_study", "funding")


def test_a_name_that_is_written_as_usual_stays(reader: Reader) -> None:
    assert reader.spelled("Who pays for Lamprexol?") == "Who pays for Lamprexol?"


def test_the_subject_of_refused_advice_is_in_hand(reader: Reader) -> None:
    refused = reader.read("should my wife take lamprexol?")
    context = left_behind({}, refused.topic, refused.beyond)

    assert reader.grid.routes[refused.intent] == "advice"
    assert reader.read("who pays for it?", context).intent == "ask_lamprexol"


@pytest.mark.parametrize(
    ("text", "aspect"),
    [("repeat that please", "people"), ("say that again", "people"), ("simpler please", "simpler"), ("tell me more", "whole")],
)
def test_again_simpler_and_more_speak_of_the_topic_in_hand(reader: Reader, text: str, aspect: str) -> None:
    reading = reader.read(text, IN_HAND)

    assert (reading.intent, reading.topic, reading.aspect) == ("ask_lamprexol", "lamprexol", aspect)


@pytest.mark.parametrize(
    ("text", "more", "again"),
    [
        ("tell me more", {}, "more"),
        ("everything about lamprexol please", {}, "asked"),
        ("say that again", {"aspect": "whole"}, None),
        ("who pays for lamprexol?", {}, None),
        ("everything about brimadone please", {}, None),
    ],
)
def test_it_is_known_that_the_whole_answer_was_given_before(
    reader: Reader, text: str, more: dict[str, Any], again: str | None
) -> None:
    (reading,) = read_message(reader, text, {**IN_HAND, "told": ["lamprexol"], **more})

    assert reading.again == again
    assert read_message(reader, text, IN_HAND)[0].again is None


def test_what_a_page_leaves_out_comes_with_the_offer_of_what_it_says(reader: Reader) -> None:
    (unheard,) = read_message(reader, "how much does lamprexol cost?", {})
    (heard,) = read_message(reader, "how much does lamprexol cost?", {**IN_HAND, "told": ["lamprexol"]})
    (parking,) = read_message(reader, "can I park near the door?", IN_HAND)

    assert (unheard.intent, unheard.candidates) == ("ask_cost", ["ask_lamprexol"])
    assert (heard.intent, heard.candidates, parking.candidates) == ("ask_cost", [], [])


def test_who_has_heard_the_whole_answer_gets_the_part_that_is_asked_for(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    variations = {**reader.grid.variations, "lamprexol": {"result", *reader.grid.variations["lamprexol"]}}
    monkeypatch.setattr(reader, "grid", dataclasses.replace(reader.grid, variations=variations))
    text, context = "was it any good, did it work?", {**IN_HAND, "aspect": "whole"}

    assert reader.read(text, context).aspect == "whole"
    assert reader.read(text, {**context, "told": ["lamprexol"]}).aspect == "result"


@pytest.mark.parametrize(("asked", "topic"), [("ask_cost", "lamprexol"), ("ask_parking", None)])
def test_again_after_a_referral_is_that_referral(reader: Reader, asked: str, topic: str | None) -> None:
    reading = reader.read("say that again", {**IN_HAND, "asked": asked})

    assert (reading.intent, reading.topic) == (asked, topic)


def test_talk_is_not_asked_of_the_topic_in_hand(reader: Reader) -> None:
    assert reader.read("thank you so much", IN_HAND).intent == "thanks"


@pytest.mark.parametrize(
    ("text", "intent"), [("repeat that please", "repeat"), ("simpler please", "simpler"), ("tell me more", "more")]
)
def test_with_nothing_in_hand_they_stay_what_they_are(reader: Reader, text: str, intent: str) -> None:
    assert (reader.read(text).intent, reader.read(text).topic) == (intent, None)


@pytest.mark.parametrize(
    ("text", "held", "intent", "aspect"),
    [
        ("who pays for it?", "lamprexol", "ask_lamprexol", "funding"),
        ("how many people took part in it?", "harbor_study", "ask_harbor_study", "people"),
        ("where was it done?", "brimadone", "ask_brimadone", "where"),
        ("where was it done?", "lamprexol", "not_covered", "where"),
        ("how much does it cost?", "lamprexol", "ask_cost", "whole"),
    ],
)
def test_a_follow_up_speaks_of_the_topic_in_hand(reader: Reader, text: str, held: str, intent: str, aspect: str) -> None:
    reading = reader.read(text, {"topic": held, "answered": True})

    assert (reading.intent, reading.topic, reading.aspect) == (intent, held, aspect)


def test_a_bare_subject_is_told_so_where_what_was_asked_before_is_not_on_the_page(reader: Reader) -> None:
    found = reader.read("and brimadone?", {"topic": "lamprexol", "answered": True, "asked": "ask_cost"})

    assert (found.intent, found.topic) == ("ask_cost", "brimadone")


def test_a_named_subject_outweighs_the_topic_in_hand(reader: Reader) -> None:
    assert reader.read("who funds the harbor study?", IN_HAND).topic == "harbor_study"


@pytest.mark.parametrize("text", ["how many people took part in the first one?", "and the other one, who pays for it?"])
def test_the_other_one_is_the_topic_before(reader: Reader, text: str) -> None:
    found = reader.read(text, {"topic": "brimadone", "before": "lamprexol", "answered": True})

    assert (found.intent, found.topic) == ("ask_lamprexol", "lamprexol")


def test_the_first_one_may_be_one_of_several_in_hand(reader: Reader) -> None:
    text = "how many minutes is the first one?"

    found = reader.read(text, {"topic": "lantern_film", "before": "brimadone", "answered": True})

    assert found.topic == "lantern_film"


def test_a_follow_up_is_about_the_topic_that_it_asks_for_behind_the_one_in_hand(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, context = "is there another one of these?", {"topic": "lamprexol", "answered": True}
    here = reader.read(text, context)

    monkeypatch.setattr(reader, "in_hand", lambda text, topic: {"ask_harbor_study": 0.9, f"ask_{topic}": 0.1})
    beside = reader.read(text, context)

    assert here.topic == "lamprexol"
    assert beside.topic == "harbor_study"


def test_a_fact_of_the_topic_in_hand_is_no_advice_where_somebody_speaks_of_themselves(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    masses = {"about": 0.6, "elsewhere": 0.0, "advice": 0.3}
    view = reader.view("how long must I sit through it")
    before = reader._group(view, masses, None)

    monkeypatch.setattr(reader, "in_hand", lambda text, topic: {f"ask_{topic}": 0.95})

    assert (before, reader._group(view, masses, "lantern_film")) == ("advice", "about")


@pytest.mark.parametrize(
    ("text", "group"), [("how much would lamprexol cost me", "about"), ("would I feel it if lamprexol did me good", "advice")]
)
def test_who_asks_for_themselves_what_it_costs_asks_no_advice(reader: Reader, text: str, group: str) -> None:
    assert reader._group(reader.view(text), {"about": 0.5, "elsewhere": 0.0, "advice": 0.2}, None) == group


def test_a_plain_question_of_price_is_one_whoever_pays(reader: Reader) -> None:
    view = dataclasses.replace(reader.view("how far would lamprexol set me back"), aspects={"cost": 0.97})

    assert reader._group(view, {"about": 0.4, "elsewhere": 0.0, "advice": 0.6}, None) == "about"


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("tell me the names", False),
        ("I would like to know what it is for", False),
        ("can my doctor order that", False),
        ("I heard it failed", False),
        ("is it good for me", True),
        ("tell me if my wife can have it", True),
        ("I have it since May", True),
        ("pins and needles since Monday", True),
    ],
)
def test_who_only_asks_does_not_speak_of_themselves(text: str, speaks: bool) -> None:
    assert of_somebody(text) is speaks


def test_a_follow_up_with_nothing_in_hand_is_not_answered_from_any_topic(reader: Reader) -> None:
    reading = reader.read("who pays for it?")

    assert reading.topic is None
    assert reader.grid.routes[reading.intent] != "answer"


@pytest.mark.parametrize(
    "text",
    [
        "should I take lamprexol?",
        "should my wife stop lamprexol",
        "should my mom try brimadone?",
        "shall we switch to brimadone",
        "should she start lamprexol",
        "do you think I ought to switch to lamprexol",
        "can grandma still take lamprexol",
        "is my uncle allowed to use brimadone",
        "am I suitable for lamprexol at 58",
    ],
)
def test_who_asks_what_to_do_for_somebody_gets_no_answer_from_the_page(reader: Reader, text: str) -> None:
    assert reader.read(text).intent == "advice"


@pytest.mark.parametrize(
    "text", ["did lamprexol help anybody", "who runs the harbor study", "my wife wants to know who funds lamprexol"]
)
def test_who_asks_for_facts_is_not_taken_to_ask_for_advice(reader: Reader, text: str) -> None:
    assert reader.grid.routes[reader.read(text).intent] == "answer"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hello", "greet"),
        ("thank you", "thanks"),
        ("I want to speak to a human", "person"),
        ("where can I park", "ask_parking"),
        ("what is the weather", "out_of_scope"),
    ],
)
def test_what_is_about_no_subject_of_ours_keeps_its_intent(reader: Reader, text: str, intent: str) -> None:
    for context in ({}, IN_HAND):
        assert reader.read(text, context).intent == intent


@pytest.mark.parametrize("text", ["", "?", "。。。", "🙂", "a" * 2000, "12 34", "\u202e\u200b"])
def test_nothing_that_can_be_typed_is_an_error(reader: Reader, text: str) -> None:
    reading = reader.read(text)

    assert reading.intent in {*reader.grid.routes, MISS}
    assert 0.0 <= reading.confidence <= 1.0


def test_every_reading_can_be_replied_to(reader: Reader) -> None:
    for question in small_reader.questions():
        assert reader.read(question["ask"], question.get("context")).intent in reader.grid.routes


def test_a_saved_reader_reads_the_same(reader: Reader, tmp_path: Path) -> None:
    reader.save(tmp_path)

    again = Reader.open(tmp_path, small_reader.encoder())

    assert again.limits == reader.limits
    for question in small_reader.questions():
        one, two = (r.read(question["ask"], question.get("context")) for r in (reader, again))
        assert (one.intent, one.topic, one.aspect) == (two.intent, two.topic, two.aspect)
        assert one.confidence == pytest.approx(two.confidence, abs=0.02)


# -- many at once --------------------------------------------------------------------------------------------------

MANY = [
    "who funds the harbor study",
    "lamprexl?",
    "why?",
    "how many people?",
    "is there parking",
    "zzz",
    "who funds the harbor study",
]


def test_a_question_has_the_same_numbers_alone_and_among_others(reader: Reader) -> None:
    for together, text in zip(reader.views(MANY), MANY):
        alone = reader.views([text])[0]
        assert (together.text, together.mentions, together.how_many) == (alone.text, alone.mentions, alone.how_many)
        assert together.flat == pytest.approx(alone.flat, abs=1e-2)
        assert together.aspects == pytest.approx(alone.aspects, abs=1e-2)
        np.testing.assert_allclose(together.plain_sims.all, alone.plain_sims.all, atol=1e-2)
        np.testing.assert_allclose(together.masked_sims.all, alone.masked_sims.all, atol=1e-2)


def test_what_is_at_hand_is_read_as_ever(reader: Reader) -> None:
    alone = [reader.read(text, IN_HAND) for text in MANY]

    with reader.at_hand(MANY):
        together = [reader.read(text, IN_HAND) for text in MANY]

    for one, other in zip(together, alone):
        assert (one.intent, one.topic, one.aspect, one.subject) == (other.intent, other.topic, other.aspect, other.subject)
        assert one.confidence == pytest.approx(other.confidence, abs=1e-2)


@pytest.mark.parametrize("text", ["go back to the first one", "and the other one?"])
def test_after_a_subject_that_the_pages_do_not_know_the_topic_in_hand_is_the_earlier_one(reader: Reader, text: str) -> None:
    context = left_behind(IN_HAND, None, reader.read("tell me about zorvatine", IN_HAND).beyond)

    assert reader.read(text, context).intent == f"ask_{IN_HAND['topic']}"


def test_a_type_of_ms_is_what_it_means_where_nothing_else_was_spoken_of(reader: Reader) -> None:
    told = reader.read("is there parking at the clinic for spms")
    context = left_behind({}, told.topic, told.beyond)

    assert told.topic is None
    assert reader.read("who funds it", context).topic == "harbor_study"
    assert reader.read("who funds it", {**context, "topic": "lamprexol"}).topic == "lamprexol"


def test_what_nobody_named_is_asked_back_and_puts_nothing_in_hand(reader: Reader) -> None:
    found = reader.read("where was it done", {})

    assert (reader.grid.routes[found.intent], found.topic) == ("clarify", None)


def test_what_was_asked_goes_on_to_the_next_name_though_the_whole_answer_said_it(reader: Reader) -> None:
    context = {"topic": "harbor_study", "aspect": "who", "answered": True}

    assert reader.read("and the lantern film?", context).aspect == "who"


def test_one_of_several_that_were_told_of_is_meant_by_its_place(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "lists", {"harbor_study": ["lamprexol", "brimadone"]})
    context = {"topic": "harbor_study", "answered": True}

    assert reader.read("and the second one?", context).intent == "ask_brimadone"
    assert reader.read("who pays for the first one", context).topic == "lamprexol"
    assert reader.read("and the others?", left_behind(context, "lamprexol", None)).intent == "ask_harbor_study"


def test_what_is_refused_of_nothing_in_particular_puts_nothing_in_hand(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = reader.turn(reader.view("anything close to that in there"), {})
    flat = {intent: 0.01 for intent in turn.scores}
    weights = {"lamprexol": 0.6, "brimadone": 0.4}

    unsure = dataclasses.replace(turn, scores=flat, ranking=[("ask_lamprexol", 0.1)])
    sure = dataclasses.replace(unsure, scores={**flat, "ask_lamprexol": 0.4})

    assert reader._refused_of(unsure, weights) is None
    assert reader._refused_of(sure, weights) == "lamprexol"
    assert reader._refused_of(dataclasses.replace(unsure, context={"topic": "harbor_study"}), weights) == "harbor_study"
