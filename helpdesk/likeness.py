"""Examples of the draft that are nearly the same under two topics, and the examples nearest to a question. Blocking calls."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from helpdesk.content import Content
from helpdesk.likeness_rules import Comparison
from helpdesk.likeness_search import candidates, products
from helpdesk.likeness_words import Words, read, stem
from helpdesk.meaning import Meaning

FORMAT = 1
NAMED = ("therapy", "trial", "organisation", "subject")
TALK = "dialogue"  # the folder of what the bot says that is no topic
PAUSE = 0.003  # after each slice of a long comparison: visitors come first
FEW = 200  # so many new examples are compared without a pause
Rest = Callable[[float], None]  # called between two slices with so many seconds; it may raise, to end it


@dataclass(frozen=True, slots=True)
class Place:
    """An example and where it stands; `folder` is answers, referrals or dialogue, `kind` is own or left_out."""

    topic: str
    kind: str
    text: str
    folder: str = "answers"

    @property
    def key(self) -> str:
        told = "\0".join((self.folder, self.topic, self.kind, self.text))
        return hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Pair:
    """Two examples under two topics; `same` but for capitals and points, or else nearly."""

    first: Place
    second: Place
    same: bool
    alike: float

    @property
    def key(self) -> str:
        return "-".join(sorted((self.first.key, self.second.key)))


@dataclass(frozen=True)
class Near:
    """An example of the draft, and how like a question it is: 1 is the same."""

    place: Place
    alike: float


class Drafts(Protocol):
    """Where the draft is read from: the same object as long as nothing has changed."""

    def content(self) -> Content: ...


def places_of(content: Content) -> Iterator[Place]:
    """Yield the examples that mean something by themselves: what is asked after an answer does not."""
    for entry in content.entries:
        for example in entry.examples:
            if not (example.behind or example.intent == "follow_up"):
                yield Place(entry.name, "left_out" if example.leaves_out else "own", example.text, entry.kind)


class Rows:
    """The examples with their vectors. A change costs as much as it changes."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._lock = threading.Lock()
        self._content: Content | None = None
        self._places: tuple[Place, ...] = ()
        self._vectors: NDArray[np.float16] = np.zeros((0, 0), dtype=np.float16)

    def of(self, content: Content, rest: Rest = time.sleep) -> tuple[tuple[Place, ...], NDArray[np.float16]]:
        """Return the examples, each once, and a row for each."""
        with self._lock:
            if content is self._content:
                return self._places, self._vectors
            places = tuple(dict.fromkeys(places_of(content)))
            at = {place: number for number, place in enumerate(self._places)}
            fresh = [place for place in places if place not in at]
            if fresh or len(places) != len(at):
                made = self._meaning.vectors([place.text for place in fresh], rest).astype(np.float16)
                at.update((place, len(self._places) + number) for number, place in enumerate(fresh))
                stacked = np.concatenate([self._vectors, made]) if self._places else made
                self._places, self._vectors = places, stacked[[at[place] for place in places]]
            self._content = content
            return self._places, self._vectors


class Likeness:
    """Compares every example with every other once, and later only those that are new."""

    def __init__(self, library: Drafts, meaning: Meaning, cache: Path | None = None) -> None:
        self._library = library
        self._meaning = meaning
        self._cache = cache
        self._rows = Rows(meaning)
        self._lock = threading.Lock()
        self._stamp = ""
        self._compared: Content | None = None
        self._words: dict[Place, Words] = {}
        self._keys: dict[Place, str] = {}
        self._seen: set[str] = set()
        self._found: dict[tuple[str, str], tuple[bool, float]] = {}
        self._pairs: list[Pair] = []

    def pairs(self, rest: Rest = time.sleep) -> list[Pair]:
        """Return what stands under two topics, the most alike first. The first time takes long, and rests in between."""
        content = self._library.content()
        with self._lock:
            if content is not self._compared:
                self._compare(content, rest)
                self._compared = content
            return self._pairs

    def nearest(self, text: str, count: int) -> list[Near]:
        """Return the examples that mean most nearly the same."""
        places, rows = self._rows.of(self._library.content())
        if not places:
            return []
        alike = products(rows, self._meaning.passing([text]))[:, 0]
        best = np.argsort(-alike, kind="stable")[:count]
        return [Near(places[at], float(min(alike[at], 1.0))) for at in best]

    def _compare(self, content: Content, rest: Rest) -> None:
        stamp = _stamp(content)
        if stamp != self._stamp:
            self._stamp = stamp
            self._seen, self._found = self._read()
        known = self._keys
        self._keys = {place: known.get(place) or place.key for place in places_of(content)}
        places = {key: place for place, key in self._keys.items()}
        fresh = [key for key in places if key not in self._seen]
        gone = self._seen - places.keys()
        self._found = {pair: how for pair, how in self._found.items() if not gone & set(pair)}
        if fresh:
            names = {stem(says): one.id for one in content.vocabulary if one.kind in NAMED for says in one.says if says.isalnum()}
            self._find(content, set(fresh), names, rest)
        self._seen = set(places)
        self._pairs = sorted(
            (Pair(places[one], places[other], *how) for (one, other), how in self._found.items()),
            key=lambda pair: (not pair.same, -pair.alike),
        )
        if fresh or gone:
            self._write()

    def _find(self, content: Content, fresh: set[str], names: dict[str, str], rest: Rest) -> None:
        """Compare the new places with all."""
        places, rows = self._rows.of(content, rest)
        breathe = functools.partial(rest, PAUSE if len(fresh) > FEW else 0.0)
        words = self._read_words(places, breathe)
        comparison = Comparison(Counter(word for one in words for word in set(one.full)), names)
        wanted = np.array([number for number, place in enumerate(places) if self._keys[place] in fresh])
        for one, other, alike in candidates(words, rows, wanted, breathe):
            left, right = places[one], places[other]
            same = words[one].letters == words[other].letters
            if left.topic != right.topic and (
                same or (_at_odds(left, right, words[one], words[other]) and comparison.one(words[one], words[other], alike))
            ):
                self._found[self._keys[left], self._keys[right]] = (same, round(alike, 3))

    def _read_words(self, places: Sequence[Place], breathe: Callable[[], None]) -> list[Words]:
        known, self._words = self._words, {}
        for number, place in enumerate(places):
            self._words[place] = known.get(place) or read(place.text)
            if number % 100 == 0:
                breathe()
        return list(self._words.values())

    def _read(self) -> tuple[set[str], dict[tuple[str, str], tuple[bool, float]]]:
        """Return what was compared before the last stop, and what was found."""
        try:
            kept = json.loads(self._cache.read_text(encoding="ascii")) if self._cache else {}
            if kept.get("stamp") == self._stamp:
                return set(kept["seen"]), {(one, other): (same, alike) for one, other, same, alike in kept["found"]}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass  # as if it were the first time
        return set(), {}

    def _write(self) -> None:
        if self._cache:
            found = [[*pair, *how] for pair, how in self._found.items()]
            beside = self._cache.with_suffix(".new")
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps({"stamp": self._stamp, "seen": sorted(self._seen), "found": found}), encoding="ascii")
            os.replace(beside, self._cache)


def _stamp(content: Content) -> str:
    """Return what stands for the way in which sentences are compared."""
    told = json.dumps([FORMAT, [(one.id, one.kind, one.says) for one in content.vocabulary]])
    return hashlib.sha256(told.encode()).hexdigest()


def _at_odds(left: Place, right: Place, one: Words, other: Words) -> bool:
    """Say whether two nearly equal sentences would pull in two directions. What a page leaves out is a referral's matter too."""
    places = ((left, one), (right, other))
    if any(place.kind == "left_out" for place, _ in places):
        # Of it, that and they a page may leave out what another topic answers: only the topic in hand says what is meant.
        return any(place.folder == "answers" and place.kind == "own" for place, _ in places) and not any(
            words.pointers for place, words in places if place.kind == "left_out"
        )
    return not (left.folder == right.folder == TALK)
