"""Examples, one by one: added, taken out, moved to where they belong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from helpdesk.content.across import heard
from helpdesk.editing.checking import elsewhere
from helpdesk.editing.core import Core
from helpdesk.editing.entered import file_of
from helpdesk.editing.forms import Block, Rejected, TopicForm
from helpdesk.editing.rules import of_example
from helpdesk.editing.tidy import one_line
from helpdesk.errors import Refusal


class Examples:
    """Changes the examples of answers and referrals, and those of the dialogue too."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def add(self, name: str, texts: Sequence[str], block: Block, *, staff: str | None, note: str) -> str:
        """Add sentences to the end of a block. Returns the revision; Rejected by "texts-<number>" where one cannot be added."""
        with self.core.draft.locked():
            form = self.core.form(name)
            lines = [line for line in map(one_line, texts) if line]
            if not lines:
                raise Rejected({"texts-0": ["There is no example here. Write one."]})
            self._must_be_new(lines, block.kind, form, {file_of(form)})
            return self._save(form, with_texts(form, block, lines), staff, note)

    def _must_be_new(self, lines: Iterable[str], kind: str, form: TopicForm, files: set[str]) -> None:
        content, places = self.core.content(), self.core.reader.places()
        known = {heard(text) for block in form.blocks for text in block.texts}
        problems: dict[str, list[str]] = {}
        for number, text in enumerate(lines):
            told = list(of_example(text))
            if heard(text) in known:
                told.append(f"“{text}” is an example here already.")
            told += elsewhere(text, kind, files, content, places)
            known.add(heard(text))
            if told:
                problems[f"texts-{number}"] = told
        if problems:
            raise Rejected(problems)

    def remove(self, name: str, text: str, *, staff: str | None) -> str:
        """Take an example out. Returns the revision. Refuses with `not_found` where it does not stand there."""
        with self.core.draft.locked():
            form = self.core.form(name)
            return self._save(form, without(form, text), staff, f"Took out an example: {text}")

    def move(self, text: str, source: str, target: str, block: Block | None, *, staff: str | None) -> str:
        """Move an example; where the target has it already, it is only taken out of the source."""
        with self.core.draft.locked():
            first, second = self.core.form(source), self.core.form(target)
            had = next((b for b in first.blocks if text in b.texts), Block())
            less, files = without(first, text), {file_of(first), file_of(second)}
            note = f"Moved an example from {source} to {target}: {text}"
            if heard(text) in {heard(one) for b in second.blocks for one in b.texts}:
                return self._save(first, less, staff, note)
            self._must_be_new([text], "own", second, files)
            aspects = {a for one in second.texts for a in (one.aspect, *one.covers)} | {b.aspect for b in second.blocks}
            place = block or Block("own", had.aspect if had.kind == "own" and had.aspect in aspects else None)
            more = with_texts(second, place, [text])
            for before, after in ((first, less), (second, more)):
                self._must_be_right(before, after, files)
            changed = {file_of(second): self._text(more), file_of(first): self._text(less)}
            return self.core.commit(changed, staff=staff, note=note)

    def _save(self, before: TopicForm, after: TopicForm, staff: str | None, note: str) -> str:
        self._must_be_right(before, after, {file_of(before)})
        return self.core.commit({file_of(after): self._text(after)}, staff=staff, note=note)

    def _must_be_right(self, before: TopicForm, after: TopicForm, files: set[str]) -> None:
        if after.kind != "dialogue":
            self.core.must_be_right(after, before, only_new=True, files=files)

    def _text(self, form: TopicForm) -> str | None:
        return self.core.files_of(form, file_of(form))[file_of(form)]


def with_texts(form: TopicForm, block: Block, texts: Sequence[str]) -> TopicForm:
    """Return the form with these sentences at the end of the block, which is made where it is not there."""
    mine = next((one for one in form.blocks if one.key == block.key), None)
    if mine is None and form.kind == "referrals" and block.key == Block().key:
        mine = next((one for one in form.blocks if one.kind == "own"), None)  # all its examples have its aspect
    if mine is None and form.kind == "dialogue":
        raise Refusal("not_found", field=form.name)
    if mine is None:
        return replace(form, blocks=(*form.blocks, replace(block, texts=tuple(texts))))
    longer = replace(mine, texts=(*mine.texts, *texts))
    return replace(form, blocks=tuple(longer if one is mine else one for one in form.blocks))


def without(form: TopicForm, text: str) -> TopicForm:
    """Return the form without this sentence. Rejected where it is the question."""
    mine = next((block for block in form.blocks if text in block.texts), None)
    if mine is None:
        raise Refusal("not_found", field="text")
    if text == form.question:
        raise Rejected({"": [f"“{text}” is the question of the topic. Change the question first."]})
    shorter = replace(mine, texts=tuple(one for one in mine.texts if one != text))
    blocks = tuple(shorter if block is mine else block for block in form.blocks)
    return replace(form, blocks=tuple(block for block in blocks if block.texts))
