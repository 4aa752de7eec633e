"""Read a page that the bot is to know: its headings, its sentences, and where each stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree, html

from helpdesk.errors import Refusal

LARGEST = 2_000_000  # bytes
MOST_SENTENCES = 3000
LONGEST_SENTENCE = 1500
MOST_TITLE_WORDS = 12
TOP = "Top of the page"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = set("p li td th dt dd blockquote figcaption caption pre div section article main body".split())
# What stands around a page, and what is not text.
AROUND = "script style noscript template nav footer form button select svg iframe object head".split()
BULLET = re.compile(r"^\s*(?:[•·▪◦‣*o-]|\d{1,2}[.)])\s+")
# A point after one of these ends no sentence.
SHORT_FORMS = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|etc|e\.g|i\.e|approx|No|Fig|al|Inc|Ltd|Co|U\.S|U\.K|D\.C"
    r"|Jan|Feb|Aug|Sept|Oct|Nov|Dec|[A-Z])\.$"
)
END = re.compile(r"[.!?]+[\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z0-9•])")
LINK_WORDS = re.compile(
    r"(?:read|learn|find out|see|watch|click|download|view|sign up|donate|share|print|skip to|in this article)\b.{0,40}",
    re.IGNORECASE,
)
MARKUP = re.compile(r"<(?:!doctype html|html|body|head|script|style|table|p|div|h[1-6]|ul|ol|article|section)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """One sentence as it stands on the page; `paragraph` and `number` count from 1 within its section."""

    section: str
    paragraph: int
    number: int
    text: str


@dataclass(frozen=True)
class Page:
    """What a page says, in its order."""

    title: str
    sentences: tuple[Sentence, ...] = field(default_factory=tuple)

    @property
    def text(self) -> str:
        return "\n".join(sentence.text for sentence in self.sentences)


def read_page(content: str) -> Page:
    """Return the sentences of a page given as HTML or as plain text. Raises Refusal: too_long, empty."""
    if len(content.encode("utf-8", "replace")) > LARGEST:
        raise Refusal("too_long", field="page")
    blocks = list(_blocks_of_html(content) if _is_html(content) else _blocks_of_text(content))
    title = next((text for is_heading, text in blocks if is_heading and not LINK_WORDS.fullmatch(text)), "")
    sentences = tuple(_sentences(blocks))
    if not sentences:
        raise Refusal("empty", field="page")
    if len(sentences) > MOST_SENTENCES:
        raise Refusal("too_long", field="page")
    return Page(title, sentences)


def split(text: str) -> list[str]:
    """Cut a paragraph into its sentences."""
    found: list[str] = []
    start = 0
    for end in END.finditer(text):
        piece = text[start : end.end()].strip()
        if not SHORT_FORMS.search(piece):
            found.append(piece)
            start = end.end()
    found.append(text[start:].strip())
    return [piece for piece in found if piece]


def _is_html(content: str) -> bool:
    return (
        re.search(
            r"<(?:!doctype html|html|body|head|script|style|table|p|div|h[1-6]|ul|ol|article|section)\b",
            content[:20_000],
            re.IGNORECASE,
        )
        is not None
    )


def _blocks_of_html(content: str) -> Iterator[tuple[bool, str]]:
    """Yield whether it is a heading, and the text, of each block; what is nested too deep or is no page gives nothing."""
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree = html.document_fromstring(_clean(content), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise Refusal("invalid", field="page") from None
    etree.strip_elements(tree, *AROUND, with_tail=False)
    yield from _of_element(tree)


def _of_element(tree: html.HtmlElement) -> Iterator[tuple[bool, str]]:
    """Walk without recursion: a page can be nested deeper than Python's stack."""
    words: list[str] = []
    heading = False
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag
        is_block = tag in BLOCKS or tag in HEADINGS or tag == "br"
        if is_block and "".join(words).strip():
            yield heading, _tidy("".join(words))
        if is_block:
            words = []
            heading = event == "start" and tag in HEADINGS
        words.append((element.text if event == "start" else element.tail) or "")
    if "".join(words).strip():
        yield False, _tidy("".join(words))


def _blocks_of_text(content: str) -> Iterator[tuple[bool, str]]:
    """Yield the lines of a plain text: a short one of its own without an end is a heading."""
    for part in re.split(r"\n\s*\n", _clean(content)):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        if len(lines) == 1 and _looks_like_heading(lines[0]):
            yield True, _tidy(lines[0])
            continue
        for line in lines:
            yield False, _tidy(line)


def _looks_like_heading(line: str) -> bool:
    ends = re.search(r"[.!?:;,]$", line) is not None
    return len(line.split()) <= MOST_TITLE_WORDS and not ends and not BULLET.match(line) and line[:1].isupper()


def _sentences(blocks: list[tuple[bool, str]]) -> Iterator[Sentence]:
    section, paragraph = TOP, 0
    for is_heading, text in blocks:
        if is_heading and not LINK_WORDS.fullmatch(text):
            section, paragraph = text[:200], 0
            continue
        if is_heading or LINK_WORDS.fullmatch(text):
            continue
        paragraph += 1
        for number, piece in enumerate(split(BULLET.sub("", text)), 1):
            yield Sentence(section, paragraph, number, piece[:LONGEST_SENTENCE])


def _clean(content: str) -> str:
    """Return the text without what no page needs: control characters, lone surrogates, a byte order mark."""
    content = content.encode("utf-8", "replace").decode("utf-8").replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unicodedata.normalize("NFC", content) if c in "\n\t" or unicodedata.category(c)[0] != "C")


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()
