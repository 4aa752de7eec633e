"""Judge whether a message that can be cut in two asks two things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

CLUES = (
    "left", "right", "whole", "least", "same_topic", "one_topic_as_whole", "whole_is_left", "whole_is_right",
    "left_asks", "right_asks",
    "right_names", "left_names", "right_points", "sentence", "question_mark", "word", "comma", "bare",
    "compared",
    "counted", "left_short", "right_short", "right_tag", "left_answers", "right_answers", "right_refers", "left_refers",
    "right_advice", "right_handoff", "left_advice", "left_handoff", "other_routes", "routes_differ", "left_bare", "right_bare",
    "side_by_side", "other_matter", "left_tells", "begin_alike",
)  # fmt: skip
PAIRS = (
    ("same_topic", "right_answers"), ("right_names", "left_names"), ("right_asks", "right_names"), ("right_asks", "left_asks"),
    ("whole_is_left", "right"), ("whole_is_right", "left"), ("left", "right"), ("right_points", "same_topic"),
    ("right_refers", "right"), ("bare", "right_asks"), ("comma", "right_asks"), ("word", "right_asks"),
    ("right_answers", "left_answers"), ("sentence", "left_asks"), ("right_refers", "right_asks"), ("right_advice", "left_advice"),
    ("routes_differ", "same_topic"), ("routes_differ", "right_asks"), ("routes_differ", "word"), ("routes_differ", "least"),
    ("same_topic", "right_asks"), ("same_topic", "word"), ("same_topic", "sentence"), ("left_advice", "right_answers"),
    ("side_by_side", "routes_differ"), ("left_refers", "right_refers"), ("other_matter", "right_asks"),
    ("other_matter", "least"), ("same_topic", "right_refers"), ("left_tells", "left_refers"), ("left_tells", "right_answers"),
    ("left_handoff", "right_names"), ("left_handoff", "right_asks"), ("right_handoff", "right"), ("begin_alike", "left_names"),
    ("begin_alike", "right_names"), ("comma", "right_names"),
)  # fmt: skip
# Before any learning: both parts ask, and the second is not about the first.
PLAIN = {"left_asks": 3.0, "right_asks": 3.0, "right_names": 3.0, "sentence": 1.0, "question_mark": 1.0, "least": 2.0}
PLAIN_BIAS = -5.0
STRENGTH = 2.0


def matrix(rows: list[list[float]]) -> np.ndarray:
    """Return the clues with a few products, shape (n, k)."""
    table = np.asarray(rows, dtype=np.float64)
    place = {name: i for i, name in enumerate(CLUES)}
    return np.hstack([table, *(table[:, [place[a]]] * table[:, [place[b]]] for a, b in PAIRS), np.ones((len(table), 1))])


@dataclass
class Judge:
    """The weights over the clues of a cut."""

    weights: np.ndarray

    def says(self, clues: list[float]) -> float:
        """Return the probability that both parts ask something of their own."""
        return float(self.of([clues])[0])

    def of(self, rows: list[list[float]]) -> np.ndarray:
        """Return the probability of each row, shape (n,)."""
        return np.asarray(1 / (1 + np.exp(-np.clip(matrix(rows) @ self.weights, -30, 30))))

    @classmethod
    def fit(cls, rows: list[list[float]], two: list[bool]) -> Judge:
        """Learn from rows of clues; the plain judge where there is nothing to learn from."""
        if len(set(two)) < 2:
            return cls.plain()
        model = LogisticRegression(C=STRENGTH, max_iter=3000, fit_intercept=False)
        model.fit(matrix(rows), np.array(two))
        return cls(model.coef_[0].astype(np.float64))

    @classmethod
    def plain(cls) -> Judge:
        """Return the judge before any learning."""
        weights = np.zeros(matrix([[0.0] * len(CLUES)]).shape[1])
        for name, weight in PLAIN.items():
            weights[CLUES.index(name)] = weight
        weights[-1] = PLAIN_BIAS
        return cls(weights)

    def as_json(self) -> list[float]:
        """Return the weights."""
        return [round(float(w), 6) for w in self.weights]

    @classmethod
    def from_json(cls, data: list[Any]) -> Judge:
        """Read what `as_json` wrote."""
        return cls(np.array(data, dtype=np.float64))
