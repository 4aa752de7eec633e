"""The rule for data/desk/hours.yml: the start must be able to read it."""

from __future__ import annotations

from collections.abc import Iterator

from helpdesk.content.files import Problem
from helpdesk.content.model import Content
from helpdesk.errors import SettingsError
from helpdesk.hours_file import read

FILE = "data/desk/hours.yml"


def problems_of(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with the opening hours; the file may be missing or empty."""
    path = content.root / FILE
    try:
        read(path)
    except SettingsError as error:
        yield Problem(FILE, None, str(error).removeprefix(f"{path}: "), "The help desk does not start with this.")
