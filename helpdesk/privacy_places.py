"""What a street address looks like, typed in a hurry or dictated."""

# A pattern in one piece is easier to follow than one that is cut at a column.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

COUNTED = r"(?:mg|mcg|ml|iu|units?|%|percent|people|persons?|patients?|participants?|studies|trials?|years?|months?|weeks?|days?|dollars|euros?|million|billion)"
STRONG = r"(?:street|st|str|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|highway|hwy|parkway|pkwy|drive|dr|court|ct|terrace|cir|circle|turnpike|calle|avenida|route|rte)"
WEAK = r"(?:way|place|pl|square|sq|trail|trl|loop|alley|crescent|close|row|path|pike|crossing|plaza|walk|ridge|bend|cove|heights|hts|hill|hills|view|mews|gardens|ter|run|point|park|landing|grove|commons|green)"
STOP = (
    r"(?:the|a|an|of|in|on|at|to|and|or|my|your|our|is|are|was|were|this|that|these|those|for|with|down|up|along|same|different|other|more|"
    r"years?|months?|foot|feet|met(?:er|re)s?|yards?|inch(?:es)?|weeks?|days?|hours?|minutes?|miles?|people|patients?|doctors?|nurses?|kids|children|friends?|cars?|things?|drugs?|studies|trials?|steps?|times?|ms|new|good|better|best|lane|"
    r"way|long|one|eye|i|we|he|she|they|it|who|which|from|by|as|but|than|per|out|ago|later|side|main\s+way|neuro\w*|family|primary)"
)
NAME = rf"(?:(?!{STOP}\b)[a-z][a-z'.]{{0,19}}|\d{{1,3}}(?:st|nd|rd|th))"
NUMBER = r"(?:[nsew]?\d{1,6}(?:[\s\-]?[a-d])?(?:\s1/2)?|\d{1,4}-\d{1,4})"
COMPASS = r"(?:(?:[nsew]|ne|nw|se|sw|north|south|east|west|northeast|northwest|southeast|southwest)\.?\s+)?"
UNIT = r"(?:[\s,]{1,3}(?:(?:apt|apartment|unit|suite|ste|floor|fl|room|rm|bldg|building|lot|trailer|no|number)\.?\s*#?\s*[a-z]?-?\d{0,5}[a-z]?|#\s?\w{1,6}))?"
STATE_NAMES = (
    r"alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|"
    r"louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|"
    r"new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|"
    r"virginia|washington|west virginia|wisconsin|wyoming"
)
STATE_CODES = (
    "A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|PR|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]"
)
STATE = rf"(?:(?i:{STATE_NAMES})|{STATE_CODES}|(?i:a[kzr]|c[at]|dc|fl|ga|il|k[sy]|md|mn|n[evhjmycd]|ri|s[cd]|t[nx]|ut|vt|va|w[avy]|wi|tn))"
CITY_TAIL = rf"(?:[\s,]{{1,3}}(?:[A-Za-z][A-Za-z'.]{{1,19}}[\s,]{{1,3}}){{0,3}}{STATE}(?![A-Za-z])\.?(?:[\s,]{{1,3}}\d{{5}}(?:-\d{{4}})?)?|[\s,]{{1,3}}\d{{5}}(?:-\d{{4}})?(?!\d)|,\s?(?:[A-Za-z'.]{{2,19}}[\s,]{{1,3}}){{1,2}}\d{{5}}(?!\d))?"
STREET = re.compile(
    rf"(?<![\w.,$€#\-]){NUMBER}\s*,?\s+(?i:{COMPASS}(?:{NAME}\s+){{0,3}}{NAME}\s+{STRONG})\b\.?(?i:(?:\s+(?:[nsew]|ne|nw|se|sw|north|south|east|west)\b\.?)?{UNIT}){CITY_TAIL}",
    re.IGNORECASE,
)
WEAK_STREET = re.compile(
    rf"(?<![\w.,$€#\-]){NUMBER}\s+(?:[NSEW]\.?\s+)?(?:[A-Z][A-Za-z'.]{{1,19}}\s+){{1,3}}(?i:{WEAK})\b(?i:{UNIT}){CITY_TAIL}"
)
LOWER_STREET = re.compile(
    rf"(?<![\w.,$€#\-]){NUMBER}\s+{COMPASS}(?:{NAME}\s+){{1,2}}{WEAK}\b\.?(?=\s*(?:[,;.\n]|$)){UNIT}{CITY_TAIL}", re.IGNORECASE
)
ORDINAL_STREET = re.compile(
    rf"(?<![\w.,$€#\-]){NUMBER}\s+(?:[nsew]|ne|nw|se|sw|north|south|east|west)\.?\s+(?:\d{{1,3}}(?:st|nd|rd|th)|{NAME})\b(?:\s+{STRONG}\b\.?)?(?i:{UNIT}){CITY_TAIL}",
    re.IGNORECASE,
)
PREFIX_STREET = re.compile(
    r"(?<![\w.,$€#\-])(?:\d{1,6}\s+)?(?:calle|avenida|carrera)\s+(?:[a-z'.áéíóúñ]{1,20}\s+){0,3}#?\d{1,6}|\b\d{1,6}\s+(?:county\s+road|state\s+road|state\s+route|us\s+highway|highway|hwy|route|rte|broadway|rural\s+route)\b(?:\s*\d{1,4})?",
    re.IGNORECASE,
)
LIVE_AT = re.compile(
    rf"\b(?:(?:live|lives|living|reside|stay|staying|home|house|located|moved)\s+(?:is\s+)?(?:at|on|to)|(?:send|mail|ship|post|deliver)(?:\s+(?:it|them|that|this|me|us|one|(?:the|a|my)\s+\w+)){{0,2}}\s+(?:to|at)|(?:my|our)\s+(?:street|road)\s+is|^address|(?:my|our|his|her|home|street|mailing)\s+address(?:\s+is|:|'s)?|address\s*(?:is|:)|vivo\s+en)\s*"
    rf"(?P<value>{NUMBER}\s+(?:[a-z'.\d]{{1,20}}[\s,]{{0,2}}){{1,4}}?(?:{STRONG}|{WEAK})\b\.?{UNIT}{CITY_TAIL}|{NUMBER}\s+(?!{COUNTED}\b)(?:{NAME})(?:\s+[a-z'.]{{2,20}})?{UNIT}{CITY_TAIL}|(?:{NAME}\s+){{1,3}}?{STRONG}\b\.?)",
    re.IGNORECASE,
)
NUMBER_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|oh|zero)"
SPOKEN_STREET = re.compile(
    rf"(?<![\w])(?:{NUMBER_WORD}[\s\-]+){{1,6}}(?:{NAME}\s+){{1,2}}(?:street|avenue|ave|road|rd|boulevard|blvd|lane|drive|court)\b",
    re.IGNORECASE,
)
PO_BOX = re.compile(
    rf"\b(?:p\.?\s?o\.?\s*box|post\s+office\s+box|apartado(?:\s+postal)?|(?:rr|hc|rural\s+route|star\s+route)\s?\d{{1,4}},?\s+box|\bbox(?=\s+\d\d))\s*(?:number|no\.?|#)?\s*(?:\d{{1,6}}{CITY_TAIL}|(?:{NUMBER_WORD}[\s\-]?){{1,6}}\b)",
    re.IGNORECASE,
)
CITY_ZIP = re.compile(
    rf"\b(?:[A-Za-z][A-Za-z'.]{{1,19}}[\s,]{{1,3}}){{0,3}}{STATE}(?![A-Za-z])\.?[\s,]{{1,3}}\d{{5}}(?:-\d{{4}})?(?![\d\-])(?!\s?{COUNTED})"
)
ZIP = re.compile(
    r"(?:\bzip(?:\s*code)?|\bpostal\s+code|\bpostcode|c[oó]digo\s+postal|\b(?:live|living|located|i'm|im|am|from)\s+(?:in|near|at|around)(?:\s+the)?)(?:\s+is|'s|:)?\s*(?P<value>\d{5}(?:-\d{4})?)(?![\d])|(?<![\d\-.])(?P<before>\d{5})(?=\s+is\s+(?:my|our|the)\s+zip)|(?<![\d\-.])(?P<plus>\d{5}-\d{4})(?![\d\-])",
    re.IGNORECASE,
)
APARTMENT = re.compile(r"\b(?:apt|apartment)\.?\s*#?\s*(?:[a-z]-?)?\d{1,5}[a-z]?\b", re.IGNORECASE)
POSTCODE = re.compile(
    r"\b(?:[A-Z][a-z]{2,20},?\s)?(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\s?\d[ABCEGHJ-NPRSTV-Z]\d)\b"
)
ROAD = rf"(?i:{STRONG}|{WEAK})"
CAPITALS = r"[A-Z][\w'.\-]{1,24}"
POSTAL = r"(?:\s?,\s?(?:[A-Z]{1,2}-)?\d{3,5}(?:\s?\d{2})?(?:\s?[A-Z]{2}\b)?(?:\s+[A-Z][\w\-]{1,24}){0,2}|\s?,\s?[A-Z][\w\-]{1,24}(?=\s*(?:$|[.,;!?\n])))?"
ABROAD = (
    re.compile(
        rf"\b(?i:via|viale|piazza|corso|calle|avenida|avda\.?|paseo|plaza|rua|ulica|ul\.|rue|carrer|carrera)\s+(?:(?:de|la|del|los|las|di|da|do|des|du)\s+){{0,2}}(?:{CAPITALS}\s?){{1,3}},?\s*\d{{1,4}}[a-z]?\b{POSTAL}"
    ),
    re.compile(
        rf"\b(?i:\w{{2,20}}(?:straße|strasse|str\.|gasse|allee|gracht|straat|laan|plein|gatan|vägen|gade)|[A-Z]\w{{2,20}}(?:weg|platz|ova|vej))\s+\d{{1,4}}[a-z]?\b{POSTAL}"
    ),
    re.compile(
        rf"(?<![\w.,$€#\-])\d{{1,4}}(?:\s?(?i:bis|ter))?\s?,?\s+(?i:rue|avenue|av\.?|boulevard|bd\.?|allée|chemin|place|impasse|quai)\s+(?:(?i:de\s+la|de\s+l'|de|du|des|of\s+the|of|d'|la|le)\s+){{0,1}}(?:{CAPITALS}\s?){{1,3}}{POSTAL}"
    ),
    re.compile(
        rf"\b(?i:live|living|reside|vivo|wohne|habite|woon|address\s+is|address:)\s+(?:(?i:at|in|en|on)\s+)?(?P<value>(?:{CAPITALS}\s+){{1,3}}\d{{1,5}}[a-z]?\b(?:{POSTAL}))"
    ),
    re.compile(rf"\b(?i:we\s+are|we're|i'm|i\s+am|it's|find\s+(?:me|us))\s+at\s+(?P<value>{NUMBER}\s+(?:{CAPITALS}\s?){{1,3}})"),
    re.compile(
        rf"\b(?:{CAPITALS}\s){{1,2}}(?:Cottage|House|Farm|Lodge|Manor|Villa|Barn|Grange|Hall),\s+(?:{CAPITALS}\s){{1,2}}{ROAD}\b(?:,\s+{CAPITALS})?"
    ),
    re.compile(
        rf"\b(?i:lot|plot|space|site)\s+#?\d{{1,4}}[a-z]?,?\s+(?:{CAPITALS}\s){{1,4}}(?:Park|Court|Estates?|Village|Acres|Community)\b"
    ),
    re.compile(rf"\b(?i:corner\s+of)\s+(?P<value>{CAPITALS}\s+(?:and|&)\s+{CAPITALS}(?:,?\s+(?i:number|no\.?)\s*\d{{1,5}})?)"),
    re.compile(
        r"\b(?i:flat|unit|apt\.?|apartment|suite)\s+#?\d{1,4}[A-Za-z]?(?=\s*,|\s*\x01)|\b(?i:apt|apartment)\.?\s*#?\d{1,4}[A-Za-z]\b"
    ),
    re.compile(
        r"\b(?:\d{1,6}\s+)?(?:county|state|farm|ranch|township|us)\s+(?:road|rd|route|rte|hwy|highway)\.?\s*\d{1,4}(?:\s[nsew]\b)?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?i:zip)(?:\s*code)?(?:\s+is|'s|:)?\s*(?P<value>(?:{NUMBER_WORD}[\s\-]+){{4}}{NUMBER_WORD})\b", re.IGNORECASE
    ),
    re.compile(
        r"\b(?:live|living|lives|from|located|moved)\s+(?:in|to|near)?\s*(?:[a-z][\w'.]{1,20}\s){1,3}(?P<value>\d{5})(?!\d|\s?[a-z]*people)|(?<![\d\-.])(?P<before>\d{5})(?=,?\s+is\s+(?:where|home|our|my))",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:post\s?code|postal\s+code|eircode)(?:\s+is|'s|:)?\s*(?P<value>[a-z]{1,2}\d[\w]{0,2}\s?[\w]{3,4})\b", re.IGNORECASE
    ),
)
STREETS = (
    *ABROAD,
    STREET,
    WEAK_STREET,
    LOWER_STREET,
    ORDINAL_STREET,
    PREFIX_STREET,
    LIVE_AT,
    SPOKEN_STREET,
    PO_BOX,
    CITY_ZIP,
    ZIP,
    APARTMENT,
    POSTCODE,
)


def addresses(text: str) -> Iterator[Span]:
    for pattern in STREETS:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            name = next((name for name in ("value", "plus", "before") if groups.get(name)), 0)
            yield (*match.span(name), "address")
