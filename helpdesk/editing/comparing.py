"""Two texts of one file: how they differ, and how two changes of one text are brought together."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from helpdesk.editing.forms import DiffLine

AROUND = 2
GAP = "…"

Edit = tuple[int, int, list[str]]  # from, to, lines instead


def diff(before: str | None, after: str | None) -> list[DiffLine]:
    """Return the lines that went out and came in, each with some lines around them."""
    return list(_lines((before or "").split("\n"), (after or "").split("\n")))


def _lines(old: list[str], new: list[str]) -> Iterator[DiffLine]:
    for number, group in enumerate(_matcher(old, new).get_grouped_opcodes(AROUND)):
        if number:
            yield DiffLine("same", GAP)
        for kind, a, b, c, d in group:
            if kind == "equal":
                yield from (DiffLine("same", line) for line in old[a:b])
            else:
                yield from (DiffLine("out", line) for line in old[a:b])
                yield from (DiffLine("in", line) for line in new[c:d])


def merged(base: str, mine: str, theirs: str) -> str | None:
    """Return `base` with both changes; None where they change the same lines."""
    lines = base.split("\n")
    edits = sorted((*_edits(lines, mine.split("\n")), *_edits(lines, theirs.split("\n"))), key=lambda e: e[:2])
    found: list[str] = []
    at = 0
    last: Edit | None = None
    for start, end, instead in edits:
        if last == (start, end, instead):
            continue
        if start < at or (last is not None and start == end == last[0] == last[1]):
            return None
        found += [*lines[at:start], *instead]
        at, last = end, (start, end, instead)
    return "\n".join([*found, *lines[at:]])


def _edits(base: list[str], changed: list[str]) -> list[Edit]:
    return [(a, b, changed[c:d]) for kind, a, b, c, d in _matcher(base, changed).get_opcodes() if kind != "equal"]


def _matcher(old: list[str], new: list[str]) -> difflib.SequenceMatcher[str]:
    return difflib.SequenceMatcher(None, old, new, autojunk=False)
