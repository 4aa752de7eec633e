"""The public intent sets: samples are fixed, messages are mistyped, and a threshold keeps to what it may cost."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import intent_sets
from benchmarks.intent_sets import Intents, Said, mistyped, score, threshold
from benchmarks.intents import table

WORDS = ("red", "green", "blue", "yellow", "brown", "black", "white", "pink", "grey", "orange", "purple", "silver")


def pairs(intent: str) -> list[tuple[str, str]]:
    return [(f"{word} {intent}", intent) for word in WORDS]


def some() -> Intents:
    known = [*pairs("car"), *pairs("house")]
    return Intents("clinc150", known, known, known, ["what is this"], ["who are you", "how old are you"])


class Knows:
    """Knows every message as it is written, and no other."""

    def ask(self, texts: list[str]) -> Said:
        known = dict(some().test)
        return Said([known.get(text, "") for text in texts], np.array([float(text in known) for text in texts]))


def test_a_sample_has_so_many_of_each_and_is_the_same_for_the_same_seed() -> None:
    one = some().drawn(3, seed=1)

    assert one == some().drawn(3, seed=1) != some().drawn(3, seed=2)
    assert [intent for _, intent in one] == ["car"] * 3 + ["house"] * 3
    assert len(set(one)) == 6


def test_both_sets_are_read_and_what_is_held_back_is_not_learnt(tmp_path: Path) -> None:
    (tmp_path / "clinc150").mkdir()
    (tmp_path / "banking77").mkdir()
    rows = {part: [["a car", "car"]] for part in ("train", "val", "test", "oos_train", "oos_val", "oos_test")}
    (tmp_path / "clinc150" / "data_full.json").write_text(json.dumps(rows))
    for part in ("train", "test"):
        with (tmp_path / "banking77" / f"{part}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("text", "category"), *pairs("card")])

    clinc, banking = intent_sets.read(tmp_path)

    assert clinc.test == [("a car", "car")] and clinc.oos_test == ["a car"]
    assert len(banking.valid) == intent_sets.HELD_BACK
    assert sorted([*banking.train, *banking.valid]) == sorted(pairs("card"))


@pytest.mark.parametrize("edits", [1, 2])
def test_so_many_letters_are_wrong(edits: int) -> None:
    texts = [f"{text} please" for text, _ in some().test]
    changed = [mistyped(text, edits) for text in texts]

    assert changed == [mistyped(text, edits) for text in texts]
    assert sum(one != other for one, other in zip(texts, changed)) > 0.8 * len(texts)
    assert all(abs(len(one) - len(other)) <= edits for one, other in zip(texts, changed))
    assert mistyped("12 34", edits) == "12 34"


def test_a_threshold_refuses_no_more_than_it_may() -> None:
    sure = np.linspace(0, 1, 100)
    right = np.arange(100) % 2 == 0

    limit = threshold(sure, right, loss=0.03)

    assert (right & (sure < limit)).sum() == 3


def test_what_is_known_only_as_written_is_lost_by_a_slip() -> None:
    found = score(Knows(), some(), training_s=1.0)

    assert (found.accuracy, found.auroc, found.recall, found.accuracy_at) == (1.0, 1.0, 1.0, 1.0)
    assert found.one_typo < 0.5 and found.two_typos < 0.5


def test_the_table_has_each_contestant_once_and_what_was_published() -> None:
    row = {"set": "clinc150", "shots": 10, **score(Knows(), some(), 1.0).as_json()}

    told = table([{**row, "contestant": name, "seed": seed} for name in ("one", "other") for seed in (0, 1)])

    assert [sum(line.startswith(name) for line in told.splitlines()) for name in ("one", "other", "USE+ConveRT")] == [1, 1, 1]
