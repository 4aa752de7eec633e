"""Train stock Rasa's pipeline on one sample of a public intent set, and add its figures to a JSON file.

One process for each model, so that its memory is its own. DIET takes minutes to an hour for a sample; `--faq` is the documented
FAQ recipe, where every intent is a response of one retrieval intent. `benchmarks/intents.py --json` merges the file.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import intent_sets  # noqa: E402

CONFIG = ROOT / "benchmarks" / "stock_rasa" / "config.yml"
# DIET wants two intents; the recipe has some small talk beside its questions.
SMALL_TALK = ("hello", "hi", "hey there", "good morning", "good evening")


def config(folder: Path, epochs: int) -> Path:
    """Write the stock pipeline with so many epochs."""
    stock = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for part in stock["pipeline"]:
        if "epochs" in part:
            part["epochs"] = epochs
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump({name: stock[name] for name in ("recipe", "assistant_id", "language", "pipeline")}))
    return path


def data(folder: Path, pairs: intent_sets.Pairs, faq: bool) -> Path:
    """Write the examples, and for the recipe a response for each intent, as Rasa's training data."""
    blocks = [(f"faq/{intent}" if faq else intent, text) for text, intent in pairs]
    blocks += [("greet", text) for text in SMALL_TALK] if faq else []
    lines: dict[str, list[str]] = {}
    for intent, text in blocks:
        lines.setdefault(intent, []).append(f"- {_plain(text)}\n")
    content: dict[str, Any] = {"version": "3.1", "nlu": [{"intent": i, "examples": "".join(some)} for i, some in lines.items()]}
    if faq:
        content["responses"] = {f"utter_{intent}": [{"text": intent}] for intent in lines if intent != "greet"}
    path = folder / "nlu.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=10000), encoding="utf-8")
    return path


def _plain(text: str) -> str:
    """Return the text without line breaks and without the signs that mark entities in Rasa's format."""
    return " ".join(text.split()).translate(str.maketrans("[]{}", "()()"))


class Diet:
    """A trained model, asked as Rasa's server asks it."""

    def __init__(self, model: str, faq: bool) -> None:
        from rasa.core.agent import Agent

        self._agent = Agent.load(model)
        self._faq = faq

    def ask(self, texts: list[str]) -> intent_sets.Said:
        """Return the first intent that is no fallback, with its confidence."""
        best = [self._best(asyncio.run(self._agent.parse_message(_plain(text)))) for text in texts]
        return intent_sets.Said([name for name, _ in best], np.array([confidence for _, confidence in best]))

    def _best(self, parsed: dict[str, Any]) -> tuple[str, float]:
        ranking = [(one["name"], float(one["confidence"])) for one in self._ranking(parsed)]
        return next((one for one in ranking if one[0] != "nlu_fallback"), ("", 0.0))

    def _ranking(self, parsed: dict[str, Any]) -> list[dict[str, Any]]:
        if not self._faq:
            return list(parsed["intent_ranking"])
        found = parsed["response_selector"]["default"]["ranking"]
        return [{"name": one["intent_response_key"].partition("/")[2], "confidence": one["confidence"]} for one in found]


def measured(intents: intent_sets.Intents, shots: int, seed: int, epochs: int, faq: bool, every: int) -> intent_sets.Score:
    """Train on the sample and ask every so-manieth message."""
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nlu = data(folder, intents.drawn(shots, seed), faq)
        began = time.process_time()
        model = train_nlu(str(config(folder, epochs)), str(nlu), str(folder), fixed_model_name="stock")
        seconds = time.process_time() - began
        peak = intent_sets.peak_mb()
        return intent_sets.score(Diet(str(model), faq), intents.every(every), seconds, peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with clinc150/ and banking77/")
    parser.add_argument("--set", choices=intent_sets.SETS, required=True)
    parser.add_argument("--shots", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--faq", action="store_true", help="DIET and ResponseSelector, one retrieval intent")
    parser.add_argument("--every", type=int, default=3, help="ask every so-manieth message only")
    parser.add_argument("--json", type=Path, required=True, help="a file to add the figures to")
    args = parser.parse_args()
    os.environ.update(RASA_TELEMETRY_ENABLED="false", TQDM_DISABLE="1", TF_CPP_MIN_LOG_LEVEL="3")
    [intents] = [one for one in intent_sets.read(args.data) if one.name == args.set]
    found = measured(intents, args.shots, args.seed, args.epochs, args.faq, args.every)
    name = "stock Rasa, DIET + ResponseSelector" if args.faq else "stock Rasa, DIET"
    row = {"contestant": name, "set": args.set, "shots": args.shots, "seed": args.seed, **found.as_json()}
    rows = json.loads(args.json.read_text(encoding="utf-8")) if args.json.is_file() else []
    args.json.write_text(json.dumps([*rows, row], indent=1) + "\n", encoding="utf-8")
    print(json.dumps(row))


if __name__ == "__main__":
    main()
