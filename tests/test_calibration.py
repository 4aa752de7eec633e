"""Fitting the gate and its threshold: on the development questions and never on the held-out ones."""

from __future__ import annotations

import ast
import builtins
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from extensions import calibration, splitting, vocabulary
from extensions.beside import BesideError, beside
from extensions.grid import Grid
from extensions.understanding import Understanding
from tests import small_reader

ROOT = Path(__file__).resolve().parent.parent
HELD_OUT = ROOT / "tests" / "heldout"

FILE = """
questions:
  - {ask: "what is tob1", route: answer, topic: [tob1], facts: [F47]}
  - {ask: "what does it cost", route: refer}
  - {ask: "what is tob1 and what is menopause", halves: [{route: answer, topic: [tob1]}, {route: answer, topic: [menopause]}]}
dialogues:
  - id: d1
    turns:
      - {ask: "hello", route: smalltalk}
      - {ask: "what is tob1", route: answer, topic: [tob1], facts: [F47]}
      - {ask: "who found it", route: answer, topic: [tob1], facts: [F47]}
      - {ask: "and menopause?", route: answer, topic: [menopause, recent_progress], facts: [F50]}
      - {ask: "thanks", route: smalltalk}
      - {ask: "how many women were in it", route: refer}
"""


@pytest.fixture
def questions(tmp_path: Path) -> list[dict[str, Any]]:
    (tmp_path / "a.yml").write_text(FILE, encoding="utf-8")
    return calibration.read_questions(tmp_path)


def test_a_turn_of_a_dialogue_has_the_topic_in_hand(questions: list[dict[str, Any]]) -> None:
    held = {q["ask"]: q["context"].get("topic") for q in questions if "context" in q}

    assert held == {
        "hello": None,
        "what is tob1": None,
        "who found it": "tob1",
        "and menopause?": "tob1",
        "thanks": "menopause",
        "how many women were in it": "menopause",
    }


def test_one_dialogue_knows_nothing_of_another(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(FILE + FILE.split("dialogues:")[1].replace("d1", "d2"), encoding="utf-8")

    assert [q["context"] for q in calibration.read_questions(tmp_path) if q["ask"] == "hello"] == [{}, {}]


def test_a_message_of_two_questions_is_not_taken_for_one(questions: list[dict[str, Any]]) -> None:
    assert all("route" not in q and len(q["halves"]) == 2 for q in questions if "halves" in q)
    assert any("halves" in q for q in questions)


def test_the_files_are_read_in_the_same_order_everywhere(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.yml").write_text(f'questions: [{{ask: "{name}", route: refer}}]', encoding="utf-8")

    assert [q["ask"] for q in calibration.read_questions(tmp_path)] == ["a", "b", "c"]


def test_a_file_without_questions_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("questions:\n", encoding="utf-8")

    assert calibration.read_questions(tmp_path) == []


# -- the threshold -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def noisy() -> dict[str, Any]:
    """Return the report of a calibration where the words of some questions mislead."""
    taught = small_reader.examples()
    grid = Grid.of(small_reader.responses(), ((e.intent, e.aspect) for e in taught))
    asked = small_reader.questions()
    for question in asked[::5]:
        if question["route"] == "answer":
            question["route"] = "refer"
    _, report = calibration.fit(taught, grid, small_reader.SUBJECTS, small_reader.encoder(), asked)
    return report


def test_the_threshold_is_where_the_curve_is_lowest(noisy: dict[str, Any]) -> None:
    costs = {point["lean"]: point["cost"] for point in noisy["curve"]}

    assert costs[noisy["limits"]["lean"]] <= min(costs.values()) + calibration.LEVEL
    assert max(costs.values()) > min(costs.values())


def test_a_stricter_threshold_refuses_more_and_lets_less_through(noisy: dict[str, Any]) -> None:
    curve = noisy["curve"]

    for looser, stricter in zip(curve, curve[1:]):
        assert looser["lean"] < stricter["lean"]
        assert looser["answers_refused"] <= stricter["answers_refused"]
        assert looser["others_answered"] >= stricter["others_answered"]
    assert curve[0]["others_answered"] > curve[-1]["others_answered"]


def test_the_reader_works_with_what_was_chosen() -> None:
    reader, report = small_reader.fitted()

    assert reader.limits.lean == report["limits"]["lean"]
    assert reader.limits.lean_held == report["limits"]["lean_held"]
    assert reader.gate.as_json() == report["gate"]


def test_development_questions_move_the_gate(noisy: dict[str, Any]) -> None:
    _, plain = small_reader.fitted()

    assert noisy["gate"] != plain["gate"]


# -- many at once --------------------------------------------------------------------------------------------------


def test_the_gate_says_of_many_rows_what_it_says_of_each() -> None:
    gate = small_reader.reader().gate
    rows = np.random.default_rng(0).random((20, len(calibration.CLUES))).tolist()

    assert list(gate.of(rows)) == pytest.approx([gate.says(row) for row in rows])


def test_an_example_is_compared_with_every_other_and_not_with_itself() -> None:
    known = small_reader.reader().known
    plain, masked = known.sims_of(np.array([3, 0, 7]))

    for row, (one, other) in enumerate(zip((p.all for p in plain), (m.all for m in masked))):
        place = (3, 0, 7)[row]
        assert one[place] == other[place] == 0.0
        others = np.arange(len(one)) != place
        np.testing.assert_allclose(one[others], (known.plain @ known.plain[place])[others], atol=1e-5)
        np.testing.assert_allclose(other[others], (known.masked @ known.masked[place])[others], atol=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "who funds the harbor study and where was brimadone done?",
        "My wife has ms. I read about lamprexol, did it work? And is there parking at the clinic - thanks",
        "hello",
    ],
)
def test_whatever_is_read_to_part_a_message_is_at_hand(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = small_reader.reader()
    alone = splitting.parts(reader, text, reader.read(text), {})
    monkeypatch.setattr(reader, "_lately", None)

    with reader.at_hand(splitting.pieces(reader, text)):
        parted = splitting.parts(reader, text, reader.read(text), {})

    assert [one.cut for one in parted] == [one.cut for one in alone]


# -- what is done beside -------------------------------------------------------------------------------------------


def test_what_is_done_beside_gives_what_it_finds() -> None:
    first, second = beside(divmod, 17, 5), beside(divmod, 9, 2)

    assert (second(), first()) == ((4, 1), (3, 2))


def test_an_error_beside_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        beside(divmod, 1, 0)()


def test_a_process_that_is_ended_is_no_answer() -> None:
    with pytest.raises(BesideError):
        beside(os._exit, 9)()


# -- what it may not read ------------------------------------------------------------------------------------------


def test_held_out_questions_are_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read everything that a training reads beside Rasa's own data, and note each file."""
    opened: list[Path] = []

    def noting(real: Any) -> Any:
        def open_(file: Any, *args: Any, **more: Any) -> Any:
            opened.append(Path(str(file)).resolve())
            return real(file, *args, **more)

        return open_

    monkeypatch.setattr(builtins, "open", noting(builtins.open))
    monkeypatch.setattr(io, "open", noting(io.open))
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *args, **more: (opened.append(self.resolve()), real(self, *args, **more))[1])

    Understanding.fingerprint_addon(Understanding.get_default_config())
    vocabulary.read(ROOT / "data" / "vocabulary")
    calibration.read_questions(ROOT / "data" / "development")

    assert any((ROOT / "data" / "development") in path.parents for path in opened)
    assert not [path for path in opened if HELD_OUT in path.parents]


def test_no_code_inside_rasa_names_their_folder() -> None:
    for path in sorted((ROOT / "extensions").glob("*.py")):
        constants = [n.value for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)]
        assert not [c for c in constants if isinstance(c, str) and "heldout" in c]
