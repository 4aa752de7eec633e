"""Canned replies: what a navigator says often, read from a file, with a few variables. No network, no SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helpdesk.errors import SettingsError

VARIABLES = ("name", "line", "hours")  # the navigator's name, the line's number, the opening hours in words
VARIABLE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Canned:
    """One reply, as it stands in the file."""

    id: str
    title: str
    text: str
    keywords: tuple[str, ...] = ()

    def filled(self, **values: str | None) -> str | None:
        """Return the text with its variables filled in; None where it names one that has no value."""
        if not all(values.get(name) for name in VARIABLE.findall(self.text)):
            return None
        return VARIABLE.sub(lambda found: values[found[1]] or "", self.text)


def load(path: Path) -> list[Canned]:
    """Read the replies, none where the file is missing. Raises SettingsError; `helpdesk check` tells more."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (yaml.YAMLError, ValueError, OSError) as error:
        raise SettingsError(f"{path} cannot be read ({type(error).__name__}). See what `helpdesk check` says of it.") from None
    try:
        return [_canned(one) for one in (found["canned"] if found else [])]
    except (TypeError, KeyError) as error:
        raise SettingsError(f"{path} has another form than it should ({error}). See what `helpdesk check` says of it.") from None


def _canned(one: dict[str, Any]) -> Canned:
    return Canned(str(one["id"]), str(one["title"]), str(one["text"]).strip(), tuple(map(str, one.get("keywords") or ())))
