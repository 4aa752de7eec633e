"""The fields of the editor's page, read into a form, and what its buttons add to it and take from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from helpdesk.editing.forms import Block, Text, TopicForm
from helpdesk.studio.aspects import KNOWN

BUTTONS = 3
BLOCKS = ("own", "left_out", "follow_up")
ONE_LINE = ("page", "section", "as_of", "review_by", "short")
LEAST_KNOWN = re.compile(r"[^a-z0-9]+")
SMALL_WORDS = frozenset("a an and are at be by can do does for from has have how in is it of on or that the there to was what when where which who why will with".split())  # fmt: skip  # noqa: E501
Fields = Mapping[str, str]


def form_of(fields: Fields, name: str) -> TopicForm:
    """Return what stands in the page; a block without examples is left out when it is saved, and not here."""
    question = _line(fields, "question")
    return TopicForm(
        name=name,
        kind="referrals" if fields.get("kind") == "referrals" else "answers",
        group=_line(fields, "group"),
        question=question,
        blocks=tuple(_asked_first(_blocks(fields), question)),
        texts=tuple(_texts(fields)),
        version=fields.get("version", ""),
        title=_line(fields, "title"),
        overview=fields.get("overview") == "yes",
    )


def _line(fields: Fields, name: str) -> str:
    return " ".join(fields.get(name, "").split())


def _blocks(fields: Fields) -> Iterator[Block]:
    for number in _numbers(fields, "block"):
        kind, aspect, asks = (fields[f"block-{number}"].split("|") + ["", ""])[:3]
        texts = tuple(examples_of(fields.get(f"examples-{number}", "")))
        yield Block(kind=kind if kind in BLOCKS else "own", aspect=aspect or None, asks=asks or None, texts=texts)


def _asked_first(blocks: Iterator[Block], question: str) -> Iterator[Block]:
    """Put the question before the first examples, where the file has it and the page shows it above them."""
    for number, block in enumerate(blocks):
        yield replace(block, texts=(question, *block.texts)) if question and not number else block


def listed(form: TopicForm, number: int) -> tuple[str, ...]:
    """Return the examples of a block as the page shows them: without the question, which has a field of its own."""
    texts = form.blocks[number].texts
    return texts[1:] if not number and texts[:1] == (form.question,) else texts


def examples_of(text: str) -> list[str]:
    """Return the lines of a box, without the dashes that people write before them."""
    lines = (re.sub(r"^[-•*]\s+", "", line.strip()) for line in text.splitlines())
    return [line for line in lines if line]


def _texts(fields: Fields) -> Iterator[Text]:
    for number in _numbers(fields, "aspect"):
        pairs = [(_line(fields, f"title-{number}-{one}"), _line(fields, f"topic-{number}-{one}")) for one in range(BUTTONS)]
        written = "\n".join(line.rstrip() for line in fields.get(f"text-{number}", "").splitlines())
        yield Text(
            aspect=fields[f"aspect-{number}"] or None,
            text=written.strip(),
            facts=_ticked(fields, f"facts-{number}-", f"add-fact-{number}"),
            covers=_ticked(fields, f"covers-{number}-", f"add-covers-{number}"),
            buttons=tuple(pair for pair in pairs if any(pair)),
            **{name: _line(fields, f"{name}-{number}") for name in ONE_LINE},
        )


def _numbers(fields: Fields, name: str) -> Iterator[int]:
    """Count up as long as the page has this field."""
    number = 0
    while f"{name}-{number}" in fields:
        yield number
        number += 1


def _ticked(fields: Fields, start: str, more: str) -> tuple[str, ...]:
    """Return what is ticked, in the page's order, and what is chosen to come to it."""
    ticked = [name.removeprefix(start) for name, value in fields.items() if name.startswith(start) and value]
    return tuple(dict.fromkeys(filter(None, [*ticked, fields.get(more, "")])))


def altered(form: TopicForm, fields: Fields) -> tuple[TopicForm, str]:
    """Do what the pressed button says to the form; return it, and what to say of it."""
    do = fields.get("do", "")
    if do == "add-block":
        return _with_block(form, fields)
    if do == "add-text":
        return _with_text(form, fields.get("add-text", ""))
    found = re.fullmatch(r"drop-text-(\d{1,2})", do)
    if found and 0 < int(found[1]) < len(form.texts):
        kept = tuple(text for number, text in enumerate(form.texts) if number != int(found[1]))
        return replace(form, texts=kept), "The text is taken out here. It is gone when you save."
    return form, ""


def _with_block(form: TopicForm, fields: Fields) -> tuple[TopicForm, str]:
    kind, aspect, asks = fields.get("add-kind", ""), fields.get("add-aspect", ""), fields.get("add-asks", "")
    block = Block(
        kind=kind if kind in BLOCKS else "own",
        aspect=aspect if aspect in KNOWN else None,
        asks=(asks or None) if kind == "follow_up" else None,
    )
    if any(one.key == block.key for one in form.blocks):
        return form, "There is such a box already."
    rank = BLOCKS.index(block.kind)
    place = max((at for at, one in enumerate(form.blocks, 1) if BLOCKS.index(one.kind) <= rank), default=0)
    return replace(form, blocks=(*form.blocks[:place], block, *form.blocks[place:])), "There is an empty box more."


def _with_text(form: TopicForm, aspect: str) -> tuple[TopicForm, str]:
    if aspect not in KNOWN or any(text.aspect == aspect for text in form.texts):
        return form, "Choose what the text is about; each has one text only."
    like = form.whole or Text()
    new = Text(aspect=aspect, page=like.page, section=like.section, as_of=like.as_of, review_by=like.review_by)
    # What has a text of its own is no longer covered by the whole answer.
    texts = tuple(replace(text, covers=tuple(one for one in text.covers if one != aspect)) for text in form.texts)
    return replace(form, texts=(*texts, new)), "There is an empty text more."


def saved(form: TopicForm) -> TopicForm:
    """Return the form without the boxes that nobody has written in, but for the first."""
    return replace(form, blocks=tuple(block for number, block in enumerate(form.blocks) if block.texts or not number))


def named(form: TopicForm, fields: Fields) -> TopicForm:
    """Give a new topic its short name: the one that is written, else one made of the question."""
    return replace(form, name=form.name or fields.get("name", "").strip().casefold() or short_name(form.question))


def short_name(question: str) -> str:
    """Make a topic's name of its question: the first words that say something."""
    words = [word for word in LEAST_KNOWN.split(question.casefold()) if word]
    telling = [word for word in words if word not in SMALL_WORDS] or words
    return "_".join(telling[:4])[:40].strip("_")


def fields_of(form: TopicForm) -> dict[str, str]:
    """Return the fields of the page that holds this form: what `form_of` reads back."""
    found = {"kind": form.kind, "group": form.group, "question": form.question, "version": form.version, "title": form.title}
    found |= {"overview": "yes"} if form.overview else {}
    for number, block in enumerate(form.blocks):
        found[f"block-{number}"] = key_of(block)
        found[f"examples-{number}"] = "\n".join(listed(form, number))
    for number, text in enumerate(form.texts):
        found |= {f"aspect-{number}": text.aspect or "", f"text-{number}": text.text}
        found |= {f"{name}-{number}": getattr(text, name) for name in ONE_LINE}
        found |= {f"facts-{number}-{fact}": "yes" for fact in text.facts}
        found |= {f"covers-{number}-{aspect}": "yes" for aspect in text.covers}
        for place, (title, topic) in enumerate(text.buttons):
            found |= {f"title-{number}-{place}": title, f"topic-{number}-{place}": topic}
    return found


def key_of(block: Block) -> str:
    return "|".join((block.kind, block.aspect or "", block.asks or ""))
