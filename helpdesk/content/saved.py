"""The rules for data/tests/saved.yml: questions that staff keep as tests."""

from __future__ import annotations

from collections.abc import Iterator

from helpdesk.content.files import Problem, read
from helpdesk.content.forms import ROUTES
from helpdesk.content.model import Content

FILE = "data/tests/saved.yml"
SHAPE = {"questions": [{"id": str, "ask": str, "route": str, "topic?": [str], "by?": str, "at?": str}]}


def problems_of(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with the saved tests; the file may be missing."""
    path = content.root / FILE
    if not path.is_file():
        return
    found, problems = read(path, content.root, SHAPE)
    yield from problems
    names = {entry.name for entry in content.entries}
    seen: set[str] = set()
    for one in found["questions"] if found else []:
        if one["id"] in seen:
            yield Problem(FILE, one.line, f"The id {one['id']} stands here twice.", "Give one of the two another.")
        seen.add(one["id"])
        if one["route"] not in ROUTES:
            yield Problem(FILE, one.at("route"), f"{one['route']} is not a route.", f"Take one of {', '.join(ROUTES)}.")
        for name in one.get("topic") or []:
            if name not in names:
                yield Problem(FILE, one.at("topic"), f"There is no topic {name}.", "Take the test out, or name another topic.")
