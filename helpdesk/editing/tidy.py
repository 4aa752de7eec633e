"""What an author wrote, without what nobody means: blanks at the ends, empty lines, the same block twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from helpdesk.editing.forms import Block, Text, TopicForm

BREAKS = re.compile(r"\r\n|[\r\x85\u2028\u2029]")
SOURCE = ("page", "section", "as_of", "review_by")


def tidied(form: TopicForm, before: TopicForm | None = None) -> TopicForm:
    """Return the form as it is saved; the question is the first example, and takes the place of the one before."""
    question = one_line(form.question)
    blocks = _merged([replace(block, texts=_texts(block.texts)) for block in form.blocks])
    first = next((block for block in blocks if block.kind == "own"), Block())
    texts = _with_question(first.texts, question, before.question if before else "")
    rest = [_without(block, question) for block in blocks if block is not first]
    whole = form.whole
    return replace(
        form,
        name=form.name.strip(),
        group=form.group.strip(),
        title=one_line(form.title),
        question=question,
        blocks=(replace(first, texts=texts), *(block for block in rest if block.texts)),
        texts=tuple(_text(text, whole) for text in form.texts),
    )


def _with_question(texts: tuple[str, ...], question: str, before: str) -> tuple[str, ...]:
    rest = tuple(text for text in texts if text != question)
    if question != before and rest[:1] == (before,):
        rest = rest[1:]
    return (question, *rest) if question else rest


def _without(block: Block, question: str) -> Block:
    return replace(block, texts=tuple(text for text in block.texts if text != question)) if block.kind == "own" else block


def _merged(blocks: Iterable[Block]) -> list[Block]:
    found: dict[tuple[str, str | None, str | None], Block] = {}
    for block in blocks:
        first = found.get(block.key)
        found[block.key] = replace(first, texts=(*first.texts, *block.texts)) if first else block
    return list(found.values())


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in map(one_line, texts) if text)


def one_line(text: str) -> str:
    """Return the text without blanks at its ends, with one kind of line break."""
    return BREAKS.sub("\n", text).replace("\t", " ").strip()


def _text(text: Text, whole: Text | None) -> Text:
    """Tidy one text; what says where it comes from is that of the whole answer, where it is left out."""
    lines = "\n".join(line.strip() for line in one_line(text.text).split("\n"))
    told = {key: one_line(getattr(text, key)) or (one_line(getattr(whole, key)) if whole else "") for key in SOURCE}
    return replace(
        text,
        text=re.sub(r"\n{3,}", "\n\n", lines),
        short=one_line(text.short),
        facts=tuple(text.facts),
        covers=tuple(text.covers),
        buttons=tuple((one_line(title), topic.strip()) for title, topic in text.buttons if title.strip() or topic.strip()),
        **told,
    )
