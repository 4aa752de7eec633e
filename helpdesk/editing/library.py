"""The draft as authors see and change it. All calls block; each change is kept, and can be undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from helpdesk.content.model import Content, Fact
from helpdesk.content.saved import FILE as TESTS
from helpdesk.editing.comparing import diff
from helpdesk.editing.core import Core
from helpdesk.editing.examples import Examples
from helpdesk.editing.fact_list import Facts
from helpdesk.editing.forms import Block, DiffLine, Problems, Rejected, SavedTest, TopicForm
from helpdesk.editing.retiring import Retiring, retired_form
from helpdesk.editing.safety import Safety
from helpdesk.editing.safety_forms import SafetyForm
from helpdesk.editing.saved_tests import made, problems_of, read_tests, with_test, without_tests
from helpdesk.editing.tidy import tidied
from helpdesk.editing.topics import Topics
from helpdesk.editing.undoing import Undoing
from helpdesk.errors import Refusal
from helpdesk.store.revisions import Revision, Revisions


class Library:
    """One for each draft; several processes may have one on the same draft."""

    def __init__(self, root: Path, state: Path, revisions: Revisions, clock: Callable[[], float] = time.time) -> None:
        self.core = Core(root, state, revisions, clock)
        self.draft = self.core.draft
        self._topics = Topics(self.core)
        self._examples = Examples(self.core)
        self._retiring = Retiring(self.core, self._topics)
        self._facts = Facts(self.core)
        self._safety = Safety(self.core)

    def content(self) -> Content:
        """Return all of data/; read again only where a file has changed."""
        return self.core.content()

    def topic(self, name: str) -> TopicForm:
        """Return an answer or a referral. Refuses with `not_found`."""
        return self._topics.find(name)

    def check(self, form: TopicForm) -> Problems:
        """Return what keeps the form from being saved, by field."""
        return self._checked(form)[0]

    def warnings(self, form: TopicForm) -> Problems:
        """Return what does not keep the form from being saved, and should be known, by field."""
        return self._checked(form)[1]

    def _checked(self, form: TopicForm) -> tuple[Problems, Problems]:
        before = None
        if form.version:
            try:
                before = self.topic(form.name)
            except Refusal:
                before = None
        self.content()
        wanted = tidied(form, before)
        found = self.core.check(wanted, before)
        taken = None if form.version else self._topics.taken(wanted.name)
        problems = {**found.problems, "name": [*found.problems.get("name", []), taken]} if taken else found.problems
        return problems, found.warnings

    def save(self, form: TopicForm, *, staff: str | None, note: str = "") -> TopicForm:
        """Save a topic that was read before. Raises Rejected, or Changed where somebody else has saved it since."""
        return self._topics.save(form, staff=staff, note=note)

    def create(self, form: TopicForm, *, staff: str | None, note: str = "") -> TopicForm:
        """Save a new topic. Raises Rejected."""
        return self._topics.create(form, staff=staff, note=note)

    def add_examples(
        self, name: str, texts: Sequence[str], *, kind: str = "own", aspect: str | None = None, asks: str | None = None,
        staff: str | None, note: str = "",
    ) -> str:  # fmt: skip
        """Add examples to a topic, or to a file of the dialogue. Returns the revision; raises Rejected by "texts-<number>"."""
        return self._examples.add(name, texts, Block(kind, aspect, asks), staff=staff, note=note)

    def remove_example(self, name: str, text: str, *, staff: str | None) -> str:
        return self._examples.remove(name, text, staff=staff)

    def move_example(
        self, text: str, source: str, target: str, *, kind: str | None = None, aspect: str | None = None, staff: str | None
    ) -> str:
        """Move an example; without `kind` it keeps its aspect, where the target has that."""
        return self._examples.move(text, source, target, Block(kind, aspect) if kind else None, staff=staff)

    def retire(self, name: str, *, staff: str | None, and_buttons: bool = False) -> str:
        """Take a topic out of use. Raises Rejected with what leads to it; with `and_buttons` that is taken out as well."""
        return self._retiring.retire(name, and_buttons=and_buttons, staff=staff)

    def restore(self, name: str, *, staff: str | None) -> str:
        """Bring a retired topic back, with what led to it."""
        return self._retiring.restore(name, staff=staff)

    def retired(self) -> list[str]:
        return self._retiring.names()

    def retired_topic(self, name: str) -> TopicForm:
        """Return a retired topic, to be read."""
        return retired_form(self.core, name)

    def undo(self, revision: str, *, staff: str | None) -> str:
        """Take back a change, in all files that it changed. Raises Changed where the same lines have changed since."""
        return Undoing(self.core).undo(revision, staff=staff)

    def keep(self, path: Path | str, text: str | None, *, staff: str | None = None, note: str = "") -> str:
        """Write any other file of the draft whole; None takes it away."""
        file = Path(self.core.root, path).relative_to(self.core.root).as_posix()
        with self.draft.locked():
            return self.draft.change({file: text}, staff=staff, note=note)

    def safety(self, route: str) -> SafetyForm:
        """Return the patterns and sentences of crisis or emergency. Refuses with `not_found`."""
        return self._safety.find(route)

    def save_safety(self, form: SafetyForm, *, staff: str | None, note: str = "") -> SafetyForm:
        """Save them where every sentence does what its list says. Raises Rejected by "must", "pattern-<number>" …, or Changed."""
        return self._safety.save(form, staff=staff, note=note)

    def tests(self) -> list[SavedTest]:
        return read_tests(self.core.root)

    def add_test(self, test: SavedTest, *, staff: str | None) -> SavedTest:
        """Keep a question as a test. Raises Rejected by "ask", "route", "topic"."""
        kept = made(test, staff=staff, now=self.core.clock())
        with self.draft.locked():
            problems = problems_of(kept, self.tests(), self.content())
            if problems:
                raise Rejected(problems)
            self.draft.change({TESTS: with_test(self.draft.read(TESTS), kept)}, staff=staff, note=f"Saved a test: {kept.ask}")
        return kept

    def remove_test(self, id: str, *, staff: str | None) -> None:
        with self.draft.locked():
            text = self.draft.read(TESTS)
            if text is None or id not in {test.id for test in self.tests()}:
                raise Refusal("not_found", field=id)
            self.draft.change({TESTS: without_tests(text, {id})}, staff=staff, note="Took out a test")

    def facts(self) -> list[Fact]:
        return list(self.content().facts.values())

    def add_facts(self, facts: Sequence[Mapping[str, Any]], *, staff: str | None, note: str = "") -> list[str]:
        """Add facts of page, section, says, exact; return their numbers. Raises Rejected by "says-<number>" and so on."""
        return self._facts.add(facts, staff=staff, note=note)

    def history(self, file: str) -> list[Revision]:
        """Return what became of a file, newest first; what was changed outside the studio is in it."""
        with self.draft.locked():
            self.draft.notice(file)
        return self.core.revisions.of(file)

    def diff(self, before: str | None, after: str | None) -> list[DiffLine]:
        return diff(before, after)
