"""The rules for data/facts.yml: short, in our own words, with the figures and names that must be exact."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.content.borrowed import borrowed
from helpdesk.content.files import Problem, plain
from helpdesk.content.model import Content

FILE = "data/facts.yml"
LONGEST = 40


def problems_of(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with the facts, and which facts the table of topics names and nobody knows."""
    exact = tuple(e for f in content.facts.values() for e in f.exact)
    for fact in content.facts.values():
        if not re.fullmatch(r"F\d{2,}", fact.id):
            yield Problem(FILE, fact.line, f"{fact.id} is not the number of a fact.", "Number it as F75.")
        if len(fact.says.split()) > LONGEST:
            yield Problem(FILE, fact.line, f"{fact.id} is long.", f"Say it in {LONGEST} words.")
        run = borrowed(fact.says, exact, content.runs)
        if run:
            yield Problem(FILE, fact.line, f"These words stand on the page: {run}.", "Say it in our own words.")
        for string in fact.exact:
            if not string.strip() or plain(string) not in plain(fact.says):
                yield Problem(FILE, fact.line, f"{fact.id}: “{string}” is exact and not in `says`.", "Give it there as well.")
    for row in content.topics.values():
        for name in row.facts:
            if name not in content.facts:
                yield Problem("data/topics.yml", row.line, f"There is no fact {name}.", "See data/facts.yml.")
