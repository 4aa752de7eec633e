"""Trainings in the ledger: one at a time, with signs of life."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.errors import Refusal
from helpdesk.store import Store
from tests.web import settings_for


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    settings = settings_for(tmp_path)
    settings.prepare()
    store = Store(settings.database_url, settings.secrets().callbacks, clock=clock)
    yield store
    store.close()


def done_in(store: Store, clock: Clock, seconds: float) -> None:
    id = store.jobs.begin(None, None)
    clock.now += seconds
    store.jobs.end(id, "done", release=id)
    clock.now += 1


@pytest.mark.databases
def test_a_second_job_is_refused_while_one_runs(store: Store) -> None:
    store.jobs.begin("ada", 60.0)

    with pytest.raises(Refusal) as refused:
        store.jobs.begin("paul", 60.0)

    assert refused.value.code == "busy"


@pytest.mark.databases
def test_a_job_tells_how_far_it_is(store: Store) -> None:
    id = store.jobs.begin("ada", 60.0)

    assert store.jobs.step(id, "train", 0.4)

    found = store.jobs.running()
    assert found and (found.id, found.staff, found.step, found.share, found.expected) == (id, "ada", "train", 0.4, 60.0)


@pytest.mark.databases
def test_what_has_ended_is_told_and_makes_room(store: Store, clock: Clock) -> None:
    id = store.jobs.begin("ada", None)
    store.jobs.end(id, "failed", "The draft has problems.")
    clock.now += 1

    found = store.jobs.latest()
    assert found and (found.state, found.said, found.is_open) == ("failed", "The draft has problems.", False)
    assert store.jobs.running() is None
    assert store.jobs.begin("ada", None) != id


@pytest.mark.databases
def test_a_job_that_is_told_to_stop_is_not_to_go_on(store: Store) -> None:
    id = store.jobs.begin("ada", None)

    assert store.jobs.stop(id)
    assert not store.jobs.stop(id)

    assert not store.jobs.step(id, "train", 0.5)
    assert store.jobs.running() is not None


@pytest.mark.databases
def test_the_first_end_of_a_job_counts(store: Store) -> None:
    id = store.jobs.begin("ada", None)

    assert store.jobs.end(id, "cancelled")
    assert not store.jobs.end(id, "broken")

    found = store.jobs.find(id)
    assert found and found.state == "cancelled"


@pytest.mark.databases
def test_a_job_without_a_sign_of_life_is_broken_and_the_next_can_begin(store: Store, clock: Clock) -> None:
    first = store.jobs.begin("ada", None)
    clock.now += 61

    store.jobs.begin("paul", None)

    found = store.jobs.find(first)
    assert found and found.state == "broken"


@pytest.mark.databases
def test_a_sign_of_life_keeps_a_job_its_place(store: Store, clock: Clock) -> None:
    id = store.jobs.begin("ada", None)
    clock.now += 59
    store.jobs.step(id, "train", 0.5)
    clock.now += 59

    with pytest.raises(Refusal):
        store.jobs.begin("paul", None)


@pytest.mark.databases
def test_the_next_job_is_expected_to_take_what_the_last_ones_took(store: Store, clock: Clock) -> None:
    assert store.jobs.expected() is None
    for seconds in (500, 50, 60, 70, 65, 55):
        done_in(store, clock, seconds)
    failed = store.jobs.begin(None, None)
    clock.now += 900
    store.jobs.end(failed, "failed")

    assert store.jobs.expected() == 60
