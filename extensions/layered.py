"""A linear classifier with a hidden layer beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from extensions.hidden import Hidden, shares
from extensions.linear import Linear


class Layered:
    """`Linear`, and `Hidden` added to its scores."""

    def __init__(self, linear: Linear, hidden: Hidden) -> None:
        self.linear, self._hidden = linear, hidden
        self.labels = linear.labels

    @classmethod
    def fit(cls, rows: np.ndarray, labels: list[str]) -> Layered:
        """Learn `labels` from `rows`."""
        linear = Linear.fit(rows, labels)
        return cls(linear, Hidden.learn(rows, linear.weigh(rows), np.searchsorted(linear.labels, labels)))

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Return probabilities, shape (n, len(labels))."""
        return shares(self.linear.weigh(rows) + self._hidden.of(rows))

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays under `folder`."""
        self.linear.save(folder, name)
        np.savez(folder / f"{name}_hidden.npz", **vars(self._hidden))

    @classmethod
    def open(cls, folder: Path, name: str) -> Layered:
        """Read what `save` wrote."""
        numbers = np.load(folder / f"{name}_hidden.npz", allow_pickle=False)
        return cls(Linear.open(folder, name), Hidden(**{part: numbers[part] for part in numbers.files}))
