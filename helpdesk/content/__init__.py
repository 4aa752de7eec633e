"""What the assistant knows: the files of `data/`, read and checked. No network, no SQL, no Rasa."""

from __future__ import annotations

from pathlib import Path

from helpdesk.content import across, canned, entries, hours, saved, sources
from helpdesk.content.domain import domain_problems, domain_yaml, write_domain
from helpdesk.content.files import Problem
from helpdesk.content.model import Content, load

__all__ = ["Content", "Problem", "check", "domain_yaml", "load", "write_domain"]


def check(root: Path) -> list[Problem]:
    """Return what is wrong with the content under `root`, by file and line; a warning does not stop a training."""
    content = load(root)
    problems = list(content.problems)
    for entry in content.entries:
        problems += entries.problems_of(entry, content)
    problems += sources.problems_of(content)
    problems += across.problems_of(content)
    problems += canned.problems_of(content)
    problems += hours.problems_of(content)
    problems += saved.problems_of(content)
    problems += domain_problems(content)
    return sorted(set(problems), key=lambda p: (p.warning, p.file, p.line or 0, p.what))
