"""What differs between two forms of a topic, in the words of the page, and two people's changes put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from helpdesk.editing.forms import Block, DiffLine, Text, TopicForm
from helpdesk.studio.aspects import aspect_words
from helpdesk.studio.topic_view import FIELDS, block_title, heading

NOTHING = TopicForm(name="")
ALONE = ("question", "title", "group")  # the fields of the whole that are one line


@dataclass(frozen=True)
class Change:
    """What went out and what came in at one place of the page."""

    where: str
    lines: tuple[DiffLine, ...]


def changes(before: TopicForm | None, after: TopicForm | None) -> list[Change]:
    """Return what differs; a topic that was not there, or is no more, has nothing in it."""
    old, new = before or NOTHING, after or NOTHING
    found = [_change(FIELDS[name], [getattr(old, name)], [getattr(new, name)]) for name in ALONE]
    found += [_change(block_title(block, {}), *_examples(block, old, new)) for block in _blocks(old, new)]
    for aspect in dict.fromkeys(text.aspect for text in (*old.texts, *new.texts)):
        found += _text_changes(old, new, aspect)
    return [change for change in found if change.lines]


def _change(where: str, before: Sequence[str], after: Sequence[str]) -> Change:
    out = [DiffLine("out", text) for text in before if text and text not in after]
    came = [DiffLine("in", text) for text in after if text and text not in before]
    return Change(where, (*out, *came))


def _blocks(old: TopicForm, new: TopicForm) -> list[Block]:
    return list({block.key: block for block in (*old.blocks, *new.blocks)}.values())


def _examples(block: Block, old: TopicForm, new: TopicForm) -> tuple[list[str], list[str]]:
    """Return the examples of a block in both forms; the question is told of by itself."""
    said = {old.question, new.question}
    return [one for one in _of(old, block) if one not in said], [one for one in _of(new, block) if one not in said]


def _of(form: TopicForm, block: Block) -> list[str]:
    return [text for one in form.blocks if one.key == block.key for text in one.texts]


def _text_changes(old: TopicForm, new: TopicForm, aspect: str | None) -> Iterator[Change]:
    before, after = _text_of(old, aspect), _text_of(new, aspect)
    title = heading(new if after else old, aspect)
    for name, label in FIELDS.items():
        if name in TEXT_FIELDS:
            yield _change(f"{title}: {label.lower()}", _said(before, name), _said(after, name))


def _text_of(form: TopicForm, aspect: str | None) -> Text | None:
    return next((text for text in form.texts if text.aspect == aspect), None)


def _said(text: Text | None, name: str) -> list[str]:
    value: Any = getattr(text, name) if text else ""
    if name == "buttons":
        return [f"{title} → {topic}" for title, topic in value]
    if name == "covers":
        return [aspect_words(aspect) for aspect in value]
    return list(value) if isinstance(value, tuple) else [value]


TEXT_FIELDS = tuple(one.name for one in fields(Text) if one.name != "aspect")


def together(base: TopicForm, mine: TopicForm, theirs: TopicForm) -> TopicForm:
    """Return their topic with my changes on top: where both have changed the same field, mine stands."""
    picked: dict[str, Any] = {name: _newer(base, mine, theirs, name) for name in ("question", "title", "group", "overview")}
    blocks = [
        replace(block, texts=_merged(_of(base, block), _of(mine, block), _of(theirs, block))) for block in _blocks(theirs, mine)
    ]
    aspects = dict.fromkeys(text.aspect for text in (*theirs.texts, *mine.texts))
    texts = [_text(*(_text_of(form, aspect) for form in (base, mine, theirs))) for aspect in aspects]
    first = picked["question"]
    asked = [replace(one, texts=_first(first, one.texts, {base.question, mine.question, theirs.question})) for one in blocks[:1]]
    kept = tuple(one for one in (*asked, *blocks[1:]) if one.texts)
    return replace(theirs, **picked, blocks=kept, texts=tuple(text for text in texts if text))


def _newer(base: Any, mine: Any, theirs: Any, name: str) -> Any:
    value = getattr(mine, name)
    return value if value != getattr(base, name) else getattr(theirs, name)


def _merged(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    """Return their examples, without those that I took out, and with those that I added."""
    gone = set(base) - set(mine)
    kept = [text for text in theirs if text not in gone]
    return tuple(dict.fromkeys([*kept, *(text for text in mine if text not in base)]))


def _first(question: str, texts: Sequence[str], questions: set[str]) -> tuple[str, ...]:
    return (question, *(text for text in texts if text not in questions))


def _text(base: Text | None, mine: Text | None, theirs: Text | None) -> Text | None:
    if base is None or mine is None or theirs is None:
        # Added or taken away by one of the two: what only one of them has touched follows that one.
        return mine if theirs == base else theirs if mine == base else mine or theirs
    return replace(theirs, **{name: _newer(base, mine, theirs, name) for name in TEXT_FIELDS})
