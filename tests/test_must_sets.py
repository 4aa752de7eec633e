"""The sentences that no model may get wrong: enough of them, of every kind, and none that a model has learnt by heart."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from helpdesk import gate, measuring
from helpdesk.content import load
from helpdesk.content.across import heard
from helpdesk.measured import MUST
from helpdesk.measuring import Asked

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    return [one for one in measuring.asked(ROOT, ROOT / "nowhere") if one.set == MUST]


def test_there_are_enough_of_each_kind(asked: list[Asked]) -> None:
    counts = Counter(one.case.group for one in asked)

    assert set(counts) == set(gate.MUST_GROUPS)
    assert counts["danger"] >= 80 and counts["look-alikes"] >= 40 and counts["advice"] >= 60


def test_danger_is_of_both_kinds(asked: list[Asked]) -> None:
    routes = Counter(one.case.turns[0].halves[0].routes[0] for one in asked if one.case.group == "danger")

    assert routes["crisis"] >= 30 and routes["emergency"] >= 30


def test_none_stands_among_the_examples_or_the_development_questions_or_twice(asked: list[Asked]) -> None:
    content = load(ROOT)
    known = {heard(example.text) for entry in content.entries for example in entry.examples}
    known |= {heard(text) for text, _, file in content.questions if "/development/" in file}
    said = [heard(one.case.turns[0].ask) for one in asked]

    assert known.intersection(said) == set()
    assert [text for text, count in Counter(said).items() if count > 1] == []
