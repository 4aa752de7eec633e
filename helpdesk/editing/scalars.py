"""A value as a careful person writes it in YAML: plain where it can be, quoted where it must."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

PLAIN = re.compile(r"[A-Za-z][\w .,;()'’“”&/+?!-]*")
PLAIN_IN_FLOW = re.compile(r"[A-Za-z][\w .;()'’/-]*")
QUOTED = frozenset(("as_of", "review_by"))


def scalar(value: str, *, flow: bool = False, key: str = "") -> str:
    """Return the text of one value; dates are always quoted."""
    pattern = PLAIN_IN_FLOW if flow else PLAIN
    if key not in QUOTED and pattern.fullmatch(value) and value == value.strip() and yaml.safe_load(value) == value:
        return value
    return quoted(value)


def quoted(value: str) -> str:
    """Return the value in double quotes."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def short_list(values: Sequence[str]) -> str:
    """Return a list on one line."""
    return "[" + ", ".join(scalar(value, flow=True) for value in values) + "]"


def parts_of(flow: str) -> dict[str, str]:
    """Return the parts of `{a: 1, b: [2, 3]}` as they are written, by key."""
    found: dict[str, str] = {}
    for part in _split(flow.strip()[1:-1]):
        key, _, _ = part.partition(":")
        found[key.strip()] = part.strip()
    return found


def _split(text: str) -> list[str]:
    parts, depth, quote, start = [], 0, "", 0
    for at, letter in enumerate(text):
        if quote:
            if letter == quote and not (quote == '"' and text[at - 1] == "\\"):
                quote = ""
        elif letter in "\"'" and (at == 0 or text[at - 1] in " [{,:"):
            quote = letter
        elif letter in "[{":
            depth += 1
        elif letter in "]}":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return parts
