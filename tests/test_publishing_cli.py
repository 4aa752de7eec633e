"""`helpdesk publish` and `helpdesk rollback`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpdesk.cli import main
from helpdesk.processes import claimed
from tests.releases import Register, draft


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    register = Register(tmp_path)
    register.clock.now = time.time()
    monkeypatch.setenv("HELPDESK_STATE", str(register.settings.state))
    monkeypatch.setenv("HELPDESK_DATA", str(register.settings.data))
    yield register
    register.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_the_newest_that_may_be_published_is_wanted_and_goes_live_at_the_next_start(register: Register) -> None:
    register.add("one", gate=[])
    register.add("two", gate=["A saved test breaks."])

    done = run("publish", "--note", "A new topic.")

    assert done.exit_code == 0 and "one goes live at the next start" in done.output
    wanted = register.releases.wanted()
    assert wanted and (wanted.release, wanted.note, wanted.staff) == ("one", "A new topic.", None)


def test_the_reasons_against_a_version_are_told(register: Register) -> None:
    register.add("one", gate=["A crisis sentence is answered wrongly."])

    done = run("publish", "one", "--note", "A new topic.")

    assert done.exit_code == 1 and "A crisis sentence is answered wrongly." in done.output
    assert register.releases.wanted() is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["publish", "one"], "--note"),
        (["publish", "one", "--note", "x" * 1001], "1000"),
        (["publish", "no-such-one", "--note", "x"], "no-such-one"),
        (["publish", "two", "--note", "x"], "not measured"),
        (["rollback", "two"], "two"),
        (["rollback"], "no earlier version"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(register: Register, arguments: list[str], told: str) -> None:
    register.add("one", gate=[])
    register.add("two")

    done = run(*arguments)

    assert done.exit_code == 1 and told in done.output
    assert "Traceback" not in done.output and register.releases.wanted() is None


def test_without_a_version_there_is_nothing_to_publish(register: Register) -> None:
    done = run("publish", "--note", "x")

    assert done.exit_code == 1 and "helpdesk compare" in done.output


def test_back_goes_to_the_one_before_and_names_the_files_that_change(register: Register) -> None:
    register.add("one")
    draft(register.root, tob1="tob1: 2\n")
    register.add("two", gate=[])
    register.bring_live("one")
    register.bring_live("two", "publish")

    done = run("rollback", "--note", "It was wrong.")

    assert done.exit_code == 0 and "data/answers/tob1.yml" in done.output and "is kept" in done.output
    wanted = register.releases.wanted()
    assert wanted and (wanted.release, wanted.kind) == ("one", "rollback")


@pytest.mark.parametrize(("well", "told"), [(True, "one is live"), (False, "Rasa does not start with it.")])
def test_where_a_help_desk_runs_it_waits_for_what_comes_of_it(register: Register, well: bool, told: str) -> None:
    register.add("one", gate=[])

    def carry_out() -> None:
        while (wanted := register.releases.wanted()) is None:
            time.sleep(0.02)
        if well:
            register.releases.went_live(wanted.id)
        else:
            register.releases.failed(wanted.id, "Rasa does not start with it.")

    with claimed(register.settings.state):
        supervisor = threading.Thread(target=carry_out)
        supervisor.start()
        done = run("publish", "one", "--note", "A new topic.")
        supervisor.join()

    assert done.exit_code == (0 if well else 1)
    assert told in done.output
