"""A change taken back, also where something else has changed in the same file since."""

from __future__ import annotations

from helpdesk.content.domain import FILE as DOMAIN
from helpdesk.content.forms import KINDS
from helpdesk.editing.comparing import diff, merged
from helpdesk.editing.core import Core
from helpdesk.editing.draft import FIRST
from helpdesk.editing.forms import Changed, TopicForm
from helpdesk.errors import Refusal
from helpdesk.store.revisions import Revision


class Undoing:
    """Takes back all files of a change together."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def undo(self, id: str, *, staff: str | None) -> str:
        with self.core.draft.locked():
            wanted = self.core.revisions.find(id)
            if wanted is None or wanted.note == FIRST:
                raise Refusal("not_found", field=id)
            rows = [row for row in self.core.revisions.of_change(wanted.change) if row.file != DOMAIN]
            files = {row.file: self._past(row) for row in rows}
            self.core.must_stay_right(files)
            return self.core.commit(files, staff=staff, note=f"Undone: {wanted.note or 'a change'}")

    def _past(self, row: Revision) -> str | None:
        """Return the text without this change, with what has changed since in other lines. Raises Changed."""
        before, now = self.core.revisions.before(row), self.core.draft.read(row.file)
        past = before.text if before else None
        if now == row.text:
            return past
        text = merged(row.text, past, now) if row.text is not None and past is not None and now is not None else None
        if text is None:
            self.core.draft.notice(row.file)
            last = self.core.revisions.latest(row.file)
            raise Changed(self._form(row.file, now), diff(row.text, now), last.staff if last else None)
        return text

    def _form(self, file: str, text: str | None) -> TopicForm | None:
        if text is None or file.split("/")[1] not in KINDS:
            return None
        return self.core.form_of(file, text)
