"""Who may publish, what may be published, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk import publishing, snapshots
from helpdesk.errors import Refusal
from helpdesk.store.releases import Publication
from tests.releases import Register, draft, person

ADA, PAUL, RUTH = person("ada", "author"), person("paul", "approver"), person("ruth", "admin")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    register = Register(tmp_path)
    yield register
    register.close()


def publish(register: Register, id: str, **more: Any) -> Publication:
    values = {"staff": PAUL, "note": "A new topic.", **more}
    return publishing.publish(register.store, register.settings, id, **values)


def back(register: Register, id: str, **more: Any) -> Publication:
    return publishing.roll_back(register.store, register.settings, id, **{"staff": PAUL, **more})


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match=f"^{code}$")


@pytest.mark.parametrize("staff", [PAUL, RUTH, None])
def test_an_approver_an_admin_and_the_command_line_publish(register: Register, staff: Any) -> None:
    register.add("one", gate=[])

    wanted = publish(register, "one", staff=staff, note="  A new\ntopic. ")

    assert wanted == register.releases.wanted()
    assert (wanted.kind, wanted.note, wanted.staff) == ("publish", "A new topic.", staff and staff.id)


def test_an_author_does_not_publish(register: Register) -> None:
    register.add("one", gate=[])

    with refused("forbidden"):
        publish(register, "one", staff=ADA)
    with refused("forbidden"):
        back(register, "one", staff=ADA)


@pytest.mark.parametrize("note", ["", " \n "])
def test_a_publication_needs_a_note(register: Register, note: str) -> None:
    register.add("one", gate=[])

    with refused("no_note") as caught:
        publish(register, "one", note=note)

    assert caught.value.field == "note"


@pytest.mark.parametrize("gate", [None, ["A saved test breaks."]])
@pytest.mark.parametrize("staff", [PAUL, RUTH, None])
def test_what_is_not_measured_or_has_a_reason_against_it_is_refused_to_everybody(
    register: Register, gate: list[str] | None, staff: Any
) -> None:
    register.add("one", gate=gate)

    with refused("not_ready"):
        publish(register, "one", staff=staff)


def test_nobody_publishes_what_they_had_trained_or_proposed(register: Register) -> None:
    register.add("trained", gate=[], staff="paul")
    register.add("proposed", gate=[], staff="ada")
    register.releases.propose("proposed", "paul", "A new topic.")

    for id in ("trained", "proposed"):
        with refused("own_work"):
            publish(register, id)
        assert publish_and_forget(register, id)


def publish_and_forget(register: Register, id: str) -> bool:
    return register.releases.failed(publish(register, id, staff=RUTH).id, "")


def test_in_a_team_of_one_they_do(tmp_path: Path) -> None:
    register = Register(tmp_path, HELPDESK_PUBLISH_ALONE="on")
    register.add("one", gate=[], staff="paul")

    assert publish(register, "one").staff == "paul"
    register.close()


def test_a_version_whose_files_are_not_there_is_refused(register: Register) -> None:
    register.add("one", gate=[])
    snapshots.archive(register.settings.state, "one").unlink()

    with refused("not_found"):
        publish(register, "one")
    with refused("not_found"):
        publish(register, "no such one")


def test_who_saw_another_one_live_is_refused(register: Register) -> None:
    register.add("one")
    register.add("two", gate=[])
    register.add("three", gate=[])
    seen = register.bring_live("one")
    register.bring_live("two", "publish")

    with refused("conflict"):
        publish(register, "three", expected=seen.id)
    with refused("conflict"):
        back(register, "one", expected=seen.id)


def test_what_is_live_is_not_published_again(register: Register) -> None:
    register.add("one", gate=[])
    register.bring_live("one", "publish")

    with refused("conflict"):
        publish(register, "one")


def test_back_goes_to_what_was_live_before_and_to_nothing_else(register: Register) -> None:
    register.add("one", staff="paul")
    register.add("two", gate=[])
    register.add("never live", gate=[])
    register.bring_live("one")
    register.bring_live("two", "publish")

    with refused("not_found"):
        back(register, "never live")

    assert (back(register, "one").kind, register.releases.wanted() is not None) == ("rollback", True)


def test_back_says_before_which_files_it_changes(register: Register) -> None:
    register.add("one")
    draft(register.root, tob1="tob1: 2\n")

    assert publishing.put_back_by(register.settings, "one") == ["data/answers/tob1.yml"]


def test_the_one_before_is_the_last_other_one_that_was_live(register: Register) -> None:
    register.add("one")
    register.add("two", gate=[])
    register.add("three", gate=[])
    register.bring_live("one")
    register.bring_live("two", "publish")
    failed = publish(register, "three")
    register.releases.failed(failed.id, "Rasa does not start with it.")
    live = register.bring_live("one", "rollback")

    found = publishing.the_one_before(register.store, register.settings, live)

    assert found and found.id == "two"


def test_the_newest_that_may_be_published_is_offered(register: Register) -> None:
    assert publishing.newest_to_publish(register.store, register.settings) is None
    register.add("one", gate=[])
    register.add("two", gate=["A saved test breaks."])

    found = publishing.newest_to_publish(register.store, register.settings)
    assert found and found.id == "one"

    register.bring_live("one", "publish")
    assert publishing.newest_to_publish(register.store, register.settings) is None


def test_old_versions_go_but_those_that_were_live_or_are_proposed(register: Register) -> None:
    for number in range(10):
        register.add(f"{number}", gate=[])
    register.bring_live("0")
    register.bring_live("1", "publish")
    register.releases.propose("2", "ada", "A new topic.")

    publishing.prune(register.store, register.settings)

    left = sorted(one.id for one in register.releases.all())
    assert left == ["0", "1", "2", "5", "6", "7", "8", "9"]
    assert sorted(path.name for path in (register.settings.state / "releases").iterdir()) == left
