"""Names of people who introduce themselves or another ("my name is …", "I'm … …", "signed, …"), not names of drugs and trials.

A name in lower case is only taken after words that leave no doubt; elsewhere two words with a capital are needed.
"""

# A pattern in one piece is easier to follow than one that is cut at a column.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

KIND = "name"
HIDDEN = "\x01"
LONGEST = 4

FUNCTION_WORDS = """
a an the and or but nor so yet if then than that this these those there here when where while what which who whom whose why how
i me my mine we us our you your he him his she her they them their it its as at by for from in into of off on onto out over to up
upon with without within about after again against all also always am any are aren't because been before being below between both
can can't cannot could did didn't do does doesn't doing don't down during each even ever every few get getting go going gonna got
had has hasn't have haven't having hello hi hey dear if is isn't just know let like living live lives long lot lots made make many
may maybe might more most much must need needs never new no none not nothing now once one only other ought own please quite really
said same say says see shall should since some someone something still such sure tell thank thanks thx too two under until very via
want wants was wasn't well were weren't will won't would wanna yes y e et und en con que pero porque para tengo tiene pour avec ich
j'ai habe mit aus depuis aged age years old yo y/o fyi btw asking ask asks question questions writing calling speaking help helping
i'm i've i'd i'll it's he's she's they're we're we've you're that's what's there's im ive id dont cant wont whats thats isnt
"""
OTHER_WORDS = """
monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday tonight morning afternoon evening night january
february march april june july august september october november december christmas easter summer winter spring autumn day week
month year time first second third last next late early back home away alone
ms ppms spms rrms cis pms edss mri progressive primary secondary relapsing remitting relapse relapses sclerosis multiple disease
disability disabled patient patients person people carer caregiver caretaker wife husband mother father mom mum dad son daughter
brother sister partner nurse doctor neurologist veteran teacher student retired female male woman man gay trans black hispanic
latino latina asian african american caucasian european british english scottish welsh irish canadian mexican indian german french
italian spanish dutch australian chinese japanese jewish muslim christian catholic native white-british
national society navigator navigators alliance lancet neurology phase trial trials study studies research researchers drug drugs
treatment treatments therapy therapies medicine medication infusion vitamin interferon beta alpha glatiramer stem cell cells nerve
brain spinal cord myelin lesion lesions exercise rehab rehabilitation wellness diet fatigue pain symptom symptoms vision bladder
tysabri natalizumab gilenya fingolimod ocrevus ocrelizumab avonex rebif betaseron extavia plegridy copaxone tecfidera aubagio
mavenclad lemtrada siponimod mayzent ibudilast laquinimod masitinib simvastatin fluoxetine riluzole amiloride phenytoin
oxcarbazepine lipoic acid biotin rituximab rituxan mitoxantrone novantrone ampyra dalfampridine baclofen kesimpta ofatumumab
zeposia vumerity ponvory briumvi tolebrutinib menopause estriol ms-smart sprint-ms tob1 tob covid flu
crazy stupid dumb sick ill sad happy afraid scared terrified sorry glad angry mad fine okay ok good bad great better worse worst
tired exhausted lonely lost stuck done dying dead weak strong ready able unable aware unsure certain curious desperate hopeless
hopeful pregnant diabetic old young newbie nobody somebody anybody everybody anyone everyone human robot bot ai real honest serious
awful terrible horrible wonderful amazing ridiculous important normal hard difficult easy different wrong right true false free
half full part member volunteer participant caller visitor reader user guest nervous confused worried frustrated depressed
suicidal wheelchair walker cane crutches bedridden homebound mobile housebound incontinent blind deaf numb dizzy
canadian-american anonymous private secret mud dirt legion unknown missing spelled spelt misspelled listed written registered
irrelevant unimportant withheld hidden none below above none-of-your-business number e-mail email phone address crap hell god
usa uk us america england scotland wales ireland canada australia germany france spain italy mexico york ohio texas florida california
maiden difficulty trouble problem bit kind sort type sorta kinda little interested
"""
STOP = frozenset(f"{FUNCTION_WORDS} {OTHER_WORDS}".split())
NO_FIRST_NAME = re.compile(r"(?:ing|ed|ly|ive|ous|ful|less|able|ible|(?<!r)ic|tion|ness|ment|mab|nib|mod)$")
FIRST_NAMES = frozenset(
    """emily kelly lily sally polly molly billy beverly kimberly olive clive ahmed mohammed mohamed fred alfred wilfred winifred jed ned
    ted carly elly willy milly tilly holly wally sterling ming bing nelly shelly eric dominic frederic cedric alaric aubrey khaled
    waleed majed saeed rasheed jared manfred siegfred mable mabel dominick vic nic ludovic kimberley clement""".split()
)
ALSO_NAMES = frozenset("april may june august summer will young".split())  # where they begin a name
TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir madam dame rev reverend fr sr sra señor señora herr frau mme mevrouw".split()
)
PARTICLES = frozenset("van von der den de del della di da dos du la le los las bin ibn al el st mac mc ter ten ó ní 'o".split())

WORD = re.compile(r"\.?[^\S\n]{0,3}([^\W\d_](?:[\w'\-]{0,40}[\w])?)")
ENDS = re.compile(r"[^\S\n]{0,3}(?:$|[.,;:!?)\n\-&/\x01])")
RELATION = (
    r"(?:husband|wife|spouse|partner|fianc[eé]e?|boyfriend|girlfriend|mother|father|mom|mum|mam|dad|son|daughter|brother|sister|aunt|uncle|"
    r"cousin|niece|nephew|grand(?:mother|father|ma|pa|son|daughter)|friend|neighbou?r|patient|client|carer|caregiver|child|kid|boy|girl|"
    r"neurologist|doctor|nurse)(?:[\s\-]in[\s\-]law)?"
)
# After these a name is sure, even one word in lower case.
SURE = re.compile(
    rf"\b(?:my|his|her|their|our|the\s+patient's|patient's|{RELATION}'?s)\s+(?:(?:full|first|last|real|legal|maiden|given|family|middle|sur)\s?){{0,2}}"
    r"name(?:'?s|\s+(?:is|was|be)|\s*[:=])[\s:]{1,3}|\b(?:me\s+llamo|mi\s+nombre\s+(?:completo\s+)?es|je\s+m'appelle|mon\s+nom\s+est|ich\s+hei(?:ß|ss)e|"
    r"mein\s+name\s+ist|mijn\s+naam\s+is|ik\s+heet|mi\s+chiamo|meu\s+nome\s+é|me\s+chamo|jmenuji\s+se|my\s+(?:nam|naem|nmae|anme|neme|nane)\s+is|name\s+here\s+is)\s{1,3}",
    re.IGNORECASE,
)
# After these, two words with a capital (or a title and one).
TWO = re.compile(
    r"\b(?:i'?m|i\s+am|this\s+is|it'?s|it\s+is|it\s+was|soy|ich\s+bin|je\s+suis|ik\s+ben|sono|i,|we\s+are|we're|patient\s+is|tell|told|inform|my\s+names?|name|ask\s+for|contact|speaking\s+with)\s{1,3}"
    rf"|\b(?:my|our|his|her|their)\s+(?:\w{{1,12}}\s+)?{RELATION}(?:,?\s+is)?[\s,]{{1,3}}"
    r"|\b(?:care\s+of|c/o|attn\.?|signed|on\s+behalf\s+of|behalf\s+of)[\s:,]{1,3}"
    r"|\b(?:patient|client|name|nombre|caller|contact|carer|caregiver|spouse|next\s+of\s+kin|from|sender|submitted\s+by|subject|written\s+by|yours|re)\s?[:=\-–]\s{0,3}"
    r"|\b(?:thanks|thank\s+you|thx|cheers|best|ta|bye|sincerely|faithfully|truly|regards|wishes|love|respectfully|cordially|saludos|gracias)\s?[,.!\-–\n]\s{0,3}"
    r"|\b(?:sincerely|faithfully|truly|regards|respectfully|cordially)\s{1,3}"
    r"|(?:^|\n|[.?!]\s{1,2})[-–~]{1,2}\s{0,2}",
    re.IGNORECASE,
)
# After these, one word with a capital.
ONE = re.compile(
    rf"\b(?:(?:call|calls|called)\s+me|i(?:\s+a|')m\s+called|i\s+go\s+by|known\s+as|ask\s+for|{RELATION},?\s+(?:is\s+)?(?:named|called))\s{{1,3}}",
    re.IGNORECASE,
)
SIGNED = re.compile(
    r"\b(?:signed|sincerely|faithfully|truly|regards|best\s+wishes|love|respectfully)(?:\s?[,:\-\n]\s{0,3}|(?<!love)\s{1,3})",
    re.IGNORECASE,
)
# Two words with a capital where a sentence begins, with this after them.
START = re.compile(r"(?:^|(?<=[.?!,;:\n(\x01]))\s{0,3}(?=[^\W\d_a-z])")
AFTER = re.compile(
    r"(?:\s+(?:here|speaking|writing|calling|again)\b|,?\s+(?:age[d]?\s*:?\s*\d|dob\b|d\.o\.b)|,\s?\d\d\b\s?(?:[,.]|yo\b|y/o|years|from|$)|[\s,:;.\-–(]{1,4}\x01|\s\((?:that'?s\s+)?(?:me|myself)\))",
    re.IGNORECASE,
)
PLACE = re.compile(r",\s[A-Z][a-zà-ž]{2,20}\s?[:.\n–-]")

RELATIVE = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er)\s+(?:[a-z]{{1,12}}\s+)?{RELATION},?\s{{1,3}}"
)  # and one capital, in a text that is not all in capitals
MISTER = re.compile(r"\b(?:Mr|Mrs|Miss|Mx)\b\.?\s{1,3}")
SPEAKING = re.compile(r"\s+(?:here|speaking|writing|calling|again)\b", re.IGNORECASE)
GOES_ON = re.compile(r"\s+and\s+(?:[Ii]'?m|[Ii]|[Mm]y)\b|,\s+\d\d\b|\s+from\s+[A-Z]")
HERE = re.compile(r"\b(?:i'?m|i\s+am|this\s+is|it'?s|it\s+is)\s{1,3}", re.IGNORECASE)


def names(text: str) -> Iterator[Span]:
    """Find the names of people in a text whose other details are blanked out already."""
    for match in SURE.finditer(text):
        yield from _span(match.end(), _sure_end(text, match.end()))
    for match in TWO.finditer(text):
        yield from _span(match.end(), _end(text, match.end(), 2))
    for pattern in (ONE, MISTER, RELATIVE):
        for match in pattern.finditer(text):
            yield from _span(match.end(), _end(text, match.end(), 1))
    for match in SIGNED.finditer(text):
        end = _end(text, match.end(), 1)
        if end and ENDS.match(text, end):
            yield (match.end(), end, KIND)
    for match in HERE.finditer(text):
        end = _end(text, match.end(), 1)
        if end and (SPEAKING.match(text, end) or (GOES_ON.match(text, end) and not text[match.end() : end].isupper())):
            yield (match.end(), end, KIND)
    for match in START.finditer(text):
        end = _end(text, match.end(), 2)
        if end and (AFTER.match(text, end) or (match.start() == 0 and PLACE.match(text, end))):
            yield (match.end(), end, KIND)


def _span(start: int, end: int) -> Iterator[Span]:
    if end:
        yield (start, end, KIND)


def _words(text: str, at: int) -> Iterator[re.Match[str]]:
    """Yield the next words on the line, up to the first sign of punctuation (a dot after a title or an initial is none)."""
    for _ in range(LONGEST + 2):
        match = WORD.match(text, at)
        if not match or (match[0].startswith(".") and not _may_bear_a_dot(text, at)):
            return
        yield match
        at = match.end()


def _may_bear_a_dot(text: str, at: int) -> bool:
    word = re.split(r"[^\w]", text[max(0, at - 12) : at])[-1].lower()
    return len(word) == 1 or word in TITLES


def _end(text: str, at: int, wanted: int) -> int:
    """Return where a name in capitals ends that begins here, or 0: it needs so many words, a title counting as one."""
    end = count = 0
    titled = False
    for match in _words(text, at):
        word = match[1]
        low = word.lower()
        if not count and low in TITLES and (word[0].isupper() or wanted == 1):
            titled = True
            continue
        if low in PARTICLES and (count or word[0].isupper()):
            continue
        if not word[0].isupper() or count == LONGEST:
            break
        if not _initial(text, match) and (
            low in STOP and (count or low not in ALSO_NAMES) or (not count and _no_first_name(low))
        ):
            break
        count += 1
        end = match.end()
    return end if count + titled >= wanted and count else 0


def _sure_end(text: str, at: int) -> int:
    """Return where a name ends after words that announce one, or 0."""
    end = count = 0
    capital = False
    for match in _words(text, at):
        low = match[1].lower()
        if (not count and low in TITLES) or (count and low in PARTICLES):
            continue
        upper = match[1][0].isupper()
        if low in STOP and not _initial(text, match) and (count or not upper or low not in ALSO_NAMES):
            break
        if (
            count
            and not upper
            and (capital and not ENDS.match(text, match.end()) and not _stops(text, match.end()) or low.endswith(("ing", "ed")))
        ):
            break
        if count == (LONGEST if upper else 3):
            break
        capital = capital or upper
        count += 1
        end = match.end()
    return end


def _initial(text: str, match: re.Match[str]) -> bool:
    return len(match[1]) == 1 and match[1].isupper() and text.startswith(".", match.end())


def _stops(text: str, at: int) -> bool:
    after = WORD.match(text, at)
    return after is not None and after[1].lower() in STOP


def _no_first_name(word: str) -> bool:
    return bool(NO_FIRST_NAME.search(word)) and word not in FIRST_NAMES
