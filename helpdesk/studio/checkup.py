"""All that `helpdesk check` says of the draft, looked at again only where a file or what it depends on has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpdesk.content import Content, Problem, across, canned, entries, hours, saved, sources
from helpdesk.content.domain import domain_problems
from helpdesk.content.model import Entry

PAUSE = 0.003  # after each file: visitors come first
FEW = 5  # so many files are looked at without a pause


class Checkup:
    """Remembers what was wrong with each file."""

    def __init__(self) -> None:
        self.common: Any = None
        self.known: dict[str, tuple[Entry, list[Problem]]] = {}

    def of(self, content: Content, rest: Callable[[float], None]) -> list[Problem]:
        """Return what is wrong with the draft, errors before warnings."""
        common = _common(content)
        known = self.known if common == self.common else {}
        changed = [entry for entry in content.entries if known.get(entry.file, (None,))[0] is not entry]
        found = {entry.file: known[entry.file] for entry in content.entries if entry.file in known}
        for entry in changed:
            found[entry.file] = entry, list(entries.problems_of(entry, content))
            rest(PAUSE if len(changed) > FEW else 0.0)
        self.common, self.known = common, found
        problems = [*content.problems, *(problem for _, told in found.values() for problem in told)]
        for part in (sources, across, canned, hours, saved):
            problems += part.problems_of(content)
            rest(PAUSE)
        problems += domain_problems(content)
        return sorted(set(problems), key=lambda problem: (problem.warning, problem.file, problem.line or 0, problem.what))


def _common(content: Content) -> Any:
    """Return what the rules for one file look at beside the file."""
    covered = {e.name: sorted({a for v in e.variations for a in (v.aspect, *v.covers) if a}) for e in content.entries}
    return content.facts, content.topics, content.vocabulary, content.intents, content.runs, covered
