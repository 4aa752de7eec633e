"""The draft and what is known of it: how a topic is read, and how changed files are written together with what follows them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from helpdesk.content.domain import text_for
from helpdesk.content.entries import TITLES
from helpdesk.content.files import misfits, parse
from helpdesk.content.forms import ENTRY, KINDS
from helpdesk.content.model import Content, Entry, entry_of
from helpdesk.editing.checking import Checked, checked
from helpdesk.editing.comparing import diff
from helpdesk.editing.draft import Draft
from helpdesk.editing.forms import Changed, Problems, Rejected, TopicForm
from helpdesk.editing.leads import leads_to
from helpdesk.editing.reader import Reader
from helpdesk.editing.reading import form_of, version_of
from helpdesk.editing.table import TOPICS, row_lines, row_of, with_topic
from helpdesk.editing.writing import written
from helpdesk.errors import Refusal
from helpdesk.store.revisions import Revisions

DOMAIN = "domain.yml"
RECENT = 20  # revisions among which the one that an author has read is looked for
Files = Mapping[str, str | None]


class Core:
    """What all parts of the library share."""

    def __init__(self, root: Path, state: Path, revisions: Revisions, clock: Callable[[], float] = time.time) -> None:
        self.root = root
        self.revisions = revisions
        self.clock = clock
        self.draft = Draft(root, state, revisions, clock)
        self.reader = Reader(root)

    def content(self) -> Content:
        self.draft.settle()
        return self.reader.content()

    def entry(self, name: str) -> Entry:
        """Return the answer, the referral or the dialogue file of this name. Refuses with `not_found`."""
        content = self.reader.content()
        entry = content.entry(name) or next((e for e in content.entries if e.name == name), None)
        if entry is None:
            raise Refusal("not_found", field=name)
        return entry

    def form(self, name: str) -> TopicForm:
        """Return the form of a file as it stands now, of dialogue too."""
        entry = self.entry(name)
        return self.form_of(entry.file, self.draft.read(entry.file) or "")

    def form_of(self, file: str, text: str, table: str | None = None) -> TopicForm:
        """Return the form of a text of a file, with its row in this text of the table of topics, or in the present one."""
        found, wrong = parse(text)
        if wrong or misfits(found, ENTRY):
            raise Refusal("not_found", field=file)
        path = Path(file)
        kind, group = path.parts[1], "/".join(path.parts[2:-1])
        form = form_of(found, path.stem, kind, group)
        table = (table or self.draft.read(TOPICS) or "") if kind == "answers" else ""
        row = row_of(table, form.name)
        version = version_of(text, "\n".join(row_lines(table, form.name)))
        return replace(form, version=version, title=row.get("title", ""), overview=bool(row.get("overview")))

    def check(self, form: TopicForm, before: TopicForm | None, files: Collection[str] = ()) -> Checked:
        """Check a tidied form; `before` is what its file holds now, `files` are others that change with it."""
        return checked(form, self.reader.content(), self.reader.places(), before, files)

    def must_be_right(
        self, form: TopicForm, before: TopicForm | None, *, only_new: bool = False, files: Collection[str] = ()
    ) -> None:
        """Raise Rejected where the form cannot be saved; `only_new` lets pass what was wrong already."""
        problems = self.check(form, before, files).problems
        if only_new and before is not None and problems:
            problems = new_problems(self.check(before, before).problems, problems)
        if problems:
            raise Rejected(problems)

    def files_of(self, form: TopicForm, file: str) -> dict[str, str | None]:
        """Return the texts of the topic's file and of the table of topics."""
        text = written(form, self.draft.read(file))
        if not same(self.form_of(file, text), form):
            raise Rejected({"": ["This cannot be written down as it is. Take out odd signs, and try again."]})
        table = self.draft.read(TOPICS)
        if form.kind != "answers" or table is None:
            return {file: text}
        return {file: text, TOPICS: with_topic(table, form)}

    def commit(self, files: Files, *, staff: str | None, note: str) -> str:
        """Write the files under the lock, and domain.yml where other names come in or go. Returns the first one's revision."""
        content = self.reader.content()
        later = self.later(files)
        if later.intents != content.intents:
            files = {**files, DOMAIN: text_for(later)}
        return self.draft.change(files, staff=staff, note=note)

    def must_stay_right(self, files: Files) -> None:
        """Raise Rejected where the files would break what is right now."""
        content, later, places = self.reader.content(), self.later(files), self.reader.places()
        problems: dict[str, list[str]] = {}
        for name in sorted({e.name for e in content.entries} - {e.name for e in later.entries}):
            problems.setdefault("", []).extend(lead.told for lead in leads_to(name, later, files))
        for entry in later.entries:
            if entry.file in files and entry.kind in TITLES:
                form = self.form_of(entry.file, files[entry.file] or "", files.get(TOPICS))
                text = self.draft.read(entry.file)
                before = self.form_of(entry.file, text) if text is not None else None
                found = checked(form, later, places, before, files).problems
                known = checked(before, content, places, before, files).problems if found and before else {}
                for field, told in new_problems(known, found).items():
                    problems.setdefault(field, []).extend(told)
        problems = {field: told for field, told in problems.items() if told}
        if problems:
            raise Rejected(problems)

    def later(self, files: Files) -> Content:
        """Return the content as it would be with these files."""
        content = self.reader.content()
        entries = [e for e in content.entries if e.file not in files]
        for file, text in files.items():
            kind = file.split("/")[1] if file.count("/") > 1 else ""
            if text is not None and kind in KINDS and file.endswith(".yml"):
                found, wrong = parse(text)
                if not wrong and not misfits(found, ENTRY):
                    entries.append(entry_of(found, self.root / file, self.root, kind))
        return replace(content, entries=entries)

    def changed(self, mine: TopicForm, theirs: TopicForm, file: str) -> Changed:
        """Return what to raise where somebody changed the file after `mine` was read."""
        text = self.draft.read(file)
        read = mine.version.partition("-")[0]
        base = next((r for r in self.revisions.of(file, RECENT) if r.text and version_of(r.text) == read), None)
        self.draft.notice(file)
        last = self.revisions.latest(file)
        return Changed(theirs, diff(base.text if base else written(mine, text), text), last.staff if last else None)


def new_problems(before: Problems, after: Problems) -> Problems:
    """Return what is wrong after and was not before, wherever it stood."""
    known = {told for sentences in before.values() for told in sentences}
    found = {field: [told for told in sentences if told not in known] for field, sentences in after.items()}
    return {field: sentences for field, sentences in found.items() if sentences}


def same(one: TopicForm, other: TopicForm) -> bool:
    """Whether two forms say the same; the order of the blocks is the file's."""
    return _plain(one) == _plain(other)


def _plain(form: TopicForm) -> TopicForm:
    blocks = tuple(sorted(form.blocks, key=repr))
    texts = tuple(sorted(form.texts, key=lambda text: text.aspect is not None))
    return replace(form, version="", title="", overview=False, blocks=blocks, texts=texts)
