"""Reading data/safety: patterns and lists of sentences, checked before they go live."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from helpdesk.safety.expressions import SafetyError, check_speed, expression
from helpdesk.safety.tidy import Names, Words

PATTERN_FILES = ("crisis.yml", "emergency.yml")
FILES = (*PATTERN_FILES, "lookalikes.yml", "words.yml", "replies.yml")
_PATTERN_KEYS = {"id", "means", "match", "unless", "reply", "gentle"}
_FILE_KEYS = {"route", "words", "settled", "today", "patterns", "must", "must_not", "suspect"}
_REPLIES = {None, "abuse"}
REPLIES = ("crisis", "crisis_gentle", "emergency", "emergency_gentle", "abuse")
REPLIES_LATER = ("crisis_still", "emergency_still")  # an earlier version of the files has none


@dataclass
class Settled:
    """What says in a sentence that a thing is over, or a story; and what says beside it that it goes on."""

    over: re.Pattern[str]
    today: re.Pattern[str] | None = None

    def holds(self, sentence: str) -> bool:
        rest, found = self.over.subn("", sentence)
        return bool(found) and not (self.today and self.today.search(rest))


@dataclass
class Pattern:
    id: str
    route: str
    means: str
    match: re.Pattern[str]
    unless: re.Pattern[str] | None
    reply: str | None = None
    gentle: bool = False
    settled: Settled | None = None

    def finds(self, text: str) -> bool:
        harmless: list[tuple[int, int]] | None = None
        for hit in self.match.finditer(text):
            if self._is_settled(text, hit):
                continue
            if self.unless is None:
                return True
            if harmless is None:
                harmless = [m.span() for m in self.unless.finditer(text)]
            if not any(a < hit.end() and hit.start() < b for a, b in harmless):
                return True
        return False

    def _is_settled(self, text: str, hit: re.Match[str]) -> bool:
        if self.settled is None:
            return False
        end = text.find("\n", hit.end())
        return self.settled.holds(text[text.rfind("\n", 0, hit.start()) + 1 : len(text) if end < 0 else end])


def _strings(value: Any, file: str, key: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        bad = next((v for v in value if not isinstance(v, str)), value) if isinstance(value, list) else value
        raise SafetyError(file, None, f"`{key}` must be a list of sentences; this is not one: {bad!r}. Put it in quotes")
    return value


def read_yaml(path: Path) -> dict[str, Any]:
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    except FileNotFoundError:
        raise SafetyError(path.name, None, "the file is missing; put it back") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        advice = f"the file cannot be read as YAML ({str(error).splitlines()[0]}); look for a missing quote or blank"
        raise SafetyError(path.name, None, advice) from None
    if not isinstance(content, dict):
        raise SafetyError(path.name, None, "the file is empty or not a list of keys; put the earlier copy back")
    return content


@dataclass
class Rules:
    """The contents of data/safety, checked."""

    words: Words = field(default_factory=Words)
    names: Names = field(default_factory=Names)
    patterns: list[Pattern] = field(default_factory=list)
    must: list[tuple[str, str]] = field(default_factory=list)  # route, sentence
    must_not: list[str] = field(default_factory=list)
    suspect: list[tuple[str, str]] = field(default_factory=list)
    harmless: list[str] = field(default_factory=list)
    replies: dict[str, dict[str, str]] = field(default_factory=dict)
    settled: Settled | None = None  # of emergencies

    def over(self, normal: str) -> list[str]:
        """The sentences of a tidied message that tell of what is over."""
        return [line for line in normal.split("\n") if self.settled and self.settled.holds(line)]


def read_rules(folder: Path, already_checked: bool = False) -> Rules:
    """Read and check data/safety. Raises SafetyError."""
    rules = Rules()
    listed = read_yaml(folder / "words.yml")
    _no_other_keys(listed, {"danger", "real", "medicines", "names"}, "words.yml", None)
    said = {name: _strings(listed.get(name), "words.yml", name) for name in ("danger", "real", "medicines", "names")}
    rules.words = Words(said["danger"], said["real"])
    rules.names = Names(said["medicines"], said["names"])
    seen: set[str] = set()
    for name in PATTERN_FILES:
        content = read_yaml(folder / name)
        _no_other_keys(content, _FILE_KEYS, name, None)
        route = content.get("route")
        if route != name.removesuffix(".yml"):
            raise SafetyError(name, None, f"`route` must be {name.removesuffix('.yml')}")
        named = content.get("words") or {}
        if not isinstance(named, dict) or not all(isinstance(k, str) and isinstance(v, str) for k, v in named.items()):
            raise SafetyError(name, None, "`words` must be names, each with one expression in brackets")
        over, today = (_ready(content.get(key), key, named, name, key, already_checked) for key in ("settled", "today"))
        settled = Settled(over, today) if over else None
        rules.settled = settled if route == "emergency" else rules.settled
        for entry in content.get("patterns") or []:
            rules.patterns.append(_pattern(entry, route, named, settled, name, seen, already_checked))
        rules.must += [(route, s) for s in _strings(content.get("must"), name, "must")]
        rules.must_not += _strings(content.get("must_not"), name, "must_not")
        rules.suspect += [(route, s) for s in _strings(content.get("suspect"), name, "suspect")]
        if not rules.must or not rules.patterns:
            raise SafetyError(name, None, "a file without `patterns` and `must` protects nobody; put the earlier copy back")
    content = read_yaml(folder / "lookalikes.yml")
    _no_other_keys(content, {"harmless"}, "lookalikes.yml", None)
    rules.harmless = _strings(content.get("harmless"), "lookalikes.yml", "harmless")
    rules.replies = read_yaml(folder / "replies.yml")
    for key in (*REPLIES, *(key for key in REPLIES_LATER if key in rules.replies)):
        texts = rules.replies.get(key)
        if not isinstance(texts, dict) or not all(isinstance(texts.get(lang), str) for lang in ("en", "es")):
            raise SafetyError("replies.yml", None, f"`{key}` must have a text `en` and a text `es`")
        for lang in ("en", "es"):
            for number in (["988"] if key.startswith("crisis") else []) + ["911", "1-800-344-4867"]:
                if number not in texts[lang]:
                    raise SafetyError("replies.yml", None, f"`{key}` ({lang}) must give the number {number}")
    return rules


def _no_other_keys(content: dict[str, Any], known: set[str], file: str, pattern: str | None) -> None:
    others = [str(k) for k in content if k not in known]
    if others:
        raise SafetyError(file, pattern, f"unknown key `{others[0]}`; known are {', '.join(sorted(known))}")


def _ready(
    sources: Any, key: str, named: dict[str, str], file: str, pattern: str, already_checked: bool
) -> re.Pattern[str] | None:
    """The expressions under one key of a file or a pattern as one; None where there are none."""
    sources = sources or []
    if not isinstance(sources, list):
        raise SafetyError(file, pattern, f"`{key}` must be a list of expressions, one a line")
    expressions = [expression(s, named, file, pattern) for s in sources]
    if not already_checked:
        for one, source in zip(expressions, sources, strict=True):
            check_speed(one, source, file, pattern)
    ready = [re.sub(r"\((?!\?)", "(?:", e).replace("\\(?:", "\\(") for e in expressions]
    return re.compile(r"\b(?:" + "|".join(ready) + r")(?!\w)", re.MULTILINE) if ready else None


def _pattern(
    entry: Any,
    route: str,
    named: dict[str, str],
    settled: Settled | None,
    file: str,
    seen: set[str],
    already_checked: bool,
) -> Pattern:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise SafetyError(file, None, f"every pattern needs an `id`; this one has none: {entry!r}"[:200])
    name = entry["id"]
    _no_other_keys(entry, _PATTERN_KEYS, file, name)
    key = f"{route}/{name}"
    if key in seen:
        raise SafetyError(file, name, "this id is used twice; give one of them another")
    seen.add(key)
    if not isinstance(entry.get("means"), str):
        raise SafetyError(file, name, "`means` must say in a few words what the pattern is for")
    if not isinstance(entry.get("gentle", False), bool):
        raise SafetyError(file, name, "`gentle` is `true` or left out")
    if entry.get("reply") not in _REPLIES:
        raise SafetyError(file, name, "`reply` may only be `abuse`, or left out")
    match, unless = (_ready(entry.get(key), key, named, file, name, already_checked) for key in ("match", "unless"))
    if match is None:
        raise SafetyError(file, name, "`match` must be a list of expressions, one a line")
    gentle = entry.get("gentle", False)
    return Pattern(name, route, entry["means"], match, unless, entry.get("reply"), gentle, settled)
