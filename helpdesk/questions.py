"""Questions to measure with: the files of tests/heldout/ and data/development/, read into cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helpdesk.errors import CommandError

ANY = "any"
DANGER = frozenset(("crisis", "emergency"))
CHAT = frozenset(("smalltalk", "decline", "miss"))


@dataclass(frozen=True)
class Wanted:
    """What one reply, or one half of a reply, should be. The first topic is the best one; the others are as right."""

    routes: tuple[str, ...]
    topics: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """One message and what should come back: one half, or several in any order."""

    ask: str
    halves: tuple[Wanted, ...]


@dataclass(frozen=True)
class Case:
    """One conversation to hold. `group` is the line of the table that it counts in."""

    id: str
    group: str
    turns: tuple[Turn, ...]
    secrets: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


def read(folder: Path, only: set[str] | None = None) -> list[Case]:
    """Return every case in the folder's files. Raises CommandError for a file that is not understood."""
    files = [path for path in sorted(folder.glob("*.yml")) if only is None or path.stem in only]
    if not files:
        raise CommandError(f"{folder} holds no file of questions{f' named {sorted(only)}' if only else ''}.")
    return [case for path in files for case in _cases(path)]


def _cases(path: Path) -> Iterator[Case]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for number, (group, turns, entry) in enumerate(_entries(path.stem, content), start=1):
            yield Case(f"{path.stem}-{number}", group, tuple(turns), _texts(entry.get("secrets")), _texts(entry.get("keep")))
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CommandError(f"{path} cannot be read as questions: {type(error).__name__}: {error}") from error


def _entries(stem: str, content: Mapping[str, Any]) -> Iterator[tuple[str, list[Turn], Mapping[str, Any]]]:
    for block in content.get("nlu") or []:
        for turn in _examples(block):
            yield "answers", [turn], {}
    for entry in content.get("questions") or []:
        yield _group(stem, entry), [_turn(entry)], entry
    for dialogue in content.get("dialogues") or []:
        yield "dialogues", [_turn(entry) for entry in dialogue["turns"]], {}


def _examples(block: Mapping[str, Any]) -> Iterator[Turn]:
    told = block.get("metadata") or {}
    topic = str(block["intent"]).removeprefix("ask_")
    wanted = Wanted(("answer",), (topic, *_texts(told.get("also"))), _texts(told.get("facts")))
    for line in str(block["examples"]).splitlines():
        if line.strip():
            yield Turn(line.strip().removeprefix("- "), (wanted,))


def _turn(entry: Mapping[str, Any]) -> Turn:
    return Turn(str(entry["ask"]), tuple(_wanted(half) for half in entry.get("halves") or [entry]))


def _wanted(entry: Mapping[str, Any]) -> Wanted:
    return Wanted(_texts(entry.get("route", ANY)), _texts(entry.get("topic")), _texts(entry.get("facts")))


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (str(value),) if not isinstance(value, Sequence) or isinstance(value, str) else tuple(str(item) for item in value)


def _group(stem: str, entry: Mapping[str, Any]) -> str:
    """Return the line of the table: by what the entry holds, then by its file, then by its route."""
    if "halves" in entry:
        return "two questions" if len(entry["halves"]) > 1 else "one question that looks like two"
    if "secrets" in entry or "keep" in entry:
        return "personal details"
    if stem == "hostile":
        return "hostile input"
    if stem == "lookalikes" or stem.endswith("harmless"):
        return "look-alikes"
    return _by_route(set(_texts(entry.get("route", ANY))), stem)


def _by_route(routes: set[str], stem: str) -> str:
    if routes <= DANGER:
        return "danger"
    if routes <= CHAT:
        return "chat and other subjects"
    if routes & {"answer"}:
        return "answers" if stem.endswith("answers") else "answers in disguise"
    if routes & {"refer"}:
        return "near misses" if "near" in stem else "other languages"
    for route, group in (("advice", "advice"), ("handoff", "people"), ("privacy", "privacy")):
        if route in routes:
            return group
    return "other"
