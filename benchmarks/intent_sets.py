"""Public intent sets: read them, draw few examples of each intent, mistype messages, and score what a contestant said."""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from extensions.spelling import BESIDE

SETS = ("clinc150", "banking77")
SHOTS = (10, 30)
HELD_BACK = 5
LOSS = 0.03

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Intents:
    """One set: messages with their intents, and messages that belong to none."""

    name: str
    train: Pairs
    valid: Pairs
    test: Pairs
    oos_valid: list[str]
    oos_test: list[str]

    def drawn(self, shots: int, seed: int) -> Pairs:
        """Return that many examples of each intent, always the same for the same seed."""
        return _drawn(self.train, shots, f"{self.name}:{seed}")

    def every(self, step: int) -> Intents:
        """Return the set with every so-manieth message to ask."""
        return Intents(
            self.name, self.train, self.valid[::step], self.test[::step], self.oos_valid[::step], self.oos_test[::step]
        )


def read(folder: Path) -> list[Intents]:
    """Read both sets. BANKING77 has no validation part: five examples an intent are held back. Out of scope is CLINC's."""
    parts = json.loads((folder / "clinc150" / "data_full.json").read_text(encoding="utf-8"))
    found = {name: [(text, intent) for text, intent in rows] for name, rows in parts.items()}
    oos_valid, oos_test = ([text for text, _ in found[part]] for part in ("oos_val", "oos_test"))
    clinc = Intents("clinc150", found["train"], found["val"], found["test"], oos_valid, oos_test)
    train, test = (_banking(folder / "banking77" / f"{part}.csv") for part in ("train", "test"))
    valid = _drawn(train, HELD_BACK, "held back")
    held = set(valid)
    return [clinc, Intents("banking77", [pair for pair in train if pair not in held], valid, test, oos_valid, oos_test)]


def _banking(path: Path) -> Pairs:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"].strip(), row["category"]) for row in csv.DictReader(file)]


def _drawn(pairs: Pairs, count: int, seed: str) -> Pairs:
    by_intent: dict[str, list[str]] = defaultdict(list)
    for text, intent in dict.fromkeys(pairs):
        by_intent[intent].append(text)
    dice = random.Random(seed)
    return [(text, intent) for intent in sorted(by_intent) for text in dice.sample(by_intent[intent], count)]


def mistyped(text: str, edits: int, seed: int = 0) -> str:
    """Return the text with so many random typing errors: two letters swapped, one dropped, one beside it added or put for it."""
    dice = random.Random(f"{seed}:{edits}:{text}")
    for _ in range(edits):
        places = [at for at, sign in enumerate(text) if sign.lower() in BESIDE]
        if not places:
            break
        text = _edited(text, dice.choice(places), dice)
    return text


def _edited(text: str, at: int, dice: random.Random) -> str:
    kind = dice.choice(("swap", "drop", "add", "replace"))
    if kind == "swap" and text[at + 1 : at + 2].isalpha():
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == "drop":
        return text[:at] + text[at + 1 :]
    key = dice.choice([key for key in BESIDE[text[at].lower()] if key != text[at].lower()])
    return text[:at] + key + text[at + (kind != "add") :]


@dataclass
class Said:
    """What a contestant took messages to be, and how sure it was of each."""

    intents: Sequence[str]
    sure: np.ndarray

    def right(self, pairs: Pairs) -> np.ndarray:
        """Return which are right."""
        return np.array([said == wanted for said, (_, wanted) in zip(self.intents, pairs, strict=True)])


@dataclass
class Score:
    """The figures of one contestant on one sample; shares of 1, seconds of processor time, megabytes."""

    accuracy: float
    auroc: float
    recall: float
    accuracy_at: float
    one_typo: float
    two_typos: float
    training_s: float
    peak_mb: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


def score(contestant: Any, intents: Intents, training_s: float, peak_mb: float | None = None) -> Score:
    """Ask a contestant (`ask(texts) -> Said`) everything; the threshold is chosen on the validation part."""

    def ask(pairs: Pairs, edits: int = 0) -> tuple[Said, np.ndarray]:
        said = contestant.ask([mistyped(text, edits) for text, _ in pairs])
        return said, said.right(pairs)

    valid, valid_right = ask(intents.valid)
    test, right = ask(intents.test)
    oos = contestant.ask(intents.oos_test)
    limit = threshold(valid.sure, valid_right)
    known = np.concatenate([np.ones(len(right)), np.zeros(len(intents.oos_test))])
    return Score(
        accuracy=float(right.mean()),
        auroc=float(roc_auc_score(known, np.concatenate([test.sure, oos.sure]))),
        recall=float((oos.sure < limit).mean()),
        accuracy_at=float((right & (test.sure >= limit)).mean()),
        one_typo=float(ask(intents.test, 1)[1].mean()),
        two_typos=float(ask(intents.test, 2)[1].mean()),
        training_s=training_s,
        peak_mb=peak_mb,
    )


def threshold(sure: np.ndarray, right: np.ndarray, loss: float = LOSS) -> float:
    """Return the highest threshold at which no more than `loss` of all messages are right and refused."""
    answered = np.sort(sure[right])
    spared = int(loss * len(sure))
    return float(answered[spared]) if spared < len(answered) else float("inf")


def peak_mb() -> float:
    """Return the most memory that this process has had so far."""
    [found] = [line for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM")]
    return int(found.split()[1]) * 1024 / 1e6
