"""Find two questions in one message, and the one question in a long one."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from extensions.grid import WHOLE
from extensions.reader import BACK, CLARIFY, FOLLOW_UP, MISS, Reader, Reading

SENTENCE = re.compile(r"(?<=[.?!;\n])\s+|\n+|\s+[-–—]+\s+")
JOINER = re.compile(
    r",?\s+(?:and also|and then|oh and|and|also|plus|as well as|but also|but|then)\s+|\s*[,&+/]\s*(?:and\s+|also\s+|plus\s+)?",
    re.I,
)
ASKING = re.compile(
    r"^(?:(?:and|also|whether|if|but|so|oh|plus|then|ok|okay|well|um|uh|please|hey|hi|hello|"
    r"next|second|secondly|second question|another thing|by the way|btw)[\s,:]+)*"
    r"(?:what|whats|what's|who|whos|who's|whose|whom|which|where|wheres|when|why|how|hows|is|are|was|were|do|does|did|can|could|will|would|has|have|had|should|"
    r"am|may|any|anything|tell|explain|describe|show|give|list|i (?:also |just )?(?:want|need|wonder)|"
    r"i'd like|i would like|im wondering|i'm wondering|let me|say|talk|looking for|whether|about)\b",
    re.I,
)
ASKS_WITHIN = re.compile(
    r"\b(?:what|where|how|who|when|why|which|can i|can you|do you|is there|are there|wants? to know|wondering)\b", re.I
)
TAG = re.compile(
    r"^(?:and |or )?(?:is|are|was|were|do|does|did|has|have|can|what)"
    r"\s+(?:that|it|this|they|them|anyone|anybody|the study|the trial|the page)\b(?:\s+\S+){0,4}$",
    re.I,
)
# A second question without a joint: a question word with its verb, as in "what is tob1 how many people were in it".
QUESTION_WORD = re.compile(
    r"\s+(?=(?:what|who|where|when|why|which)(?:'?s|\s+(?:is|are|was|were|do|does|did|can|could|will|pays|paid|funds|funded|runs|ran|about))\b"
    r"|how\s+(?:many|much|long|do|does|did|is|are|was|were|can)\b)",
    re.I,
)
SPLITTING = {"therapy", "trial", "study", "media", "organisation"}
COMPARED = re.compile(
    r"\b(?:vs|versus|than|better|best|compared?|comparison|difference|differ|same|between|or|both in|combin\w+|together|mix)\b",
    re.I,
)
JOINT = re.compile(
    r"[,;:.?!&/]+\s*(?:and|also|plus|then|oh and|while|whereas)?\s*"
    r"|\s+(?:and(?: also)?|also|plus|then|oh and|as well as|whereas|while)\s+"
    r"|\s+(?=(?:what|who|where|when|why|how)\b)",
    re.I,
)
CLAUSE = re.compile(r"[,:;]\s*|\s[-–—]\s")
LONGEST = 600
SURE = 0.45
FIRM = 0.85
HANDOFF = 0.7


def read_message(reader: Reader, text: str, context: dict[str, Any]) -> list[Reading]:
    """Return one reading for each question in `text`: one, or two where both halves stand by themselves."""
    whole = reader.read(text, context)
    if len(text.split()) < 4:
        return [whole]
    sentences = [s.strip() for s in SENTENCE.split(text[:LONGEST]) if s and s.strip()]
    if len(sentences) > 1:
        return _sentences(reader, whole, sentences, context)
    return _halves(reader, text, context) or [whole]


def _sentences(reader: Reader, whole: Reading, sentences: list[str], context: dict[str, Any]) -> list[Reading]:
    """Read the sentences that ask something, each in the light of those before; fall back on the whole."""
    readings: list[Reading] = []
    running = dict(context)
    for sentence in sentences:
        mentions = [m for m in reader.vocabulary.mentions(sentence) if m.subject.topic]
        asks = bool(ASKING.match(sentence) or ASKS_WITHIN.search(sentence)) or sentence.endswith("?")
        found = (_halves(reader, sentence, running) or [reader.read(sentence, running)]) if asks or len(sentences) <= 3 else []
        for one in found:
            if _stands(reader, one, asks):
                readings.append(one)
        topic = next((r.topic for r in found if r.topic), None) or next((m.subject.topic for m in mentions), None)
        if topic:
            running = {**running, "topic": topic}
    apart = _distinct(readings)
    readings = _merged(reader, apart)
    if not readings:
        return [whole]
    if len(readings) == 1 and len(apart) > 1 and _answers(reader, readings[0]):
        return readings
    if len(readings) == 1:
        # The whole message says more than its one question, unless the rest only dilutes it.
        return [whole] if _same(readings[0], whole) or not _kept(reader, readings[0], whole) else readings
    return readings[:2]


def _kept(reader: Reader, one: Reading, whole: Reading) -> bool:
    """Say whether the one sentence is to be trusted over the whole message."""
    routes = reader.grid.routes
    if routes.get(whole.intent) in ("advice", "handoff"):
        return False
    return whole.intent in (MISS, CLARIFY) or one.confidence >= whole.confidence - 0.2 or routes.get(whole.intent) == "smalltalk"


def _halves(reader: Reader, text: str, context: dict[str, Any]) -> list[Reading] | None:
    """Return two readings where `text` can be cut so that both parts ask something of their own, else None.

    Two aspects of one subject are one answer: the whole of it.
    """
    named = _by_subjects(reader, text, context)
    if named:
        return named
    best: tuple[float, list[Reading]] | None = None
    for left, right, firm in _cuts(text)[:7]:
        first = reader.read(left, context)
        subjects = reader.vocabulary.mentions(left)
        asks = _any_asks(left)
        fragment = not asks and bool(subjects) and len(left.split()) <= 4 and first.confidence >= FIRM
        if not _stands(reader, first, asks or fragment):
            continue
        second = reader.read(right, {**context, "topic": first.topic or context.get("topic")})
        if not _stands(reader, second, _asks(reader, right, first)) or (not firm and _is_tag(reader, right, first, second)):
            continue
        score = first.confidence + second.confidence
        if best is None or score > best[0]:
            best = (score, [first, second])
    if best is None:
        return None
    first, second = best[1]
    merged = _merged(reader, _distinct([first, second]))
    if len(merged) == 1:
        return (
            [dataclasses.replace(merged[0], text=text)]
            if _answers(reader, first) and _answers(reader, second) and first.aspect != second.aspect
            else None
        )
    return merged


def _merged(reader: Reader, readings: list[Reading]) -> list[Reading]:
    """Join neighbours on one topic: two answers are its whole answer, two referrals are the first."""
    merged: list[Reading] = []
    for one in readings:
        last = merged[-1] if merged else None
        if last is None or one.topic is None or one.topic != last.topic or _answers(reader, one) != _answers(reader, last):
            merged.append(one)
        elif _answers(reader, one):
            merged[-1] = dataclasses.replace(last, aspect=WHOLE)
    return merged


def _answers(reader: Reader, reading: Reading) -> bool:
    return reader.grid.routes.get(reading.intent) == "answer"


def _is_tag(reader: Reader, text: str, before: Reading, reading: Reading) -> bool:
    """Say whether one half hangs on the other ("…, do they know?"): the same subject, unnamed, no firm question of its own."""
    routes = reader.grid.routes
    if routes.get(reading.intent) == "handoff":
        return len(text.split()) < 3
    if _answers(reader, reading):
        return before.topic == reading.topic and not _answers(reader, before) and before.confidence < FIRM
    if not _answers(reader, before) or reader.vocabulary.mentions(text):
        return False
    if before.bare:
        return True
    return bool(TAG.match(text.strip(" ?.!"))) or reading.confidence < FIRM


def _cuts(text: str) -> list[tuple[str, str, bool]]:
    """Return the ways to cut in two; the last is whether a conjunction joins the parts."""
    spans = [(m.start(), m.end(), bool(re.search(r"[a-z&+]", m.group(), re.I))) for m in JOINER.finditer(text)]
    spans += [(m.start(), m.end(), False) for m in QUESTION_WORD.finditer(text)]
    cuts = [(text[:a].strip(" ,"), text[b:].strip(" ,"), firm) for a, b, firm in sorted(set(spans))]
    return [(a, b, firm) for a, b, firm in dict.fromkeys(cuts) if len(a.split()) >= 2 and b]


def _any_asks(text: str) -> bool:
    """Say whether any clause asks something."""
    return bool(ASKS_WITHIN.search(text)) or any(ASKING.match(clause.strip()) for clause in CLAUSE.split(text))


def _by_subjects(reader: Reader, text: str, context: dict[str, Any]) -> list[Reading] | None:
    """Cut between two named subjects of different topics, unless they are compared."""
    mentions = [
        m
        for m in reader.vocabulary.mentions(text)
        if m.subject.topic and (m.subject.kind in SPLITTING or len(m.subject.topics) == 1)
    ]
    if COMPARED.search(text):
        return None
    for one, two in zip(mentions, mentions[1:]):
        if set(one.subject.topics) & set(two.subject.topics):
            continue
        joints = [m for m in JOINT.finditer(text, one.end, two.start)]
        if not joints:
            continue
        at = joints[-1] if len(joints) == 1 else joints[0]
        left, right = text[: at.start()].strip(" ,"), text[at.end() :].strip(" ,")
        if len(left.split()) > 5 and not _any_asks(left):
            continue
        first = reader.read(left, context)
        second = reader.read(right, {"topic": first.topic, "aspect": first.aspect, "answered": True})
        if second.bare and first.aspect in reader.grid.variations.get(second.topic or "", ()):
            second = dataclasses.replace(second, aspect=first.aspect)
        known = ("answer", "refer")
        routes = [reader.grid.routes.get(r.intent) for r in (first, second)]
        if (
            first.topic != second.topic
            and first.topic in one.subject.topics
            and second.topic in two.subject.topics
            and all(r in known for r in routes)
        ):
            if min(first.confidence, second.confidence) >= SURE:
                return [first, second]
    return None


def _asks(reader: Reader, text: str, before: Reading) -> bool:
    """Say whether the right half is a request of its own: a question, or another subject."""
    if ASKING.match(text):
        return True
    named = {t for m in reader.vocabulary.mentions(text) for t in m.subject.topics}
    return bool(named) and before.topic is not None and before.topic not in named


def _stands(reader: Reader, reading: Reading, asks: bool) -> bool:
    """Say whether a part can be answered by itself."""
    if reading.intent in (MISS, CLARIFY, FOLLOW_UP) or reading.intent in BACK:
        return False
    route = reader.grid.routes.get(reading.intent)
    if route == "handoff":
        return reading.confidence >= (HANDOFF if asks else FIRM)
    return asks and route in ("answer", "refer", "advice") and reading.confidence >= SURE


def _distinct(readings: list[Reading]) -> list[Reading]:
    kept: list[Reading] = []
    for one in readings:
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _same(one: Reading, other: Reading) -> bool:
    if one.intent != other.intent or one.topic != other.topic:
        return False
    return one.aspect == other.aspect or WHOLE in (one.aspect, other.aspect)
