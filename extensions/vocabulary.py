"""Find the subjects of a question: spellings and nicknames from `data/vocabulary`, with typing errors."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.matcher.levenshtein import levenshtein
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from extensions import plain_yaml

FUZZY_FROM = {"therapy": 5}
FUZZY_FROM_ELSE = 6
LONGEST = 2000
BEGUN = 4  # letters from which the beginning of a name is known


@dataclass(frozen=True)
class Subject:
    """One entry of the vocabulary; `referral` speaks for one that the pages do not know, where nothing else is said."""

    id: str
    name: str
    kind: str
    topic: str | None
    topics: tuple[str, ...]
    says: tuple[str, ...]
    referral: str | None = None


@dataclass(frozen=True)
class Mention:
    """A subject found in a text, from character `start` to `end`; `right` is what stands there with its slips put right."""

    subject: Subject
    start: int
    end: int
    right: str = ""


def read(folder: Path) -> list[Subject]:
    """Read every file of `folder`. Raises KeyError or TypeError on a broken entry; `helpdesk check` says it in words."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for entry in plain_yaml.read(path)["vocabulary"]:
            found.append(subject(entry))
    return found


def subject(entry: dict[str, Any]) -> Subject:
    """Make one subject of its YAML or JSON form."""
    topic = entry.get("topic")
    topics = tuple(entry.get("topics") or ([topic] if topic else []))
    says = tuple(str(s) for s in entry["says"])
    return Subject(entry["id"], entry["name"], entry["kind"], topic, topics, says, entry.get("referral"))


class Vocabulary:
    """A spaCy phrase matcher over the spellings, after the tokens are put right by edit distance and by sound."""

    def __init__(self, subjects: list[Subject], known: frozenset[str] = frozenset()) -> None:
        """`known` holds ordinary words, which are never taken for a mistyped name."""
        self.subjects = {one.id: one for one in subjects}
        self._known = known
        self._language: Language = spacy.blank("en")
        self._spellings = PhraseMatcher(self._language.vocab, attr="LOWER")
        for one in subjects:
            self._spellings.add(one.id, [self._language.make_doc(says) for says in dict.fromkeys([*_says(one), one.name])])
        fuzzy = {(w, least) for one in subjects for says in _says(one) for w, least in _fuzzy(says, one.kind)}
        # One letter beside a short ordinary word stands too often another: "splint" is no SPRINT-MS.
        self._words = sorted((w, least) for w, least in fuzzy if len(w) > FUZZY_FROM_ELSE or w not in known)
        self._sounds = {
            sound(w): w
            for one in subjects
            if one.kind == "therapy" and one.topics
            for w in _says(one)
            if _sounded(w) and w not in known
        }
        self._medicines = [
            (says, one.id)
            for one in subjects
            if one.kind == "therapy"
            for says in _says(one)
            if says.isalpha() and len(says) >= 7
        ]
        self._spelled = {w for one in subjects for says in _says(one) for w in says.split() if len(w) >= 6}
        self._listed = {w for one in subjects for says in _says(one) for w in says.split()}
        self._begins = {letter for name in self._sounds.values() for letter in ALIKE.get(name[0], name[0])}
        self._as_long = functools.cache(lambda size: [one for one in self._words if abs(len(one[0]) - size) <= one[1]])
        self._put_right = functools.lru_cache(maxsize=20000)(self._closest)
        # The parts of a message are looked at many times.
        self._found = functools.lru_cache(maxsize=4096)(self._find)

    def mentions(self, text: str) -> list[Mention]:
        """Return the subjects named in `text`, in order."""
        return list(self._found(text))

    def _find(self, text: str) -> list[Mention]:
        tokens = self._language.tokenizer(text[:LONGEST])
        words, spans = self._heard([(t.lower_, t.idx, t.idx + len(t)) for t in tokens if not t.is_space])
        if not words:
            return []
        found = filter_spans(self._spellings(Doc(self._language.vocab, words=words), as_spans=True))
        return [self._mention(text, s, words, spans) for s in found]

    def _mention(self, text: str, found: Span, words: list[str], spans: list[tuple[int, int]]) -> Mention:
        pieces, at = [], spans[found.start][0]
        for word, (start, end) in zip(words[found.start : found.end], spans[found.start : found.end]):
            pieces += [text[at:start], text[start:end] if text[start:end].lower() == word else word]
            at = end
        return Mention(self.subjects[found.label_], spans[found.start][0], at, "".join(pieces))

    def _heard(self, tokens: list[tuple[str, int, int]]) -> tuple[list[str], list[tuple[int, int]]]:
        """Return words put right and the characters that each stands for; a name dictated as several words becomes one."""
        words, spans, at = [], [], 0
        while at < len(tokens):
            name, length = self._by_sound([t[0] for t in tokens[at : at + 4]])
            words.append(name if length else self._put_right(tokens[at][0]))
            length = length or 1
            spans.append((tokens[at][1], tokens[at + length - 1][2]))
            at += length
        return words, spans

    def _by_sound(self, words: list[str]) -> tuple[str, int]:
        if words[0][0] not in self._begins:
            return "", 0
        for length in range(1, len(words) + 1):
            if words[length - 1] in self._spelled:
                break
            joined = "".join(words[:length])
            if not joined.isalpha() or len(joined) < (7 if length == 1 else 8) or (length == 1 and joined in self._known):
                continue
            name = self._sounds.get(sound(joined))
            if name and joined[0] in ALIKE.get(name[0], name[0]) and abs(len(joined) - len(name)) <= 0.45 * len(name):
                return name, length
        return "", 0

    def _closest(self, word: str) -> str:
        if len(word) < BEGUN or not word.isalpha() or word in self._known or word in self._listed:
            return word
        alike = ((_slips(word, other, allowed), other, allowed) for other, allowed in self._as_long(len(word)))
        near = [(distance, other) for distance, other, allowed in alike if distance <= allowed]
        return min(near)[1] if near and len(word) > BEGUN else self._ended(word)

    def _ended(self, word: str) -> str:
        """Return the name of the one medicine that begins so, "masi" something; the word where there is none, or several."""
        names = {one: name for name, one in self._medicines if name.startswith(word)}
        return next(iter(names.values())) if len(names) == 1 else word


def _slips(word: str, other: str, most: int) -> int:
    """Return how many slips make one word of the other, more than `most` cut short; two letters the other way round are one."""
    edits = levenshtein(word, other, most + 1)
    if edits != most + 1:
        return edits
    swapped = (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1))
    return most if any(levenshtein(one, other, most) < most for one in swapped) else edits


def _says(one: Subject) -> list[str]:
    return list(dict.fromkeys([*(s.lower() for s in one.says), one.name.lower()]))


def _sounded(word: str) -> bool:
    return word.isalpha() and len(word) >= 8 and len(sound(word)) >= 4


def _fuzzy(says: str, kind: str) -> list[tuple[str, int]]:
    """Return the words of a spelling that also match with a typing error, each with the edits allowed."""
    least = FUZZY_FROM.get(kind, FUZZY_FROM_ELSE)
    return [(w, 2 if len(w) >= 9 else 1) for w in says.split() if len(w) >= least and w.isalpha()]


ALIKE = {
    "f": "fpv",
    "p": "pf",
    "c": "cksqo",
    "k": "kcq",
    "g": "gj",
    "j": "jgy",
    "o": "oaue",
    "i": "iea",
    "a": "aeoui",
    "e": "eaio",
    "s": "scz",
    "z": "zsx",
    "x": "xz",
}
SOUNDS = (
    ("ph", "f"), ("qu", "kw"), ("ck", "k"), ("x", "ks"), ("th", "t"), *((f"c{soft}", f"s{soft}") for soft in "eiy"), ("c", "k"),
    *((f"g{soft}", f"j{soft}") for soft in "eiy"), ("z", "s"), *((vowel, "") for vowel in "aeiouyh"),
)  # fmt: skip
TWICE = re.compile(r"(.)\1+")


@functools.lru_cache(maxsize=20000)
def sound(word: str) -> str:
    """Return the consonants as they sound, so that "sip on him odd" meets siponimod."""
    for letters, by in SOUNDS:
        word = word.replace(letters, by)
    return TWICE.sub(r"\1", word)


def mask(text: str, mentions: list[Mention], word: str = "it") -> str:
    """Return `text` with every mention replaced by `word`, so that a question reads the same for every subject."""
    pieces, at = [], 0
    for mention in mentions:
        pieces += [text[at : mention.start], word]
        at = mention.end
    return "".join([*pieces, text[at:]])
