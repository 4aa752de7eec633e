"""Two hundred edits at random: what comes out is always sound, and all of it can be undone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from helpdesk.editing.forms import Block, Changed, Rejected, SavedTest, Text, TopicForm
from helpdesk.editing.library import Library
from tests.editing import failures, library, texts

EDITS = 200
ASPECTS = ("when", "count", "names", "why")


class Author:
    """Does one thing after the other, whatever it is."""

    def __init__(self, lib: Library, seed: int) -> None:
        self.lib = lib
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.revisions: list[str] = []
        self.number = 0

    def work(self) -> None:
        deeds: list[Callable[[], str | None]] = [
            self.add, self.add_beside, self.remove, self.remove, self.move, self.text, self.question, self.button, self.variation,
            self.create, self.retire, self.restore, self.test, self.fact, self.undo,
        ]  # fmt: skip
        deed = self.random.choice(deeds)
        try:
            revision = deed()
        except (Rejected, Changed):
            return
        if revision:
            self.revisions.append(revision)
            self.done[deed.__name__] += 1

    def name(self, kind: str = "") -> str:
        entries = self.lib.content().entries
        return self.random.choice([e.name for e in entries if e.kind != "dialogue" and kind in ("", e.kind)])

    def sentence(self) -> str:
        self.number += 1
        return f"does whale number {self.number} {self.random.choice(['sing', 'dive', 'sleep'])}?"

    def saved(self, form: TopicForm) -> str:
        self.lib.save(form, staff="ada")
        return self.latest(self.lib.core.entry(form.name).file)

    def latest(self, file: str) -> str:
        return self.lib.history(file)[0].id

    def add(self) -> str:
        return self.lib.add_examples(self.name(), [self.sentence() for _ in range(self.random.randint(1, 3))], staff="ada")

    def add_beside(self) -> str:
        kind = self.random.choice(["left_out", "follow_up"])
        asks = self.random.choice([None, "not_covered", self.name("answers")]) if kind == "follow_up" else None
        return self.lib.add_examples(self.name("answers"), [self.sentence()], kind=kind, asks=asks, staff="ada")

    def remove(self) -> str:
        form = self.lib.topic(self.name())
        return self.lib.remove_example(form.name, self.random.choice(self.random.choice(form.blocks).texts), staff="ada")

    def move(self) -> str:
        form = self.lib.topic(self.name())
        return self.lib.move_example(self.random.choice(form.examples), form.name, self.name(), staff="ada")

    def text(self) -> str:
        form = self.lib.topic(self.name())
        number = self.random.randrange(len(form.texts))
        return self.saved(self.with_text(form, number, text=form.texts[number].text + " You can ask us."))

    def question(self) -> str:
        return self.saved(replace(self.lib.topic(self.name()), question=self.sentence()))

    def button(self) -> str:
        form = self.lib.topic(self.name("answers"))
        more = (*form.texts[0].buttons, ("More about this?", self.name()))
        return self.saved(self.with_text(form, 0, buttons=self.random.choice([more, more[1:], more[:-2]])))

    def with_text(self, form: TopicForm, number: int, **changes: object) -> TopicForm:
        changed: Text = replace(form.texts[number], **changes)  # type: ignore[arg-type]
        return replace(form, texts=(*form.texts[:number], changed, *form.texts[number + 1 :]))

    def variation(self) -> str:
        form = self.lib.topic(self.name("answers"))
        if len(form.texts) > 1 and self.random.random() < 0.5:
            gone = form.texts[-1].aspect
            blocks = tuple(block for block in form.blocks if block.kind == "left_out" or block.aspect != gone)
            return self.saved(replace(form, texts=form.texts[:-1], blocks=blocks))
        new = replace(form.texts[0], aspect=self.random.choice(ASPECTS), covers=(), short="", buttons=())
        return self.saved(replace(form, texts=(*form.texts, new)))

    def create(self) -> str:
        kind = self.random.choice(["answers", "referrals"])
        model, name = self.lib.topic(self.name(kind)), f"whale_{self.number}"
        blocks = (Block(texts=tuple(self.sentence() for _ in range(self.random.randint(3, 20)))),)
        form = replace(model, name=name, version="", title="", question=self.sentence(), blocks=blocks, texts=model.texts[:1])
        self.lib.create(form, staff="ada")
        return self.latest(self.lib.core.entry(name).file)

    def retire(self) -> str:
        return self.lib.retire(self.name(), staff="ada", and_buttons=self.random.random() < 0.8)

    def restore(self) -> str | None:
        retired = self.lib.retired()
        return self.lib.restore(self.random.choice(retired), staff="ada") if retired else None

    def test(self) -> str:
        self.lib.add_test(SavedTest(self.sentence(), "answer", self.name("answers")), staff="ada")
        return self.latest("data/tests/saved.yml")

    def fact(self) -> str:
        self.number += 1
        says = f"Whale number {self.number} sings."
        self.lib.add_facts([{"page": "Whales", "section": "Songs: all", "says": says, "exact": []}], staff="ada")
        return self.latest("data/facts.yml")

    def undo(self) -> str | None:
        return self.lib.undo(self.random.choice(self.revisions), staff="paul") if self.revisions else None


def test_files_are_sound_after_two_hundred_edits_and_the_same_as_before_when_all_are_undone(tmp_path):
    with library(tmp_path) as lib:
        before = texts(lib.draft.root)
        author = Author(lib, seed=5)

        while sum(author.done.values()) < EDITS:
            author.work()

        assert set(author.done) > {"add", "move", "variation", "create", "retire", "restore", "undo"}
        assert failures(lib.draft.root) == []
        for entry in lib.content().entries:
            if entry.kind != "dialogue":
                assert lib.core.files_of(lib.topic(entry.name), entry.file)[entry.file] == lib.draft.read(entry.file)

        for revision in reversed(author.revisions):
            lib.undo(revision, staff="paul")
        assert texts(lib.draft.root) == before
