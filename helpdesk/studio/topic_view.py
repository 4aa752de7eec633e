"""A form as the editor's page shows it: its boxes with titles and counts, its texts with facts, figures and dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpdesk.content.forms import ASPECTS
from helpdesk.content.model import Content, Fact
from helpdesk.content.readability import grade, words
from helpdesk.content.texts import GRADE, LONGEST, OVERVIEW, _names
from helpdesk.editing.forms import Block, Text, TopicForm
from helpdesk.studio.aspects import KNOWN, aspect_words
from helpdesk.studio.topic_fields import BUTTONS, key_of, listed

NOT_COVERED = "not_covered"
FOLDED = ("page", "section", "as_of", "review_by", "short", "covers", "buttons")
FIELDS = {
    "question": "The question",
    "examples": "Examples",
    "text": "The text",
    "facts": "Facts",
    "covers": "What else it answers",
    "page": "Page",
    "section": "Part of the page",
    "as_of": "The page is from",
    "review_by": "Look at it again by",
    "short": "In one sentence",
    "buttons": "Buttons",
    "name": "Short name",
    "group": "Group",
    "title": "Title",
    "overview": "Overview",
}


@dataclass(frozen=True)
class Measured:
    """How hard and how long one text is."""

    grade: float
    words: int
    most: int

    @property
    def said(self) -> str:
        hard = "" if self.grade <= GRADE else f": too hard, {GRADE:g} at most"
        long = (
            f"{self.words} words of {self.most}"
            if self.words <= self.most
            else f"{self.words} words: too long, {self.most} at most"
        )
        return f"Reading grade {self.grade:g}{hard}. {long}." if self.words else "Nothing is written yet."


def measured(form: TopicForm, content: Content) -> list[Measured]:
    """Return the reading grade and the length of each text."""
    names, most = _names(tuple(content.vocabulary)), OVERVIEW if form.overview else LONGEST
    return [Measured(max(0.0, grade(text.text, names)), len(words(text.text)), most) for text in form.texts]


def shown(form: TopicForm, content: Content, problems: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return what the page's template needs of the form and of the draft around it."""
    answers = {entry.name: _question(content, entry.name) for entry in content.entries if entry.kind in ("answers", "referrals")}
    figures = measured(form, content)
    return {
        "form": form,
        "problems": problems,
        "summary": summary(form, problems),
        "blocks": [_block(block, number, listed(form, number), answers) for number, block in enumerate(form.blocks)],
        "texts": [
            _text(form, number, text, content) | {"measured": figures[number].said, "opened": _opened(form, number, problems)}
            for number, text in enumerate(form.texts)
        ],
        "facts": list(content.facts.values()),
        "pages": sorted({fact.page for fact in content.facts.values()}),
        "sections": sorted({fact.section for fact in content.facts.values()}),
        "groups": sorted({entry.file.split("/")[2] for entry in content.entries if entry.kind == "answers"}),
        "topics": sorted(((name, question) for name, question in answers.items() if name != form.name), key=lambda one: one[1]),
        "aspects": [(aspect, aspect_words(aspect)) for aspect in KNOWN],
        "own_aspects": [(aspect, aspect_words(aspect)) for aspect in ASPECTS],
        "button_rows": range(BUTTONS),
        "examples": len(form.examples),
    }


def _question(content: Content, name: str) -> str:
    entry = content.entry(name)
    whole = entry.whole if entry else None
    return str(whole.metadata.get("question") or name) if whole else name


def _block(block: Block, number: int, texts: Sequence[str], answers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": f"examples-{number}",
        "key": key_of(block),
        "kind": block.kind,
        "title": block_title(block, answers),
        "texts": "\n".join(texts),
        "count": len(texts),
        "rows": min(14, max(4, len(texts) + 1)),
    }


def block_title(block: Block, answers: Mapping[str, str]) -> str:
    """Return what a box of examples is called."""
    aspect = aspect_words(block.aspect)
    if block.kind == "own":
        return f"They ask: {aspect.lower()}" if block.aspect else "They ask about it as a whole, or just name it"
    if block.kind == "left_out":
        return f"The page does not say it: {aspect.lower()}" if block.aspect else "The page does not say it"
    if block.asks == NOT_COVERED:
        return "Asked after the answer, and the page does not say it"
    target = f"“{answers.get(block.asks, block.asks)}” answers it" if block.asks else "this answer gives it"
    return f"Asked after the answer: {target}" + (f" ({aspect.lower()})" if block.aspect else "")


def _text(form: TopicForm, number: int, text: Text, content: Content) -> dict[str, Any]:
    facts = [(name, content.facts.get(name)) for name in text.facts]
    taken = {one.aspect for one in form.texts} | set(text.covers)
    return {
        "number": number,
        "text": text,
        "title": heading(form, text.aspect),
        "rows": min(12, max(4, len(text.text) // 70 + 2)),
        "facts": [
            (name, fact.says if fact else "There is no such fact any more.", fact.exact if fact else ()) for name, fact in facts
        ],
        "covers": [(aspect, aspect_words(aspect)) for aspect in text.covers],
        "may_cover": [(aspect, aspect_words(aspect)) for aspect in KNOWN if aspect not in taken],
        "buttons": [*text.buttons, ("", ""), *[("", "")] * (BUTTONS if text.aspect is None else 0)][:BUTTONS],
    }


def _opened(form: TopicForm, number: int, problems: Mapping[str, list[str]]) -> bool:
    """Whether the fields that are folded away are shown: where a topic is new, or one of them is not right."""
    return not form.version or any(problems.get(f"{name}-{number}") for name in FOLDED)


def heading(form: TopicForm, aspect: str | None) -> str:
    """Return what a text of the topic is called."""
    if aspect:
        return f"When they ask: {aspect_words(aspect).lower()}"
    return "The whole answer" if form.kind == "answers" else "The reply"


def summary(form: TopicForm, problems: Mapping[str, list[str]]) -> list[tuple[str, str, str]]:
    """Return each problem with the place that its link leads to, and what that place is called."""
    return [(_place(form, field), _called(form, field), told) for field, sentences in problems.items() for told in sentences]


def _place(form: TopicForm, field: str) -> str:
    """Return the id of the field; what belongs to no field of the page belongs to the page."""
    name, _, number = field.partition("-")
    if name == "examples":
        return field if _counts(number, len(form.blocks)) else "main"
    if number:
        return field if name in FIELDS and _counts(number.partition("-")[0], len(form.texts)) else "main"
    return field if name in FIELDS else "main"


def _counts(number: str, below: int) -> bool:
    return number.isdigit() and int(number) < below


def _called(form: TopicForm, field: str) -> str:
    name, _, number = field.partition("-")
    first = number.partition("-")[0]
    if name == "examples" and _counts(first, len(form.blocks)):
        return block_title(form.blocks[int(first)], {})
    label = FIELDS.get(name, "")
    if label and _counts(first, len(form.texts)) and int(first):
        return f"{label} ({heading(form, form.texts[int(first)].aspect)})"
    return label


def empty(
    kind: str, question: str = "", examples: tuple[str, ...] = (), facts: tuple[str, ...] = (), first: Fact | None = None
) -> TopicForm:
    """Return the form of a topic that is not there yet."""
    blocks = [Block(texts=examples), *([Block(kind="left_out")] if kind == "answers" else [])]
    text = Text(facts=facts, page=first.page if first else "", section=first.section if first else "")
    return TopicForm(name="", kind=kind, question=question, blocks=tuple(blocks), texts=(text,))


def wrong(number: int, *, is_refused: bool) -> str:
    """Return the sentence above a form with problems."""
    what = "1 thing is" if number == 1 else f"{number} things are"
    kept = "It is not saved, and nothing that you wrote is lost." if is_refused else "Nothing is saved yet."
    return f"{what} not right. {kept}"
