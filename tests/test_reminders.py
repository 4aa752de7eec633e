"""Reminders of answers that are to be read again: in time, each once, with nothing but a link and a number."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from helpdesk.content import Content
from helpdesk.content.files import Lined
from helpdesk.content.model import Entry, Variation
from helpdesk.reminders import Reminders, due_by
from helpdesk.store import Store
from helpdesk.words import words
from tests.clock import Clock

DAY = 86_400.0
DUE = datetime.datetime(2030, 5, 15, 12, tzinfo=datetime.timezone.utc).timestamp()
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


class Drafts:
    def __init__(self, **dates: list[str | None]) -> None:
        self.now = Content(Path("."), entries=[entry(name, texts) for name, texts in dates.items()])

    def content(self) -> Content:
        return self.now


def entry(name: str, dates: list[str | None]) -> Entry:
    texts = tuple(
        Variation(f"utter_{name}", "text", None, (), (), Lined({"review_by": date} if date else {}), 1) for date in dates
    )
    return Entry(f"data/answers/{name}.yml", "answers", name, (), texts, ())


@pytest.fixture
def clock():
    return Clock(DUE)


@pytest.fixture
def store(tmp_path, clock):
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}", [KEY], clock=clock, targets=("webhook:1", "notify:1"))
    yield store
    store.close()


def told(store: Store) -> list[tuple[str, str, int]]:
    return [(out.target, out.kind, out.data["count"]) for out in sorted(store.outbox.due(100), key=lambda out: out.target)]


@pytest.mark.parametrize(("days", "count"), [(-400, 0), (-15, 0), (-14, 1), (0, 1), (300, 1)])
def test_an_answer_is_told_from_fourteen_days_before_its_date_on(store, clock, days, count):
    clock.now = DUE + days * DAY

    assert Reminders(store, Drafts(one=["2030-05-15"]), clock).look() == count


def test_programs_and_people_are_told_once_for_all_answers_with_a_link_and_a_number(store, clock):
    drafts = Drafts(one=["2030-05-20", "2030-05-01"], two=["2030-05-15"], far=["2031-01-01"], referral=[None])
    assert Reminders(store, drafts, clock).look() == 2
    outs = store.outbox.due(100)

    assert {out.target for out in outs} == {"webhook:1", "notify:1"} and {out.kind for out in outs} == {"content.review"}
    assert all(set(out.data) == {"link", "count", "at"} and out.data["link"] == "/studio/conflicts" for out in outs)
    assert "content.review" in words().outward


def test_each_answer_and_date_is_told_once_also_after_a_restart(store, clock):
    drafts = Drafts(one=["2030-05-15"])
    assert Reminders(store, drafts, clock).look() == 1
    for days in range(1, 40, 13):
        clock.now = DUE + days * DAY
        assert Reminders(store, drafts, clock).look() == 0

    assert told(store) == [("notify:1", "content.review", 1), ("webhook:1", "content.review", 1)]


def test_a_date_that_was_moved_is_told_when_the_new_one_comes_near(store, clock):
    reminders = Reminders(store, Drafts(one=["2030-05-15"]), clock)
    reminders.look()
    reminders.library = Drafts(one=["2030-09-01"])
    clock.now = DUE + DAY
    assert reminders.look() == 0
    clock.now = datetime.datetime(2030, 8, 20, tzinfo=datetime.timezone.utc).timestamp()

    assert reminders.look() == 1


def test_it_is_looked_once_a_day(store, clock):
    reminders = Reminders(store, Drafts(), clock)
    reminders.look()
    reminders.library = Drafts(one=["2030-05-15"])
    clock.now = DUE + 3600
    assert reminders.look() == 0
    clock.now = DUE + DAY

    assert reminders.look() == 1


def test_what_is_no_date_reminds_of_nothing():
    drafts = Drafts(one=["soon"], two=["2030-13-01"], three=[""], four=[])

    assert list(due_by(drafts.now, datetime.date(2099, 1, 1))) == []
