"""How one question is read: subject, aspect, what the page covers, the topic in hand, advice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from extensions.reader import MISS, Reader
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
    ("text", "aspect"),
    [("repeat that please", "people"), ("say that again", "people"), ("simpler please", "simpler"), ("tell me more", "whole")],
)
def test_again_simpler_and_more_speak_of_the_topic_in_hand(reader: Reader, text: str, aspect: str) -> None:
    reading = reader.read(text, IN_HAND)

    assert (reading.intent, reading.topic, reading.aspect) == ("ask_lamprexol", "lamprexol", aspect)


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
