"""Find two questions in one message, and the one question in a long one.

Every place where a message may be cut is weighed by a small logistic regression over what its two parts and the whole are taken
to be. It learns at each training from the development questions.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from extensions.enumerated import enumerated
from extensions.grid import FACTS, WHOLE
from extensions.held import NOT_COVERED, left_behind
from extensions.reader import (
    BACK,
    CLARIFY,
    FILLING,
    FOLLOW_UP,
    MISS,
    POINTERS,
    TYPES,
    Reader,
    Reading,
    of_somebody,
    wants_advice,
    words_of,
)
from extensions.vocabulary import mask
from extensions.wording import EARLIER_ONE, PERSONAL, THE_STUDY, without_asides

SENTENCE = re.compile(r"(?<=[.?!;\n])\s+|\n+|\s+[-–—]+\s+")
JOINER = re.compile(
    r",?\s+(?:and also|and then|oh and|and|an(?= (?:wat|what|who|where|when|how|is|does|can)s?\b)"
    r"|n|also|plus|as well as|but also|but|then|btw|by the way)\s+"
    r"|\s*(?:[,&+/:;]|\.\.+|\?+|\()\s*(?:and\s+|also\s+|plus\s+|btw\s+)?",
    re.I,
)
ASKING = re.compile(
    r"^(?:(?:and|also|whether|if|but|so|oh|plus|then|ok|okay|well|um|uh|please|hey|hi|hello|"
    r"next|second|secondly|second question|another thing|by the way|btw)[\s,:]+)*"
    r"(?:what|whats|what's|wat|wats|who|whos|who's|whose|whom|which|where|wheres|when|why|how|hows|is|are|was|were|do|does|did|"
    r"can(?!'t (?!i|you|we|he|she|it|they|my|the|your|an?|some\w+|any\w+)\b)|could|will|would|has|have|had|should|"
    r"am|may|any|anything|tell|explain|describe|show|give|list|i (?:also |just )?(?:want|need|wonder)|"
    r"i'd like|i would like|im wondering|i'm wondering|let me|say|talk|looking for|whether|about)\b",
    re.I,
)
ASKS_WITHIN = re.compile(
    r"\b(?:what|where|how|who|when|why|which|can i|can you|do you|is there|are there|wants? to know|wondering)\b", re.I
)
# A second question without a joint: a question word with its verb, as in "what is tob1 how many people were in it".
QUESTION_WORD = re.compile(
    r"\s+(?=(?:what|who|whose|which)(?:'?s\b|\s+\w)"
    r"|(?:where|when|why)(?:'?s\b|\s+(?:is|are|was|were|do|does|did|can|could|will|would|might|has|have|else|(?:are|is|do|does)n'?t)\b)"
    r"|how\s+(?:many|much|long|big|often|well|far|do|does|did|is|are|was|were|can|could|would|might|will)\b"
    r"|(?:should|can|could) (?:i|you|someone|somebody|anyone)\b|what about\b|(?:is|has) any(?:one|body)\b"
    r"|(?:tell|give|get|put|pass|connect|transfer|let) me\b)",
    re.I,
)
VERBS = "is|are|was|were|do|does|did|can|could|will|has|have"
VERB = re.compile(rf"\s(?:{VERBS})\s+(?:(?:the|a|an|there)\s+)*$", re.I)
# "Did some Italian team do stem cells": one verb of two words.
MAIN_VERB = re.compile(r"\b(?:do|have)\b", re.I)
BEGINS_WITH_AUXILIARY = re.compile(r"(?:and |so |ok )?(?:did|does|do|will|can|could|would|should)\b", re.I)
# The verb of such a beginning comes later: "how much damage | did A save".
UNASKED = re.compile(rf"(?!.*\b(?:{VERBS})\b)(?:and |so |ok )*(?:what|which|how)\b(?!'?s\b| about\b)", re.I)
# Where these stand before the verb, it is cut before them, or the verb is not the beginning of a question.
ENDS_IN_JOINT = re.compile(r"\b(?:and|or|but|also|plus|then|n|what|who|where|when|why|which|how|how \w+|that|it|they|if)$", re.I)
# The same cut is also made before the joining word.
ENDS_OPEN = re.compile(r"\b(?:and|or|but|also|plus|n)$", re.I)
ENDS_ASKING = re.compile(
    r"\b(?:(?:what|which|how)(?: \w+)?|who|where|when|why|(?:could|can|would|will) (?:you|u|someone|somebody)(?: \w+)?"
    r"|to|please|pls|know|wonder|ask|tell \w+|hear|see|say|says|explain|understand|find out|sure|idea|not"
    r")$",
    re.I,
)
# "For which people", "is it about how": no question begins behind such a word, unless it is counted.
ENDS_LEADING = re.compile(r"\b(?:of|in|on|at|for|from|by|with|about|into|under|than|as)$", re.I)
# "Is there anyone with SPMS who could benefit" goes on: what follows says of whom.
OF_WHOM = re.compile(
    r"\b(?:(?:any|some|every|no ?)(?:one|body)|people|patients|men|women|those)(?: (?:with|in|on|like|from)(?: \w+){1,4})?$",
    re.I,
)
BESIDE = re.compile(r"\s*(?:,|&|\+|(?:,\s*)?\b(?:and|n|plus)\b)\s*(?:(?:also|with|in|for|of|on|the)\s+){0,3}", re.I)
COMPARED = re.compile(
    r"\b(?:vs|versus|than|better|best|compared?|comparison|difference|differ|same|between|or|both in|combin\w+|together|mix)\b",
    re.I,
)
FIRST_SECOND = re.compile(
    r"\b(?:two things|2 things|two questions|2 questions|first(?:ly)?\b.*\bsecond|\(?a\).*\(?b\))", re.I | re.S
)
# "Are there any trials, like with pills, for PPMS": what follows the comma says more of what stands before it.
GOES_ON = re.compile(r"(?:any|some) (\w+)", re.I)
LIKENING = re.compile(r"(?:like|such as|as in|i mean|meaning)\b(?! (?:what|who|when|where|why|how|is|are|do|does)\b)", re.I)
# "Do you know, or can you find out, who …" asks nothing yet.
OPENING = set("do you know or can could would find out tell me please i wonder want to hi hello hey if and say just".split())
LONGEST = 600
CUTS = 9
SURE = 0.45
PLAINLY = 0.98  # so sure must a wish for a person be
DENIED = re.compile(r"\b(?:not?|never|without|\w+n't|(?:do|does|did|ca|wo|would)nt)\b", re.I)
NAVIGATOR = "contact_navigator"  # how to reach a person is no second question beside the wish for one
# "I don't want to know the price, I want …", "not asking about the price, but …"
NOT_ASKED = re.compile(
    r"(?:^|(?<=[,;.:?!] ))"
    r"(?:(?:i|we|i'm|im|we're) (?:(?:do ?n.?t|did ?n.?t|do not|did not) (?:want|need|ask|care|wish|mean)"
    r"(?: to (?:know|hear|read|ask))?|(?:am |are )?not (?:asking|interested in|looking for|after|talking about))"
    r"|not asking|never mind|forget)"
    r"(?: (?:about|for|how|what|who|where|when|why|if|whether|the|which))+\b[^,;.:?!]*(?:[,;.:] *|(?= but ))(?:but )?",
    re.I,
)
BARE = re.compile(r"[^.?!\n,;:]?\s+")  # between two parts that nothing joins
ENDS_SENTENCE = re.compile(r"[.!\n]")
# What asks why it is as the part before it tells: "it helped in one trial only, how come?"
WHY = re.compile(r"(?:(?:and|but|so)\W+)*(?:how come|why(?: (?:is|was) (?:that|this|it))?(?: so)?)\W*", re.I)
STATING = re.compile(
    r"\b(?:i|i'?m|i'?ve|we|he|she|it|they|that'?s|is|isn'?t|are|was|were|wasn'?t|has|have|had|said|says|told|takes|took)\b", re.I
)
# "Ibudilast is it a pill" asks, whatever it begins with.
TURNED_ROUND = re.compile(
    r"\b(?:is|are|was|were|did|does|do|has|have|can|could|will) (?:it|they|that|this|those|there|he|she|you|we|i)\b", re.I
)
# "Tysabri for my kind, which is secondary progressive": what only says which type of MS somebody has.
RELATIVE_WORDS = FILLING | {"", *"who which is my mine his her kind type form i he she has have got".split()}
ALONE = 0.6
SAID = {"it", "its", "that"}  # what points at what was just said is no matter beside it: "is that right?"
BACKWARD = POINTERS - {"this", "there"}
POINTING = FILLING | POINTERS | {"n", "other", "first", "second", "last", "before", "back", "going"}
ROUTES = (*FACTS, "advice", "handoff")
# What is asked of us, so surely, or is none of our subject, is told so beside an answer.
OF_US = {"page_date": 0.8, "sources": 0.8, "privacy": 0.8, "bot_challenge": 0.9}
PLAIN_FACT = 0.6  # so sure must a fact be that is asked beside advice
STRANGE = 0.6  # so sure must it be that something off our subject is asked


@dataclass(frozen=True)
class Cut:
    """A place to cut at: the parts, what stands between them, whether one question is asked of two subjects side by side, and
    whether the parts are counted out."""

    left: str
    right: str
    joint: str
    beside: bool = False
    listed: bool = False


@dataclass(frozen=True)
class Parted:
    """A cut with what its parts are taken to be, and the numbers it is judged by."""

    cut: Cut
    left: Reading
    right: Reading
    clues: list[float]


def read_message(reader: Reader, text: str, context: dict[str, Any]) -> list[Reading]:
    """Return one reading for each question in `text`: one, or two where both halves stand by themselves.

    Misspelt words are put right first; the readings hold the text as it was read.
    """
    return [reader.beside_what_was_told(one, context) for one in _questions(reader, text, context)]


def _questions(reader: Reader, text: str, context: dict[str, Any]) -> list[Reading]:
    text = _without_what_is_not_asked(reader, without_asides(reader.spelled(text)))
    short = len(text.split()) < 4 and text.count("?") < 2
    reader.foresee([text] if short else pieces(reader, text), context)
    whole = reader.read(text, context)
    if short:
        return [whole]
    parted = parts(reader, text, whole, context)
    if parted:
        says, best = max(((_says(reader, one), one) for one in parted), key=itemgetter(0))
        if says >= reader.limits.two:
            return joined(reader, text, best)
    one = one_of(reader, text, whole, context)
    several = any(_two_facts(reader, each, one) for each in parted)
    return [dataclasses.replace(one, aspect=WHOLE) if several else one]


def _without_what_is_not_asked(reader: Reader, text: str) -> str:
    """Return a message without the clause that says what is not asked, where the rest asks of a subject that it names."""
    rest = NOT_ASKED.sub("", text).strip()
    return rest if rest != text and asks(rest) and reader.names_subject(rest) else text


def _says(reader: Reader, parted: Parted) -> float:
    """Return how probable it is that both parts ask something of their own."""
    plain = (_beside_a_wish, _beside_advice, _beside_something_else)
    return 1.0 if parted.cut.listed or any(rule(reader, parted) for rule in plain) else reader.judge.says(parted.clues)


def _beside(reader: Reader, parted: Parted, is_such: Callable[..., bool]) -> tuple[str, Reading] | None:
    """Return the part beside the only one of its kind, and what that part is read as; none where both are, or neither."""
    both = ((parted.cut.left, parted.left), (parted.cut.right, parted.right))
    such = [is_such(reader, part, reading) for part, reading in both]
    return both[such.index(False)] if such.count(True) == 1 else None


def _beside_a_wish(reader: Reader, parted: Parted) -> bool:
    """Say whether one part plainly wishes for a person and the other asks for a fact: neither is to be lost."""
    beside = _beside(reader, parted, _wishes)
    if beside is None:
        return False
    part, other = beside
    if reader.route(other) not in FACTS or other.topic == NAVIGATOR or other.confidence < SURE:
        return False
    if reader.vocabulary.mentions(part):
        return asks(part) or not STATING.search(part)
    # "A person who knows about MS", "a human, can you arrange it" only say more of the wish.
    of_the_wish = other is parted.right and (
        BARE.fullmatch(parted.cut.joint) or words_of(part) & BACKWARD or len(part.split()) < 4
    )
    return asks(part) and not of_the_wish


def _beside_advice(reader: Reader, parted: Parted) -> bool:
    """Say whether one part plainly asks for advice and the other for a fact, of nobody: the fact is not to be lost."""
    beside = _beside(reader, parted, _refused)
    if beside is None or BARE.fullmatch(parted.cut.joint):
        return False
    part, fact = beside
    plain = reader.answers(fact) and fact.confidence >= PLAIN_FACT
    return plain and asks(part) and not of_somebody(part) and not _asks_advice(reader, part)


def _refused(reader: Reader, part: str, reading: Reading) -> bool:
    """Say whether a part is plainly asked for advice."""
    return reader.route(reading) == "advice" and reading.confidence >= SURE and _asks_advice(reader, part)


def _asks_advice(reader: Reader, part: str) -> bool:
    """Say whether a part asks for advice in so many words."""
    return bool(PERSONAL.search(part)) or wants_advice(reader.view(part))


def _beside_something_else(reader: Reader, parted: Parted) -> bool:
    """Say whether one part asks for what is no matter of ours, or about us, and the other asks a fact."""
    beside = _beside(reader, parted, _otherwise)
    if beside is None:
        return False
    part, other = beside
    return reader.route(other) in FACTS and other.confidence >= SURE and (asks(part) or bool(reader.vocabulary.mentions(part)))


def _otherwise(reader: Reader, part: str, reading: Reading) -> bool:
    """Say whether a part plainly asks for something that is no matter of ours, or about us."""
    least = STRANGE if reader.route(reading) == "decline" else OF_US.get(reading.intent, 2.0)
    plain = reading.confidence >= least and asks(part) and not words_of(part) & SAID
    return plain and not reader.vocabulary.mentions(part)


def _wishes(reader: Reader, part: str, reading: Reading) -> bool:
    """Say whether a part is plainly a wish for a person; "I don't need a person" is none."""
    plain = max(reading.confidence, reader.wish(reading.masses)) >= PLAINLY
    return plain and reader.route(reading) == "handoff" and not DENIED.search(part)


def _two_facts(reader: Reader, parted: Parted, one: Reading) -> bool:
    """Say whether both parts of a cut ask for a fact of the topic that answers, and not for the same."""
    readings = (parted.left, parted.right)
    return asks(parted.cut.right) and all(reader.answers(each) and each.topic == one.topic for each in (one, *readings))


def joined(reader: Reader, text: str, parted: Parted) -> list[Reading]:
    """Return the two halves; two facts of one topic are its whole answer."""
    first, second = parted.left, parted.right
    if reader.answers(first) and reader.answers(second) and first.topic == second.topic:
        return [dataclasses.replace(first, text=text, aspect=first.aspect if first.aspect == second.aspect else WHOLE)]
    return [first, second]


def parts(reader: Reader, text: str, whole: Reading, context: dict[str, Any]) -> list[Parted]:
    """Return the cuts whose parts can both be answered."""
    found = []
    for cut in all_cuts(reader, text):
        left = one_of(reader, cut.left, None, context)
        if not _stands(reader, left) and not _otherwise(reader, cut.left, left):
            continue
        carried = left_behind(context, left.topic or topic_named(reader, cut.left), left.beyond)
        if left.topic:
            carried.update(aspect=left.aspect, answered=True, asked=left.intent)
        right = _second(reader, cut.right, left, carried)
        if right.bare and left.aspect in reader.grid.variations.get(right.topic or "", ()):
            right = dataclasses.replace(right, aspect=left.aspect)
        parted = _stands(reader, right) or _otherwise(reader, cut.right, right)
        if parted and not _one_question(reader, cut, left, right):
            found.append(Parted(cut, left, right, clues(reader, text, whole, cut, left, right)))
    return found


def _one_question(reader: Reader, cut: Cut, left: Reading, right: Reading) -> bool:
    """Say whether the two parts ask no more than one of them does."""
    if (left.intent, left.topic, left.aspect) == (right.intent, right.topic, right.aspect):
        return True
    if cut.listed:
        return False
    if _heads(reader, cut, left, right) or _states(reader, cut, left, right):
        return True
    return _of_a_type(reader, cut, left, right) or _only_a_wish(reader, cut, left, right)


def _heads(reader: Reader, cut: Cut, left: Reading, right: Reading) -> bool:
    """Say whether one part only names what the other asks about: "Tob1, who found it", "how long is it, the webcast"."""
    if re.search(r"[a-z]", cut.joint[1:], re.I):
        return False
    if words_of(cut.left) <= OPENING:
        return True
    if words_of(cut.left) <= POINTING and not asks(cut.left) and _topics_of(reader, cut.right):
        return True
    first, second = (_topics_of(reader, part) for part in (cut.left, cut.right))
    same = not first or all(topics & set().union(*first) for topics in second)
    if (left.bare or words_of(cut.left) <= POINTING) and not asks(cut.left):
        return asks(cut.right) and same
    afterthought = right.bare and not asks(cut.right.rstrip("?")) and "," in cut.joint
    return afterthought and bool((asks(cut.left) and same) or EARLIER_ONE.search(cut.left))


def _states(reader: Reader, cut: Cut, left: Reading, right: Reading) -> bool:
    """Say whether the first part is a sentence that tells something and asks nothing: "those trials were no good.", "I still get
    relapses, do I stay on it"."""
    ends = ENDS_SENTENCE.search(cut.joint) or WHY.fullmatch(cut.right)
    of_them = reader.route(right) == "advice" and of_somebody(cut.left)
    told = bool(ends or of_them) and bool(STATING.search(cut.left))
    told = told and not asks(cut.left) and not TURNED_ROUND.search(cut.left)
    return told and reader.route(left) in FACTS


def _of_a_type(reader: Reader, cut: Cut, left: Reading, right: Reading) -> bool:
    """Say whether the second part only names a type of MS, for what the first is about: "vitamin D and progressive MS",
    "… for my kind, which is PPMS"."""
    second = reader.vocabulary.mentions(cut.right)
    first = {m.subject.id for m in reader.vocabulary.mentions(cut.left)}
    told = right.bare or (bool(second) and words_of(mask(cut.right, second, " ")) <= RELATIVE_WORDS)
    return told and {m.subject.id for m in second} <= TYPES and (not first <= TYPES or reader.route(left) == "handoff")


def _only_a_wish(reader: Reader, cut: Cut, left: Reading, right: Reading) -> bool:
    """Say whether a person is wanted and what stands beside it asks and names nothing: "enough of this, get me somebody"."""
    for part, reading, other in ((cut.left, left, right), (cut.right, right, left)):
        if reader.route(other) == "handoff" and reader.route(reading) in FACTS:
            return len(part.split()) > 2 and not asks(part) and not reader.vocabulary.mentions(part)
    return False


def _topics_of(reader: Reader, text: str) -> list[set[str]]:
    """Return the topics of each subject that a text names."""
    return [set(mention.subject.topics) for mention in reader.vocabulary.mentions(text)]


def _second(reader: Reader, text: str, left: Reading, carried: dict[str, Any]) -> Reading:
    """Return what the second part is taken to be: behind the first one's topic, or by itself where it points at nothing."""
    leaning = one_of(reader, text, None, carried)
    words = words_of(text)
    if len(words) < 3 or words & BACKWARD or THE_STUDY.search(text) or reader.vocabulary.mentions(text):
        return leaning
    alone = one_of(reader, text, None, {})
    if _otherwise(reader, text, alone):
        return alone
    drawn = not _stands(reader, leaning) or (leaning.intent, leaning.topic) == (left.intent, left.topic)
    refused = reader.answers(alone) and not reader.answers(leaning)
    return alone if (drawn or refused) and _stands(reader, alone) and alone.confidence >= ALONE else leaning


def all_cuts(reader: Reader, text: str) -> list[Cut]:
    """Return the ways to cut that are read, so many at most of each kind."""
    text = text[:LONGEST]
    return [*listed(reader, text), *cuts(text)[:CUTS], *unjoined(reader, text)[:CUTS], *coordinated(reader, text)[:CUTS]]


def listed(reader: Reader, text: str) -> list[Cut]:
    """Return the cut between two questions that are counted out; what names a subject before them goes with the first."""
    for found in enumerated(text):
        before = found.before if reader.names_subject(found.before) else ""
        parts = (found.one, found.two)
        if all(part and (asks(part) or not STATING.search(part)) for part in parts):
            return [Cut(f"{before}{found.one}", found.two, found.mark, listed=True)]
    return []


def cuts(text: str) -> list[Cut]:
    """Return the ways to cut in two, ends of sentences first."""
    spans = [(m.start(), m.end()) for m in SENTENCE.finditer(text)]
    spans += [(m.start(), m.end()) for m in JOINER.finditer(text)]
    spans += [(m.start(), m.end()) for m in QUESTION_WORD.finditer(text) if _begins(text, m)]
    found = []
    for start, end in dict.fromkeys(spans):
        cut = Cut(text[:start].strip(" ,"), text[end:].strip(" ,"), text[max(start - 1, 0) : end])
        ends_well = len(cut.left.split()) >= 2 and not ENDS_OPEN.search(cut.left) and bool(re.search(r"\w", cut.right))
        if ends_well and not _goes_on(cut):
            found.append(cut)
    return list({(c.left, c.right): c for c in found}.values())


def _goes_on(cut: Cut) -> bool:
    """Say whether the second part, behind a comma, only says more of the first: "a drug, any drug, for …"."""
    again = GOES_ON.match(cut.right)
    return "," in cut.joint and bool(LIKENING.match(cut.right) or (again and again[1].lower() in words_of(cut.left)))


def _begins(text: str, match: re.Match[str]) -> bool:
    """Say whether a question may begin where a question word stands."""
    before, behind = text[: match.start()], text[match.end() :].lower()
    of_whom = behind.startswith("who ") and OF_WHOM.search(before)
    leads = not behind.startswith("how many") and ENDS_LEADING.search(before)
    return not of_whom and not leads and not ENDS_ASKING.search(before)


def unjoined(reader: Reader, text: str) -> list[Cut]:
    """Return the ways to cut before a verb and its subject, "did A work is B a pill", or before a subject with its question, "A
    what is it B what is it", where another subject was named before."""
    found = []
    for mention in reader.vocabulary.mentions(text)[1:]:
        before = text[: mention.start].strip()
        if asks(before) and ASKING.match(text[mention.end :].strip()) and not ENDS_IN_JOINT.search(before):
            found.append(Cut(before, text[mention.start :], " "))
        verb = VERB.search(text[: mention.start])
        left = text[: verb.start()].strip() if verb else ""
        if verb and MAIN_VERB.search(verb[0]) and BEGINS_WITH_AUXILIARY.match(left):
            continue
        if len(left.split()) >= 2 and left[-1].isalnum() and not ENDS_IN_JOINT.search(left) and not UNASKED.match(left):
            found.append(Cut(left, text[verb.start() :].strip(), " "))
    return found


def coordinated(reader: Reader, text: str) -> list[Cut]:
    """Return the ways to ask one question of each of two subjects side by side, "what is known of A and B"; none where they
    are compared."""
    found = []
    if COMPARED.search(text):
        return found
    mentions = reader.vocabulary.mentions(text)
    for one, other in zip(mentions, mentions[1:]):
        joint = text[one.end : other.start]
        if (one.subject.id in TYPES) != (other.subject.id in TYPES):
            continue  # "vitamin D and progressive MS" is one question
        if BESIDE.fullmatch(joint) and not set(one.subject.topics) & set(other.subject.topics):
            found.append(Cut(text[: one.end] + text[other.end :], text[: one.start] + text[other.start :], joint, True))
    return found


def topic_named(reader: Reader, text: str) -> str | None:
    """Return the topic of the first subject that a text names; a type of MS that somebody has is not what they ask about."""
    found = (m.subject for m in reader.vocabulary.mentions(text) if m.subject.id not in TYPES)
    return next((one.topic for one in found if one.topic), None)


def pieces(reader: Reader, text: str) -> list[str]:
    """Return everything that is read to part a text: the whole, the sides of its cuts, and the sentences of all these."""
    whole = [text, *(side for cut in all_cuts(reader, text) for side in (cut.left, cut.right))]
    return list(dict.fromkeys([*whole, *(sentence for one in whole for sentence in sentences(one))]))


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [s.strip() for s in SENTENCE.split(text[:LONGEST]) if s and s.strip()]


def one_of(reader: Reader, text: str, whole: Reading | None, context: dict[str, Any]) -> Reading:
    """Return what a text with one question is taken to be: its one asking sentence, or the whole of it."""
    whole = whole or reader.read(text, context)
    pieces = sentences(text)
    if len(pieces) < 2:
        return whole
    readings: list[Reading] = []
    running = dict(context)
    for sentence in pieces:
        found = reader.read(sentence, running)
        topic = found.topic or topic_named(reader, sentence)
        if asks(sentence) and _stands(reader, found) and found.confidence >= SURE:
            readings.append(found)
        running = left_behind(running, topic, found.beyond)
    if len({(r.intent, r.topic) for r in readings}) != 1 or not _kept(reader, readings[-1], whole):
        return whole
    if any(r.aspect != readings[0].aspect for r in readings):
        return dataclasses.replace(readings[-1], aspect=WHOLE) if reader.answers(readings[-1]) else readings[-1]
    return readings[-1]


def _kept(reader: Reader, one: Reading, whole: Reading) -> bool:
    """Say whether the one sentence is to be trusted over the whole message."""
    route = reader.route(whole)
    if route == "advice":
        return _beside_a_life(reader, one, whole)
    if (one.intent, one.topic) == (whole.intent, whole.topic) or route == "handoff":
        return False
    pointing = reader.route(one) == "refer" or words_of(one.text) & POINTERS
    if one.topic and pointing and reader.answers(whole) and not reader.names_subject(one.text):
        # "Is there research on it?" asks for what the sentence before it names.
        return False
    return whole.intent in (MISS, CLARIFY) or one.confidence >= whole.confidence - 0.2 or route == "smalltalk"


def _beside_a_life(reader: Reader, one: Reading, whole: Reading) -> bool:
    """Say whether a fact is asked of a subject that its sentence names, and only the sentences beside it speak of somebody."""
    plain = not of_somebody(one.text) and not wants_advice(reader.view(one.text))
    return reader.answers(one) and reader.names_subject(one.text) and plain and whole.confidence < 0.5


def clues(reader: Reader, text: str, whole: Reading, cut: Cut, left: Reading, right: Reading) -> list[float]:
    """Return the numbers that a cut is judged by, in the order of `judge.CLUES`."""
    first, second, all_ = reader.route(left), reader.route(right), reader.route(whole)
    named = {t for m in reader.vocabulary.mentions(cut.left) for t in m.subject.topics}
    here = [set(m.subject.topics) for m in reader.vocabulary.mentions(cut.right)]
    words = [w.strip("?.,!'\"").lower() for w in cut.right.split()]
    same = left.topic == right.topic and left.topic is not None
    joint = cut.joint.lower()
    said = bool(re.search(r"[a-z]{2}", joint[1:]))
    values = (
        left.confidence, right.confidence, whole.confidence, min(left.confidence, right.confidence) - whole.confidence,
        same, same and whole.topic == left.topic, (whole.intent, whole.topic) == (left.intent, left.topic),
        (whole.intent, whole.topic) == (right.intent, right.topic),
        asks(cut.left), bool(ASKING.match(cut.right)), any(not (t & named) for t in here), bool(named),
        not here and any(w in POINTERS for w in words), bool(re.search(r"[.!\n]", joint)), "?" in joint, said,
        "," in joint, not re.search(r"[a-z.,?!&+/:;\n(-]", joint[1:]), bool(COMPARED.search(text)),
        bool(FIRST_SECOND.search(text)), len(cut.left.split()) <= 3, len(words) <= 3, len(words) <= 5 and not here,
        first == "answer", second == "answer", second == "refer", first == "refer", second == "advice", second == "handoff",
        first == "advice", first == "handoff", all_ not in ROUTES, first != second, left.bare, right.bare, cut.beside,
        first == second == "refer" and left.intent != right.intent and not same, of_somebody(cut.left) and not asks(cut.left),
        asks(cut.left) and first_word(cut.left) == first_word(cut.right),
    )  # fmt: skip
    return [float(value) for value in values]


def first_word(text: str) -> str:
    """Return the word that a text begins with."""
    return next(iter(re.findall(r"[^\W_]+", text.lower())), "")


def asks(text: str) -> bool:
    """Say whether any part of a text asks something."""
    pieces = re.split(r"[,:;.!?]\s*|\s[-–—]\s", text)
    return text.endswith("?") or bool(ASKS_WITHIN.search(text)) or any(ASKING.match(piece.strip()) for piece in pieces)


def _stands(reader: Reader, reading: Reading) -> bool:
    """Say whether a part can be answered by itself."""
    if reading.intent in (MISS, CLARIFY, FOLLOW_UP) or reading.intent in BACK:
        return False
    if reading.intent == NOT_COVERED and not reading.topic:
        return False  # "by which universities": refused of nothing in particular
    return reader.route(reading) in ROUTES
