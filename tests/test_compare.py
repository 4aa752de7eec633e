"""The comparison with others: what it asks, and when it says that something has become worse."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from benchmarks import compare
from benchmarks.contestants import Floor, StockFaq, known_texts
from helpdesk import questions, scoring

NAME = "turn 1: stock Rasa / help desk"


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compare, "RECORDED", tmp_path / "recorded.yml")
    return tmp_path / "recorded.yml"


def test_a_ratio_that_is_worse_than_the_tolerance_allows_is_told(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare.record({NAME: 2.0}, epochs=3)

    assert compare.judge({NAME: 2.0 * (1 - compare.TOLERANCE) + 0.01}, epochs=3)
    assert "WORSE" not in capsys.readouterr().out
    assert not compare.judge({NAME: 2.0 * (1 - compare.TOLERANCE) - 0.01}, epochs=3)
    assert "WORSE" in capsys.readouterr().out


def test_what_hangs_on_the_epochs_is_compared_with_the_same_number_only(recorded: Path) -> None:
    trained = "training, processor: stock Rasa with all epochs / help desk"
    compare.record({trained: 90.0}, epochs=100)

    assert compare.judge({trained: 2.0}, epochs=2)
    assert not compare.judge({trained: 2.0}, epochs=100)


def test_without_a_record_nothing_is_worse(recorded: Path) -> None:
    assert compare.judge({NAME: 0.1}, epochs=3)


def test_a_wrong_answer_is_one_of_the_pages_where_none_or_another_was_wanted() -> None:
    wanted = questions.Wanted(("answer",), ("tob1",), ("F47",))
    case = questions.Case("x-1", "answers", (questions.Turn("what is tob1", (wanted,)),))
    line = {"kind": "call", "title": "Call", "href": f"tel:{scoring.TEL}"}

    def reply(route: str, topic: str | None, facts: list[str]) -> dict[str, object]:
        half = {"route": route, "text": "…", "topic": topic, "facts": facts}
        return {"route": route, "text": "…", "answers": [half], "actions": [line]}

    assert compare.verdict(case, reply("answer", "tob1", ["F47"]), {}) == "right"
    assert compare.verdict(case, reply("answer", "vitamin_d", ["F50"]), {}) == "wrong answer"
    assert compare.verdict(case, reply("refer", None, []), {}) == "miss or line"


def test_the_faq_project_has_a_text_for_each_of_its_questions(tmp_path: Path) -> None:
    [data, _], domain = StockFaq(tmp_path, 1, {}).files()
    content = yaml.safe_load(data.read_text(encoding="utf-8"))
    asked = {block["intent"] for block in content["nlu"] if block["intent"].startswith("faq/")}
    flat = {block["intent"] for block in content["nlu"]} - asked
    known = known_texts()

    assert len(asked) > 100
    assert not [intent for intent in asked if f"utter_{intent}" not in content["responses"]]
    assert set(yaml.safe_load(domain.read_text(encoding="utf-8"))["intents"]) == {"faq", *flat}
    assert all(one["text"].strip() in known for name in asked for one in content["responses"][f"utter_{name}"])


def test_the_floor_answers_with_one_text_as_the_widget_would_hear_it(tmp_path: Path) -> None:
    with Floor(tmp_path / "floor").serve() as served:
        talk = served.begin()
        first, second = talk.ask("What is Tob1?"), talk.ask("and a second thing")
        talk.close()

    assert first["text"] == second["text"]
    assert (first["route"], first["author"]) == ("answer", "bot")
    assert second["reply_to"] > first["reply_to"]
