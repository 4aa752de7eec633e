"""The two pictures of a comparison, as SVG inside the page: currentColor, patterns and numbers, nothing by colour alone."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

CELL = 30
MOST_TOPICS = 12
LEVELS = (0.07, 0.14, 0.21, 0.28)  # of the tint: so pale that the number on it stays readable
BIN, HEIGHT = 24, 120.0

Confusion = tuple[str, str, int]  # the topic that was wanted, the one that came, how often


@dataclass(frozen=True)
class Confusions:
    """The topics that are confused most, each with its letter; every pair; and the picture of those topics."""

    keys: list[tuple[str, str]]
    pairs: list[Confusion]
    picture: Markup


def confusions(name: str, found: Sequence[Confusion]) -> Confusions | None:
    """Return the picture of the twelve topics that are confused most; none where nothing is confused."""
    weight: Counter[str] = Counter()
    for wanted, got, count in found:
        weight.update({wanted: count, got: count})
    topics = [topic for topic, _ in sorted(weight.items(), key=lambda one: (-one[1], one[0]))[:MOST_TOPICS]]
    if not topics:
        return None
    pairs = sorted(found, key=lambda one: (-one[2], one[:2]))
    drawn = [one for one in pairs if one[0] in topics and one[1] in topics]
    return Confusions(list(zip(string.ascii_uppercase, topics)), pairs, _heat_map(name, topics, drawn))


def _heat_map(name: str, topics: Sequence[str], pairs: Sequence[Confusion]) -> Markup:
    """Draw a square for each two topics: down what was asked, across what was answered."""
    place = {topic: number for number, topic in enumerate(topics, start=1)}
    most = max((count for _, _, count in pairs), default=1)
    heads = "".join(
        _text(_middle(n), 0.5 * CELL, letter) + _text(0.5 * CELL, _middle(n), letter)
        for letter, n in zip(string.ascii_uppercase, place.values())
    )
    same = "".join(_same(number) for number in place.values())
    cells = "".join(_cell(place[got], place[wanted], count, most) for wanted, got, count in pairs)
    side = CELL * (len(topics) + 1)
    return Markup(
        '<svg class="heat" role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc"'
        ' viewBox="0 0 {side} {side}" fill="currentColor" focusable="false">'
        '<title id="{name}-title">Topics that are confused</title><desc id="{name}-desc">{words}</desc>{drawn}</svg>'
    ).format(name=name, side=side, words=_worst(pairs), drawn=Markup(heads + same + cells + _grid(len(topics))))


def _worst(pairs: Sequence[Confusion]) -> str:
    if not pairs:
        return "The table below holds every pair."
    wanted, got, count = pairs[0]
    return f"Most often, {count} times, {wanted} was asked and {got} was answered. The table below holds every pair."


def _middle(number: int) -> float:
    return (number + 0.5) * CELL


def _text(x: float, y: float, text: object) -> str:
    return f'<text x="{x:g}" y="{y:g}" dy=".35em" text-anchor="middle">{text}</text>'


def _same(number: int) -> str:
    x, y = number * CELL, number * CELL
    return f'<path d="M{x} {y}l{CELL} {CELL}" stroke="currentColor" stroke-opacity=".5"/>'


def _cell(column: int, row: int, count: int, most: int) -> str:
    level = LEVELS[min(len(LEVELS) - 1, count * len(LEVELS) // (most + 1))]
    x, y = column * CELL, row * CELL
    edge = f'<path d="M{x + 2} {y + 2}h{CELL - 4}v{CELL - 4}h{4 - CELL}z" fill="none" stroke="currentColor" stroke-width="3"/>'
    square = f'<rect class="tint" x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill-opacity="{level}"/>'
    return square + (edge if count == most else "") + _text(_middle(column), _middle(row), count)


def _grid(number: int) -> str:
    end = CELL * (number + 1)
    lines = "".join(f"M{CELL} {at}H{end}M{at} {CELL}V{end}" for at in range(CELL, end + 1, CELL))
    return f'<path d="{lines}" fill="none" stroke="currentColor" stroke-opacity=".5"/>'


def paired_bars(name: str, title: str, description: str, pairs: Sequence[tuple[str, int, int]]) -> Markup:
    """Draw two bars a bin, the first hatched and the second full; the words stand around the picture, in the page."""
    top = max((max(one, other) for _, one, other in pairs), default=0) or 1
    drawn = "".join(_pair(name, number, one, other, top) for number, (_, one, other) in enumerate(pairs))
    return Markup(
        '<svg class="bars" role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc"'
        ' viewBox="0 -2 {width} {height:g}" fill="currentColor" focusable="false"><defs>{hatch}</defs>'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{description}</desc>{drawn}'
        '<path d="M0 {floor:g}H{width}" stroke="currentColor"/></svg>'
    ).format(
        name=name, width=BIN * len(pairs), height=HEIGHT + 4, floor=HEIGHT, title=title, description=description,
        hatch=_hatch(f"{name}-hatch"), drawn=Markup(drawn),
    )  # fmt: skip


def _pair(name: str, number: int, one: int, other: int, top: int) -> str:
    left = BIN * number + 3
    hatched = f'fill="url(#{name}-hatch)" stroke="currentColor"'
    return _bar(left, one / top, hatched) + _bar(left + 9, other / top, "")


def _bar(x: float, share: float, more: str) -> str:
    height = (HEIGHT - 4) * share
    return f'<rect x="{x:g}" y="{HEIGHT - height:.2f}" width="8" height="{height:.2f}" {more}/>' if share else ""


def _hatch(name: str) -> Markup:
    return Markup(
        '<pattern id="{name}" width="4" height="4" patternUnits="userSpaceOnUse">'
        '<path d="M-1 1l2-2M0 4l4-4M3 5l2-2" stroke="currentColor"/></pattern>'
    ).format(name=name)


def swatch(name: str, *, hatched: bool) -> Markup:
    """Return the little square of a legend."""
    fill = Markup(' fill="url(#{name})" stroke="currentColor"').format(name=name) if hatched else Markup("")
    return Markup(
        '<svg class="swatch" aria-hidden="true" width="16" height="16" viewBox="0 0 16 16" fill="currentColor" focusable="false">'
        '{defs}<rect x="1" y="1" width="14" height="14"{fill}/></svg>'
    ).format(defs=_hatch(name) if hatched else Markup(""), fill=fill)
