"""Read one YAML file: small, shallow, without anchors, and of the form that was promised."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LARGEST = 1_000_000
DEEPEST = 20


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the content, and what to do about it."""

    file: str
    line: int | None
    what: str
    do: str
    warning: bool = False

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {'warning: ' if self.warning else ''}{self.what} {self.do}"


class Lined(dict[str, Any]):
    """A mapping that knows on which line each of its keys stands, and on which line its value begins."""

    line: int = 1
    lines: dict[str, int]
    text_lines: dict[str, int]

    def at(self, key: str) -> int:
        """Return the line of `key`, or of the mapping where it has no such key."""
        return self.lines.get(key, self.line)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    pass


def _mapping(loader: Any, node: yaml.MappingNode) -> Lined:
    found = Lined(loader.construct_mapping(node, deep=True))
    found.line = node.start_mark.line + 1
    found.lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
    found.text_lines = {str(key.value): value.start_mark.line + 1 for key, value in node.value}
    if len(found.lines) < len(node.value):
        raise yaml.constructor.ConstructorError(None, None, "the same key stands here twice", node.start_mark)
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(path: Path, root: Path, shape: Any) -> tuple[Any, list[Problem]]:
    """Return what the file holds, or None and what is wrong with it."""
    name = path.relative_to(root).as_posix()
    if path.stat().st_size >= LARGEST:
        return None, [Problem(name, None, "The file is larger than 1 MB.", "Split it into several files.")]
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None, [Problem(name, None, "The file is not UTF-8 text.", "Save it as UTF-8.")]
    found, wrong = parse(text)
    wrong = wrong or tuple(misfits(found, shape))
    if wrong:
        return None, [Problem(name, line, what, do) for line, what, do in wrong]
    return found, []


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> tuple[Any, tuple[tuple[int | None, str, str], ...]]:
    """Parse YAML text; the second value is (line, what, do) for what makes it unusable. The result is not to be changed."""
    if "${" in text:
        at = text[: text.index("${")].count("\n") + 1
        return None, ((at, "There is a `${` here.", "Take it out: Rasa would look for a setting of that name."),)
    try:
        wrong = _trick(text)
        return (None, wrong) if wrong else (yaml.load(text, Loader=_Loader), ())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return None, (
            (line, f"This is not readable YAML: {error.problem}.", "Compare with another file; mind indents and quotes."),
        )
    except (yaml.YAMLError, ValueError):
        return None, (
            (None, "This is not readable YAML.", "Look for odd characters, and for a date without quotes that is no date."),
        )


def _trick(text: str) -> tuple[tuple[int, str, str], ...]:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            return ((line, "There is a YAML anchor or alias (& or *) here.", "Write the text out, or put it in quotes."),)
        if str(getattr(event, "tag", None) or "").strip("!"):
            return ((line, "There is a YAML tag (!) here.", "Put the text in quotes."),)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return ((line, "The lists here are nested too deep.", "Compare with another file."),)
    return ()


def misfits(found: Any, shape: Any, line: int | None = 1, where: str = "the file") -> list[tuple[int | None, str, str]]:
    """Compare a value with a shape: a type, a tuple of types, [shape of each], {key: shape, "key?": shape} or {str: shape}."""
    if isinstance(shape, dict):
        return _mapping_misfits(found, shape, line, where)
    if isinstance(shape, list):
        if not isinstance(found, list):
            return [(line, f"{where} should be a list.", "Compare with docs/authoring.md.")]
        return [
            m
            for i, one in enumerate(found, 1)
            for m in misfits(one, shape[0], getattr(one, "line", line), f"number {i} of {where}")
        ]
    if shape is not object and (isinstance(found, bool) is not (shape is bool) or not isinstance(found, shape)):
        kinds = shape if isinstance(shape, tuple) else (shape,)
        wanted = " or ".join("nothing" if k is type(None) else "text" if k is str else k.__name__ for k in kinds)
        return [
            (
                line,
                f"{where} should be {wanted}, and is {type(found).__name__}.",
                "Put it in quotes." if str in kinds else "Correct it.",
            )
        ]
    return []


def _mapping_misfits(found: Any, shape: dict[Any, Any], line: int | None, where: str) -> list[tuple[int | None, str, str]]:
    if not isinstance(found, Lined):
        return [(line, f"{where} should have names with values.", "Compare with docs/authoring.md.")]
    if str in shape:
        return [m for k, v in found.items() for m in misfits(v, shape[str], found.at(k), f"`{k}`")]
    known = {str(k).rstrip("?"): v for k, v in shape.items()}
    wrong: list[tuple[int | None, str, str]] = []
    for key in found.keys() - known.keys():
        wrong.append((found.at(key), f"`{key}` is not known here.", f"Known are {', '.join(known)}."))
    for key, one in shape.items():
        name = str(key).rstrip("?")
        if name in found:
            wrong += misfits(found[name], one, found.at(name), f"`{name}`")
        elif name == key:
            wrong.append((found.line, f"`{name}` is missing from {where}.", "Compare with docs/authoring.md."))
    return wrong


def plain(text: str) -> str:
    """Return the text in lower case with straight quotes and single spaces, for comparing."""
    return re.sub(r"\s+", " ", text.lower().replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')).strip()
