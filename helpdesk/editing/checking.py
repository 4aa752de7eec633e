"""What would be wrong with a form if it were saved: the rules of helpdesk/content, told beside the fields."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from helpdesk.content import entries
from helpdesk.content.across import heard
from helpdesk.content.forms import REFERRED
from helpdesk.content.model import Content, Entry, Topic
from helpdesk.editing import rules
from helpdesk.editing.entered import Entered
from helpdesk.editing.forms import Problems, TopicForm
from helpdesk.editing.reader import Place, Places

KINDS = {"own": "an example", "left_out": "a question that the page leaves out", "follow_up": "a question asked after the answer"}


@dataclass
class Checked:
    """What keeps the form from being saved, and what an author should know all the same."""

    problems: Problems
    warnings: Problems


def checked(form: TopicForm, content: Content, places: Places, before: TopicForm | None, files: Collection[str] = ()) -> Checked:
    """Check a tidied form; `before` is what its file holds now, `files` are others that change with it."""
    if form.kind not in entries.TITLES:
        return Checked({"kind": ["A topic is an answer or a referral. Choose one of the two."]}, {})
    problems: dict[str, list[str]] = defaultdict(list)
    warnings: dict[str, list[str]] = defaultdict(list)
    for field, told in rules.of_form(form):
        problems[field].append(told)
    plainly_wrong = set(problems)
    entered = Entered(form)
    later = _with(content, form, entered.entry)
    for problem in entries.problems_of(entered.entry, later):
        few = problem.line is None and problem.what.endswith("examples.")
        field = "examples-0" if few else entered.field(problem.line)
        if field not in plainly_wrong:
            (warnings if problem.warning else problems)[field].append(_sentence(f"{problem.what} {problem.do}"))
    for field, told in (
        *twice(form, {entered.entry.file, *files}, content, places),
        *_leading_here(form, entered.entry, content),
    ):
        problems[field].append(told)
    for field, told in _referred(form, content, before):
        problems[field].append(told)
    for told in _ungiven(form, later, before):
        warnings["facts-0"].append(told)
    return Checked(_once(problems), _once(warnings))


def _once(told: Problems) -> Problems:
    return {field: list(dict.fromkeys(sentences)) for field, sentences in told.items()}


def _sentence(told: str) -> str:
    """Return what the checker says as it is said to people who open no files."""
    told = re.sub(r" See (?:data|docs)/\S+?\.(?:yml|md)\.", " Choose one of the list.", told)
    told = re.sub(r"(Take one) of docs/\S+?\.md\.", r"\1 of the list.", told)
    return told.replace("`covers`", "what the whole answer covers").replace("`short`", "The short answer").replace("`", "")


def _with(content: Content, form: TopicForm, entry: Entry) -> Content:
    """Return the content as it would be."""
    topics = dict(content.topics)
    if form.kind == "answers":
        facts = form.whole.facts if form.whole else ()
        topics[form.name] = Topic(form.name, form.title or form.question, facts, form.overview, 0)
    kept = [e for e in content.entries if e.file != entry.file]
    return replace(content, entries=[*kept, entry], topics=topics)


def twice(form: TopicForm, files: Collection[str], content: Content, places: Places) -> Iterator[tuple[str, str]]:
    """Yield the examples that stand twice in the form, or elsewhere."""
    seen: dict[str, int] = {}
    for number, block in enumerate(form.blocks):
        for text in block.texts:
            key = heard(text)
            if key in seen:
                yield f"examples-{number}", f"“{text}” stands here twice. Keep it once."
            seen.setdefault(key, number)
            for told in elsewhere(text, block.kind, files, content, places):
                yield f"examples-{number}", told


def elsewhere(text: str, kind: str, files: Collection[str], content: Content, places: Places) -> Iterator[str]:
    """Yield where else a sentence stands, so that it cannot stand in these files too. Follow-ups may follow several answers."""
    key = heard(text)
    there = [place for place in places.get(key, ()) if place.file not in files]
    if kind == "follow_up":
        anywhere = any(place.kind == "follow_up" and place.behind is None for place in there)
        there = [] if anywhere else [place for place in there if place.behind is None]
    for place in there:
        yield f"“{text}” stands already {where(place, content)}. Keep it in one place."


def where(place: Place, content: Content) -> str:
    """Say where a sentence stands."""
    if place.kind == "question":
        return "among the questions that the bot is tuned with, and one of those cannot be an example"
    entry = next((e for e in content.entries if e.file == place.file), None)
    question = entry.whole.metadata.get("question") if entry and entry.whole else None
    return f"under “{question or (entry.name if entry else place.file)}”, as {KINDS.get(place.kind, 'an example')}"


def _leading_here(form: TopicForm, entry: Entry, content: Content) -> Iterator[tuple[str, str]]:
    """Yield the aspects that follow-ups of other topics ask for here, and that would be covered no more."""
    covered = {a for v in entry.variations for a in (v.aspect, *v.covers) if a}
    lost: dict[str, set[str]] = defaultdict(set)
    for other in content.entries:
        for example in other.examples if other.file != entry.file else ():
            if example.asks == form.name and example.aspect and example.aspect not in covered:
                lost[example.aspect].add(other.name)
    for aspect, names in lost.items():
        what = f"Questions asked after {', '.join(sorted(names))} lead to the aspect {aspect} here."
        yield "covers-0", f"{what} Keep it covered, or take those questions out first."


def _referred(form: TopicForm, content: Content, before: TopicForm | None) -> Iterator[tuple[str, str]]:
    """Yield the aspects that two referrals would have, or none."""
    if form.kind != "referrals":
        return
    mine = {block.aspect for block in form.blocks if block.texts}
    for other in content.entries:
        if other.kind == "referrals" and other.name != form.name:
            for aspect in sorted({e.aspect for e in other.examples if e.aspect in REFERRED and e.aspect in mine}):
                number = next(n for n, block in enumerate(form.blocks) if block.aspect == aspect)
                yield (
                    f"examples-{number}",
                    f"The referral {other.name} has the aspect {aspect} already. Put these examples there.",
                )
    for aspect in sorted({block.aspect for block in before.blocks if block.aspect in REFERRED} - mine if before else ()):
        yield "examples-0", f"No other referral has the aspect {aspect}. Leave some examples of it here."


def _ungiven(form: TopicForm, later: Content, before: TopicForm | None) -> Iterator[str]:
    """Yield the facts that no answer would give any more."""
    had = {fact for text in before.texts for fact in text.facts} if before else set()
    given = {fact for e in later.entries if e.kind == "answers" for v in e.variations for fact in v.facts}
    for fact in sorted(had - given):
        yield f"No answer gives {fact} any more. Put it into one, or leave it so if the page has changed."
