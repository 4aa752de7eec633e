"""What e-mail addresses look like, also where they are spelled out to get past a machine."""

# A pattern in one piece is easier to follow than one that is cut at a column.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

SURE_TLD = r"(?:com|org|net|edu|gov|con|cim|cmo|ocm|vom|comm|ogr|nte|couk)"
TLD = r"(?:com|con|cim|cmo|ocm|vom|comm|ogr|nte|couk|org|net|edu|gov|mil|info|me|io|us|uk|ca|au|de|fr|es|mx|it|nl|ie|nz|in|biz|health|co)"
PROVIDER = (
    r"(?:g\s?mail|googlemail|yahoo|hot\s?mail|out\s?look|i\s?cloud|aol|proton\s?mail|proton|msn|comcast|verizon|att|ymail|rocketmail|"
    r"gmx|zoho|gmial|gmai|gamil|gmal|gnail|yaho|yahooo|hotmial|hotmal|outlok|iclod|fast\s?mail|hushmail|tutanota|mail|live|cox|charter|earthlink|sbcglobal|bellsouth|frontier|juno|optonline|roadrunner)"
)
OPEN, CLOSE = r"[(\[{<*\"'/_|~.\-]{1,2}\s?", r"\s?[)\]}>*\"'/_|~.\-]{1,2}"
DOT = rf"(?:\.(?!\s)|\s?[.,]\s?(?={SURE_TLD}\b)|\s+(?:dot|punto|punkt)\s+|\s+(?:point|period)\s+(?={SURE_TLD}\b)|\s?{OPEN}(?:dot|punto|\.){CLOSE}\s?)"
LOCAL = r"[\w+%'.\-]{1,64}(?:\s(?:dot|underscore|under score|dash|hyphen|plus|punto|guion bajo)\s[\w+%'.\-]{1,40}){0,4}"
AT_SIGN = re.compile(
    rf"(?<![\w+%'.\-])[\w+%'.\-]{{1,64}}\s{{0,2}}@{{1,3}}\s{{0,2}}[\w\-]{{1,63}}"
    rf"(?:(?:\.{{1,3}}[\w\-]{{1,63}}){{1,5}}|(?:\s?[.,]\s?{TLD}\b){{1,2}}|(?:\s+dot\s+\w{{2,10}}){{1,3}}|\s{{1,2}}{SURE_TLD}\b)?",
    re.IGNORECASE,
)
AT_WORD = rf"\s{{0,3}}(?:{OPEN}(?:at|a|arroba|@){CLOSE}|(?<=[\s])(?:at|arroba|chiocciola)(?=[\s]))\s{{0,3}}"
SPELLED = re.compile(
    rf"(?<![\w+%'.\-])({LOCAL}){AT_WORD}((?:{PROVIDER}|[\w\-]{{1,40}}(?:\s(?:dash|hyphen)\s[\w\-]{{1,40}}){{0,2}}){DOT}{TLD}(?:{DOT}{TLD})?|{PROVIDER})(?![\w])",
    re.IGNORECASE,
)
BRACKETED = re.compile(rf"{OPEN}(?:at|a|arroba|@){CLOSE}", re.IGNORECASE)
GLUED = re.compile(
    rf"(?<![\w.+\-])[a-z0-9._+\-]{{2,64}}AT[a-z0-9\-]{{2,40}}DOT[a-z]{{2,6}}\b|(?<![\w@.+/\-])(?!www)[\w.+\-#!&*]{{1,64}}(?<=[\w#!&*])"
    rf"(?:g\s?mail|yahoo|hotmail|outlook|icloud|googlemail|protonmail)\s?\.\s?{SURE_TLD}\b|\"[^\"\n@]{{1,40}}\"@[\w.\-]{{1,80}}",
)
ACCOUNT = re.compile(
    r"\b(?:g-?mail|yahoo|hotmail|outlook|icloud|aol|e-?mail)(?:\s+(?:address|account|id|name|username|user)){0,2}(?:'s|\s+is|:|\s*=)\s{0,3}(?P<value>(?=[a-z._+\-]{0,40}[\d_])[\w.+\-]{3,64})|"
    r"\b(?:id|account|name|address)\s+(?:at|on|with)\s+(?:g-?mail|yahoo|hotmail|outlook|icloud|aol)\s+is\s+(?P<name>[\w.+\-]{3,64})",
    re.IGNORECASE,
)
# Words before the part that was found, which belong to it: "my e-mail is jane m doe at …", or letters one by one.
MORE_WORDS = re.compile(
    r"(?:mail|correo|address|contact|write)[\w\-]*(?:\s+(?:me|address|is|es|at|to)\b|\s?[:=])+\s{1,3}((?:[\w.'\-]{1,30}\s){1,3})$",
    re.IGNORECASE,
)
LETTERS = re.compile(r"((?:(?<!\w)\w\s){2,40}|(?:(?<![\w\-])[\w\-]{1,30}\s[._]\s?){1,3})$")
HANDLE = re.compile(r"\S+\s+@[^\s.]+")
WITH_TLD = re.compile(rf"{DOT}{TLD}$", re.IGNORECASE)
NOT_A_NAME = frozenset(
    """look looking looked read reading saw see seen found find is was are it page pages site website here out available information
    info id account address mail email name user more posted published online article research money work works working event meeting visit only and or be up us report me
    you them donate learn link stay live him her there""".split()
)
MAIL_CUE = re.compile(
    r"e-?mail|\bmail\b|contact|reach|write|correo|address is|g\s?mail|yahoo|hot\s?mail|outlook|icloud|aol|proton", re.IGNORECASE
)
OWN_SITE = re.compile(r"national\s?ms\s?society|nmss|clinicaltrials|progressivemsalliance", re.IGNORECASE)


def emails(text: str) -> Iterator[Span]:
    for match in GLUED.finditer(text):
        yield (*match.span(), "e-mail")
    for match in ACCOUNT.finditer(text):
        yield (*match.span("value" if match["value"] else "name"), "e-mail")
    if "@" in text:
        for match in AT_SIGN.finditer(text):
            if HANDLE.fullmatch(match[0]) and re.split(r"\s", match[0])[0].lower() in NOT_A_NAME:
                continue  # "follow me @jane"
            yield (_first(text, match.start()), match.end(), "e-mail")
    for match in SPELLED.finditer(text):
        if _is_mail(text, match):
            yield (_first(text, match.start()), match.end(), "e-mail")


def _first(text: str, start: int) -> int:
    """Return where the address begins, if words or single letters before the match belong to it."""
    before = text[max(0, start - 80) : start]
    found = LETTERS.search(before) or MORE_WORDS.search(before)
    return start - len(found[1]) if found else start


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
