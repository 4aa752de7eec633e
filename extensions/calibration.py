"""Fit the reader, then its gate and its threshold, on a sixth of the examples, held back, and on the development questions.

Held-out questions are never read here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
from pathlib import Path
from typing import Any, Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from extensions import plain_yaml, splitting
from extensions.beside import beside
from extensions.encoder import Encoder
from extensions.familiar import Familiar
from extensions.gate import CLUES, Gate
from extensions.grid import FACTS, WHOLE, Grid
from extensions.held import behind, label_of, moved, picked
from extensions.judge import Judge
from extensions.layered import Layered
from extensions.reader import ADVICE, Example, Reader, Reading, Rows, View
from extensions.vocabulary import Subject, mask
from extensions.wording import without_asides

EVERY = 6  # of so many examples one is left out, by its own text, so that one example more changes no other's part
DEVELOPMENT_COUNTS = 4.0
LEANS = tuple(round(x, 2) for x in np.arange(0.2, 0.81, 0.05))
FALSE_ANSWER, FALSE_REFERRAL = 0.8, 1.0
FOLDS = 5
TWOS = tuple(round(x, 2) for x in np.arange(0.2, 0.81, 0.05))
FALSE_CUT = 1.0
TIED, LEVEL = 0.02, 0.005
STRICT, STRICT_HELD = 0.6, 0.55  # who is refused asks again; who is misled does not
WHOLE_FIRST = 0.65  # far more people ask one thing than two
FEWEST = 20
TOGETHER = 64
SINGLES_EVERY = 8

# The clues, whether the page answers, the weight, whether the question leans on the topic in hand.
Row = tuple[list[float], bool, float, bool]
Part = tuple[list[float], bool, int]
Numbered = tuple[int, dict[str, Any]]


def read_questions(folder: Path) -> list[dict[str, Any]]:
    """Return the single questions of the development files, and the turns of their dialogues with the topic in hand."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.yml")):
        data = plain_yaml.read(path)
        found += [q for q in data.get("questions") or [] if "route" in q or "halves" in q]
        for dialogue in data.get("dialogues") or []:
            found += list(_turns(dialogue["turns"]))
    return found


def _turns(turns: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    held: dict[str, Any] = {}
    for turn in turns:
        yield {**turn, "context": dict(held)}
        if turn.get("topic"):
            held = {**moved(held, turn["topic"][0]), "answered": True}


def fit(
    examples: list[Example], grid: Grid, subjects: list[Subject], encoder: Encoder, questions: list[dict[str, Any]]
) -> tuple[Reader, dict[str, Any]]:
    """Return the reader with its gate and thresholds, and the curve that they were chosen from."""
    # What is independent is done beside the rest; threads within one product would only be in its way.
    with threadpool_limits(1), _no_collection():
        reader, kept = Reader.fit(examples, grid, subjects, encoder)
        messages = _to_part(questions)
        reader.advising = reader.advising.fitted(*_of_advice(reader, questions))
        rows = _rows(reader, kept, examples, questions, messages)
        curve, curve_in_hand = _fit_gate(reader, rows)
        twos = _fit_judge(reader, list(_parts(reader, messages)))
    report = {
        "limits": dataclasses.asdict(reader.limits),
        "clues": CLUES,
        "gate": reader.gate.as_json(),
        "curve": curve,
        "curve_in_hand": curve_in_hand,
        "rows": len(rows),
        "judge": reader.judge.as_json(),
        "curve_of_two": twos,
    }
    return reader, report


def _of_advice(reader: Reader, questions: list[dict[str, Any]]) -> tuple[list[list[float]], list[bool]]:
    """Return the clues of each question that asks for advice or for a fact, and whether it is advice."""
    wanted = [q for q in questions if q.get("route") in (ADVICE, *FACTS)]
    rows = []
    for question, view in _viewed(reader, wanted):
        context = question.get("context") or {}
        view = reader.in_context(view, context)
        quick = reader.advice_clues(view, reader.turn(view, context).masses, context.get("topic"))
        rows.append([*quick, *reader.nearness(view)])
    return rows, [q["route"] == ADVICE for q in wanted]


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Leave Python's collector of cycles out meanwhile: it would go through all of Rasa, and the training, again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _rows(
    reader: Reader, kept: Rows, examples: list[Example], questions: list[dict[str, Any]], messages: list[Numbered]
) -> list[Row]:
    """Return the gate's rows, of examples and of questions, and encode what the judge needs while that is being learnt."""
    out = np.array([picked(f"left out: {e.text}", EVERY) for e in examples])
    flat = beside(_unseen, kept.rows, [label_of(e) for e in examples], reader.flat.labels, kept.by_itself, out)
    told = kept.asked & np.array([e.teaches_aspect for e in examples])
    aspects = beside(_unseen, kept.masked_rows, [e.aspect or WHOLE for e in examples], reader.aspects.labels, told, out)
    asked = list(_rows_of_questions(reader, questions))
    _encode_pieces(reader, [question for _, question in messages])
    with _familiar_without(reader, examples, kept, out):
        return [*_rows_of_examples(reader, examples, kept, out, flat(), aspects()), *asked]


@contextlib.contextmanager
def _familiar_without(reader: Reader, examples: list[Example], kept: Rows, out: np.ndarray) -> Iterator[None]:
    """Take the examples left out for texts whose words the reader has not met, meanwhile."""
    familiar, seen = reader.familiar, np.flatnonzero(~out).tolist()
    masked = [mask(examples[i].text, kept.mentions[i]) for i in seen]
    reader.familiar = Familiar.fit([examples[i] for i in seen], masked, reader.grid, familiar.ordinary)
    try:
        yield
    finally:
        reader.familiar = familiar


def _fit_gate(reader: Reader, rows: list[Row]) -> list[list[dict[str, float]]]:
    """Set the gate and its two thresholds, and return the curves that these were chosen from."""
    reader.gate = Gate.fit([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    alone, leaning = ([row for row in rows if row[3] == leans] for leans in (False, True))
    # Where next to no question leans on a topic in hand, one threshold serves both.
    few = min(sum(row[1] == answers for row in leaning) for answers in (True, False)) < FEWEST
    curves = [_curve(some, reader.gate.of([r[0] for r in some])) for some in ((rows, rows) if few else (alone, leaning))]
    lean, lean_held = (_plainest(curve, "lean", LEVEL, strict) for curve, strict in zip(curves, (STRICT, STRICT_HELD)))
    reader.limits = dataclasses.replace(reader.limits, lean=lean, lean_held=lean_held)
    return curves


def _fit_judge(reader: Reader, parts: list[Part]) -> list[dict[str, float]]:
    """Set the judge and its threshold, and return the curve that this was chosen from."""
    reader.judge = Judge.fit([row for row, _, _ in parts], [two for _, two, _ in parts])
    curve = _curve_of_two(parts)
    reader.limits = dataclasses.replace(reader.limits, two=_plainest(curve, "two", TIED, WHOLE_FIRST))
    return curve


def _to_part(questions: list[dict[str, Any]]) -> list[Numbered]:
    """Return the messages that the judge learns from, each with its number."""
    some = [q for q in questions if "halves" in q or picked(q["ask"], SINGLES_EVERY)]
    said = [{**q, "ask": without_asides(q["ask"])} for q in some]
    return [(number, q) for number, q in enumerate(said) if len(q["ask"].split()) >= 4]


def _parts(reader: Reader, messages: list[Numbered]) -> Iterator[Part]:
    """Yield clues, whether both parts ask something of their own, and the message's number, for each cut of each message."""
    for some in _together(messages):
        with reader.at_hand([piece for _, q in some for piece in splitting.pieces(reader, q["ask"])]):
            yield from ((clues, says, number) for number, q in some for clues, says in _cuts_of(reader, q))


def _cuts_of(reader: Reader, question: dict[str, Any]) -> list[tuple[list[float], bool]]:
    """Return the clues of each cut of one question, and whether both parts ask something of their own."""
    context, text = question.get("context") or {}, question["ask"]
    parted = splitting.parts(reader, text, reader.read(text, context), context)
    halves = question.get("halves") or [question]
    if len(halves) == 1:
        judged = [(one.clues, _of_one(reader, one, halves[0])) for one in parted]
        return [(clues, says) for clues, says in judged if says is not None]
    right = [all(_is(reader, got, wanted) for got, wanted in zip((one.left, one.right), halves)) for one in parted]
    return [(one.clues, says) for one, says in zip(parted, right)] if any(right) else []


def _together(many: list[Any]) -> Iterator[list[Any]]:
    """Yield them in the same order, some together."""
    return (many[start : start + TOGETHER] for start in range(0, len(many), TOGETHER))


def _encode_pieces(reader: Reader, questions: list[dict[str, Any]]) -> None:
    """Encode together what `splitting.parts` will ask for one by one: all parts, masked, and behind the topics likely in hand."""
    _encode(reader, [piece for q in questions for piece in splitting.pieces(reader, q["ask"])])
    held = [behind(_held(q), piece) for q in questions if _held(q) for piece in splitting.pieces(reader, q["ask"])]
    cuts = [(cut, _held(q)) for q in questions for cut in splitting.all_cuts(reader, q["ask"])]
    likeliest = _likeliest(reader, list(dict.fromkeys(cut.left for cut, _ in cuts)))
    for cut, topic in cuts:
        for likely in {likeliest[cut.left], splitting.topic_named(reader, cut.left), topic} - {None, ""}:
            held += [behind(likely, piece) for piece in (cut.right, *splitting.sentences(cut.right))]
    reader.features.encoder.encode_kept(held)


def _likeliest(reader: Reader, texts: list[str]) -> dict[str, str | None]:
    """Return the topic of the likeliest class of each text, if it has one."""
    if not texts:
        return {}
    topic_of = {**reader.topics, **reader.left_out}
    best = reader.flat.scores(reader.features.rows(texts)).argmax(axis=1)
    return {text: topic_of.get(reader.flat.labels[i]) for text, i in zip(texts, best)}


def _encode(reader: Reader, texts: list[str]) -> None:
    """Have the vectors of these texts and of their masked forms met."""
    reader.features.encoder.encode_kept(texts + [mask(text, reader.vocabulary.mentions(text)) for text in texts])


def _held(question: dict[str, Any]) -> str:
    """Return the topic in hand, or nothing."""
    return (question.get("context") or {}).get("topic") or ""


def _of_one(reader: Reader, parted: splitting.Parted, wanted: dict[str, Any]) -> bool | None:
    """Return whether to cut a message with one wanted answer: yes where the parts ask for two facts of its topic."""
    one_answer = len(splitting.joined(reader, "", parted)) == 1 and _is(reader, parted.left, wanted)
    if not one_answer:
        return False
    return True if len(wanted.get("facts") or ()) > 1 else None


def _is(reader: Reader, reading: Reading, wanted: dict[str, Any]) -> bool:
    route, right = reader.grid.routes.get(reading.intent), wanted["route"]
    if route not in (right if isinstance(right, list) else [right]):
        return False
    return route != "answer" or not wanted.get("topic") or reading.topic in wanted["topic"]


def _plainest(curve: list[dict[str, float]], name: str, tied: float, middle: float) -> float:
    """Return the threshold nearest to the middle of those about as good as the best: the curve is flat there, and rough."""
    least = min((point["cost"] for point in curve), default=0.0)
    return min((point[name] for point in curve if point["cost"] <= least + tied), key=lambda at: abs(at - middle), default=middle)


def _curve_of_two(parts: list[Part]) -> list[dict[str, float]]:
    """Return how the judge does at each threshold, by judges that have not seen the message."""
    messages = sorted({number for _, _, number in parts})
    if len(messages) < FOLDS or len({two for _, two, _ in parts}) < 2:
        return []
    best: dict[int, tuple[float, bool]] = {}
    truly = {number for _, two, number in parts if two}
    for fold in range(FOLDS):
        out = set(messages[fold::FOLDS])
        judge = Judge.fit(*([one[i] for one in parts if one[2] not in out] for i in (0, 1)))
        unseen = [one for one in parts if one[2] in out]
        for says, (_, two, number) in zip(judge.of([row for row, _, _ in unseen]), unseen):
            best[number] = max(best.get(number, (0.0, False)), (float(says), two))
    curve = []
    for limit in TWOS:
        cut_right = sum(says >= limit and two for says, two in best.values())
        cut_wrong = sum(says >= limit for number, (says, _) in best.items() if number not in truly)
        missed, false = 1 - cut_right / len(truly), cut_wrong / max(len(best) - len(truly), 1)
        point = {"two": float(limit), "missed": round(missed, 4), "cut_falsely": round(false, 4)}
        curve.append({**point, "cost": round(missed + FALSE_CUT * false, 4)})
    return curve


def _curve(rows: list[Row], says: np.ndarray) -> list[dict[str, float]]:
    """Return how the gate does at each threshold; the cost weighs a false answer above a false referral."""
    answers, weights = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    curve = []
    for lean in LEANS:
        refused = weights[answers & (says < lean)].sum() / weights[answers].sum()
        passed = weights[~answers & (says >= lean)].sum() / weights[~answers].sum()
        point = {"lean": float(lean), "answers_refused": round(float(refused), 4), "others_answered": round(float(passed), 4)}
        curve.append({**point, "cost": round(float(FALSE_REFERRAL * refused + FALSE_ANSWER * passed), 4)})
    return curve


def _rows_of_examples(
    reader: Reader, examples: list[Example], kept: Rows, out: np.ndarray, flat: np.ndarray, aspects: np.ndarray
) -> Iterator[Row]:
    """Yield the gate's clues for each example left out that names or has a topic, by models that have not seen it."""
    place, row = np.cumsum(kept.asked) - 1, np.cumsum(out) - 1
    about = {*reader.topics, *reader.aspect_of}
    topical = [i for i in np.flatnonzero(out).tolist() if examples[i].intent in about or examples[i].topic]
    for some in _together(topical):
        for i, plain, masked in zip(some, *reader.known.sims_of(place[some])):
            flats = dict(zip(reader.flat.labels, flat[row[i]].tolist()))
            asked = dict(zip(reader.aspects.labels, aspects[row[i]].tolist()))
            view = View(examples[i].text, kept.mentions[i], flats, asked, frozenset(), plain, masked)
            found = _clues(reader, view, {})
            answers = examples[i].intent in reader.topics
            if found and (not answers or found[0] == examples[i].intent[4:]):
                yield found[1], answers, 1.0, False


def _rows_of_questions(reader: Reader, questions: list[dict[str, Any]]) -> Iterator[Row]:
    questions = [{**q, "ask": reader.spelled(q["ask"])} for q in questions if q.get("route") in FACTS]
    for question, view in _viewed(reader, questions):
        found = _clues(reader, view, question.get("context") or {})
        answers = question["route"] == "answer"
        if found and (not answers or found[0] in question.get("topic", ())):
            yield found[1], answers, DEVELOPMENT_COUNTS, found[2]


def _viewed(reader: Reader, questions: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], View]]:
    """Yield each question with its numbers, all that they take encoded together."""
    _encode(reader, [q["ask"] for q in questions])
    reader.features.encoder.encode_kept([behind(_held(q), q["ask"]) for q in questions if _held(q)])
    for some in _together(questions):
        yield from zip(some, reader.views([q["ask"] for q in some]))


def _clues(reader: Reader, view: View, context: dict[str, Any]) -> tuple[str, list[float], bool] | None:
    turn = reader.turn(reader.in_context(view, context), context)
    weights = reader.subjects(turn)
    if not weights:
        return None
    topic = reader.likeliest(turn, weights)
    return topic, reader.clues(turn, topic, weights), reader.leans(turn, topic)


def _unseen(rows: np.ndarray, labels: list[str], names: list[str], used: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return the probabilities of the rows left out, shape (n, len(names)), by a model that has not seen these."""
    wanted = np.array(labels)
    seen = used & ~out
    model = Layered.fit(rows[seen], list(wanted[seen]))
    honest = model.scores(rows[out])
    scores = np.zeros((len(honest), len(names)), dtype=np.float32)
    column = {name: i for i, name in enumerate(names)}
    scores[:, [column[name] for name in model.labels]] = honest
    return scores
