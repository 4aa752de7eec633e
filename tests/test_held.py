"""The topic in hand: what the classifier of texts behind a topic learns from."""

from __future__ import annotations

from extensions.held import behind, label_of, lessons
from extensions.reader import Example
from tests import small_reader

GRID = small_reader.grid()
LOOSE = [
    Example("how many people took part in it", "follow_up", "people"),
    Example("where was it done", "follow_up", "where"),
    Example("what does it cost me", "ask_cost", "cost"),
]
LEFT_OUT = Example("and how old were they", "not_covered", topic="lamprexol")
NAMED = [Example(f"how many took part in lamprexol in {year}", "ask_lamprexol", "people") for year in range(1990, 2020)]


def taught(*examples: Example, named: bool = False) -> set[tuple[str, str]]:
    return set(lessons(list(examples), [named] * len(examples), GRID))


def test_a_loose_question_is_the_topics_where_its_page_covers_it_and_left_out_where_not() -> None:
    found = taught(*LOOSE)

    assert (behind("lamprexol", LOOSE[0].text), "ask_lamprexol") in found
    assert (behind("lamprexol", LOOSE[1].text), "not_covered/lamprexol") in found
    assert (behind("brimadone", LOOSE[1].text), "ask_brimadone") in found


def test_what_no_page_covers_keeps_its_referral_behind_every_topic() -> None:
    assert {label for text, label in taught(*LOOSE) if text.endswith(LOOSE[2].text)} == {"ask_cost"}


def test_what_a_page_leaves_out_is_learnt_behind_that_topic_alone() -> None:
    assert taught(LEFT_OUT) == {(behind("lamprexol", LEFT_OUT.text), "not_covered/lamprexol")}
    assert label_of(LEFT_OUT) == "not_covered/lamprexol"


def test_a_follow_up_written_for_a_topic_is_learnt_behind_that_topic_alone() -> None:
    for asks, label in ((None, "ask_lamprexol"), ("brimadone", "ask_brimadone"), ("not_covered", "not_covered/lamprexol")):
        written = Example("was it the swiss one", "follow_up", "who", behind="lamprexol", asks=asks)
        assert taught(written) == {(behind("lamprexol", written.text), label)}


def test_what_is_as_short_as_a_loose_question_is_learnt_as_itself_behind_topics() -> None:
    assert {label for _, label in taught(Example("ok then", "affirm"))} == {"affirm"}


def test_a_question_that_names_its_subject_keeps_its_own_label() -> None:
    assert {label for _, label in taught(*NAMED, named=True)} == {"ask_lamprexol"}


def test_one_sentence_more_leaves_the_lessons_of_the_others_as_they_were() -> None:
    assert taught(*NAMED, named=True) <= taught(Example("what is the harbor study", "ask_harbor_study"), *NAMED, named=True)


def test_the_lessons_are_the_same_every_time() -> None:
    assert lessons(LOOSE, [False] * 3, GRID) == lessons(LOOSE, [False] * 3, GRID)
