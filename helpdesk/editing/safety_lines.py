"""A safety file changed line by line: comments, order and quotes stay as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from helpdesk.editing.safety_forms import Pattern
from helpdesk.editing.scalars import quoted

ID = re.compile(r"  - id: ")
ITEM = re.compile(r" *- ")


def with_list(text: str, key: str, wanted: Sequence[str]) -> str:
    """Return the file with these sentences under a key; new ones come last."""
    lines = text.split("\n")
    start, end = section(lines, key)
    if not start:
        return "\n".join([*lines[:-1], f"{key}:", *(_item("  ", one) for one in wanted), ""]) if wanted else text
    return "\n".join([*lines[:start], *_listed(lines[start:end], wanted, "  "), *lines[end:]])


def with_patterns(text: str, wanted: Sequence[Pattern], before: Sequence[Pattern]) -> str:
    """Return the file with these patterns; new ones come last."""
    lines = text.split("\n")
    start, end = section(lines, "patterns")
    had = {one.id: one for one in before}
    named = {one.id: one for one in wanted}
    found: list[str] = []
    for part in _parts(lines[start:end]):
        id = str(yaml.safe_load(part[0][4:])["id"]) if ID.match(part[0]) else None
        body, after = _without_comments(part)
        if id is None:
            found += part
        elif id in named:
            found += (body if named[id] == had.get(id) else pattern_lines(named[id], body)) + after
        else:
            found += after
    for one in wanted:
        if one.id not in had:
            found += pattern_lines(one, [])
    return "\n".join([*lines[:start], *found, *lines[end:]])


def section(lines: Sequence[str], key: str) -> tuple[int, int]:
    """Return where the lines under a key begin and end; blank lines and comments before the next key are that one's."""
    start = next((number for number, line in enumerate(lines, 1) if line.rstrip() == f"{key}:"), 0)
    end = next((n for n in range(start, len(lines)) if lines[n] and not lines[n].startswith((" ", "#"))), len(lines))
    while start and end > start and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return (start, end) if start else (0, 0)


def _parts(lines: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = []
    for line in lines:
        if ID.match(line) or not parts:
            parts.append([])
        parts[-1].append(line)
    return parts


def _without_comments(part: list[str]) -> tuple[list[str], list[str]]:
    """Cut off the comments at the end: they speak of the pattern that follows."""
    end = len(part)
    while end > 1 and (not part[end - 1].strip() or part[end - 1].lstrip().startswith("#")):
        end -= 1
    return part[:end], part[end:]


def pattern_lines(one: Pattern, had: Sequence[str]) -> list[str]:
    """Return the lines of a pattern; those that say the same stay as they are."""
    keys: dict[str, list[str]] = {}
    for line in had:
        found = re.match(r"(?:  - |    )(\w+):", line)
        key = found[1] if found else next(reversed(keys))
        keys.setdefault(key, []).append(line)
    lines = [f"  - id: {one.id}"]
    told = {"means": one.means, "gentle": "true" * one.gentle, "reply": one.reply}
    order = [key for key in keys if key in told] + [key for key in told if key not in keys]
    for key in order:
        if told[key]:
            value = told[key] if key == "gentle" else _plain(told[key])
            same = key in keys and str(yaml.safe_load(keys[key][0])[key]).lower() == told[key].lower()
            lines += keys[key] if same else [f"    {key}: {value}"]
    for key, wanted in (("match", one.match), ("unless", one.unless)):
        if wanted:
            lines += [f"    {key}:", *_listed(keys.get(key, [""])[1:], wanted, "      ")]
    return lines


def _listed(had: Sequence[str], wanted: Sequence[str], indent: str) -> list[str]:
    """Return the lines of a list: what stays in its order, with the comments, then what is new."""
    left = list(wanted)
    lines = []
    for line in had:
        if not ITEM.match(line):
            lines.append(line)
        elif (value := str(yaml.safe_load(line.strip())[0])) in left:
            left.remove(value)
            lines.append(line)
    return lines + [_item(indent, one) for one in left]


def _item(indent: str, value: str) -> str:
    return f"{indent}- {_plain(value)}"


def _plain(value: str) -> str:
    """Return the value plain where YAML reads it so, else in quotes that keep backslashes."""
    try:
        if yaml.safe_load(f"- {value}") == [value] and yaml.safe_load(f"a: {value}") == {"a": value}:
            return value
    except yaml.YAMLError:
        pass
    return "'" + value.replace("'", "''") + "'" if "\\" in value else quoted(value)
