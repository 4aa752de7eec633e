"""What sentences mean, as vectors: for near-duplicates, groups, the nearest examples. Blocking calls, safe from any thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

SIZE = 384
ALIKE = 0.85  # the same question in other words; another drug or another trial comes to less
FEW = 64  # so many new sentences are encoded at once; more of them in pieces, with a pause for the visitors after each
PIECE = 1024
PAUSE = 0.02
BLOCK = 512


class Encodes(Protocol):
    """What is needed of the sentence encoder."""

    def encode(self, sentences: list[str]) -> Vectors: ...
    def encode_kept(self, sentences: list[str]) -> Vectors: ...


Load = Callable[[Path], Encodes]


def load_encoder(cache: Path) -> Encodes:
    from extensions.encoder import Encoder  # numerical libraries, and half a second: only where they are wanted

    encoder: Encodes = Encoder.load(cache)
    return encoder


class Meaning:
    """The sentence encoder, loaded from its cache folder at first use."""

    def __init__(self, cache: Path, load: Load = load_encoder) -> None:
        self.load: Callable[[], Encodes] = lambda: load(cache)
        self._lock = threading.Lock()
        self._encoder: Encodes | None = None

    def vectors(self, texts: Sequence[str], rest: Callable[[float], None] = time.sleep) -> Vectors:
        """Return a unit row for each text, kept on the disk: for sentences of our own, which are asked for again and again."""
        if len(texts) <= FEW:
            return self.passing(texts)
        encoder = self.load()  # another one: it remembers all that it has met
        rows = []
        for start in range(0, len(texts), PIECE):
            piece = list(texts[start : start + PIECE])
            rows.append(encoder.encode_kept(piece))
            rest(PAUSE)
        return np.concatenate(rows)

    def passing(self, texts: Sequence[str]) -> Vectors:
        """Return a unit row for each text and keep none: for what visitors wrote."""
        if not texts:
            return np.zeros((0, SIZE), dtype=np.float32)
        with self._lock:
            encoder = self._encoder = self._encoder or self.load()
        return np.concatenate([encoder.encode(list(texts[start : start + FEW])) for start in range(0, len(texts), FEW)])

    def groups(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the places of texts that mean nearly the same, most first; each group begins with its most typical text."""
        near = [set(row) for row in neighbours(self.passing(texts), ALIKE)]
        taken: set[int] = set()
        found = []
        for first in sorted(range(len(texts)), key=lambda i: -len(near[i])):
            if first not in taken:
                rest = sorted(near[first] - taken - {first})
                found.append([first, *rest])
                taken.update(found[-1])
        return sorted(found, key=lambda group: -len(group))


def neighbours(vectors: Vectors, alike: float) -> Iterator[list[int]]:
    """Yield for each row the rows that are at least so like it, itself among them."""
    for start in range(0, len(vectors), BLOCK):
        product = vectors[start : start + BLOCK] @ vectors.T
        for at, row in enumerate(product, start):
            row[at] = 1.0
            yield np.flatnonzero(row >= alike).tolist()
