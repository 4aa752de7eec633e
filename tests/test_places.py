"""The first, the second, the last of the things that an answer told of."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.grid import Grid
from extensions.held import moved
from extensions.places import DESCRIBED, among, counted, lists_of
from extensions.vocabulary import Subject, Vocabulary

LISTS = {"overview": ["lamprexol", "brimadone", "harbor_study"]}
TOLD = {"topic": "overview"}


def subject(name: str, kind: str, *topics: str) -> Subject:
    return Subject(name, name, kind, topics[0] if topics else None, topics, (name,))


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("tell me about the first one", "lamprexol"),
        ("and the second", "brimadone"),
        ("the third one, who pays for it?", "harbor_study"),
        ("what about the last one?", "harbor_study"),
        ("how many people took part in the 2nd trial", "brimadone"),
        ("number three please", "harbor_study"),
        ("and two?", "brimadone"),
        ("#1", "lamprexol"),
    ],
)
def test_a_place_is_one_of_the_things_that_were_told(text: str, topic: str) -> None:
    assert counted(text, LISTS, TOLD) == topic


@pytest.mark.parametrize(
    "text", ["what happened first", "the first trials in spms", "the fourth one", "two of them", "number four", "wait a second"]
)
def test_what_names_no_place_in_the_list_means_none_of_it(text: str) -> None:
    assert counted(text, LISTS, TOLD) is None


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("the first one", "ask_a"), ("2", "ask_b"), ("number 3 please", "ask_c"), ("the last one", "ask_c"), ("4", None),
        ("the second trial, who pays", None), ("ibudilast", None),
    ],
)  # fmt: skip
def test_a_place_alone_is_one_of_the_choices(text: str, chosen: str | None) -> None:
    assert among(["ask_a", "ask_b", "ask_c"], text) == chosen
    assert among([], text) is None


@pytest.mark.parametrize("text", ["the one about women", "which one is about women", "which study was with mice"])
def test_a_thing_of_the_list_may_be_described(text: str) -> None:
    assert DESCRIBED.search(text)


def test_the_list_stays_at_hand_while_its_things_are_asked_about() -> None:
    context: dict[str, Any] = moved(moved(TOLD, "lamprexol"), "brimadone")

    assert counted("and the third one", LISTS, context) == "harbor_study"
    assert counted("and the next one", LISTS, context) == "harbor_study"
    assert counted("and the others?", LISTS, context) == "overview"
    assert counted("the other two", LISTS, context) == "overview"
    assert counted("and the third one", LISTS, moved(context, "lantern_film")) is None


def test_an_answer_lists_the_things_that_its_text_names_in_their_order() -> None:
    vocabulary = Vocabulary(
        [subject("zetadrug", "therapy", "zeta"), subject("alphatrial", "trial", "alpha"), subject("walking", "subject", "walk")]
    )
    text = "The alphatrial tests walking. Then there is zetadrug, and the alphatrial again."
    grid = Grid(texts={"overview": text}, facts={"overview": ["F1"]})

    assert lists_of(grid, vocabulary) == {"overview": ["alpha", "zeta"]}

    grid.facts["walk"] = ["F1"]
    assert lists_of(grid, vocabulary) == {"overview": ["alpha", "walk", "zeta"]}
