"""What is decided about messages of the inbox: they become examples of a topic, or are put aside; and the way back."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from helpdesk.content import Content
from helpdesk.content.across import heard
from helpdesk.editing.forms import Changed, Rejected
from helpdesk.errors import Refusal
from helpdesk.store import Store
from helpdesk.store.decisions import Begun
from helpdesk.store.inbox import Item
from helpdesk.store.staff import Staff
from helpdesk.teaching import HIDDEN

OUTSIDE = "out_of_scope"  # the file of data/dialogue with what is not our subject
FROM_INBOX = "Taught from the inbox."


class Teaches(Protocol):
    """What is needed of the library."""

    def content(self) -> Content: ...
    def add_examples(self, name: str, texts: Sequence[str], *, staff: str | None, note: str = "") -> str: ...
    def remove_example(self, name: str, text: str, *, staff: str | None) -> str: ...
    def undo(self, revision: str, *, staff: str | None) -> str: ...


@dataclass(frozen=True)
class Decided:
    """A decision that stands; `before` is the one by which somebody else had taken some of what was asked for."""

    id: str
    first: str
    before: str | None


class Acts:
    """Blocking calls."""

    def __init__(self, store: Store, library: Teaches) -> None:
        self.store = store
        self.library = library

    def decide(self, staff: Staff, items: Sequence[str], what: str, topic: str | None = None) -> Decided:
        """Do one thing with messages and with all others of the same words. Raises Rejected where one cannot be an example."""
        if what == "topic" and (topic is None or self.library.content().entry(topic) is None):
            raise Refusal("not_found")
        decisions = self.store.decisions
        begun = decisions.begin(items, staff=staff.id, what=what, topic=topic)
        try:
            name = OUTSIDE if what == "not_ours" else topic
            revision, added = self._teach(begun, name, staff) if name else (None, [])
        except BaseException:
            decisions.let_go(begun.id)
            raise
        decisions.done(begun.id, revision, [item.id for item in added])
        return Decided(begun.id, begun.items[0].id, begun.before)

    def _teach(self, begun: Begun, name: str, staff: Staff) -> tuple[str | None, list[Item]]:
        """Make examples of the messages that are none yet."""
        entry = next((one for one in self.library.content().entries if one.name == name), None)
        has = {heard(example.text) for example in entry.examples} if entry else set()
        wanted: dict[str, list[Item]] = {}
        for item in begun.items:
            wanted.setdefault(heard(sentence(item.text)), []).append(item)
        new = {words: items for words, items in wanted.items() if words not in has}
        if not new:
            return None, []
        texts = [sentence(items[0].text) for items in new.values()]
        revision = self.library.add_examples(name, texts, staff=staff.id, note=FROM_INBOX)
        return revision, [item for items in new.values() for item in items]

    def undo(self, staff: Staff, decision: str) -> None:
        """Take a decision back: its sentences are no longer examples, and its messages are in the inbox again."""
        decisions = self.store.decisions
        found = decisions.begin_undo(decision, staff=staff.id)
        name = OUTSIDE if found.what == "not_ours" else found.topic
        try:
            if found.revision and name:
                self._untaught(name, found.revision, found.added, staff)
        except BaseException:
            decisions.keep(decision)
            raise
        decisions.undone(decision, staff=staff.id)

    def _untaught(self, name: str, revision: str, added: Sequence[str], staff: Staff) -> None:
        """Put the file back as it was; where it has changed since, take out only what was added."""
        try:
            self.library.undo(revision, staff=staff.id)
        except Changed:
            for text in dict.fromkeys(map(sentence, added)):
                with contextlib.suppress(Refusal):  # it is no example any more
                    self.library.remove_example(name, text, staff=staff.id)


def sentence(text: str) -> str:
    """Return a message as an example: on one line, without what stands for a personal detail."""
    return " ".join(HIDDEN.sub(" ", text).split())


def told(rejected: Rejected) -> str:
    """Return what is wrong, in one paragraph."""
    return " ".join(dict.fromkeys(line for lines in rejected.problems.values() for line in lines))
