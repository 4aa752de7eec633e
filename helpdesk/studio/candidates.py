"""A release as people read it: who made it, what it came to, and why it may not be published, if it may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helpdesk.settings import Settings
from helpdesk.store.releases import Publication, Release
from helpdesk.store.staff import Staff
from helpdesk.store.store import Store
from helpdesk.studio.may import may_publish, may_train, names_of, who

KINDS = {"first": "The first version", "publish": "Published", "rollback": "Rolled back", "auto": "Rolled back by the watch"}
STATES = {"wanted": "under way", "live": "live now", "ended": "ended", "failed": "failed, never live"}


@dataclass(frozen=True)
class Candidate:
    """A release, and what this reader may do with it. `against`: why not publish it, the gate's reasons first."""

    release: Release
    by: str
    proposed_by: str
    is_live: bool
    was_live: bool
    against: list[str]
    may_propose: bool
    may_publish: bool

    @property
    def id(self) -> str:
        return self.release.id

    @property
    def sentences(self) -> list[str]:
        return list(self.release.summary.get("sentences") or [])

    @property
    def is_ready(self) -> bool:
        """Whether it may be published, if not by this reader."""
        return self.release.may_be_published and not self.is_live


@dataclass(frozen=True)
class Register:
    """All that the pages of releases are made of."""

    releases: Sequence[Release]
    publications: Sequence[Publication]
    names: Mapping[str, str]

    @property
    def live(self) -> Publication | None:
        return next((one for one in self.publications if one.state == "live"), None)

    @property
    def wanted(self) -> Publication | None:
        return next((one for one in self.publications if one.state == "wanted"), None)

    def find(self, id: str) -> Release | None:
        return next((one for one in self.releases if one.id == id), None)

    @property
    def proposed(self) -> list[Release]:
        """Return what waits for approval."""
        were_live = self.were_live()
        return [one for one in self.releases if one.proposed_by and one.id not in were_live]

    def were_live(self) -> set[str]:
        return {one.release for one in self.publications if one.live_at}

    def candidate(self, release: Release, staff: Staff, settings: Settings) -> Candidate:
        is_live, was_live = self.live is not None and self.live.release == release.id, release.id in self.were_live()
        against = gate_of(release)
        against += ["This version is live already."] if is_live else []
        against += ["Another version is being published right now. Wait until that has ended."] if self.wanted else []
        mine = [] if settings.publish_alone else own_work(release, staff)
        return Candidate(
            release=release,
            by=who(self.names, release.staff),
            proposed_by=who(self.names, release.proposed_by) if release.proposed_by else "",
            is_live=is_live,
            was_live=was_live,
            against=against + (mine if may_publish(staff) else []),
            may_propose=may_train(staff) and not (was_live or against or release.proposed_by),
            may_publish=may_publish(staff) and not (was_live or against or mine),
        )


def read_register(store: Store, names: Mapping[str, str] | None = None) -> Register:
    return Register(store.releases.all(), store.releases.publications(), names or {})


async def register_of(store: Store) -> Register:
    """Read the register with the names of who stands in it."""
    return await store.run(read_register, store, await names_of(store))


def gate_of(release: Release) -> list[str]:
    """Return what the measures have against a release."""
    return ["This version has not been measured."] if release.gate is None else list(release.gate)


def own_work(release: Release, staff: Staff) -> list[str]:
    """Two persons look at what goes live: who made it, and who publishes it."""
    told = ["You had this version trained, so somebody else has to publish it."] if release.staff == staff.id else []
    return told + (["You proposed this version, so somebody else has to publish it."] if release.proposed_by == staff.id else [])
