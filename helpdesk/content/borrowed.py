"""Find sentences of the two pages in our texts, without the pages: by the hashes of their runs of ten words."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

RUN = 10
LENGTH = 16
HASHES = Path(__file__).with_name("pages.sha256")
# Titles that may be given whole.
TITLES = (
    "The Next Frontier: Understanding and Treating Progressive MS",
    "Working For Me: Research In Understanding and Treating Progressive MS",
)


def words(text: str) -> list[str]:
    """Return the words without case, points and apostrophes."""
    return re.findall(r"[a-z0-9]+", text.lower().replace("’", "'").replace("'", ""))


def hashes_of(text: str) -> Iterator[str]:
    """Yield the hash of every run of ten words."""
    found = words(text)
    for i in range(len(found) - RUN + 1):
        yield _hash(found[i : i + RUN])


def borrowed(text: str, exact: Iterable[str] = (), more: Container[str] = ()) -> str | None:
    """Return the first run of words that also stands on a page, or None. Exact names and figures do not count.

    `more` are hashes of the runs of pages that were given to the studio.
    """
    plain = " ".join(words(text))
    for name in _names(tuple(exact)):
        plain = plain.replace(name, "| ")
    found = plain.split()
    for i in range(len(found) - RUN + 1):
        hashed = _hash(found[i : i + RUN])
        if hashed in _known() or hashed in more:
            return " ".join(found[i : i + RUN])
    return None


@functools.lru_cache(maxsize=8)
def _names(exact: tuple[str, ...]) -> list[str]:
    names = {" ".join(words(name)) for name in (*TITLES, *exact)}
    return sorted((n for n in names if " " in n), key=len, reverse=True)


@functools.lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    lines = HASHES.read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _hash(run: list[str]) -> str:
    return hashlib.sha256(" ".join(run).encode()).hexdigest()[:LENGTH]
