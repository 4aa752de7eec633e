"""The words of a topic: what share of a question's own words none of the topic's examples and texts holds, and whose words
those are.

A classifier passes over a word that it never saw. "And the half-life?" then reads like "and?", which any topic answers.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spacy.matcher.levenshtein import levenshtein

from extensions.grid import Grid
from extensions.held import FOLLOW_UP, NOT_COVERED, asked_behind, label_of, name_of

if TYPE_CHECKING:
    from extensions.reader import Example

WORD = re.compile(r"[^\W_]+%?")
PERCENT = re.compile(r"(?<=\d) ?per ?cent\b")
ENDINGS = ("ing", "ies", "ied", "ian", "ed", "es", "er", "an", "s", "e", "y", "a")
SHORTEST = 3
SLIPS_FROM = 4  # letters from which a word may be one letter off
COMMON = 20  # a word that so many topics' examples hold is no topic's own
TOLD = 0.05  # so much of a topic's examples is its text worth
HARDLY = 0.002
PLAINER, FAR = 2.0, 6.0  # so much likelier must one topic be than the next, and than the one in hand


def words_by_stem(text: str) -> dict[str, str]:
    """Return the words of a text by what they are without their endings."""
    return {stem(word): word for word in WORD.findall(PERCENT.sub("%", text.lower()))}


def stem(word: str) -> str:
    """Return a word without its endings: "europ" of "Europe" and of "European"."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            return stem(word[: -len(ending)])
    return word


# The words with which a thing is pointed at, whatever it is: "the one with", "which trial had".
POINTING_WORDS = (
    "the that which who where one ones study trial drug thing team group lot is are was were had has got did do about with on in "
    "at by for from of and a an it then please"
)
POINTING = frozenset(map(stem, POINTING_WORDS.split()))


class Familiar:
    """The words that say nothing of a topic, and how often each topic's examples hold each word."""

    def __init__(
        self,
        loose: Iterable[str] = (),
        own: Mapping[str, Mapping[str, float]] | None = None,
        left: Mapping[str, Mapping[str, float]] | None = None,
        ordinary: frozenset[str] = frozenset(),
    ) -> None:
        """`loose` lean on any topic; `own` and `left` are the shares of the examples of what it says, and leaves out, with each
        word. `ordinary` holds the words of the language: what is none may be a mistyped one."""
        self._loose = frozenset(loose)
        self._own = {topic: dict(words) for topic, words in (own or {}).items()}
        self._left = {topic: dict(words) for topic, words in (left or {}).items()}
        self.ordinary = ordinary
        spread = Counter(word for words in self._own.values() for word in words)
        self._leaning = self._loose | POINTING
        self._common = self._leaning | {word for word, topics in spread.items() if topics >= COMMON}

    @classmethod
    def fit(
        cls, examples: Sequence[Example], masked: Sequence[str], grid: Grid, ordinary: frozenset[str] = frozenset()
    ) -> Familiar:
        """Learn the words of each topic, and of what leans on any; `masked` are the examples without names."""
        loose: set[str] = set()
        held: dict[str, list[str]] = defaultdict(list)
        for example, text in zip(examples, masked):
            if grid.routes.get(example.intent) == "smalltalk" or (example.intent == FOLLOW_UP and not example.behind):
                loose.update(words_by_stem(text))
            else:
                held[asked_behind(example) if example.behind else label_of(example)].append(text)
        own = {topic: _shares(held[f"ask_{topic}"]) for topic in grid.texts}
        left = {topic: _shares(held[f"{NOT_COVERED}/{topic}"]) for topic in grid.texts}
        for topic, text in grid.texts.items():
            for word in words_by_stem(f"{text} {grid.questions.get(f'ask_{topic}', '')} {name_of(topic)}"):
                own[topic][word] = own[topic].get(word, 0.0) + TOLD
        return cls(loose, own, left, ordinary)

    def tells(self, text: str) -> bool:
        """Say whether a text has a word that does not lean on any topic, or is not in the examples of most."""
        return bool(self._uncommon(text))

    def strange(self, masked: str, topic: str) -> float:
        """Return the share of a text's own words that the topic does not know, 0 where all are common."""
        own = self._uncommon(masked)
        return len(self._unknown(own, topic)) / len(own) if own else 0.0

    def owns(self, text: str, topic: str) -> bool:
        """Say whether a text has words of its own, and the topic knows them all."""
        own = self._uncommon(text)
        return bool(own) and not self._unknown(own, topic)

    def left(self, text: str, topic: str) -> bool:
        """Say whether a text has a word that the topic does not know, or only such as what it leaves out holds sooner."""
        said, left = self._own.get(topic, {}), self._left.get(topic, {})
        own = {one: word for one, word in words_by_stem(text).items() if one not in self._leaning}
        unknown = self._unknown(own, topic)
        return bool(unknown) or (bool(own) and all(left.get(one, 0.0) > said.get(one, 1.0) for one in own))

    def whose(self, text: str, held: str, topics: Collection[str]) -> str | None:
        """Return whose words these are, of some topics, and far sooner than the one in hand's; none where nobody's plainly."""
        words = self._uncommon(text)
        knowing = [topic for topic in topics if not self._unknown(words, topic)]
        best = self.likeliest(text, knowing)
        return best if best and self._score(best, text) - self._score(held, text) >= math.log(FAR) else None

    def likeliest(self, text: str, topics: Collection[str]) -> str | None:
        """Return the topic whose examples hold these words more often than those of the others."""
        scores = {topic: self._score(topic, text) for topic in topics}
        first, second, *_ = [*sorted(scores, key=lambda topic: -scores[topic]), None, None]
        if first is None or (second is not None and scores[first] - scores[second] < math.log(PLAINER)):
            return None
        return first

    def _score(self, topic: str, text: str) -> float:
        own = self._own.get(topic, {})
        words = words_by_stem(text).keys() - POINTING
        return sum(math.log(own.get(one, 0.0) + HARDLY) for one in words)

    def _uncommon(self, text: str) -> dict[str, str]:
        return {stemmed: word for stemmed, word in words_by_stem(text).items() if stemmed not in self._common}

    def _unknown(self, words: Mapping[str, str], topic: str) -> dict[str, str]:
        known = self._own.get(topic, {})
        return {one: word for one, word in words.items() if one not in known and not self._slip(one, word, known)}

    def _slip(self, stemmed: str, word: str, known: Mapping[str, float]) -> bool:
        """Say whether a word is a slip of one of these, or of a common one."""
        if word in self.ordinary or len(stemmed) < SLIPS_FROM or not stemmed.isalpha():
            return False
        near = (one for one in (*known, *self._common) if abs(len(one) - len(stemmed)) <= 1)
        return any(levenshtein(stemmed, one) <= 1 for one in near)

    def as_json(self) -> dict[str, Any]:
        """Return the arguments to make it again, but for the words of the language."""
        return {"loose": sorted(self._loose), "own": _rounded(self._own), "left": _rounded(self._left)}


def _shares(texts: Sequence[str]) -> dict[str, float]:
    held = Counter(word for text in texts for word in words_by_stem(text))
    return {word: count / len(texts) for word, count in held.items()}


def _rounded(shares: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {topic: {word: round(share, 4) for word, share in words.items()} for topic, words in shares.items()}
