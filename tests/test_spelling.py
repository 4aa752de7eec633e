"""Misspelt words are put right, and nothing else of a message is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from extensions.spelling import Spelling
from extensions.splitting import read_message
from tests import small_reader

ORDINARY = [
    *"the of and in to is for it what how who can do where much does my there with when a person cost talk need park car".split(),
    *"card trial study tell about money people question answer doctor water paper garden window yellow music river stone".split(),
]
TAUGHT = [
    "how much does it cost",
    "how much is the trial",
    "can I talk to a person",
    "where can I park my car",
    "is there parking at the clinic",
    "who pays for the rehabilitation",
    "don't pay more than the others do",
]


def spelling() -> Spelling:
    return Spelling.fit(TAUGHT * 20, ORDINARY)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("how mcuh does it cost", "how much does it cost"),
        ("how much doess it cost", "how much does it cost"),
        ("how much dos it cozt?", "how much does it cost?"),
        ("can I talk to a pers0n, a persn", "can I talk to a pers0n, a person"),
        ("Whree can I park", "where can I park"),
        ("who pays for the rehabiltaton", "who pays for the rehabilitation"),
        ("the gaarden", "the garden"),
    ],
)
def test_a_slip_is_put_right(said: str, meant: str) -> None:
    assert spelling().repair(said) == meant


@pytest.mark.parametrize(
    "text",
    [
        *TAUGHT,
        "",
        "  ?!  ",
        "a yellow garden",
        "zyxwvut qqqqqqqq",
        "1-800-344-4867 and 2015",
        "gardens, parked",
        "日本語 esclerosis múltiple",
        "we needn't",
    ],
)
def test_what_is_known_or_like_nothing_known_stays(text: str) -> None:
    assert spelling().repair(text) == text


def test_of_two_words_the_one_that_the_neighbours_speak_for_is_taken() -> None:
    taught = Spelling.fit(["park the car"] * 20 + ["show the card"] * 20 + ["the cart"] * 20, ORDINARY)

    assert taught.repair("park the carr") == "park the car"
    assert taught.repair("show the cardd") == "show the card"


def test_what_is_spared_stays() -> None:
    text = "how mcuh mcuh"

    assert spelling().repair(text, [(4, 8)]) == "how mcuh much"


def test_what_is_saved_repairs_the_same_when_opened(tmp_path: Path) -> None:
    spelling().save(tmp_path, "spelling")

    again = Spelling.open(tmp_path, "spelling", ORDINARY)

    for said in ("how mcuh dos it cozt", "who pays for the rehabiltaton", "the gaarden"):
        assert again.repair(said) == spelling().repair(said)


def test_what_knows_no_word_changes_nothing(tmp_path: Path) -> None:
    of_an_older_model = Spelling.open(tmp_path, "spelling", ORDINARY)

    for one in (Spelling.plain(), of_an_older_model):
        assert one.repair("how mcuh does it cots") == "how mcuh does it cots"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("how much dose lamprexol csot", "how much does lamprexol cost"),
        ("can I tlak to a persno", "can I talk to a person"),
    ],
)
def test_a_mistyped_question_is_read_as_the_one_that_was_meant(said: str, meant: str) -> None:
    reader = small_reader.reader()

    one, other = (read_message(reader, text, {}) for text in (said, meant))

    assert [(r.intent, r.topic, r.aspect) for r in one] == [(r.intent, r.topic, r.aspect) for r in other]


@pytest.mark.parametrize(("said", "name"), [("lamprexol", "lamprexol"), ("lamprexal", "lamprexol"), ("brimadone", "brimadone")])
def test_a_name_is_put_right_by_the_vocabulary(said: str, name: str) -> None:
    assert small_reader.reader().spelled(f"waht is {said}") == f"what is {name}"


def test_a_slip_that_stands_in_an_example_is_none_the_less_put_right() -> None:
    taught = [*TAUGHT * 500, "where can I prak my car"]

    assert Spelling.fit(taught, ORDINARY).repair("who can prak there") == "who can park there"


def test_a_word_that_the_examples_use_often_stays() -> None:
    taught = [*TAUGHT * 20, *["is the parc near"] * 6]

    assert Spelling.fit(taught, ORDINARY).repair("the parc there") == "the parc there"
