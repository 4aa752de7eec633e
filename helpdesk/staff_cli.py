"""`helpdesk staff`: who may sign in at the desk; and the link for the very first of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from helpdesk.accounts import FIRST_LOGIN, Accounts
from helpdesk.errors import CommandError, Refusal
from helpdesk.limits import Limiter
from helpdesk.settings import Settings, read_settings
from helpdesk.store import Store
from helpdesk.store.staff import ROLES, Staff

WRONG = {
    "login": "{login} is not an e-mail address. Give one, such as ana@example.org.",
    "name": "A name of 1 to 80 characters is needed. Give one with --name.",
}


@click.group()
def staff() -> None:
    """Add and remove the people who may sign in at the desk."""


@staff.command()
@click.argument("login")
@click.option("--name", required=True, help="As visitors and colleagues read it.")
@click.option(
    "--role", "roles", type=click.Choice(ROLES), multiple=True, default=("navigator",), show_default=True, help="Can be repeated."
)
def add(login: str, name: str, roles: tuple[str, ...]) -> None:
    """Add a person with the e-mail address LOGIN, and print their one-time sign-in link."""
    settings = read_settings()
    with opened(settings) as accounts:
        try:
            person = accounts.add(login, name, roles)
        except Refusal as refusal:
            raise CommandError(_why_not(refusal, login)) from None
        click.echo(f"{person.name} ({person.login}) is added: {_roles(person)}.")
        _echo_link(settings, accounts, person)


@staff.command()
@click.argument("login")
def link(login: str) -> None:
    """Print a new one-time sign-in link for LOGIN; an older one ends."""
    settings = read_settings()
    with opened(settings) as accounts:
        person = _find(accounts, login)
        if not person.active:
            raise CommandError(f"{person.login} is not active. First: helpdesk staff activate {person.login}")
        _echo_link(settings, accounts, person)


@staff.command()
@click.argument("login")
def deactivate(login: str) -> None:
    """End the access of LOGIN at once, on every computer."""
    with opened(read_settings()) as accounts:
        person = _find(accounts, login)
        accounts.staff.set_active(person.id, False)
        click.echo(f"{person.login} can no longer sign in, and is signed out everywhere.")


@staff.command()
@click.argument("login")
def activate(login: str) -> None:
    """Let LOGIN sign in again."""
    with opened(read_settings()) as accounts:
        person = _find(accounts, login)
        accounts.staff.set_active(person.id, True)
        click.echo(f"{person.login} can sign in again.")


@staff.command()
@click.argument("login")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help="Can be repeated.")
def roles(login: str, roles: tuple[str, ...]) -> None:
    """Give LOGIN these roles, and no others."""
    with opened(read_settings()) as accounts:
        person = _find(accounts, login)
        person = accounts.change(person, person.login, person.name, roles)
        click.echo(f"{person.name} ({person.login}) has these roles now: {_roles(person)}.")


@staff.command(name="list")
def list_() -> None:
    """Show everybody: login, roles, state, when last seen, name."""
    with opened(read_settings()) as accounts:
        people = accounts.staff.all()
    if not people:
        click.echo("Nobody yet. Add the first: helpdesk staff add LOGIN --name NAME --role admin")
    width = max((len(person.login) for person in people), default=0)
    for person in people:
        click.echo(f"{person.login:<{width}}  {_roles(person):<36}  {_state(person):<16}  {_seen(person):<16}  {person.name}")


def first_link(settings: Settings) -> str | None:
    """Return the address of a one-time link for the first admin, or None where somebody can sign in already."""
    with opened(settings) as accounts:
        people = accounts.staff
        if people.any():
            return None
        admin = people.by_login(FIRST_LOGIN) or people.add(FIRST_LOGIN, "Admin", ROLES)
        if not admin.active:
            people.set_active(admin.id, True)
        return _address(settings, accounts.link(_find(accounts, FIRST_LOGIN)))


@contextmanager
def opened(settings: Settings) -> Iterator[Accounts]:
    """Open the accounts beside a help desk that may be running."""
    with Store.opened(settings) as store:
        yield Accounts(store.staff, store.audit, settings.secrets().signing, Limiter())


def _find(accounts: Accounts, login: str) -> Staff:
    person = accounts.staff.by_login(login.strip().lower())
    if person is None:
        raise CommandError(f"Nobody has the login {login}. To see who there is: helpdesk staff list")
    return person


def _echo_link(settings: Settings, accounts: Accounts, person: Staff) -> None:
    url = _address(settings, accounts.link(person))
    click.echo(f"The sign-in link, for {person.name} alone; it works once, within 24 hours:\n{url}")


def _address(settings: Settings, secret: str) -> str:
    return f"{settings.public_url}/desk/link/{secret}"


def _why_not(refusal: Refusal, login: str) -> str:
    if refusal.code == "taken":
        return f"Somebody has the login {login} already. For a new link: helpdesk staff link {login}"
    return WRONG[refusal.field or "login"].format(login=login)


def _roles(person: Staff) -> str:
    return ", ".join(role for role in ROLES if role in person.roles)


def _state(person: Staff) -> str:
    return "not active" if not person.active else "active" if person.has_password else "no password yet"


def _seen(person: Staff) -> str:
    return datetime.fromtimestamp(person.seen_at).strftime("%Y-%m-%d %H:%M") if person.seen_at else "never"
