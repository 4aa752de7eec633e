"""One hidden layer beside a linear classifier: it learns what that one gets wrong. Used by Rasa and by the safety net.

The linear one is at its optimum and stays as it is; the layer's part is added to its scores. Dropout (Srivastava et al., 2014)
keeps the layer from learning the examples by heart; the steps are Adam's (Kingma and Ba, 2015), with decoupled weight decay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Chosen on development questions; twice the width or the epochs gain little more.
WIDTH, EPOCHS, BATCH, RATE, DROPPED, DECAY = 512, 12, 256, 5e-3, 0.5, 1e-3
MEAN, SPREAD, LEAST = 0.9, 0.999, 1e-7  # of Adam
SEED = 0


@dataclass(frozen=True)
class Hidden:
    """`max(rows @ first + bias, 0) @ second`: `first` is (inputs, WIDTH), `second` (WIDTH, labels)."""

    first: Array
    bias: Array
    second: Array

    def of(self, rows: Array) -> Array:
        """Return what is added to the linear scores, shape (n, labels)."""
        return np.asarray(np.maximum(rows @ self.first + self.bias, 0) @ self.second)

    @classmethod
    def learn(cls, rows: Array, plain: Array, wanted: Array, importance: Array | None = None) -> Hidden:
        """Learn from rows, their linear scores (n, labels), the label wanted of each (n,) and what each counts (n,).

        The same rows give the same layer, on the same machine.
        """
        dice = np.random.default_rng(SEED)
        rows, plain = rows.astype(np.float32, copy=False), plain.astype(np.float32, copy=False)
        counts = np.ones(len(rows)) if importance is None else importance / importance.mean()
        inputs, outputs = rows.shape[1], plain.shape[1]
        first = dice.standard_normal((inputs, WIDTH), dtype=np.float32) * np.float32(np.sqrt(2 / (inputs + WIDTH)))
        bias, second = np.zeros(WIDTH, dtype=np.float32), np.zeros((WIDTH, outputs), dtype=np.float32)
        steps = _Steps([first, bias, second], EPOCHS * -(-len(rows) // BATCH))
        for some in _batches(len(rows), dice):
            part = rows[some]
            hidden = part @ first + bias
            passing = (hidden > 0) & (dice.random(hidden.shape, dtype=np.float32) >= DROPPED)
            hidden *= passing
            hidden /= 1 - DROPPED
            wrong = shares(plain[some] + hidden @ second)
            wrong[np.arange(len(some)), wanted[some]] -= 1
            wrong *= (counts[some] / len(some)).astype(np.float32)[:, None]
            back = wrong @ second.T
            back *= passing
            back /= 1 - DROPPED
            steps.take([part.T @ back, back.sum(axis=0), hidden.T @ wrong])
        return cls(first, bias, second)


class _Steps:
    """Adam over some arrays, which it changes, at a rate that falls to nothing."""

    def __init__(self, arrays: list[Array], most: int) -> None:
        self._arrays, self._most, self._taken = arrays, most, 0
        self._means = [np.zeros_like(array) for array in arrays]
        self._spreads = [np.zeros_like(array) for array in arrays]

    def take(self, slopes: list[Array]) -> None:
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


def _batches(size: int, dice: np.random.Generator) -> Iterator[Array]:
    for _ in range(EPOCHS):
        order = dice.permutation(size)
        yield from (order[start : start + BATCH] for start in range(0, size, BATCH))


def shares(scores: Array) -> Array:
    """Return the scores as probabilities: their powers, each row brought to one."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
