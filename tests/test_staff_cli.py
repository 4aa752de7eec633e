"""`helpdesk staff`, and the first admin's link."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner, Result

from helpdesk.accounts import FIRST_LOGIN, Accounts
from helpdesk.cli import main
from helpdesk.settings import Settings, read_settings
from helpdesk.staff_cli import first_link, opened
from helpdesk.store.staff import ROLES, Staff

LINK = re.compile(r"http://127\.0\.0\.1:8099/desk/link/([\w-]{43})")
LOGIN = "ana@example.org"
T = TypeVar("T")


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HELPDESK_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("HELPDESK_PORT", "8099")
    return read_settings()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("staff", *arguments))


def ask(settings: Settings, call: Callable[[Accounts], T]) -> T:
    with opened(settings) as accounts:
        return call(accounts)


def person(settings: Settings, login: str = LOGIN) -> Staff:
    found = ask(settings, lambda accounts: accounts.staff.by_login(login))
    assert found is not None
    return found


def owner(settings: Settings, text: str) -> str | None:
    """Whose link is printed here, if it works."""
    found = LINK.search(text)
    assert found, text
    staff = ask(settings, lambda accounts: accounts.whose_link(found[1]))
    return staff.login if staff else None


def give_password(settings: Settings, login: str) -> None:
    staff = person(settings, login)
    ask(settings, lambda accounts: accounts.staff.set_password(staff.id, "a hash"))


def test_add_prints_a_link_that_works(settings):
    done = run("add", "Ana@Example.org", "--name", "Ana", "--role", "admin", "--role", "author")

    assert done.exit_code == 0, done.output
    assert owner(settings, done.output) == LOGIN
    assert (person(settings).name, person(settings).roles) == ("Ana", {"admin", "author"})


def test_without_a_role_one_is_a_navigator(settings):
    run("add", LOGIN, "--name", "Ana")

    assert person(settings).roles == {"navigator"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ana", "--name", "Ana"], "ana is not an e-mail address. Give one, such as ana@example.org."),
        ([LOGIN, "--name", " "], "A name of 1 to 80 characters is needed. Give one with --name."),
        ([LOGIN, "--name", "x" * 100], "A name of 1 to 80 characters is needed. Give one with --name."),
        (["bo@example.org", "--name", "Bo"], "Somebody has the login bo@example.org already."),
    ],
)
def test_what_cannot_be_added_is_a_sentence(settings, arguments, said):
    run("add", "bo@example.org", "--name", "Bo")

    done = run("add", *arguments)

    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {said}")
    assert len(ask(settings, lambda accounts: accounts.staff.all())) == 1


def test_a_role_that_there_is_not_is_a_sentence():
    done = run("add", LOGIN, "--name", "Ana", "--role", "boss")

    assert done.exit_code == 2 and "'boss' is not one of" in done.output


def test_a_new_link_takes_the_place_of_the_last_one(settings):
    first = run("add", LOGIN, "--name", "Ana").output

    second = run("link", LOGIN.upper()).output

    assert owner(settings, first) is None
    assert owner(settings, second) == LOGIN


@pytest.mark.parametrize("command", [("link",), ("deactivate",), ("activate",), ("roles", "--role", "admin")])
def test_a_login_that_nobody_has_is_a_sentence(command):
    done = run(*command, "eve@example.org")

    assert done.exit_code == 1
    assert done.output == "Error: Nobody has the login eve@example.org. To see who there is: helpdesk staff list\n"


def test_deactivating_ends_all_access_and_activating_gives_it_back(settings):
    first = run("add", LOGIN, "--name", "Ana", "--role", "admin").output
    staff = person(settings)
    ask(settings, lambda accounts: accounts.staff.add_session("hash of a cookie", staff.id))

    assert run("deactivate", LOGIN).exit_code == 0

    assert not person(settings).active
    assert ask(settings, lambda accounts: accounts.staff.session("hash of a cookie")) is None
    assert owner(settings, first) is None
    refused = run("link", LOGIN)
    assert refused.exit_code == 1 and "helpdesk staff activate ana@example.org" in refused.output
    assert run("activate", LOGIN).exit_code == 0
    assert owner(settings, run("link", LOGIN).output) == LOGIN


def test_roles_can_be_changed(settings):
    run("add", LOGIN, "--name", "Ana", "--role", "navigator")

    done = run("roles", LOGIN, "--role", "author", "--role", "admin")

    assert done.exit_code == 0 and "author, admin" in done.output
    assert person(settings).roles == {"author", "admin"}
    row = ask(settings, lambda accounts: accounts.audit.rows(1))[0]
    assert (row["action"], row["staff"], row["detail"]) == ("staff.roles", None, "navigator to admin author")
    assert run("roles", LOGIN).exit_code == 2 and run("roles", LOGIN, "--role", "boss").exit_code == 2
    assert person(settings).roles == {"author", "admin"}


def test_the_list_shows_everybody(settings):
    assert "helpdesk staff add" in run("list").output
    run("add", LOGIN, "--name", "Ana", "--role", "admin", "--role", "navigator")
    run("add", "bo@example.org", "--name", "Bo Long")
    give_password(settings, LOGIN)
    run("deactivate", "bo@example.org")

    ana, bo = run("list").output.splitlines()

    assert re.fullmatch(r"ana@example\.org  +navigator, admin +active +never +Ana", ana)
    assert re.fullmatch(r"bo@example\.org  +navigator +not active +never +Bo Long", bo)


def test_what_the_command_line_does_is_in_the_audit(settings):
    run("add", LOGIN, "--name", "Ana")
    run("deactivate", LOGIN)
    run("activate", LOGIN)

    rows = ask(settings, lambda accounts: accounts.audit.rows(10))

    assert [row["action"] for row in rows] == ["staff.activate", "staff.deactivate", "staff.link", "staff.add"]
    assert {(row["staff"], row["subject"]) for row in rows} == {(None, person(settings).id)}


# ---- the first admin


def test_where_nobody_can_sign_in_there_is_a_link_for_the_first_admin(settings):
    link = first_link(settings)

    assert owner(settings, link or "") == FIRST_LOGIN
    assert person(settings, FIRST_LOGIN).roles == set(ROLES)
    assert not person(settings, FIRST_LOGIN).has_password


def test_the_link_is_for_the_address_that_people_use(monkeypatch):
    monkeypatch.setenv("HELPDESK_PUBLIC_URL", "https://chat.example.org/")

    assert (first_link(read_settings()) or "").startswith("https://chat.example.org/desk/link/")


def test_a_second_start_makes_a_fresh_link_for_the_same_admin(settings):
    first, second = first_link(settings), first_link(settings)

    assert owner(settings, first or "") is None
    assert owner(settings, second or "") == FIRST_LOGIN
    assert len(ask(settings, lambda accounts: accounts.staff.all())) == 1


def test_where_somebody_can_sign_in_there_is_none(settings):
    run("add", LOGIN, "--name", "Ana", "--role", "admin")
    assert first_link(settings)
    give_password(settings, LOGIN)

    assert first_link(settings) is None


def test_when_the_last_person_is_deactivated_there_is_a_link_again(settings):
    first_link(settings)
    run("deactivate", FIRST_LOGIN)
    run("add", LOGIN, "--name", "Ana", "--role", "admin")
    give_password(settings, LOGIN)
    assert first_link(settings) is None

    run("deactivate", LOGIN)

    assert owner(settings, first_link(settings) or "") == FIRST_LOGIN
