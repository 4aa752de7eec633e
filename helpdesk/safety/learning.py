"""The second net: a small linear classifier over the sentence embedding and hashed pieces of words.

Beside it stands a hidden layer, which sees the embedding alone. A second, tiny classifier weighs what they say against the
nearest known sentences, dangerous and harmless, and the length.
"""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from extensions.hidden import Hidden, shares
from helpdesk.safety.expressions import SafetyError
from helpdesk.safety.grams import grams, of_letters, of_words, table
from helpdesk.safety.nearness import Known
from helpdesk.safety.rules import Rules, read_yaml
from helpdesk.safety.tidy import LONGEST, normalise

log = logging.getLogger(__name__)

Array = NDArray[Any]

CLASSES = ("harmless", "crisis", "emergency")
FORMAT = 16  # raise it when features, training or looking change: older caches are then left aside
FALSE_ALARMS = 0.035  # of the harmless sentences held out, which are the hard ones: where the threshold is set
CERTAIN = 0.99  # from here the second net alone is sure; below it the reply asks gently
STRENGTH, STEPS = 1.0, 60  # of the second net: the inverse of its regularisation, and how long it learns
HARD, SPREAD = 3000, 600  # ordinary examples learnt from: those most like danger in their words, and some of the others
ALWAYS = ("advice", "person", "spanish", "spanish_person", "other_language")  # dialogue files whose every example is learnt from
PARTS = 3  # of the sentences, each once held out
SHORT_PIECE = 6  # a piece of a message with so few words counts least
DOUBT_SHORT, DOUBT_PIECE = 2.0, 1.0  # taken off the log-odds of a short piece, and of any other piece
FULL = 2.5  # what an embedding counts beside the hashed pieces
_WIDE, _STEP = 26, 13


class Encodes(Protocol):
    def encode(self, sentences: list[str]) -> Array: ...


@dataclass
class Material:
    normal: list[str]  # tidied, a line a sentence
    labels: Array
    weight: Array
    kind: list[str]  # suspect, must, must_not, lookalike, ordinary


@dataclass
class Table:
    """A row for each sentence: its embedding, and beside it the hashed pieces, nearly all of which are nought."""

    full: Array
    hashed: Any

    def __getitem__(self, rows: Array) -> Table:
        return Table(self.full[rows], self.hashed[rows])

    def __matmul__(self, weights: Array) -> Array:
        width = self.full.shape[1]
        return np.asarray(self.full @ weights[:width] + self.hashed @ weights[width:])

    def turned(self, rows: Array) -> Array:
        """The transposed table times `rows`."""
        return np.vstack([self.full.T @ rows, self.hashed.T @ rows])


@dataclass
class Model:
    weights: Array  # (features, 3)
    bias: Array
    hidden: Hidden
    known: Known
    weighing: Array  # of the log-odds, the nearness, the length, and a constant
    threshold: float
    certain: float
    curve: list[dict[str, float]]
    trained_on: dict[str, int]

    def judge(self, normal: list[str], embedded: Array) -> Array:
        odds = _odds(self._score(normal, embedded) + self.bias)
        signs = _signs(odds, self.known.lean(embedded), normal)
        likely = 1.0 / (1.0 + np.exp(-np.clip(signs @ self.weighing, -30, 30)))
        split = odds[:, 1:] / np.maximum(odds[:, 1:].sum(axis=1, keepdims=True), 1e-12)
        return np.column_stack([1.0 - likely, split * likely[:, None]])

    def _score(self, normal: list[str], embedded: Array) -> Array:
        """What `features(normal, embedded) @ weights` gives, without a table for so few rows."""
        width = embedded.shape[1]
        hashed = [values @ self.weights[width + columns] for columns, values in map(grams, normal)]
        full = embedded * FULL
        return np.asarray(full @ self.weights[:width] + hashed + self.hidden.of(full))


def _odds(score: Array) -> Array:
    return np.asarray(shares(score.astype(np.float64)))


def _log_odds(likely: Array) -> Array:
    likely = np.clip(likely, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(likely / (1.0 - likely)))


def _signs(odds: Array, nearness: Array, normal: list[str]) -> Array:
    length = np.log1p([len(n.split()) for n in normal])
    return np.column_stack([_log_odds(1.0 - odds[:, 0]), nearness * 10, length, np.ones(len(normal))])


def windows(text: str) -> list[str]:
    """The whole message, each sentence, each two neighbours, and pieces of a sentence that goes on and on."""
    parts = [p.strip() for p in re.split(r"(?<=[.!?;\n])\s+|\n+", text[:LONGEST]) if p.strip()]
    out = [text[:LONGEST].strip()]
    for i, part in enumerate(parts):
        tokens = part.split()
        if len(tokens) > _WIDE + 6:
            out += [" ".join(tokens[j : j + _WIDE]) for j in range(0, len(tokens) - _STEP, _STEP)]
        elif len(parts) > 1:
            if len(tokens) > 2:
                out.append(part)
            if i + 1 < len(parts) and len(tokens) + len(parts[i + 1].split()) <= _WIDE:
                out.append(f"{part} {parts[i + 1]}")
    return list(dict.fromkeys(w for w in out if w))[:120]


def danger(odds: Array, pieces: list[str]) -> Array:
    """How likely each piece is danger. The first is the whole message; a piece out of its context counts for less."""
    if not pieces:
        return np.zeros(0)
    return doubted(odds, np.array([0.0] + [DOUBT_SHORT if len(p.split()) <= SHORT_PIECE else DOUBT_PIECE for p in pieces[1:]]))


def log_danger(odds: Array) -> Array:
    """The log-odds that each piece is danger."""
    return _log_odds(1.0 - odds[:, 0])


def doubted(odds: Array, doubt: Array) -> Array:
    """How likely each piece is danger, with some doubt taken off its log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(doubt - log_danger(odds))))


def spoken(normal: str) -> str:
    """The tidied text as the encoder reads it."""
    return normal.replace("\n", ". ")


def _hashed(normal: list[str]) -> Any:
    from scipy.sparse import hstack

    return hstack([table([of_letters(one) for one in normal]), table([of_words(one) for one in normal])]).tocsr()


def features(normal: list[str], embedded: Array) -> Table:
    return Table(embedded.astype(np.float64) * FULL, _hashed(normal))


def material(rules: Rules, data: Path | None) -> Material:
    """All that the second net learns from; an ordinary example that is also a danger sentence is left out."""
    rows: dict[str, tuple[int, float, str]] = {}

    def add(sentence: str, label: int, weight: float, kind: str) -> None:
        rows.setdefault(normalise(sentence, rules.words), (label, weight, kind))

    for route, sentence in rules.suspect:
        add(sentence, CLASSES.index(route), 1.5, "suspect")
    for route, sentence in rules.must:
        add(sentence, CLASSES.index(route), 1.0, "must")
    for sentence in rules.must_not:
        add(sentence, 0, 24.0, "must_not")
    for sentence in rules.harmless:
        add(sentence, 0, 1.5, "lookalike")
    rows.pop("", None)
    examples = sorted(set(ordinary(data)), key=lambda s: hashlib.sha256(s.encode()).digest())
    plain = [n for n in dict.fromkeys(normalise(s, rules.words) for s in examples) if n and n not in rows]
    always = {normalise(s, rules.words) for s in ordinary(data, ALWAYS)}
    others = [n for n in plain if n not in always]
    chosen = _instructive(others, list(rows), [v[0] > 0 for v in rows.values()])
    rows |= {n: (0, 3.0, "ordinary") for n in plain if n in always} | {n: (0, 2.0, "ordinary") for n in chosen}
    values = list(rows.values())
    return Material(list(rows), np.array([v[0] for v in values]), np.array([v[1] for v in values]), [v[2] for v in values])


def _instructive(plain: list[str], normal: list[str], dangerous: list[bool]) -> list[str]:
    """The ordinary examples worth encoding: the hardest by their words alone, found in a moment, and some others."""
    if len(plain) <= HARD + SPREAD or len(set(dangerous)) < 2:
        return plain
    from sklearn.linear_model import LogisticRegression

    known = table([of_words(one) for one in normal + plain])
    hashed = known[len(normal) :]
    labels = np.array(dangerous + [False] * len(plain))
    net = LogisticRegression(C=3.0, max_iter=20, tol=3e-2, solver="liblinear", random_state=0).fit(known, labels)
    hardest = np.argsort(-net.decision_function(hashed), kind="stable")[:HARD]
    return [plain[i] for i in sorted({*hardest.tolist(), *range(SPREAD)})]


def ordinary(data: Path | None, dialogue: tuple[str, ...] = ()) -> list[str]:
    """The examples of every answer, referral and dialogue file (or of some dialogue files), but for the safety intents."""
    found: list[str] = []
    for part in ("dialogue",) if dialogue else ("answers", "referrals", "dialogue"):
        for path in sorted((data / part).rglob("*.yml")) if data else ():
            if dialogue and path.stem not in dialogue:
                continue
            try:
                content = read_yaml(path)
            except SafetyError as error:
                log.warning("left out of the safety net's training: %s", error)
                continue
            for block in content.get("nlu") or []:
                name = str(block.get("intent", ""))
                if re.search(r"crisis|emergency|suicid|danger|safety|harm|abuse_at_home|unsafe", name):
                    continue
                for line in str(block.get("examples") or "").splitlines():
                    line = re.sub(r"\[([^\]]*)\](\([^)]*\)|\{[^}]*\})", r"\1", line.strip().removeprefix("-").strip())
                    if line:
                        found.append(line)
    return found


def _fit(known: Table, labels: Array, weight: Array) -> tuple[Array, Array, Hidden]:
    """What scikit-learn's logistic regression learns, which takes the embeddings too for mostly nought, and much longer; and the
    layer that learns what is left.
    """
    from scipy.optimize import minimize

    wanted = np.eye(len(CLASSES))[labels]
    shape = (known.full.shape[1] + known.hashed.shape[1] + 1, len(CLASSES))

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(shape)
        score = known @ weights[:-1] + weights[-1]
        likely = _odds(score)
        missed = score.max(axis=1) + np.log(np.exp(score - score.max(axis=1, keepdims=True)).sum(axis=1))
        value = weight @ (missed - (score * wanted).sum(axis=1)) + (weights[:-1] ** 2).sum() / (2 * STRENGTH)
        wrong = (likely - wanted) * weight[:, None]
        slope = np.vstack([known.turned(wrong) + weights[:-1] / STRENGTH, wrong.sum(axis=0)])
        return float(value), slope.ravel()

    options = {"maxiter": STEPS, "gtol": 1e-3}
    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(shape)
    weights, bias = found[:-1], found[-1]
    return weights, bias, Hidden.learn(known.full, known @ weights + bias, labels, weight)


def fit(m: Material, embedded: Array) -> Model:
    """Train: on all sentences, and three times without a third of them, which sets the weighing and the threshold."""
    from sklearn.linear_model import LogisticRegression

    table, dangerous = features(m.normal, embedded), m.labels > 0
    signs = _unseen(m, embedded, table)
    weigh = LogisticRegression(C=1.0, fit_intercept=False, max_iter=200).fit(signs, dangerous, sample_weight=m.weight)
    curve = _curve(weigh.predict_proba(signs)[:, 1], np.array(m.kind), ~dangerous)
    allowed = [p for p in curve if p["false_alarms_all"] <= FALSE_ALARMS]
    threshold = (allowed or curve[-1:])[0]["threshold"]
    weights, bias, hidden = _fit(table, m.labels, m.weight)
    counted = {name: int((m.labels == i).sum()) for i, name in enumerate(CLASSES)}
    weights, bias = weights.astype(np.float32), bias.astype(np.float32)
    known, weighing = Known.of(embedded, dangerous), np.asarray(weigh.coef_[0])
    return Model(weights, bias, hidden, known, weighing, threshold, CERTAIN, curve, counted)


def _unseen(m: Material, embedded: Array, table: Table) -> Array:
    """The signs of each sentence by a net that did not learn it."""
    dangerous, parts = m.labels > 0, _parts(m.normal)
    signs = np.zeros((len(m.normal), 4))
    for part in range(PARTS):
        out, rest = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        weights, bias, hidden = _fit(table[rest], m.labels[rest], m.weight[rest])
        nearness = Known.of(embedded[rest], dangerous[rest]).lean(embedded[out])
        score = table[out] @ weights + bias + hidden.of(table.full[out])
        signs[out] = _signs(_odds(score), nearness, [m.normal[i] for i in out])
    return signs


def _parts(normal: list[str]) -> Array:
    """The part that each sentence is in: its letters decide, so that one sentence more moves no other."""
    return np.array([hashlib.sha256(one.encode()).digest()[0] % PARTS for one in normal])


def _curve(likely: Array, kind: Array, harmless: Array) -> list[dict[str, float]]:
    groups = {
        "recall": kind == "suspect",
        "false_alarms": np.isin(kind, ("lookalike", "must_not")),
        "false_alarms_ordinary": kind == "ordinary",
        "false_alarms_all": harmless,
    }
    return [
        {"threshold": round(float(t), 3)}
        | {name: round(float((likely[rows] >= t).mean()), 4) if rows.any() else 0.0 for name, rows in groups.items()}
        for t in np.round(np.arange(0.05, 0.96, 0.01), 2)
    ]
