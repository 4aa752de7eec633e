"""A sentence taken apart for comparing: its words, each in its class, without endings and without what carries nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from helpdesk.content.files import plain

SHORTENED = {
    "can't": "can not", "cannot": "can not", "cant": "can not", "won't": "will not", "wont": "will not", "gonna": "going to",
    "wanna": "want to", "gotta": "got to", "whats": "what is", "hows": "how is", "whos": "who is", "wheres": "where is",
    "whens": "when is", "whys": "why is", "thats": "that is", "theres": "there is", "im": "i am", "ive": "i have",
    "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not", "arent": "are not", "wasnt": "was not",
    "havent": "have not", "hasnt": "has not", "couldnt": "could not", "wouldnt": "would not", "shouldnt": "should not",
    "u": "you", "r": "are", "ur": "your", "ppl": "people", "w": "with", "abt": "about", "wat": "what", "cuz": "because",
}  # fmt: skip
ENDINGS = (("n't", " not"), ("'re", " are"), ("'ll", " will"), ("'ve", " have"), ("'d", " would"), ("'m", " am"), ("'s", " is"))
OPENING = re.compile(
    r"(?:(?:can|could|would|will) you (?:please )?(?:tell|explain to|show|help) me(?: with)?|(?:please )?tell me"
    r"|i (?:want|would like|need) to know|do you know|let me know|i was wondering|just wondering|quick question|a question"
    r"|my question is)(?: if| whether)?\s+"
)
FILLERS = frozenset(
    "please pls plz thanks um uh er hmm oh ok okay so well hi hey hello just actually really basically exactly kindly maybe then"
    " wondering wonder curious again now tho though too also even anyway alright yes and but".split()
)
LITTLE = frozenset(
    "a an the is are was were be been being am do does did done doing have has had having will would can could may might shall"
    " should to of in on at for from by with within about as into onto per over up out off its their there here he his she her we"
    " us our any some all if whether or go get got getting".split()
)
MANY = frozenset({"these", "those", "they", "them"})
POINTERS = frozenset({"this", "that", "it"}) | MANY
PERSONS = {"i": 1, "me": 1, "my": 1, "mine": 1, "you": 2, "your": 2, "yours": 2}
NOT = frozenset("not no never without none nobody nothing neither nor".split())
NUMBERS = frozenset(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty fifty hundred thousand second third half"
    " twice".split()
)
ASKING = frozenset("what how who when where why many much long".split())
SAME = {
    "which": "what", "whom": "who", "someone": "somebody", "anyone": "somebody", "anybody": "somebody", "everyone": "everybody",
    "sort": "kind", "type": "kind", "while": "when", "until": "till", "perhaps": "maybe", "regarding": "about",
    "concerning": "about", "however": "but", "cause": "because", "since": "because", "another": "other", "wish": "want",
    "like": "want",
}  # fmt: skip

ASKING_WEIGHT, POINTER_WEIGHT = 0.6, 0.3


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence as it is compared: the words that carry it, the little ones, and what must be the same."""

    full: tuple[str, ...]
    little: tuple[str, ...]
    pointers: tuple[str, ...]
    persons: tuple[int, ...]
    fixed: tuple[str, ...]  # figures, and whether it denies
    letters: str
    keys: tuple[int, ...]  # shared with every sentence from which one word differs, or only the ends of words do

    @property
    def said(self) -> int:
        """Return how many words it has; signs are none."""
        return len(self.full) + len(self.little) + len(self.pointers) + len(self.persons) + len(self.fixed)

    @property
    def weight(self) -> float:
        said = sum(ASKING_WEIGHT if word in ASKING else 1.0 for word in self.full)
        return said + len(self.fixed) + POINTER_WEIGHT * len(self.pointers)


def read(text: str) -> Words:
    """Return the words of a sentence, each in its class."""
    said = tokens(text)
    kept = [SAME.get(word, word) for word in said if word not in FILLERS]
    rest = [word for word in kept if not figure(word) and word not in NOT]
    fixed = [word for word in kept if figure(word)] + ["not"] * (not NOT.isdisjoint(kept))
    full = tuple(stem(word) for word in rest if not (word in LITTLE or word in POINTERS or word in PERSONS))
    return Words(
        full=full,
        little=tuple(word for word in rest if word in LITTLE),
        pointers=tuple("they" if word in MANY else "it" for word in rest if word in POINTERS),
        persons=tuple(PERSONS[word] for word in rest if word in PERSONS),
        fixed=tuple(sorted(fixed)),
        letters="".join(said) or text.strip(),
        keys=tuple(set(_keys(sorted(full), tuple(sorted(fixed))))),
    )


def _keys(full: list[str], fixed: tuple[str, ...]) -> Iterator[int]:
    yield hash((fixed, tuple(full)))
    yield hash((fixed, "", tuple(sorted(word[:3] for word in full))))
    for at in range(len(full)):
        yield hash((fixed, (*full[:at], *full[at + 1 :])))


def tokens(text: str) -> list[str]:
    """Return the words in lower case, contractions written out, without what only leads to the question."""
    found = []
    for word in re.findall(r"[^\W_]+(?:'[^\W_]+)?", plain(text)):
        end, full = next(((end, full) for end, full in ENDINGS if word.endswith(end) and word not in SHORTENED), ("", ""))
        found.append(SHORTENED.get(word) or word.removesuffix(end) + full)
    return OPENING.sub("", " ".join(found), count=1).split()


def figure(word: str) -> bool:
    return word in NUMBERS or any(c.isdigit() for c in word)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the word without its ending: good enough to hold studies and study, works and working for one."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if word.endswith("ies") else word[:-1]
    for end in ("ing", "ed"):
        if word.endswith(end) and len(word) > len(end) + 2:
            word = word.removesuffix(end)
            word = word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls" else word
            break
    word = word[:-1] + "y" if word.endswith("i") else word
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
