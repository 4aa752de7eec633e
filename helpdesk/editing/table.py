"""The rows of data/topics.yml and data/facts.yml, changed line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from helpdesk.content.model import Fact
from helpdesk.editing.forms import TopicForm
from helpdesk.editing.scalars import scalar, short_list

TOPICS, FACTS = "data/topics.yml", "data/facts.yml"
ROW = re.compile(r"  - id: *[\"']?([\w]+)")


def row_lines(table: str, name: str) -> list[str]:
    """Return the lines of a row; none where it is not there."""
    start, end = _span(table.split("\n"), name)
    return table.split("\n")[start:end]


def row_of(table: str, name: str) -> dict[str, Any]:
    """Return what a row holds; nothing where it is not there, or cannot be read."""
    try:
        rows = yaml.safe_load("\n".join(row_lines(table, name)))
    except yaml.YAMLError:
        return {}
    return dict(rows[0]) if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}


def row_before(table: str, name: str) -> str:
    """Return the row above a row; nothing for the first."""
    start, _ = _span(table.split("\n"), name)
    names = [found[1] for line in table.split("\n")[:start] if (found := ROW.match(line))]
    return names[-1] if names else ""


def with_topic(table: str, form: TopicForm) -> str:
    """Return the table of topics in step with a form."""
    whole = form.whole
    values: dict[str, Any] = {"id": form.name, "title": form.title or form.question, "facts": whole.facts if whole else ()}
    return _in_step(table, form.name, values | ({"overview": True} if form.overview else {}))


def with_fact(table: str, fact: Fact) -> str:
    """Return the table of facts with this one in it, at the end where it is new."""
    values = {"id": fact.id, "page": fact.page, "section": fact.section, "says": fact.says, "exact": fact.exact}
    return _in_step(table, fact.id, values)


def with_values(table: str, name: str, values: dict[str, Any]) -> str:
    """Return the table with other values at these keys of a row."""
    had = row_lines(table, name)
    keys = [line[4:].partition(":")[0] for line in had]
    return with_row(table, name, [_line(key, values[key], line) if key in values else line for key, line in zip(keys, had)])


def _in_step(table: str, name: str, values: dict[str, Any]) -> str:
    """Write the row of these values: a line that says the same stays as it is."""
    had = {line[4:].partition(":")[0]: line for line in row_lines(table, name)}
    return with_row(table, name, [_line(key, value, had.get(key)) for key, value in values.items()])


def _line(key: str, value: Any, had: str | None) -> str:
    found = yaml.safe_load(had[4:]) if had else {}
    if key in found and (tuple(found[key]) if isinstance(found[key], list) else found[key]) == value:
        return str(had)
    text = (
        "true" if value is True else "null" if value is None else short_list(value) if isinstance(value, tuple) else scalar(value)
    )
    return f"{'  - ' if key == 'id' else '    '}{key}: {text}"


def with_row(table: str, name: str, row: Sequence[str], after: str | None = None) -> str:
    """Return the table with this row: in the place of the one of its name, else behind the row `after`, else at the end."""
    lines = table.split("\n")
    start, end = _span(lines, name)
    if start == end:
        start = end = _span(lines, after)[1] if after else _first(lines) if after == "" else 0
        start = end = start or _last(lines)
    lines[start:end] = row
    return "\n".join(lines)


def without_row(table: str, name: str) -> str:
    """Return the table without the row of this name."""
    lines = table.split("\n")
    start, end = _span(lines, name)
    del lines[start:end]
    return "\n".join(lines)


def _span(lines: Sequence[str], name: str) -> tuple[int, int]:
    """Return where a row begins and ends; (0, 0) where it is not there."""
    for start, line in enumerate(lines):
        found = ROW.match(line)
        if found and found[1] == name:
            end = start + 1
            while end < len(lines) and lines[end].startswith("    "):
                end += 1
            return start, end
    return 0, 0


def _first(lines: Sequence[str]) -> int:
    return next((number for number, line in enumerate(lines) if ROW.match(line)), 0)


def _last(lines: Sequence[str]) -> int:
    """Return where a row at the end belongs: before the blank lines that end the file."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return end
