"""The rules for what a visitor reads: short, plain, our own words, and nothing that the listed facts do not carry."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from helpdesk.content.borrowed import borrowed
from helpdesk.content.files import Problem, plain
from helpdesk.content.model import Content, Entry, Subject, Variation
from helpdesk.content.readability import grade, words

GRADE = 8.0
LONGEST, OVERVIEW, SHORT = 80, 120, 20
PHONE = "1-800-344-4867"
MARKUP = r"[{}]|\[[^\]\n]*\]\s*\("
WITH_LINE = ("refer", "handoff", "advice", "miss")
NUMBER = re.compile(r"(?<![A-Za-z0-9-])[€$]?\d[\d.,-]*\d%?|(?<![A-Za-z0-9-])\d%?")
OURS = {PHONE, "2015", "911", "988"}
NOWADAYS = re.compile(
    r"\b(?:now|today|currently|nowadays|recently|at present|these days|so far|to date|this year|last year)\b", re.IGNORECASE
)
LINK = re.compile(r"“[^”]*”")
PROPER = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][\w’'-]*")
# Names that any answer may speak of: the disease and its types, the Society and its helpers.
HOUSE = {"i", "ms", "spms", "ppms", "national", "society", "societies", "navigator", "navigators", "alliance", "english"}
NAMED = ("therapy", "trial", "organisation", "media")
ALWAYS = ("national_ms_society", "ms_navigators")
SPANISH = ("spanish", "spanish_person")  # the grade and the plain words are for English


def problems_of(entry: Entry, variation: Variation, content: Content) -> Iterator[Problem]:
    """Yield what is wrong with the words of one text."""
    line, text = variation.line, variation.text
    limit = OVERVIEW if entry.name in content.topics and content.topics[entry.name].overview else LONGEST
    if len(words(text)) > limit:
        yield Problem(entry.file, line, f"The text has {len(words(text))} words.", f"Say it in {limit}.")
    if entry.name not in SPANISH:
        yield from _plain(entry, text, line, content)
    if variation.metadata["route"] in WITH_LINE and PHONE not in text:
        yield Problem(entry.file, line, "The text does not give the Navigators' line.", f"Add {PHONE}.")
    for one, at in _spoken(variation):
        yield from _written(entry, one, at, content)
    if entry.kind == "answers":
        yield from _short(entry, variation, content)
        yield from _exact(entry, variation, content)
        yield from _carried(entry, variation, content)
        yield from _nowadays(entry, text, line)


def _spoken(variation: Variation) -> Iterator[tuple[str, int]]:
    metadata = variation.metadata
    yield variation.text, variation.line
    yield from ((metadata[key], metadata.at(key)) for key in ("short", "question") if key in metadata)
    yield from ((button["title"], button.line) for button in variation.buttons)


def _plain(entry: Entry, text: str, line: int, content: Content) -> Iterator[Problem]:
    found = grade(text, _names(tuple(content.vocabulary)))
    if found > GRADE:
        yield Problem(
            entry.file, line, f"The text reads at grade {found}.", f"Use shorter words and sentences: {GRADE:g} at most."
        )


def _written(entry: Entry, text: str, line: int, content: Content) -> Iterator[Problem]:
    if not text.strip():
        yield Problem(entry.file, line, "There is no text here.", "Write one.")
    if re.search(MARKUP, text):
        yield Problem(entry.file, line, "There are braces or a link in the text.", "Write it as plain words.")
    run = borrowed(text, tuple(e for f in content.facts.values() for e in f.exact), content.runs)
    if run:
        yield Problem(entry.file, line, f"These words stand on the page: {run}.", "Say it in our own words.")


def _short(entry: Entry, variation: Variation, content: Content) -> Iterator[Problem]:
    short = variation.metadata.get("short")
    if short is None:
        if not variation.condition:
            yield Problem(entry.file, variation.metadata.line, "`short` is missing.", "Say the answer in one plain sentence.")
        return
    line = variation.metadata.at("short")
    if len(words(short)) > SHORT:
        yield Problem(entry.file, line, f"`short` has {len(words(short))} words.", f"Say it in {SHORT}.")
    yield from _plain(entry, short, line, content)


def _exact(entry: Entry, variation: Variation, content: Content) -> Iterator[Problem]:
    text = plain(variation.text)
    for fact in (content.facts[f] for f in variation.facts if f in content.facts):
        for exact in fact.exact:
            if plain(exact) not in text:
                yield Problem(
                    entry.file, variation.line, f"{fact.id} is listed, and “{exact}” is not in the text.", "Give it exactly."
                )


def _carried(entry: Entry, variation: Variation, content: Content) -> Iterator[Problem]:
    """Find figures and names that no listed fact carries."""
    facts = [content.facts[f] for f in variation.facts if f in content.facts]
    carried = plain(" ; ".join(s for f in facts for s in (f.says, *f.exact)))
    source = plain(f"{variation.metadata.get('page', '')} {variation.metadata.get('section', '')}")
    for text, line in [
        (variation.text, variation.line),
        (str(variation.metadata.get("short", "")), variation.metadata.at("short")),
    ]:
        for figure in dict.fromkeys(NUMBER.findall(text)):
            if figure.rstrip(".,-") not in OURS and not re.search(rf"(?<!\d){re.escape(figure.rstrip('.,-'))}(?!\d)", carried):
                yield Problem(entry.file, line, f"No listed fact carries the figure {figure}.", "Take it out, or list the fact.")
        told = LINK.sub(" ", text)
        for subject in _mentioned(told, content):
            if subject.id not in ALWAYS and not any(_says(carried, s) for s in _spellings(subject)):
                yield Problem(
                    entry.file, line, f"No listed fact carries the name {subject.name}.", "Take it out, or list the fact."
                )
        for name in dict.fromkeys(PROPER.findall(told)):
            known = re.sub(r"['’]s?$", "", name).lower()
            if known not in HOUSE and known not in carried and known not in source:
                yield Problem(entry.file, line, f"No listed fact carries the name {name}.", "Take it out, or list the fact.")


def _nowadays(entry: Entry, text: str, line: int) -> Iterator[Problem]:
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        found = NOWADAYS.search(LINK.sub(" ", sentence))
        if found and "Navigator" not in sentence:
            do = "Say “as of about 2015”, or leave it out: the page is from about 2015."
            yield Problem(entry.file, line, f"“{found.group()}” speaks of the page as of today.", do)


def _mentioned(text: str, content: Content) -> list[Subject]:
    said = plain(text)
    proper = [
        s
        for s in content.vocabulary
        if s.kind in NAMED and (s.kind in ("therapy", "organisation") or not s.name.startswith("the "))
    ]
    return [s for s in proper if any(_says(said, spelling) for spelling in _spellings(s))]


def _says(text: str, spelling: str) -> bool:
    return spelling in text and re.search(rf"(?<![\w-]){re.escape(spelling)}(?![\w-])", text) is not None


@functools.lru_cache(maxsize=4096)
def _spellings(subject: Subject) -> tuple[str, ...]:
    return tuple(plain(s) for s in (subject.name, *subject.says))


@functools.lru_cache(maxsize=4)
def _names(vocabulary: tuple[Subject, ...]) -> tuple[str, ...]:
    spelt = {says for subject in vocabulary if subject.kind in NAMED for says in subject.says}
    return tuple(sorted(spelt | {subject.name for subject in vocabulary}))
