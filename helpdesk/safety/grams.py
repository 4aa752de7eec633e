"""Hashed pieces of words, and words with their neighbours: the numbers of scikit-learn's HashingVectorizer.

For one sentence that takes a millisecond, most of it checks, and brings 60 MB of imports into each process that serves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    columns, values = _counted(of_letters(normal))
    more, behind = _counted(of_words(normal))
    return np.concatenate([columns, more + WIDTH]), np.concatenate([values, behind])


def table(found: Sequence[Array]) -> Any:
    """The same for the letters or the words of many sentences: a sparse matrix, a row for the hashes of each."""
    from scipy.sparse import csr_matrix

    hashes = np.concatenate([np.zeros(0, dtype=np.int64), *found])
    ends = np.cumsum([0, *map(len, found)])
    counts = csr_matrix((_signs(hashes), _columns(hashes), ends), shape=(len(found), WIDTH))
    counts.sum_duplicates()
    lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    counts.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(counts.indptr))
    return counts


def of_letters(normal: str) -> Array:
    """The hashes of the pieces of its words."""
    pieces = [_pieces(word) for word in normal.split()]
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int64)


def of_words(normal: str) -> Array:
    """The hashes of its words and of each two neighbours."""
    words = _WORD.findall(normal)
    pairs = [f"{one} {other}" for one, other in zip(words, words[1:], strict=False)]
    return np.array([murmur(w, 0) for w in (*words, *pairs)], dtype=np.int64)


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
    counts = np.bincount(_columns(hashes), weights=_signs(hashes), minlength=WIDTH)
    columns = counts.nonzero()[0]
    values = counts[columns]
    return columns, values / max(float(np.sqrt(values @ values)), 1e-12)


def _columns(hashes: Array) -> Array:
    return np.asarray(np.abs(hashes) % WIDTH)


def _signs(hashes: Array) -> Array:
    return np.where(hashes < 0, -1.0, 1.0)
