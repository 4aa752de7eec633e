"""Whose words a text's own words are, and which a topic does not know."""

from __future__ import annotations

import pytest

from extensions.familiar import Familiar, stem
from extensions.grid import Grid
from extensions.reader import Example

TEXTS = {
    "lamprexol": "Lamprexol was tried in 250 people in London.",
    "brimadone": "Brimadone was given to mice. It is a trial from Europe.",
    "harbor_study": "The Harbor study followed women for years.",
}
EXAMPLES = [
    Example("how many people took it", "follow_up", "people"),
    Example("is it a tablet", "ask_lamprexol"),
    Example("did the mice on it walk", "ask_brimadone"),
    Example("which women were followed", "ask_harbor_study"),
    Example("what did it do to their sleep", "not_covered", topic="lamprexol"),
    Example("sleep and it", "not_covered", topic="lamprexol"),
    Example("did it help with sleep, or with walking, or with pain, or only with speech", "ask_lamprexol"),
    Example("good bot", "compliment"),
]


@pytest.fixture(scope="module")
def words() -> Familiar:
    routes = {"compliment": "smalltalk", "follow_up": "clarify", "not_covered": "refer"}
    grid = Grid(routes={**routes, **{f"ask_{topic}": "answer" for topic in TEXTS}}, texts=TEXTS)
    return Familiar.fit(EXAMPLES, [one.text for one in EXAMPLES], grid, frozenset({"half", "life", "tablet"}))


def test_a_word_that_no_example_or_text_of_a_topic_holds_is_strange_to_it(words: Familiar) -> None:
    assert words.strange("and the half-life", "lamprexol") == 1.0
    assert words.strange("is it a tablet", "lamprexol") == 0.0
    assert words.strange("how many people", "brimadone") == 0.0


def test_a_slip_of_a_word_that_is_known_is_not_strange(words: Familiar) -> None:
    assert words.strange("tabblet", "lamprexol") == 0.0


def test_what_a_topic_leaves_out_sooner_than_it_says_it_is_left(words: Familiar) -> None:
    assert words.left("and the half-life", "lamprexol") and words.left("sleep", "lamprexol")
    assert not words.left("the tablet", "lamprexol") and not words.left("the", "lamprexol")


@pytest.mark.parametrize(
    ("text", "topic"), [("the one with 250", "lamprexol"), ("the European one", "brimadone"), ("the women one", None)]
)
def test_a_thing_is_known_by_the_words_that_are_far_sooner_its_own(words: Familiar, text: str, topic: str | None) -> None:
    assert words.whose(text, "harbor_study", ["lamprexol", "brimadone"]) == topic


def test_words_of_its_own_bring_a_topic_back(words: Familiar) -> None:
    assert words.owns("the women then", "harbor_study")
    assert not words.owns("the tablet then", "harbor_study") and not words.owns("good", "harbor_study")


def test_what_was_kept_knows_the_same_words(words: Familiar) -> None:
    again = Familiar(**words.as_json(), ordinary=words.ordinary)

    assert again.as_json() == words.as_json() and again.strange("the half-life", "lamprexol") == 1.0


def test_a_place_and_what_comes_from_there_are_one_word() -> None:
    assert stem("european") == stem("europe")
    assert stem("italian") == stem("italy")
