"""What a date of birth looks like, in figures and in words."""

# A pattern in one piece is easier to follow than one that is cut at a column.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

MONTH = (
    r"(?:(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|"
    r"apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?)"
)
DAY_WORD = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w{4,8}teenth|(?:twenty|thirty)[\s\-]?\w{0,7}|twentieth|thirtieth)"
YEAR_WORD = r"(?:(?:nineteen|twenty|two\s+thousand)(?:[\s\-]+(?:and\s+)?(?:oh\s+)?[a-z]{3,9}){0,2})"
DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{DAY_WORD})"
YEAR = rf"(?:(?:19|20)?\d\d|'\d\d|{YEAR_WORD})(?!\d)"
DATE = (
    rf"(?:\d{{1,4}}\s?[/.\-]\s?\d{{1,2}}\s?[/.\-]\s?\d{{1,4}}|\d{{1,2}}\s\d{{1,2}}\s(?:19|20)?\d\d\b|\d{{6}}(?:\d\d)?(?!\d)|\d{{1,2}}[/\-](?:19|20)?\d\d\b|"
    rf"(?:the\s+)?{DAY}\s*(?:of|de)?\s*{MONTH}(?:\s*(?:of|de|,)?\s*{YEAR})?|{MONTH}\s*(?:the\s+)?{DAY}\b(?:\s*,?\s*(?:of\s+|in\s+)?{YEAR})?|{MONTH}\s*,?\s*(?:of\s+)?(?:(?:19|20)\d\d|'\d\d\b)|"
    rf"(?:19|20)\d\d\s*,?\s*{MONTH}\s*\d{{1,2}}\b|\d{{1,2}}[\s\-](?:{MONTH})[\s\-](?:19|20)?\d\d)"
)
BORN = r"(?:born|d\.?\s?o\.?\s?b\b\.?|date\s+of\s+birth|birth\s?-?\s?date|birth\s?-?day|b'?-?day|nac[ií]\w*|fecha\s+de\s+nacimiento|cumple\w*)"
SAID = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{3,6}teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)"
BORN_THEN = re.compile(
    rf"\b{BORN}(?:'?s\b)?(?:[\s:=,.\-]+(?:on|is|was|in\s+(?!{MONTH})[a-z]{{3,20}}|in|it's|its|my|a|the|el|es|being|falls|comes|sunday|monday|tuesday|wednesday|thursday|friday|saturday)\b){{0,4}}[\s:=,.\-(]{{0,4}}(?P<value>{DATE}(?:T\d\d:\d\d(?::\d\d)?)?|(?:{SAID}[\s,\-]{{1,3}}){{2,7}}{SAID}\b)",
    re.IGNORECASE,
)
DATE_THEN = re.compile(
    rf"(?<![\w/])(?P<value>{DATE})[\s,.\-(]{{0,3}}(?:(?:is|was|being|as)\s+)?(?:(?:my|his|her|our|the)\s+)?(?:\w+'s\s+)?(?:{BORN})",
    re.IGNORECASE,
)
OLD_DATE = re.compile(
    r"(?<![\d/.\-])(?P<value>\d{1,2}[/.\-]\d{1,2}[/.\-](?:19[0-9]\d|200\d)|(?:19[0-9]\d|200\d)[/\-]\d{1,2}[/\-]\d{1,2}|(?<!\w)\d{1,2}(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}(?:19\d\d|200\d))(?![\d/\-])",
    re.IGNORECASE,
)
EVENT = re.compile(
    r"diagnos|since|start|began|appoint|onset|relaps|attack|\bmri|surg|married|trial|stud|approv|publish|died|quit|first|symptom|page|article|report",
    re.IGNORECASE,
)


def birth_dates(text: str) -> Iterator[Span]:
    for pattern in (BORN_THEN, DATE_THEN):
        for match in pattern.finditer(text):
            yield (*match.span("value"), "date of birth")
    for match in OLD_DATE.finditer(text):
        if not EVENT.search(text[max(0, match.start() - 50) : match.end() + 20]):
            yield (*match.span("value"), "date of birth")
