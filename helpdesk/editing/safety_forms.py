"""The safety files as an author changes them: patterns, and the sentences that test them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LISTS = ("must", "must_not", "suspect", "harmless")


@dataclass(frozen=True)
class Pattern:
    """What is looked for; each line of `match` and `unless` is an expression over the tidied message."""

    id: str
    means: str = ""
    match: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    gentle: bool = False
    reply: str = ""  # abuse: the text for somebody who is not safe from another person


@dataclass(frozen=True)
class SafetyForm:
    """crisis or emergency, with the harmless look-alikes of both."""

    route: str
    patterns: tuple[Pattern, ...] = ()
    must: tuple[str, ...] = ()  # found by a pattern
    must_not: tuple[str, ...] = ()  # found by nothing
    suspect: tuple[str, ...] = ()  # only hinted at: what the second net learns from
    harmless: tuple[str, ...] = ()  # what it learns to leave alone
    words: tuple[tuple[str, str], ...] = ()  # what <name> stands for; to be read only
    version: str = ""


def form_of(route: str, found: Mapping[str, Any], lookalikes: Mapping[str, Any], version: str) -> SafetyForm:
    """Return the form of what the two files hold."""
    return SafetyForm(
        route,
        tuple(_pattern(one) for one in found.get("patterns") or ()),
        must=_texts(found, "must"),
        must_not=_texts(found, "must_not"),
        suspect=_texts(found, "suspect"),
        harmless=_texts(lookalikes, "harmless"),
        words=tuple((str(k), str(v)) for k, v in (found.get("words") or {}).items()),
        version=version,
    )


def _texts(found: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(map(str, found.get(key) or ()))


def _pattern(one: Mapping[str, Any]) -> Pattern:
    match, unless = _texts(one, "match"), _texts(one, "unless")
    return Pattern(str(one["id"]), str(one.get("means", "")), match, unless, bool(one.get("gentle")), str(one.get("reply") or ""))
