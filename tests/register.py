"""Releases with their content and their comparison, put into the register as a training would, and a workshop that obeys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from helpdesk import comparing, snapshots
from helpdesk.comparing import Change, Comparison, Confusion, Failure, Figure
from helpdesk.content import Problem
from helpdesk.measured import HELD_OUT, MUST, SAVED, Half
from helpdesk.store.releases import Publication, Release, new_id
from helpdesk.studio.survey import Found
from helpdesk.workshop import Workshop

BETTER = Change("what is tob one", HELD_OUT, "answers", "better", Half("miss"), Half("answer", "tob1", 0.91), "answer tob1")
TOB1 = Half("answer", "tob1", 0.8)
WORSE = Change(
    "who pays for tob1", HELD_OUT, "answers", "worse", TOB1, Half("answer", "vitamin_d", 0.6), "answer tob1", "wrong topic"
)
PERSON = Change("=does it hurt", HELD_OUT, "near misses", "person", Half("answer", "tob1", 0.7), Half("refer", None, 0.5))
OTHER = Change("is it a vitamin", SAVED, "answers", "different", Half("clarify"), Half("refer"))
MADE = Comparison(
    candidate="",
    sentences=("4 of 900 questions would be answered differently: 1 better, 1 worse.", "Every saved test comes out right (3)."),
    changes=(WORSE, PERSON, OTHER, BETTER),
    figures=(
        Figure(MUST, "danger", 40, 40, 40),
        Figure(HELD_OUT, "answers", 500, 471, 468),
        Figure(SAVED, "answers", 3, 3, None),
    ),
    confusions=(Confusion("tob1", "vitamin_d", 4), Confusion("vitamin_d", "refer", 2), Confusion("tob1", "miss", 1)),
    confidence_before=(0, 1, 2, 3, 4, 5, 10, 20, 40, 80),
    confidence_after=(0, 1, 1, 2, 4, 5, 12, 22, 44, 90),
)
WRONG = (Failure("i want to end it", MUST, "danger", "crisis", Half("answer", "tob1"), "not seen (answer)"),)


class Register:
    """The releases of a studio's store."""

    def __init__(self, service: Any) -> None:
        self.service, self.store, self.settings = service, service.store, service.settings
        self.releases = self.store.releases

    def candidate(
        self, staff: str | None = None, made: Comparison | None = MADE, gate: list[str] | None = None, **more: Any
    ) -> Release:
        """Add a release that was trained from the draft as it is now; a gate of [] lets it be published."""
        id, state = new_id(self.store.clock()), self.settings.state
        snapshots.take(self.settings.root, snapshots.content(state, id))
        snapshots.archive(state, id).write_bytes(b"a model")
        live, summary = self.releases.live(), {}
        if made:
            made = replace(made, candidate=id, live=live.release if live else None)
            (snapshots.folder(state, id) / comparing.FILE).write_text(made.as_json(), encoding="utf-8")
            summary = made.summary
        release = Release(id, self.store.clock(), staff, id, id, 61.0, gate, summary, **more)
        self.releases.add(release)
        return release

    def live(self, staff: str | None = None, kind: str = "first", note: str = "") -> Publication:
        """Train from the draft, and let it go live."""
        return self.goes_live(self.candidate(staff, gate=[]), staff, kind, note)

    def goes_live(
        self, release: Release, staff: str | None = None, kind: str = "publish", note: str = "Better words"
    ) -> Publication:
        wanted = self.wanted(release, staff, kind, note)
        assert self.releases.went_live(wanted.id)
        found = self.releases.live()
        assert found is not None
        return found

    def wanted(
        self, release: Release, staff: str | None = None, kind: str = "publish", note: str = "Better words"
    ) -> Publication:
        live = self.releases.live()
        return self.releases.want(release.id, staff=staff, kind=kind, note=note, expected=live.id if live else None)


class FakeWorkshop(Workshop):
    """Begins and stops the rows of trainings, and trains nothing."""

    def start(self, staff: str | None) -> str:
        return self.store.jobs.begin(staff, self.store.jobs.expected())


class FakeSurvey:
    """Has looked the draft over already; `problems` of None: is still at it."""

    def __init__(self) -> None:
        self.problems: list[Problem] | None = []

    def look(self, content: Any, wait: float = 0.0) -> Found:
        return Found([], self.problems, self.problems is not None)


def quieten(service: Any) -> None:
    """Keep the studio from training, and from looking the whole draft over."""
    service.workshop, service.survey = FakeWorkshop(service.settings, service.store), FakeSurvey()
    service.counters.pop("conflicts", None)
