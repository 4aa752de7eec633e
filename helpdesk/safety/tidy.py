"""Tidying a message before the patterns and the second net read it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from helpdesk.safety.short_forms import SHORT

LONGEST = 4000  # characters looked at; the chat takes 2,000

_HIDDEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_TWINS = str.maketrans("абвгдеікмнорѕстухуіјһԁӏοαενρτυικ", "abbrdeikmhopsctyxyijhdloaevptuik")
_LEET = str.maketrans("013457@$!|+", "oieastasilt")
_LEET_WORD = re.compile(r"(?<![^\s\"'(*_-])(?=[^\s]*[a-z])(?=[^\s]*[013457@$!|+])[a-z0-9@$!|+]*[a-z@$][a-z0-9@$!|+]*")
_NOT_LEET = re.compile(r"\d+[a-z]{1,3}|[a-z]{1,2}\d+|.*\d{3,}.*|[a-z]+\d{1,2}|2.*|b4|.*\d\+.*")
_APOSTROPHE = re.compile(r"[\u2018\u2019\u201b\u02bc\u00b4`\u2032]")
_END = re.compile(r"(?<!\.)\.(?!\.)(?=\s|$)|[!?;\n\r\u2028\u2029]+|(?<=[a-z])\.(?=[a-z]{4,})")
_WORDS = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_RUN = re.compile(r"(.)\1{2,}")
_MERGE = re.compile(r"(?<![a-z0-9])[a-z](?:[ .,_*/-]{1,3}[a-z](?![a-z0-9'])){3,}(?![a-z0-9'])")

# Phrases that stay readable when the blanks slip ("kil lmyself" has one letter fewer, "k illm yself" none).
_WHOLE = ("kill myself", "want to die", "end my life", "cannot breathe", "heart attack", "hurt myself")
_PHRASES = {phrase.replace(" ", ""): phrase for phrase in _WHOLE}
_PHRASES |= {"kilmyself": "kill myself", "killlmyself": "kill myself"}
_SHIFTED = re.compile(r"\b(?:" + "|".join(" ?".join(letters) for letters in _PHRASES) + r")\b")

# Words that sound alike, where only one of them can stand: "I won't be hear", "I don't no who".
_ALIKE = (
    (re.compile(r"\b(be|am|is|are|was|were|been)( not)? hear\b"), r"\1\2 here"),
    (re.compile(r"\bnot no (?=(?:who|what|how|why|where|if|when)\b)"), "not know "),
    (re.compile(r"\brite (?=(?:now|away|here|arm|leg|eye|hand|side)\b)"), "right "),
    (re.compile(r"\b(should|could|would|must|might) of (?=[a-z]+(?:ed|en|ne)\b|been\b|had\b|left\b|known\b)"), r"\1 have "),
)

_GLUE = frozenset(
    "i a to my me want wish going am self life end it all cut die do not live be dead was just help will now kill cannot "
    "he she is hits the".split()
)


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
        self._glue = self.danger | _GLUE

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
                if before is None or run[start:end] not in self._glue:
                    continue
                known = best[end]
                if known is None or len(before) + 1 < len(known):
                    best[end] = [*before, run[start:end]]
        return " ".join(best[-1] or [run])


class Names:
    """Puts plain words in the place of names that say nothing of danger: "since the Gilenya" -> "since the medicine".

    So many harmless questions hold such names that a message with one looks harmless too.
    """

    def __init__(self, medicines: Iterable[str] = (), others: Iterable[str] = ()):
        self._plain = [(_any_of(names), word) for names, word in ((medicines, "medicine"), (others, "it"))]

    def plain(self, normal: str) -> str:
        for names, word in self._plain:
            normal = names.sub(word, normal) if names else normal
        return normal


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.compile(rf"\b(?:{alternatives})\b") if alternatives else None


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
            line = _SHIFTED.sub(lambda m: _PHRASES[m.group().replace(" ", "")], line)
            for heard, meant in _ALIKE:
                line = heard.sub(meant, line)
            lines.append(line.replace("can not", "cannot").replace("be cause", "because"))
    return "\n".join(lines)


def _leet(match: re.Match[str]) -> str:
    word = match.group()
    bare = word.rstrip("!")
    if not re.search(r"[013457@$!|+]", bare) or _NOT_LEET.fullmatch(bare):
        return word
    return bare.replace("11", "ll").translate(_LEET) + " " + word[len(bare) :]


def _written_out(token: str, words: Words) -> list[str]:
    token = SHORT.get(token, token)
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
        token = SHORT.get(token, token)
        if " " in token:
            return token.split()
    return [words.fix(token)]
