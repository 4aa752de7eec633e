"""Files of questions become cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk import questions
from helpdesk.errors import CommandError

ANSWERS = """
version: "3.1"
nlu:
  - intent: ask_tob1
    metadata: {facts: [F47], also: [recent_progress]}
    examples: |
      - what is tob1
      - - a question that begins with a hyphen
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, text: str) -> list[questions.Case]:
    (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return questions.read(folder)


def test_training_data_is_read_as_questions(folder: Path) -> None:
    first, second = write(folder, "answers", ANSWERS)

    assert first.turns[0].ask == "what is tob1"
    assert first.turns[0].halves[0] == questions.Wanted(("answer",), ("tob1", "recent_progress"), ("F47",))
    assert second.turns[0].ask == "- a question that begins with a hyphen"


@pytest.mark.parametrize(
    ("name", "entry", "group"),
    [
        ("near_misses", "{ask: x, route: refer}", "near misses"),
        ("fifteenth_near", "{ask: x, route: refer}", "near misses"),
        ("fifteenth_answers", "{ask: x, route: answer, topic: [tob1]}", "answers"),
        ("fifteenth_harmless", "{ask: x, route: any}", "look-alikes"),
        ("other", "{ask: x, route: refer}", "other languages"),
        ("crisis", "{ask: x, route: emergency}", "danger"),
        ("lookalikes", "{ask: x, route: answer, topic: [tob1]}", "look-alikes"),
        ("hostile", "{ask: x, route: any}", "hostile input"),
        ("people", "{ask: x, route: handoff}", "people"),
        ("advice", "{ask: x, route: answer}", "answers in disguise"),
        ("other", "{ask: x, route: [decline, miss]}", "chat and other subjects"),
        ("personal_details", "{ask: x, secrets: []}", "personal details"),
        ("two", "{ask: x, halves: [{route: answer}, {route: refer}]}", "two questions"),
    ],
)
def test_a_question_counts_in_one_line_of_the_table(folder: Path, name: str, entry: str, group: str) -> None:
    [case] = write(folder, name, f"questions: [{entry}]")

    assert case.group == group


def test_a_dialogue_is_one_case_of_several_turns(folder: Path) -> None:
    [case] = write(folder, "follow_ups", "dialogues: [{name: x, turns: [{ask: a, route: answer}, {ask: b, route: refer}]}]")

    assert [turn.ask for turn in case.turns] == ["a", "b"]


@pytest.mark.parametrize("text", ["questions: [{route: refer}]", "questions: 3", "a: b: c", "nlu: [{examples: x}]"])
def test_a_file_that_is_not_understood_is_named(folder: Path, text: str) -> None:
    with pytest.raises(CommandError, match=r"bad\.yml"):
        write(folder, "bad", text)


def test_only_some_files(folder: Path) -> None:
    write(folder, "answers", ANSWERS)

    with pytest.raises(CommandError, match="people"):
        questions.read(folder, {"people"})
