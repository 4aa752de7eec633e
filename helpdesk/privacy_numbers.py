"""Personal numbers that no word gives away: known by their digits and the way they are grouped."""

# A pattern in one piece is easier to follow than one that is cut at a column.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

Span = tuple[int, int, str]

OWN = frozenset(("18003444867", "8003444867", "911", "988", "211"))
RUN = re.compile(
    r"(?<![\w.,$€£])(?:\+\s?)?[(\[]?\d(?:(?:[\s\-/()\[\]_·*+=|~…•]{1,4}|\.(?!\s)|,(?=\d{3}(?!,?\d{3}(?!\d))\b))?\d){4,}(?![\d%])"
)
COMMAS = re.compile(r"(?<!\d)(?:\d\s?,\s?){6,}\d(?!\d)|(?<!\d)\d{3},\s?\d{3},\s?\d{4}(?!\d)")
SINGLES = re.compile(r"(?<![\d.])(?:\d[\s,;\-]{1,3}){6,18}\d(?![\d%])")
CARD_TAIL = re.compile(
    r"[\s,;]{1,3}(?:exp\w*[\s:.]{1,3})?\d\d?/\d\d(?:\d\d)?(?:[\s,;]{1,3}(?:cv[vc]\s)?\d{3,4}(?![\w.]))?", re.IGNORECASE
)
EXTENSION = re.compile(r"[\s,;]{0,3}(?:x|ext\.?|extension)\s{0,2}#?\d{1,6}(?!\w)", re.IGNORECASE)
LIKE = r"[\dOoIlSsBZ|]"
LOOKALIKES = re.compile(
    rf"(?<![\w\-])(?:\+?[1Il][\s.\-])?\(?{LIKE}{{3}}\)?[\s.\-/]?{LIKE}{{3}}[\s.\-/]?{LIKE}{{4}}(?![\w])|(?<![\w\-]){LIKE}{{3}}-{LIKE}{{4}}(?!\w)"
)
VANITY = re.compile(r"(?<![\w\-])(?:1[\-.])?\d{3}[\-.](?:[A-Z0-9]{3}[\-.]?[A-Z0-9]{4}|[A-Z]{4}[\-.][A-Z]{3}|[A-Z]{7})(?!\w)")
THEN = r"[\s.,;:\-]{0,3}(?:\b(?:and|then|it|is|it's|the|rest|last|end|ends|with|four|part|half|second|next|after|that|comes|followed|by|are|digits|was|in|my|of|number|finally|plus|goes|on)\b[\s.,;:\-]{1,3}){1,7}"
PIECES = re.compile(
    rf"(?<![\w$€£.,])(?P<first>\(?\d{{3}}\)?(?:[\s.\-]?\d{{3}})?)-?{THEN}(?P<last>(?:\d{{3}}[\s.\-]?)?\d{{4}})(?![\d%]|,\d)",
    re.IGNORECASE,
)
ENDING = re.compile(
    r"\b(?:(?:phone|cell|number|mobile|it|tel)\s+(?:starts|begins|ends)\s+(?:with|in|on)|my\s+area\s+code(?:\s+is|:)?|prefix\s+is)\s{1,3}(?P<value>\d{2,7})(?![\d%])",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?:19|20)\d\d")
PHONES = {
    (3, 3, 4), (1, 3, 3, 4), (3, 7), (6, 4), (10,), (11,), (7,), (3, 4), (1, 10), (1, 3, 7), (4, 3, 3), (3, 4, 4), (5, 6), (5, 5),
    (4, 4), (4, 6), (3, 3, 3), (3, 3, 2, 2), (2, 4, 4), (2, 2, 2, 2, 2), (3, 2, 2), (1, 2, 2, 2, 2),
}  # fmt: skip
CARD = re.compile(r"(?<!\d)\d{4}[ \-.](?:\d{4}[ \-.]\d{4}[ \-.]\d{4}|\d{6}[ \-.]\d{5})(?!\d)")
CARDS = {(4, 4, 4, 4), (4, 6, 5), (4, 4, 4, 4, 3), (4, 4, 5), (4, 6, 4)}

UNITS = "zero one two three four five six seven eight nine", "cero uno dos tres cuatro cinco seis siete ocho nueve"
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
OTHERS = "oh:0 o:0 nought:0 naught:0 won:1 tree:3 niner:9 fourty:40 hundred:00 thousand:000"
DIGIT_WORDS = {
    **{word: str(digit) for words in UNITS for digit, word in enumerate(words.split())},
    **{word: str(number) for number, word in enumerate(TEENS.split(), start=10)},
    **{word: str(number) for number, word in zip(range(20, 100, 10), TENS.split(), strict=True)},
    **dict(pair.split(":") for pair in OTHERS.split()),
}
REPEATS = {"double": 2, "triple": 3, "treble": 3}
FILLERS = frozenset(["dash", "hyphen", "dot", "point", "space", "then", "and", "area", "code", "plus", "minus", "pause", "guion"])
TOKEN = re.compile(r"\d+|[a-zñ]+", re.IGNORECASE)
GAP = re.compile(r"[\s\-.,/()+:]{0,4}")


def written(text: str) -> Iterator[Span]:
    """Find numbers in digits: phone, card, Social Security, or any other of seven digits and more."""
    for match in COMMAS.finditer(text):
        if re.sub(r"\D", "", match[0]) not in OWN:
            yield (*match.span(), "phone")
    for match in SINGLES.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) in (7, 10, 11) and digits not in OWN:
            yield (*match.span(), "phone")
    for pattern in (LOOKALIKES, VANITY):
        for match in pattern.finditer(text):
            if _reads_as_phone(match[0]):
                yield (*match.span(), "phone")
    for match in RUN.finditer(_letter_o(text)):
        kind = _kind(match[0])
        if kind:
            extension = (CARD_TAIL if kind == "card" else EXTENSION).match(text, match.end())
            yield (match.start(), extension.end() if extension else match.end(), kind)


def _reads_as_phone(found: str) -> bool:
    """Say whether digits with letters among them have the length of a phone number, and enough digits or a number's shape."""
    signs = re.sub(r"[\W_]", "", found)
    digits = sum(char.isdigit() for char in signs)
    return len(signs) in (10, 11) and digits >= 3 or len(signs) == 7 and digits >= 5


def split(text: str) -> Iterator[Span]:
    """Find a number given in two pieces: "303 555, then 0142", "it starts with 303"."""
    for match in PIECES.finditer(text):
        first, last = (re.sub(r"\D", "", match[name]) for name in ("first", "last"))
        sure = len(first + last) in (10, 11) or not YEAR.fullmatch(last)
        if len(first + last) in (7, 10, 11) and sure and first + last not in OWN:
            yield (*match.span("first"), "phone")
            yield (*match.span("last"), "phone")
    for match in ENDING.finditer(text):
        yield (*match.span("value"), "phone")


def _letter_o(text: str) -> str:
    """Read the letter o as a nought where it stands among digits."""
    return re.sub(r"(?<=[\d])[oO](?=[\d\-. ]*\d)|(?<=[\d][\-. ])[oO](?=\d)", "0", text)


def _kind(run: str) -> str:
    """Return what a run of digit groups is, or nothing where it may stay."""
    groups = re.findall(r"\d+", run)
    shape = tuple(map(len, groups))
    digits = "".join(groups)
    if digits in OWN or len(digits) < 7:
        return ""
    if CARD.search(run) or len(digits) >= 13 and (shape in CARDS or _luhn(digits)):
        return "card"
    if shape == (3, 2, 4) or (shape == (9,) and not run.startswith("+")):
        return "social security number"
    if max(shape) == 1 and len(digits) in (7, 10, 11):
        return "phone"
    if run.lstrip().startswith(("+", "(", "[")) or (shape in PHONES and not _years_or_range(groups, run)):
        return "phone"
    return "" if _ordinary(groups, run) else "number"


def _luhn(digits: str) -> bool:
    if len(digits) > 19:
        return False
    total = sum(map(int, digits[-1::-2])) + sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return total % 10 == 0


def _years_or_range(groups: list[str], run: str) -> bool:
    """Say whether two numbers merely stand together: "732 2015", "2014-2015", "150-2000"."""
    if len(groups) != 2 or max(map(len, groups)) > 4:
        return False
    if all(YEAR.fullmatch(group) for group in groups):
        return True
    year_last = bool(YEAR.fullmatch(groups[1])) and "-" not in run and "." not in run
    return len(groups[0]) == 3 and (groups[0][0] in "01" or year_last)


def _ordinary(groups: list[str], run: str) -> bool:
    """Say whether a run of an unknown shape is only several small numbers, years or a decimal."""
    small = [group for group in groups if not YEAR.fullmatch(group)]
    if len(small) < len(groups) and sum(map(len, small)) < 7:
        return True
    if "/" in run and max(map(len, groups)) <= 4 and sum(len(group) > 2 for group in small) < 2:
        return True
    return len(groups) == 2 and ("." in run or "," in run) and len(groups[0]) <= 3 or _years_or_range(groups, run)


def spoken(text: str) -> Iterator[Span]:
    """Find seven and more digits said in words ("five five five, oh one four two"), or in words and figures."""
    run: list[re.Match[str]] = []
    for match in TOKEN.finditer(text):
        joins = not run or bool(GAP.fullmatch(text, run[-1].end(), match.start()))
        if _counts(match[0]) and joins:
            run.append(match)
            continue
        yield from _spoken_run(run)
        run = [match] if _counts(match[0]) else []
    yield from _spoken_run(run)


def _counts(token: str) -> bool:
    word = token.lower()
    return token.isdigit() or word in DIGIT_WORDS or word in REPEATS or word in FILLERS


def _spoken_run(run: list[re.Match[str]]) -> Iterator[Span]:
    while run and run[0][0].lower() in FILLERS:
        run = run[1:]
    while run and run[-1][0].lower() in FILLERS:
        run = run[:-1]
    words = [match[0].lower() for match in run]
    digits = _digits(words)
    if any(word in DIGIT_WORDS for word in words) and len(digits) >= 7 and digits not in OWN:
        yield (run[0].start(), run[-1].end(), "card" if len(digits) >= 13 else "phone")


def _digits(words: list[str]) -> str:
    """Return the digits said: "fifty one" is 51, "double five" is 55."""
    digits = ""
    before = ""
    for word in words:
        piece = word if word.isdigit() else DIGIT_WORDS.get(word, "")
        if before.endswith("ty") and len(piece) == 1 and piece != "0":
            digits = digits[:-1]
        digits += piece * REPEATS.get(before, 1)
        before = word
    return digits


def stragglers(text: str) -> Iterator[Span]:
    """Let the phone library look at what is left, where enough digits are left."""
    if sum(char.isdigit() for char in text) < 7:
        return
    matcher = phonenumbers.PhoneNumberMatcher(text, "US", leniency=phonenumbers.Leniency.VALID, max_tries=10)
    for match in matcher:
        if re.sub(r"\D", "", match.raw_string) not in OWN and not YEAR.match(match.raw_string):
            yield (match.start, match.end, "phone")
