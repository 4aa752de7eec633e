"""What tells a wish for advice from a question of fact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extensions.advising import CLUES, QUICK, Advising
from extensions.gate import NARROW


def clues(**given: float) -> list[float]:
    return [given.get(name, 0.0) for name in CLUES]


def says(advising: Advising, given: list[float]) -> float:
    return advising.says(given[: len(QUICK)], lambda: given[len(QUICK) :])


LIKE_ADVICE = clues(share=-1.0, near_advice=0.9, near_fact=0.5)
LIKE_A_FACT = clues(share=1.0, near_advice=0.5, near_fact=0.9)


def test_before_any_learning_who_asks_what_to_do_wants_advice() -> None:
    plain = Advising.plain()

    assert says(plain, clues(share=-3.0, personal=1.0)) > 0.5 > says(plain, clues(share=-1.0))


def test_where_the_quick_clues_are_sure_nobody_looks_for_what_is_near() -> None:
    taught = Advising.plain().fitted([clues(share=-9.0, own=1.0), clues(share=9.0)] * 20, [True, False] * 20)

    assert taught.says([90.0, *[0.0] * (len(QUICK) - 1)], lambda: pytest.fail("it was looked for")) < 0.5


def test_with_nothing_to_learn_from_it_stays_plain() -> None:
    plain = Advising.plain()

    assert plain.fitted([LIKE_A_FACT], [False]) is plain


def test_it_learns_what_it_is_shown() -> None:
    taught = Advising.plain().fitted([LIKE_ADVICE, LIKE_A_FACT] * 20, [True, False] * 20)

    assert says(taught, LIKE_ADVICE) > 0.5 > says(taught, LIKE_A_FACT)


def test_a_question_stands_near_the_examples_that_are_like_it() -> None:
    rows = np.eye(4, NARROW, dtype=np.float32)
    known = Advising.plain(rows, rows[:0])

    near, masked = known.near(rows[:3].mean(axis=0), rows[0])

    assert near == pytest.approx(1 / 3)
    assert masked == 0.0


def test_what_is_kept_says_the_same(tmp_path: Path) -> None:
    rows = np.ones((5, NARROW), dtype=np.float32)
    taught = Advising.plain(rows, rows).fitted([LIKE_ADVICE, LIKE_A_FACT] * 20, [True, False] * 20)
    taught.save(tmp_path / "advising.npz")

    again = Advising.open(tmp_path / "advising.npz")

    assert says(again, LIKE_ADVICE) == says(taught, LIKE_ADVICE)
    assert again.near(rows[0], rows[0]) == taught.near(rows[0], rows[0])


def test_a_model_without_it_is_read_by_the_plain_one(tmp_path: Path) -> None:
    assert says(Advising.open(tmp_path / "advising.npz"), LIKE_ADVICE) == says(Advising.plain(), LIKE_ADVICE)
