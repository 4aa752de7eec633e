"""A form as the text of its file: lines that say the same stay as they are, the others are written as docs/authoring.md shows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from helpdesk.content.entries import FOLLOW_UP, LEFT_OUT, TITLES
from helpdesk.content.files import parse
from helpdesk.content.forms import KINDS
from helpdesk.editing.forms import Block, Rejected, Text, TopicForm
from helpdesk.editing.layout import EXAMPLE, BlockLines, Layout, VariationLines, layout_of, text_of
from helpdesk.editing.reading import BUTTON, form_of
from helpdesk.editing.scalars import parts_of, quoted, scalar, short_list

ROUTE = {"answers": "answer", "referrals": "refer"}
WHOLE_ONLY = ("question", "covers", "short")


def written(form: TopicForm, before: str | None = None) -> str:
    """Return the text of the file; `before` is what it holds now, where it exists."""
    layout = layout_of(before) if before else None
    old = _form(before, form) if before else None
    if layout is None or old is None or not _fits(layout, old):
        if form.kind not in ROUTE:
            raise Rejected({"": ["This file is laid out in another way. Ask somebody who can open it to change it there."]})
        layout, old = _empty(form), TopicForm(form.name)
    layout.blocks = _blocks(form, layout.blocks, old)
    layout.variations = _variations(form, layout.variations, old)
    return layout.text()


def _form(text: str, form: TopicForm) -> TopicForm | None:
    found, wrong = parse(text)
    return None if wrong else form_of(found, form.name, form.kind, form.group)


def _fits(layout: Layout, old: TopicForm) -> bool:
    """Whether the lines were understood as the YAML reader understands them."""
    return [tuple(b.texts) for b in layout.blocks] == [b.texts for b in old.blocks] and len(layout.variations) == len(old.texts)


def _empty(form: TopicForm) -> Layout:
    intent, response = f"ask_{form.name}", f"utter_{form.name}"
    tail = ["", "rules:", f"  - rule: {TITLES[form.kind]} {form.name}", "    steps:"]
    tail += [f"      - intent: {intent}", f"      - action: {response}", ""]
    return Layout(['version: "3.1"', "", "nlu:"], [], ["", "responses:", f"  {response}:"], [], tail)


def rank(block: Block) -> tuple[int, int]:
    """Return where such a block belongs: own ones, what the page leaves out, what is asked after the answer."""
    if block.kind == "own":
        return 0, block.aspect is not None
    if block.kind == "left_out":
        return 1, block.aspect is not None
    return 2, 3 if block.asks == LEFT_OUT else 2 if block.asks else 0 if block.aspect else 1


def _blocks(form: TopicForm, lines: Sequence[BlockLines], old: TopicForm) -> list[BlockLines]:
    """Keep the order of the file; put a new block behind the last one that belongs before it."""
    there = list(zip(old.blocks, lines))
    placed: list[tuple[Block, BlockLines]] = []
    wanted = list(form.blocks)
    for block, had in there:
        mine = next((one for one in wanted if one.key == block.key), None)
        if mine is not None:
            wanted.remove(mine)
            placed.append((block, had if mine.texts == block.texts else _with_texts(had, mine.texts)))
    for block in sorted(wanted, key=rank):
        at = max((n for n, (one, _) in enumerate(placed, 1) if rank(one) <= rank(block)), default=0)
        placed.insert(at, (block, _with_texts(BlockLines(_head(form.name, block)), block.texts)))
    # The question is the first example of the file, whatever its aspect.
    return sorted((one for _, one in placed), key=lambda one: one.texts[:1] != [form.question])


def _with_texts(block: BlockLines, texts: Iterable[str]) -> BlockLines:
    had = {text_of(line): line for line in block.examples if EXAMPLE.match(line)}
    return BlockLines(block.head, [had.get(text) or f"      - {text}" for text in texts], block.after)


def _head(name: str, block: Block) -> list[str]:
    """Return the lines above the examples of a new block."""
    intent = {"left_out": LEFT_OUT, "follow_up": FOLLOW_UP}.get(block.kind, f"ask_{name}")
    told = {"left_out": {"topic": name}, "follow_up": {"behind": name}}.get(block.kind, {})
    told |= {key: value for key, value in (("asks", block.asks), ("aspect", block.aspect)) if value}
    metadata = ["    metadata: {" + ", ".join(f"{k}: {v}" for k, v in told.items()) + "}"] * bool(told)
    return [f"  - intent: {intent}", *metadata, "    examples: |"]


def _variations(form: TopicForm, lines: Sequence[VariationLines], old: TopicForm) -> list[VariationLines]:
    """Write the texts in the order of the form, the whole answer first."""
    left = list(zip(old.texts, lines))
    found: dict[int, VariationLines] = {}
    texts = sorted(form.texts, key=lambda text: text.aspect is not None)
    for same in (_same_aspect, _same_text):
        for number, text in enumerate(texts):
            mine = next((one for one in left if same(one[0], text)), None) if number not in found else None
            if mine is not None:
                left.remove(mine)
                found[number] = _changed(form, text, mine[1], mine[0], old.question)
    for number, text in enumerate(texts):
        if number not in found:
            found[number] = _changed(form, text, VariationLines({}), None, "")
    return [found[number] for number in range(len(texts))]


def _same_aspect(one: Text, other: Text) -> bool:
    return one.aspect == other.aspect


def _same_text(one: Text, other: Text) -> bool:
    return one.text == other.text


def _changed(form: TopicForm, text: Text, lines: VariationLines, old: Text | None, question: str) -> VariationLines:
    same_question = text.aspect is not None or form.question == question
    if old == text and same_question:
        return lines
    had = lines.keys
    keys: dict[str, list[str]] = {}
    if text.aspect:
        kept = had.get("condition") if old and old.aspect == text.aspect else None
        keys["condition"] = kept or ["      condition:", f"        - {{type: slot, name: aspect, value: {text.aspect}}}"]
    kept = had.get("text") if old and old.text == text.text else None
    keys["text"] = kept or ["      text: |", *(f"        {line}".rstrip() for line in text.text.split("\n"))]
    if text.buttons:
        kept = had.get("buttons") if old and old.buttons == text.buttons else None
        keys["buttons"] = kept or _buttons(text, old, had.get("buttons"))
    kept = had.get("metadata") if old and same_question and _metadata(form, text) == _metadata(form, old) else None
    keys["metadata"] = kept or _metadata_lines(form, text, had.get("metadata"))
    return VariationLines(_dashed(keys), lines.after)


def _dashed(keys: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Put the dash of the list before the first key, and before no other."""
    found = {}
    for number, (key, lines) in enumerate(keys.items()):
        found[key] = [("    - " if number == 0 else "      ") + lines[0][6:], *lines[1:]]
    return found


def _buttons(text: Text, old: Text | None, had: Sequence[str] | None) -> list[str]:
    """Write the buttons, two lines each; one that is as before keeps its lines."""
    kept = dict(zip(old.buttons, zip(had[1::2], had[2::2]))) if old and had and len(had) == 1 + 2 * len(old.buttons) else {}
    lines = [
        kept.get((title, topic)) or (f"        - title: {scalar(title)}", f"          payload: {payload(topic)}")
        for title, topic in text.buttons
    ]
    return ["      buttons:", *itertools.chain.from_iterable(lines)]


def payload(topic: str) -> str:
    """Return what a button sends that leads to the topic."""
    return topic if topic.startswith("/") else BUTTON + topic


def _metadata(form: TopicForm, text: Text) -> dict[str, Any]:
    """Return what is told of a text, in the order of docs/authoring.md."""
    told: dict[str, Any] = {KINDS[form.kind]: form.name, "route": ROUTE.get(form.kind, ""), "question": form.question}
    told |= {"facts": text.facts, "covers": text.covers, "page": text.page, "section": text.section}
    told |= {"as_of": text.as_of, "review_by": text.review_by, "short": text.short}
    if text.aspect is not None:
        del told["question"]
    always = {"facts"} | ({"covers"} if form.kind == "answers" and text.aspect is None else set())
    return {key: value for key, value in told.items() if value or key in always}


def _metadata_lines(form: TopicForm, text: Text, had: Sequence[str] | None) -> list[str]:
    """Write what is told of a text: a value that is as before is written as before."""
    flow = had[0].strip().startswith("metadata: {") if had else not (form.kind == "answers" and text.aspect is None)
    before = _parts(had, flow) if had else {}
    parts = {key: _part(key, value, before.get(key), flow) for key, value in _metadata(form, text).items()}
    parts |= {key: part for key, part in before.items() if key not in KNOWN}
    if flow:
        return ["      metadata: {" + ", ".join(parts.values()) + "}"]
    return ["      metadata:", *(f"        {part}" for part in parts.values())]


KNOWN = {*KINDS.values(), "route", "question", "facts", "covers", "page", "section", "as_of", "review_by", "short"}


def _parts(had: Sequence[str], flow: bool) -> dict[str, str]:
    if flow:
        return parts_of(had[0].strip().removeprefix("metadata: ")) if len(had) == 1 else {}
    return {line.strip().partition(":")[0]: line.strip() for line in had[1:]}


def _part(key: str, value: Any, before: str | None, flow: bool) -> str:
    if before is not None and _value(before) == ("list" if isinstance(value, tuple) else "text", value):
        return before
    if isinstance(value, tuple):
        return f"{key}: {short_list(value)}"
    return f"{key}: {quoted(value) if flow and key == 'question' else scalar(value, flow=flow, key=key)}"


def _value(part: str) -> tuple[str, Any]:
    found, wrong = parse(part)
    one = next(iter(found.values())) if not wrong and isinstance(found, dict) and found else None
    return ("list", tuple(one)) if isinstance(one, list) else ("text", one)
