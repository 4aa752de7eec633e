"""Messages that ask two things, and messages that only look like it."""

from __future__ import annotations

from typing import Any

import pytest

from extensions import splitting
from extensions.judge import CLUES
from extensions.reader import Reader, Reading
from extensions.splitting import read_message
from extensions.wording import without_asides
from tests import small_reader


@pytest.fixture(scope="module")
def reader() -> Reader:
    return small_reader.reader()


def halves(reader: Reader, text: str, context: dict[str, Any] | None = None) -> list[tuple[str, str | None]]:
    return [(r.intent, r.topic) for r in read_message(reader, text, context or {})]


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("What is lamprexol and who leads the harbor study?", ["lamprexol", "harbor_study"]),
        ("tell me about brimadone. where can I watch the lantern film?", ["brimadone", "lantern_film"]),
        ("who funds the harbor study? and where was brimadone done?", ["harbor_study", "brimadone"]),
        ("what is lamprexol, and also what is brimadone", ["lamprexol", "brimadone"]),
        ("who leads the harbor study did lamprexol work", ["harbor_study", "lamprexol"]),
    ],
)
def test_two_questions_get_two_readings_in_their_order(reader: Reader, text: str, topics: list[str]) -> None:
    assert halves(reader, text) == [(f"ask_{topic}", topic) for topic in topics]


def test_the_second_subject_gets_the_aspect_of_the_first(reader: Reader) -> None:
    found = read_message(reader, "how many were in lamprexol and in the harbor study", {})

    assert [(r.topic, r.aspect) for r in found] == [("lamprexol", "people"), ("harbor_study", "people")]


@pytest.mark.parametrize("whom", ["anybody", "anyone with a cold", "people in Norway", "those on lamprexol"])
def test_of_whom_something_is_said_is_no_second_question(whom: str) -> None:
    assert [
        cut for cut in splitting.cuts(f"are there {whom} who could join the harbor study") if cut.right.startswith("who")
    ] == []


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("brimadone, where was it tested?", "brimadone"),
        ("the harbor study - how many people took part in it", "harbor_study"),
        ("where can I watch it, the lantern film?", "lantern_film"),
    ],
)
def test_a_subject_that_is_only_named_before_or_after_the_question_is_no_second_one(
    reader: Reader, text: str, topic: str
) -> None:
    assert halves(reader, text) == [(f"ask_{topic}", topic)]


def test_what_one_subject_was_refused_is_asked_of_the_next_that_is_only_named(reader: Reader) -> None:
    assert halves(reader, "what does lamprexol cost? and brimadone?") == [
        ("ask_cost", "lamprexol"),
        ("ask_cost", "brimadone"),
    ]


def test_the_second_half_knows_the_subject_of_the_first(reader: Reader) -> None:
    assert halves(reader, "what is brimadone and what does it cost") == [
        ("ask_brimadone", "brimadone"),
        ("ask_cost", "brimadone"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "how many people took part in lamprexol and who pays for it?",
        "who leads the harbor study and how many people took part in it?",
        "what is lamprexol how many people took part in it",
        "who pays for lamprexol? how many people took part in it?",
    ],
)
def test_two_aspects_of_one_subject_are_one_whole_answer(reader: Reader, text: str) -> None:
    (reading,) = read_message(reader, text, {})

    assert reader.grid.routes[reading.intent] == "answer"
    assert reading.aspect == "whole"


@pytest.mark.parametrize(
    "text",
    [
        "who funds lamprexol, do they know?",
        "did lamprexol work, is that known?",
        "how many people took part in lamprexol, does it say?",
    ],
)
def test_a_tag_is_no_second_question(reader: Reader, text: str) -> None:
    assert halves(reader, text) == [("ask_lamprexol", "lamprexol")]


@pytest.mark.parametrize("text", ["hello", "lamprexol", "what is lamprexol", "My wife is very tired today. What is lamprexol?"])
def test_one_question_stays_one(reader: Reader, text: str) -> None:
    assert len(read_message(reader, text, {})) == 1


@pytest.mark.parametrize("text", ["what about lamprexol and spms", "lamprexol in spms", "brimadone and spms?"])
def test_for_which_type_of_ms_it_is_asked_is_no_second_question(reader: Reader, text: str) -> None:
    named = next(one for one in ("lamprexol", "brimadone") if one in text)
    assert [topic for _, topic in halves(reader, text)] == [named]


def test_subjects_that_are_compared_are_not_torn_apart(reader: Reader) -> None:
    assert len(read_message(reader, "which is better, lamprexol or brimadone?", {})) == 1


def test_one_question_about_two_subjects_is_asked_of_each(reader: Reader) -> None:
    found = [one.topic for one in read_message(reader, "what did they find with lamprexol and the harbor study?", {})]

    assert found == ["lamprexol", "harbor_study"]


@pytest.mark.parametrize(
    "text",
    [
        "my dad would like to know what brimadone is",
        "what is brimadone, asking for my nephew",
        "what is brimadone, my sister asks",
        "Hubby asks: what is brimadone?",
    ],
)
def test_for_whom_it_is_asked_is_no_part_of_the_question(reader: Reader, text: str) -> None:
    assert halves(reader, text) == [("ask_brimadone", "brimadone")]


@pytest.mark.parametrize(
    "text",
    [
        "my mother asks",
        "would it help my mother",
        "I am asking for help",
        "my wife has it",
        "I am asking for a navigator",
        "I've been asking for a person",
        "Stop. I am asking for a human being!",
        "should I be asking for the new drug?",
        "is there any point in asking for a second opinion?",
        "my wife is asking for help with her bills",
        "why are you asking for my phone number?",
        "my husband keeps asking for a way out",
    ],
)
def test_what_is_no_aside_is_left_in(text: str) -> None:
    assert without_asides(text) == text


def test_a_person_can_be_asked_for_beside_a_question(reader: Reader) -> None:
    assert halves(reader, "what is lamprexol? can I speak to a human?") == [("ask_lamprexol", "lamprexol"), ("person", None)]


@pytest.mark.parametrize(("beside", "several"), [("Enough of these machine answers", False), ("What did they find out", True)])
def test_what_is_told_beside_a_wish_for_a_person_is_no_question(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, beside: str, several: bool
) -> None:
    told = Reading(beside, "ask_lamprexol", 0.9, topic="lamprexol")
    wish = Reading("get me a human.", "person", 1.0)
    monkeypatch.setattr(
        reader, "read", lambda text, context=None: told if text.startswith(beside) and "human" not in text else wish
    )
    monkeypatch.setattr(reader.judge, "says", lambda clues: 1.0)

    found = [one.intent for one in read_message(reader, f"{beside}. Get me a human.", {})]

    assert found == (["ask_lamprexol", "person"] if several else ["person"])


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("I want a real person, also the cost of lamprexol please", ["person", "ask_cost"]),
        ("I do not want a real person, also the cost of lamprexol please", ["ask_cost"]),
        ("I want a real person, we are waiting at the clinic", ["person"]),
    ],
)
def test_a_person_that_is_plainly_wished_for_is_not_lost_beside_a_question(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, text: str, intents: list[str]
) -> None:
    cost = Reading("", "ask_cost", 0.9, topic="lamprexol")
    wish = Reading("", "person", 1.0)
    monkeypatch.setattr(reader, "read", lambda text, context=None: wish if "person" in text and "cost" not in text else cost)
    monkeypatch.setattr(reader.judge, "says", lambda clues: 0.0)

    found = [one.intent for one in read_message(reader, text, {})]

    assert found == intents


def test_advice_is_not_lost_beside_a_fact(reader: Reader) -> None:
    found = halves(reader, "who funds lamprexol? should I take it?")

    assert "advice" in [intent for intent, _ in found]


def test_no_message_gets_more_than_two_readings(reader: Reader) -> None:
    text = "what is lamprexol? what is brimadone? who leads the harbor study? where can I watch the lantern film? hello?"

    assert 1 <= len(read_message(reader, text, {})) <= 2


@pytest.mark.parametrize(
    "text",
    ["", "? ? ? ?", "and and and and", ". . . . .\n\n", "a, b, c, d, e, f, g", "what and who and where and when and why " * 40],
)
def test_nothing_that_can_be_typed_is_an_error(reader: Reader, text: str) -> None:
    found = read_message(reader, text, {})

    assert 1 <= len(found) <= 2
    assert all(isinstance(one, Reading) and one.intent in reader.grid.routes for one in found)


def test_a_follow_up_in_two_halves_takes_the_topic_in_hand(reader: Reader) -> None:
    found = halves(reader, "who pays for it? and what is brimadone?", {"topic": "lamprexol", "answered": True})

    assert found == [("ask_lamprexol", "lamprexol"), ("ask_brimadone", "brimadone")]


def test_a_second_question_that_points_at_nothing_is_also_read_by_itself(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Reading("is there parking near", "ask_lamprexol", 0.9, topic="lamprexol")
    alone = Reading("is there parking near", "ask_parking", 0.9)
    read = reader.read
    second = {True: drawn, False: alone}
    monkeypatch.setattr(reader, "read", lambda text, c: second[bool(c)] if text.startswith("is there") else read(text, c))

    assert [r.intent for r in read_message(reader, "what is lamprexol? is there parking near", {})] == [
        "ask_lamprexol",
        "ask_parking",
    ]


def test_a_message_that_is_not_parted_and_asks_two_facts_gets_the_whole_answer(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader.judge, "says", lambda clues: 0.0)

    (found,) = read_message(reader, "how many people took part in lamprexol, and who pays for lamprexol?", {})

    assert (found.topic, found.aspect) == ("lamprexol", "whole")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("My husband was on lamprexol.", "How many people took part in it?"),
        ("I read about lamprexol.", "Was it any good?"),
    ],
)
def test_a_sentence_that_points_at_the_one_before_is_not_answered_from_another_topic(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    drawn = Reading(second, "ask_brimadone", 0.99, topic="brimadone")
    whole = Reading(f"{first} {second}", "ask_lamprexol", 0.9, topic="lamprexol")
    monkeypatch.setattr(reader, "read", lambda text, context=None: whole if text == whole.text else drawn)
    monkeypatch.setattr(splitting, "parts", lambda *told: [])

    assert [r.topic for r in read_message(reader, whole.text, {})] == ["lamprexol"]


@pytest.mark.parametrize(
    ("second", "confidence", "intent"),
    [
        ("Who pays for lamprexol?", 0.2, "ask_lamprexol"),
        ("Who pays for lamprexol?", 0.8, "advice"),
        ("Would lamprexol help her?", 0.2, "advice"),
        ("Who pays for my lamprexol?", 0.2, "advice"),
        ("Who pays for it?", 0.2, "advice"),
    ],
)
def test_a_life_told_beside_a_fact_makes_no_advice_of_it(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, second: str, confidence: float, intent: str
) -> None:
    message = f"My wife is tired. {second}"
    fact = Reading(second, "ask_lamprexol", 0.99, topic="lamprexol")
    advice = Reading(message, "advice", confidence)
    monkeypatch.setattr(reader, "read", lambda text, context=None: fact if text == second else advice)
    monkeypatch.setattr(splitting, "parts", lambda *told: [])

    assert [r.intent for r in read_message(reader, message, {})] == [intent]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("my son's been on at me about lamprexol, did it work", "about lamprexol, did it work"),
        ("tell me of lamprexol, he's asking for a straight answer did it work", "tell me of lamprexol, did it work"),
        ("he wants to know if lamprexol works", "lamprexol works"),
        ("are they asking people in Canada", "are they asking people in Canada"),
        ("she is asking for a pill", "she is asking for a pill"),
    ],
)
def test_who_makes_somebody_ask_is_left_out(text: str, rest: str) -> None:
    assert without_asides(text).replace(" ", "") == rest.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "That harbor study was no good. Where was brimadone tested?",
        "do you know, or can you find out, where was brimadone tested?",
        "and the other one, brimadone, where was it tested?",
    ],
)
def test_what_asks_nothing_yet_is_no_first_question(reader: Reader, text: str) -> None:
    assert halves(reader, text) == [("ask_brimadone", "brimadone")]


@pytest.mark.parametrize("again", ["any drug, for walking", "like with pills, for walking"])
def test_what_only_says_more_of_the_words_before_it_is_no_second_question(again: str) -> None:
    assert again not in [cut.right for cut in splitting.cuts(f"is there a drug, {again}")]


def test_which_type_of_ms_somebody_has_is_no_second_question(reader: Reader) -> None:
    assert halves(reader, "where was brimadone tested for my kind, which is spms") == [("ask_brimadone", "brimadone")]


def test_no_part_of_a_message_ends_in_a_joining_word() -> None:
    lefts = [cut.left for cut in splitting.cuts("who and what is brimadone, and also where was it tested")]

    assert not [left for left in lefts if left.split()[-1] in ("and", "also")]


@pytest.mark.parametrize(("text", "asked"), [("can't read the screen well", False), ("can't you tell me that", True)])
def test_who_cannot_do_a_thing_asks_nothing(text: str, asked: bool) -> None:
    assert splitting.asks(text) == asked


def test_a_request_is_not_cut_behind_its_verb() -> None:
    assert splitting.cuts("could you please tell me about brimadone") == []


def test_two_referrals_of_their_own_may_be_two_questions(reader: Reader) -> None:
    found = {
        cut.right: dict(
            zip(CLUES, splitting.clues(reader, text, reader.read(text), cut, *map(reader.read, (cut.left, cut.right))))
        )
        for text in ("is there parking at the clinic and can you eat bread with ms",)
        for cut in splitting.cuts(text)
    }

    assert found["can you eat bread with ms"]["other_matter"] == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "a) what is lamprexol b) who leads the harbor study",
        "1. what is lamprexol 2. who leads the harbor study",
        "(i) what is lamprexol; (ii) who leads the harbor study?",
        "Q1 what is lamprexol Q2 who leads the harbor study",
        "First, what is lamprexol? Second, who leads the harbor study?",
        "hello, my questions: 1 - what is lamprexol, 2 - who leads the harbor study, 3 - what is brimadone",
    ],
)
def test_questions_that_are_counted_out_are_parted(reader: Reader, text: str) -> None:
    assert halves(reader, text) == [("ask_lamprexol", "lamprexol"), ("ask_harbor_study", "harbor_study")]


def test_what_is_named_before_the_count_is_what_it_is_about(reader: Reader) -> None:
    assert halves(reader, "about brimadone: a) where was it tested b) what does it cost") == [
        ("ask_brimadone", "brimadone"),
        ("ask_cost", "brimadone"),
    ]


@pytest.mark.parametrize("text", ["was it tested in phase 1, 2 or 3", "was brimadone the first and lamprexol the second"])
def test_a_number_alone_counts_nothing_out(reader: Reader, text: str) -> None:
    assert splitting.listed(reader, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to know what brimadone costs, I want to know who leads the harbor study",
        "not asking about the price, who leads the harbor study",
        "never mind the lantern film. Who leads the harbor study?",
    ],
)
def test_what_is_said_not_to_be_asked_is_not_answered(reader: Reader, text: str) -> None:
    assert halves(reader, text) == [("ask_harbor_study", "harbor_study")]


def test_a_fact_is_told_beside_what_is_none_of_our_matter(reader: Reader) -> None:
    assert halves(reader, "who leads the harbor study and what is the weather today") == [
        ("ask_harbor_study", "harbor_study"),
        ("out_of_scope", None),
    ]


def test_a_fact_is_told_beside_advice_that_is_refused(reader: Reader) -> None:
    found = halves(reader, "should I take brimadone, and who leads the harbor study?")

    assert [intent for intent, _ in found] == ["advice", "ask_harbor_study"]


def test_why_it_is_as_was_just_told_is_no_second_question(reader: Reader) -> None:
    assert len(halves(reader, "brimadone was tested in one place only, how come?")) == 1
