"""How hard a text is to read: the Flesch-Kincaid grade, with the names of our subjects counted as easy words."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

WORD = re.compile(r"[A-Za-z0-9€%][A-Za-z0-9'’.,%-]*")
SENTENCE = re.compile(r"[.!?]+[\"”')]*(?=\s|$)")
SHORTENED = re.compile(r"\b(?:U\.S|U\.K|N\.I\.H|Dr|vs|e\.g|i\.e)\.")
VOWELS = re.compile(r"[aeiouy]+")
# Vowels that stand together and are spoken apart: media, going, create, various, actual, influence, museum, lipoic, poem.
APART = re.compile(
    r"(?<![ct])ia|(?<=it)ia(?=t)|(?<![ctxgn])io(?=us)|io(?!us|n)|iu|[aeiouy](?=ing$)|(?<=cr)ea(?=t)|(?<=r)ea(?=ct)|(?<=id)ea|(?<=ar)ea|(?<=th)ea(?=ter)"
    r"|(?<=[lr])eo(?=g|r)|(?<=vid)eo|(?<=th)eo|(?<![qg])ua(?!r)|(?<!q)ue(?=nc|nt|l$)|uo(?!y)|(?<![ct])ie(?=t|nt|nc)|(?<=sc)ie(?=nc|nt)|(?<=soc)ie"
    r"|eu(?=m)|oi(?=c$)|oe(?=[mt])|ism$"
)
# An e that is not spoken, also where a word is made of two: safely, statement, something.
INNER_E = re.compile(r"(?<=[aeiouy][bcdfghklmnprstvz])e(?=ly$|ments?$|ful|less|where$|times?$|things?$|one$|work|fore$|how$)")
SILENT_E = re.compile(r"(?<=[^aeiouy])(?<!l)(?:e|es|ed)$|(?<=[aeiouyrnsw]l)(?:e|es|ed)$|(?<=[aeiou])(?:d|s)$")
SPOKEN_E = re.compile(r"(?:[td]ed|[sxzcg]es|[cs]hes)$")
SPOKEN = {"people": 2, "every": 2, "everyone": 3, "anyone": 3, "being": 2, "area": 3, "areas": 3, "n": 0}


def words(text: str) -> list[str]:
    """Return the words, with a number or a hyphenated word as one."""
    return [w.strip(".,'’-") for w in WORD.findall(text) if w.strip(".,'’-")]


def sentences(text: str) -> int:
    """Count the sentences; the points of "U.S." end none."""
    return max(1, len(SENTENCE.findall(SHORTENED.sub(lambda m: m.group().replace(".", ""), text))))


def syllables(word: str) -> int:
    """Count the syllables of an English word as it is spoken; a number counts as one."""
    if word[:1].isdigit():
        return 1
    bare = re.sub(r"['’](?:s|re|ve|ll|d|m)$", "", word.lower())
    spoken = re.sub(r"(?<=[bcdfgkpstvxz])n['’]t$", "int", bare)
    return max(1, sum(_syllables(part) for part in re.split(r"[-’'.]", spoken) if part))


def _syllables(part: str) -> int:
    if part in SPOKEN:
        return SPOKEN[part]
    if not part.isalpha() or not VOWELS.search(part):
        return 1
    bare = INNER_E.sub("", part)
    bare = bare if SPOKEN_E.search(bare) else SILENT_E.sub("", bare)
    return max(1, len(VOWELS.findall(bare)) + len(APART.findall(bare)))


def grade(text: str, names: Iterable[str] = ()) -> float:
    """Return the Flesch-Kincaid grade; each word of a name counts as one syllable."""
    plain = easy(text, tuple(names))
    found = words(plain)
    if not found:
        return 0.0
    return round(0.39 * len(found) / sentences(plain) + 11.8 * sum(map(syllables, found)) / len(found) - 15.59, 1)


def easy(text: str, names: tuple[str, ...]) -> str:
    """Return the text with each word of a name replaced by one of one syllable."""
    return _pattern(names).sub(lambda m: " ".join("x" for _ in words(m.group())), text) if names else text


@functools.lru_cache(maxsize=4)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    phrases = sorted({n.lower().removeprefix("the ") for n in names}, key=len, reverse=True)
    said = "|".join(re.escape(p).replace(r"\ ", r"[\s-]+").replace(r"\-", r"[\s-]+").replace("'", "['’]") for p in phrases)
    return re.compile(rf"(?<![\w-])(?:{said})(?:['’]s)?(?![\w-])", re.IGNORECASE)
