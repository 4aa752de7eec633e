"""Whether two sentences say the same in nearly the same words: what the vectors hold for alike is looked at word by word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from helpdesk.likeness_words import ASKING, FILLERS, LITTLE, POINTERS, SAME, Words

COMMON = sorted(word for word in FILLERS | LITTLE | POINTERS | ASKING | SAME.keys() | {"what"} if len(word) > 3)

LITTLE_COST, POINTER_COST, ASKING_COST, WORD_COST = 0.12, 0.4, 0.6, 1.0
SELDOM = 3
MOST_APART = 8  # words
# How much of a sentence may be other words, and how alike the two must then be; where a word is mistyped the vectors say less.
MOST = 0.2
LEAST_SAME, LEAST, STEEP = 0.7, 0.78, 0.6
LEAST_MISTYPED, STEEP_MISTYPED = 0.5, 2.0
LEAST_SHORT = 0.4  # a short word is soon another one
ARTICLES = ("the", "a", "an")
VOWELS = frozenset("aeiouy")  # a name such as PPMS has none: another letter is another name


class Comparison:
    """Compares what was read. `counts`: how often a word is used (a mistyped one hardly ever); `names`: what a spelling names."""

    def __init__(self, counts: Mapping[str, int], names: Mapping[str, str]) -> None:
        self.counts = counts
        self.names = names

    def one(self, left: Words, right: Words, alike: float) -> bool:
        """Return whether it is one sentence, written twice; `alike` is the product of the vectors."""
        if left.letters == right.letters:
            return True
        if not (left.said and right.said) or left.fixed != right.fixed or _turned(left, right):
            return False
        here, there = difference(left.full, right.full)
        if len(here) + len(there) > MOST_APART:
            return False
        mistyped = self._pair_off(here, there, alike)
        if any(word in self.names for word in (*here, *there)):
            return False
        slips = [word for word in (*here, *there) if self._slip(word)]
        mistyped += len(slips)
        cost = sum(ASKING_COST if word in ASKING else WORD_COST for word in (*here, *there) if word not in slips)
        cost += _small_cost(left, right)
        cost += WORD_COST * _apart(left.persons, right.persons)
        share = cost / (min(left.weight, right.weight) or 0.1)
        if share > MOST or mistyped > 2:
            return False
        if mistyped:
            return share == 0.0 or alike >= LEAST_MISTYPED + STEEP_MISTYPED * share
        return alike >= (LEAST + STEEP * share if share else LEAST_SAME)

    def _slip(self, word: str) -> bool:
        """Say whether it is a little word mistyped."""
        return len(word) > 3 and self.counts.get(word, 0) <= SELDOM and _nearly_common(word)

    def _pair_off(self, here: list[str], there: list[str], alike: float) -> int:
        """Take out of both what is one name or one word mistyped; return how many there were."""
        number = 0
        for word in list(here):
            twin = next((other for other in there if self._twins(word, other, alike)), None)
            if twin:
                here.remove(word)
                there.remove(twin)
                number += 1
        return number

    def _twins(self, one: str, other: str, alike: float) -> bool:
        if one in self.names and other in self.names:
            return self.names[one] == self.names[other]
        fewer, more = sorted((self.counts.get(one, 0), self.counts.get(other, 0)))
        shorter = min(len(one), len(other))
        if fewer > max(SELDOM, more / 10) or shorter < 3 or (shorter < 6 and alike < LEAST_SHORT):
            return False
        if VOWELS.isdisjoint(one + other):
            return sorted(one) == sorted(other)
        return edits(one, other) <= (2 if shorter > 7 else 1)


@lru_cache(maxsize=65536)
def _nearly_common(word: str) -> bool:
    return any(edits(word, one) == 1 for one in COMMON)


def _turned(left: Words, right: Words) -> bool:
    """Say whether I and you have changed places: can I call you, can you call me."""
    return left.persons != right.persons and sorted(left.persons) == sorted(right.persons)


def _small_cost(left: Words, right: Words) -> float:
    """Return the cost of other little words. This study and the study differ less than this and nothing."""
    (little, more), (pointers, others) = difference(left.little, right.little), difference(left.pointers, right.pointers)
    swapped = min(len(pointers), sum(word in ARTICLES for word in more)) + min(
        len(others), sum(word in ARTICLES for word in little)
    )
    return LITTLE_COST * max(len(little), len(more)) + POINTER_COST * max(0, max(len(pointers), len(others)) - swapped)


def _apart(one: tuple[Any, ...], other: tuple[Any, ...]) -> int:
    return max(map(len, difference(one, other)))


def difference(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
    """Return what only the one has, and what only the other has."""
    left, right = Counter(one), Counter(other)
    return list((left - right).elements()), list((right - left).elements())


def edits(one: str, other: str) -> int:
    """Return how many letters were left out, put in, changed, or changed with their neighbour; more than two are 3."""
    if abs(len(one) - len(other)) > 2 or len(set(one) ^ set(other)) > 4:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], before[j - 2] + 1)
        before = last
    return min(row[-1], 3)
