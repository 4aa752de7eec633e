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
    "strange",
)


NARROW = 128
PIECE, FEW = 64, 4


class Cosines:
    """The cosines of one text with every example, worked out only where they are asked for: most questions need few."""

    def __init__(self, row: np.ndarray, table: np.ndarray, ready: np.ndarray | None = None) -> None:
        self.row, self._table, self._ready = row, table, ready
        self.by_topic: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # with what each says and leaves out, once worked out

    @property
    def all(self) -> np.ndarray:
        """Return all of them, shape (n,)."""
        if self._ready is None:
            self._ready = self._table @ self.row
        return self._ready

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return those with some of the examples."""
        return self._table[places] @ self.row if self._ready is None else self._ready[places]


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

    def narrow(self, rows: np.ndarray) -> np.ndarray:
        """Return the narrow vectors of full ones."""
        return _narrow(rows, self.basis)

    def sims(self, plain: np.ndarray, masked: np.ndarray) -> tuple[list[Cosines], list[Cosines]]:
        """Return the cosines of texts and of their masked forms, each (k, 384), with every example."""
        return self._sims(_narrow(plain, self.basis), self.plain), self._sims(_narrow(masked, self.basis), self.masked)

    @staticmethod
    def _sims(rows: np.ndarray, table: np.ndarray) -> list[Cosines]:
        # Of many texts all are soon made together; of a few, one by one, and only what is needed.
        ready = rows @ table.T if len(rows) > FEW else [None] * len(rows)
        return [Cosines(row, table, made) for row, made in zip(rows, ready)]

    def sims_of(self, places: np.ndarray) -> tuple[list[Cosines], list[Cosines]]:
        """Return the cosines of some of the examples with every other; with itself it is nought."""
        return self._others(places, self.plain), self._others(places, self.masked)

    @staticmethod
    def _others(places: np.ndarray, table: np.ndarray) -> list[Cosines]:
        made = table[places] @ table.T
        made[np.arange(len(places)), places] = 0.0
        return [Cosines(table[place], table, row) for place, row in zip(places, made)]

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
        masked = view.masked_sims.all  # `vote` needs them all
        own, left_out = self._places[topic]
        return _top(self._sims_with(view.plain_sims, topic)[0]), _top(masked[own]), _top(masked[left_out])

    def is_far(self, view: View, topic: str, least: float) -> bool:
        """Say whether no example stands as near as `least`: those of the topic are looked at first."""
        with_topic = np.concatenate(self._sims_with(view.plain_sims, topic))
        return bool(with_topic.max(initial=-1.0) < least) and bool(view.plain_sims.all.max() < least)

    def beyond(self, view: View, topic: str) -> float:
        """Return how much nearer the question is to what the topic leaves out than to what it says."""
        own, left = self._sims_with(view.plain_sims, topic)
        return _top(left) - _top(own) if left.size else 0.0

    def _sims_with(self, sims: Cosines, topic: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the cosines with what a topic says, and with what it leaves out."""
        if topic not in sims.by_topic:
            sims.by_topic[topic] = sims.at(self._at(f"ask_{topic}")), sims.at(self._at(f"not_covered/{topic}"))
        return sims.by_topic[topic]

    def leaves(self, sims: Cosines, topic: str, count: int = 6) -> float:
        """Return the share of the nearest examples of a topic that it leaves out, 0 to 1."""
        own, left = self._sims_with(sims, topic)
        near = np.concatenate([own, left])
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
        sims = view.masked_sims.all
        yes = no = 1e-6
        for i in _greatest(sims, count):
            own, aspect = self.intents[i] == f"ask_{topic}", str(self.aspects[i])
            left = self.intents[i] == f"not_covered/{topic}"
            if not own and not left and aspect in ("", WHOLE):
                continue
            weight = max(float(sims[i]), 0.0) ** 4
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


def _greatest(values: np.ndarray, count: int) -> np.ndarray:
    """Return the places of the greatest values, in no order."""
    whole = len(values) // PIECE * PIECE
    tops = values[:whole].reshape(-1, PIECE).max(axis=1)
    # So many pieces have a value as great as this one: what is less is none of the greatest, and need not be ordered.
    least = np.partition(tops, -count)[-count] if len(tops) >= count else -np.inf
    places = np.flatnonzero(values >= least)
    return places[np.argpartition(values[places], -count)[-count:]] if len(places) > count else places


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
