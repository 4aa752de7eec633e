"""A training as people read it: its steps in words, how far it is, how long it still takes, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from helpdesk.store.jobs import BUSY_SECONDS, STEPS, Job
from helpdesk.studio.may import about, lasted, who
from helpdesk.workshop import State

NAMES = {
    "start": "Take a copy of the draft",
    "check": "Check the draft",
    "train": "Train the new model",
    "safety": "Prepare the safety net",
    "load": "Start the new model beside the live one",
    "measure": "Ask it the test questions",
    "compare": "Compare it with the live one",
}
ENOUGH = 0.2  # of the work, to tell from it how long the rest takes
STATES = {"done": "done", "now": "under way", "next": "not yet"}
ENDS = {
    "done": "The training is done.",
    "failed": "The training failed. The live bot is as it was, and so is the draft.",
    "cancelled": "The training was cancelled. The live bot is as it was, and so is the draft.",
    "broken": "The training broke off: its program came to an end. The live bot is as it was. You can start again.",
}


@dataclass(frozen=True)
class Step:
    """One step; `state` is a key of STATES."""

    name: str
    title: str
    state: str

    @property
    def words(self) -> str:
        return STATES[self.state]


@dataclass(frozen=True)
class Progress:
    """A training that is under way, or has ended."""

    job: Job
    by: str
    is_open: bool
    percent: int
    left: str
    steps: list[Step]
    ended: str
    said: str
    details: str

    @property
    def now(self) -> str:
        """Say what is being done now."""
        if not self.is_open:
            return self.ended
        if self.job.state == "stopping":
            return "The training is being cancelled."
        return NAMES.get(self.job.step, self.job.step)


def progress_of(found: State, names: Mapping[str, str], now: float) -> Progress | None:
    """Return the training in words; one that has shown no sign of life for a minute counts as broken off."""
    job = found.job
    if job is None:
        return None
    is_open = job.is_open and now - job.beat_at < BUSY_SECONDS
    state = "broken" if job.is_open and not is_open else job.state
    said, _, details = job.said.partition("\n")
    return Progress(
        job=job,
        by=who(names, job.staff),
        is_open=is_open,
        percent=min(100, round(100 * job.share)),
        left=_left(found.left, job, now) if is_open else "",
        steps=_steps(job) if is_open else [],
        ended=_ended(job, state),
        said=said if state == "failed" else "",
        details=details if state == "failed" else "",
    )


def expected_words(expected: float | None) -> str:
    """Say how long the next training takes."""
    return f"{about(expected)}, as the last ones".capitalize() if expected else "Not known yet: this is the first one"


def _left(left: float | None, job: Job, now: float) -> str:
    """Say how long it still takes: by the last ones, else by what is done of this one."""
    if left is None and job.share >= ENOUGH:
        left = (now - job.began_at) * (1 - job.share) / job.share
    if left is None:
        return "How long it takes is not known yet"
    return f"{about(left)} left".capitalize() if left > 3 else "Almost done"


def _steps(job: Job) -> list[Step]:
    at = STEPS.index(job.step) if job.step in STEPS else 0
    states = ["done" if number < at else "now" if number == at else "next" for number in range(len(STEPS))]
    return [Step(name, NAMES[name], state) for name, state in zip(STEPS, states)]


def _ended(job: Job, state: str) -> str:
    told = ENDS.get(state, "")
    if state == "done" and job.ended_at:
        return f"{told} It took {lasted(job.ended_at - job.began_at)}."
    return told
