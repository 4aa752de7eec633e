"""What stays as it is, and the numbers that a word before them gives away."""

# A pattern in one piece is easier to follow than one that is cut at a column.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

# ---- what stays ------------------------------------------------------------------------------------------------
OWN_LINE = re.compile(
    r"(?<![\d])\+?(?:1[\s.\-/()]{0,3})?\(?800\)?[\s.\-/]{0,3}(?:344[\s.\-/]{0,3}4867|fight[\s.\-]?ms\b)(?!\d)", re.IGNORECASE
)
UNITS = (
    r"(?:mg|mcg|ug|g|kg|ml|l|iu|i\.u\.|units?|%|percent|per cent|people|persons?|patients?|participants?|subjects?|men|women|adults|"
    r"volunteers?|members?|cases|cells?|genes?|studies|trials?|countries|nations|sites?|cent(?:er|re)s|years?|yrs?|months?|weeks?|days?|"
    r"hours?|minutes?|miles?|km|steps|pounds|lbs?|dollars|usd|euros?|million|billion|thousand|hundred|calories|percent|times|pages?)"
)
# Tests and trials whose names look like a postcode or a number.
TERM = re.compile(r"\b(?:T25[ -]?FWT?|(?:T-?)?25[ -]?FWT?|9[ -]?HPT|NCT\s?\d{8}|BAF[ -]?312)\b", re.IGNORECASE)
HARMLESS = (
    re.compile(r"[$€£]\s?\d[\d,. ]{0,20}\d|[$€£]\s?\d"),
    re.compile(r"(?<![\d.\-])(?:\d{1,4}[ \-–]{1,3}){0,5}\d{1,6}\s?\+?\s?" + UNITS + r"(?![a-z])", re.IGNORECASE),
    re.compile(r"(?<![\d\-/.])\d{1,3}(?:,\d{3})+(?![\d,])"),
    re.compile(r"(?<![\d\-/.])(?:0?[1-9]|[12]\d|3[01])[/.\-](?:0?[1-9]|[12]\d|3[01])[/.\-](?:19|20)?\d\d(?![\d\-/])"),
    re.compile(r"(?<![\d\-/.])(?:19|20)\d\d[/.\-](?:0?[1-9]|1[0-2])[/.\-](?:0?[1-9]|[12]\d|3[01])(?![\d\-/])"),
    re.compile(r"(?<![\d\-/.(])(?:19|20)\d\d(?:\s?(?:-|/|to|and|,|or)\s?(?:19|20)\d\d){1,5}(?![\d\-/])"),
    re.compile(r"\b(?:MS|B|CD|EDSS|IL|HLA|DRB1|SF|UK|PPMS|SPMS|RRMS|COVID|H)[- ]?\d{1,3}(?:\.\d)?\b(?![ -]\d{2})"),
)

# ---- labelled numbers ------------------------------------------------------------------------------------------
FILL = r"[\s:=#.,\-]{0,4}(?:(?:is|it's|its|are|was|es|number|no\.?|num|nr\.?|id|of|mine|my|#|ends? (?:in|with)|ending in|card)\b[\s:=#.,\-]{0,4}){0,3}"
DIGITS = r"(?P<value>\d(?:[\s.\-/]{0,3}\d){3,24})"
SHORT_VALUE = r"(?P<value>[a-z0-9\-]{0,12}\d[a-z0-9]{0,12}(?:[\-\s]?\d[a-z0-9]{0,8}){0,6})\b"
VALUE = r"(?P<value>(?:(?-i:[A-Z]{1,6})[\s\-])?[a-z]{0,8}[\-/]?\d[a-z0-9]{0,24}(?:[\s\-./]{1,2}(?:[a-z]{0,4}\d[a-z0-9]{0,12}|(?-i:(?!(?:I|A|MS|AND|IS)\b)[A-Z]{1,4}(?![A-Za-z])))){0,7})(?!\w)"
IS = r"[\s:=#.,\-]{0,4}(?:(?:is|it's|its|are|was|es|number|no\.?|num|nr\.?|id|code|mine|my)\b[\s:=#.,\-]{0,4}){0,3}"
LABELS = (
    (
        re.compile(
            rf"\b(?:medicare|medicaid|passport|driver'?s?'?\s+licen[cs]e|driving\s+licen[cs]e|licen[cs]e|mrn|va\s+file|(?:national\s+insurance|ni)(?=\s+n)|nino|pps(?:n|\s+n\w*)|bsn|itin|ein|tin|"
            rf"eircode|(?:licen[cs]e|number)\s+plates?|plates?(?=\s+(?:is|number|no)\b|:)|(?:car\s+)?registration(?=\s+n|:|\s+is)|vin|tax\s+id|(?:insurance|health|member|subscriber)\s+(?:id|card|no)|policy|claim)\b{IS}{VALUE}",
            re.IGNORECASE,
        ),
        "record number",
    ),
    (
        re.compile(
            rf"\b(?:hospital|clinic|file|folder|subject|participant|enrol+ment|order|ticket|tracking|employee|student|badge|military|service|beneficiary|user|customer|donor|registry|"
            rf"referral|invoice|booking|appointment|device|serial|visa|driver'?s?\s+licen[cs]e|plate|vehicle|policy|group|insurance|patient|record|member|file|claim|case|study\s+id)\s*(?:number|no\b\.?|nr\b\.?|id|#){IS}{VALUE}",
            re.IGNORECASE,
        ),
        "record number",
    ),
    (
        re.compile(
            rf"\b(?:aetna|cigna|blue\s?cross|kaiser|humana|united\s?health\w*|anthem|tricare|bcbs|bupa|hmo|ppo)(?:\s+(?:member|group|policy|plan|id|card|number|no\b|blue\s+shield)){{0,3}}{IS}{VALUE}",
            re.IGNORECASE,
        ),
        "record number",
    ),
    (re.compile(r"\bsort\s+code(?:\s+is|:)?\s{0,3}(?P<value>\d\d[\s\-]?\d\d[\s\-]?\d\d)(?!\d)", re.IGNORECASE), "card"),
    (
        re.compile(
            r"\b(?:card|visa|master\s?card|amex)\b[^.\n]{0,50}\bcode(?:\s+is|:)?\s{1,3}(?P<value>\d{3,4})(?!\d)", re.IGNORECASE
        ),
        "card",
    ),
    (re.compile(r"\b(?P<value>[A-CEGHJ-PR-TW-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D])\b"), "record number"),
    (re.compile(r"\b(?P<value>[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?)\b"), "card"),
    (
        re.compile(
            r"\biban\b[\s:]{0,3}(?:[a-z]{2}:?\s)?(?P<value>[a-z]{2}\s?\d{2}(?:[\s\-]?[a-z0-9]{1,4}){3,8})\b", re.IGNORECASE
        ),
        "card",
    ),
    (
        re.compile(
            r"\b(?:exp(?:iry|ire[sd]?|iration|iring)?|valid\s+(?:thru|through|until|till|to)|good\s+(?:thru|through))\b\.?(?:\s+date)?[\s:=]{0,3}(?:(?:is|in|on)\s+)?(?P<value>\d{1,2}\s?[/\-. ]\s?(?:20)?\d\d)(?!\d)",
            re.IGNORECASE,
        ),
        "card",
    ),
    (
        re.compile(r"\b(?:digits|numbers?|code)\s+on\s+(?:the|its|my)\s+back\b\D{0,15}(?P<value>\d{3,4})(?!\d)", re.IGNORECASE),
        "card",
    ),
    (
        re.compile(
            r"\b(?:last|final)\s+(?:four|4)\b(?:\s+(?:digits|numbers|nos))?(?:\s+(?:of|on|in)\s+(?:my|the|his|her)\s+\w{2,10}(?:\s+\w{2,10})?)?\s*(?:are|is|:|=|being)?\s{0,2}(?P<value>\d{4})(?!\d)",
            re.IGNORECASE,
        ),
        "social security number",
    ),
    (
        re.compile(
            rf"\b(?:ssn|s\.s\.n\.?|social\s+security|(?:my|his|her)\s+social|social(?=\s+(?:number|is|no\b|#)|:)|soc\.?\s+sec|ss(?=\s?(?:#|n|no)))\b{FILL}{DIGITS}",
            re.IGNORECASE,
        ),
        "social security number",
    ),
    (
        re.compile(rf"\b(?:last\s+(?:four|4)(?:\s+digits)?\s+of\s+my\s+(?:social|ssn|card))\b{FILL}{DIGITS}", re.IGNORECASE),
        "social security number",
    ),
    (
        re.compile(
            rf"\b(?:mrn|m\.r\.n\.?|npi|mbi|hicn|med(?:ical|\.)?\s+rec(?:ord|\.)?|mr\s+(?:number|no\.?|#)|insurance\s+policy|(?:medical\s+|hospital\s+|health\s+)?(?:record|chart|patient|member|"
            rf"subscriber|policy|insurance|medicare|medicaid|claim|account|acct|passport|license|licence|driver'?s\s+licen[cs]e|"
            rf"case|reference|ref|nhs|group|plan|confirmation|prescription|rx|va\s+file|health\s+card)(?:'s)?[\s\-]*(?:card\s*)?"
            rf"(?:numbers?|nos?\.|no\b|id|i\.d\.|num|nr\.?|#)|(?:medicare|medicaid|passport|patient\s+id|member\s+id|id)(?=[\s:#]+(?:is\s+|number\s+)?[a-z]{{0,3}}-?\d{{4}}))"
            rf"(?:'s)?{FILL}{SHORT_VALUE}",
            re.IGNORECASE,
        ),
        "record number",
    ),
    (
        re.compile(
            rf"\b(?:cvv2?|cvc|security\s+code|card\s+code|pin(?:\s+(?:code|number))?)\b{FILL}(?P<value>\d{{3,8}})\b",
            re.IGNORECASE,
        ),
        "card",
    ),
    (
        re.compile(
            rf"\b(?:credit|debit|visa|master\s?card|amex|card|account|routing|iban)\b(?:\s+card)?\s*(?:number|no\.?|#|is|:|end(?:s|ing)(?:\s+(?:in|with))?){FILL}(?P<value>[a-z]{{0,2}}\d(?:[\s.\-]{{0,2}}\d){{3,22}})\b",
            re.IGNORECASE,
        ),
        "card",
    ),
    (
        re.compile(
            r"\b(?P<value>[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d\d)\b",
            re.IGNORECASE,
        ),
        "record number",
    ),
    (
        re.compile(
            r"(?<![\d\-])(?P<value>\d{3}[- .]\d{2}[- .]\d{4}|(?:\*{3}|x{3})[- .](?:\*{2}|x{2})[- .]\d{4})(?![\d\-])",
            re.IGNORECASE,
        ),
        "social security number",
    ),
)
# What follows a card's number: when it ends, and its code.
CARD_TAIL = re.compile(
    r"(?:\s?/\s?\d\d(?:\d\d)?|[\s,;]{1,3}(?:exp\w*[\s:.]{1,3})?\d\d?/\d\d(?:\d\d)?)(?:[\s,;]{1,3}(?:cv[vc]\s)?\d{3,4}(?![\w.]))?",
    re.IGNORECASE,
)
SHORT_LABEL = re.compile(r"licen[cs]e\s+plate|number\s+plate|plate|(?:car\s+)?registration|eircode", re.IGNORECASE)
SURE_LABEL = re.compile(r"mrn|m\.r\.n|med|record|chart", re.IGNORECASE)
# A number after words that announce a phone, however short.
PHONE_CUE = re.compile(
    r"\b(?:(?:phone|cell|mobile|tel|telephone|fax|landline|home|work|office|whatsapp|contact|call(?:back)?)(?:\s+(?:phone|number|no\.?|#))?(?:'s|\s+is|\s+number\s+is|:|\s*#|\s+es|\s*=)|"
    r"(?:my|his|her|our|their)\s+(?:new\s+)?(?:phone|cell|mobile|number|no\.?|landline|digits)(?:\s+number)?(?:'s|\s+is|:)?|"
    r"(?:call|text|phone|ring|reach|dial|contact|fax|llam[ae]me)(?:\s+(?:me|us|him|her|them|my\s+\w+|back))*\s+(?:(?:back\s+)?(?:at|on|to|al|@))|tel[.:]|ph[.:]|telefono|número\s+es|numero\s+es)"
    r"[\s:=,]{0,3}(?P<value>\(?\+?\d(?:[\s.\-/()]{0,3}\d){4,18}(?:\s*(?:x|ext\.?|extension)\s*\d{1,6})?)(?!\d)",
    re.IGNORECASE,
)
KEEP_DIGITS = frozenset(("911", "988", "211", "18003444867", "8003444867"))


def own_lines(text: str) -> Iterator[Span]:
    for pattern in (OWN_LINE, TERM):
        for match in pattern.finditer(text):
            yield (*match.span(), "")


def harmless(text: str) -> Iterator[Span]:
    for pattern in HARMLESS:
        for match in pattern.finditer(text):
            yield (*match.span(), "")


def _least(kind: str, found: str) -> int:
    """Return how many digits it needs: a year or a count may follow such a word too."""
    if SHORT_LABEL.match(found):
        return 2
    return 3 if kind != "record number" or SURE_LABEL.match(found) else 4


def labelled_numbers(text: str) -> Iterator[Span]:
    for pattern, kind in LABELS:
        for match in pattern.finditer(text):
            if len(re.findall(r"\d", match["value"])) >= _least(kind, match[0]):
                end = match.end("value")
                tail = CARD_TAIL.match(text, end) if kind == "card" and end - match.start("value") > 12 else None
                yield (match.start("value"), tail.end() if tail else end, kind)
    for match in PHONE_CUE.finditer(text):
        if re.sub(r"\D", "", match["value"]) not in KEEP_DIGITS:
            yield (*match.span("value"), "phone")
