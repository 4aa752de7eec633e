"""Put misspelt words right before they are read: a word that is hardly ever used becomes the likeliest one, one slip beside it.

How likely a word was meant is how usual it is, in the training examples above all, times how probable the slip is. Nothing else
of a message is changed.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from spacy.matcher.levenshtein import levenshtein

WORD = re.compile(r"[^\W_]+")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# What lies beside a key in its row, above and below it.
BESIDE = {
    key: [ROWS[y][x] for y in (row - 1, row, row + 1) for x in (at - 1, at, at + 1) if 0 <= y < 3 and 0 <= x < len(ROWS[y])]
    for row, keys in enumerate(ROWS)
    for at, key in enumerate(keys)
}
TAUGHT = 0.7  # the share of the training examples in how usual a word is
COMMON = 20  # words before Zipf's law begins to hold
# A word holds a slip so often; and so much of it falls to a slip by a key nearby, by one far away, and to two slips at once.
SLIPS, NEARBY, FAR, TWICE = 0.005, 0.17, 0.03, 0.01
# How usual a word is that nobody knows, a short one (abbreviations, other languages), and a known word with an ending.
UNHEARD, BRIEF, ENDED = 1e-8, 1e-7, 1e-6
KNOWN = 10.0  # so many times likelier must be what takes the place of a known word
FEW = 5  # times in the examples; what is rarer, and no word of the language, may be an example's own slip
SHORT = 3
ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "ers", "ness", "al", "ment")
LONG, STEM = 8, 3
WORDS = 20_000  # whose likeliest words are kept


class Spelling:
    """The words that are known, with how usual each is."""

    def __init__(self, counts: dict[str, int], pairs: dict[str, int], ordinary: Sequence[str]) -> None:
        """`counts` and `pairs` ("one two") are of the examples; `ordinary` are words of the language, the commonest first."""
        self._counts, self._pairs, self._ordinary = counts, pairs, frozenset(ordinary)
        total, zipf = sum(counts.values()) or 1, sum(1 / (i + COMMON) for i in range(len(ordinary))) or 1.0
        self._usual = {word: (1 - TAUGHT) / (i + COMMON) / zipf for i, word in enumerate(ordinary)}
        for word, count in counts.items():
            self._usual[word] = self._usual.get(word, 0.0) + TAUGHT * count / total
        self._most = max(self._usual.values(), default=0.0)
        self._likeliest = functools.lru_cache(maxsize=WORDS)(self._weighed)

    @classmethod
    def fit(cls, texts: Iterable[str], ordinary: Sequence[str]) -> Spelling:
        """Learn the words of the training examples, and which follow which."""
        counts: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        for text in texts:
            words = [found.group().lower() for found in WORD.finditer(text)]
            counts.update(word for word in words if word.isalpha())
            pairs.update(f"{one} {two}" for one, two in zip(words, words[1:]))
        return cls(dict(counts), {pair: count for pair, count in pairs.items() if count > 1}, ordinary)

    @classmethod
    def plain(cls) -> Spelling:
        """Return what knows no word, and leaves every text as it is."""
        return cls({}, {}, [])

    def repair(self, text: str, spared: Sequence[tuple[int, int]] = ()) -> str:
        """Return the text with its misspelt words put right; what touches a `spared` span, from start to end, stays."""
        found = list(WORD.finditer(text))
        words = [one.group().lower() for one in found]
        pieces, at = [], 0
        for i, one in enumerate(found):
            negated = words[i].endswith("n") and words[i + 1 : i + 2] == ["t"]  # "needn" of "needn't"
            if negated or any(one.start() < end and start < one.end() for start, end in spared):
                continue
            right = self._right(words[i], *(words[j] if 0 <= j < len(words) else "" for j in (i - 1, i + 1)))
            if right != words[i]:
                pieces += [text[at : one.start()], right]
                at = one.end()
        return "".join([*pieces, text[at:]])

    def _right(self, word: str, before: str, after: str) -> str:
        """Return the word, or the likelier one that its neighbours speak for."""
        likely = self._likeliest(word)
        if likely[0][1] == word:
            return word
        beside = {one: self._pairs.get(f"{before} {one}", 0) + self._pairs.get(f"{one} {after}", 0) for _, one in likely}
        return max((weight * (1 + beside[one]), one) for weight, one in likely if one != word)[1]

    def _weighed(self, word: str) -> list[tuple[float, str]]:
        """Return what may be meant by a word, the likeliest first; the word itself is among it."""
        own = self._own(word)
        if own >= SLIPS * self._most or not word.isalpha() or not word.isascii() or len(word) < 2:
            return [(own, word)]
        meant = dict.fromkeys([word], own)
        for other, share in _slips(word):
            if other != word and len(other) > 1 and other in self._usual:
                meant[other] = max(meant.get(other, 0.0), SLIPS * share * self._usual[other])
        if len(meant) == 1 and own <= UNHEARD and len(word) >= LONG:
            meant.update((other, SLIPS * TWICE * self._usual[other]) for other in self._within_two(word))
        return sorted(((weight, one) for one, weight in meant.items()), reverse=True)

    def _own(self, word: str) -> float:
        """Return how far a word is trusted as it stands."""
        if word in self._usual:
            return self._usual[word] * (KNOWN if word in self._ordinary or self._counts[word] >= FEW else 1.0)
        stems = [word[: -len(end)] for end in ENDINGS if word.endswith(end) and len(word) - len(end) >= STEM]
        known = any(form in self._usual for stem in stems for form in _forms(stem))
        return ENDED if known else BRIEF if len(word) <= SHORT else UNHEARD

    def _within_two(self, word: str) -> list[str]:
        near = (other for other in self._counts if abs(len(other) - len(word)) <= 2)
        return [other for other in near if levenshtein(word, other, 2) <= 2]

    def save(self, folder: Path, name: str) -> None:
        """Write the words of the examples under `folder`."""
        (folder / f"{name}.json").write_text(json.dumps([self._counts, self._pairs], ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, name: str, ordinary: Sequence[str]) -> Spelling:
        """Read what `save` wrote; the words of the language come with the encoder. A model of an older version has none."""
        path = folder / f"{name}.json"
        if not path.is_file():
            return cls.plain()
        counts, pairs = json.loads(path.read_text(encoding="utf-8"))
        return cls(counts, pairs, ordinary)


def _forms(stem: str) -> list[str]:
    """Return the words that a stem may come from: "hop" from "hope", "hopp" from "hop", "cri" from "cry"."""
    forms = [stem, f"{stem}e"]
    if len(stem) > STEM and stem[-1] == stem[-2]:
        forms.append(stem[:-1])
    return [*forms, f"{stem[:-1]}y"] if stem.endswith("i") else forms


def _slips(word: str) -> Iterator[tuple[str, float]]:
    """Yield each string that one slip makes this word of, with the slip's share."""
    for i, letter in enumerate(word):
        beside = BESIDE.get(letter, [])
        touching = any(other in beside for other in word[max(i - 1, 0) : i] + word[i + 1 : i + 2])
        yield word[:i] + word[i + 1 :], NEARBY if touching else FAR  # a key too many
        yield word[:i] + word[i + 1 : i + 2] + letter + word[i + 2 :], 1.0  # two the other way round
        for other in LETTERS:
            yield word[:i] + other + word[i + 1 :], NEARBY if other in beside else FAR
    for i in range(len(word) + 1):
        for other in LETTERS:
            yield word[:i] + other + word[i:], 1.0  # a key too few
