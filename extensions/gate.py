"""Decide whether a question about a topic asks for something that the topic's page says.

No single score catches the near miss. This small logistic regression weighs the grid's cover, the flat classifier, and how near
the question stands to the topic's own examples and to the examples of what the pages leave out.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from extensions.grid import WHOLE, Grid

if TYPE_CHECKING:
    from extensions.reader import View

CLUES = (
    "cover",
    "whole",
    "share",
    "near_topic",
    "near_masked",
    "near_left_out",
    "vote",
    "weight",
    "named",
    "leaves",
    "beyond",
    "vote_leaves",
    "vote_leaves_masked",
    "leaves_in_hand",
    "leans",
)


NARROW = 128


class Neighbours:
    """The examples that ask about a subject, with intent and aspect: narrow vectors of the text and of the masked text.

    384 numbers are brought down to NARROW by their principal directions: a search through all of them is the dearest step
    of a turn.
    """

    def __init__(
        self, plain: np.ndarray, masked: np.ndarray, intents: np.ndarray, aspects: np.ndarray, basis: np.ndarray
    ) -> None:
        self.plain, self.masked, self.intents, self.aspects, self.basis = plain, masked, intents, aspects, basis
        self._places: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._labelled: dict[str, np.ndarray] = {}
        self._referred: np.ndarray | None = None

    @classmethod
    def of(cls, plain: np.ndarray, masked: np.ndarray, intents: np.ndarray, aspects: np.ndarray) -> Neighbours:
        """Make the narrow vectors of full ones, shape (n, 384)."""
        _, directions = np.linalg.eigh(plain.T @ plain)
        basis = np.ascontiguousarray(directions[:, ::-1][:, :NARROW])
        return cls(_narrow(plain, basis), _narrow(masked, basis), intents, aspects, basis)

    def sims(self, plain: np.ndarray, masked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the cosines of texts and of their masked forms, each (k, 384), with every example, each (k, n)."""
        return _narrow(plain, self.basis) @ self.plain.T, _narrow(masked, self.basis) @ self.masked.T

    def sims_of(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the cosines of some of the examples with every other, each (k, n); with itself it is nought."""
        plain, masked = self.plain[places] @ self.plain.T, self.masked[places] @ self.masked.T
        each = np.arange(len(places))
        plain[each, places] = masked[each, places] = 0.0
        return plain, masked

    def save(self, path: Path) -> None:
        """Write the arrays, the vectors in half precision."""
        half = {"plain": self.plain.astype(np.float16), "masked": self.masked.astype(np.float16)}
        np.savez(path, **half, intents=self.intents, aspects=self.aspects, basis=self.basis)

    @classmethod
    def open(cls, path: Path) -> Neighbours:
        """Read what `save` wrote."""
        kept = np.load(path, allow_pickle=False)
        return cls(
            kept["plain"].astype(np.float32), kept["masked"].astype(np.float32), kept["intents"], kept["aspects"], kept["basis"]
        )

    def near(self, view: View, grid: Grid, topic: str) -> tuple[float, float, float]:
        """Return the nearness to the topic's examples, to them masked, and to masked ones of aspects that it leaves out."""
        if topic not in self._places:
            self._places[topic] = self._places_of(grid, topic)
        own, left_out = self._places[topic]
        return _top(view.plain_sims[own]), _top(view.masked_sims[own]), _top(view.masked_sims[left_out])

    def beyond(self, view: View, topic: str) -> float:
        """Return how much nearer the question is to what the topic leaves out than to what it says."""
        own, left = self._at(f"ask_{topic}"), self._at(f"not_covered/{topic}")
        return _top(view.plain_sims[left]) - _top(view.plain_sims[own]) if left.size else 0.0

    def leaves(self, sims: np.ndarray, topic: str, count: int = 6) -> float:
        """Return the share of the nearest examples of a topic that it leaves out, 0 to 1."""
        own, left = self._at(f"ask_{topic}"), self._at(f"not_covered/{topic}")
        near = sims[np.concatenate([own, left])]
        if not near.size:
            return 0.5
        nearest = np.argsort(-near)[:count]
        weights = np.maximum(near[nearest], 0.0) ** 6
        return float(weights[nearest >= own.size].sum() / (weights.sum() + 1e-9))

    def _at(self, label: str) -> np.ndarray:
        if label not in self._labelled:
            labels, _ = self._intents_by_number
            order, starts = self._order
            place = int(np.searchsorted(labels, label))
            known = place < len(labels) and labels[place] == label
            self._labelled[label] = order[starts[place] : starts[place + 1]] if known else order[:0]
        return self._labelled[label]

    @functools.cached_property
    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the examples ordered by intent, and where each intent begins among them."""
        labels, number = self._intents_by_number
        return np.argsort(number, kind="stable"), np.searchsorted(np.sort(number), np.arange(len(labels) + 1))

    def vote(self, view: View, grid: Grid, topic: str, count: int = 10) -> float:
        """Return the share of the nearest masked examples that ask for what the topic covers, 0 to 1."""
        nearest = np.argpartition(view.masked_sims, -count)[-count:]
        yes = no = 1e-6
        for i in nearest:
            own, aspect = self.intents[i] == f"ask_{topic}", str(self.aspects[i])
            left = self.intents[i] == f"not_covered/{topic}"
            if not own and not left and aspect in ("", WHOLE):
                continue
            weight = max(float(view.masked_sims[i]), 0.0) ** 4
            if own or (not left and grid.covered(topic, aspect)):
                yes += weight
            else:
                no += weight
        return yes / (yes + no)

    def _places_of(self, grid: Grid, topic: str) -> tuple[np.ndarray, np.ndarray]:
        if self._referred is None:
            labels, number = self._intents_by_number
            refers = np.array([grid.routes.get(label) == "refer" for label in labels])
            self._referred = np.flatnonzero(refers[number])
        covered = grid.covers.get(topic, set()) | {WHOLE, ""}
        aspects, aspect = self._aspects_by_number
        open_ = np.array([a not in covered for a in aspects])[aspect[self._referred]]
        left = self._at(f"not_covered/{topic}")
        return self._at(f"ask_{topic}"), np.union1d(self._referred[open_], left)

    @functools.cached_property
    def _intents_by_number(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the different intents and, for each example, the place of its own among them: texts are slow to compare."""
        return np.unique(self.intents, return_inverse=True)

    @functools.cached_property
    def _aspects_by_number(self) -> tuple[np.ndarray, np.ndarray]:
        return np.unique(self.aspects, return_inverse=True)


def _narrow(rows: np.ndarray, basis: np.ndarray) -> np.ndarray:
    narrow = rows @ basis
    return (narrow / np.maximum(np.linalg.norm(narrow, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _top(values: np.ndarray) -> float:
    """Return the mean of the two greatest, 0 of none."""
    if values.size <= 2:
        return float(values.mean()) if values.size else 0.0
    at = int(values.argmax())
    return float((values[at] + max(values[:at].max(initial=-np.inf), values[at + 1 :].max(initial=-np.inf))) / 2)


def _crossed(clues: np.ndarray) -> np.ndarray:
    """Return the clues, their products in pairs, and a one: shape (n, k) to (n, k + k(k+1)/2 + 1)."""
    first, second = np.triu_indices(clues.shape[1])
    return np.hstack([clues, clues[:, first] * clues[:, second], np.ones((len(clues), 1))])


@dataclass
class Gate:
    """The weights over the crossed clues."""

    weights: np.ndarray

    def says(self, clues: list[float]) -> float:
        """Return the probability that the page answers."""
        return float(self.of([clues])[0])

    def of(self, rows: list[list[float]]) -> np.ndarray:
        """Return the probability of each row, shape (n,)."""
        return np.asarray(1 / (1 + np.exp(-(_crossed(np.array(rows)) @ self.weights))))

    @classmethod
    def fit(cls, rows: list[list[float]], answers: list[bool], importance: list[float]) -> Gate:
        """Learn from rows of clues."""
        model = LogisticRegression(C=1.0, max_iter=2000, fit_intercept=False)
        model.fit(_crossed(np.array(rows)), np.array(answers), sample_weight=np.array(importance))
        return cls(model.coef_[0].astype(np.float64))

    @classmethod
    def plain(cls) -> Gate:
        """Return the gate before any learning: the cover alone."""
        weights = np.zeros(_crossed(np.zeros((1, len(CLUES)))).shape[1])
        weights[0], weights[-1] = 8.0, -4.0
        return cls(weights)

    def as_json(self) -> list[float]:
        """Return the weights."""
        return [round(float(w), 6) for w in self.weights]

    @classmethod
    def from_json(cls, data: list[Any]) -> Gate:
        """Read what `as_json` wrote."""
        return cls(np.array(data, dtype=np.float64))
