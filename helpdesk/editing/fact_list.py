"""Facts: read, and added with the next numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from helpdesk.content import sources
from helpdesk.content.model import Content, Fact
from helpdesk.editing.core import Core
from helpdesk.editing.forms import Problems, Rejected
from helpdesk.editing.rules import of_example
from helpdesk.editing.table import FACTS, with_fact
from helpdesk.editing.tidy import one_line


class Facts:
    """Reads and writes data/facts.yml."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def add(self, given: Sequence[Mapping[str, Any]], *, staff: str | None, note: str) -> list[str]:
        """Add facts of page, section, says and exact; return their numbers. Raises Rejected by "says-<number>" and so on."""
        with self.core.draft.locked():
            content = self.core.content()
            first = 1 + max((int(id[1:]) for id in content.facts if id[1:].isdigit()), default=0)
            facts = [_fact(f"F{number:02}", one) for number, one in enumerate(given, first)]
            problems = problems_of(facts, content)
            if problems:
                raise Rejected(problems)
            table = self.core.draft.read(FACTS) or "facts:\n"
            for fact in facts:
                table = with_fact(table, fact)
            self.core.commit({FACTS: table}, staff=staff, note=note)
            return [fact.id for fact in facts]


def _fact(id: str, given: Mapping[str, Any]) -> Fact:
    exact = tuple(line for line in (one_line(str(one)) for one in given.get("exact", ())) if line)
    return Fact(id, one_line(given["page"]), one_line(given["section"]), one_line(given["says"]), exact, 0)


def problems_of(facts: Sequence[Fact], content: Content) -> Problems:
    """Say what is wrong with new facts, by field."""
    numbered = {fact.id: replace(fact, line=number) for number, fact in enumerate(facts)}
    problems: Problems = {}
    for number, fact in enumerate(facts):
        for key in ("page", "section", "says"):
            text = getattr(fact, key)
            told = list(of_example(text)) if text else ["This is missing. Write it."]
            if told:
                problems[f"{key}-{number}"] = told
        told = [line for one in fact.exact for line in of_example(one)]
        if told:
            problems[f"exact-{number}"] = told
    for problem in sources.problems_of(replace(content, facts=numbered, topics={})):
        if problem.line is not None:
            field = "exact" if "is exact" in problem.what else "says"
            sentence = f"{problem.what} {problem.do}".replace("`says`", "the sentence")
            problems.setdefault(f"{field}-{problem.line}", []).append(sentence)
    return problems
