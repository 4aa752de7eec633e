"""Is it advice that is asked for, or a fact? A small logistic regression over the clues of a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from extensions.gate import NARROW

QUICK = (
    "share", "elsewhere", "person", "somebody", "wanting", "personal", "own", "matter", "whole", "named", "unknown", "in_hand",
)  # fmt: skip
NEAR = ("near_advice", "near_fact", "near_advice_masked", "near_fact_masked")
CLUES = QUICK + NEAR
# Outside of these the quick clues alone are sure: to find what is near takes as long as half of the reading.
UNLIKELY, LIKELY = 0.01, 0.97
# Before any learning: whose share is great enough, where somebody is spoken of or advice is worded, and no price is asked for.
PLAIN = {"share": 1.0, "somebody": 4.0, "wanting": 2.0, "personal": 6.0, "own": 6.0, "matter": -4.5, "in_hand": -4.5}
PLAIN_BIAS = -1.5
STRENGTH = 1.0
NEAREST = 3


def top(values: np.ndarray) -> float:
    """Return the mean of the greatest few, 0 of none."""
    return float(np.partition(values, -NEAREST)[-NEAREST:].mean()) if values.size > NEAREST else 0.0


@dataclass
class Advising:
    """The weights over the clues, and the narrow vectors of the examples of advice: as they are, and with the names hidden."""

    quick: np.ndarray  # over the quick clues
    weights: np.ndarray  # over all
    plain_rows: np.ndarray = field(default_factory=lambda: np.zeros((0, NARROW), dtype=np.float32))
    masked_rows: np.ndarray = field(default_factory=lambda: np.zeros((0, NARROW), dtype=np.float32))

    def near(self, plain: np.ndarray, masked: np.ndarray) -> tuple[float, float]:
        """Return how near a text stands to the examples of advice, as it is and with the names hidden."""
        return top(self.plain_rows @ plain), top(self.masked_rows @ masked)

    def says(self, quick: list[float], near: Callable[[], list[float]]) -> float:
        """Return the probability that advice is asked for; the examples are compared where the quick clues leave doubt."""
        likely = _likely(quick, self.quick)
        return _likely([*quick, *near()], self.weights) if UNLIKELY < likely < LIKELY else likely

    def fitted(self, rows: list[list[float]], advice: list[bool]) -> Advising:
        """Return it with what it learns from rows of all clues; as it is where there is nothing to learn from."""
        if len(set(advice)) < 2:
            return self
        table = np.array(rows)
        return replace(self, quick=_learnt(table[:, : len(QUICK)], advice), weights=_learnt(table, advice))

    @classmethod
    def plain(cls, *rows: np.ndarray) -> Advising:
        """Return it before any learning."""
        quick, weights = (np.array([*(PLAIN.get(name, 0.0) for name in names), PLAIN_BIAS]) for names in (QUICK, CLUES))
        return cls(quick, weights, *rows)

    def save(self, path: Path) -> None:
        """Write the arrays, the vectors in half precision."""
        half = {"plain": self.plain_rows.astype(np.float16), "masked": self.masked_rows.astype(np.float16)}
        np.savez(path, quick=self.quick, weights=self.weights, **half)

    @classmethod
    def open(cls, path: Path) -> Advising:
        """Read what `save` wrote; the plain one where a model was made before there was any."""
        if not path.exists():
            return cls.plain()
        kept: Any = np.load(path, allow_pickle=False)
        return cls(kept["quick"], kept["weights"], kept["plain"].astype(np.float32), kept["masked"].astype(np.float32))


def _learnt(table: np.ndarray, advice: list[bool]) -> np.ndarray:
    middle, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit((table - middle) / spread, np.array(advice))
    weights = model.coef_[0] / spread
    return np.append(weights, model.intercept_[0] - weights @ middle)


def _likely(clues: list[float], weights: np.ndarray) -> float:
    return float(1 / (1 + np.exp(-np.clip(np.array([*clues, 1.0]) @ weights, -30, 30))))
