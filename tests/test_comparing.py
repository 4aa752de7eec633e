"""What two models made of the same questions, side by side."""

from __future__ import annotations

from pathlib import Path

from helpdesk import comparing, measured
from helpdesk.comparing import Comparison, Confusion, Figure
from helpdesk.comparing_models import compare
from helpdesk.measured import HELD_OUT, MUST, REAL, SAVED, Half, Held, Measures, Said


def one(
    ask: str,
    got: str,
    verdict: str | None = "right",
    *,
    set: str = HELD_OUT,
    group: str = "answers",
    sure: float | None = 0.9,
    source: str | None = None,
) -> Held:
    """Return what came back to one question; `got` is `route topic`."""
    route, _, topic = got.partition(" ")
    return Held(set, group, (Said(ask, route, (Half(route, topic or None, sure),), "answer tob1", "tob1"),), verdict, source)


def measures(*held: Held) -> Measures:
    return Measures(held)


BEFORE = measures(
    one("what is tob1", "answer tob1"),
    one("tell me of tob1", "refer tob1", "referred"),
    one("tob one?", "answer tob1"),
    one("molecule", "answer vitamin_d", "wrong topic"),
    one("the marker", "answer lipoic_acid", "wrong topic"),
)
AFTER = measures(
    one("what is tob1", "answer tob1"),
    one("tell me of tob1", "answer tob1"),
    one("tob one?", "answer vitamin_d", "wrong topic"),
    one("molecule", "handoff", "taken for handoff"),
    one("the marker", "answer vitamin_d", "wrong topic"),
)


def made() -> Comparison:
    return compare("new", AFTER, "old", BEFORE)


def test_the_sentences_come_first_and_tell_what_changes() -> None:
    first = made().sentences[0]

    assert first.startswith("4 of 5 questions would be answered differently: 1 better, 1 worse, 1 now goes to a person, 1 ")


def test_what_is_worse_stands_first() -> None:
    changes = made().changes

    assert [(change.ask, change.verdict) for change in changes] == [
        ("tob one?", "worse"),
        ("molecule", "person"),
        ("the marker", "different"),
        ("tell me of tob1", "better"),
    ]
    assert (changes[0].before.topic, changes[0].after.topic, changes[0].said) == ("tob1", "vitamin_d", "wrong topic")


def test_the_figures_of_both_models() -> None:
    assert made().figures == (Figure(HELD_OUT, "answers", 5, after=2, before=2),)
    assert made().sentences[1].startswith("Of 5 held-out questions 2 are answered right, as many as now")


def test_nothing_changes() -> None:
    same = compare("new", AFTER, "old", AFTER)

    assert same.changes == ()
    assert same.sentences[0] == "None of 5 questions would be answered differently."


def test_a_question_that_is_right_in_another_way_is_no_change_for_the_better() -> None:
    wordier = Held(HELD_OUT, "answers", BEFORE.held[0].turns, "fact missing")

    changes = compare("new", measures(wordier), "old", measures(BEFORE.held[0])).changes

    assert [change.verdict for change in changes] == ["worse"]


def test_the_turn_of_a_dialogue_that_differs_is_shown() -> None:
    def dialogue(second: str, verdict: str) -> Held:
        turns = [one(ask, got).turns[0] for ask, got in (("what is tob1", "answer tob1"), ("and who pays", second))]
        return Held(HELD_OUT, "dialogues", tuple(turns), verdict)

    before, after = measures(dialogue("refer tob1", "right")), measures(dialogue("miss", "not understood"))
    (change,) = compare("new", after, "old", before).changes

    assert (change.ask, change.before.route, change.after.route, change.verdict) == ("and who pays", "refer", "miss", "worse")


def test_without_a_live_model_there_are_figures_of_the_new_one_alone() -> None:
    alone = compare("new", AFTER)

    assert alone.changes == ()
    assert [figure.before for figure in alone.figures] == [None]
    assert "Nothing is live yet" in alone.sentences[0]


def test_a_question_that_the_live_model_was_never_asked_is_not_compared() -> None:
    new = one("a new test", "answer tob1", set=SAVED, group=SAVED)

    found = compare("new", measures(*AFTER.held, new), "old", BEFORE)

    assert [figure.before for figure in found.figures if figure.set == SAVED] == [None]
    assert len(found.changes) == 4


def test_topics_that_are_taken_for_each_other_are_counted() -> None:
    assert made().confusions == (Confusion("tob1", "vitamin_d", 2), Confusion("tob1", "handoff", 1))


def test_the_histogram_has_a_bin_for_every_tenth() -> None:
    sure = [0.0, 0.05, 0.55, 0.999, 1.0, None]
    found = compare("new", measures(*(one(f"q{i}", "answer tob1", sure=value) for i, value in enumerate(sure))))

    assert found.confidence_after == (2, 0, 0, 0, 0, 1, 0, 0, 0, 2)


def test_what_must_be_right_and_is_not_is_named() -> None:
    wrong = one("I want to die", "smalltalk", "not seen (smalltalk)", set=MUST, group="danger")
    broken = one("what is tob1", "miss", "not understood", set=SAVED, group=SAVED)

    found = compare("new", measures(wrong, broken))

    assert [(failure.ask, failure.set) for failure in found.failures] == [("I want to die", MUST), ("what is tob1", SAVED)]
    assert "1 of 1 sentence that must be right came out wrong." in found.sentences
    assert "1 of 1 saved test came out wrong." in found.sentences


def test_of_visitors_messages_only_those_that_may_still_be_read_are_shown() -> None:
    def visitor(number: int, got: str) -> Held:
        return one("", got, None, set=REAL, group=REAL, source=f"c1:{number}")

    found = compare(
        "new",
        measures(visitor(2, "handoff"), visitor(4, "miss")),
        "old",
        measures(visitor(2, "answer tob1"), visitor(4, "refer")),
    )

    assert [change.verdict for change in found.changes] == ["person", "different"]
    assert [change.ask for change in found.with_words({"c1:2": "what is it"}).changes] == ["what is it"]


def test_it_survives_the_file(tmp_path: Path) -> None:
    comparing.write(tmp_path, made())
    measured.write(tmp_path, AFTER)

    assert comparing.read(tmp_path) == made()
    assert measured.read(tmp_path) == AFTER


def test_a_file_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / comparing.FILE).write_text("{", encoding="utf-8")

    assert comparing.read(tmp_path) is None
    assert measured.read(tmp_path) is None


def test_what_visitors_said_is_not_among_what_is_kept() -> None:
    spoken = one("", "miss", None, set=REAL, group=REAL, source="c1:2")

    assert measures(*AFTER.held, spoken).without_visitors() == AFTER
