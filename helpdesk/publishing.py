"""Publishing a release, and going back to an earlier one: who may, and when. The supervisor does it (`swapping`)."""

from __future__ import annotations

import shutil
import time

from helpdesk import snapshots
from helpdesk.editing.draft import Draft
from helpdesk.errors import Refusal
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.releases import Publication, Release
from helpdesk.store.revisions import Revisions
from helpdesk.store.staff_rows import Staff

PUBLISHERS = frozenset(("approver", "admin"))
LONGEST_NOTE = 1000
SPARE = 5  # releases that never went live
LEFT_SECONDS = 86_400.0  # no training takes so long
AS_IT_IS = "as it is"  # whatever is live now


def publish(
    store: Store, settings: Settings, release: str, *, staff: Staff | None, note: str, expected: str | None = AS_IT_IS
) -> Publication:
    """Want a release to go live. `staff`: none is the command line. `expected`: the publication that they saw as the live one.

    Raises Refusal: forbidden, no_note, too_long, not_found, not_ready, own_work, conflict.
    """
    _check_staff(staff)
    note = _note(note)
    if not note:
        raise Refusal("no_note", field="note")
    found = _find(store, settings, release)
    if not found.may_be_published:
        raise Refusal("not_ready")
    if staff and not settings.publish_alone and staff.id in (found.staff, found.proposed_by):
        raise Refusal("own_work")
    return _want(store, found, staff=staff, kind="publish", note=note, expected=expected)


def roll_back(
    store: Store, settings: Settings, release: str, *, staff: Staff | None, note: str = "", expected: str | None = AS_IT_IS
) -> Publication:
    """Want a release live again that has been live before, with its content as the draft. One person is enough for that.

    Raises Refusal: forbidden, too_long, not_found, conflict.
    """
    _check_staff(staff)
    return _back(store, settings, release, staff=staff, kind="rollback", note=_note(note), expected=expected)


def take_back(store: Store, settings: Settings, publication: Publication, why: str) -> Publication:
    """Go back from a publication by itself. Raises Refusal: not_found, where nothing was live before it; conflict."""
    before = the_one_before(store, settings, publication)
    if before is None:
        raise Refusal("not_found")
    return _back(store, settings, before.id, staff=None, kind="auto", note=why, expected=publication.id)


def the_one_before(store: Store, settings: Settings, publication: Publication) -> Release | None:
    """Return the release that was live before this publication."""
    for one in store.releases.publications():
        was_live = one.live_at is not None and one.at < publication.at and one.release != publication.release
        if was_live and snapshots.is_whole(settings.state, one.release):
            return store.releases.find(one.release)
    return None


def newest_to_publish(store: Store, settings: Settings) -> Release | None:
    """Return the newest release that may be published and is not live."""
    live = store.releases.live()
    for one in store.releases.all():
        if one.may_be_published and snapshots.is_whole(settings.state, one.id):
            return None if live and live.release == one.id else one
    return None


def put_back_by(settings: Settings, release: str) -> list[str]:
    """Return the files of the draft that going back to the release would change. What stands in them now is kept."""
    return [one.file for one in snapshots.differing(snapshots.content(settings.state, release), settings.root)]


def put_back(wanted: Publication, settings: Settings, revisions: Revisions) -> None:
    """Make the draft what it was when this release was made."""
    draft, content = Draft(settings.root, settings.state, revisions), snapshots.content(settings.state, wanted.release)
    snapshots.put_back(content, draft, staff=wanted.staff, note=f"Back to version {wanted.release}.")


def prune(store: Store, settings: Settings) -> None:
    """Take away old releases that never went live and that nobody proposed, and what a training that died left behind."""
    ever = {one.release for one in store.releases.publications(limit=100_000) if one.state != "failed"}
    spare = [one for one in store.releases.all(limit=100_000) if one.id not in ever and not one.proposed_by]
    for one in spare[SPARE:]:
        if store.releases.remove(one.id):
            shutil.rmtree(snapshots.folder(settings.state, one.id), ignore_errors=True)
    for path in snapshots.folder(settings.state, "x").parent.glob("*"):
        if path.stat().st_mtime < time.time() - LEFT_SECONDS and store.releases.find(path.name) is None:
            shutil.rmtree(path, ignore_errors=True)


def _back(
    store: Store, settings: Settings, release: str, *, staff: Staff | None, kind: str, note: str, expected: str | None
) -> Publication:
    found = _find(store, settings, release)
    if not any(one.release == release and one.live_at is not None for one in store.releases.publications()):
        raise Refusal("not_found")
    return _want(store, found, staff=staff, kind=kind, note=note, expected=expected)


def _want(store: Store, release: Release, *, staff: Staff | None, kind: str, note: str, expected: str | None) -> Publication:
    live = store.releases.live()
    if live and live.release == release.id:
        raise Refusal("conflict")
    if expected == AS_IT_IS:
        expected = live.id if live else None
    return store.releases.want(release.id, staff=staff.id if staff else None, kind=kind, note=note, expected=expected)


def _find(store: Store, settings: Settings, release: str) -> Release:
    found = store.releases.find(release)
    if found is None or not snapshots.is_whole(settings.state, release):
        raise Refusal("not_found")
    return found


def _check_staff(staff: Staff | None) -> None:
    if staff and not staff.roles & PUBLISHERS:
        raise Refusal("forbidden")


def _note(note: str) -> str:
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise Refusal("too_long", field="note")
    return note
