"""Charts as SVG inside the page. No style attribute: the site's policy forbids them; the text's colour is theirs too.

A chart is stretched to the width that there is, so it holds no words that are seen: those stand around it, in the page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

SLOT, BAR, HEIGHT = 10.0, 8.0, 100.0
MINUTE = 60.0
LEVELS = (1, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class Bar:
    """One span's bar, with the part of it that is filled, and what is read when the pointer rests on it."""

    label: str
    whole: float | None
    part: float | None = None


def top_of(values: Sequence[float | None], kind: str) -> float:
    """Return the value at the upper edge: a round one, not below the highest."""
    highest = max((value for value in values if value is not None), default=0.0)
    if kind == "share":
        return 1.0
    unit = MINUTE if kind == "seconds" else 1.0
    scaled = max(highest / unit, 1.0)
    power = 10.0 ** math.floor(math.log10(scaled))
    return unit * power * next(level for level in LEVELS if level * power >= scaled or level == LEVELS[-1])


def bar_chart(name: str, title: str, description: str, bars: Sequence[Bar], top: float) -> Markup:
    """Return upright bars from left to right; with parts, the whole is pale and its part full."""
    is_split = any(bar.part is not None for bar in bars)
    width = SLOT * len(bars)
    drawn = Markup("").join(_bar(number, bar, top, pale=is_split) for number, bar in enumerate(bars))
    lines = Markup("").join(_line(width, height) for height in (0, HEIGHT / 2, HEIGHT))
    return Markup(
        '<svg class="chart" role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc" width="100%" height="160"'
        ' viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="none" fill="currentColor" stroke="none" focusable="false">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{description}</desc>{lines}{drawn}</svg>'
    ).format(name=name, title=title, description=description, width=width, height=HEIGHT, lines=lines, drawn=drawn)


def flat_bar(value: float, top: float) -> Markup:
    """Return a lying bar for a table's row; the figure stands beside it."""
    return Markup(
        '<svg class="bar" aria-hidden="true" width="100%" height="12" viewBox="0 0 100 10" preserveAspectRatio="none"'
        ' fill="currentColor" focusable="false"><rect width="{width:.2f}" height="10"/></svg>'
    ).format(width=100 * value / top)


def swatch(*, pale: bool) -> Markup:
    """Return the little square of a legend."""
    return Markup(
        '<svg class="swatch" aria-hidden="true" width="14" height="14" viewBox="0 0 14 14" fill="currentColor" focusable="false">'
        '<rect width="14" height="14"{fill}/></svg>'
    ).format(fill=_fill(pale))


def _bar(number: int, bar: Bar, top: float, *, pale: bool) -> Markup:
    x = SLOT * number + (SLOT - BAR) / 2
    shapes = [_rect(x, bar.whole, top, pale=pale), _rect(x, bar.part, top, pale=False)]
    return Markup("<g><title>{label}</title>{shapes}</g>").format(label=bar.label, shapes=Markup("").join(shapes))


def _rect(x: float, value: float | None, top: float, *, pale: bool) -> Markup:
    if not value:
        return Markup("")
    height = HEIGHT * min(value / top, 1.0)
    return Markup('<rect x="{x:g}" y="{y:.2f}" width="{width:g}" height="{height:.2f}"{fill}/>').format(
        x=x, y=HEIGHT - height, width=BAR, height=height, fill=_fill(pale)
    )


def _fill(pale: bool) -> Markup:
    return Markup(' fill-opacity="0.55"') if pale else Markup("")


def _line(width: float, height: float) -> Markup:
    return Markup(
        '<line x1="0" x2="{width:g}" y1="{height:g}" y2="{height:g}" stroke="currentColor" stroke-opacity="0.4"'
        ' vector-effect="non-scaling-stroke"/>'
    ).format(width=width, height=height)
