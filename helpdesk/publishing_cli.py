"""`helpdesk publish` and `helpdesk rollback`."""

from __future__ import annotations

import time

import click

from helpdesk import publishing
from helpdesk.errors import CommandError, Refusal
from helpdesk.processes import is_claimed
from helpdesk.settings import Settings, read_settings
from helpdesk.store import Store
from helpdesk.store.releases import Publication, Release

PATIENCE = 900.0
WHY_NOT = {
    "no_note": "A note is needed: say in a sentence what changes, and why, with --note.",
    "too_long": f"The note is too long. Give at most {publishing.LONGEST_NOTE} characters.",
    "not_found": "There is no version {release} here that this can be done with. Those that there are: {known}",
    "conflict": "Version {release} is live already, or another one is on its way. Wait for it, then look again.",
}


@click.command()
@click.argument("release", required=False)
@click.option("--note", default="", help="What changes, and why.")
def publish(release: str | None, note: str) -> None:
    """Bring the version RELEASE live; without it, the newest that may be published."""
    settings = read_settings()
    with Store.opened(settings) as store:
        found = release or _id(publishing.newest_to_publish(store, settings))
        if found is None:
            raise CommandError("There is no new version that may be published. Make one: helpdesk compare")
        try:
            wanted = publishing.publish(store, settings, found, staff=None, note=note)
        except Refusal as refusal:
            raise CommandError(_why_not(refusal, store, found)) from None
        _wait(store, settings, wanted)


@click.command()
@click.argument("release", required=False)
@click.option("--note", default="", help="Why.")
def rollback(release: str | None, note: str) -> None:
    """Go back to the version RELEASE, its model and its files; without it, to the one that was live before."""
    settings = read_settings()
    with Store.opened(settings) as store:
        live = store.releases.live()
        found = release or (_id(publishing.the_one_before(store, settings, live)) if live else None)
        if found is None:
            raise CommandError("There is no earlier version to go back to.")
        try:
            files = publishing.put_back_by(settings, found)
            wanted = publishing.roll_back(store, settings, found, staff=None, note=note)
        except Refusal as refusal:
            raise CommandError(_why_not(refusal, store, found)) from None
        if files:
            kept = f"{len(files)} files of {settings.data} are put back as they were then; what stands in them now is kept"
            click.echo(f"{kept}: {', '.join(files[:10])}{' …' if len(files) > 10 else ''}")
        _wait(store, settings, wanted)


def _wait(store: Store, settings: Settings, wanted: Publication) -> None:
    """Wait until it is live where a help desk runs; say so where none does. Raises CommandError where it cannot go live."""
    if not is_claimed(settings.state):
        click.echo(f"Version {wanted.release} goes live at the next start: no help desk runs in {settings.state} now.")
        return
    click.echo(f"Version {wanted.release} is being loaded beside the one that is live …")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        now = store.releases.publication(wanted.id)
        if now is not None and now.state != "wanted":
            if now.state == "failed":
                raise CommandError(f"It did not go live, and what was live stays so. {now.why}")
            click.echo(f"Version {wanted.release} is live.")
            return
        time.sleep(0.2)
    raise CommandError(f"It is not live after {PATIENCE:.0f} s. The lines of `helpdesk up` tell more.")


def _why_not(refusal: Refusal, store: Store, release: str) -> str:
    found = store.releases.find(release)
    if refusal.code == "not_ready":
        reasons = found.gate if found else None
        told = (
            "\n".join(f"- {reason}" for reason in reasons)
            if reasons
            else "It was not measured yet. Make one that is: helpdesk compare"
        )
        return f"Version {release} may not be published:\n{told}"
    known = ", ".join(one.id for one in store.releases.all(10)) or "none"
    return WHY_NOT[refusal.code].format(release=release, known=known)


def _id(release: Release | None) -> str | None:
    return release.id if release else None
