"""A form as an entry of the content, with the field that each of its lines comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpdesk.content.entries import FOLLOW_UP, LEFT_OUT, TITLES
from helpdesk.content.files import Lined
from helpdesk.content.forms import KINDS
from helpdesk.content.model import Entry, Example, Variation
from helpdesk.editing.forms import Block, Text, TopicForm
from helpdesk.editing.writing import ROUTE, payload


def file_of(form: TopicForm) -> str:
    """Return where the form's file stands."""
    return "/".join(filter(None, ("data", form.kind, form.group, f"{form.name}.yml")))


class Entered:
    """The entry of a form. Its lines are numbers that stand for fields of the form."""

    def __init__(self, form: TopicForm) -> None:
        self._form = form
        self._fields: list[str] = [""]
        examples = tuple(one for number, block in enumerate(form.blocks) for one in self._examples(number, block))
        variations = tuple(self._variation(number, text) for number, text in enumerate(form.texts))
        self.entry = Entry(file_of(form), form.kind, form.name, examples, variations, (self._rule(),))

    def field(self, line: int | None) -> str:
        return self._fields[line] if line is not None else ""

    def _line(self, field: str) -> int:
        self._fields.append(field)
        return len(self._fields) - 1

    def _examples(self, number: int, block: Block) -> list[Example]:
        line, name = self._line(f"examples-{number}"), self._form.name
        intent = {"left_out": LEFT_OUT, "follow_up": FOLLOW_UP}.get(block.kind, f"ask_{name}")
        more = (name if block.kind == "left_out" else None, name if block.kind == "follow_up" else None, block.asks)
        return [Example(text, intent, block.aspect, line, *more) for text in block.texts]

    def _variation(self, number: int, text: Text) -> Variation:
        form = self._form
        told = {KINDS[form.kind]: form.name, "route": ROUTE[form.kind], "facts": list(text.facts)}
        told |= {key: value for key in ("page", "section", "as_of", "review_by", "short") if (value := getattr(text, key))}
        if text.covers:
            told["covers"] = list(text.covers)
        if text.aspect is None and form.question:
            told["question"] = form.question
        metadata = self._lined(told, f"text-{number}", {key: f"{key}-{number}" for key in told} | {"question": "question"})
        aspect = {"type": "slot", "name": "aspect", "value": text.aspect}
        condition = () if text.aspect is None else (self._lined(aspect, f"aspect-{number}"),)
        buttons = tuple(
            self._lined({"title": title, "payload": payload(topic)}, f"buttons-{number}") for title, topic in text.buttons
        )
        line = self._line(f"text-{number}")
        return Variation(f"utter_{form.name}", text.text, text.aspect, condition, buttons, metadata, line)

    def _rule(self) -> Lined:
        form = self._form
        steps = [{"intent": f"ask_{form.name}"}, {"action": f"utter_{form.name}"}]
        return self._lined({"rule": f"{TITLES[form.kind]} {form.name}", "steps": steps}, "")

    def _lined(self, values: Mapping[str, Any], field: str, fields: Mapping[str, str] | None = None) -> Lined:
        found = Lined(values)
        found.line = self._line(field)
        found.lines = {key: self._line(name) for key, name in (fields or {}).items() if key in values}
        found.text_lines = {}
        return found
