"""Patterns of the safety net, changed with their own test sentences: proved in a copy before they come into the draft."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpdesk.content.files import parse
from helpdesk.editing import rules
from helpdesk.editing.comparing import diff
from helpdesk.editing.core import Core
from helpdesk.editing.forms import Changed, Problems, Rejected
from helpdesk.editing.reading import version_of
from helpdesk.editing.safety_forms import LISTS, Pattern, SafetyForm, form_of
from helpdesk.editing.safety_lines import with_list, with_patterns
from helpdesk.editing.tidy import one_line
from helpdesk.errors import Refusal

FOLDER = "data/safety"
ROUTES = ("crisis", "emergency")
LOOKALIKES = f"{FOLDER}/lookalikes.yml"
LONGEST = 1_000


class Safety:
    """Reads and writes crisis.yml and emergency.yml, each with lookalikes.yml."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def find(self, route: str) -> SafetyForm:
        """Return the patterns and sentences of a route. Refuses with `not_found`."""
        if route not in ROUTES:
            raise Refusal("not_found", field=route)
        texts = self._texts(route)
        found, other = (parse(text)[0] or {} for text in texts.values())
        return form_of(route, found, other, version_of(*texts.values()))

    def _texts(self, route: str) -> dict[str, str]:
        return {file: self.core.draft.read(file) or "" for file in (f"{FOLDER}/{route}.yml", LOOKALIKES)}

    def save(self, form: SafetyForm, *, staff: str | None, note: str) -> SafetyForm:
        """Prove, which takes some seconds in which others may write; then save what is still the same."""
        before, wanted = self.find(form.route), _tidied(form)
        if replace(wanted, version=before.version) == before:
            return before
        problems = _fields(wanted)
        files = {} if problems else _written(wanted, before, self._texts(form.route))
        if form.version == before.version and not problems:
            problems = self._proved(wanted, before, files)
        with self.core.draft.locked():
            now = self.find(form.route)
            if form.version != now.version:
                raise self._changed(wanted, now, self._texts(form.route))
            if problems:
                raise Rejected(problems)
            self.core.draft.change(files, staff=staff, note=note)
            return self.find(form.route)

    def _changed(self, mine: SafetyForm, theirs: SafetyForm, texts: Mapping[str, str]) -> Changed:
        file = next(iter(texts))
        self.core.draft.notice(file)
        last = self.core.revisions.latest(file)
        return Changed(None, diff(_written(mine, theirs, texts)[file], texts[file]), last.staff if last else None)

    def _proved(self, form: SafetyForm, before: SafetyForm, files: Mapping[str, str]) -> Problems:
        """Try the files in a folder of their own: every sentence has to do what its list says."""
        from helpdesk.safety import FILES, SafetyError, SafetyNet, read_rules  # numerical libraries: only where they are wanted

        with tempfile.TemporaryDirectory() as folder:
            for name in FILES:
                text = files.get(f"{FOLDER}/{name}", self.core.draft.read(f"{FOLDER}/{name}")) or ""
                Path(folder, name).write_text(text, encoding="utf-8")
            try:
                net = SafetyNet(read_rules(Path(folder)))
            except SafetyError as error:
                return _of_error(form, error.file, error.pattern, error.advice)
        problems: Problems = {}
        for failing in net.prove():
            found = re.fullmatch(r"\[(.*?)\] (.*)", failing, re.DOTALL)
            why, sentence = (found[1], found[2]) if found else ("", failing)
            key = "must" if "not found" in why else "must_not"
            field = key if sentence in getattr(form, key) else ""
            told = "is found by no pattern" if key == "must" else f"is found ({why.removeprefix('false alarm: ')})"
            problems.setdefault(field, []).append(f"“{sentence}” {told}. Change the pattern, or move the sentence.")
        return problems or self._false_alarms(form, before, net)

    def _false_alarms(self, form: SafetyForm, before: SafetyForm, net: object) -> Problems:
        """Find look-alikes that a changed pattern takes for danger."""
        from helpdesk.safety import SafetyNet, normalise

        assert isinstance(net, SafetyNet)
        fresh = {one.id: n for n, one in enumerate(form.patterns) if one not in before.patterns}
        patterns = [one for one in net.rules.patterns if one.route == form.route and one.id in fresh]
        problems: Problems = {}
        for sentence in form.harmless if patterns else ():
            normal = normalise(sentence, net.rules.words)
            for one in patterns:
                if one.finds(normal):
                    told = f"It finds “{sentence}”, which is harmless. Make it narrower, or take that sentence out."
                    problems.setdefault(f"pattern-{fresh[one.id]}", []).append(told)
        return problems


def _tidied(form: SafetyForm) -> SafetyForm:
    lists: dict[str, Any] = {key: tuple(dict.fromkeys(_lines(getattr(form, key)))) for key in LISTS}
    patterns = tuple(
        replace(one, id=one.id.strip(), means=one_line(one.means), match=_lines(one.match), unless=_lines(one.unless))
        for one in form.patterns
    )
    return replace(form, patterns=patterns, **lists)


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for line in map(one_line, texts) if line)


def _fields(form: SafetyForm) -> Problems:
    """Say what is wrong with the single fields."""
    problems: dict[str, list[str]] = {}
    for key in LISTS:
        told = [line for text in getattr(form, key) for line in rules.of_sentence(text)]
        if told:
            problems[key] = told
    for number, one in enumerate(form.patterns):
        told = list(_of_pattern(one, [other.id for other in form.patterns]))
        if told:
            problems[f"pattern-{number}"] = told
    both = sorted(set(form.suspect) & set(form.harmless))
    if both:
        problems.setdefault("suspect", []).extend(f"“{one}” is among the look-alikes too. Keep it in one place." for one in both)
    return problems


def _of_pattern(one: Pattern, ids: list[str]) -> Iterable[str]:
    if not rules.NAME.fullmatch(one.id):
        yield "The name has 3 to 40 small letters, digits and _, as wants_to_die. Choose such a name."
    if ids.count(one.id) > 1:
        yield f"Two patterns are called {one.id}. Give one of them another name."
    if not one.means:
        yield "It is not said what the pattern is for. Say it in a few words."
    if not one.match:
        yield "The pattern looks for nothing. Write a line, or take the pattern out."
    for line in (*one.match, *one.unless):
        if len(line) > LONGEST:
            yield f"A line has {len(line):,} letters, and {LONGEST:,} is the most. Write several lines."
        elif "\n" in line or "${" in line or any(map(rules.is_odd, line)):
            yield "A line holds something that cannot be kept: a line break, a hidden letter, or ${. Write it anew."


def _written(form: SafetyForm, before: SafetyForm, texts: Mapping[str, str]) -> dict[str, str]:
    file, other = texts
    text = with_patterns(texts[file], form.patterns, before.patterns)
    for key in LISTS[:3]:
        text = with_list(text, key, getattr(form, key)) if getattr(form, key) != getattr(before, key) else text
    found = {file: text, other: texts[other]}
    if form.harmless != before.harmless:
        found[other] = with_list(texts[other], "harmless", form.harmless)
    return found


def _of_error(form: SafetyForm, file: str, pattern: str | None, advice: str) -> Problems:
    number = next((n for n, one in enumerate(form.patterns) if one.id == pattern), None)
    mine = file == f"{form.route}.yml" and number is not None
    where = "" if mine or not pattern else f"Pattern {pattern}: "
    sentence = f"{where}{advice[:1].upper()}{advice[1:]}."
    return {f"pattern-{number}" if mine else "": [sentence.replace("..", ".")]}
