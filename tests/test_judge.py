"""The judge of messages that can be cut in two."""

from __future__ import annotations

import numpy as np

from extensions.judge import CLUES, Judge


def clues(**given: float) -> list[float]:
    return [float(given.get(name, 0.0)) for name in CLUES]


BOTH_ASK = clues(left_asks=1, right_asks=1, right_names=1, left=0.9, right=0.9)
STORY = clues(right_asks=1, left=0.4, right=0.9)


def test_the_plain_judge_cuts_where_both_parts_ask() -> None:
    assert Judge.plain().says(BOTH_ASK) > 0.5 > Judge.plain().says(STORY)


def test_with_nothing_to_learn_from_it_stays_plain() -> None:
    assert Judge.fit([STORY], [False]).says(BOTH_ASK) == Judge.plain().says(BOTH_ASK)


def test_it_learns_what_it_is_shown() -> None:
    taught = Judge.fit([BOTH_ASK, STORY] * 20, [False, True] * 20)

    assert taught.says(STORY) > 0.5 > taught.says(BOTH_ASK)


def test_what_is_kept_judges_alike() -> None:
    taught = Judge.fit([BOTH_ASK, STORY] * 20, [True, False] * 20)

    np.testing.assert_allclose(Judge.from_json(taught.as_json()).of([BOTH_ASK, STORY]), taught.of([BOTH_ASK, STORY]), atol=1e-4)
