"""`helpdesk measure` against a running web process with an assistant that does as it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpdesk import measure, measuring
from helpdesk.console import Console
from helpdesk.settings import ROOT
from tests.web import FakeAssistant, RealServer, answer

QUESTIONS = """
questions:
  - {ask: "what is tob1", route: answer, topic: [tob1], facts: []}
  - {ask: "what is vitamin d", route: answer, topic: [vitamin_d], facts: []}
  - {ask: "call me at 303-555-0142", secrets: ["303-555-0142"]}
  - {ask: "///", route: any}
"""


@pytest.fixture
def report(tmp_path: Path, server: RealServer, assistant: FakeAssistant) -> measure.Report:
    assistant.answers = lambda question: (answer(f"About {question.text}"),)
    (tmp_path / "questions").mkdir()
    for name, part in zip(("answers", "hostile"), (QUESTIONS.rsplit("\n  -", 1)), strict=True):
        text = part if name == "answers" else f"questions:\n  -{part}"
        (tmp_path / "questions" / f"{name}.yml").write_text(text, encoding="utf-8")
    return measure.run(tmp_path / "questions", url=server.url, only=None, console=Console())


def test_every_question_is_asked_and_scored(report: measure.Report) -> None:
    verdicts = {one.case.id: one.verdict for one in report.scored}

    assert verdicts == {"answers-1": "right", "answers-2": "wrong topic", "answers-3": "right", "hostile-1": "right"}


def test_the_table_and_its_goals(report: measure.Report) -> None:
    table = report.as_table(show=True)

    assert "wrong topic 1" in table
    assert "'what is vitamin d' wanted answer vitamin_d" in table
    assert report.missed_goals() == ["answers"]
    assert report.topics() == {"tob1": (1, 1), "vitamin_d": (0, 1)}


def test_the_figures_as_json(report: measure.Report) -> None:
    told = json.loads(report.as_json())

    assert told["groups"]["answers"]["share"] == 0.5
    assert told["groups"]["answers"]["failures"][0]["verdict"] == "wrong topic"


def test_secrets_are_found_in_files_as_they_are_and_as_json_writes_them(tmp_path: Path) -> None:
    (tmp_path / "one.log").write_bytes(b"x 303-555-0142 y")
    (tmp_path / "two.db").write_bytes(json.dumps("Jos\u00e9 Example").encode())

    assert measure.files_with(tmp_path, ["303-555-0142", "Jos\u00e9 Example", "none of it"]) == [
        "one.log: 303-555-0142",
        "two.db: Jos\u00e9 Example",
    ]


def test_the_exact_strings_of_the_facts_are_read() -> None:
    assert measuring.read_exact(ROOT / "data" / "facts.yml")["F47"]
