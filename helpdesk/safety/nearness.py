"""How much nearer a sentence is to the known dangerous ones than to the known harmless ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

NEAREST = 3  # neighbours looked at on each side
CLOSE = 64  # on each side, the nearest along the axes: among these the nearest are looked for in full
AXES = 128  # directions, of 384, in which the known sentences differ most
BLOCK = 512  # rows compared at a time
FEW = 4  # so many rows are faster one by one than as a matrix, for which what is known is copied first


@dataclass
class Known:
    """The sentences learnt from. All are compared along a few axes, which is less than a third of the work, and a few in full."""

    full: Array  # (sentences, 384), of length one; half precision
    axes: Array  # (384, AXES)
    sides: tuple[Array, Array]  # the numbers of the dangerous sentences, and of the harmless ones
    along: tuple[Array, Array]  # those along the axes

    @classmethod
    def of(cls, embedded: Array, dangerous: Array) -> Known:
        full = unit(embedded)
        # Principal components, but not centred: what is compared are cosines.
        _, directions = np.linalg.eigh(full.T @ full)
        return cls.along_axes(full, np.ascontiguousarray(directions[:, : -AXES - 1 : -1]), dangerous)

    @classmethod
    def along_axes(cls, full: Array, axes: Array, dangerous: Array) -> Known:
        sides = np.flatnonzero(dangerous), np.flatnonzero(~dangerous)
        along = full.astype(np.float32) @ axes
        return cls(full.astype(np.float16, copy=False), axes, sides, (along[sides[0]], along[sides[1]]))

    @property
    def dangerous(self) -> Array:
        return np.isin(np.arange(len(self.full)), self.sides[0])

    def lean(self, embedded: Array) -> Array:
        """The mean cosine with the nearest dangerous sentences, less that with the nearest harmless ones; a number a row."""
        rows = unit(embedded)
        along = rows @ self.axes
        dangerous, harmless = (
            np.array([self._nearest(row, side, close) for row, close in zip(rows, _close(along, known), strict=True)])
            for side, known in zip(self.sides, self.along, strict=True)
        )
        return np.asarray(dangerous - harmless)

    def _nearest(self, row: Array, side: Array, close: Array) -> float:
        cosines = self.full[side[close]].astype(np.float32) @ row
        count = min(NEAREST, len(cosines))
        return float(np.partition(cosines, len(cosines) - count)[-count:].mean()) if count else 0.0


def unit(embedded: Array) -> Array:
    return np.asarray(embedded / np.maximum(np.linalg.norm(embedded, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _close(rows: Array, known: Array) -> Iterator[Array]:
    """The numbers of what is nearest to each row."""
    count = BLOCK if len(rows) > FEW else 1
    for start in range(0, len(rows), count):
        cosines = rows[start : start + count] @ known.T
        if cosines.shape[1] <= CLOSE:
            yield from np.tile(np.arange(cosines.shape[1]), (len(cosines), 1))
        else:
            yield from np.argpartition(cosines, -CLOSE, axis=1)[:, -CLOSE:]
