"""The register of releases: one live, at most one on its way, and who did what, when and why."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from helpdesk.errors import Refusal
from helpdesk.store.releases import Publication, new_id
from tests.releases import Register


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    register = Register(tmp_path)
    yield register
    register.close()


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match=f"^{code}$")


@pytest.mark.databases
def test_a_release_is_found_as_it_was_added_and_the_newest_stands_first(register: Register) -> None:
    first, second = register.add("one"), register.add("two", gate=["A saved test breaks."])

    assert register.releases.find("one") == first
    assert [one.id for one in register.releases.all()] == ["two", "one"]
    assert second.gate == ["A saved test breaks."] and not second.may_be_published
    assert register.releases.find("three") is None


def test_ids_that_are_made_later_stand_later() -> None:
    assert new_id(1000.0) < new_id(1000.5) < new_id(2000.0)


@pytest.mark.databases
def test_measures_decide_whether_it_may_be_published(register: Register) -> None:
    register.add("one")
    register.releases.measured("one", [], {"right": 0.9})

    found = register.releases.find("one")

    assert found and found.may_be_published and found.summary == {"right": 0.9}


@pytest.mark.databases
def test_nothing_is_live_before_the_first_publication(register: Register) -> None:
    assert register.releases.live() is None and register.releases.wanted() is None


@pytest.mark.databases
def test_what_is_wanted_goes_live_and_what_was_live_ends(register: Register) -> None:
    register.add("one")
    register.add("two", gate=[])
    first = register.bring_live("one")

    second = register.bring_live("two", "publish", "A new topic.")

    assert [(one.release, one.state) for one in register.releases.publications()] == [("two", "live"), ("one", "ended")]
    ended = register.releases.publication(first.id)
    assert ended and ended.ended_at == second.live_at
    assert register.releases.wanted() is None


@pytest.mark.databases
def test_a_publication_goes_live_once(register: Register) -> None:
    register.add("one")
    live = register.bring_live("one")

    assert not register.releases.went_live(live.id)
    assert not register.releases.failed(live.id, "too late")
    assert register.releases.live() == live


@pytest.mark.parametrize("gate", [None, ["A crisis sentence is answered wrongly."]])
@pytest.mark.databases
def test_what_is_not_measured_or_has_a_reason_against_it_is_never_published(register: Register, gate: list[str] | None) -> None:
    register.add("one", gate=gate)

    with refused("not_ready"):
        register.releases.want("one", staff=None, kind="publish", note="", expected=None)
    with refused("not_ready"):
        register.releases.propose("one", "ada", "")

    assert register.releases.wanted() is None


@pytest.mark.parametrize("kind", ["first", "rollback", "auto"])
@pytest.mark.databases
def test_the_first_one_and_a_way_back_need_no_measures(register: Register, kind: str) -> None:
    register.add("one")

    assert register.releases.want("one", staff=None, kind=kind, note="", expected=None).state == "wanted"


@pytest.mark.databases
def test_of_two_who_want_something_live_at_once_one_is_refused(register: Register) -> None:
    register.add("one", gate=[])
    register.add("two", gate=[])

    def want(id: str) -> Publication | str:
        try:
            return register.releases.want(id, staff=None, kind="publish", note="", expected=None)
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        came = list(pool.map(want, ["one", "two"]))

    assert came.count("conflict") == 1
    assert register.releases.wanted() in came


@pytest.mark.databases
def test_who_saw_another_one_live_is_refused(register: Register) -> None:
    register.add("one")
    register.add("two", gate=[])
    seen = register.bring_live("one")
    register.bring_live("two", "publish")
    register.add("three", gate=[])

    with refused("conflict"):
        register.releases.want("three", staff="paul", kind="publish", note="", expected=seen.id)


@pytest.mark.databases
def test_what_fails_leaves_what_was_live(register: Register) -> None:
    register.add("one")
    register.add("two", gate=[])
    live = register.bring_live("one")
    wanted = register.releases.want("two", staff="paul", kind="publish", note="", expected=live.id)

    register.releases.failed(wanted.id, "Rasa does not start with it.")

    assert register.releases.live() == live
    failed = register.releases.publication(wanted.id)
    assert failed and (failed.state, failed.why) == ("failed", "Rasa does not start with it.")


@pytest.mark.databases
def test_each_deed_is_in_the_audit(register: Register) -> None:
    register.add("one")
    register.add("two", gate=[])
    register.releases.propose("two", "ada", "A new topic.")
    register.releases.withdraw("two", "ada")
    live = register.bring_live("one")
    wanted = register.releases.want("two", staff="paul", kind="publish", note="A new topic.", expected=live.id)
    register.releases.failed(wanted.id, "why")

    deeds = [(row["action"], row["staff"], row["subject"], row["detail"]) for row in register.store.audit.rows(10)]

    assert deeds == [
        ("release.failed", "paul", "two", "why"),
        ("release.first", None, "one", None),
        ("release.withdrawn", "ada", "two", None),
        ("release.proposed", "ada", "two", "A new topic."),
    ]


@pytest.mark.databases
def test_programs_are_told_of_what_went_live_and_people_of_a_way_back_that_nobody_asked_for(register: Register) -> None:
    register.add("one")
    register.add("two", gate=[])
    register.bring_live("one")
    assert register.told() == []

    register.bring_live("two", "publish")
    assert register.told() == [("webhook:1", "model.published")]

    register.bring_live("one", "rollback")
    assert register.told() == [("webhook:1", "model.rolled_back")]

    register.bring_live("two", "auto", "12 of 30 replies were no answer.")
    assert sorted(register.told()) == [("notify:1", "model.rolled_back"), ("webhook:1", "model.rolled_back")]


@pytest.mark.databases
def test_why_a_publication_was_taken_back_stands_with_it(register: Register) -> None:
    register.add("one")
    register.add("two", gate=[])
    register.bring_live("one")
    second = register.bring_live("two", "publish")

    register.bring_live("one", "auto", "12 of 30 replies were no answer.")

    ended = register.releases.publication(second.id)
    assert ended and ended.why == "12 of 30 replies were no answer."


@pytest.mark.databases
def test_a_release_that_was_live_is_never_removed(register: Register) -> None:
    register.add("one")
    register.add("two")
    register.bring_live("one")

    assert not register.releases.remove("one")
    assert register.releases.remove("two")
    assert [one.id for one in register.releases.all()] == ["one"]
