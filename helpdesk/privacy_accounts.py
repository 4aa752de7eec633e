"""Names of accounts, passwords, pages with a person's name, and addresses of machines."""

# A pattern in one piece is easier to follow than one that is cut at a column.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

OWN_SITE = re.compile(r"nationalmssociety|nmss|mssociety|clinicaltrials|progressivemsalliance|nih\.gov|nhs\.uk", re.IGNORECASE)
SOCIAL = (
    r"(?:facebook|fb|instagram|linkedin|twitter|x|tiktok|reddit|youtube|github|threads|snapchat|pinterest|tumblr|medium|caringbridge|gofundme|"
    r"venmo|paypal|cash|t|wa|linktr|strava|bsky|patreon)\.(?:com|org|me|app|ee|net|social)"
)
PAGE = re.compile(rf"(?<![\w@.])(?:https?://)?(?:[\w\-]{{1,20}}\.){{0,2}}{SOCIAL}/[^\s<>\"]{{2,300}}", re.IGNORECASE)
LINK = re.compile(r"(?<![\w@.])(?:https?://|www\.)[^\s<>\"]{3,500}", re.IGNORECASE)
OF_A_PERSON = re.compile(
    r"user|name|mail|/u/|/in/|~|@|profile|token|login|session|account|patient|/people/|wordpress|blogspot|substack|wixsite|weebly|\x01",
    re.IGNORECASE,
)
SAID_MINE = re.compile(
    r"\b(?:my|our|his|her)\s+(?:own\s+|web\s?|personal\s+)?(?:blog|site|website|page|profile|link|homepage|url|fundraiser)\b.{0,12}$",
    re.IGNORECASE,
)
MINE = re.compile(
    r"\b(?:my|our|his|her)\s+(?:own\s+|personal\s+)?(?:blog|site|website|page|profile|homepage|url|fundraiser)(?:\s+is|'s|:)(?:\s+at)?\s{1,3}(?P<value>(?:[\w\-]{1,40}\.){1,4}[a-z]{2,10}(?:/\S{0,100})?)",
    re.IGNORECASE,
)
HANDLE = re.compile(
    r"(?<![\w@./])@(?!(?:home|work|night|noon|least|all|any|the|once|first|last|nmss|ms|mssociety\w*|nationalms\w*)\b)[a-z_][\w.\-]{2,40}(?<![.\-])",
    re.IGNORECASE,
)
REDDIT = re.compile(r"(?<![\w/])/?u/(?P<value>[\w\-]{3,30})")
LOGIN = re.compile(
    r"\b(?:handle|user\s?-?name|user\s?-?id|login(?:\s+(?:name|id))?|screen\s?-?name|nick\s?name|gamer\s?tag|account\s+name)(?:\s+(?:on|at|for|there)(?:\s+\w{2,12}){0,2})?(?:(?:'s|\s+is|\s*[:=])\s{0,3}|\s+(?=[a-z_.\-]{0,40}\d))(?P<value>@?[\w.#:\-]{3,40})",
    re.IGNORECASE,
)
PLATFORM = re.compile(
    r"\b(?:discord|skype|insta(?:gram)?|ig|snap(?:chat)?|twitter|tiktok|telegram|venmo|pay\s?pal|cash\s?app|zelle|reddit|facebook|fb|face\s?time|zoom|messenger|signal|psn|xbox|steam|teams)"
    r"(?:\s+(?:name|id|handle|account|user|username|tag|me|add\s+me|it's|is|as|at)){0,3}[\s:=,@]{1,3}(?P<value>(?=[\w.:#$\-]{0,39}[\d_.#:$\-])[\w.:#$\-]{4,40})",
    re.IGNORECASE,
)
PASSWORD = re.compile(
    r"\b(?:pass\s?words?|pass\s?code|passwd|pwd|pass\s?phrase|contraseña)(?:\s+for\s+\w{2,15}(?:\s\w{2,15})?)?(?:'s|\s+is|\s+was|\s+es|\s*[:=])\s{0,3}(?P<value>\S{4,60})",
    re.IGNORECASE,
)
NOT_A_WORD = frozenset(
    """not the too very wrong lost gone expired forgotten incorrect invalid reset needed required blocked locked hacked being missing unknown
    what always never also just still case private secret there here this that they your mine none working broken weak strong taken""".split()
)
IP4 = re.compile(r"(?<![\d.\w])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d]|\.\d)")
IP6 = re.compile(
    r"(?<![\w:])(?:[0-9a-f]{1,4}:){1,7}(?::[0-9a-f]{0,4}){1,7}(?![\w:])|(?<![\w:])(?:[0-9a-f]{1,4}[:]){7}[0-9a-f]{1,4}(?![\w:])",
    re.IGNORECASE,
)
MAC = re.compile(r"(?<![\w:\-])(?:[0-9a-f]{2}[:\-]){5}[0-9a-f]{2}(?![\w:\-])", re.IGNORECASE)


def accounts(text: str) -> Iterator[Span]:
    """Find what an account, a page or a machine of one's own is called."""
    yield from _links(text)
    for pattern in (IP4, IP6, MAC):
        for match in pattern.finditer(text):
            yield (*match.span(), "number")
    for match in HANDLE.finditer(text):
        yield (*match.span(), "account")
    for pattern in (REDDIT, LOGIN, PLATFORM, PASSWORD):
        for match in pattern.finditer(text):
            value = match["value"].rstrip(".,;:!?") if pattern is not PASSWORD else match["value"].rstrip(".,;")
            if value.lower() not in NOT_A_WORD and not re.fullmatch(r"\d{1,3}|\d+%|\w+'t", value):
                yield (match.start("value"), match.start("value") + len(value), "account")


def _links(text: str) -> Iterator[Span]:
    for match in PAGE.finditer(text):
        yield (*_trimmed(match), "web address")
    for match in MINE.finditer(text):
        if not OWN_SITE.search(match[0]):
            yield (*match.span("value"), "web address")
    for match in LINK.finditer(text):
        if not OWN_SITE.search(match[0]) and (
            OF_A_PERSON.search(match[0]) or SAID_MINE.search(text[max(0, match.start() - 60) : match.start()])
        ):
            yield (*_trimmed(match), "web address")


def _trimmed(match: re.Match[str]) -> tuple[int, int]:
    return match.start(), match.start() + len(match[0].rstrip(".,;:!?)'"))
