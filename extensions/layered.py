"""A linear classifier with a hidden layer beside it, which learns what the linear one gets wrong.

The linear one is at its optimum and stays as it is; the layer's part is added to its scores. Dropout (Srivastava et al., 2014)
keeps the layer from learning the examples by heart; the steps are Adam's (Kingma and Ba, 2015), with decoupled weight decay.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from extensions.linear import Linear

# Chosen on development questions; twice the width or the epochs gain little more.
WIDTH, EPOCHS, BATCH, RATE, DROPPED, DECAY = 512, 12, 256, 5e-3, 0.5, 1e-3
MEAN, SPREAD, LEAST = 0.9, 0.999, 1e-7  # of Adam
SEED = 0


class Layered:
    """`Linear` plus `max(rows @ first + bias, 0) @ second`; `first` is (inputs, WIDTH), `second` (WIDTH, labels)."""

    def __init__(self, linear: Linear, first: np.ndarray, bias: np.ndarray, second: np.ndarray) -> None:
        self.linear, self._first, self._bias, self._second = linear, first, bias, second
        self.labels = linear.labels

    @classmethod
    def fit(cls, rows: np.ndarray, labels: list[str]) -> Layered:
        """Learn `labels` from `rows`, always the same from the same."""
        linear = Linear.fit(rows, labels)
        dice = np.random.default_rng(SEED)
        rows = rows.astype(np.float32, copy=False)
        wanted = np.searchsorted(linear.labels, labels)
        plain = linear.weigh(rows)
        inputs, outputs = rows.shape[1], len(linear.labels)
        first = dice.standard_normal((inputs, WIDTH), dtype=np.float32) * np.float32(np.sqrt(2 / (inputs + WIDTH)))
        bias, second = np.zeros(WIDTH, dtype=np.float32), np.zeros((WIDTH, outputs), dtype=np.float32)
        steps = _Steps([first, bias, second], EPOCHS * -(-len(rows) // BATCH))
        for some in _batches(len(rows), dice):
            part = rows[some]
            hidden = part @ first + bias
            passing = (hidden > 0) & (dice.random(hidden.shape, dtype=np.float32) >= DROPPED)
            hidden *= passing
            hidden /= 1 - DROPPED
            wrong = _shares(plain[some] + hidden @ second)
            wrong[np.arange(len(some)), wanted[some]] -= 1
            wrong /= len(some)
            back = wrong @ second.T
            back *= passing
            back /= 1 - DROPPED
            steps.take([part.T @ back, back.sum(axis=0), hidden.T @ wrong])
        return cls(linear, first, bias, second)

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Return probabilities, shape (n, len(labels))."""
        return _shares(self.linear.weigh(rows) + np.maximum(rows @ self._first + self._bias, 0) @ self._second)

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays under `folder`."""
        self.linear.save(folder, name)
        np.savez(folder / f"{name}_layer.npz", first=self._first, bias=self._bias, second=self._second)

    @classmethod
    def open(cls, folder: Path, name: str) -> Layered:
        """Read what `save` wrote."""
        numbers = np.load(folder / f"{name}_layer.npz", allow_pickle=False)
        return cls(Linear.open(folder, name), numbers["first"], numbers["bias"], numbers["second"])


class _Steps:
    """Adam over some arrays, which it changes, at a rate that falls to nothing."""

    def __init__(self, arrays: list[np.ndarray], most: int) -> None:
        self._arrays, self._most, self._taken = arrays, most, 0
        self._means = [np.zeros_like(array) for array in arrays]
        self._spreads = [np.zeros_like(array) for array in arrays]

    def take(self, slopes: list[np.ndarray]) -> None:
        """Go one step down these slopes."""
        rate = RATE * 0.5 * (1 + np.cos(np.pi * self._taken / self._most))
        self._taken += 1
        length = np.float32(rate * np.sqrt(1 - SPREAD**self._taken) / (1 - MEAN**self._taken))
        for array, slope, mean, spread in zip(self._arrays, slopes, self._means, self._spreads):
            mean *= MEAN
            mean += np.float32(1 - MEAN) * slope
            spread *= SPREAD
            spread += np.float32(1 - SPREAD) * slope * slope
            if array.ndim == 2:
                array *= np.float32(1 - rate * DECAY)
            array -= length * mean / (np.sqrt(spread) + LEAST)


def _batches(size: int, dice: np.random.Generator) -> Iterator[np.ndarray]:
    for _ in range(EPOCHS):
        order = dice.permutation(size)
        yield from (order[start : start + BATCH] for start in range(0, size, BATCH))


def _shares(scores: np.ndarray) -> np.ndarray:
    """Return the scores as probabilities: their powers, each row brought to one."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
