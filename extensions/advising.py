"""Is it advice that is asked for, or a fact? A small logistic regression over the clues of a question."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

CLUES = (
    "share", "elsewhere", "person", "somebody", "wanting", "personal", "own", "matter", "whole", "named", "unknown", "in_hand",
    "near_advice", "near_fact",
)  # fmt: skip
# Before any learning: whose share is great enough, where somebody is spoken of or advice is worded, and no price is asked for.
PLAIN = {"share": 1.0, "somebody": 4.0, "wanting": 2.0, "personal": 6.0, "own": 6.0, "matter": -4.5, "in_hand": -4.5}
PLAIN_BIAS = -1.5
STRENGTH = 1.0
NEAREST = 3
WIDTH = 128


def top(values: np.ndarray) -> float:
    """Return the mean of the greatest few, 0 of none."""
    return float(np.partition(values, -NEAREST)[-NEAREST:].mean()) if values.size > NEAREST else 0.0


@dataclass
class Advising:
    """The weights over the clues, and the narrow vectors of the examples of advice."""

    weights: np.ndarray
    examples: np.ndarray = field(default_factory=lambda: np.zeros((0, WIDTH), dtype=np.float32))

    def near(self, row: np.ndarray) -> float:
        """Return how near a text stands to the examples of advice."""
        return top(self.examples @ row) if self.examples.size else 0.0

    def says(self, clues: list[float]) -> float:
        """Return the probability that advice is asked for."""
        return float(1 / (1 + np.exp(-np.clip(np.array([*clues, 1.0]) @ self.weights, -30, 30))))

    def fitted(self, rows: list[list[float]], advice: list[bool]) -> Advising:
        """Return it with what it learns from rows of clues; as it is where there is nothing to learn from."""
        if len(set(advice)) < 2:
            return self
        table = np.array(rows)
        middle, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
        model = LogisticRegression(C=STRENGTH, max_iter=1000).fit((table - middle) / spread, np.array(advice))
        weights = model.coef_[0] / spread
        return Advising(np.append(weights, model.intercept_[0] - weights @ middle), self.examples)

    @classmethod
    def plain(cls, examples: np.ndarray | None = None) -> Advising:
        """Return it before any learning."""
        weights = np.array([*(PLAIN.get(name, 0.0) for name in CLUES), PLAIN_BIAS])
        return cls(weights) if examples is None else cls(weights, examples)

    def save(self, path: Path) -> None:
        """Write the arrays, the vectors in half precision."""
        np.savez(path, weights=self.weights, examples=self.examples.astype(np.float16))

    @classmethod
    def open(cls, path: Path) -> Advising:
        """Read what `save` wrote; the plain one where a model was made before there was any."""
        if not path.exists():
            return cls.plain()
        kept: Any = np.load(path, allow_pickle=False)
        return cls(kept["weights"], kept["examples"].astype(np.float32))
