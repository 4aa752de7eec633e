"""Topics taken out of use and brought back. A retired file keeps its row of the table of topics in a comment at its head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from helpdesk.content import retired
from helpdesk.content.domain import FILE as DOMAIN
from helpdesk.editing.comparing import merged
from helpdesk.editing.core import Core
from helpdesk.editing.entered import file_of
from helpdesk.editing.forms import Rejected, TopicForm
from helpdesk.editing.leads import Lead, leads_to
from helpdesk.editing.saved_tests import without_tests
from helpdesk.editing.table import TOPICS, row_before, row_lines, with_row, with_values, without_row
from helpdesk.editing.topics import Topics
from helpdesk.editing.writing import written
from helpdesk.errors import Refusal

HEAD = "# Retired. What stands in this comment is its row of data/topics.yml, below the row "
FIRST = "(none)"
Texts = dict[str, str | None]


class Retiring:
    """Moves topics to data/retired/ and back."""

    def __init__(self, core: Core, topics: Topics) -> None:
        self.core = core
        self.topics = topics

    def names(self) -> list[str]:
        return sorted(path.name.removesuffix(f".yml{retired.SUFFIX}") for path in retired.files(self.core.root))

    def retire(self, name: str, *, and_buttons: bool, staff: str | None) -> str:
        with self.core.draft.locked():
            form = self.topics.find(name)
            leads = list(leads_to(name, self.core.content()))
            kept = [lead for lead in leads if lead.kind == "aspect" or not and_buttons]
            if kept:
                raise Rejected({"": [lead.told for lead in kept]})
            file = file_of(form)
            text, table = self.core.draft.read(file) or "", self.core.draft.read(TOPICS) or ""
            files: Texts = {file: None, _resting(file): _head(table, name) + text}
            if row_lines(table, name):
                files[TOPICS] = without_row(table, name)
            for path in dict.fromkeys(lead.file for lead in leads):
                files[path] = self._without(name, path, [lead for lead in leads if lead.file == path])
            return self.core.commit(files, staff=staff, note=f"Retired {name}")

    def _without(self, name: str, file: str, leads: list[Lead]) -> str | None:
        """Return the file without what leads to the topic."""
        text = self.core.draft.read(file) or ""
        if leads[0].kind == "test":
            return without_tests(text, {lead.name for lead in leads})
        if leads[0].kind == "subject":
            return self._without_subjects(name, text, leads)
        form = self.core.form_of(file, text)
        texts = tuple(replace(one, buttons=tuple(b for b in one.buttons if b[1] != name)) for one in form.texts)
        return written(replace(form, texts=texts, blocks=tuple(b for b in form.blocks if b.asks != name)), text)

    def _without_subjects(self, name: str, text: str, leads: list[Lead]) -> str:
        for subject in self.core.content().vocabulary:
            if subject.id in {lead.name for lead in leads}:
                topics = tuple(topic for topic in subject.topics if topic != name)
                topic = subject.topic if subject.topic != name else next(iter(topics), None)
                referral = subject.referral if subject.referral != name else None
                text = with_values(text, subject.id, {"topic": topic, "topics": topics, "referral": referral})
        return text

    def restore(self, name: str, *, staff: str | None) -> str:
        with self.core.draft.locked():
            path = next((p for p in retired.files(self.core.root) if p.name == f"{name}.yml{retired.SUFFIX}"), None)
            if path is None:
                raise Refusal("not_found", field=name)
            resting = path.relative_to(self.core.root).as_posix()
            file = _working(resting)
            whole = self.core.draft.read(resting) or ""
            after, row, text = _taken_apart(whole)
            files: Texts = {file: text, resting: None}
            if row:
                files[TOPICS] = with_row(self.core.draft.read(TOPICS) or "", name, row, after)
            files |= self._as_before(file, files)
            self.core.must_stay_right(files)
            return self.core.commit(files, staff=staff, note=f"Restored {name}")

    def _as_before(self, file: str, files: Texts) -> Texts:
        """Return what was cleaned away when the topic was retired; what has been changed since in those lines stays."""
        last = next((r for r in self.core.revisions.of(file) if r.text is None), None)
        found: Texts = {}
        for row in self.core.revisions.of_change(last.change) if last else ():
            if row.file in (DOMAIN, *files):
                continue
            before, now = self.core.revisions.before(row), self.core.draft.read(row.file)
            past = before.text if before else None
            if now == row.text:
                found[row.file] = past
            elif None not in (past, row.text, now):
                text = merged(str(row.text), str(past), str(now))
                found |= {row.file: text} if text is not None else {}
        return found


def _resting(file: str) -> str:
    return retired.FOLDER + file.removeprefix("data") + retired.SUFFIX


def _working(resting: str) -> str:
    return "data" + resting.removeprefix(retired.FOLDER).removesuffix(retired.SUFFIX)


def _head(table: str, name: str) -> str:
    rows = row_lines(table, name)
    if not rows:
        return ""
    return "\n".join([HEAD + (row_before(table, name) or FIRST), *(f"#{row}" for row in rows), ""])


def _taken_apart(text: str) -> tuple[str, list[str], str]:
    """Return the row above, the row, and the text of the topic's file."""
    if not text.startswith(HEAD):
        return "", [], text
    first, *lines = text.split("\n")
    number = next((n for n, line in enumerate(lines) if not line.startswith("#  ")), len(lines))
    above = first.removeprefix(HEAD)
    return "" if above == FIRST else above, [line[1:] for line in lines[:number]], "\n".join(lines[number:])


def retired_form(core: Core, name: str) -> TopicForm:
    """Return the form of a retired topic, to be read."""
    for path in retired.files(core.root):
        file = path.relative_to(core.root).as_posix()
        if PurePosixPath(file).name == f"{name}.yml{retired.SUFFIX}":
            return core.form_of(_working(file), _taken_apart(core.draft.read(file) or "")[2])
    raise Refusal("not_found", field=name)
