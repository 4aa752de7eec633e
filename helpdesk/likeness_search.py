"""Which examples are worth comparing word by word: those that the vectors hold for alike, and those that share their words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helpdesk.likeness_words import Words

CANDIDATE = 0.65  # less alike than this, two sentences are compared only where they share their words
CROWD = 100  # so many sentences with the same words tell nothing
SLICE = 128
BLOCK = 4096


def candidates(
    words: Sequence[Words], rows: NDArray[np.float16], wanted: NDArray[np.int64], breathe: Callable[[], None]
) -> Iterator[tuple[int, int, float]]:
    """Yield pairs of rows worth a look, each once, one of the two always wanted."""
    full = rows.astype(np.float32) if len(wanted) > SLICE else rows
    shared = _sharing(words, set(wanted.tolist()), breathe)
    is_over = np.zeros(len(rows), dtype=bool)  # its turn is over: it was compared with all
    for start in range(0, len(wanted), SLICE):
        part = wanted[start : start + SLICE]
        base = int(part[0]) if len(wanted) == len(rows) else 0  # the turn of all before it is over
        product = products(full[base:], full[part]).T
        for at, row in zip(part.tolist(), product):
            is_over[at] = True
            others = set((np.flatnonzero((row >= CANDIDATE) & ~is_over[base:]) + base).tolist())
            others.update(other for other in shared.get(at, ()) if not is_over[other])
            for other in others:
                yield at, other, float(row[other - base])
        breathe()


def products(rows: NDArray[Any], vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Return the product of every row with every vector, in single precision."""
    wanted = vectors.astype(np.float32, copy=False).T
    parts = [rows[at : at + BLOCK].astype(np.float32, copy=False) @ wanted for at in range(0, len(rows), BLOCK)]
    return np.concatenate(parts)


def _sharing(words: Sequence[Words], wanted: set[int], breathe: Callable[[], None]) -> dict[int, set[int]]:
    """Return for each wanted row the rows that have its words, but for one."""
    holders: dict[int, list[int]] = defaultdict(list)
    for at in wanted:
        for key in words[at].keys:
            holders[key].append(at)
    users: dict[int, list[int]] = defaultdict(list)
    for at, one in enumerate(words):
        for key in one.keys:
            if key in holders:
                users[key].append(at)
        if at % 100 == 0:
            breathe()
    shared: dict[int, set[int]] = defaultdict(set)
    for key, here in holders.items():
        if len(users[key]) <= CROWD:
            for at in here:
                shared[at].update(other for other in users[key] if other != at)
    return shared
