"""The rules for one file of answers, referrals or dialogue."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from helpdesk.content import texts
from helpdesk.content.files import Problem
from helpdesk.content.forms import ASPECTS, KINDS, REFERRED, ROUTES
from helpdesk.content.model import Content, Entry, Example, Variation

EXAMPLES, FEWEST = 15, 5  # what an intent should have, and what it must have
BUTTONS = 3
# What fallback.yml and its like may ask the slot for, beside the aspects.
TURNS = ("again", "person", "simpler", "told")
TITLES = {"answers": "Answer", "referrals": "Refer"}
# The intent, in an answer's file, of what its page leaves out.
LEFT_OUT = "not_covered"
# The intent, in an answer's file, of what is asked after the answer without naming its subject.
FOLLOW_UP = "follow_up"
SOURCE = ("page", "section", "as_of", "review_by")


def problems_of(entry: Entry, content: Content) -> Iterator[Problem]:
    """Yield what is wrong with the file."""
    yield from _names(entry)
    yield from _examples(entry)
    yield from _follow_ups(entry, content)
    yield from _whole(entry)
    for variation in entry.variations:
        yield from _variation(entry, variation, content)
        yield from texts.problems_of(entry, variation, content)


def _names(entry: Entry) -> Iterator[Problem]:
    response = f"utter_{entry.name}"
    wrong = {e.intent: e.line for e in entry.examples if e.intent != entry.intent and not _is_beside(entry, e)}
    stray = next((e for e in entry.examples if e.leaves_out != (entry.name if _is_left_out(entry, e) else None)), None)
    if stray:
        do = f"Write `metadata: {{topic: {entry.name}}}` at the examples of {LEFT_OUT}, and at no others."
        yield Problem(entry.file, stray.line, f"The topic of this block is {stray.leaves_out}.", do)
    for intent, line in wrong.items():
        yield Problem(entry.file, line, f"The intent is {intent}, the file is {entry.name}.", f"Call the intent {entry.intent}.")
    for variation in entry.variations:
        if variation.response != response:
            yield Problem(entry.file, variation.line, f"The response is {variation.response}.", f"Call it {response}.")
        if variation.metadata.get(KINDS[entry.kind]) != entry.name:
            line = variation.metadata.line
            yield Problem(entry.file, line, f"`{KINDS[entry.kind]}` is not {entry.name}.", "Name it as the file.")
    steps = [{"intent": entry.intent}, {"action": response}]
    if len(entry.rules) != 1 or [dict(s) for s in entry.rules[0]["steps"]] != steps:
        at = entry.rules[0].line if entry.rules else None
        yield Problem(
            entry.file, at, "The rule does not lead from the intent to the response.", f"Lead {entry.intent} to {response}."
        )
    title = f"{TITLES.get(entry.kind)} {entry.name}"
    if entry.kind in TITLES and entry.rules and entry.rules[0]["rule"] != title:
        yield Problem(entry.file, entry.rules[0].line, f"The rule is called {entry.rules[0]['rule']}.", f"Call it {title}.")


def _is_left_out(entry: Entry, example: Example) -> bool:
    return entry.kind == "answers" and example.intent == LEFT_OUT and not example.behind


def _is_beside(entry: Entry, example: Example) -> bool:
    return entry.kind == "answers" and (example.intent == LEFT_OUT or bool(example.behind))


def _examples(entry: Entry) -> Iterator[Problem]:
    known = {*ASPECTS, *REFERRED}
    own = sum(example.intent == entry.intent for example in entry.examples)
    if entry.kind in TITLES and own < EXAMPLES:
        do = f"Write {EXAMPLES} or more, as people say them."
        yield Problem(entry.file, None, f"There are {own} examples.", do, warning=own >= FEWEST)
    for line in entry.stray:
        yield Problem(entry.file, line, "This line is among the examples and is none.", "Begin it with `- `.")
    covered = _covered(entry)
    for example in entry.examples:
        if example.aspect and example.aspect not in known:
            yield Problem(entry.file, example.line, f"{example.aspect} is not an aspect.", "Take one of docs/authoring.md.")
        elif example.aspect and example.intent == entry.intent and entry.kind == "answers" and example.aspect not in covered:
            do = "Put the aspect in `covers`, write a variation for it, or take the example out."
            yield Problem(
                entry.file, example.line, f"This example asks for {example.aspect}, which the answer does not cover.", do
            )
        elif re.search(texts.MARKUP, example.text):
            yield Problem(entry.file, example.line, "There are braces or a link in the example.", "Write it as plain words.")


def _follow_ups(entry: Entry, content: Content) -> Iterator[Problem]:
    answers = {e.name: e for e in content.entries if e.kind == "answers"}
    for example in entry.examples:
        if not (example.behind or example.asks):
            continue
        if entry.kind != "answers" or example.intent != FOLLOW_UP or example.behind != entry.name:
            do = f"In an answer's file write `intent: {FOLLOW_UP}`, `behind: ` and the file's name; elsewhere neither."
            yield Problem(entry.file, example.line, f"This follow-up is written behind {example.behind}.", do)
        elif example.asks and example.asks != LEFT_OUT and (example.asks == entry.name or example.asks not in answers):
            do = f"Name another topic, or {LEFT_OUT}; leave `asks` out for this topic."
            yield Problem(entry.file, example.line, f"`asks` is {example.asks}.", do)
        elif example.aspect and example.asks != LEFT_OUT and example.aspect not in _covered(answers[example.asks or entry.name]):
            do = "Put the aspect in `covers` there, or leave it out here."
            yield Problem(
                entry.file, example.line, f"{example.asks or entry.name} does not cover the aspect {example.aspect}.", do
            )


def _covered(entry: Entry) -> set[str]:
    return {a for v in entry.variations for a in [v.aspect, *v.covers] if a}


def _whole(entry: Entry) -> Iterator[Problem]:
    whole = entry.whole
    if whole is None or whole is not entry.variations[0] or sum(not v.condition for v in entry.variations) > 1:
        yield Problem(entry.file, None, "The first text, and only the first, has no condition.", "Put the whole answer first.")
        return
    question = whole.metadata.get("question")
    if question is None and entry.kind in TITLES:
        yield Problem(entry.file, whole.metadata.line, "`question` is missing.", "Write it as you would say it.")
    elif question is not None and (not entry.examples or entry.examples[0].text != question):
        line = whole.metadata.at("question")
        yield Problem(
            entry.file, line, f"The first example is not the question: {question}", "Put the question first among the examples."
        )
    seen: set[str] = set(whole.covers)
    for variation in entry.variations[1:]:
        if variation.aspect in seen:
            yield Problem(entry.file, variation.line, f"The aspect {variation.aspect} is covered twice.", "Keep it in one place.")
        seen.add(variation.aspect or "")


def _variation(entry: Entry, variation: Variation, content: Content) -> Iterator[Problem]:
    metadata = variation.metadata
    if metadata["route"] not in ROUTES or (metadata["route"] == "answer") != (entry.kind == "answers"):
        yield Problem(
            entry.file, metadata.at("route"), f"The route {metadata['route']} is not for this file.", "See docs/authoring.md."
        )
    yield from _aspects(entry, variation)
    yield from _buttons(entry, variation, content)
    for fact in variation.facts:
        if fact not in content.facts:
            yield Problem(entry.file, metadata.at("facts"), f"There is no fact {fact}.", "See data/facts.yml.")
    if entry.kind == "answers":
        yield from _source(entry, variation, content)
        if not variation.facts:
            yield Problem(entry.file, metadata.at("facts"), "The text gives no fact.", "List the facts that it gives.")


def _aspects(entry: Entry, variation: Variation) -> Iterator[Problem]:
    known = {*ASPECTS, *REFERRED}
    for aspect in variation.covers:
        if aspect not in known:
            yield Problem(
                entry.file, variation.metadata.at("covers"), f"{aspect} is not an aspect.", "Take one of docs/authoring.md."
            )
    allowed = known if entry.kind == "answers" else {*known, *TURNS}
    one = [(c["type"], c["name"]) for c in variation.condition]
    if variation.condition and (one != [("slot", "aspect")] or variation.aspect not in allowed):
        do = "Write one condition, on the slot `aspect`, with an aspect of docs/authoring.md."
        yield Problem(entry.file, variation.condition[0].line, "The condition is not on a known aspect.", do)


def _buttons(entry: Entry, variation: Variation, content: Content) -> Iterator[Problem]:
    if len(variation.buttons) > BUTTONS:
        yield Problem(entry.file, variation.buttons[0].line, f"There are {len(variation.buttons)} buttons.", f"Keep {BUTTONS}.")
    for button in variation.buttons:
        intent = button["payload"].removeprefix("/")
        if not button["payload"].startswith("/") or intent not in content.intents:
            yield Problem(
                entry.file, button.line, f"The button leads to {button['payload']}, which is nothing.", "Lead it to a topic."
            )
        elif intent == entry.intent:
            yield Problem(entry.file, button.line, "The button leads to this same answer.", "Lead it to another topic.")


def _source(entry: Entry, variation: Variation, content: Content) -> Iterator[Problem]:
    metadata = variation.metadata
    for key in SOURCE:
        if not str(metadata.get(key) or "").strip():
            yield Problem(
                entry.file, metadata.line, f"`{key}` is missing.", "Name page, section, date and when to look at it again."
            )
    known = {f.page for f in content.facts.values()}
    for page in str(metadata.get("page") or "").split("; "):
        if page and known and page not in known:
            yield Problem(entry.file, metadata.at("page"), f"There is no page {page}.", f"Known are {'; '.join(sorted(known))}.")
    if metadata.get("review_by"):
        yield from _review(entry, variation)


def _review(entry: Entry, variation: Variation) -> Iterator[Problem]:
    text, line = variation.metadata["review_by"], variation.metadata.at("review_by")
    try:
        due = datetime.date.fromisoformat(text)
    except ValueError:
        yield Problem(entry.file, line, f"`review_by` {text} is not a date.", 'Write it as "2027-05-01".')
        return
    if due < datetime.date.today():
        yield Problem(
            entry.file, line, f"The answer was to be looked at by {text}.", "Read it again, then move the date.", warning=True
        )
