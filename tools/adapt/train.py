"""Make extensions/adapter.safetensors: low-rank products on the upper layers of the sentence encoder.

Usage, in an environment with the packages of requirements.lock: python tools/adapt/train.py. The defaults made the file in the
repository. The four linear heads that give the loss are thrown away; only the products are kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from network import WIDTH, Encoder, read_tokenizer, read_weights
from safetensors.torch import save
from tokenizers import Tokenizer
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parent.parent.parent

LOWER_BATCH = 128
POOL = 16  # a batch is cut from so many batches' rows, sorted by length
SCALE = 16.0
DECAY = 0.01
HEAD_RATE, HEAD_START, HEAD_FLOOR = 1e-2, 0.05, 0.02
WARM_UP = 0.06
LONGEST_STEP = 1.0

Row = tuple[str, str, str]
Batch = tuple[str, list[int]]


@dataclass(frozen=True)
class Options:
    """What can be chosen on the command line."""

    rows: Path = ROOT / "var" / "adapt" / "rows.json"
    out: Path = ROOT / "extensions" / "adapter.safetensors"
    first_layer: int = 3
    rank: int = 8
    epochs: int = 3
    rate: float = 1e-3
    batch: int = 64
    smoothing: float = 0.05
    seed: int = 7


HELP = {
    "rows": "what tools/adapt/rows.py wrote",
    "out": "where the adapter is written",
    "first_layer": "the lowest layer that is changed, 0 to 5; those below stay frozen",
    "rank": "the rank of each product",
    "epochs": "how often every row is seen",
    "rate": "the highest learning rate of the products",
    "batch": "rows a step",
    "smoothing": "the share of a label that is spread over the others",
    "seed": "of every random choice",
}


class Lessons:
    """The rows as tokens, with the frozen layers' states, which are made once."""

    def __init__(self, rows: list[Row], tokenizer: Tokenizer, encoder: Encoder) -> None:
        self.ids = [one.ids for one in tokenizer.encode_batch([text for _, text, _ in rows])]
        self.tasks = sorted({task for task, _, _ in rows})
        self.of_task = {name: [i for i, (task, _, _) in enumerate(rows) if task == name] for name in self.tasks}
        self.labels = {name: sorted({rows[i][2] for i in self.of_task[name]}) for name in self.tasks}
        place = {(name, label): i for name in self.tasks for i, label in enumerate(self.labels[name])}
        self.wanted = [place[task, label] for task, _, label in rows]
        self.states = self._lower(encoder)

    def batches(self, dice: random.Random, size: int) -> list[Batch]:
        """Return every row once, in batches of one task and of texts of like length, in a random order."""
        found: list[Batch] = []
        for task in self.tasks:
            order = self.of_task[task][:]
            dice.shuffle(order)
            for pool in _pieces(order, size * POOL):
                found += [(task, part) for part in _pieces(sorted(pool, key=self._length), size)]
        dice.shuffle(found)
        return found

    def take(self, part: list[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the states of some rows, which tokens are there, and the labels wanted."""
        here = self._here(part)
        states = nn.utils.rnn.pad_sequence([self.states[i].float() for i in part], batch_first=True)
        return states, here, torch.tensor([self.wanted[i] for i in part])

    @torch.no_grad()
    def _lower(self, encoder: Encoder) -> list[Tensor]:
        states = [torch.empty(0)] * len(self.ids)
        for part in _pieces(sorted(range(len(self.ids)), key=self._length), LOWER_BATCH):
            here = self._here(part)
            ids = nn.utils.rnn.pad_sequence([torch.tensor(self.ids[i]) for i in part], batch_first=True)
            for i, state in zip(part, encoder.lower(ids, here)):
                states[i] = state[: self._length(i)].half()
        return states

    def _here(self, part: list[int]) -> Tensor:
        lengths = torch.tensor([self._length(i) for i in part])
        return torch.arange(int(lengths.max()))[None] < lengths[:, None]

    def _length(self, i: int) -> int:
        return len(self.ids[i])


def _pieces(items: list[int], size: int) -> Iterator[list[int]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def heads_for(lessons: Lessons) -> nn.ModuleDict:
    """Return one linear classifier for each task."""
    heads = nn.ModuleDict({task: nn.Linear(WIDTH, len(lessons.labels[task])) for task in lessons.tasks})
    for head in heads.values():
        nn.init.normal_(head.weight, std=HEAD_START)
    return heads


def learn(encoder: Encoder, lessons: Lessons, options: Options) -> None:
    """Train the products together with the heads, printing loss and share of right labels, a task an epoch."""
    dice = random.Random(options.seed)
    heads = heads_for(lessons)
    optimiser = torch.optim.AdamW(
        [
            {"params": encoder.products.parameters(), "lr": options.rate, "weight_decay": DECAY},
            {"params": heads.parameters(), "lr": HEAD_RATE, "weight_decay": 0.0},
        ]
    )
    steps = options.epochs * len(lessons.batches(dice, options.batch))
    step, began = 0, time.monotonic()
    for epoch in range(options.epochs):
        told: dict[str, list[tuple[float, float]]] = {task: [] for task in lessons.tasks}
        for task, part in lessons.batches(dice, options.batch):
            _set_rates(optimiser, step, steps, options.rate)
            states, here, wanted = lessons.take(part)
            scores = heads[task](encoder.upper(states, here) * SCALE)
            loss = F.cross_entropy(scores, wanted, label_smoothing=options.smoothing)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(encoder.products.parameters(), LONGEST_STEP)
            optimiser.step()
            step += 1
            told[task].append((loss.item(), (scores.argmax(1) == wanted).float().mean().item()))
        _tell(epoch + 1, told, time.monotonic() - began)


def _set_rates(optimiser: torch.optim.Optimizer, step: int, steps: int, rate: float) -> None:
    """Rise to the full rates, then fall to nothing; the heads keep a little."""
    share = min(1.0, step / (WARM_UP * steps)) * max(0.0, 1 - step / steps)
    products, heads = optimiser.param_groups
    products["lr"], heads["lr"] = rate * share, HEAD_RATE * max(share, HEAD_FLOOR)


def _tell(epoch: int, told: dict[str, list[tuple[float, float]]], seconds: float) -> None:
    for task, seen in told.items():
        loss, right = (sum(values) / len(seen) for values in zip(*seen))
        print(f"epoch {epoch}  {task:8} loss {loss:.3f}  right {right:.1%}", flush=True)
    print(f"epoch {epoch}  after {seconds:.0f} s", flush=True)


def read_rows(path: Path) -> tuple[Path, str, list[Row]]:
    """Return the folder of the encoder's own weights, their hash, and the rows."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return Path(found["base"]["folder"]), found["base"]["sha256"], [(task, text, label) for task, text, label in found["rows"]]


def parse() -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make the adapter of the sentence encoder.")
    for name, default in vars(Options()).items():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=type(default) if not isinstance(default, Path) else Path, default=default, help=HELP[name])
    return Options(**vars(parser.parse_args()))


def main() -> None:
    """Train and write the adapter, and print its hash."""
    options = parse()
    folder, sha256, rows = read_rows(options.rows)
    torch.manual_seed(options.seed)
    encoder = Encoder(read_weights(folder, sha256), options.first_layer, options.rank)
    lessons = Lessons(rows, read_tokenizer(folder), encoder)
    print(f"{len(rows)} rows, the lower layers' states made", flush=True)
    learn(encoder, lessons, options)
    made = save(encoder.adapter())
    options.out.write_bytes(made)
    print(f"{options.out}: {len(made) / 1000:.0f} kB. Put this into extensions/encoder.py:")
    print(f'ADAPTER_SHA256 = "{hashlib.sha256(made).hexdigest()}"')


if __name__ == "__main__":
    main()
