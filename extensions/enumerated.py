"""Find the first two of the things that a message counts out: "a) … b) …", "1. … 2. …", "first, … second, …"."""

from __future__ import annotations

import re
from typing import NamedTuple

# A letter or a figure with its sign may stand anywhere; "first" counts out only where a clause begins.
SIGN = r"(?<![^\s,.;:?!-])\(?(?:(?:q|question|no|nr|number|#)\.? ?)?{}"
WORD = (
    r"(?:^|(?<=[.,:;?!\n-])|(?<=[.,:;?!\n-]\s))(?:and )?(?:the |my )?(?:{})"
    r"(?: (?:question|thing|one|off|of all|is))*(?: -|[,:;.-])?(?=\s)"
)
FIGURE = r"{0}(?:[).:,]| ?-|(?<=\w{0})(?=\s))"
FIRST = "first(?:ly)?|1st|number one|one(?=[:,])"
SECOND = "second(?:ly)?|2nd|number two|two(?=[:,])|then|next"
THIRD = "third(?:ly)?|3rd|number three|three(?=[:,])|last(?:ly)?"
MARKS = tuple(
    tuple(re.compile(form.format(mark), re.I) for mark in marks)
    for form, marks in (
        (SIGN, ("a[).:]", "b[).:]", "c[).:]")),
        (SIGN, ("i[).:]", "ii[).:]", "iii[).:]")),
        (SIGN, (FIGURE.format(1), FIGURE.format(2), FIGURE.format(3))),
        (WORD, (FIRST, SECOND, THIRD)),
    )
)


class Enumerated(NamedTuple):
    """What stands before the first mark, the first two things without their marks, and the mark between them."""

    before: str
    one: str
    two: str
    mark: str


def enumerated(text: str) -> list[Enumerated]:
    """Return the first two things for each kind of mark that counts any out."""
    found = []
    for first, second, third in MARKS:
        one = first.search(text)
        two = second.search(text, one.end()) if one else None
        if not one or not two:
            continue
        end = third.search(text, two.end())
        things = (text[one.end() : two.start()], text[two.end() : end.start() if end else None])
        left, right = (thing.strip(" ,;-") for thing in things)
        found.append(Enumerated(text[: one.start()], left, right, text[two.start() : two.end()]))
    return found
