"""Fit the reader, then its gate and its threshold, on a sixth of the examples, held back, and on the development questions.

Held-out questions are never read here.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import yaml

from extensions import splitting
from extensions.encoder import Encoder
from extensions.gate import CLUES, Gate
from extensions.grid import Grid
from extensions.held import behind, label_of
from extensions.judge import Judge
from extensions.linear import Linear
from extensions.reader import Example, Reader, Reading, View
from extensions.vocabulary import Subject, mask

STEPS = 30
EVERY = 6
DEVELOPMENT_COUNTS = 4.0
LEANS = tuple(round(x, 2) for x in np.arange(0.2, 0.81, 0.05))
FALSE_ANSWER, FALSE_REFERRAL = 0.8, 1.0
FOLDS = 5
TWOS = tuple(round(x, 2) for x in np.arange(0.2, 0.81, 0.05))
FALSE_CUT = 1.0
TIED = 0.02
SINGLES_EVERY = 8

Row = tuple[list[float], bool, float]
Part = tuple[list[float], bool, int]


def read_questions(folder: Path) -> list[dict[str, Any]]:
    """Return the single questions of the development files, and the turns of their dialogues with the topic in hand."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.yml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [q for q in data.get("questions") or [] if "route" in q or "halves" in q]
        for dialogue in data.get("dialogues") or []:
            found += list(_turns(dialogue["turns"]))
    return found


def _turns(turns: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    held: dict[str, Any] = {}
    for turn in turns:
        yield {**turn, "context": dict(held)}
        if turn.get("topic"):
            held = {"topic": turn["topic"][0], "answered": True}


def fit(
    examples: list[Example], grid: Grid, subjects: list[Subject], encoder: Encoder, questions: list[dict[str, Any]]
) -> tuple[Reader, dict[str, Any]]:
    """Return the reader with its gate and thresholds, and the curve that they were chosen from."""
    reader, kept = Reader.fit(examples, grid, subjects, encoder)
    rows = list(_rows_of_examples(reader, examples, kept)) + list(_rows_of_questions(reader, questions))
    reader.gate = Gate.fit([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    curve = [_point(reader.gate, rows, lean) for lean in LEANS]
    best = min(curve, key=lambda point: (point["cost"], -point["lean"]))
    reader.limits = dataclasses.replace(reader.limits, lean=best["lean"])
    parts = _parts(reader, questions)
    reader.judge = Judge.fit([row for row, _, _ in parts], [two for _, two, _ in parts])
    twos = _curve_of_two(parts)
    reader.limits = dataclasses.replace(reader.limits, two=_plainest(twos))
    report = {
        "limits": dataclasses.asdict(reader.limits),
        "clues": CLUES,
        "gate": reader.gate.as_json(),
        "curve": curve,
        "rows": len(rows),
        "judge": reader.judge.as_json(),
        "curve_of_two": twos,
    }
    return reader, report


def _parts(reader: Reader, questions: list[dict[str, Any]]) -> list[Part]:
    """Return clues, whether both parts ask something of their own, and the message's number, for each cut of each question."""
    found: list[Part] = []
    questions = [q for i, q in enumerate(questions) if "halves" in q or i % SINGLES_EVERY == 0]
    _encode_pieces(reader, questions)
    for number, question in enumerate(questions):
        context, text = question.get("context") or {}, question["ask"]
        if len(text.split()) < 4:
            continue
        parted = splitting.parts(reader, text, reader.read(text, context), context)
        halves = question.get("halves") or [question]
        if len(halves) == 1:
            judged = [(one, _of_one(reader, one, halves[0])) for one in parted]
            found += [(one.clues, says, number) for one, says in judged if says is not None]
            continue
        right = [all(_is(reader, got, wanted) for got, wanted in zip((one.left, one.right), halves)) for one in parted]
        if any(right):
            found += [(one.clues, says, number) for one, says in zip(parted, right)]
    return found


def _encode_pieces(reader: Reader, questions: list[dict[str, Any]]) -> None:
    """Encode together what `splitting.parts` will ask for one by one: all parts, masked, and behind the topic likely in hand."""
    cuts = [(cut, (q.get("context") or {}).get("topic")) for q in questions for cut in splitting.cuts(q["ask"])]
    pieces = [piece for cut, _ in cuts for piece in (cut.left, cut.right)]
    pieces += [sentence for q in questions for sentence in splitting.sentences(q["ask"])]
    encoder = reader.features.encoder
    encoder.encode_kept(pieces + [mask(p, reader.vocabulary.mentions(p)) for p in pieces])
    lefts = list(dict.fromkeys(cut.left for cut, _ in cuts))
    if not lefts:
        return
    likeliest = reader.flat.scores(reader.features.rows(lefts)).argmax(axis=1)
    topic_of = {left: reader.topics.get(reader.flat.labels[i]) for left, i in zip(lefts, likeliest)}
    held = [behind(topic_of[cut.left] or topic or "", cut.right) for cut, topic in cuts if topic_of[cut.left] or topic]
    held += [behind(topic, cut.left) for cut, topic in cuts if topic]
    encoder.encode_kept(held)


def _of_one(reader: Reader, parted: splitting.Parted, wanted: dict[str, Any]) -> bool | None:
    """Return whether to cut a message with one wanted answer: yes where the parts ask for two facts of its topic."""
    one_answer = len(splitting.joined(reader, "", parted)) == 1 and _is(reader, parted.left, wanted)
    if not one_answer:
        return False
    return True if len(wanted.get("facts") or ()) > 1 else None


def _is(reader: Reader, reading: Reading, wanted: dict[str, Any]) -> bool:
    route = reader.grid.routes.get(reading.intent)
    if route != wanted["route"]:
        return False
    return route != "answer" or not wanted.get("topic") or reading.topic in wanted["topic"]


def _plainest(curve: list[dict[str, float]]) -> float:
    """Return the threshold nearest to one half of those that are as good as the best: the curve is flat there, and rough."""
    least = min((point["cost"] for point in curve), default=0.0)
    return min((point["two"] for point in curve if point["cost"] <= least + TIED), key=lambda two: abs(two - 0.5), default=0.5)


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


def _point(gate: Gate, rows: list[Row], lean: float) -> dict[str, float]:
    """Return how the gate does at one threshold; the cost weighs a false answer above a false referral."""
    answers = sum(weight for _, says, weight in rows if says)
    others = sum(weight for _, says, weight in rows if not says)
    refused = sum(weight for clues, says, weight in rows if says and gate.says(clues) < lean)
    passed = sum(weight for clues, says, weight in rows if not says and gate.says(clues) >= lean)
    cost = FALSE_REFERRAL * refused / answers + FALSE_ANSWER * passed / others
    return {
        "lean": float(lean),
        "answers_refused": round(refused / answers, 4),
        "others_answered": round(passed / others, 4),
        "cost": round(cost, 4),
    }


def _rows_of_examples(reader: Reader, examples: list[Example], kept: Any) -> Iterator[Row]:
    """Yield the gate's clues for each example that names or has a topic, by models that have not seen it."""
    flat = _unseen(kept.rows, [label_of(e) for e in examples], reader.flat.labels, kept.by_itself)
    aspects = _unseen(
        kept.masked_rows, [e.aspect or "whole" for e in examples], reader.aspects.labels, _told(examples, kept.asked)
    )
    place = np.cumsum(kept.asked) - 1
    known = reader.known
    for i, example in enumerate(examples):
        answers = example.intent in reader.topics
        if i % EVERY or not (answers or example.intent in reader.aspect_of or example.topic):
            continue
        own = place[i]
        plain, masked = known.plain @ known.plain[own], known.masked @ known.masked[own]
        plain[own] = masked[own] = 0.0
        flats, asked = dict(zip(reader.flat.labels, flat[i].tolist())), dict(zip(reader.aspects.labels, aspects[i].tolist()))
        view = View(example.text, reader.vocabulary.mentions(example.text), flats, asked, frozenset(), plain, masked)
        found = _clues(reader, view, {})
        if found and (not answers or found[0] == example.intent[4:]):
            yield found[1], answers, 1.0


def _told(examples: list[Example], asked: np.ndarray) -> np.ndarray:
    """Return which examples teach an aspect."""
    return asked & np.array([e.teaches_aspect for e in examples])


def _rows_of_questions(reader: Reader, questions: list[dict[str, Any]]) -> Iterator[Row]:
    questions = [q for q in questions if q.get("route") in ("answer", "refer")]
    asked = [q["ask"] for q in questions]
    held = [behind(q["context"]["topic"], q["ask"]) for q in questions if (q.get("context") or {}).get("topic")]
    reader.features.encoder.encode_kept(asked + [mask(a, reader.vocabulary.mentions(a)) for a in asked] + held)
    for question in questions:
        found = _clues(reader, reader.view(question["ask"]), question.get("context") or {})
        answers = question["route"] == "answer"
        if found and (not answers or found[0] in question.get("topic", ())):
            yield found[1], answers, DEVELOPMENT_COUNTS


def _clues(reader: Reader, view: View, context: dict[str, Any]) -> tuple[str, list[float]] | None:
    turn = reader.turn(view, context)
    weights = reader.subjects(turn)
    if not weights:
        return None
    topic = reader.likeliest(turn, weights)
    return topic, reader.clues(turn, topic, weights)


def _unseen(rows: np.ndarray, labels: list[str], names: list[str], used: np.ndarray) -> np.ndarray:
    """Return probabilities, shape (n, len(names)), by a model that has not seen every EVERYth row; only those rows are honest."""
    wanted = np.array(labels)
    seen = used & (np.arange(len(labels)) % EVERY != 0)
    model = Linear.fit(rows[seen], list(wanted[seen]), steps=STEPS)
    scores = np.zeros((len(labels), len(names)), dtype=np.float32)
    column = {name: i for i, name in enumerate(names)}
    scores[:, [column[name] for name in model.labels]] = model.scores(rows)
    return scores
