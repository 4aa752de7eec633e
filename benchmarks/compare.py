"""The help desk beside what people would use instead: one table, the same data and questions, in one run on one machine.

Contestants (benchmarks/contestants.py): this project, asked through its public API as the widget asks; what `rasa init` gives;
Rasa's documented recipe for questions and answers; a bare nearest neighbour over the same sentence encoder. And two floors: the
same web process answering one fixed text, and the encoder's forward pass alone. All servers stand at the same time and are asked
by turns, so that a busy moment of the machine is everybody's. Then ratios, beside those of benchmarks/recorded.yml: one that has
become worse than the tolerance allows ends the run with 1; `--record` keeps those of this run.

`make bench` runs it short. The stock projects are trained for `--epochs` of their 100: on this data 100 take hours. What all of
them would cost is reckoned from that training and one of a single epoch.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.contestants import (  # noqa: E402
    Contestant,
    Cost,
    Floor,
    HelpDesk,
    Nearest,
    Served,
    StockFaq,
    StockRasa,
    known_texts,
    rasa_imports,
)
from benchmarks.machine import load, tree_memory  # noqa: E402
from benchmarks.talks import Event  # noqa: E402
from extensions.encoder import Encoder  # noqa: E402
from helpdesk import questions, scoring  # noqa: E402
from helpdesk.measuring import read_exact  # noqa: E402
from helpdesk.questions import Case  # noqa: E402

RECORDED = ROOT / "benchmarks" / "recorded.yml"
TOLERANCE = 0.3  # of a ratio: so much do shared machines differ from run to run
TURNS = {1: 0, 10: 2, 100: 5, 300: 8}  # a turn, and how many of those before it count with it
VISITORS = (1, 8, 64)
FEW = 10  # turns of a conversation where many visitors talk
# Ratios, the higher the better: what is asked of this project.
GOALS = {
    "turn 1: stock Rasa / help desk": 1.5,
    "turn 100: stock Rasa / help desk": 8.0,
    "turn 1 / turn 300 of the help desk": 1 / 1.2,
    "turn 1: floor / help desk": 1 / 4,
    "throughput, 8 visitors: help desk / stock Rasa": 3.0,
    "start to first answer: stock Rasa / help desk": 2.0,
    "training, processor: stock Rasa with all epochs / help desk": 20.0,
    "training, processor: first / after one edit": 2.0,
    "memory: stock Rasa / help desk": 1 / 0.8,
    "wrong answers: stock Rasa / help desk": 5.0,
}


@dataclass
class Figures:
    """What was measured of one contestant."""

    name: str
    trained: Cost | None = None
    retrained: Cost | None = None
    reckoned: float | None = None  # processor seconds of all epochs
    model_mb: float | None = None
    starts: list[float] = field(default_factory=list)  # seconds
    memory_mb: float = 0.0
    turns: dict[int, list[float]] = field(default_factory=lambda: {turn: [] for turn in TURNS})  # ms
    rates: dict[int, list[float]] = field(default_factory=lambda: {count: [] for count in VISITORS})  # messages a second
    frozen: list[float] = field(default_factory=list)  # seconds
    said: Counter[str] = field(default_factory=Counter)

    def turn(self, number: int) -> float:
        return statistics.median(self.turns[number]) if self.turns[number] else float("nan")

    def rate(self, visitors: int) -> float:
        return statistics.median(self.rates[visitors]) if self.rates[visitors] else float("nan")


def timed(call: Any, *args: Any) -> tuple[Any, float]:
    """Return what the call gives, and its milliseconds."""
    began = time.perf_counter()
    found = call(*args)
    return found, 1000 * (time.perf_counter() - began)


class Comparison:
    """The contestants and what was found of them."""

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        known = known_texts()
        self.given = given
        self.stock = StockRasa(folder / "stock_rasa", given.epochs, known)
        self.contestants: list[Contestant] = [
            HelpDesk(folder / "helpdesk"),
            self.stock,
            StockFaq(folder / "stock_faq", given.epochs, known),
            Nearest(folder / "nearest", known),
            Floor(folder / "floor"),
        ]
        self.found = {one.name: Figures(one.name) for one in self.contestants}
        self.cases = questions.read(ROOT / "tests" / "heldout", {"answers", "near_misses"})[:: given.every]
        self.texts = [case.turns[0].ask for case in self.cases]
        self.encoder_ms: list[float] = []
        self.imports = 0.0

    # -- one after the other ---------------------------------------------------------------------------------------

    def train(self) -> None:
        """Train each from nothing, or take what the last run left and what it cost."""
        for one in self.contestants:
            kept, figures = one.folder / "cost.json", self.found[one.name]
            if not (self.given.keep and one.model()):
                figures.trained = one.train()
                if figures.trained:
                    kept.write_text(json.dumps(vars(figures.trained)), encoding="utf-8")
                print(f"trained {one.name}: {figures.trained}; {load()}", flush=True)
                figures.retrained = one.retrain()
                if one is self.stock and figures.trained and self.given.epochs > 1:
                    figures.reckoned = self.stock.reckon(figures.trained)
            elif kept.is_file():
                costs = json.loads(kept.read_text(encoding="utf-8"))
                figures.trained = Cost(*(costs[name] for name in ("seconds", "processor", "peak_mb")))
            model = one.model()
            figures.model_mb = model.stat().st_size / 1024**2 if model else None
        self.imports = rasa_imports(self.contestants[0].folder)

    def start(self) -> None:
        """Start each by itself until it has answered a question; the help desk makes its caches at a first start before."""
        with self.contestants[0].serve():
            pass
        for _ in range(self.given.starts):
            for one in self.contestants:
                began = time.perf_counter()
                with one.serve() as served:
                    talk = served.begin()
                    talk.ask(self.texts[0])
                    self.found[one.name].starts.append(time.perf_counter() - began)
                    talk.close()

    # -- side by side ----------------------------------------------------------------------------------------------

    def side_by_side(self) -> None:
        """Ask all of them by turns."""
        with ExitStack() as stack:
            served = {one.name: stack.enter_context(one.serve()) for one in self.contestants}
            for one in served.values():
                self._warm(one)
            self._ask_all(served)
            for run in range(self.given.long):
                self._talk_long(served, run)
            for name, one in served.items():
                self.found[name].memory_mb = tree_memory(one.pid)
            for _ in range(self.given.rounds):
                for visitors in VISITORS:
                    for name, one in served.items():
                        self.found[name].rates[visitors].append(self._rate(one, visitors))
            for name, one in served.items():
                if one.swap:
                    self.found[name].frozen += [self._freeze(one) for _ in range(self.given.swaps)]

    def _warm(self, one: Served) -> None:
        """The first turns of a process are slower; nobody pays for them."""
        for text in self.texts[: self.given.warm]:
            talk = one.begin()
            talk.ask(text)
            talk.close()

    def _ask_all(self, served: dict[str, Served]) -> None:
        """Put every question to each, as the first of a conversation."""
        exact = read_exact(ROOT / "data" / "facts.yml")
        encoder = Encoder.load(ROOT / "var" / "encoder")
        for number, case in enumerate(self.cases):
            text = self.texts[number]
            for name, one in sorted(served.items(), reverse=bool(number % 2)):
                talk = one.begin()
                reply, ms = timed(talk.ask, text)
                talk.close()
                self.found[name].turns[1].append(ms)
                self.found[name].said[verdict(case, reply, exact)] += 1
            self.encoder_ms.append(timed(encoder.encode, [text])[1])

    def _talk_long(self, served: dict[str, Served], run: int) -> None:
        """Hold one long conversation with each, turn by turn."""
        talks = {name: one.begin() for name, one in served.items()}
        counted = {at: turn for turn, before in TURNS.items() if turn > 1 for at in range(turn - before, turn + 1)}
        for number in range(1, max(TURNS) + 1):
            text = self.texts[(run * 37 + number * 7) % len(self.texts)]
            for name, talk in talks.items():
                _, ms = timed(talk.ask, text)
                if number in counted:
                    self.found[name].turns[counted[number]].append(ms)
        for talk in talks.values():
            talk.close()

    def _rate(self, one: Served, visitors: int) -> float:
        """Return the messages a second that so many visitors get answered, each asking without a pause."""
        counts = [0] * visitors
        over = time.perf_counter() + self.given.seconds
        problems: list[Exception] = []

        def visit(number: int) -> None:
            try:
                while time.perf_counter() < over:
                    talk = one.begin()
                    for _ in range(FEW):
                        talk.ask(self.texts[(number * 31 + counts[number]) % len(self.texts)])
                        if time.perf_counter() >= over:
                            break
                        counts[number] += 1
                    talk.close()
            except Exception as error:
                problems.append(error)

        threads = [threading.Thread(target=visit, args=(number,)) for number in range(visitors)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if problems:
            print(f"    {visitors} visitors: {len(problems)} were not served: {problems[0]!r:.200}", flush=True)
        return sum(counts) / self.given.seconds

    def _freeze(self, one: Served) -> float:
        """Return the longest that a visitor waits for a reply while another model is put in place, in seconds."""
        assert one.swap
        swap = threading.Thread(target=one.swap)
        longest, left = 0.0, 20
        swap.start()
        while left:
            talk = one.begin()
            for number in range(FEW):
                longest = max(longest, timed(talk.ask, self.texts[number % len(self.texts)])[1] / 1000)
                time.sleep(0.02)
            talk.close()
            left -= not swap.is_alive()  # the first turns on the new model count too
        swap.join()
        return longest

    # -- telling ---------------------------------------------------------------------------------------------------

    def ratios(self) -> dict[str, float]:
        """Return the ratios that the goals are set for."""
        ours, stock, floor = (self.found[name] for name in (HelpDesk.name, StockRasa.name, Floor.name))
        found = {
            "turn 1: stock Rasa / help desk": stock.turn(1) / ours.turn(1),
            "turn 100: stock Rasa / help desk": stock.turn(100) / ours.turn(100),
            "turn 1 / turn 300 of the help desk": ours.turn(1) / ours.turn(300),
            "turn 1: floor / help desk": floor.turn(1) / ours.turn(1),
            "throughput, 8 visitors: help desk / stock Rasa": ours.rate(8) / stock.rate(8),
            "start to first answer: stock Rasa / help desk": statistics.median(stock.starts) / statistics.median(ours.starts),
            "memory: stock Rasa / help desk": stock.memory_mb / ours.memory_mb,
            "wrong answers: stock Rasa / help desk": stock.said["wrong answer"] / max(1, ours.said["wrong answer"]),
        }
        if ours.trained and stock.reckoned:
            own = ours.trained.processor - self.imports
            found["training, processor: stock Rasa with all epochs / help desk"] = (stock.reckoned - self.imports) / own
        if ours.trained and ours.retrained:
            again = ours.retrained.processor - self.imports
            found["training, processor: first / after one edit"] = (ours.trained.processor - self.imports) / again
        return {name: round(found[name], 3) for name in GOALS if name in found}

    def table(self) -> str:
        """Return what was found, for a person to read."""
        all_ = [self.found[one.name] for one in self.contestants]
        lines = [f"{'':44}" + "".join(f"{one.name:>19}" for one in all_)]

        def row(what: str, told: Any) -> None:
            lines.append(f"{what:44}" + "".join(f"{told(one):>19}" for one in all_))

        total = len(self.cases)
        for name in ("right", "wrong answer", "miss or line"):
            row(f"{name}, of {total} held-out", lambda one, name=name: share(one.said[name], total))  # type: ignore[misc]
        row("training, s / processor s", lambda one: told_of(one.trained))
        row("    all epochs, reckoned, processor s", lambda one: f"{one.reckoned:.0f}" if one.reckoned else "-")
        row("    after one edit", lambda one: told_of(one.retrained))
        row("    most memory, MB", lambda one: f"{one.trained.peak_mb:.0f}" if one.trained else "-")
        row("model, MB", lambda one: f"{one.model_mb:.0f}" if one.model_mb else "-")
        row("start to first answer, s", lambda one: spread(one.starts, 1))
        row("memory of all processes, MB", lambda one: f"{one.memory_mb:.0f}")
        row("turn 1, ms: median / p95 / p99", lambda one: "{:.0f} / {:.0f} / {:.0f}".format(*points(one.turns[1])))
        for turn in (10, 100, 300):
            row(f"turn {turn}, ms: median / p95", lambda one, turn=turn: "{:.0f} / {:.0f}".format(*points(one.turns[turn])[:2]))  # type: ignore[misc]
        for count in VISITORS:
            row(f"messages a second, {count} visitors", lambda one, count=count: spread(one.rates[count], 0))  # type: ignore[misc]
        row("longest wait while a model is swapped, s", lambda one: spread(one.frozen, 2))
        forward = statistics.median(self.encoder_ms)
        lines.append(f"the encoder's forward pass alone, ms        {forward:.1f}; Rasa's imports {self.imports:.0f} processor s")
        return "\n".join(lines)


def verdict(case: Case, reply: Event, exact: scoring.Exact) -> str:
    """Return `right`, `wrong answer` where the pages' text was given and should not have been, else `miss or line`."""
    if scoring.outcome(case, [reply], exact) == scoring.RIGHT:
        return "right"
    return "wrong answer" if any(half["route"] == "answer" for half in scoring.halves(reply)) else "miss or line"


def told_of(cost: Cost | None) -> str:
    return f"{cost.seconds:.0f} / {cost.processor:.0f}" if cost else "-"


def share(count: int, total: int) -> str:
    return f"{count} ({count / total:.1%})"


def spread(values: Sequence[float], digits: int) -> str:
    """Return the median, and the least and the greatest where there are several."""
    if not values:
        return "-"
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def points(values: Sequence[float]) -> tuple[float, float, float]:
    """Return median, 95th and 99th percentile."""
    if len(values) < 2:
        return (float("nan"),) * 3
    parts = statistics.quantiles(values, n=100)
    return statistics.median(values), parts[94], parts[98]


def judge(ratios: dict[str, float], epochs: int) -> bool:
    """Print each ratio beside its goal and the recorded one; return whether none has become worse than the tolerance allows."""
    kept = yaml.safe_load(RECORDED.read_text(encoding="utf-8")) if RECORDED.is_file() else {"ratios": {}, "epochs": epochs}
    fine = True
    for name, ratio in ratios.items():
        comparable = kept["epochs"] == epochs or not name.startswith(("training", "wrong"))
        before = kept["ratios"].get(name) if comparable else None
        worse = before is not None and ratio < (1 - TOLERANCE) * before
        fine = fine and not worse
        told = f"recorded {before:.2f}" if before is not None else "not recorded so"
        reached = "reached" if ratio >= GOALS[name] else "NOT reached"
        print(f"{name:60}{ratio:8.2f}   goal {GOALS[name]:5.2f} {reached:12} {told}{'   WORSE' if worse else ''}")
    return fine


def record(ratios: dict[str, float], epochs: int) -> None:
    told = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "epochs": epochs,
        "ratios": ratios,
    }
    head = "# Written by `python benchmarks/compare.py --record`. The higher a ratio, the better.\n"
    RECORDED.write_text(head + yaml.safe_dump(told, sort_keys=False), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=100, help="of the stock projects; `rasa init` says 100")
    parser.add_argument("--every", type=int, default=1, help="ask every so-manieth question only")
    parser.add_argument("--warm", type=int, default=20, help="turns before anything is counted")
    parser.add_argument("--long", type=int, default=3, help="how many conversations of 300 turns")
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3, help="of the throughput")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each stretch of the throughput")
    parser.add_argument("--swaps", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help="use the models of the last run")
    parser.add_argument("--record", action="store_true", help="keep the ratios of this run as those to compare with")
    given = parser.parse_args()
    folder = Path(os.environ.get("HELPDESK_STATE") or ROOT / "var") / "bench"
    before = load()
    comparison = Comparison(given, folder)
    comparison.train()
    comparison.start()
    comparison.side_by_side()
    print(comparison.table())
    print(f"stock projects: {given.epochs} of 100 epochs; {before} before, {load()} after")
    ratios = comparison.ratios()
    fine = judge(ratios, given.epochs)
    if given.record:
        record(ratios, given.epochs)
    raise SystemExit(0 if fine else 1)


if __name__ == "__main__":
    main()
