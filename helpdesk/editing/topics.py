"""Topics: saved, made anew, and never over somebody else's change."""

from __future__ import annotations

from dataclasses import replace

from helpdesk.content import retired
from helpdesk.content.forms import KINDS
from helpdesk.editing.core import Core, same
from helpdesk.editing.entered import file_of
from helpdesk.editing.forms import Rejected, TopicForm
from helpdesk.editing.tidy import tidied
from helpdesk.errors import Refusal

TAKEN = ("ask", "utter", "rule", "nlu_fallback")


class Topics:
    """Reads and writes answers and referrals."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def find(self, name: str) -> TopicForm:
        """Return an answer or a referral as it stands now. Refuses with `not_found`."""
        self.core.draft.settle()
        form = self.core.form(name)
        if form.kind == "dialogue":
            raise Refusal("not_found", field=name)
        return form

    def save(self, form: TopicForm, *, staff: str | None, note: str) -> TopicForm:
        with self.core.draft.locked():
            before = self.find(form.name)
            wanted = self._kept(form, before)
            if wanted == before:
                return before
            if form.version != before.version:
                raise self.core.changed(form, before, file_of(before))
            self.core.must_be_right(wanted, before)
            self.core.commit(self.core.files_of(wanted, file_of(before)), staff=staff, note=note)
            return self.find(form.name)

    def _kept(self, form: TopicForm, before: TopicForm) -> TopicForm:
        """Return the tidied form; what cannot be changed by saving, and a title that is left out, stay as they are."""
        found = replace(form, version=before.version, kind=before.kind, group=before.group, title=form.title or before.title)
        return before if same(found, before) and _row(found) == _row(before) else tidied(found, before)

    def create(self, form: TopicForm, *, staff: str | None, note: str) -> TopicForm:
        with self.core.draft.locked():
            wanted = tidied(form)
            problems = self.core.check(wanted, None).problems
            taken = self.taken(wanted.name)
            if taken:
                problems = {**problems, "name": [*problems.get("name", []), taken]}
            if problems:
                raise Rejected(problems)
            self.core.commit(self.core.files_of(wanted, file_of(wanted)), staff=staff, note=note)
            return self.find(wanted.name)

    def taken(self, name: str) -> str | None:
        """Say what has this name already."""
        content = self.core.content()
        entry = next((e for e in content.entries if name in (e.name, e.intent, f"ask_{e.name}")), None)
        if entry is not None and entry.kind != "dialogue":
            question = entry.whole.metadata.get("question", name) if entry.whole else name
            return f"There is a topic of this name already: “{question}”. Choose another name, or write into that one."
        if entry is not None or name in TAKEN:
            return "The bot uses this name itself. Choose another one."
        if any(path.name == f"{name}.yml{retired.SUFFIX}" for path in retired.files(self.core.root)):
            return "A retired topic has this name. Restore that one, or choose another name."
        if any(True for kind in KINDS for _ in (self.core.root / "data" / kind).rglob(f"{name}.yml")):
            return "There is a file of this name already. Choose another name."
        return None


def _row(form: TopicForm) -> tuple[str, bool]:
    return form.title, form.overview
