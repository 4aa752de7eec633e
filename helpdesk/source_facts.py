"""What a page proposes: which sentences may be facts, what is exact in them, and what a new version of the page has changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helpdesk.content.files import plain
from helpdesk.content.model import Content, Fact
from helpdesk.source_page import Page, Sentence

FEWEST_WORDS = 5
SAME_SENTENCE = 0.6  # of difflib: the sentence of before, reworded
SAME_FACT = 0.7  # cosine: the sentence says what the fact says
FIGURE = re.compile(r"(?<![\w-])[€$£]?\d(?:[\d,.]*\d)?%?(?:\s(?:million|billion|percent|per cent)\b)?(?![\w-])")
LEADS = re.compile(r"^(?:The|A|An|In|At|On|For|From|With|By|Of|As|This|These|Those|Its?|Their|Our|Some|Many|More|About)\s")
MONTH = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\s(?:\d{1,2},\s)?(?:19|20)\d\d\b"
)
NAME = re.compile(r"\b(?:U\.S\.|U\.K\.|[A-Z][\w’'&-]*(?:\s(?:(?:of|for|the|and)\s)?[A-Z][\w’'&-]*)*)")
HOUSE = {"ms", "ppms", "spms", "i", "society", "researchers"}
NAMED = ("therapy", "trial", "study")
Vectors = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Proposal:
    """A sentence that may be a fact. `known` is a fact that says this already; `exact` is what an answer must give as it is."""

    sentence: Sentence
    exact: tuple[str, ...]
    known: str | None


@dataclass(frozen=True)
class Change:
    """What became of one sentence or fact when the page was given again: same, reworded, gone or new."""

    kind: str
    before: str
    after: str
    fact: str | None
    answers: tuple[str, ...]


def proposals(page: Page, content: Content, vectors: Vectors) -> list[Proposal]:
    """Return what the page may teach, in its order."""
    sentences = [sentence for sentence in page.sentences if is_statement(sentence.text)]
    facts = list(content.facts.values())
    known = said_by([sentence.text for sentence in sentences], facts, vectors)
    return [Proposal(sentence, exact_of(sentence.text, content), fact) for sentence, fact in zip(sentences, known, strict=True)]


def is_statement(text: str) -> bool:
    """Whether a sentence says something: no question, no heading, no call to press something."""
    return len(re.findall(r"[A-Za-z]{2,}", text)) >= FEWEST_WORDS and not text.rstrip("\"”’')").endswith("?")


def exact_of(text: str, content: Content) -> tuple[str, ...]:
    """Return figures, dates and names of the sentence, each once, in their order."""
    found = {m.start(): m.group() for m in MONTH.finditer(text)}
    dates = [(m.start(), m.end()) for m in MONTH.finditer(text)]
    for m in (*FIGURE.finditer(text), *NAME.finditer(text)):
        if not any(a < m.end() and m.start() < b for a, b in dates) and (m.re is FIGURE or _is_name(m.group(), m.start(), text)):
            found.setdefault(m.start(), m.group())
    for name in _therapies(text, content):
        at = text.lower().index(name)
        found.setdefault(at, text[at : at + len(name)])
    return tuple(dict.fromkeys(_bare(string) for _, string in sorted(found.items())))


def _bare(string: str) -> str:
    string = LEADS.sub("", string).strip(" ,")
    string = string.removesuffix("'s").removesuffix("’s")
    return string if string.endswith(("S.", "K.")) else string.strip(".")


def _is_name(string: str, at: int, text: str) -> bool:
    """A capital in the middle of a sentence makes a name; at its beginning several such words do."""
    if plain(LEADS.sub("", string)) in HOUSE or len(string) < 2:
        return False
    begins = at == 0 or text[:at].rstrip()[-1:] in '.!?:“"'
    return not begins or len(LEADS.sub("", string).split()) > 1 or any(c.isdigit() or c.isupper() for c in string[1:])


def _therapies(text: str, content: Content) -> list[str]:
    """Return the names of the vocabulary that are written small."""
    said = text.lower()
    names = (subject.name.lower() for subject in content.vocabulary if subject.kind in NAMED)
    return [name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", said)]


def said_by(texts: Sequence[str], facts: Sequence[Fact], vectors: Vectors) -> list[str | None]:
    """Return, for each text, the fact that says the same: near in meaning, and with every exact string of the fact in it."""
    if not texts or not facts:
        return [None] * len(texts)
    alike = vectors(texts) @ vectors([fact.says for fact in facts]).T
    found: list[str | None] = []
    for text, row in zip(texts, alike, strict=True):
        said = plain(text)
        best = [facts[i] for i in np.argsort(-row)[:5] if row[i] >= SAME_FACT]
        found.append(next((fact.id for fact in best if all(plain(exact) in said for exact in fact.exact)), None))
    return found


def compared(before: Sequence[tuple[str, str | None]], page: Page, content: Content) -> list[Change]:
    """Compare the sentences of the version before, each with the fact that was made of it, with the page as it is now."""
    old, new = [plain(text) for text, _ in before], [plain(sentence.text) for sentence in page.sentences]
    still, fresh = set(new), [i for i, text in enumerate(new) if text not in set(old)]
    changes: list[Change] = []
    taken: set[int] = set()
    for text, fact in before:
        if plain(text) in still:
            continue
        at = _nearest(plain(text), [(i, new[i]) for i in fresh if i not in taken])
        taken |= {at} if at is not None else set()
        after = page.sentences[at].text if at is not None else ""
        changes.append(Change("reworded" if after else "gone", text, after, fact, answers_with(fact, content)))
    changes += [
        Change("new", "", page.sentences[i].text, None, ())
        for i in fresh
        if i not in taken and is_statement(page.sentences[i].text)
    ]
    return changes


def missing_facts(page: Page, name: str, content: Content) -> list[Change]:
    """Return the facts of a page whose exact strings do not stand in it any more: for a page that is given for the first time."""
    said = plain(page.text)
    facts = [fact for fact in content.facts.values() if plain(fact.page) == plain(name)]
    return [
        Change("gone", fact.says, "", fact.id, answers_with(fact.id, content))
        for fact in facts
        if not all(plain(exact) in said for exact in fact.exact)
    ]


def answers_with(fact: str | None, content: Content) -> tuple[str, ...]:
    """Return the answers that give a fact: they must be read again when it changes."""
    given = (entry.name for entry in content.entries if any(fact in variation.facts for variation in entry.variations))
    return tuple(dict.fromkeys(given)) if fact else ()


def _nearest(text: str, others: Iterable[tuple[int, str]]) -> int | None:
    best, place = SAME_SENTENCE, None
    for i, other in others:
        matcher = difflib.SequenceMatcher(None, text, other, autojunk=False)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
            best, place = ratio, i
    return place
