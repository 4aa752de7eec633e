"""The safety net: does a message speak of suicide, self-harm, or danger to life or health?

It runs in the web process before anything else and looks twice. The first look is a set of patterns in `data/safety`
that staff can read and edit; what they find is sure. The second is a small linear classifier over the sentence
embedding and hashed pieces of words, for what is only hinted at. Everything happens in memory; nothing is stored.
See docs/safety.md.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import time
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import yaml

log = logging.getLogger(__name__)

PATTERN_FILES = ("crisis.yml", "emergency.yml")
FILES = (*PATTERN_FILES, "lookalikes.yml", "words.yml", "replies.yml")
CLASSES = ("harmless", "crisis", "emergency")
FORMAT = 5  # raise it when features or training change: older caches are then left aside
LONGEST = 4000  # characters looked at; the chat takes 2,000


class SafetyError(Exception):
    """A safety file that must not go live: which file, which pattern, what to do."""

    def __init__(self, file: str, pattern: str | None, advice: str, sentences: Sequence[str] = ()):
        self.file, self.pattern, self.advice, self.sentences = file, pattern, advice, list(sentences)
        where = f"{file}, pattern {pattern}" if pattern else file
        listed = "".join(f"\n  - {s}" for s in self.sentences)
        super().__init__(f"{where}: {advice}{listed}")


class Encodes(Protocol):
    def encode(self, sentences: list[str]) -> np.ndarray: ...


@dataclass(frozen=True)
class Finding:
    """What was found: `sure` gets the plain reply, not sure the gentle one ("Are you safe right now?")."""

    route: str  # "crisis" or "emergency"
    sure: bool
    pattern: str | None
    score: float
    reply: str | None = None  # "abuse", where the pattern asks for that text

    @property
    def text_key(self) -> str:
        """The key of the text in replies.yml."""
        if self.reply:
            return self.reply
        return self.route if self.sure else f"{self.route}_gentle"


def _rank(route: str, sure: bool) -> int:
    """Which of two findings counts: what is sure before what is not, then emergency before crisis."""
    return 2 * sure + (route == "emergency")


# ---------------------------------------------------------------- tidying a message

_HIDDEN = re.compile(r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_TWINS = str.maketrans("абвгдеікмнорѕстухуіјһԁӏοαενρτυικ", "abbrdeikmhopsctyxyijhdloaevptuik")
_LEET = str.maketrans("013457@$!|+", "oieastasilt")
_LEET_WORD = re.compile(r"(?<![^\s\"'(*_-])(?=[^\s]*[a-z])(?=[^\s]*[013457@$!|+])[a-z0-9@$!|+]*[a-z@$][a-z0-9@$!|+]*")
_APOSTROPHE = re.compile(r"[\u2018\u2019\u201b\u02bc\u00b4`\u2032]")
_END = re.compile(r"(?<!\.)\.(?!\.)(?=\s|$)|[!?;\n\r\u2028\u2029]+|(?<=[a-z])\.(?=[a-z]{4,})")
_WORDS = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_RUN = re.compile(r"(.)\1{2,}")
_MERGE = re.compile(r"(?<![a-z0-9])[a-z](?:[ .,_*/-]{1,3}[a-z](?![a-z0-9'])){3,}(?![a-z0-9'])")

# Short forms and the way people type, written out. A value may be several words.
_SHORT = {
    "im": "i am", "i'm": "i am", "iam": "i am", "ive": "i have", "i've": "i have", "i'd": "i would", "i'll": "i will",
    "dont": "do not", "dnt": "do not", "doesnt": "does not", "didnt": "did not", "cant": "cannot", "cnt": "cannot",
    "wont": "will not", "isnt": "is not", "arent": "are not", "aint": "is not", "wasnt": "was not", "werent": "were not",
    "wouldnt": "would not", "couldnt": "could not", "shouldnt": "should not", "havent": "have not", "hasnt": "has not",
    "hadnt": "had not", "hes": "he is", "shes": "she is", "theyre": "they are", "they're": "they are",
    "youre": "you are", "you're": "you are", "we're": "we are", "thats": "that is", "whats": "what is", "theres": "there is",
    "it's": "it is", "he'll": "he will", "she'll": "she will", "they'll": "they will", "you'll": "you will",
    "they've": "they have", "we've": "we have", "you've": "you have", "let's": "let us", "lets": "let us",
    "wanna": "want to", "wana": "want to", "gonna": "going to", "gunna": "going to", "gotta": "have to", "imma": "i am going to",
    "ima": "i am going to", "gon": "going to", "lemme": "let me", "tryna": "trying to", "u": "you", "ur": "your", "r": "are", "2": "to", "4": "for",
    "2day": "today", "2nite": "tonight", "tonite": "tonight", "2moro": "tomorrow", "tmrw": "tomorrow", "tmr": "tomorrow", "b4": "before", "n": "and",
    "pls": "please", "plz": "please", "rn": "right now", "bc": "because", "cuz": "because", "cos": "because", "w": "with",
    "hubby": "husband", "kil": "kill", "kll": "kill", "kiil": "kill", "dieing": "dying", "dyeing": "dying", "diying": "dying",
    "breth": "breathe", "breth e": "breathe", "breathin": "breathing", "brethe": "breathe", "breeth": "breathe", "breathng": "breathing",
    "anymor": "anymore", "alife": "alive", "liv": "live", "myslf": "myself", "mysef": "myself", "myselff": "myself", "suic1de": "suicide",
    "sewerslide": "suicide", "sooicide": "suicide", "sewicide": "suicide", "sui": "suicide", "suacide": "suicide", "siucide": "suicide",
    "ded": "dead", "bludd": "blood", "chok": "choke", "chocking": "choking", "chockin": "choking", "chokin": "choking", "stroek": "stroke",
    "hart": "heart", "od": "overdose", "od'd": "overdosed", "ems": "ambulance", "unaliving": "killing", "unalived": "killed",
}


class Words:
    """Puts misspelt danger words right. One edit (a letter too many, missing, wrong, or two swapped), five letters or more.

    `real` are other words one edit away from a danger word ("cooking", "breeding"), which stay as they are.
    """

    def __init__(self, danger: Iterable[str] = (), real: Iterable[str] = ()):
        self.danger = frozenset(danger)
        self.real = frozenset(real)
        self._cuts: dict[str, list[str]] = {}
        for word in sorted(self.danger):
            if len(word) >= 5:
                for cut in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
                    self._cuts.setdefault(cut, []).append(word)
        self._longest = max((len(w) for w in self.danger), default=0)
        self._glue = self.danger | {
            "i", "a", "to", "my", "me", "want", "wish", "going", "am", "self", "life", "end", "it", "all", "cut", "die", "do", "not",
            "live", "be", "dead", "was", "just", "help", "will", "now", "kill", "cannot", "he", "she", "is", "hits", "the",
        }

    def fix(self, word: str) -> str:
        if word in self.danger or word in self.real or len(word) < 5 or len(word) > self._longest + 1 or not word.isalpha():
            return word
        for cut in [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]:
            for right in self._cuts.get(cut, ()):
                if word[0] == right[0] and _one_edit(word, right):
                    return right
        return word

    def split(self, run: str) -> str:
        """Letters typed one by one and put together again: "killmyself" -> "kill myself"."""
        best: list[list[str] | None] = [[]] + [None] * len(run)
        longest = max(map(len, self._glue))
        for end in range(1, len(run) + 1):
            for start in range(max(0, end - longest), end):
                before = best[start]
                if before is not None and run[start:end] in self._glue and (best[end] is None or len(before) + 1 < len(best[end] or [])):
                    best[end] = [*before, run[start:end]]
        return " ".join(best[-1] or [run])


def _one_edit(a: str, b: str) -> bool:
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    return a[i + 1 :] == b[i:] if len(a) > len(b) else a[i:] == b[i + 1 :]


def normalise(text: str, words: Words | None = None) -> str:
    """Small letters, no accents, no punctuation, single blanks, a line a sentence, short forms written out.

    Undoes what hides a word from a pattern: invisible and direction characters, letters of other alphabets that look the same,
    digits for letters, letters typed apart or repeated, and (with `words`) misspelt danger words. Linear in the length.
    """
    words = words or Words()
    text = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    text = _HIDDEN.sub("", text)
    text = unicodedata.normalize("NFKD", text.translate(_TWINS))
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = _APOSTROPHE.sub("'", text)
    text = _LEET_WORD.sub(_leet, text)
    text = _MERGE.sub(lambda m: words.split(re.sub(r"[^a-z]", "", m.group())), text)
    lines = []
    for sentence in _END.split(text):
        out: list[str] = []
        for token in _WORDS.findall(sentence):
            out.extend(_written_out(token, words))
        if out:
            line = " ".join(out)
            lines.append(line.replace("can not", "cannot").replace("be cause", "because"))
    return "\n".join(lines)


def _leet(match: re.Match[str]) -> str:
    word = match.group()
    bare = word.rstrip("!")
    if not re.search(r"[013457@$!|+]", bare) or re.fullmatch(r"\d+[a-z]{1,3}|[a-z]{1,2}\d+|.*\d{3,}.*|[a-z]+\d{1,2}|2.*|b4|.*\d\+.*", bare):
        return word
    return bare.replace("11", "ll").translate(_LEET) + " " + word[len(bare) :]


def _written_out(token: str, words: Words) -> list[str]:
    token = _SHORT.get(token, token)
    if " " in token:
        return token.split()
    if "'" in token:
        head, tail = token.split("'", 1)
        if tail == "t" and head.endswith("n"):
            whole = {"can": "cannot", "won": "will not", "ain": "is not", "shan": "shall not"}.get(head) or f"{head[:-1]} not"
            return whole.split()
        if tail == "s":
            return [words.fix(head), "is"]
        if tail in ("ve", "re", "ll", "d", "m"):
            return [head, {"ve": "have", "re": "are", "ll": "will", "d": "would", "m": "am"}[tail]]
        token = head + tail
    if _RUN.search(token) and not token.isdigit():
        one, two = _RUN.sub(r"\1", token), _RUN.sub(r"\1\1", token)
        token = two if two in words.danger and one not in words.danger else one
        token = _SHORT.get(token, token)
        if " " in token:
            return token.split()
    return [words.fix(token)]


# ---------------------------------------------------------------- patterns

_PATTERN_KEYS = {"id", "means", "match", "unless", "reply", "gentle"}
_FILE_KEYS = {"route", "words", "patterns", "must", "must_not", "suspect"}
_REPLIES = {None, "abuse"}


@dataclass
class Pattern:
    id: str
    route: str
    means: str
    match: re.Pattern[str]
    unless: re.Pattern[str] | None
    reply: str | None = None
    gentle: bool = False

    def finds(self, text: str) -> bool:
        harmless: list[tuple[int, int]] | None = None
        for hit in self.match.finditer(text):
            if self.unless is None:
                return True
            if harmless is None:
                harmless = [m.span() for m in self.unless.finditer(text)]
            if not any(a < hit.end() and hit.start() < b for a, b in harmless):
                return True
        return False


def _expression(source: Any, words: dict[str, str], file: str, pattern: str) -> str:
    if not isinstance(source, str) or not source.strip():
        raise SafetyError(file, pattern, f"every line of `match` and `unless` is a piece of text, not {source!r}; put it in quotes")

    def word(m: re.Match[str]) -> str:
        if m.group(1) not in words:
            raise SafetyError(file, pattern, f"<{m.group(1)}> is not listed under `words` at the top of the file; add it or spell it out")
        return words[m.group(1)]

    whole = source
    for _ in range(3):
        whole = re.sub(r"(?<!\?P)(?<!\?)<(\w+)>", word, whole)
    try:
        compiled = re.compile(whole)
    except (re.error, RecursionError, OverflowError) as error:
        raise SafetyError(file, pattern, f"`{source}` is not a valid expression ({error}); correct it or take it out") from None
    if compiled.match(""):
        raise SafetyError(file, pattern, f"`{source}` matches an empty message, so it would fire on everything; it needs at least one word")
    return whole


def _slow(expression: str) -> str | None:
    """Why this expression might take for ever on some message; None where it cannot."""
    try:
        from re import _parser as parser  # type: ignore[attr-defined]
    except ImportError:
        import sre_parse as parser  # Python 3.10

    def unbounded(items: Any, inside: int) -> str | None:
        for op, value in items:
            name = str(op)
            if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                least, most, sub = value
                many = most > 12
                if many and inside >= 12:
                    return "a repetition inside a repetition (such as `(a+)+`)"
                if inside > 1 and most > 1 and not many and inside * most > 80:
                    return "a repetition inside a repetition (such as `(a{9}){9}`)"
                found = unbounded(sub, max(inside, most) if many else inside * max(most, 1))
            elif name == "SUBPATTERN":
                found = unbounded(value[3], inside)
            elif name == "BRANCH":
                found = next((f for f in (unbounded(b, inside) for b in value[1]) if f), None)
            elif name in ("ASSERT", "ASSERT_NOT"):
                found = unbounded(value[1], inside)
            elif name == "GROUPREF":
                found = "a reference to an earlier group"
            elif name == "ATOMIC_GROUP":
                found = unbounded(value, inside)
            else:
                found = None
            if found:
                return found
        return None

    # One word of any length, `\w+`, inside a bounded gap such as `(\w+ ){0,6}` is the usual way to write "some words between": it
    # always ends at a blank and cannot be read two ways. It is looked at as a single letter.
    plain = re.sub(r"\\w[+*] ", "w ", re.sub(r" \\w[+*]", " w", expression))
    return unbounded(parser.parse(plain), 1)


_BUDGET = 0.25  # seconds for one expression on 2,000 characters; a sound one needs a thousandth of a second


def _check_speed(expression: str, source: str, file: str, pattern: str) -> None:
    advice = f"`{source}` can take very long on some messages ({{}}); write the words out, or use a gap such as `(\\w+ ){{{{0,4}}}}`"
    reason = _slow(expression)
    if reason:
        raise SafetyError(file, pattern, advice.format(reason))
    compiled = re.compile(rf"\b(?:{expression})\b")
    literals = " ".join(dict.fromkeys(re.findall(r"[a-z]{2,}", source)))[:200] or "a"
    first = literals.split()[0]
    for piece in (literals + " ", first + " ", "a", "a "):
        size = 8
        while size <= 2000:
            hostile = (piece * (size // len(piece) + 1))[:size] + "!"
            start = time.thread_time()
            compiled.search(hostile)
            if time.thread_time() - start > _BUDGET:
                raise SafetyError(file, pattern, advice.format(f"over {_BUDGET} s on {size} characters"))
            size = size + 4 if size < 40 else size * 4
    return None


def _strings(value: Any, file: str, key: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        bad = next((v for v in value if not isinstance(v, str)), value) if isinstance(value, list) else value
        raise SafetyError(file, None, f"`{key}` must be a list of sentences; this is not one: {bad!r}. Put it in quotes")
    return value


def _yaml(path: Path) -> dict[str, Any]:
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 (a safe loader)
    except FileNotFoundError:
        raise SafetyError(path.name, None, "the file is missing; put it back") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SafetyError(path.name, None, f"the file cannot be read as YAML ({str(error).splitlines()[0]}); look for a missing quote or blank") from None
    if not isinstance(content, dict):
        raise SafetyError(path.name, None, "the file is empty or not a list of keys; put the earlier copy back")
    return content


@dataclass
class Rules:
    """The contents of data/safety, checked."""

    words: Words = field(default_factory=Words)
    patterns: list[Pattern] = field(default_factory=list)
    must: list[tuple[str, str]] = field(default_factory=list)  # route, sentence
    must_not: list[str] = field(default_factory=list)
    suspect: list[tuple[str, str]] = field(default_factory=list)
    harmless: list[str] = field(default_factory=list)
    replies: dict[str, dict[str, str]] = field(default_factory=dict)


def read_rules(folder: Path, already_checked: bool = False) -> Rules:
    """Read and check data/safety. Raises SafetyError."""
    rules = Rules()
    listed = _yaml(folder / "words.yml")
    _no_other_keys(listed, {"danger", "real"}, "words.yml", None)
    rules.words = Words(_strings(listed.get("danger"), "words.yml", "danger"), _strings(listed.get("real"), "words.yml", "real"))
    seen: set[str] = set()
    for name in PATTERN_FILES:
        content = _yaml(folder / name)
        _no_other_keys(content, _FILE_KEYS, name, None)
        route = content.get("route")
        if route != name.removesuffix(".yml"):
            raise SafetyError(name, None, f"`route` must be {name.removesuffix('.yml')}")
        named = content.get("words") or {}
        if not isinstance(named, dict) or not all(isinstance(k, str) and isinstance(v, str) for k, v in named.items()):
            raise SafetyError(name, None, "`words` must be names, each with one expression in brackets")
        for entry in content.get("patterns") or []:
            rules.patterns.append(_pattern(entry, route, named, name, seen, already_checked))
        rules.must += [(route, s) for s in _strings(content.get("must"), name, "must")]
        rules.must_not += _strings(content.get("must_not"), name, "must_not")
        rules.suspect += [(route, s) for s in _strings(content.get("suspect"), name, "suspect")]
        if not rules.must or not rules.patterns:
            raise SafetyError(name, None, "a file without `patterns` and `must` protects nobody; put the earlier copy back")
    content = _yaml(folder / "lookalikes.yml")
    _no_other_keys(content, {"harmless"}, "lookalikes.yml", None)
    rules.harmless = _strings(content.get("harmless"), "lookalikes.yml", "harmless")
    rules.replies = _yaml(folder / "replies.yml")
    for key in ("crisis", "crisis_gentle", "emergency", "emergency_gentle", "abuse"):
        texts = rules.replies.get(key)
        if not isinstance(texts, dict) or not all(isinstance(texts.get(lang), str) for lang in ("en", "es")):
            raise SafetyError("replies.yml", None, f"`{key}` must have a text `en` and a text `es`")
        for lang in ("en", "es"):
            for number in (["988"] if key.startswith("crisis") else []) + ["911", "1-800-344-4867"]:
                if number not in texts[lang]:
                    raise SafetyError("replies.yml", None, f"`{key}` ({lang}) must give the number {number}")
    return rules


def _no_other_keys(content: dict[str, Any], known: set[str], file: str, pattern: str | None) -> None:
    others = [str(k) for k in content if k not in known]
    if others:
        raise SafetyError(file, pattern, f"unknown key `{others[0]}`; known are {', '.join(sorted(known))}")


def _pattern(entry: Any, route: str, named: dict[str, str], file: str, seen: set[str], already_checked: bool) -> Pattern:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise SafetyError(file, None, f"every pattern needs an `id`; this one has none: {entry!r}"[:200])
    name = entry["id"]
    _no_other_keys(entry, _PATTERN_KEYS, file, name)
    key = f"{route}/{name}"
    if key in seen:
        raise SafetyError(file, name, "this id is used twice; give one of them another")
    seen.add(key)
    if not isinstance(entry.get("means"), str):
        raise SafetyError(file, name, "`means` must say in a few words what the pattern is for")
    if not isinstance(entry.get("gentle", False), bool):
        raise SafetyError(file, name, "`gentle` is `true` or left out")
    if entry.get("reply") not in _REPLIES:
        raise SafetyError(file, name, "`reply` may only be `abuse`, or left out")
    sides: list[re.Pattern[str] | None] = []
    for side in ("match", "unless"):
        sources = entry.get(side) or []
        if not isinstance(sources, list) or (side == "match" and not sources):
            raise SafetyError(file, name, f"`{side}` must be a list of expressions, one a line")
        expressions = [_expression(s, named, file, name) for s in sources]
        if not already_checked:
            for expression, source in zip(expressions, sources):
                _check_speed(expression, source, file, name)
        ready = [re.sub(r"\((?!\?)", "(?:", e) for e in expressions]
        ready = [e.replace("\\(?:", "\\(") for e in ready]
        sides.append(re.compile(r"\b(?:" + "|".join(ready) + r")(?!\w)", re.MULTILINE) if ready else None)
    assert sides[0] is not None
    return Pattern(name, route, entry["means"], sides[0], sides[1], entry.get("reply"), entry.get("gentle", False))


# ---------------------------------------------------------------- the second net

_CHAR_BITS, _WORD_BITS = 13, 13
_WIDE, _STEP = 26, 13


def _hashed(texts: list[str]) -> Any:
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import HashingVectorizer

    chars = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), n_features=2**_CHAR_BITS, alternate_sign=True, lowercase=False)
    grams = HashingVectorizer(analyzer="word", ngram_range=(1, 2), n_features=2**_WORD_BITS, alternate_sign=True, lowercase=False, token_pattern=r"\w+")
    return hstack([chars.transform(texts), grams.transform(texts)], format="csr")


def _features(normal: list[str], embedded: np.ndarray) -> Any:
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(embedded.astype(np.float64) * 2.5), _hashed(normal)], format="csr")


def windows(text: str) -> list[str]:
    """The whole message, each sentence, each two neighbours, and pieces of a sentence that goes on and on."""
    parts = [p.strip() for p in re.split(r"(?<=[.!?;\n])\s+|\n+", text[:LONGEST]) if p.strip()]
    out = [text[:LONGEST].strip()]
    for i, part in enumerate(parts):
        tokens = part.split()
        if len(tokens) > _WIDE + 6:
            out += [" ".join(tokens[j : j + _WIDE]) for j in range(0, len(tokens) - _STEP, _STEP)]
        elif len(parts) > 1:
            if len(tokens) > 2:
                out.append(part)
            if i + 1 < len(parts) and len(tokens) + len(parts[i + 1].split()) <= _WIDE:
                out.append(f"{part} {parts[i + 1]}")
    return list(dict.fromkeys(w for w in out if w))[:120]


@dataclass
class Model:
    weights: np.ndarray  # (features, 3)
    bias: np.ndarray
    threshold: float
    certain: float
    curve: list[dict[str, float]]
    trained_on: dict[str, int]

    def judge(self, normal: list[str], embedded: np.ndarray) -> np.ndarray:
        score = _features(normal, embedded) @ self.weights + self.bias
        score -= score.max(axis=1, keepdims=True)
        power = np.exp(score)
        return np.asarray(power / power.sum(axis=1, keepdims=True))


def _spoken(normal: str) -> str:
    """The tidied text as the encoder reads it."""
    return normal.replace("\n", ". ")


def _fit(features: Any, labels: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = LogisticRegression(C=6.0, max_iter=60, tol=1e-3).fit(features, labels, sample_weight=weight)
    return net.coef_.T.astype(np.float64), net.intercept_.astype(np.float64)


FALSE_ALARMS = 0.025  # of all harmless sentences, look-alikes and ordinary: where the threshold is set
CERTAIN = 0.99  # from here the second net alone is sure; below it the reply asks gently
ORDINARY = 6000  # so many ordinary examples at most, spread evenly: keeps the training short


@dataclass
class Material:
    normal: list[str]  # tidied, a line a sentence
    labels: np.ndarray
    weight: np.ndarray
    kind: list[str]  # suspect, must, must_not, lookalike, ordinary


def material(rules: Rules, data: Path | None) -> Material:
    """All that the second net learns from; an ordinary example that is also a danger sentence is left out."""
    rows: dict[str, tuple[int, float, str]] = {}

    def add(sentence: str, label: int, weight: float, kind: str) -> None:
        rows.setdefault(normalise(sentence, rules.words), (label, weight, kind))

    for route, sentence in rules.suspect:
        add(sentence, CLASSES.index(route), 1.5, "suspect")
    for route, sentence in rules.must:
        add(sentence, CLASSES.index(route), 1.0, "must")
    for sentence in rules.must_not:
        add(sentence, 0, 3.0, "must_not")
    for sentence in rules.harmless:
        add(sentence, 0, 1.5, "lookalike")
    examples = sorted(set(ordinary(data)), key=lambda s: hashlib.sha256(s.encode()).digest())
    for sentence in examples[:ORDINARY]:
        add(sentence, 0, 1.0, "ordinary")
    rows.pop("", None)
    values = list(rows.values())
    return Material(list(rows), np.array([v[0] for v in values]), np.array([v[1] for v in values]), [v[2] for v in values])


def ordinary(data: Path | None) -> list[str]:
    """The examples of every answer, referral and dialogue file, but for those of the safety intents themselves."""
    found: list[str] = []
    for part in ("answers", "referrals", "dialogue"):
        for path in sorted((data / part).rglob("*.yml")) if data else ():
            try:
                content = _yaml(path)
            except SafetyError as error:
                log.warning("left out of the safety net's training: %s", error)
                continue
            for block in content.get("nlu") or []:
                name = str(block.get("intent", ""))
                if re.search(r"crisis|emergency|suicid|danger|safety|harm|abuse_at_home|unsafe", name):
                    continue
                for line in str(block.get("examples") or "").splitlines():
                    line = re.sub(r"\[([^\]]*)\](\([^)]*\)|\{[^}]*\})", r"\1", line.strip().removeprefix("-").strip())
                    if line:
                        found.append(line)
    return found


def cross_validate(features: Any, m: Material, folds: int = 5) -> np.ndarray:
    """For each sentence, its probabilities from a net that has not seen it."""
    order = np.random.default_rng(7).permutation(len(m.labels))
    out = np.zeros((len(m.labels), len(CLASSES)))
    for k in range(folds):
        test = order[k::folds]
        train = np.setdiff1d(order, test)
        weights, bias = _fit(features[train], m.labels[train], m.weight[train])
        score = features[test] @ weights + bias
        power = np.exp(score - score.max(axis=1, keepdims=True))
        out[test] = power / power.sum(axis=1, keepdims=True)
    return out


def _train(m: Material, embedded: np.ndarray) -> Model:
    features = _features(m.normal, embedded)
    danger = 1.0 - cross_validate(features, m, folds=3)[:, 0]
    kind = np.array(m.kind)
    look = np.isin(kind, ("lookalike", "must_not"))
    suspect = kind == "suspect"
    harmless = m.labels == 0
    curve = [
        {
            "threshold": round(float(t), 3),
            "recall": round(float((danger[suspect] >= t).mean()), 4),
            "false_alarms": round(float((danger[look] >= t).mean()), 4),
            "false_alarms_all": round(float((danger[harmless] >= t).mean()), 4),
        }
        for t in np.round(np.arange(0.05, 0.96, 0.01), 2)
    ]
    allowed = [p for p in curve if p["false_alarms_all"] <= FALSE_ALARMS]
    threshold = allowed[0]["threshold"] if allowed else curve[-1]["threshold"]
    weights, bias = _fit(features, m.labels, m.weight)
    return Model(weights.astype(np.float32), bias.astype(np.float32), threshold, CERTAIN, curve, {c: int((m.labels == i).sum()) for i, c in enumerate(CLASSES)})


# ---------------------------------------------------------------- the net


def _digest(*parts: bytes) -> str:
    h = hashlib.sha256()
    for part in parts:
        h.update(len(part).to_bytes(8, "big") + part)
    return h.hexdigest()[:24]


def _write(path: Path, save: Any) -> None:
    """Write beside, then move into place: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=path.suffix)
    try:
        with os.fdopen(handle, "wb") as out:
            save(out)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class SafetyNet:
    def __init__(self, rules: Rules, encoder: Encodes | None = None, model: Model | None = None):
        self.rules, self.encoder, self.model = rules, encoder, model
        self.warning: str | None = None  # set where an earlier copy had to be used

    # -- loading

    @classmethod
    def load(cls, folder: Path, encoder: Encodes | None, cache: Path) -> SafetyNet:
        """Read `folder` (data/safety), train or fetch the second net, prove the shipped sentences.

        Refuses with SafetyError a set of files that is wrong or no longer does what it must. A set that passes is copied to
        cache/last_good. Without an encoder the patterns work alone.
        """
        folder, cache = Path(folder), Path(cache)
        stamp = _digest(*((folder / f).read_bytes() if (folder / f).is_file() else b"" for f in FILES), FORMAT.to_bytes(2, "big"))
        proved = cache / f"proved-{stamp}.txt"
        rules = read_rules(folder, already_checked=proved.is_file())
        net = cls(rules, encoder)
        if not proved.is_file():
            net._refuse_failing(net.prove())
        if encoder is not None:
            net.model = cls._model(rules, _data_of(folder), encoder, cache)
            passed = cache / f"passed-{stamp}-{net._model_stamp}.txt"
            if not passed.is_file():
                net._refuse_failing(net.prove())
                _write(passed, lambda out: out.write(b"ok\n"))
        _write(proved, lambda out: out.write(b"ok\n"))
        keep_last_good(folder, cache)
        return net

    @classmethod
    def load_or_keep(cls, folder: Path, encoder: Encodes | None, cache: Path) -> SafetyNet:
        """As `load`; where the files are refused, the last set that passed stays in force and `warning` says so."""
        try:
            return cls.load(folder, encoder, cache)
        except SafetyError as error:
            kept = Path(cache) / "last_good"
            if not (kept / PATTERN_FILES[0]).is_file():
                raise
            net = cls(read_rules(kept, already_checked=True), encoder)
            if encoder is not None:
                net.model = cls._model(net.rules, _data_of(Path(folder)), encoder, Path(cache))
            net.warning = f"The safety files were refused and the last good copy is in force. {error}"
            log.warning(net.warning)
            return net

    _model_stamp = ""

    @staticmethod
    def _refuse_failing(failing: list[str]) -> None:
        if failing:
            raise SafetyError(
                "crisis.yml / emergency.yml", None,
                f"{len(failing)} shipped sentences fail. Change the pattern until each `must` is found and no `must_not` is; the earlier files stay in force",
                failing,
            )

    @classmethod
    def _model(cls, rules: Rules, data: Path | None, encoder: Encodes, cache: Path) -> Model:
        m = material(rules, data)
        stamp = _digest(
            json.dumps([FORMAT, FALSE_ALARMS, m.normal, m.labels.tolist(), m.weight.tolist()]).encode(),
            json.dumps([sorted(rules.words.danger), sorted(rules.words.real)]).encode(),
            str(getattr(encoder, "version", getattr(encoder, "name", type(encoder).__name__))).encode(),
        )
        cls._model_stamp = stamp
        path = cache / f"net-{stamp}.npz"
        if path.is_file():
            try:
                with np.load(path, allow_pickle=False) as kept:
                    about = json.loads(str(kept["about"]))
                    return Model(kept["weights"], kept["bias"], about["threshold"], about["certain"], about["curve"], about["trained_on"])
            except (OSError, ValueError, KeyError) as error:
                log.warning("the safety net's cache %s cannot be read (%s); training again", path.name, error)
        model = _train(m, _embed([_spoken(n) for n in m.normal], encoder, cache))
        about = {"threshold": model.threshold, "certain": model.certain, "curve": model.curve, "trained_on": model.trained_on}
        _write(path, lambda out: np.savez(out, weights=model.weights, bias=model.bias, about=np.array(json.dumps(about))))
        _write(cache / "curve.json", lambda out: out.write(json.dumps(about, indent=1).encode()))
        for old in sorted(cache.glob("net-*.npz"), key=lambda p: p.stat().st_mtime)[:-4]:
            old.unlink(missing_ok=True)
        return model

    # -- looking

    def look(self, text: str) -> Finding | None:
        """The finding for one message, or None. Patterns first; then the second net over the whole and its parts."""
        normal = normalise(text, self.rules.words)
        if not normal:
            return None
        found: Finding | None = None
        for pattern in self.rules.patterns:
            rank = _rank(pattern.route, not pattern.gentle)
            if (found is None or rank > _rank(found.route, found.sure)) and pattern.finds(normal):
                found = Finding(pattern.route, not pattern.gentle, pattern.id, 1.0, pattern.reply)
        return found or self._second(text)

    def _second(self, text: str) -> Finding | None:
        if self.model is None or self.encoder is None:
            return None
        pieces = [(w, normalise(w, self.rules.words)) for w in windows(text)]
        pieces = [(w, n) for w, n in pieces if n]
        if not pieces:
            return None
        odds = self.model.judge([n for _, n in pieces], np.asarray(self.encoder.encode([_spoken(n) for _, n in pieces])))
        danger = 1.0 - odds[:, 0]
        worst = int(danger.argmax())
        score = float(danger[worst])
        if score < self.model.threshold:
            return None
        route = CLASSES[1 + int(odds[worst, 1:].argmax())]
        return Finding(route, score >= self.model.certain, None, round(score, 4))

    def prove(self) -> list[str]:
        """The shipped sentences that fail: a `must` no pattern finds, a `must_not` that anything finds."""
        failing = []
        for route, sentence in self.rules.must:
            normal = normalise(sentence, self.rules.words)
            if not any(p.route == route and p.finds(normal) for p in self.rules.patterns):
                failing.append(f"[{route}, not found] {sentence}")
        for sentence in self.rules.must_not:
            finding = self.look(sentence)
            if finding:
                by = finding.pattern or f"the second net, {finding.score:.2f}"
                failing.append(f"[false alarm: {finding.route}, {by}] {sentence}")
        return failing

    def reply(self, finding: Finding, language: str = "en") -> str:
        texts = self.rules.replies[finding.text_key]
        return texts.get(language, texts["en"]).strip()


def _data_of(folder: Path) -> Path | None:
    return folder.parent if (folder.parent / "answers").is_dir() else None


def keep_last_good(folder: Path, cache: Path) -> None:
    kept = cache / "last_good"
    kept.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        source, target = folder / name, kept / name
        if source.resolve() != target.resolve() and (not target.is_file() or target.read_bytes() != source.read_bytes()):
            _write(target, lambda out, source=source: shutil.copyfileobj(source.open("rb"), out))


def _embed(sentences: list[str], encoder: Encodes, cache: Path) -> np.ndarray:
    """Embeddings of the training sentences, kept by content, so that only new sentences are encoded."""
    path = cache / "embedded.npz"
    version = str(getattr(encoder, "version", getattr(encoder, "name", type(encoder).__name__)))
    known: dict[str, np.ndarray] = {}
    if path.is_file():
        try:
            with np.load(path, allow_pickle=False) as kept:
                if str(kept["version"]) == version:
                    known = dict(zip(kept["keys"].tolist(), kept["vectors"]))
        except (OSError, ValueError, KeyError) as error:
            log.warning("the cache %s cannot be read (%s); encoding again", path.name, error)
    keys = [hashlib.sha256(s.encode()).hexdigest()[:24] for s in sentences]
    new = [i for i, key in enumerate(keys) if key not in known]
    if new:
        for key, vector in zip([keys[i] for i in new], np.asarray(encoder.encode([sentences[i] for i in new]), dtype=np.float32)):
            known[key] = vector
        stacked = np.stack([known[k] for k in keys]).astype(np.float32)
        _write(path, lambda out: np.savez(out, version=np.array(version), keys=np.array(keys), vectors=stacked))
        return stacked
    return np.stack([known[k] for k in keys]).astype(np.float32)
