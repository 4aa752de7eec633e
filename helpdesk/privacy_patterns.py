"""What personal details look like when words give them away: e-mails, labelled numbers, birth dates."""

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
HARMLESS = (
    re.compile(r"\bNCT\s?\d{8}\b", re.IGNORECASE),
    re.compile(r"[$€£]\s?\d[\d,. ]{0,20}\d|[$€£]\s?\d"),
    re.compile(r"(?<![\d.\-])(?:\d{1,4}[ \-–]{1,3}){0,5}\d{1,6}\s?\+?\s?" + UNITS + r"(?![a-z])", re.IGNORECASE),
    re.compile(r"(?<![\d\-/.])\d{1,3}(?:,\d{3})+(?![\d,])"),
    re.compile(r"(?<![\d\-/.])(?:0?[1-9]|[12]\d|3[01])[/.\-](?:0?[1-9]|[12]\d|3[01])[/.\-](?:19|20)?\d\d(?![\d\-/])"),
    re.compile(r"(?<![\d\-/.])(?:19|20)\d\d[/.\-](?:0?[1-9]|1[0-2])[/.\-](?:0?[1-9]|[12]\d|3[01])(?![\d\-/])"),
    re.compile(r"(?<![\d\-/.(])(?:19|20)\d\d(?:\s?(?:-|/|to|and|,|or)\s?(?:19|20)\d\d){1,5}(?![\d\-/])"),
    re.compile(r"\b(?:MS|B|CD|EDSS|IL|HLA|DRB1|SF|UK|PPMS|SPMS|RRMS|COVID|H)[- ]?\d{1,3}(?:\.\d)?\b(?![ -]\d{2})"),
)

# ---- e-mails ---------------------------------------------------------------------------------------------------
TLD = r"(?:com|org|net|edu|gov|mil|info|me|io|us|uk|ca|au|de|fr|es|mx|it|nl|ie|nz|in|biz|health|co)"
PROVIDER = (
    r"(?:g\s?mail|googlemail|yahoo|hot\s?mail|out\s?look|i\s?cloud|aol|proton\s?mail|proton|msn|comcast|verizon|att|ymail|rocketmail|"
    r"gmx|zoho|fast\s?mail|hushmail|tutanota|mail|live|cox|charter|earthlink|sbcglobal|bellsouth|frontier|juno|optonline|roadrunner)"
)
DOT = r"(?:\s?\.\s?|\s?,\s?|\s+dot\s+|\s?[(\[]\s?dot\s?[)\]]\s?|\s+punto\s+)"
LOCAL = r"[\w+%'.\-]{1,64}(?:\s(?:dot|underscore|under score|dash|hyphen|plus|punto|guion bajo)\s[\w+%'.\-]{1,40}){0,4}"
AT_SIGN = re.compile(
    rf"(?<![\w+%'.\-])[\w+%'.\-]{{1,64}}\s{{0,2}}@{{1,3}}\s{{0,2}}[\w\-]{{1,63}}"
    rf"(?:(?:\.[\w\-]{{1,63}}){{1,5}}|(?:\s?[.,]\s?{TLD}\b){{1,2}}|(?:\s+dot\s+\w{{2,10}}){{1,3}})?",
    re.IGNORECASE,
)
AT_WORD = r"\s{0,3}(?:[(\[{<]\s?(?:at|arroba|@)\s?[)\]}>]|(?<=[\s])(?:at|arroba)(?=[\s]))\s{0,3}"
SPELLED = re.compile(
    rf"(?<![\w+%'.\-])({LOCAL}){AT_WORD}((?:{PROVIDER}|[\w\-]{{1,40}}){DOT}{TLD}(?:{DOT}{TLD})?|{PROVIDER})(?![\w])",
    re.IGNORECASE,
)
BRACKETED = re.compile(r"[(\[{<]\s?(?:at|arroba|@)\s?[)\]}>]", re.IGNORECASE)
WITH_TLD = re.compile(rf"{DOT}{TLD}$", re.IGNORECASE)
NOT_A_NAME = frozenset(
    """look looking looked read reading saw see seen found find is was are it page pages site website here out available information
    info more posted published online article research money work works working event meeting visit only and or be up us report me
    you them donate learn link stay live him her there""".split()
)
MAIL_CUE = re.compile(
    r"e-?mail|\bmail\b|contact|reach|write|correo|address is|g\s?mail|yahoo|hot\s?mail|outlook|icloud|aol|proton", re.IGNORECASE
)
OWN_SITE = re.compile(r"national\s?ms\s?society|nmss|clinicaltrials|progressivemsalliance", re.IGNORECASE)

# ---- labelled numbers ------------------------------------------------------------------------------------------
FILL = r"[\s:=#.,\-]{0,4}(?:(?:is|it's|its|are|was|es|number|no\.?|num|nr\.?|id|of|mine|my|#|ends? (?:in|with)|ending in|card)\b[\s:=#.,\-]{0,4}){0,3}"
DIGITS = r"(?P<value>\d(?:[\s.\-/]{0,3}\d){3,24})"
SHORT_VALUE = r"(?P<value>[a-z0-9\-]{0,12}\d[a-z0-9]{0,12}(?:[\-\s]?\d[a-z0-9]{0,8}){0,6})\b"
LABELS = (
    (
        re.compile(
            rf"\b(?:ssn|s\.s\.n\.?|social\s+security|my\s+social|social(?=\s+(?:number|is|no\b|#)|:)|soc\.?\s+sec|ss(?=\s?(?:#|n|no)))\b{FILL}{DIGITS}",
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
            rf"\b(?:credit|debit|visa|master\s?card|amex|card|account|routing|iban)\b(?:\s+card)?\s*(?:number|no\.?|#|is|:|end(?:s|ing)\s+(?:in|with)){FILL}(?P<value>[a-z]{{0,2}}\d(?:[\s.\-]{{0,2}}\d){{3,22}})\b",
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

# ---- birth dates -----------------------------------------------------------------------------------------------
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
    rf"(?:the\s+)?{DAY}\s*(?:of|de)?\s*{MONTH}(?:\s*(?:of|de|,)?\s*{YEAR})?|{MONTH}\s*(?:the\s+)?{DAY}\b(?:\s*,?\s*(?:of\s+|in\s+)?{YEAR})?|{MONTH}\s*,?\s*(?:of\s+)?(?:19|20)\d\d|"
    rf"\d{{1,2}}[\s\-](?:{MONTH})[\s\-](?:19|20)?\d\d)"
)
BORN = r"(?:born|d\.?\s?o\.?\s?b\b\.?|date\s+of\s+birth|birth\s?-?\s?date|birth\s?-?day|b-?day|nac[ií]\w*|fecha\s+de\s+nacimiento|cumple\w*)"
BORN_THEN = re.compile(
    rf"\b{BORN}(?:[\s:=,.\-]+(?:on|is|was|in|it's|its|my|the|el|es|being|falls|sunday|monday|tuesday|wednesday|thursday|friday|saturday)\b){{0,4}}[\s:=,.\-(]{{0,4}}(?P<value>{DATE})",
    re.IGNORECASE,
)
DATE_THEN = re.compile(
    rf"(?<![\w/])(?P<value>{DATE})[\s,.\-(]{{0,3}}(?:(?:is|was|being|as)\s+)?(?:(?:my|his|her|our|the)\s+)?(?:\w+'s\s+)?(?:{BORN})",
    re.IGNORECASE,
)
OLD_DATE = re.compile(
    r"(?<![\d/.\-])(?P<value>\d{1,2}[/.\-]\d{1,2}[/.\-](?:19[0-9]\d|200\d)|(?:19[0-9]\d|200\d)[/\-]\d{1,2}[/\-]\d{1,2})(?![\d/\-])"
)
EVENT = re.compile(
    r"diagnos|since|start|began|appoint|onset|relaps|attack|\bmri|surg|married|trial|stud|approv|publish|died|quit|first|symptom|page|article|report",
    re.IGNORECASE,
)


def own_lines(text: str) -> Iterator[Span]:
    for match in OWN_LINE.finditer(text):
        yield (*match.span(), "")


def harmless(text: str) -> Iterator[Span]:
    for pattern in HARMLESS:
        for match in pattern.finditer(text):
            yield (*match.span(), "")


def emails(text: str) -> Iterator[Span]:
    if "@" in text:
        for match in AT_SIGN.finditer(text):
            yield (*match.span(), "e-mail")
    for match in SPELLED.finditer(text):
        if _is_mail(text, match):
            yield (*match.span(), "e-mail")


def _is_mail(text: str, match: re.Match[str]) -> bool:
    local, domain = match[1].lower(), match[2]
    if BRACKETED.search(match[0]):
        return True
    if OWN_SITE.search(domain):
        return False
    told = bool(MAIL_CUE.search(domain) or MAIL_CUE.search(text[max(0, match.start() - 60) : match.start()]))
    if not WITH_TLD.search(domain) and not told:
        return False
    return told or local not in NOT_A_NAME


def labelled_numbers(text: str) -> Iterator[Span]:
    for pattern, kind in LABELS:
        for match in pattern.finditer(text):
            if len(re.findall(r"\d", match["value"])) >= (3 if kind != "record number" or SURE_LABEL.match(match[0]) else 4):
                yield (*match.span("value"), kind)
    for match in PHONE_CUE.finditer(text):
        if re.sub(r"\D", "", match["value"]) not in KEEP_DIGITS:
            yield (*match.span("value"), "phone")


def birth_dates(text: str) -> Iterator[Span]:
    for pattern in (BORN_THEN, DATE_THEN):
        for match in pattern.finditer(text):
            yield (*match.span("value"), "date of birth")
    for match in OLD_DATE.finditer(text):
        if not EVENT.search(text[max(0, match.start() - 50) : match.end() + 20]):
            yield (*match.span("value"), "date of birth")
