"""Compare this project on public intent sets with what people would use instead.

`intent_contestants.py` names who takes part.

Usage: python benchmarks/intents.py --data FOLDER, which holds clinc150/data_full.json and banking77/train.csv and test.csv.
Figures of stock Rasa take minutes to an hour each: `--diet 10 30` adds those that the file `--json` lacks.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import intent_sets  # noqa: E402
from benchmarks.intent_contestants import CONTESTANTS, Patient  # noqa: E402
from benchmarks.intent_sets import SETS, SHOTS, Intents, peak_mb  # noqa: E402
from benchmarks.machine import load  # noqa: E402

SEEDS = 3
# Casanueva and others, Efficient Intent Detection with Dual Sentence Encoders, 2020: accuracy at ten examples. Not measured here.
PUBLISHED = {"clinc150": 93.26, "banking77": 85.19}
SHARES = ("accuracy", "auroc", "recall", "accuracy_at", "one_typo", "two_typos")
HEADS = ("accuracy", "AUROC %", "OOS recall", "acc. then", "1 typo", "2 typos", "lost 1", "lost 2", "train CPU s", "peak MB")

Row = dict[str, Any]


def measured(folder: Path, seeds: int, shots: tuple[int, ...]) -> Iterator[Row]:
    """Yield the figures of every contestant on every sample."""
    for intents in intent_sets.read(folder):
        for count in shots:
            for seed in range(seeds):
                for name in CONTESTANTS:
                    found = _measured(name, intents, count, seed)
                    yield {"contestant": name, "set": intents.name, "shots": count, "seed": seed, **found.as_json()}


def _measured(name: str, intents: Intents, shots: int, seed: int) -> intent_sets.Score:
    make, adapter = CONTESTANTS[name]
    contestant = make(Patient(adapter))
    pairs = intents.drawn(shots, seed)
    began = time.process_time()
    contestant.fit(pairs)
    seconds = time.process_time() - began
    return intent_sets.score(contestant, intents, seconds, _peak(name, pairs) if seed == 0 else None)


def _peak(name: str, pairs: intent_sets.Pairs) -> float:
    """Return the most memory that a process takes which only trains this contestant, MB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_trained, (name, pairs))


def _trained(name: str, pairs: intent_sets.Pairs) -> float:
    make, adapter = CONTESTANTS[name]
    make(Patient(adapter)).fit(pairs)
    return peak_mb()


def stock(folder: Path, shots: list[int], path: Path) -> None:
    """Train and measure stock Rasa where the file lacks it, one after the other, each in a process of its own."""
    for count in shots:
        for name in SETS:
            if any((row["set"], row["shots"]) == (name, count) for row in _kept(path)):
                continue
            told = ["--data", str(folder), "--set", name, "--shots", str(count), "--json", str(path)]
            subprocess.run([sys.executable, "-m", "benchmarks.intent_diet", *told], check=True, cwd=ROOT)


def _kept(path: Path | None) -> list[Row]:
    return json.loads(path.read_text(encoding="utf-8")) if path and path.is_file() else []


def table(rows: list[Row]) -> str:
    """Return the figures for a person to read: percent, the mean of the samples and its spread."""
    lines = []
    for name in SETS:
        for count in sorted({row["shots"] for row in rows if row["set"] == name}):
            here = [row for row in rows if (row["set"], row["shots"]) == (name, count)]
            lines += ["", f"{name}, {count} examples an intent", f"{'':<37}" + "".join(f"{head:>13}" for head in HEADS)]
            for contestant in dict.fromkeys(row["contestant"] for row in here):
                lines.append(_line(contestant, [row for row in here if row["contestant"] == contestant]))
            if count == 10:
                lines.append(f"{'USE+ConveRT, published, not measured':<37}{PUBLISHED[name]:>13.2f}")
    return "\n".join(lines)


def _line(name: str, rows: list[Row]) -> str:
    shares = {of: 100 * np.array([row[of] for row in rows]) for of in SHARES}
    lost = [shares["accuracy"] - shares[of] for of in ("one_typo", "two_typos")]
    cells = [f"{one.mean():.2f}" + (f" ±{one.std(ddof=1):.2f}" if len(one) > 1 else "") for one in [*shares.values(), *lost]]
    peaks = [row["peak_mb"] for row in rows if row["peak_mb"]]
    cells += [f"{np.mean([row['training_s'] for row in rows]):.1f}", f"{max(peaks):.0f}" if peaks else ""]
    return f"{name:<37}" + "".join(f"{cell:>13}" for cell in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with clinc150/ and banking77/")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many samples of the examples")
    parser.add_argument("--shots", type=int, nargs="+", default=list(SHOTS), help="examples an intent")
    parser.add_argument("--json", type=Path, help="figures of stock Rasa, to be merged")
    parser.add_argument("--diet", type=int, nargs="+", default=[], metavar="SHOTS", help="add what that file lacks")
    parser.add_argument("--out", type=Path, help="write every figure there too")
    args = parser.parse_args()
    if args.diet and not args.json:
        parser.error("--diet needs a file: --json FILE")
    stock(args.data, args.diet, args.json)
    with threadpool_limits(1):
        rows = list(measured(args.data, args.seeds, tuple(args.shots)))
    rows += [row for row in _kept(args.json) if row["shots"] in args.shots]
    print(table(rows))
    print(f"\n{args.seeds} samples of each; stock Rasa one. {load()}")
    if args.out:
        args.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
