"""The rules between files: nothing twice, every fact given, every aspect answered by somebody."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from helpdesk.content import retired
from helpdesk.content.files import Problem, plain
from helpdesk.content.forms import ASPECTS, REFERRED, SUBJECTS
from helpdesk.content.model import Content


def problems_of(content: Content) -> Iterator[Problem]:
    """Yield what is wrong between the files."""
    yield from _twice(content)
    yield from _one_name(content)
    yield from _topics(content)
    yield from _aspects(content)
    yield from _vocabulary(content)


def _twice(content: Content) -> Iterator[Problem]:
    examples = [(e, entry.file) for entry in content.entries for e in entry.examples]
    said = [(e.text, file, e.line) for e, file in examples if not e.behind]
    asked = [(text, file, line) for text, line, file in content.questions]
    places: dict[str, tuple[str, int]] = {}
    yield from _told_twice([*said, *asked], places)
    # The same few words may follow several answers, and may stand among the follow-ups of every topic.
    anywhere = {heard(e.text) for e, _ in examples if not e.behind and e.intent == "follow_up"}
    follow: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for e, file in examples:
        if e.behind:
            follow[e.behind].append((e.text, file, e.line))
    for lines in follow.values():
        yield from _told_twice(lines, {key: place for key, place in places.items() if key not in anywhere})


def _told_twice(lines: list[tuple[str, str, int]], places: dict[str, tuple[str, int]]) -> Iterator[Problem]:
    """Yield what stands in `places` already; put the rest there."""
    for text, file, line in lines:
        key = heard(text)
        if key in places:
            first, at = places[key]
            yield Problem(file, line, f"“{text}” stands also in {first}, line {at}.", "Keep it in one place.")
        else:
            places[key] = (file, line)


def heard(text: str) -> str:
    """Return the text without case and punctuation; what is only punctuation stays as it is."""
    bare = " ".join(re.sub(r"[^\w\s]+", " ", plain(text).replace("'", "")).split())
    return bare or text.strip()


def _one_name(content: Content) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for entry in content.entries:
        for name in sorted(
            {v.response for v in entry.variations} | {e.intent for e in entry.examples if not e.leaves_out and not e.behind}
        ):
            first = owners.setdefault(name, entry.file)
            if first != entry.file:
                yield Problem(entry.file, None, f"{name} stands also in {first}.", "Give one of the two files another name.")


def _topics(content: Content) -> Iterator[Problem]:
    answers = {e.name: e for e in content.entries if e.kind == "answers"}
    for row in content.topics.values():
        entry = answers.get(row.id)
        if entry is None:
            yield Problem("data/topics.yml", row.line, f"{row.id} has no answer.", "Write data/answers/…/" + row.id + ".yml.")
            continue
        given = set(entry.whole.facts) if entry.whole else set()
        if given != set(row.facts):
            what = f"The whole answer gives {', '.join(sorted(given)) or 'nothing'}; data/topics.yml says {', '.join(row.facts)}."
            yield Problem(entry.file, entry.whole.metadata.at("facts") if entry.whole else None, what, "Bring the two in step.")
    for name, entry in answers.items():
        if name not in content.topics:
            yield Problem(entry.file, None, f"{name} is not in data/topics.yml.", "Add it there, with its facts.")
    told = {f for e in answers.values() for v in e.variations for f in v.facts} | retired.facts(content.root)
    for fact in content.facts.values():
        if fact.id not in told:
            what, do = f"No answer gives {fact.id}.", "Give it, or take it out."
            yield Problem("data/facts.yml", fact.line, what, do, warning=True)


def _aspects(content: Content) -> Iterator[Problem]:
    spoken = {e.aspect for entry in content.entries if entry.kind == "referrals" for e in entry.examples}
    for aspect in REFERRED:
        if aspect not in spoken:
            what = f"No referral has the aspect {aspect}."
            yield Problem("data/referrals", None, what, "Write one, with `metadata: {aspect: " + aspect + "}` at its examples.")
    owners: dict[str, set[str]] = defaultdict(set)
    for entry in content.entries:
        for example in entry.examples:
            if entry.kind == "referrals" and example.aspect in REFERRED:
                owners[example.aspect].add(entry.file)
    for aspect, files in owners.items():
        if len(files) > 1:
            yield Problem(
                sorted(files)[1], None, f"Two referrals have the aspect {aspect}: {', '.join(sorted(files))}.", "Keep one."
            )
    uncovered = next((e for e in content.entries if e.kind == "dialogue" and e.name == "not_covered"), None)
    said = {v.aspect for v in uncovered.variations} if uncovered else set()
    for aspect in ASPECTS:
        if aspect not in said:
            what = f"Nothing is said where the page does not cover {aspect}."
            yield Problem("data/dialogue/not_covered.yml", None, what, "Write a variation for that aspect.")


def _vocabulary(content: Content) -> Iterator[Problem]:
    ids: set[str] = set()
    spelt: dict[str, str] = {}
    referrals = {entry.name for entry in content.entries if entry.kind == "referrals"}
    for one in content.vocabulary:
        if one.id in ids or not re.fullmatch(r"[a-z0-9_]+", one.id):
            yield Problem(one.file, one.line, f"The id {one.id} stands twice or is not one word.", "Give it a name of its own.")
        ids.add(one.id)
        if one.kind not in SUBJECTS:
            yield Problem(one.file, one.line, f"{one.kind} is not a kind.", f"Take one of {', '.join(SUBJECTS)}.")
        for topic in one.topics:
            if topic not in content.topics:
                yield Problem(one.file, one.line, f"There is no topic {topic}.", "See data/topics.yml.")
        if (one.topic not in one.topics) if one.topic else one.topics:
            yield Problem(one.file, one.line, f"The topic of {one.id} is not among its topics.", "Bring the two in step.")
        if one.referral and (one.topics or one.referral not in referrals):
            what = f"{one.id} cannot have the referral {one.referral}."
            yield Problem(one.file, one.line, what, "Name a file of data/referrals, and only where there is no topic.")
        if not one.says:
            yield Problem(one.file, one.line, f"{one.id} has no spelling.", "Write one under `says`, in lower case.")
        for says in one.says:
            yield from _spelling(one.file, one.line, one.id, says, spelt)


def _spelling(file: str, line: int, name: str, says: str, spelt: dict[str, str]) -> Iterator[Problem]:
    if says != says.lower() or not says.strip():
        yield Problem(file, line, f"The spelling “{says}” is not in lower case.", "Write it in lower case.")
    key = plain(says)
    if key in spelt:
        other = "twice" if spelt[key] == name else f"under {spelt[key]} and {name}"
        yield Problem(file, line, f"The spelling “{says}” stands {other}.", "Keep it in one place.")
    spelt.setdefault(key, name)
