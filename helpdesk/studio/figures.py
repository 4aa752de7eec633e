"""The figures of a comparison: each set with what became of it, and how sure the two models are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helpdesk.comparing import BINS, Comparison, Figure
from helpdesk.studio.compared import SETS


@dataclass(frozen=True)
class FigureRow:
    """The questions of one set that are right, now and then."""

    set: str
    group: str
    of: int
    before: str
    after: str
    words: str


def figures_of(figures: Iterable[Figure]) -> list[FigureRow]:
    return [
        FigureRow(
            SETS[one.set], one.group, one.of, _part(one.before, one.of), _part(one.after, one.of), _delta(one.before, one.after)
        )
        for one in figures
    ]


def _part(right: int | None, of: int) -> str:
    return f"{right} ({right / of:.0%})" if right is not None and of else "–"


def _delta(before: int | None, after: int) -> str:
    """Say the difference with its sign and in words."""
    if before is None:
        return "nothing to compare with"
    more = after - before
    if not more:
        return "as many as now"
    return f"+{more}: {more} more right" if more > 0 else f"−{-more}: {-more} fewer right"


def bins_of(made: Comparison) -> list[tuple[str, int, int]]:
    """Return how sure the two models are: the bin, live, candidate."""
    before = made.confidence_before or (0,) * BINS
    after = made.confidence_after or (0,) * BINS
    step = 100 // BINS
    return [(f"{step * n} to {step * (n + 1)} %", one, other) for n, (one, other) in enumerate(zip(before, after))]
