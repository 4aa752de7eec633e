"""Questions kept as tests, in data/tests/saved.yml: in the form of data/development, one a line."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from helpdesk.content.across import heard
from helpdesk.content.files import misfits, parse
from helpdesk.content.forms import ROUTES
from helpdesk.content.model import Content
from helpdesk.content.saved import FILE, SHAPE
from helpdesk.editing.forms import Problems, SavedTest
from helpdesk.editing.rules import of_example
from helpdesk.editing.scalars import quoted, scalar, short_list
from helpdesk.editing.tidy import one_line

HEAD = "# Questions that staff keep as tests: a version that answers one of them otherwise cannot be published.\nquestions:\n"
LINE = re.compile(r"  - \{id: *[\"']?(\w+)")


def read_tests(root: Path) -> list[SavedTest]:
    """Return the saved tests; none where there is no such file."""
    path = root / FILE
    return tests_of(path.read_text(encoding="utf-8")) if path.is_file() else []


def tests_of(text: str) -> list[SavedTest]:
    """Return the tests of a text of the file; none where it cannot be read."""
    found, wrong = parse(text)
    if wrong or misfits(found, SHAPE):
        return []
    return [
        SavedTest(one["ask"], one["route"], next(iter(one.get("topic") or ()), None), one.get("by"), one.get("at", ""), one["id"])
        for one in found["questions"]
    ]


def problems_of(test: SavedTest, known: Collection[SavedTest], content: Content) -> Problems:
    """Say what is wrong with a new test, by field."""
    problems: Problems = {}
    told = ["There is no question here. Write one."] if not test.ask else list(of_example(test.ask))
    told += ["This question is a test already."] * any(heard(test.ask) == heard(one.ask) for one in known)
    if told:
        problems["ask"] = told
    if test.route not in ROUTES:
        problems["route"] = ["This is no kind of answer. Choose one of the list."]
    if test.topic is not None and not any(entry.name == test.topic for entry in content.entries):
        problems["topic"] = [f"There is no topic {test.topic}. Choose one of the list."]
    return problems


def made(test: SavedTest, *, staff: str | None, now: float) -> SavedTest:
    """Return the test as it is kept."""
    day = time.strftime("%Y-%m-%d", time.gmtime(now))
    return replace(test, ask=one_line(test.ask), id=f"t{secrets.token_hex(4)}", by=test.by or staff, at=test.at or day)


def with_test(text: str | None, test: SavedTest) -> str:
    """Return the file with this test at its end."""
    parts = {"id": test.id, "ask": quoted(test.ask), "route": test.route}
    if test.topic:
        parts["topic"] = short_list([test.topic])
    if test.by:
        parts["by"] = scalar(test.by, flow=True)
    parts["at"] = quoted(test.at)
    before = HEAD if text is None or not tests_of(text) else text if text.endswith("\n") else text + "\n"
    return before + "  - {" + ", ".join(f"{key}: {part}" for key, part in parts.items()) + "}\n"


def without_tests(text: str, ids: Collection[str]) -> str | None:
    """Return the file without these tests; None where no test is left."""
    lines = [line for line in text.split("\n") if not ((found := LINE.match(line)) and found[1] in ids)]
    left = "\n".join(lines)
    return left if any(LINE.match(line) for line in lines) else None
