"""Compare the help desk with a stock Rasa project on the same data, the same questions, in the same run.

The stock project is what `rasa init` gives: its pipeline, its policies, its REST channel (benchmarks/stock_rasa/).
Ours is asked through the public API, with everything that stands between a visitor and Rasa. `make bench` runs it.
Training the stock project takes some minutes; `--epochs 5` is a rehearsal.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from helpdesk import questions, scoring, training  # noqa: E402
from helpdesk.instance import instance  # noqa: E402
from helpdesk.measuring import read_exact  # noqa: E402
from helpdesk.processes import Child, free_port  # noqa: E402
from helpdesk.programs import answers  # noqa: E402

STOCK = ROOT / "benchmarks" / "stock_rasa"
LONG = 100
ENDS = 5

Event = dict[str, Any]


@dataclass
class Side:
    """What was measured of one of the two."""

    name: str
    training_s: float | None = None
    start_s: float = 0.0
    memory_mb: float = 0.0
    turns_ms: list[float] = field(default_factory=list)
    long_ms: list[list[float]] = field(default_factory=list)
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, group: str, verdict: str) -> None:
        self.verdicts.setdefault(group, Counter())[verdict] += 1

    def early_and_late(self) -> tuple[float, float]:
        early = [ms for run in self.long_ms for ms in run[:ENDS]]
        late = [ms for run in self.long_ms for ms in run[-ENDS:]]
        return statistics.median(early), statistics.median(late)


class Ours:
    """A conversation with the help desk through its public API."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        made = client.post("/api/conversations").raise_for_status().json()
        self.at = f"/api/conversations/{made['id']}"
        self.headers = {"Authorization": f"Bearer {made['token']}", "Accept": "application/json"}
        self.after = 1

    def ask(self, text: str) -> Event:
        body = {"client_id": str(uuid.uuid4()), "text": text}
        said = self.client.post(f"{self.at}/messages", json=body, headers=self.headers).raise_for_status().json()
        self.after = said["seq"]  # what comes after our own words; those need not be sent back
        while True:
            page = (
                self.client.get(f"{self.at}/events", params={"after": self.after, "wait": 20}, headers=self.headers)
                .raise_for_status()
                .json()
            )
            self.after = page["next"]
            for event in page["events"]:
                if event.get("reply_to") == said["seq"]:
                    return dict(event)


class Stock:
    """A conversation with the stock project through its REST webhook."""

    def __init__(self, client: httpx.Client, known: dict[str, Event]) -> None:
        self.client = client
        self.known = known
        self.sender = uuid.uuid4().hex

    def ask(self, text: str) -> Event:
        said = self.client.post("/webhooks/rest/webhook", json={"sender": self.sender, "message": text}).raise_for_status().json()
        spoken = "\n\n".join(part.get("text", "") for part in said).strip()
        half = self.known.get(spoken, {"route": "miss", "topic": None, "facts": [], "text": spoken})
        return {"route": half["route"], "text": spoken, "answers": [half], "actions": []}


def responses() -> dict[str, Event]:
    """Return what each text of data/ answers: the REST channel drops the metadata, so that the text itself has to tell."""
    known: dict[str, Event] = {}
    for folder in ("answers", "referrals", "dialogue"):
        for path in sorted((ROOT / "data" / folder).rglob("*.yml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            for variations in (content.get("responses") or {}).values():
                for one in variations:
                    told = one.get("metadata") or {}
                    half = {"route": told.get("route", "smalltalk"), "topic": told.get("topic"), "facts": told.get("facts") or []}
                    known[one["text"].strip()] = {**half, "text": one["text"]}
    return known


def train(
    config: Path, data: Sequence[Path], out: Path, state: Path, *, domain: Path = ROOT / "domain.yml"
) -> tuple[Path, float]:
    """Run `rasa train` with an empty cache and return the model and the seconds."""
    env = training.rasa_environment(ROOT, state)
    with tempfile.TemporaryDirectory() as cache:
        env["RASA_CACHE_DIRECTORY"] = cache
        argv = [
            sys.executable,
            "-m",
            "rasa",
            "train",
            "--skip-validation",
            "--config",
            str(config),
            "--domain",
            str(domain),
        ]
        child = Child([*argv, "--data", *map(str, data), "--out", str(out)], env=env, cwd=str(ROOT))
        while child.running:
            time.sleep(0.2)
    seconds = child.age
    child.stop()
    made = sorted(out.glob("*.tar.gz"))
    if child.exit_code != 0 or not made:
        raise SystemExit("The training failed. Rasa's last words:\n" + "\n".join(child.last_lines))
    return made[-1], seconds


def stock_config(epochs: int, folder: Path) -> Path:
    config = yaml.safe_load((STOCK / "config.yml").read_text(encoding="utf-8"))
    for part in [*config["pipeline"], *config["policies"]]:
        if "epochs" in part:
            part["epochs"] = epochs
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


@contextmanager
def stock_server(model: Path, state: Path) -> Iterator[tuple[str, Child]]:
    port = free_port()
    argv = [sys.executable, "-m", "rasa", "run", "--quiet", "-i", "127.0.0.1", "-p", str(port), "--model", str(model)]
    argv += ["--credentials", str(STOCK / "credentials.yml"), "--endpoints", str(STOCK / "endpoints.yml")]
    url = f"http://127.0.0.1:{port}"
    ready = functools.partial(answers, f"{url}/webhooks/rest/")
    child = Child(argv, env=training.rasa_environment(ROOT, state), cwd=str(ROOT), answers=ready)
    try:
        while not child.ready:
            if not child.running:
                raise SystemExit("The stock project did not start:\n" + "\n".join(child.last_lines))
            time.sleep(0.1)
        yield url, child
    finally:
        child.stop()


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process and of everything below it."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except (OSError, ValueError, IndexError):
            continue
    found, todo = 0.0, [pid]
    while todo:
        one = todo.pop()
        todo += parents.get(one, [])
        found += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return found


def timed(ask: Callable[[str], Event], text: str) -> tuple[Event, float]:
    began = time.perf_counter()
    event = ask(text)
    return event, (time.perf_counter() - began) * 1000


def ask_all(cases: Sequence[questions.Case], sides: Sequence[tuple[Side, Callable[[], Any]]], exact: scoring.Exact) -> None:
    """Put every question to both sides, one after the other, each in a conversation of its own."""
    for number, case in enumerate(cases):
        for side, begin in sides if number % 2 else reversed(sides):
            event, ms = timed(begin().ask, case.turns[0].ask)
            side.turns_ms.append(ms)
            side.count(case.group, scoring.outcome(case, [event], exact))


def talk_long(cases: Sequence[questions.Case], sides: Sequence[tuple[Side, Callable[[], Any]]], runs: int) -> None:
    """Hold conversations of a hundred turns with both sides, turn by turn."""
    for run in range(runs):
        talks = [(side, begin(), []) for side, begin in sides]  # type: ignore[var-annotated]
        for number in range(LONG):
            text = cases[(run * 37 + number * 7) % len(cases)].turns[0].ask
            for _, talk, times in talks:
                times.append(timed(talk.ask, text)[1])
        for side, _, times in talks:
            side.long_ms.append(times)


def table(sides: Sequence[Side]) -> str:
    """Return the comparison for a person to read."""
    lines = [f"{'':<44}" + "".join(f"{side.name:>18}" for side in sides)]

    def row(what: str, tell: Callable[[Side], str]) -> None:
        lines.append(f"{what:<44}" + "".join(f"{tell(side):>18}" for side in sides))

    for group in sides[0].verdicts:
        of = sum(sides[0].verdicts[group].values())
        row(f"{group}: right, of {of}", lambda s, g=group, n=of: f"{s.verdicts[g]['right']} ({s.verdicts[g]['right'] / n:.1%})")  # type: ignore[misc]
        for verdict in sorted({v for side in sides for v in side.verdicts[group]} - {"right"}):
            row(f"    {verdict}", lambda s, g=group, v=verdict: str(s.verdicts[g][v]))  # type: ignore[misc]
    row("median turn, ms", lambda s: f"{statistics.median(s.turns_ms):.1f}")
    row("95th percentile, ms", lambda s: f"{statistics.quantiles(s.turns_ms, n=20)[-1]:.1f}")
    row(f"turns 1 to {ENDS} of a conversation, ms", lambda s: f"{s.early_and_late()[0]:.1f}")
    row(f"turns {LONG - ENDS + 1} to {LONG}, ms", lambda s: f"{s.early_and_late()[1]:.1f}")
    row("    times as long", lambda s: f"{s.early_and_late()[1] / s.early_and_late()[0]:.2f}")
    row("training, s", lambda s: "not trained now" if s.training_s is None else f"{s.training_s:.0f}")
    row("start to first answer, s", lambda s: f"{s.start_s:.1f}")
    row("memory of all processes, MB", lambda s: f"{s.memory_mb:.0f}")
    return "\n".join(lines)


def load() -> str:
    return f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores"


def models(args: argparse.Namespace, kept: Path, ours: Side, stock: Side) -> Path:
    """Train both from nothing, or take what the last run left; return the stock model. Ours goes to models/ by itself."""
    out = kept / "stock"
    made = sorted(out.glob("*.tar.gz"))
    if args.keep and made:
        return made[-1]
    shutil.rmtree(out, ignore_errors=True)
    scratch = kept / "ours"
    _, ours.training_s = train(ROOT / "config.yml", [ROOT / "data"], scratch, kept)
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"trained {ours.name} in {ours.training_s:.0f} s; {load()}", flush=True)
    config = stock_config(args.epochs, kept)
    model, stock.training_s = train(config, [ROOT / "data", STOCK / "stories.yml"], out, kept)
    print(f"trained {stock.name} in {stock.training_s:.0f} s; {load()}", flush=True)
    return model


def compare(args: argparse.Namespace, kept: Path) -> list[Side]:
    ours, stock = Side("help desk"), Side("stock Rasa")
    model = models(args, kept, ours, stock)
    cases = questions.read(ROOT / "tests" / "heldout", {"answers", "near_misses"})[:: args.every]
    exact = read_exact(ROOT / "data" / "facts.yml")
    known = responses()
    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as state:
        with instance(Path(state)):
            pass  # the first start trains what is missing and builds the caches; the second one is measured
        began = time.monotonic()
        with instance(Path(state)) as desk:
            ours.start_s = time.monotonic() - began
            began = time.monotonic()
            with stock_server(model, kept) as (url, child):
                stock.start_s = time.monotonic() - began
                with (
                    httpx.Client(base_url=desk.url, timeout=60, trust_env=False) as one,
                    httpx.Client(base_url=url, timeout=60, trust_env=False) as other,
                ):
                    sides: list[tuple[Side, Callable[[], Any]]] = [
                        (ours, lambda: Ours(one)),
                        (stock, lambda: Stock(other, known)),
                    ]
                    for _, begin in sides:
                        begin().ask(cases[0].turns[0].ask)  # the first turn of a process is slower; neither side pays for it
                    ask_all(cases, sides, exact)
                    talk_long(cases, sides, args.long)
                ours.memory_mb, stock.memory_mb = memory_mb(desk.child.pid), memory_mb(child.pid)
    return [ours, stock]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=100, help="of the stock project; `rasa init` says 100")
    parser.add_argument("--every", type=int, default=1, help="ask every so-manieth question only")
    parser.add_argument("--long", type=int, default=3, help="how many conversations of 100 turns")
    parser.add_argument("--keep", action="store_true", help="use the stock model of the last run")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    kept = Path(os.environ.get("HELPDESK_STATE") or ROOT / "var") / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    before = load()
    sides = compare(args, kept)
    print(table(sides))
    print(f"{before} before, {load()} after; questions of tests/heldout")
    if args.json:
        args.json.write_text(json.dumps([vars(side) for side in sides], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
