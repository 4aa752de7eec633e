"""The hidden layer beside the linear classifier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extensions.layered import Layered


def corners(size: int, seed: int) -> tuple[np.ndarray, list[str]]:
    """Return points in the four corners, and whether their signs agree: no line parts these."""
    points = np.random.default_rng(seed).choice([-1.0, 1.0], size=(size, 2))
    noise = np.random.default_rng(seed + 1).normal(scale=0.1, size=(size, 2))
    return (points + noise).astype(np.float32), ["same" if a == b else "other" for a, b in points]


@pytest.fixture(scope="module")
def fitted() -> Layered:
    return Layered.fit(*corners(4000, seed=1))


def right(scores: np.ndarray, names: list[str], wanted: list[str]) -> float:
    return float(np.mean([names[i] == want for i, want in zip(scores.argmax(axis=1), wanted)]))


def test_it_learns_what_no_line_parts(fitted: Layered) -> None:
    unseen, wanted = corners(400, seed=7)

    assert right(fitted.linear.scores(unseen), fitted.labels, wanted) < 0.8
    assert right(fitted.scores(unseen), fitted.labels, wanted) > 0.95


def test_the_shares_of_a_row_are_probabilities(fitted: Layered) -> None:
    scores = fitted.scores(corners(20, seed=3)[0])

    assert scores.shape == (20, 2)
    assert (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1)


def test_one_row_scores_as_it_does_among_many(fitted: Layered) -> None:
    rows = corners(20, seed=3)[0]

    assert np.allclose(fitted.scores(rows[4:5])[0], fitted.scores(rows)[4], atol=1e-5)


def test_what_was_written_is_read_back(fitted: Layered, tmp_path: Path) -> None:
    rows = corners(20, seed=3)[0]
    fitted.save(tmp_path, "flat")

    opened = Layered.open(tmp_path, "flat")

    assert opened.labels == fitted.labels
    assert np.array_equal(opened.scores(rows), fitted.scores(rows))


def test_the_same_examples_give_the_same_layer() -> None:
    rows, labels = corners(300, seed=5)

    assert np.array_equal(Layered.fit(rows, labels).scores(rows), Layered.fit(rows, labels).scores(rows))


def test_a_handful_of_examples_is_enough_to_learn_from() -> None:
    fitted = Layered.fit(np.eye(3, dtype=np.float32), ["a", "b", "c"])

    assert [fitted.labels[i] for i in fitted.scores(np.eye(3, dtype=np.float32)).argmax(axis=1)] == ["a", "b", "c"]
