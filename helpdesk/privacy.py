"""Hide personal details: `mask` replaces what looks like one with its kind in square brackets.

It leans towards hiding: a detail that stays is worse than a number hidden for nothing. Our own line, 911, 988, years,
money, counts of people and the names of drugs and trials stay. The text is read in a copy of the same length in which
look-alike digits and dashes are plain, and what has been decided is blanked out there, so that no two rules take the
same characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from helpdesk import (
    privacy_accounts,
    privacy_dates,
    privacy_mails,
    privacy_names,
    privacy_numbers,
    privacy_patterns,
    privacy_places,
)

BLANK = "\x01"  # a personal detail stood here
KEPT = "\x02"  # something that stays stood here
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
PLAIN = {**DASHES, ord("＠"): "@", ord("﹫"): "@", ord("．"): ".", ord("。"): ".", ord("＋"): "+", ord("’"): "'"}

BLANKS = re.compile(r"\s{4,}")  # longer runs would make the patterns slow

Span = tuple[int, int, str]


def mask(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text with personal details hidden, and the kinds that were found, in their order of appearance."""
    text = BLANKS.sub(lambda run: run[0][:3], text)
    shadow = _plain(text)
    spans: list[Span] = []
    for find in FINDERS:
        found = list(find(shadow))
        spans += [span for span in found if span[2]]
        shadow = _blank(shadow, found)
    spans.sort()
    return _replace(text, spans), tuple(dict.fromkeys(kind for _, _, kind in spans))


def _plain(text: str) -> str:
    """Return the text with digits, dashes and blanks of every script in their plain form, at the same length."""
    if text.isascii():
        return text
    return "".join(map(_plain_character, text))


def _plain_character(char: str) -> str:
    if char.isascii():
        return char
    if ord(char) in PLAIN:
        return PLAIN[ord(char)]
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    return " " if char.isspace() else char


def _blank(shadow: str, spans: Iterable[Span]) -> str:
    parts: list[str] = []
    end = 0
    for start, stop, kind in sorted(spans):
        if stop > end:
            start = max(start, end)
            parts += [shadow[end:start], (BLANK if kind else KEPT) * (stop - start)]
            end = stop
    return "".join([*parts, shadow[end:]])


def _replace(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    end = 0
    for start, stop, kind in spans:
        if start >= end:
            parts += [text[end:start], f"[{kind}]"]
        end = max(end, stop)
    return "".join([*parts, text[end:]])


# In this order: what stays, then the sure patterns, then numbers by their shape. A span without a kind stays as it is.
FINDERS: tuple[Callable[[str], Iterable[Span]], ...] = (
    privacy_patterns.own_lines,
    privacy_mails.emails,
    privacy_accounts.accounts,
    privacy_patterns.labelled_numbers,
    privacy_dates.birth_dates,
    privacy_places.addresses,
    privacy_patterns.harmless,
    privacy_numbers.spoken,
    privacy_numbers.split,
    privacy_numbers.written,
    privacy_numbers.stragglers,
    privacy_names.names,
)
