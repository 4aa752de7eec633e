"""Find two questions in one message, and the one question in a long one."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from extensions.grid import WHOLE
from extensions.reader import BACK, CLARIFY, FOLLOW_UP, MISS, Reader, Reading

SENTENCE = re.compile(r"(?<=[.?!;\n])\s+|\n+|\s+[-–—]+\s+")
JOINER = re.compile(
    r",?\s+(?:and also|and then|oh and|and|also|plus|as well as|but also|but|then)\s+|\s*[,&+/]\s*(?:and\s+|also\s+|plus\s+)?", re.I
)
ASKING = re.compile(
    r"^(?:(?:and|also|but|so|oh|plus|then|ok|okay|well|um|uh|please|hey|hi|hello|next|second|secondly|second question|another thing|by the way|btw)[\s,:]+)*"
    r"(?:what|whats|what's|who|whos|who's|whose|whom|which|where|wheres|when|why|how|hows|is|are|was|were|do|does|did|can|could|will|would|has|have|had|should|"
    r"am|may|any|anything|tell|explain|describe|show|give|list|i (?:also |just )?(?:want|need|wonder)|i'd like|i would like|im wondering|i'm wondering|let me|say|talk|looking for)\b",
    re.I,
)
ASKS_WITHIN = re.compile(r"\b(?:what|where|how|who|when|why|which|can i|can you|do you|is there|are there|wants? to know|wondering)\b", re.I)
TAG = re.compile(r"^(?:and |or )?(?:is|are|was|were|do|does|did|has|have|can|what)\s+(?:that|it|this|they|them|anyone|anybody|the study|the trial|the page)\b(?:\s+\S+){0,4}$", re.I)
QUESTION_WORD = re.compile(r"\s+(?=(?:what|who|which|where|when|why|how)(?:'?s)?\s)", re.I)
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
    readings = _distinct(readings)
    if not readings:
        return [whole]
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
    best: tuple[float, list[Reading]] | None = None
    for left, right in _cuts(text)[:6]:
        first = reader.read(left, context)
        named = reader.vocabulary.mentions(left)
        asks = bool(ASKING.match(left) or ASKS_WITHIN.search(left)) or (bool(named) and len(left.split()) <= 4)
        if not _stands(reader, first, asks):
            continue
        second = reader.read(right, {**context, "topic": first.topic or context.get("topic")})
        if not _stands(reader, second, _asks(reader, right, first)) or _is_tag(reader, right, first, second):
            continue
        score = first.confidence + second.confidence
        if best is None or score > best[0]:
            best = (score, [first, second])
    if best is None:
        return None
    first, second = best[1]
    if first.topic and first.topic == second.topic and not _answers(reader, first) and not _answers(reader, second):
        return None
    if first.topic == second.topic and _answers(reader, first) and _answers(reader, second):
        if first.aspect != second.aspect:
            return [dataclasses.replace(first, text=text, aspect=WHOLE)]
        return None
    return best[1] if len(_distinct(best[1])) == 2 else None


def _answers(reader: Reader, reading: Reading) -> bool:
    return reader.grid.routes.get(reading.intent) == "answer"


def _is_tag(reader: Reader, text: str, before: Reading, reading: Reading) -> bool:
    """Say whether one half only hangs on the other ("…, do they know?"): the same subject, unnamed, and no firm question of its own."""
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


def _cuts(text: str) -> list[tuple[str, str]]:
    spans = [(m.start(), m.end()) for m in JOINER.finditer(text)] + [(m.start(), m.end()) for m in QUESTION_WORD.finditer(text)]
    cuts = [(text[:a].strip(" ,"), text[b:].strip(" ,")) for a, b in sorted(set(spans))]
    return [(a, b) for a, b in dict.fromkeys(cuts) if len(a.split()) >= 2 and b]


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
        return reading.confidence >= HANDOFF
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
