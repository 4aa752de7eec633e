"""Hashed pieces of words, and words with their neighbours: the numbers of scikit-learn's HashingVectorizer.

For one sentence that takes a millisecond, most of it checks, and brings 60 MB of imports into each process that serves.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np
from murmurhash.mrmr import hash as murmur
from numpy.typing import NDArray

Array = NDArray[Any]

WIDTH = 2**13  # columns of the letters, and as many of the words behind them
SHORTEST, LONGEST = 3, 5  # letters of a piece
KEPT = 8192  # words whose pieces are kept, about 5 MB

_WORD = re.compile(r"\w+")


def grams(normal: str) -> tuple[Array, Array]:
    """The columns that are not nought, below 2 * WIDTH, and their values: letters and words each of length one."""
    letters = [_pieces(word) for word in normal.split()]
    words = _WORD.findall(normal)
    pairs = [f"{one} {other}" for one, other in zip(words, words[1:], strict=False)]
    columns, values = _counted(np.concatenate(letters) if letters else np.zeros(0, dtype=np.int64))
    more, behind = _counted(np.array([murmur(w, 0) for w in (*words, *pairs)], dtype=np.int64))
    return np.concatenate([columns, more + WIDTH]), np.concatenate([values, behind])


@lru_cache(KEPT)
def _pieces(word: str) -> Array:
    """The hashes of the pieces of a word, which begins and ends with a blank; a short word is a piece once."""
    padded = f" {word} "
    found = []
    for size in range(SHORTEST, LONGEST + 1):
        found += [padded[start : start + size] for start in range(max(1, len(padded) - size + 1))]
        if len(padded) <= size:
            break
    return np.array([murmur(piece, 0) for piece in found], dtype=np.int64)


def _counted(hashes: Array) -> tuple[Array, Array]:
    """The columns and values of the hashes: the sign of a hash is the sign of its count."""
    counts = np.bincount(np.abs(hashes) % WIDTH, weights=np.where(hashes < 0, -1.0, 1.0), minlength=WIDTH)
    columns = counts.nonzero()[0]
    values = counts[columns]
    return columns, values / max(float(np.sqrt(values @ values)), 1e-12)
