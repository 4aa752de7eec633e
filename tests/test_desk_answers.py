"""The bot's answers as the desk reads them from their files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpdesk.desk.answers import LOOK_SECONDS, Answers
from tests.clock import Clock

FILE = """responses:
  utter_{topic}:
  - text: "{text}"
    metadata: {{question: "What is {topic}?", page: A page, section: "", as_of: "2015"}}
"""


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


@pytest.fixture
def answers(tmp_path: Path, clock: Clock) -> Answers:
    (tmp_path / "answers").mkdir()
    write(tmp_path, "tob1", "A molecule.")
    write(tmp_path, "vitamin_d", "A vitamin.")
    return Answers(tmp_path, clock)


def write(data: Path, topic: str, text: str) -> None:
    path = data / "answers" / f"{topic}.yml"
    path.write_text(FILE.format(topic=topic, text=text), encoding="utf-8")


def texts(answers: Answers, *off: str) -> list[str]:
    return [one.text for one in answers.find(off=off)]


def test_what_is_switched_off_is_left_out(answers):
    assert texts(answers, "tob1") == ["A vitamin."]
    assert texts(answers) == ["A molecule.", "A vitamin."]


def test_a_file_that_changed_is_read_again(answers, clock):
    assert "A molecule." in texts(answers)
    write(answers.data, "tob1", "A small molecule.")
    clock.now += LOOK_SECONDS

    assert texts(answers) == ["A small molecule.", "A vitamin."]


def test_a_file_of_the_same_length_that_changed_is_read_again(answers, clock):
    assert "A molecule." in texts(answers)
    write(answers.data, "tob1", "A malecule.")
    os.utime(answers.data / "answers" / "tob1.yml", ns=(10**18, 10**18))
    clock.now += LOOK_SECONDS

    assert "A malecule." in texts(answers)


def test_files_that_come_and_go_are_noticed(answers, clock):
    assert len(texts(answers)) == 2
    write(answers.data, "iron", "A metal.")
    (answers.data / "answers" / "tob1.yml").unlink()
    clock.now += LOOK_SECONDS

    assert texts(answers) == ["A metal.", "A vitamin."]


def test_the_files_are_not_looked_at_for_every_letter_of_a_search(answers, clock):
    texts(answers)
    write(answers.data, "tob1", "A small molecule.")
    clock.now += LOOK_SECONDS / 2

    assert "A molecule." in texts(answers)
