"""The sentences that the second safety net knows: which side a new one leans to."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from helpdesk.safety.nearness import FEW, NEAREST, Known

SIZE = 384


def sentences(count: int, seed: int) -> NDArray[np.float32]:
    """Return vectors like the encoder's: in families, and far fewer directions than numbers."""
    chance = np.random.default_rng(seed)
    families = chance.normal(size=(40, SIZE)) @ np.diag(0.99 ** np.arange(SIZE))
    made = families[chance.integers(40, size=count)] + 0.6 * chance.normal(size=(count, SIZE)) * 0.99 ** np.arange(SIZE)
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def lean_of_all(rows: NDArray[np.float32], known: NDArray[np.float32], dangerous: NDArray[np.bool_]) -> NDArray[np.float32]:
    cosines = rows @ known.T
    means = [np.sort(cosines[:, side], axis=1)[:, -NEAREST:].mean(axis=1) for side in (dangerous, ~dangerous)]
    return np.asarray(means[0] - means[1])


@pytest.mark.parametrize("count", [1, FEW, 50])
def test_it_leans_as_if_every_sentence_had_been_compared_in_full(count: int) -> None:
    known, dangerous = sentences(4000, 1), np.arange(4000) % 3 == 0
    rows = sentences(4000 + count, 1)[-count:]

    found = Known.of(known, dangerous).lean(rows)

    assert found == pytest.approx(lean_of_all(rows, known, dangerous), abs=5e-3)


def test_a_sentence_that_is_known_leans_to_its_own_side() -> None:
    known, dangerous = np.concatenate([sentences(100, 2), sentences(100, 3)]), np.arange(200) < 100

    found = Known.of(known, dangerous).lean(known)

    assert ((found > 0) == dangerous).all()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_one_side_is_empty_all_lean_to_the_other(share: float) -> None:
    known = sentences(20, 4)

    found = Known.of(known, np.full(20, bool(share))).lean(known)

    assert (found > 0).all() if share else (found < 0).all()


def test_it_keeps_which_sentences_were_dangerous() -> None:
    dangerous = np.array([True, False, False, True, False])

    assert (Known.of(sentences(5, 5), dangerous).dangerous == dangerous).all()
